"""How far the lake has seen the site."""

from datetime import UTC, datetime, timedelta

from confluence_assets.sync.positions import Positions, after_walk

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def test_after_a_walk_the_position_is_before_the_walk_began() -> None:
    """A page edited behind the walk's back is newer than the walk's begin, so the next tick has to see it."""
    newest = {"pages": T0, "comments": T0 + timedelta(hours=1)}
    assert after_walk(newest, 90, ["pages", "footer_comments", "attachments"]) == {
        "pages": T0 - timedelta(seconds=90),
        "footer_comments": T0 + timedelta(hours=1) - timedelta(seconds=90),
    }


def test_a_position_never_goes_back() -> None:
    positions = Positions({"pages": T0})
    positions.move("pages", T0 - timedelta(days=1))
    positions.move("blogposts", T0)
    positions.move("attachments", None)
    assert positions.seen_until == {"pages": T0, "blogposts": T0}


def test_positions_survive_the_state_file() -> None:
    positions = Positions({"pages": T0}, frozenset({"12", "3"}))
    assert Positions.from_state(positions.to_state()) == positions
    assert Positions.from_state({}) == Positions()
