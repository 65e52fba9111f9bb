"""What holds of access for a whole site and stands in no table; kept in the site's state file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class AccessState:
    """Whether anonymous may come in, and whether groups could be read. Unknown counts as closed."""

    deployment: Literal["cloud", "datacenter"] = "cloud"
    anonymous_access: bool | None = None
    groups_unread: bool = False

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "AccessState":
        """The site's access state as the state file holds it."""
        return cls(**state.get("access", {}))

    def to_state(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {"access": asdict(self)}
