"""The package's front door: light to open, and everything behind it that is promised."""

import subprocess
import sys

import confluence_assets


def test_all_public_names_are_there() -> None:
    assert {name: hasattr(confluence_assets, name) for name in confluence_assets.__all__} == dict.fromkeys(
        confluence_assets.__all__, True
    )


def test_opening_the_door_costs_nothing() -> None:
    script = (
        "import sys, confluence_assets; print(sorted({'dagster', 'duckdb', 'pyarrow', 'requests'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert printed.stdout.strip() == "[]"
