"""No deletion from a broken listing: every kind of fault, at the page boundaries of every listing.

A site of three spaces gives two rows a page, so that every listing has several. Before each broken run somebody edits the
site. What is on the site and was in the lake must be in the lake afterwards; then one clean run makes the lake whole.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from confluence_assets.emulator.config import SeedPlan
from confluence_assets.errors import ConfluenceAssetsError
from tests.support.truth import differences, held
from tests.sync.harness import IMPATIENT, Bench, bench
from tests.sync.histories import Editor
from tests.sync.sites import CLOUD, NEWEST, OLDEST, site_config

PLAN = SeedPlan(
    spaces=3,
    pages_per_space=3,
    blogposts_per_space=2,
    comments=9,
    attachments=6,
    tasks=5,
    custom_content=5,
    properties=5,
    folders_per_space=1,
    restricted_share=0.2,
    users=6,
    groups=4,
    audit_records=5,
)
ROWS_PER_PAGE = 2
PERMISSIONS_PER_PAGE = 12
"""A space has two dozen: at two rows a page their listing alone would be most of a run."""
EVERYWHERE = bool(os.environ.get("FAULTS_EVERYWHERE"))
"""Each fault at each page of each listing: half an hour. Else each fault at some, others for each listing."""
MOST_BOUNDARIES = 100 if EVERYWHERE else 3
CASES_BETWEEN_RECOVERIES = 5
CASES_OF_DATACENTER = 12
"""Half of the faults for each listing, others for each; all of them were played when this was written."""
NEWS = (
    "edit",
    "rename",
    "create_page",
    "create_blogpost",
    "comment",
    "reply",
    "edit_comment",
    "delete_comment",
    "upload",
    "delete_file",
    "relabel",
    "set_property",
    "task",
    "custom",
    "restrict",
    "unrestrict",
    "trash",
    "restore",
    "grant",
)


@dataclass(frozen=True)
class Listing:
    """The requests of one listing, as triggers of faults name them."""

    route: str
    target: str = "*"

    method: str = "GET"

    @property
    def trigger(self) -> dict[str, str]:
        return {"route": f"{self.method} {self.route}", "target": self.target}


LISTINGS = {
    "spaces": Listing("/wiki/api/v2/spaces"),
    "pages": Listing("/wiki/api/v2/pages"),
    "blogposts": Listing("/wiki/api/v2/blogposts"),
    "footer comments": Listing("/wiki/api/v2/footer-comments"),
    "inline comments": Listing("/wiki/api/v2/inline-comments"),
    "attachments": Listing("/wiki/api/v2/attachments"),
    "details of the tree": Listing("/wiki/rest/api/content/search", "*type+in*"),
    "details of files": Listing("/wiki/rest/api/content/search", "*type%3Dattachment*"),
    "details by id": Listing("/wiki/rest/api/search", "*cql=id+in*"),
    "tasks": Listing("/wiki/api/v2/tasks"),
    "custom content": Listing("/wiki/api/v2/custom-content"),
    "groups": Listing("/wiki/rest/api/group"),
    "members": Listing("/wiki/rest/api/group/{groupId}/membersByGroupId"),
    "permissions": Listing("/wiki/api/v2/spaces/{id}/permissions"),
    "role assignments": Listing("/wiki/api/v2/spaces/{id}/role-assignments"),
    "roles": Listing("/wiki/api/v2/space-roles"),
    "folders": Listing("/wiki/api/v2/folders/{id}"),
    "own groups": Listing("/wiki/rest/api/user/memberof"),
    "audit log": Listing("/wiki/rest/api/audit"),
}
"""Labels, properties and restrictions come with the details."""

SCAN, PEOPLE = "/rest/api/content/scan", "/rest/api/group"
DATACENTER = {
    "spaces": Listing("/rest/api/space"),
    "pages": Listing(SCAN, "*type=page*"),
    "comments": Listing(SCAN, "*type=comment*"),
    "custom content": Listing("/rest/api/content/search"),
    "groups": Listing(PEOPLE),
    "members": Listing(f"{PEOPLE}/{{groupName}}/member"),
    "groups inside": Listing(f"{PEOPLE}/{{groupName}}/groupmember"),
    "files of a page": Listing("/rest/api/content/{id}/child/attachment"),
}
"""Of Data Center: labels, restrictions and files come with their pages, and tasks in their bodies."""

LISTINGS_OF: dict[str, dict[str, Listing]] = {
    CLOUD: LISTINGS,
    OLDEST: {
        "permissions": Listing("/rpc/json-rpc/confluenceservice-v2", method="POST"),
        "people": Listing("/rest/api/user"),
    },
    NEWEST: {
        **DATACENTER,
        "permissions": Listing("/rest/api/space/{spaceKey}/permissions"),
        "people": Listing("/rest/api/user/list"),
    },
}
"""The oldest version is asked for what it does in another way than the newest."""

REFUSALS: dict[str, dict[str, Any]] = {
    "throttled": {"kind": "throttle", "retry_after": None},
    "500": {"kind": "error", "status": 500},
    "503 as a page": {"kind": "error", "status": 503, "body": "html"},
    "400": {"kind": "error", "status": 400},
    "401": {"kind": "error", "status": 401},
    "403": {"kind": "error", "status": 403},
    "404": {"kind": "error", "status": 404},
    "410": {"kind": "error", "status": 410},
    "login page": {"kind": "login_page"},
    "login redirect": {"kind": "login_redirect"},
    "reset": {"kind": "reset"},
    "cut": {"kind": "cut"},
    "cut and framed": {"kind": "cut", "is_framed": True},
    "token expired": {"kind": "expire_token"},
    "turned anonymous": {"kind": "turn_anonymous"},
}
"""From a page on, the listing gives nothing more: retries don't help."""

