"""E-mail addresses cost a request each on Data Center: who is asked for, and who is not."""

from collections.abc import Collection, Iterator
from typing import Any

import pytest

from confluence_assets.api.datacenter import users
from confluence_assets.tables import Row
from tests.api.datacenter import PROFILES, Live, datacenter, live_site
from tests.api.test_cloud_rows_equal_site import flat

USER = "/rest/api/user"


@pytest.fixture(params=PROFILES)
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    with live_site(datacenter("small", request.param)) as found:
        yield found


def read(live: Live, known: dict[str, Any] | None = None, again: Collection[str] = ()) -> tuple[dict[str, Row], int]:
    """The rows of everybody, as a run asks for them, and how many people were asked for singly."""
    source = live.connected()
    source.get_account()
    for rows in source.iter_groups():
        for row in rows:
            flat(source.iter_group_members(row["group_id"]))
    wanted = [user.account_id for user in live.control.users()]
    with source.tally() as tally:
        rows = flat(source.get_users(wanted, known, again))
    source.close()
    return {row["account_id"]: row for row in rows}, tally.by_endpoint.get("GET /rest/api/user", 0)


def addresses(rows: dict[str, Row]) -> dict[str, tuple[str | None, bool | None]]:
    return {key: (row["email"], row["email_hidden"]) for key, row in rows.items()}


def told(live: Live) -> dict[str, tuple[str | None, bool | None]]:
    """What the site shows us of everybody's address."""
    return {row["account_id"]: (row["email"], row["email_hidden"]) for row in live.dump("user")}


def test_strangers_are_asked_for_and_whoever_is_known_is_not(live: Live) -> None:
    known, asked = read(live)
    assert asked == len(known) - 1  # who we are, the site has said already
    assert addresses(known) == told(live)
    assert read(live, known) == (known, 0)


def test_whoever_looks_different_is_asked_for(live: Live) -> None:
    edit = live.control.edit
    renamed, disabled = [user.account_id for user in live.control.users() if user.username != "admin"][:2]
    known, _ = read(live)
    edit("rename_user", account=renamed, name="Another Name")
    edit("deactivate_user", account=disabled)
    rows, asked = read(live, known)
    assert asked == 2
    assert rows[renamed]["display_name"] == "Another Name"
    assert rows[disabled]["account_status"] == "inactive"
    assert read(live, rows) == (rows, 0)


def test_an_address_that_changed_comes_when_it_is_asked_for_again(live: Live) -> None:
    known, _ = read(live)
    shy = next(key for key, row in known.items() if row["email"] and row["username"] != "admin")
    live.control.edit("hide_email", account=shy)
    assert read(live, known) == (known, 0)
    rows, asked = read(live, known, again={shy})
    assert asked == 1
    assert (rows[shy]["email"], rows[shy]["email_hidden"]) == (None, True)


def test_an_address_that_was_not_found_is_the_old_one(live: Live) -> None:
    """404 for somebody whom a list shows proves nothing."""
    known, _ = read(live)
    live.control.fault("error", status=404, route=f"GET {USER}")
    assert read(live, known, again=known)[0] == known
    live.control.clear_faults()


def test_the_deleted_are_not_asked_for_again(live: Live) -> None:
    known, _ = read(live)
    gone = next(user.account_id for user in live.control.users() if user.username != "admin")
    live.control.edit("close_user", account=gone)
    rows, _ = read(live, known)
    assert gone not in rows
    assert read(live, {**rows, gone: None}) == (rows, 0)
    assert read(live, {**rows, gone: None}, again={gone}) == (rows, 1)


@pytest.mark.parametrize("profile", ["8.5", "10.0"])
def test_more_addresses_than_a_run_may_ask_for_come_with_the_next(
    profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And none that is known gets lost over it, though everybody is asked for again."""
    monkeypatch.setattr(users, "ADDRESS_LOOKUPS", 3)
    monkeypatch.setattr(users, "FEW", 3)
    with live_site(datacenter("small", profile)) as live:
        first, asked = read(live)
        pending = {key for key, row in first.items() if row["email_hidden"] is None}
        assert (asked, len(pending)) == (3, len(first) - 4)
        rows = first
        for _ in range(len(pending)):
            rows, _ = read(live, rows)
        assert addresses(rows) == told(live)
        assert read(live, rows, again=rows) == (rows, 3)


def test_lists_that_hold_addresses_spare_most_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those are asked for whose address the list does not show."""
    monkeypatch.setattr(users, "FEW", 3)
    with live_site(datacenter("small", email_in_lists=True)) as live:
        rows, asked = read(live)
        assert asked == sum(row["email_hidden"] for row in rows.values()) < len(rows) / 2
        assert addresses(rows) == told(live)
