"""Query parameters: each function makes a check that returns the typed value or refuses with 400."""

from typing import Any

from confluence_assets.emulator.problems import Refusal, bad_parameter
from confluence_assets.emulator.web.routing import Parameter

INT64 = 1 << 63


def _split(values: list[str]) -> list[str]:
    return [part.strip() for value in values for part in value.split(",") if part.strip() != ""]


def text(name: str, values: list[str]) -> str:
    return values[-1]


def texts(maximum: int = 250) -> Parameter:
    def check(name: str, values: list[str]) -> list[str]:
        parts = _split(values)
        if len(parts) > maximum:
            raise Refusal(400, f"Number of values for '{name}' exceeds the maximum of {maximum}.")
        return parts

    return check


def parse_long(name: str, value: str) -> int:
    try:
        number = int(value) if value.isascii() else None
    except ValueError:
        number = None
    if number is None or not -INT64 <= number < INT64 or "_" in value:
        raise bad_parameter(name, value, "long")
    return number


def long(name: str, values: list[str]) -> int:
    return parse_long(name, values[-1])


def longs(maximum: int = 250) -> Parameter:
    check_texts = texts(maximum)

    def check(name: str, values: list[str]) -> list[int]:
        return [parse_long(name, part) for part in check_texts(name, values)]

    return check


def boolean(name: str, values: list[str]) -> bool:
    value = values[-1].lower()
    if value not in ("true", "false"):
        raise bad_parameter(name, values[-1], "boolean")
    return value == "true"


def one_of(*allowed: str) -> Parameter:
    def check(name: str, values: list[str]) -> str:
        if values[-1] not in allowed:
            raise bad_parameter(name, values[-1], f"one of {list(allowed)}")
        return values[-1]

    return check


def many_of(*allowed: str) -> Parameter:
    def check(name: str, values: list[str]) -> list[str]:
        parts = _split(values)
        for part in parts:
            if part not in allowed:
                raise bad_parameter(name, part, f"one of {list(allowed)}")
        return parts

    return check


def between(minimum: int, maximum: int) -> Parameter:
    def check(name: str, values: list[str]) -> int:
        try:
            number = int(values[-1])
        except ValueError:
            raise bad_parameter(name, values[-1], "int") from None
        if not minimum <= number <= maximum:
            raise Refusal(400, f"Provided value {{{number}}} for '{name}' must be between {minimum} and {maximum}.")
        return number

    return check


class Limit:
    """The `limit` of v2. Whether a value out of range is refused or capped is a switch, so the caller decides."""

    def __init__(self, default: int = 25, minimum: int = 1) -> None:
        self.default = default
        self.minimum = minimum
        self.maximum = 250

    def __call__(self, name: str, values: list[str]) -> int:
        try:
            return int(values[-1])
        except ValueError:
            raise bad_parameter(name, values[-1], "int") from None

    def settle(self, value: int | None, *, refuse: bool, cap: int | None) -> int:
        if value is None:
            value = self.default
        elif not self.minimum <= value <= self.maximum:
            if refuse:
                span = f"between {self.minimum} and {self.maximum}"
                raise Refusal(400, f"Provided value {{{value}}} for 'limit' must be {span}.")
            value = min(max(value, self.minimum), self.maximum)
        return value if cap is None else min(value, cap)


def whole_from(minimum: int) -> Parameter:
    return between(minimum, (1 << 31) - 1)


def paged(default: int = 25, minimum: int = 1, **others: Any) -> dict[str, Parameter]:
    """Parameters of a cursor list: `limit`, `cursor` and the others, whose underscores stand for hyphens."""
    found: dict[str, Parameter] = {"limit": Limit(default, minimum), "cursor": text}
    found.update({name.replace("_", "-"): check for name, check in others.items()})
    return found
