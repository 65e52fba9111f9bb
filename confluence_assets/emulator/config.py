"""What an embedded site is made from, and the switches for everything that is uncertain about the real service."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

DEMO_URL = "https://demo.atlassian.net"
DEFAULT_NOW = "2026-11-16T08:00:00.000Z"
"""Monday morning: the site's own time at the start, until an edit or the control surface moves it."""


@dataclass(slots=True)
class Switches:
    """Questions to which public material has no sure answer (facts, section 17 and [GK]); both answers are implemented."""

    # who may come in
    anonymous_access: bool = False
    unauthorized_body: Literal["json", "html", "empty"] = "json"
    # listings of v2
    default_sort: Literal["id", "-modified-date"] = "id"
    list_pages_of_archived_spaces: bool = True
    site_comment_lists_include_replies: bool = True
    limit_out_of_range: Literal["refuse", "cap"] = "refuse"
    v2_limit_cap: int | None = None
    cursor_kind: Literal["keyset", "offset"] = "keyset"
    cursor_binding: Literal["filters", "none"] = "filters"
    short_pages: bool = False
    unknown_parameters: Literal["ignore", "refuse"] = "ignore"
    inline_property_keys: Literal["camel", "hyphen", "both"] = "both"
    # search
    cql_cap: Literal["inherited", "25", "50", "200", "1000"] = "inherited"
    cql_time_zone: Literal["instance", "user"] = "instance"
    instance_time_zone: str = "UTC"
    cql_finds_nodes: Literal["all", "folders", "none"] = "all"
    cql_start_parameter: Literal["echo", "omit"] = "echo"
    cql_links_prev: bool = True
    comment_ancestors: Literal["comments", "none"] = "comments"
    unreadable_ancestors: Literal["fail_batch", "left_out"] = "fail_batch"
    index_lag_seconds: float = 0.0
    task_lag_seconds: float = 0.0
    """A new task is listed so much later than its page."""
    # people and permissions
    space_role_mode: Literal["PRE_ROLES", "ROLES_TRANSITION", "ROLES"] = "ROLES_TRANSITION"
    roles_endpoint_status: Literal[200, 400, 403, 404] = 200
    role_principals: Literal["role", "flattened", "absent"] = "absent"
    user_search_links_next: bool = True
    memberof_links_next: bool = True
    audit_status: int = 200
    admin_key_entitled: bool = True
    admin_key_via_gateway: bool = False
    quiet_changes_make_versions: bool = False
    """Whether moving, labelling, restricting and properties make a version of a page or a post."""
    # withdrawn or moving parts
    withdrawn_v1_status: Literal[410, 404, 200] = 410
    withdrawn_v1_overrides: dict[str, int] = field(default_factory=dict)
    attachment_servlet_status: Literal[401, 200] = 401
    media_refuses_authorization: bool = True
    media_url_seconds: int = 60
    # OAuth and the gateway
    oauth_consent: Literal["page", "automatic"] = "page"
    oauth_refresh_error: Literal["measured", "documented"] = "measured"
    oauth_refresh_leeway_seconds: int = 600
    access_token_seconds: int = 3600
    gateway_takes_unscoped_tokens: bool = False
    resources_per_product: bool = False
    rate_limit_body: Literal["json", "html", "empty"] = "json"
    # writes
    write_denied_status: Literal[404, 403] = 404
    """What v2 says to those who may not write; v1 and Data Center say 403."""
    archived_space_write_status: Literal[403, 400, 404] = 403
    version_conflict_status: Literal[409, 400] = 409
    write_limit_bytes: int = 5 << 20
    attachment_limit_bytes: int = 100 << 20
    graphql: bool = True
    """Whether the site answers GraphQL at all; it knows a few fields only."""

    def update(self, **values: Any) -> None:
        """Set some of them. Raises: ValueError for a name that is none of them."""
        names = {item.name for item in dataclasses.fields(self)}
        unknown = sorted(set(values) - names)
        if unknown:
            raise ValueError(f"no such switch: {', '.join(unknown)}")
        for name, value in values.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """How much of each thing a site by size holds; `comments`, `attachments` and what follows are totals of the site."""

    spaces: int = 1
    pages_per_space: int = 20
    blogposts_per_space: int = 0
    comments: int = 0
    attachments: int = 0
    attachment_pages: int | None = None
    labelled_share: float = 0.3
    restricted_share: float = 0.02
    properties: int = 0
    tasks: int = 0
    custom_content: int = 0
    folders_per_space: int = 0
    archived_share: float = 0.0
    users: int = 10
    groups: int = 3
    audit_records: int = 20
    body_bytes: int = 4000
    fanout: int = 12
    odd: bool = False


