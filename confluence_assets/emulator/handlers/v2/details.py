"""What hangs on a content: labels, properties, versions, likes, operations, its classification."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v2.attachments import attachment_id
from confluence_assets.emulator.handlers.v2.inclusions import operations_of
from confluence_assets.emulator.handlers.v2.tree import kind_of
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.store.history import VersionRow, all_versions
from confluence_assets.emulator.store.model import ATTACHMENT, COMMENTS, Content
from confluence_assets.emulator.web.messages import Reply

LABEL_SORTS = {"created-date": "id", "id": "id", "name": "name"}
VERSION_NAMES = {"page": "page", "blogpost": "blogpost", "attachment": "attachment", "custom": "custom"}


def holder(call: Call) -> Content:
    """The content that the path is about, whatever its parameter is called."""
    name = next(iter(call.arguments))
    if call.route.template.startswith("/wiki/api/v2/comments/"):
        return call.content(call.id(name), *COMMENTS)
    kind = kind_of(call)
    return call.content(attachment_id(call, name) if kind == ATTACHMENT else call.id(name), kind)


def label_page(call: Call, labels: list[tuple[str, str]]) -> Reply:
    """A page of labels, sorted and filtered as asked."""
    store, prefixes = call.store, call.get("prefix")
    wanted = [prefixes] if isinstance(prefixes, str) else prefixes
    rows = [(store.label_id(*label), label) for label in labels if not wanted or label[0] in wanted]
    sort, descending = call.sort("id")
    if LABEL_SORTS[sort] == "name":
        rows.sort(key=lambda row: (row[1][1], row[0]))
        return call.listing(
            rows, lambda row: call.site.render.label(row[1]), key=lambda row: (row[1][1], row[0]), descending=descending
        )
    rows.sort()
    return call.listing(
        rows, lambda row: call.site.render.label(row[1]), key=lambda row: (row[0],), descending=descending
    )


def list_labels_of(call: Call) -> Reply:
    return label_page(call, call.store.labels.get(holder(call).id, []))


def list_labels(call: Call) -> Reply:
    """Labels that stand on something the caller may read."""
    wanted = frozenset(call.get("label-id") or ())
    contents, reads = call.store.contents, call.viewer.reads
    labels = [
        label
        for label, ids in call.store.views.labelled().items()
        if (not wanted or call.store.label_id(*label) in wanted)
        and any(reads(contents[i]) for i in ids if i in contents)
    ]
    return label_page(call, labels)


def list_properties(call: Call) -> Reply:
    held = call.store.properties.get(holder(call).id, {})
    key = call.get("key")
    rows = sorted((found for found in held.values() if key in (None, found.key)), key=lambda found: found.key)
    _, descending = call.sort("key")
    return call.listing(rows, call.site.render.property, key=lambda found: (found.key,), descending=descending)


def get_property(call: Call) -> dict[str, Any]:
    held = call.store.properties.get(holder(call).id, {})
    property_id = call.id("property-id")
    found = next((one for one in held.values() if one.id == property_id), None)
    if found is None:
        raise not_found()
    return call.single(call.site.render.property(found))


def _versions(call: Call) -> tuple[Content, list[VersionRow]]:
    content = holder(call)
    return content, all_versions(call.store, content, call.site.bodies.storage)


def list_versions(call: Call) -> Reply:
    content, rows = _versions(call)
    sort, _ = call.get("sort"), None
    descending = sort != "modified-date"
    name = "comment" if content.kind in COMMENTS else VERSION_NAMES[content.kind]
    representation, version_row = call.get("body-format"), call.site.render.version_row
    return call.listing(
        rows,
        lambda row: version_row(row, content, name, representation),
        key=lambda row: (row.number,),
        descending=descending,
    )


def get_version(call: Call) -> dict[str, Any]:
    _, rows = _versions(call)
    number = call.id("version-number")
    if not 1 <= number <= len(rows):
        raise not_found()
    row = {
        **call.site.render.plain_version(rows[number - 1]),
        "contentTypeModified": False,
        "collaborators": [rows[number - 1].author],
        "prevVersion": number - 1,
        "nextVersion": number + 1 if number < len(rows) else 0,
    }
    return call.single(row)


def list_operations(call: Call) -> dict[str, Any]:
    return {"operations": operations_of(call, holder(call))}


def count_likes(call: Call) -> dict[str, int]:
    return {"count": len(call.store.likes.get(holder(call).id, ()))}


def list_likes(call: Call) -> Reply:
    rows = sorted(call.store.likes.get(holder(call).id, ()))
    return call.listing(rows, lambda account: {"accountId": account}, key=lambda account: (account,))


def get_classification(call: Call) -> dict[str, Any]:
    content = holder(call)
    space = call.store.space_of(content)
    level = next((one for one in CLASSIFICATION_LEVELS if one["id"] == space.classification_id), None)
    if level is None:
        raise Refusal(404, "No classification level is set.")
    return level


def get_space_classification(call: Call) -> dict[str, Any]:
    space = call.space(call.id())
    level = next((one for one in CLASSIFICATION_LEVELS if one["id"] == space.classification_id), None)
    if level is None:
        raise Refusal(404, "No default classification level is set.")
    return level


def list_classification_levels(call: Call) -> list[dict[str, Any]]:
    return CLASSIFICATION_LEVELS


CLASSIFICATION_LEVELS: list[dict[str, Any]] = [
    {
        "id": "ari:cloud:platform::classification-tag/public",
        "status": "PUBLISHED",
        "order": 0,
        "name": "Public",
        "description": "Anybody may read it.",
        "guideline": "Nothing about customers or people.",
        "color": "GREEN",
    },
    {
        "id": "ari:cloud:platform::classification-tag/internal",
        "status": "PUBLISHED",
        "order": 1,
        "name": "Internal",
        "description": "For people of the company.",
        "guideline": "Don't forward it.",
        "color": "ORANGE",
    },
]
