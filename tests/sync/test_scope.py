"""Which spaces a run is about."""

from pathlib import Path
from typing import Any

import pytest

from confluence_assets.errors import SettingsError
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.sync.scope import discover_spaces, name_unmatched, select_spaces


class Spaces:
    """A site that has spaces and nothing else."""

    def __init__(self, *keys: str) -> None:
        self.rows = [{"space_id": str(number), "space_key": key} for number, key in enumerate(keys)]

    def iter_spaces(self, keys: Any = None) -> Any:
        yield self.rows[:2]
        yield self.rows[1:]  # the last row of a page comes again on the next


def _site(**options: Any) -> Site:
    return Site("wiki", Path("unused"), SyncOptions(**options))


def test_patterns_let_in_and_keep_out() -> None:
    source = Spaces("HR", "HRX", "IT", "~ann")
    site = _site(include_spaces=("HR*", "~*"), exclude_spaces=("HRX",))
    assert [row["space_key"] for row in discover_spaces(site, source)] == ["HR", "~ann"]


def test_a_space_that_is_listed_twice_is_one() -> None:
    assert [row["space_key"] for row in discover_spaces(_site(), Spaces("A", "B", "C"))] == ["A", "B", "C"]


def test_one_space_of_many_is_listed_by_space() -> None:
    selection = select_spaces(_site(), Spaces("A", "B", "C"), ["B"])
    assert not selection.is_everything
    assert selection.scope().whole_site is False
    assert selection.keys == ("B",)


def test_most_spaces_are_listed_by_site() -> None:
    selection = select_spaces(_site(exclude_spaces=("A",)), Spaces("A", "B", "C"), None)
    assert selection.is_everything
    assert selection.scope().whole_site is True


def test_a_mistyped_key_is_told_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError) as raised:
        select_spaces(_site(), Spaces("HR", "IT"), ["XX"])
    assert str(raised.value) == (
        "No space with the key XX is visible to this account and in scope. Visible keys: HR, IT."
    )


def test_what_names_no_space_is_told_with_the_keys_that_there_are() -> None:
    """A mistyped key brings nothing, and would say nothing."""
    rows = Spaces("ENG", "HR").rows
    assert name_unmatched(SyncOptions(include_spaces=("ENG", "H*")), rows) == ""
    told = name_unmatched(SyncOptions(include_spaces=("ENGG", "H*", "X?")), rows)
    assert told == "include_spaces names ENGG, X?: this account sees no such space. Visible keys: ENG, HR."
