"""The emulator's answers have the keys, types and forms of links that recorded answers of real Cloud sites have."""

import csv
import json
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from tests.conformance.documents import SHARED
from tests.conformance.shapes import Shape, shape_of
from tests.emulator.asker import Asker

RECORDED = SHARED / "corpus" / "rest"
MANIFEST = SHARED / "corpus" / "manifest.csv"
pytestmark = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recorded answers stand beside the checkout, and are not here"
)

Samples = list[dict[str, Any]]


def read(suffix: str) -> Samples:
    """The answers that were recorded from real sites, by the end of their file's name."""
    with MANIFEST.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["kind"].startswith("recorded-response")]
    names = [row["file"].removeprefix("rest/") for row in rows if row["file"].endswith(suffix)]
    found = [json.loads((RECORDED / name).read_text(encoding="utf-8")) for name in names]
    # some were cut down to id, title and links by hand before they were checked in
    return [one for one in found if suffix != "page.v1.json" or "ari" in one]


@pytest.fixture(scope="module")
def demo() -> Iterator[Asker]:
    config = SiteConfig.demo()
    config.switches.update(withdrawn_v1_status=200)
    with EmbeddedSite(config) as site:
        asker = Asker(site)
        yield asker
        asker.session.close()


def pages(demo: Asker) -> list[str]:
    """Pages with parents."""
    return [row["id"] for row in demo.walk("/pages?limit=250&status=current") if row["parentType"] == "page"][:60]


def v1_pages(demo: Asker) -> Samples:
    return [demo.v1(f"/content/{page}?expand=body.storage,body.view,ancestors") for page in pages(demo)]


def v1_ancestors(demo: Asker) -> Samples:
    return [{"results": row["ancestors"]} for row in v1_pages(demo)]


def v1_attachments(demo: Asker) -> Samples:
    return [demo.v1(f"/content/{page}/child/attachment") for page in pages(demo)]


def v2_pages(demo: Asker) -> Samples:
    return [demo.v2(f"/pages/{page}?body-format=atlas_doc_format") for page in pages(demo)]


def v2_children(demo: Asker) -> Samples:
    return [demo.v2(f"/pages/{page}/children") for page in pages(demo)]


def v1_custom_content(demo: Asker) -> Samples:
    rows = demo.walk("/custom-content?type=ac:diagrams:drawing")
    return [demo.v1(f"/content/{row['id']}?expand=body.raw,space,version,container") for row in rows]


def v1_custom_list(demo: Asker) -> Samples:
    query = "type=ac:diagrams:drawing&expand=body.raw,space,version,container&spaceKey=ENG&_r=1"
    first = demo.v1(f"/content?{query}")
    assert first["results"]
    return [first, demo.v1(f"/content?{query}&limit=1")] if first["size"] > 1 else [first]


# What differs, and why that is right: the end of a file's name, a pattern of places, and the reason.
OF_2022 = "recorded in 2022; the newer recordings, or the document of 2026, have it"
LIVE_DOCS = "only live docs have it, which are newer than the recordings; the document has it"
REASONS = [
    ("page.v1.json", ".subType", LIVE_DOCS),
    ("page.v2.json", ".subtype", LIVE_DOCS),
    ("sequence.json", "*._expandable.draftVersion", OF_2022),
    ("sequence.json", "*._expandable.schedulePublishInfo", OF_2022),
    ("sequence.json", "*.edituiv2", OF_2022),
    ("sequence.json", "*.ari", OF_2022),
    ("sequence.json", "*.base64EncodedAri", OF_2022),
    ("sequence.json", "*.subType", OF_2022),
    ("sequence.json", "*.space.alias", OF_2022),
    ("sequence.json", "*.version.by.*", OF_2022),
    ("sequence.json", "*._links.webui", "leads into the app, to whose own address there is no key to make it from"),
    ("list-sequence.json", "._links.next", "Cloud of 2022 marked the offset links of /content with next=true"),
]

GROUPS: dict[str, Callable[[Asker], Samples]] = {
    "page.v1.json": v1_pages,
    "ancestors.v1.json": v1_ancestors,
    "attachments.v1.json": v1_attachments,
    "page.v2.json": v2_pages,
    "children.v2.json": v2_children,
    "custom-content-by-id-v1-diagram-sequence.json": v1_custom_content,
    "custom-content-list-sequence.json": v1_custom_list,
}


def differences(recorded: Shape, ours: Shape) -> Iterator[tuple[str, str]]:
    """Places that differ, and how. What stands below a place that is nowhere recorded is not told again."""
    for place in sorted(set(recorded) | set(ours)):
        if place not in ours:
            yield place, f"missing, recorded as {sorted(recorded[place])}"
        elif place not in recorded:
            if (place.rpartition(".")[0].removesuffix("[]") or ".") in recorded:
                yield place, "nowhere recorded"
        elif not ours[place] <= recorded[place]:
            yield place, f"{sorted(ours[place] - recorded[place])} instead of {sorted(recorded[place])}"


@pytest.mark.parametrize("suffix", sorted(GROUPS))
def test_shapes_are_those_of_recorded_answers(demo: Asker, suffix: str) -> None:
    samples = read(suffix)
    assert samples
    places = dict(differences(shape_of(samples), shape_of(GROUPS[suffix](demo))))
    patterns = [pattern for end, pattern, _ in REASONS if suffix.endswith(end)]
    unexplained = {place: words for place, words in places.items() if not any(fnmatchcase(place, p) for p in patterns)}
    assert unexplained == {}


def test_every_reason_is_still_needed(demo: Asker) -> None:
    places = {
        suffix: [place for place, _ in differences(shape_of(read(suffix)), shape_of(sample(demo)))]
        for suffix, sample in GROUPS.items()
    }
    idle = [
        (end, pattern)
        for end, pattern, _ in REASONS
        if not any(fnmatchcase(place, pattern) for s in GROUPS if s.endswith(end) for place in places[s])
    ]
    assert idle == []
