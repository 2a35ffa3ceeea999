# make run   sets everything up and starts the server
# make test  sets everything up and runs every check and test, but for the long tests
# make test-long  runs those, and tries more of what tests make up
# make bench measures what this machine reaches; BENCH=--quick in two minutes

SHELL := /bin/sh
VENV := .venv
# The same exact versions for what is installed and for what builds it.
PIP := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
       PIP_DISABLE_PIP_VERSION_CHECK=1 $(VENV)/bin/python -m pip install --quiet
# A PYTHONPATH of the caller must not shadow our packages.
export PYTHONPATH :=

.PHONY: run test test-long playground bench

run: $(VENV)/.installed $(VENV)/.playground
	@exec $(VENV)/bin/diptych serve

# Two at a time: tests wait for servers as much as they compute.
PYTEST := $(VENV)/bin/python -m pytest --numprocesses 2 --dist worksteal

test: $(VENV)/.installed-dev $(VENV)/.playground
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(PYTEST)

test-long: $(VENV)/.installed-dev $(VENV)/.playground
	@$(PYTEST) -m 'long or hypothesis' --hypothesis-profile long

playground: $(VENV)/.installed
	@$(VENV)/bin/python -m schema.playground.fetch

$(VENV)/.made:
	@for candidate in python3.11 python3 python3.12 python3.13 python3.14 python; do \
	  if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    $$candidate -m venv $(VENV) && touch $@; exit; \
	  fi; \
	done; \
	echo "Diptych needs Python 3.11 or later: install it so that python3.11 is on the PATH." >&2; \
	exit 1

$(VENV)/.installed: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing what Diptych needs into $(VENV) ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing what its checks and tests need ..."
	@$(PIP) --editable '.[dev]'
	@touch $@

# Without npm or a network the page falls back to a CDN, so this never holds up the start.
$(VENV)/.playground: $(VENV)/.installed schema/playground/assets.py
	@$(VENV)/bin/python -m schema.playground.fetch
	@touch $@

bench: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m benchmarks $(BENCH)
