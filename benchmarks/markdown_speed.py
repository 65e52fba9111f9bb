"""Storage format to Markdown: megabytes a second on one core, beside markdownify in the same run.

    python benchmarks/markdown_speed.py [FOLDER]

FOLDER holds storage-format documents (`*.xhtml`, `*.xml`); without it, or where it is absent, a page with one of
everything is repeated. Asserted: the ratio to markdownify, and that nothing is lost. Printed: megabytes a second.
"""

import html
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree
from markdownify import markdownify

from confluence_assets.convert import storage_to_markdown
from confluence_assets.convert.parse import parse_storage

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "tests" / "convert" / "golden" / "page-with-one-of-everything.storage.xml"
RATIO = 7.0
ROUNDS = 7


def documents(folder: Path) -> list[str]:
    paths = sorted(path for path in folder.glob("*") if path.suffix in (".xhtml", ".xml")) if folder.is_dir() else []
    return [path.read_text(encoding="utf-8") for path in paths] or [PAGE.read_text(encoding="utf-8")] * 100


def best_seconds(convert: Callable[[str], object], texts: list[str], rounds: int = ROUNDS) -> float:
    """The quickest of some rounds: what the machine can do when nobody disturbs it."""
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        for text in texts:
            convert(text)
        best = min(best, time.perf_counter() - started)
    return best


def words(text: str) -> int:
    return len(re.findall(r"\w+", text))


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "corpus" / "storage"
    texts = documents(folder)
    size = sum(len(text.encode()) for text in texts) / 1e6
    figures = {
        "parsing alone": best_seconds(parse_storage, texts),
        "storage_to_markdown": best_seconds(storage_to_markdown, texts),
        "markdownify": best_seconds(markdownify, texts, rounds=3),
    }
    print(f"{len(texts)} documents, {size:.2f} MB")
    for name, seconds in figures.items():
        print(f"{name:20s} {size / seconds:7.2f} MB/s   {seconds * 1e3 / len(texts):7.3f} ms a document")
    ratio = figures["markdownify"] / figures["storage_to_markdown"]
    print(f"{ratio:.1f} times markdownify")
    kept = sum(words(storage_to_markdown(text)) for text in texts)
    held = sum(words(" ".join(_shown(text))) for text in texts)
    print(f"words: {held} in the sources, {kept} in the Markdown")
    assert kept >= held, "words were lost"
    assert ratio >= RATIO, f"{ratio:.1f} times markdownify, not {RATIO}"


def _shown(text: str) -> list[str]:
    hidden = ("{ac}parameter", "{ac}task-id", "{ac}task-uuid", "{ac}task-status", "{ac}adf-attribute")
    root = parse_storage(text)
    etree.strip_elements(root, *hidden, "{ac}adf-fallback", "{ac}placeholder", with_tail=False)
    return [html.unescape(piece) for piece in root.itertext()]


if __name__ == "__main__":
    main()
