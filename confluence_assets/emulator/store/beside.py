"""What stands beside the content: states, watches, templates, properties of people, conversions, long tasks."""

from dataclasses import dataclass, field

from confluence_assets.emulator.store.model import Property


@dataclass(frozen=True, slots=True)
class ContentState:
    """A state that a page can be in. 0, 1 and 2 are those that every space suggests; others belong to who made them."""

    id: int
    name: str
    color: str
    owner: str = ""


SUGGESTED_STATES = (
    ContentState(0, "Rough draft", "#FFC400"),
    ContentState(1, "In progress", "#2684FF"),
    ContentState(2, "Ready for review", "#57D9A3"),
)


@dataclass(slots=True, eq=False)
class Template:
    """A content template; `space_id` 0 is for the whole site."""

    id: int
    name: str
    body: str
    description: str = ""
    space_id: int = 0


@dataclass(slots=True, eq=False)
class Conversion:
    """A body that is turned into another representation for somebody. The first look at it finds it working."""

    asked_by: str
    to: str
    value: str
    made_at: int
    looks: int = 0


@dataclass(slots=True, eq=False)
class LongTask:
    """Something that takes the site a while."""

    id: str
    name: str
    started_at: int
    percentage: int = 0


@dataclass(slots=True)
class Beside:
    """All of it, by the id of what it is about."""

    states: dict[int, tuple[ContentState, int]] = field(default_factory=dict)
    custom_states: list[ContentState] = field(default_factory=list)
    watchers: dict[int, list[str]] = field(default_factory=dict)
    space_watchers: dict[int, list[str]] = field(default_factory=dict)
    label_watchers: dict[str, list[str]] = field(default_factory=dict)
    templates: dict[int, Template] = field(default_factory=dict)
    user_properties: dict[str, dict[str, Property]] = field(default_factory=dict)
    conversions: dict[str, Conversion] = field(default_factory=dict)
    long_tasks: dict[str, LongTask] = field(default_factory=dict)

    def forget(self, content_id: int) -> None:
        """Forget what is told about a content that goes."""
        self.states.pop(content_id, None)
        self.watchers.pop(content_id, None)

    def known_states(self) -> list[ContentState]:
        return [*SUGGESTED_STATES, *self.custom_states]
