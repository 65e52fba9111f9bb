"""The room for misbehaviour: what may spoil an answer on its way out.

A fault is a callable that takes the request, the route's template and the finished reply, and returns the reply to send (the
same, a spoiled one, or another). `Reply` can be delayed, cut short or turned into a reset. Faults are asked in order.
"""

from collections.abc import Callable

from confluence_assets.emulator.web.messages import Reply, Request

Fault = Callable[[Request, str, Reply], Reply]


class Faults:
    """The faults that are in force."""

    def __init__(self) -> None:
        self.active: list[Fault] = []

    def apply(self, request: Request, template: str, reply: Reply) -> Reply:
        for fault in self.active:
            reply = fault(request, template, reply)
        return reply

    def clear(self) -> None:
        self.active.clear()
