"""Storage format to Markdown: megabytes a second on one core, beside markdownify in the same run.

    python benchmarks/markdown_speed.py [FOLDER]

FOLDER holds storage-format documents (`*.xhtml`, `*.xml`); without it, or where it is absent, a page with one of
everything is repeated. Asserted: the ratio to markdownify, and that nothing is lost. Printed: megabytes a second.
"""

import html
import re
import sys
import time
from collections import Counter
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
MAX_LOST = 0.002


def documents(folder: Path) -> list[str]:
    paths = sorted(path for path in folder.glob("*") if path.suffix in (".xhtml", ".xml")) if folder.is_dir() else []
    return [path.read_text(encoding="utf-8") for path in paths] or [PAGE.read_text(encoding="utf-8")] * 100


def best_seconds(contestants: dict[str, Callable[[str], object]], texts: list[str]) -> dict[str, float]:
    """The quickest of some rounds, in processor time, the contestants in turn: what the machine can do undisturbed."""
    best = dict.fromkeys(contestants, float("inf"))
    for _ in range(ROUNDS):
        for name, convert in contestants.items():
            started = time.process_time()
            for text in texts:
                convert(text)
            best[name] = min(best[name], time.process_time() - started)
    return best


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W_]+", text))


def lost_words(text: str) -> int:
    """Words that the source shows and the Markdown doesn't hold as often; marks inside a word may split it."""
    markdown = re.sub(r"</?(?:sub|sup|u|strong|em|del|span)\b[^<>]*>|\*+|~~|\\", "", storage_to_markdown(text))
    return sum((words(" ".join(shown_text(text))) - words(html.unescape(markdown))).values())


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "corpus" / "storage"
    texts = documents(folder)
    size = sum(len(text.encode()) for text in texts) / 1e6
    figures = best_seconds(
        {"parsing alone": parse_storage, "storage_to_markdown": storage_to_markdown, "markdownify": markdownify}, texts
    )
    for name, seconds in figures.items():
        print(f"{name:20s} {size / seconds:7.2f} MB/s   {seconds * 1e3 / len(texts):7.3f} ms a document")
    ratio = figures["markdownify"] / figures["storage_to_markdown"]
    print(f"{ratio:.1f} times markdownify")
    held = sum(sum(words(" ".join(shown_text(text))).values()) for text in texts)
    lost = sum(map(lost_words, texts))
    print(f"{held} words in the sources, {lost} of them not found in the Markdown")
    assert lost <= held * MAX_LOST, "words were lost"
    assert ratio >= RATIO, f"{ratio:.1f} times markdownify, not {RATIO}"


def shown_text(text: str) -> list[str]:
    hidden = ("parameter", "task-id", "task-uuid", "task-status", "adf-attribute", "adf-fallback", "placeholder")
    root = parse_storage(text)
    etree.strip_elements(root, *(f"{{ac}}{name}" for name in hidden), with_tail=False)
    return [*root.itertext()]


if __name__ == "__main__":
    main()
