"""Faults that change who asks, or what is there, in the middle of a walk."""

from dataclasses import dataclass, field
from typing import Any

from confluence_assets.emulator.access.sign_in import WrongCredentials
from confluence_assets.emulator.edits import apply_edit
from confluence_assets.emulator.faults.base import Asked, Fault, fault
from confluence_assets.emulator.web.messages import Reply

Edit = dict[str, Any]


def caller_of(asked: Asked) -> str | None:
    """The account that asks, or None."""
    try:
        viewer = asked.site.caller(asked.request)
    except WrongCredentials:
        return None
    return viewer.account_id or None


@fault("edit")
@dataclass(kw_only=True)
class EditSite(Fault):
    """Edits of the control surface, fired by a request: rows move between the pages of a walk."""

    edits: Edit | list[Edit]
    when: str = "before"
    times: int | None = 1

    def __post_init__(self) -> None:
        if self.when not in ("before", "after"):
            raise ValueError("when is before or after")

    def _apply(self, asked: Asked) -> None:
        for one in [self.edits] if isinstance(self.edits, dict) else self.edits:
            apply_edit(asked.site, one)

    def before(self, asked: Asked) -> None:
        if self.when == "before":
            self._apply(asked)

    def after(self, asked: Asked, reply: Reply) -> Reply:
        if self.when == "after":
            self._apply(asked)
        return reply


@fault("lose_group")
@dataclass(kw_only=True)
class LoseGroup(Fault):
    """Somebody, the caller unless named, is taken out of a group. Where nobody is recognised, nothing happens."""

    group: str
    account: str | None = None
    times: int | None = 1

    def before(self, asked: Asked) -> None:
        account = self.account or caller_of(asked)
        if account is not None:
            apply_edit(asked.site, {"op": "remove_member", "group": self.group, "account": account})


@fault("end_admin_key")
@dataclass(kw_only=True)
class EndAdminKey(Fault):
    """The Admin Key of somebody, the caller unless named, ends before its time."""

    account: str | None = None
    times: int | None = 1

    def before(self, asked: Asked) -> None:
        account = self.account or caller_of(asked)
        asked.site.store.admin_keys.pop(account or "", None)


@dataclass(kw_only=True)
class _OfToken(Fault):
    """Once it has fired, it holds for the token of that request, on every route, for good or for `lasts` requests."""

    lasts: int | None = None
    _caught: dict[str, int] = field(default_factory=dict, init=False, repr=False)

    def is_due(self, asked: Asked) -> bool:
        token = asked.authorization
        if token in self._caught:
            self._caught[token] += 1
            return self.lasts is None or self._caught[token] <= self.lasts
        if not token or not super().is_due(asked):
            return False
        self._caught[token] = 1
        return True


@fault("expire_token")
@dataclass(kw_only=True)
class ExpireToken(_OfToken):
    """The token is nobody's any more; each host refuses it in its own words."""

    def before(self, asked: Asked) -> None:
        scheme = asked.authorization.partition(" ")[0]
        asked.request.headers["authorization"] = f"{scheme} expired"


@fault("turn_anonymous")
@dataclass(kw_only=True)
class TurnAnonymous(_OfToken):
    """The token is overlooked: the caller sees what anonymous callers see, with status 200 where they are let in."""

    def before(self, asked: Asked) -> None:
        asked.request.headers.pop("authorization", None)
