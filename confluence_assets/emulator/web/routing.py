"""Which handler answers a path: a tree of segments, literal ones before parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Parameter = Callable[[str, list[str]], Any]
"""Checks the values that came under a name, and returns what the handler sees."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path template. `dialect` decides how errors look; `required` names parameters that must come."""

    method: str
    template: str
    handler: Callable[..., Any]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    dialect: str = "v2"
    required: tuple[str, ...] = ()


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    routes: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict)


class Router:
    """All routes of a server."""

    def __init__(self) -> None:
        self._root = _Node()
        self.routes: list[Route] = []

    def add(self, *routes: Route) -> None:
        for route in routes:
            node, names = self._root, []
            for segment in route.template.strip("/").split("/"):
                if segment.startswith("{"):
                    names.append(segment[1:-1])
                    node.parameter = node.parameter or _Node()
                    node = node.parameter
                else:
                    node = node.literals.setdefault(segment, _Node())
            if route.method in node.routes:
                raise ValueError(f"two routes for {route.method} {route.template}")
            node.routes[route.method] = (route, tuple(names))
            self.routes.append(route)

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | set[str] | None:
        """The route and its arguments; the set of methods that the path has where this one is not among them; or None."""
        segments = path.strip("/").split("/")
        values: list[str] = []
        node = self._walk(self._root, segments, 0, values, "GET" if method == "HEAD" else method)
        if node is None:
            others = self._walk(self._root, segments, 0, [], None)
            return None if others is None else set(others.routes)
        found = node.routes.get(method) or node.routes["GET"]
        route, names = found
        return route, dict(zip(names, values, strict=True))

    def _walk(
        self, node: _Node, segments: list[str], index: int, values: list[str], method: str | None
    ) -> _Node | None:
        """The node of a path that has the method, or any where None is asked for."""
        if index == len(segments):
            return node if (method in node.routes if method else node.routes) else None
        literal = node.literals.get(segments[index])
        if literal is not None:
            found = self._walk(literal, segments, index + 1, values, method)
            if found is not None:
                return found
        if node.parameter is None:
            return None
        values.append(segments[index])
        found = self._walk(node.parameter, segments, index + 1, values, method)
        if found is None:
            values.pop()
        return found
