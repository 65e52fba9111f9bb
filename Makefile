# Every target first sees to `.venv`: a fresh machine needs Python 3.11 or later and make, and nothing else.

PYTHON ?= $(firstword $(foreach version,3.13 3.12 3.11,$(shell command -v python$(version))) $(shell command -v python3))
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCHMARKS = $(filter-out %/common.py %/bare_transfer.py,$(sort $(wildcard benchmarks/*.py)))

.PHONY: setup demo dev test test-e2e bench check clean
.DEFAULT_GOAL := demo

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; name one: make PYTHON=/path/to/python3.12"; exit 1; }
	@test -x $(BIN)/python || { echo "Making $(VENV) with $(PYTHON)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing (once; some minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

demo: $(READY)
	@$(BIN)/confluence-assets demo

dev: $(READY)
	@$(BIN)/confluence-assets dev

test: $(READY)
	@$(BIN)/python -m pytest -n 2 -m 'not browser'

test-e2e: $(READY)
	@$(BIN)/python -m pytest -m browser tests/e2e

bench: $(READY)
	@set -e; for script in $(BENCHMARKS); do echo "== $$script"; $(BIN)/python $$script; done

check: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
