"""What `doctor` finds: one line each. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How well it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    name: str
    text: str
    next_step: str = ""
    is_setting: bool = False


def ok(name: str, text: str) -> Finding:
    return Finding(Level.OK, name, text)


def warn(name: str, text: str, next_step: str) -> Finding:
    return Finding(Level.WARN, name, text, next_step)


def fail(name: str, text: str, next_step: str, *, is_setting: bool = False) -> Finding:
    return Finding(Level.FAIL, name, text, next_step, is_setting)
