# Every target first sees to `.venv`: a fresh machine needs Python 3.11 or later and make, and nothing else.

# The first Python that runs, is of a version that was tested, and can make environments: a name alone proves nothing (pyenv's shims).
PYTHON ?= $(shell for candidate in python3.11 python3.12 python3.13 python3; do \
	$$candidate -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { echo $$candidate; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The oldest DuckDB that has to read what is published: tests ask it beside the one that wrote.
OLDER := duckdb-1.1.3
BENCHMARKS = $(filter-out %/common.py %/bare_transfer.py %/big_lake.py %/big_warehouse.py,$(sort $(wildcard benchmarks/*.py)))

.PHONY: setup demo dev docs test test-e2e pictures soak bench check clean
.DEFAULT_GOAL := demo

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; name one: make PYTHON=/path/to/python3.12"; exit 1; }
	@test -x $(BIN)/python || { echo "Making $(VENV) with $(PYTHON)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing (once; some minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

demo: $(READY)
	@$(BIN)/confluence-assets demo $(if $(SITE),--site $(SITE))

dev: $(READY)
	@$(BIN)/confluence-assets dev

docs: $(READY)
	@$(BIN)/mkdocs build --strict --quiet
	@echo "build/docs/index.html"

$(VENV)/$(OLDER): | $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $@ $(subst -,==,$(OLDER)) \
	|| echo "$(OLDER) can't be had here, so what it reads is not tested"

test: export OLDER_DUCKDB ?= $(CURDIR)/$(VENV)/$(OLDER)
test: $(READY) $(VENV)/$(OLDER)
	@$(BIN)/python -m pytest -n 2 -m 'not browser and not daemon'
	@$(BIN)/python -m pytest -m daemon tests/e2e

test-e2e: $(READY)
	@$(BIN)/python -m pytest -m browser tests/e2e

# The pictures in the README and the documentation, from the browser tests and the demo site.
pictures: test-e2e
	@$(BIN)/python docs/ui_pictures.py
	@$(BIN)/python docs/pictures.py

# Random histories until the night is over: each step is compared with the site, each history with a full sync.
soak: export CONVERGENCE_HISTORIES ?= 5000
soak: export CONVERGENCE_SOAK = 1
soak: $(READY)
	@$(BIN)/python -m pytest -n 2 --timeout 86400 tests/sync/test_convergence.py

bench: $(READY)
	@set -e; for script in $(BENCHMARKS); do echo "== $$script"; $(BIN)/python $$script; done

check: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