LIES: dict[str, dict[str, Any]] = {
    **{
        f"next is {form}": {"kind": "next_link", "form": form}
        for form in ("repeat", "foreign", "empty", "null", "empty_page")
    },
    "odd": {"kind": "odd_answers"},
    "reset once": {"kind": "reset"},
    "cut once": {"kind": "cut", "is_framed": True},
}
"""One page of the listing is not what it should be."""


@pytest.fixture(scope="module")
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    site = request.param
    config = site_config(site, PLAN, switches={} if site == CLOUD else {"expanded_children_limit": 1})
    with bench(config, tmp_path_factory.mktemp("lake"), publish=False, removal_limit=1.0) as synced:
        roles = [row["id"] for row in synced.control.dump("role")]
        users = [row["account_id"] for row in synced.control.dump("user")]
        for row in synced.control.dump("space"):
            for role, user in zip(roles, users, strict=False):
                synced.control.edit(
                    "assign_role", space=row["key"], principal_type="user", principal_id=user, role=role
                )
        for row in synced.control.dump("page")[:3]:
            synced.control.edit("comment", container=row["id"], body="<p>here</p>", kind="inline", selection="text")
        assert synced.sync("full").failures == []
        assert synced.differences() == []
        yield synced


class Case:
    """One listing, with an editor who works while it is broken."""

    def __init__(self, run: Bench, name: str) -> None:
        self.run = run
        site = run.embedded.site
        self.listings = LISTINGS_OF[site.config.profile if site.is_datacenter else CLOUD]
        self.listing = self.listings[name]
        options = run.site.options
        self.editor = Editor(run.embedded, options.custom_content_types, options.property_keys)
        self.chance = random.Random(name)
        self.problems: list[str] = []

    def count_pages(self) -> int:
        """How many requests the listing takes now."""
        counter = self.run.control.fault("odd_answers", keys=False, enums=False, **self.listing.trigger)
        assert self.run.sync().failures == []
        return next(fault["seen"] for fault in self.run.control.faults() if fault["id"] == counter["id"])

    def play(self, name: str, fault: dict[str, Any], trigger: dict[str, Any]) -> None:
        self.editor.play((self.chance.choice(NEWS), self.chance.randrange(999), self.chance.randrange(999)))
        before = {table: held(self.run.lake, table) for table in self.run.seen_by_us()}
        logged = set(held(self.run.lake, "audit_records"))
        self.restrain()
        self.run.control.fault(**fault, **self.listing.trigger, **trigger)
        try:
            failures = self.run.sync(transport=IMPATIENT).failures
        except ConfluenceAssetsError as error:
            failures = [str(error)]
        self.restrain()
        if lost := logged - set(held(self.run.lake, "audit_records")):
            self.problems.append(f"{name} {trigger}: {len(lost)} audit records are lost; said {failures}")
        for table, rows in self.run.seen_by_us().items():
            lost = (rows.keys() & before[table].keys()) - held(self.run.lake, table).keys()
            if lost:
                self.problems.append(
                    f"{name} {trigger}: {table} lost {sorted(lost)[:3]} ({len(lost)}); said {failures}"
                )

    def restrain(self) -> None:
        control = self.run.control
        control.clear_faults()
        control.fault("cap_limit", limit=PERMISSIONS_PER_PAGE, route="GET */permissions")
        for route in {listing.route for listing in self.listings.values()} - {LISTINGS["permissions"].route}:
            control.fault("cap_limit", limit=ROWS_PER_PAGE, route=f"GET {route}")

    def pages(self) -> list[int]:
        """The pages of the listing that are broken, one after the other; on Data Center one is enough for all faults."""
        found = boundaries(max(self.count_pages(), 1))
        return [self.chance.choice(found)] if self.run.embedded.site.is_datacenter else found

    def recover(self, name: str) -> None:
        failures = self.run.sync().failures
        wrong = differences(self.run.lake, self.run.seen_by_us())
        if failures or wrong:
            self.problems.append(f"after {name}: {failures} {wrong}")


def boundaries(page_count: int) -> list[int]:
    """The first page, the last one and some between."""
    if page_count <= MOST_BOUNDARIES:
        return list(range(1, page_count + 1))
    return sorted({1, (page_count + 1) // 2, page_count})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("run", "name"),
    [(site, name) for site, listings in LISTINGS_OF.items() for name in listings],
    indirect=["run"],
    scope="module",
)
def test_no_deletion_from_a_broken_listing(run: Bench, name: str) -> None:
    case = Case(run, name)
    case.restrain()
    pages = case.pages()
    cases = [
        *(
            (kind, fault, {"after": page - 1})
            for number, (kind, fault) in enumerate(REFUSALS.items())
            for page in (pages if EVERYWHERE else [pages[number % len(pages)]])
        ),
        *((kind, fault, {"nth": page}) for kind, fault in LIES.items() for page in pages),
    ]
    if run.embedded.site.is_datacenter:
        cases = case.chance.sample(cases, CASES_OF_DATACENTER)
    for number, (kind, fault, trigger) in enumerate(cases, start=1):
        case.play(kind, fault, trigger)
        if number % CASES_BETWEEN_RECOVERIES == 0:
            case.recover(f"{kind} {trigger}")
    case.recover("the last case")
    run.control.clear_faults()
    assert case.problems == []
