"""Real pages, scored by a program that nobody here wrote. Both stand beside the checkout, where they stand at all."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from confluence_assets.convert import storage_to_markdown

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
SCORER = CORPUS / "score_markdown.py"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SCORER.exists(), reason="the corpus of real pages is not beside the checkout"),
]


def scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_markdown", SCORER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_real_pages_lose_nothing() -> None:
    score = scorer().measure(storage_to_markdown)
    assert score["errors"] == 0
    assert score["mean_recall"] >= 0.999
    assert score["lossless"] >= 0.985
    assert score["leak"] <= 0.005
    assert {name: kept for name, (kept, *_) in score["struct"].items() if kept < 0.99} == {}
