"""Makes the emulator's table of scopes from the OpenAPI documents: `python -m tests.conformance.scope_table`."""

from collections import defaultdict
from pathlib import Path
from textwrap import wrap

from tests.conformance.documents import operations

TABLE = Path(__file__).parents[2] / "confluence_assets" / "emulator" / "oauth" / "scope_table.py"
HEAD = '''"""Which scopes each operation of Cloud asks for. Made from the OpenAPI documents; `scopes` reads it.

A line without indent is a choice of scope sets (`|` between sets, `+` inside one), the lines below it are the operations.
"""

TABLE = """\\
'''


def build() -> str:
    """The module's text."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, operation in operations().items():
        sets = ["+".join(sorted(entry["scopes"])) for entry in operation.get("x-atlassian-oauth2-scopes", ())]
        method, path = name.split(" ")
        short = path.replace("/wiki/api/v2/", "v2/").replace("/wiki/rest/api/", "v1/")
        groups[" | ".join(sets) or "none"].append(f"{method}:{short}")
    lines = [
        line
        for scopes, named in sorted(groups.items())
        for line in (scopes, *(f"  {part}" for part in wrap(" ".join(sorted(named)), 116, break_on_hyphens=False)))
    ]
    return HEAD + "\n".join(lines) + '\n"""\n'


if __name__ == "__main__":
    TABLE.write_text(build(), encoding="utf-8")
