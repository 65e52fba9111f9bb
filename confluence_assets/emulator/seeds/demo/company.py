"""Larkspur's people, groups and spaces."""

from dataclasses import dataclass, field
from typing import Any

from confluence_assets.emulator.seeds.people import ADMINISTRATOR, READER, WRITER


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. The token is the part of the address before the @."""

    short: str
    email: str
    name: str
    zone: str = "Europe/Lisbon"
    groups: tuple[str, ...] = ("confluence-users",)
    traits: dict[str, Any] = field(default_factory=dict)


STAFF = "confluence-users"
PEOPLE = (
    Person("maya", "maya@example.com", "Maya Lindqvist", groups=(STAFF, "product", "people-and-finance")),
    Person("priya", "priya@example.com", "Priya Raman", "Europe/London", (STAFF, "engineering")),
    Person("tomas", "tomas@example.com", "Tomás Ferreira", groups=(STAFF, "engineering")),
    Person("lena", "lena@example.com", "Lena Okafor", "Europe/Berlin", (STAFF, "product")),
    Person(
        "jonas", "jonas@example.com", "Jonas Weber", "Europe/Berlin", (STAFF, "workshop"), {"is_email_hidden": True}
    ),
    Person("aiko", "aiko@example.com", "Aiko Tanaka", "Asia/Tokyo", (STAFF, "product", "engineering")),
    Person("sam", "sam@example.com", "Sam Whitfield", "Europe/London", (STAFF, "support")),
    Person(
        "nadia",
        "nadia@example.com",
        "Nadia Haddad",
        groups=(STAFF, "people-and-finance"),
        traits={"is_email_hidden": True},
    ),
    Person("omar", "omar@example.com", "Omar Aziz", groups=(STAFF,)),
    Person(
        "victor", "victor@example.com", "Victor Sousa", groups=(STAFF, "engineering"), traits={"status": "inactive"}
    ),
    Person(
        "ruth",
        "ruth@partner.example",
        "Ruth Adeyemi",
        "Africa/Lagos",
        (),
        {"is_guest": True, "public_name": "Ruth (Northgate)"},
    ),
    Person("bot", "release-bot@apps.example.com", "Release Bot", "UTC", (), {"account_type": "app"}),
    Person("gone", "gone@example.com", "Former user", groups=(), traits={"status": "closed"}),
)
GROUPS = ("engineering", "product", "workshop", "support", "people-and-finance")
Grants = tuple[tuple[str, str, list[str]], ...]


@dataclass(frozen=True, slots=True)
class SpacePlan:
    """A space: its file is `pages/<file>.txt`. Grants name groups, people by short name, or access classes."""

    key: str
    name: str
    file: str
    author: str
    created: str
    description: str
    grants: Grants
    type: str = "global"
    status: str = "current"
    labels: tuple[str, ...] = ()
    roles: tuple[tuple[str, str, str], ...] = ()
    classification_id: str | None = None


INTERNAL = "ari:cloud:platform::classification-tag/internal"
_STAFF_WRITES = (("group", STAFF, WRITER), ("user", "admin", ADMINISTRATOR))
SPACES = (
    SpacePlan("HB", "Handbook", "handbook", "maya", "2022-02-01", "How we work at Larkspur.", _STAFF_WRITES, labels=("company",)),
    SpacePlan(
        "ENG", "Engineering", "engineering", "priya", "2022-03-10", "Firmware, backend and how we keep them alive.",
        (("group", "engineering", WRITER), ("access-class", "all-licensed-users", READER), ("user", "admin", ADMINISTRATOR)),
        labels=("tech",), roles=(("user", "priya", "Manager"), ("group", "engineering", "Collaborator")), classification_id=INTERNAL,
    ),
    SpacePlan(
        "PRD", "Product", "product", "lena", "2022-05-02", "What we build next, and why.",
        (("group", STAFF, READER), ("user", "ruth", READER), ("user", "admin", ADMINISTRATOR)),
        roles=(("group", "product", "Collaborator"), ("user", "ruth", "Reviewer")),
    ),
    SpacePlan(
        "OPS", "Workshop", "workshop", "jonas", "2022-06-20", "Building, parts, suppliers.",
        (("group", "workshop", WRITER), ("group", STAFF, READER), ("user", "bot", READER), ("user", "admin", ADMINISTRATOR)),
    ),
    SpacePlan(
        "HELP", "Help Centre", "help", "sam", "2023-01-15", "Answers for riders. Open to everybody.",
        (("group", "support", WRITER), ("group", STAFF, READER), ("access-class", "anonymous-users", READER), ("user", "admin", ADMINISTRATOR)),
        type="knowledge_base", labels=("public",),
    ),
    SpacePlan(
        "FIN", "People & Finance", "finance", "nadia", "2022-02-03", "For those who need to know.",
        (("group", "people-and-finance", WRITER), ("user", "admin", ADMINISTRATOR)), classification_id=INTERNAL,
    ),
    SpacePlan(
        "PROTO", "Prototype One (2022)", "prototype", "victor", "2022-02-20", "The first bike. Closed.",
        (("group", STAFF, READER), ("user", "admin", ADMINISTRATOR)), status="archived",
    ),
    SpacePlan(
        "~priya", "Priya Raman", "personal", "priya", "2022-03-11", "My desk.",
        (("user", "priya", ADMINISTRATOR), ("group", STAFF, READER)), type="personal",
    ),
)  # fmt: skip
