"""What a site is made of. Ids of content are whole numbers; times are milliseconds."""

from dataclasses import dataclass, field
from typing import Any, Literal

PAGE, BLOGPOST = "page", "blogpost"
FOOTER, INLINE = "footer-comment", "inline-comment"
ATTACHMENT, CUSTOM = "attachment", "custom"
FOLDER, WHITEBOARD, DATABASE, EMBED = "folder", "whiteboard", "database", "embed"
NODES = (FOLDER, WHITEBOARD, DATABASE, EMBED)
TREE = (PAGE, *NODES)
COMMENTS = (FOOTER, INLINE)
KINDS = (PAGE, BLOGPOST, FOOTER, INLINE, ATTACHMENT, CUSTOM, *NODES)


@dataclass(slots=True, eq=False)
class Version:
    """One past version of a content."""

    created: int
    author: str
    message: str
    is_minor: bool
    title: str
    body: str | None
    extra: dict[str, Any] | None = None


@dataclass(slots=True, eq=False)
class Content:
    """A page, blog post, comment, attachment, custom content, folder, whiteboard, database or embed.

    `parent_id` is the parent in the tree, or the comment that a reply answers; `container_id` is what a comment, a file or
    a custom content hangs on. `body` is None where the text is made on demand. `history` is None while the older versions
    are made on demand, too.
    """

    id: int
    kind: str
    space_id: int
    title: str
    created: int
    author: str
    status: str = "current"
    parent_id: int = 0
    container_id: int = 0
    position: int | None = None
    owner: str | None = None
    last_owner: str | None = None
    modified: int = 0
    modifier: str = ""
    version: int = 1
    message: str = ""
    is_minor: bool = False
    body: str | None = ""
    subtype: str | None = None
    extra: dict[str, Any] | None = None
    history: list[Version] | None = None

    @property
    def api_id(self) -> str:
        return f"att{self.id}" if self.kind == ATTACHMENT else str(self.id)

    @property
    def custom_type(self) -> str:
        return str((self.extra or {}).get("type", ""))


@dataclass(slots=True, eq=False)
class Permission:
    """A grant in a space. `principal_type` is user, group, role or access-class; on Data Center user, group or anonymous."""

    id: int
    principal_type: str
    principal_id: str
    key: str
    target: str


@dataclass(slots=True, eq=False)
class Property:
    """A property of a content or a space."""

    id: int
    key: str
    value: Any
    created: int
    author: str
    modified: int
    version: int = 1


@dataclass(slots=True, eq=False)
class Space:
    """A space with what belongs to it directly."""

    id: int
    key: str
    name: str
    author: str
    created: int
    type: str = "global"
    status: str = "current"
    description: str = ""
    homepage_id: int = 0
    owner: str | None = None
    alias: str | None = None
    permissions: list[Permission] = field(default_factory=list)
    roles: list[tuple[str, str, str]] = field(default_factory=list)  # principal type, principal id, role id
    properties: dict[str, Property] = field(default_factory=dict)
    labels: list[tuple[str, str]] = field(default_factory=list)
    classification_id: str | None = None


@dataclass(slots=True, eq=False)
class Role:
    """A space role."""

    id: str
    name: str
    type: Literal["SYSTEM", "CUSTOM"]
    description: str
    permissions: list[str]


@dataclass(slots=True, eq=False)
class User:
    """An account. `token` is what it signs in with; None where it can't."""

    account_id: str
    email: str
    display_name: str
    public_name: str = ""
    account_type: str = "atlassian"
    status: str = "active"
    token: str | None = None
    is_email_hidden: bool = False
    is_guest: bool = False
    time_zone: str = "Europe/London"
    personal_space_id: int = 0
    username: str = ""  # Data Center only; its `account_id` is the user key


@dataclass(slots=True, eq=False)
class Group:
    """A group. `access` says what membership opens: user, admin, site-admin, or nothing."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)
    access: tuple[str, ...] = ()
    usage_type: str = "USERBASE_GROUP"
    managed_by: str = "ADMINS"
    subgroups: list[str] = field(default_factory=list)  # ids of the groups inside it; Data Center only


@dataclass(slots=True, eq=False)
class Restriction:
    """Who is named for one operation on a content. A group may be gone and still be named."""

    users: list[str] = field(default_factory=list)
    groups: list[tuple[str, str]] = field(default_factory=list)  # id, name when it was set

    @property
    def is_empty(self) -> bool:
        return not self.users and not self.groups


@dataclass(slots=True, eq=False)
class Task:
    """An inline task."""

    id: int
    local_id: str
    container_id: int
    body: str
    created: int
    created_by: str
    status: str = "incomplete"
    assigned_to: str | None = None
    due: int | None = None
    updated: int = 0
    completed: int | None = None
    completed_by: str | None = None
    is_in_body: bool = False


@dataclass(slots=True, eq=False)
class AuditRecord:
    """One line of the audit log."""

    created: int
    author_id: str
    summary: str
    category: str
    object_type: str
    object_name: str
    description: str = ""
    address: str = "203.0.113.7"
    changed: list[dict[str, Any]] = field(default_factory=list)
    associated: list[tuple[str, str]] = field(default_factory=list)  # name, object type
    object_id: str = ""  # of what was changed; Data Center tells it
