"""Pairs of storage format and the Markdown it becomes, one idea a file."""

from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
ALL = [
    (
        path.name.removesuffix(".storage.xml"),
        path.read_text(encoding="utf-8"),
        path.with_name(path.name.replace(".storage.xml", ".md")),
    )
    for path in sorted(FOLDER.glob("*.storage.xml"))
]