SHAPES: dict[str, SeedPlan] = {
    "empty": SeedPlan(spaces=0, users=1, groups=0, audit_records=0),
    "small": SeedPlan(spaces=2, pages_per_space=20, comments=10, attachments=6, tasks=5, blogposts_per_space=2),
    "frugal": SeedPlan(
        spaces=1, pages_per_space=1000, comments=500, attachments=1000, attachment_pages=400, users=100, groups=10
    ),
    "fast": SeedPlan(spaces=5, pages_per_space=1000, comments=10_000, attachments=5000, users=100, groups=10),
    "wide": SeedPlan(spaces=300, pages_per_space=20, users=40),
    "tall": SeedPlan(spaces=1, pages_per_space=10_000, users=40),
    "large": SeedPlan(spaces=1, pages_per_space=50_000, users=40),
    "odd": SeedPlan(
        spaces=6,
        pages_per_space=40,
        blogposts_per_space=6,
        comments=60,
        attachments=40,
        properties=20,
        tasks=30,
        custom_content=12,
        folders_per_space=3,
        archived_share=0.1,
        users=30,
        groups=6,
        odd=True,
    ),
}
"""Named shapes. `frugal` is R and `fast` is F of the benchmarks; `odd` has names and places that break naive clients."""


@dataclass(slots=True)
class SiteConfig:
    """One embedded site: what it holds, where it listens, and how it answers. Exactly one of the contents is used.

    With `deployment` datacenter, `profile` is the version that it plays (7.19, 8.5, 9.2, 10.0), `context_path` is where
    it is served (`/confluence`, or nothing), and `switches` become those of Data Center, as that version has them.
    """

    seed: int = 1
    plan: SeedPlan = field(default_factory=SeedPlan)
    content_dir: Path | None = None
    is_demo: bool = False
    port: int = 0
    media_port: int = 0
    auth_port: int = 0
    api_port: int = 0
    site_url: str | None = None
    latency_ms: float = 0.0
    now: str = DEFAULT_NOW
    clock_step_seconds: float = 1.0
    switches: Switches = field(default_factory=Switches)
    deployment: Literal["cloud", "datacenter"] = "cloud"
    profile: str = "10.0"
    context_path: str = ""

    def __post_init__(self) -> None:
        """Raises: ValueError for a version or a context path that is none."""
        if self.deployment == "datacenter":
            from confluence_assets.emulator.datacenter.switches import datacenter_switches

            self.switches = datacenter_switches(self.profile, self.switches)
            if self.context_path and (not self.context_path.startswith("/") or self.context_path.endswith("/")):
                raise ValueError("the context path starts with a slash and does not end with one")
            if self.is_demo and self.site_url == DEMO_URL:
                self.site_url = None

    @classmethod
    def demo(cls, **changes: Any) -> "SiteConfig":
        """The wiki of a small company, with addresses that don't depend on the port, and one space open to anonymous."""
        switches = Switches(anonymous_access=True)
        return cls(is_demo=True, **{"site_url": DEMO_URL, "switches": switches, **changes})

    @classmethod
    def shape(cls, name: str, **changes: Any) -> "SiteConfig":
        """A named shape of `SHAPES`. Raises: ValueError for another name."""
        if name not in SHAPES:
            raise ValueError(f"no such shape: {name}; there are {', '.join(SHAPES)}")
        return cls(plan=SHAPES[name], **changes)
