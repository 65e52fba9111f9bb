"""What holds of access for a whole site and stands in no table; kept in the site's state file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class AccessState:
    """Whether anonymous may come in, and which groups could be read. Unknown counts as closed.

    `groups_unread`: no group could be. `unread_groups`: the members of these could not be, those of the others could.
    `account_id`: who reads the site; what it fetched, the rule must let it read.
    `licensed_accounts`: who may use the product, where the groups' access does not say it all; None where it does.
    """

    deployment: Literal["cloud", "datacenter"] = "cloud"
    anonymous_access: bool | None = None
    groups_unread: bool = False
    unread_groups: tuple[str, ...] = ()
    account_id: str = ""
    licensed_accounts: tuple[str, ...] | None = None

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "AccessState":
        """The site's access state as the state file holds it."""
        names = {field.name for field in fields(cls)}
        held = {name: value for name, value in state.get("access", {}).items() if name in names}
        licensed = held.get("licensed_accounts")
        return cls(
            **{
                **held,
                "unread_groups": tuple(held.get("unread_groups", ())),
                "licensed_accounts": None if licensed is None else tuple(licensed),
            }
        )

    def to_state(self) -> dict[str, Any]:
        """The state as JSON values."""
        licensed = None if self.licensed_accounts is None else list(self.licensed_accounts)
        return {
            "access": {
                **asdict(self),
                "unread_groups": list(self.unread_groups),
                "licensed_accounts": licensed,
            }
        }
