"""The documentation as a site: every page that people write has its place in it, and it is built without a warning."""

import re
import subprocess
import sys
from pathlib import Path

import yaml

from tests.docs.pages import ROOT, WRITTEN


def test_every_page_has_its_place() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    placed = re.findall(r": (\S+\.md)$", yaml.safe_dump(yaml.safe_load(text)["nav"]), re.MULTILINE)
    assert set(WRITTEN) <= set(placed)
    assert len(placed) == len(set(placed))


def test_it_is_built_and_asks_nothing_of_a_network(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "cookbook.html").read_text(encoding="utf-8")
    assert "Where is something written about it?" in page
    assert re.findall(r"<(?:script|link|img)\b[^>]*(?:src|href)=\"https?://[^\"]*", page) == []
