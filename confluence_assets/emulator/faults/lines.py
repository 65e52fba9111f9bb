"""Faults of the line: resets, cut bodies, silence."""

import dataclasses
from dataclasses import dataclass

from confluence_assets.emulator.faults.base import Asked, Fault, fault
from confluence_assets.emulator.web.messages import Reply


@fault("reset")
@dataclass(kw_only=True)
class Reset(Fault):
    """The connection is reset instead of an answer."""

    def after(self, asked: Asked, reply: Reply) -> Reply:
        return Reply(reply.status, is_reset=True, delay_seconds=reply.delay_seconds)


@fault("cut")
@dataclass(kw_only=True)
class Cut(Fault):
    """A part of the body. `is_framed` is the mean form: the length fits what is sent, and only the content is torn."""

    keep_bytes: int | None = None
    is_framed: bool = False

    def after(self, asked: Asked, reply: Reply) -> Reply:
        kept = len(reply.body) // 2 if self.keep_bytes is None else min(self.keep_bytes, len(reply.body))
        if self.is_framed:
            return dataclasses.replace(reply, body=reply.body[:kept])
        return dataclasses.replace(reply, cut_after_bytes=kept)


@fault("stall")
@dataclass(kw_only=True)
class Stall(Fault):
    """Silence: before the answer, or in the middle of its body, after which the line is closed."""

    seconds: float = 30.0
    after_bytes: int | None = None

    def after(self, asked: Asked, reply: Reply) -> Reply:
        if self.after_bytes is None:
            return dataclasses.replace(reply, delay_seconds=reply.delay_seconds + self.seconds)
        kept = min(self.after_bytes, len(reply.body))
        return dataclasses.replace(reply, cut_after_bytes=kept, hold_seconds=self.seconds)
