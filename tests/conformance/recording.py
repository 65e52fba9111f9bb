"""Records at the server what comes in and what goes out."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from confluence_assets.emulator import EmbeddedSite
from confluence_assets.emulator.web.messages import Reply, Request


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer; bodies are parsed where they are JSON."""

    method: str
    template: str
    target: str
    body: Any
    status: int
    answer: Any

    @property
    def route(self) -> str:
        return f"{self.method} {self.template}"


def _parsed(body: bytes, content_type: str = "application/json") -> Any:
    return json.loads(body) if body and content_type == "application/json" else None


@contextmanager
def recording(site: EmbeddedSite, prefix: str = "/wiki") -> Iterator[list[Exchange]]:
    """Everything that the site is asked meanwhile below that path, which leaves out its media host."""
    found: list[Exchange] = []

    def note(request: Request, template: str, reply: Reply) -> Reply:
        if template.startswith(prefix):
            answer = _parsed(reply.body, reply.content_type)
            sent = _parsed(request.body, request.headers.get("content-type", "application/json"))
            found.append(Exchange(request.method, template, request.target, sent, reply.status, answer))
        return reply

    site.site.faults.active.append(note)
    try:
        yield found
    finally:
        site.site.faults.active.remove(note)
