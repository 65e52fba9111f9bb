"""From the text of a query to a tree. Raises `CqlError` for what is no CQL."""

import re
from dataclasses import dataclass
from typing import Any


class CqlError(Exception):
    """The query can't be understood: 400."""


@dataclass(frozen=True, slots=True)
class Function:
    """A call such as `now("-1h")`."""

    name: str
    arguments: tuple[str, ...]


Value = str | Function


@dataclass(frozen=True, slots=True)
class Clause:
    """A field, an operator (`=`, `!=`, `~`, `!~`, `>`, `>=`, `<`, `<=`, `in`, `not in`) and its values."""

    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """All of them."""

    parts: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Any of them."""

    parts: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The opposite."""

    part: Any


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: the condition, and the fields to sort by with whether they descend."""

    where: Any
    order: tuple[tuple[str, bool], ...]


_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<operator>!=|>=|<=|!~|=|>|<|~|\(|\)|,)"""
    r"""|(?P<word>[^\s"'=!<>~(),]+))"""
)
_OPERATORS = ("=", "!=", ">", ">=", "<", "<=", "~", "!~")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise CqlError(f"Could not parse cql : {text}")
        kind = str(match.lastgroup)
        value = match.group(kind)
        found.append((kind, re.sub(r"\\(.)", r"\1", value[1:-1]) if kind == "string" else value))
        position = match.end()
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.position = 0

    def fail(self) -> CqlError:
        return CqlError(f"Could not parse cql : {self.text}")

    def peek(self, offset: int = 0) -> tuple[str, str]:
        index = self.position + offset
        return self.tokens[index] if index < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        if token[0] == "end":
            raise self.fail()
        self.position += 1
        return token

    def is_word(self, word: str, offset: int = 0) -> bool:
        kind, value = self.peek(offset)
        return kind == "word" and value.lower() == word

    def query(self) -> Query:
        where: Any = Both(())
        if not self.is_word("order"):
            where = self.either()
        order = self.order() if self.is_word("order") else ()
        if self.peek()[0] != "end":
            raise self.fail()
        return Query(where, order)

    def either(self) -> Any:
        parts = [self.both()]
        while self.is_word("or"):
            self.take()
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self) -> Any:
        parts = [self.one()]
        while self.is_word("and"):
            self.take()
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def one(self) -> Any:
        if self.is_word("not"):
            self.take()
            return Negation(self.one())
        if self.peek() == ("operator", "("):
            self.take()
            inside = self.either()
            self.expect(")")
            return inside
        return self.clause()

    def expect(self, sign: str) -> None:
        if self.take() != ("operator", sign):
            raise self.fail()

    def clause(self) -> Clause:
        kind, field = self.take()
        if kind == "operator":
            raise self.fail()
        if self.is_word("in"):
            self.take()
            return Clause(field.lower(), "in", self.several())
        if self.is_word("not") and self.is_word("in", 1):
            self.position += 2
            return Clause(field.lower(), "not in", self.several())
        kind, operator = self.take()
        if kind != "operator" or operator not in _OPERATORS:
            raise self.fail()
        return Clause(field.lower(), operator, (self.value(),))

    def several(self) -> tuple[Value, ...]:
        self.expect("(")
        values = [self.value()]
        while self.peek() == ("operator", ","):
            self.take()
            values.append(self.value())
        self.expect(")")
        return tuple(values)

    def value(self) -> Value:
        kind, value = self.take()
        if kind == "operator":
            raise self.fail()
        if kind == "word" and self.peek() == ("operator", "("):
            self.take()
            arguments = []
            while self.peek() != ("operator", ")"):
                if self.peek() == ("operator", ","):
                    self.take()
                arguments.append(self.take()[1])
            self.take()
            return Function(value, tuple(arguments))
        return value

    def order(self) -> tuple[tuple[str, bool], ...]:
        self.take()
        if not self.is_word("by"):
            raise self.fail()
        self.take()
        found = []
        while True:
            field = self.take()[1].lower()
            descending = False
            if self.is_word("asc") or self.is_word("desc"):
                descending = self.take()[1].lower() == "desc"
            found.append((field, descending))
            if self.peek() != ("operator", ","):
                return tuple(found)
            self.take()


def parse(text: str) -> Query:
    """The tree of a query. Raises: CqlError."""
    if not text.strip():
        raise CqlError("The CQL query is empty.")
    return _Parser(text).query()
