"""Whether a token's scopes open an operation."""

import re

from confluence_assets.emulator.oauth.scope_table import TABLE

NOT_LISTED = (frozenset({"read:confluence-content.all"}), frozenset({"read:confluence-content.summary"}))
"""What was withdrawn from the documents asked for these."""

Choice = tuple[frozenset[str], ...]
PREFIXES = {"v2/": "/wiki/api/v2/", "v1/": "/wiki/rest/api/"}


def _read() -> dict[str, Choice]:
    found: dict[str, Choice] = {}
    choice: Choice = ()
    for line in TABLE.splitlines():
        if not line.startswith(" "):
            sets = () if line == "none" else line.split(" | ")
            choice = tuple(frozenset(one.split("+")) for one in sets)
            continue
        for name in line.split():
            method, _, path = name.partition(":")
            found[f"{method} {PREFIXES.get(path[:3], path[:3])}{path[3:]}"] = choice
    return found


CHOICES = _read()


def choices_of(method: str, template: str) -> Choice:
    """The scope sets of an operation, any of which is enough; none at all where no token with scopes gets in."""
    name = re.sub(r"\{[^}]+\}", "{}", template)
    return CHOICES.get(f"{'GET' if method == 'HEAD' else method} {name}", NOT_LISTED)


def is_open(method: str, template: str, scopes: frozenset[str]) -> bool:
    return any(one <= scopes for one in choices_of(method, template))
