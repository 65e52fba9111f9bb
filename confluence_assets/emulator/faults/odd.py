"""Answers with what no document names: further keys, and values that an open enum may get tomorrow."""

from dataclasses import dataclass
from typing import Any

import orjson

from confluence_assets.emulator.faults.base import Asked, Fault, fault
from confluence_assets.emulator.web.messages import JSON_TYPE, Reply

ODD_KEY = "xNewInTheAnswer"
ENUMS = (
    "accountType", "accountStatus", "usageType", "managedBy", "subtype", "subType", "resolutionStatus", "mediaTypeDescription",
    "authorType", "roleType", "targetType",
)  # fmt: skip
"""Enums that tell, and don't decide what a row is."""
LEFT_ALONE = ("_links", "value", "properties", "body")
"""What belongs to users, or is an address."""


def decorate(node: Any, *, keys: bool, enums: bool) -> Any:
    """The same answer, odd."""
    if isinstance(node, list):
        return [decorate(one, keys=keys, enums=enums) for one in node]
    if not isinstance(node, dict):
        return node
    found = {
        name: value if name in LEFT_ALONE else decorate(value, keys=keys, enums=enums) for name, value in node.items()
    }
    if enums:
        found.update(
            {name: f"new-{value}" for name, value in found.items() if name in ENUMS and isinstance(value, str)}
        )
    if keys:
        found[ODD_KEY] = {"is": ["new", None, 1.5]}
    return found


@fault("odd_answers")
@dataclass(kw_only=True)
class OddAnswers(Fault):
    """Every object has a key that nobody knows, and open enums have new values."""

    keys: bool = True
    enums: bool = True

    def after(self, asked: Asked, reply: Reply) -> Reply:
        if reply.content_type == JSON_TYPE and reply.body:
            content = orjson.loads(reply.body)
            reply.body = orjson.dumps(decorate(content, keys=self.keys, enums=self.enums))
        return reply
