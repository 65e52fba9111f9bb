"""The OpenAPI documents that stand beside the checkout, read for the tests of this folder."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[3] / "shared"
OPENAPI = SHARED / "openapi"
needs_openapi = pytest.mark.skipif(
    not OPENAPI.is_dir(), reason="the OpenAPI documents stand beside the checkout, and are not here"
)
V1, V2 = "confluence-cloud-v1.json", "confluence-cloud-v2.json"
METHODS = ("get", "post", "put", "delete", "patch")


@cache
def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((OPENAPI / name).read_text(encoding="utf-8"))
    return found


def bare(template: str) -> str:
    """The template without the names of its parameters."""
    return re.sub(r"\{[^}]+\}", "{}", template)


@cache
def operations() -> dict[str, dict[str, Any]]:
    """Every operation of Cloud, by `METHOD path`; paths are whole, from `/wiki`."""
    found: dict[str, dict[str, Any]] = {}
    for name, base in ((V2, "/wiki/api/v2"), (V1, "")):
        for path, methods in document(name)["paths"].items():
            for method in METHODS:
                if method in methods:
                    found[f"{method.upper()} {bare(base + path)}"] = {**methods[method], "document": name}
    return found
