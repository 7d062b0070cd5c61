# Everything here works on a fresh machine with Python 3.11 or later and make: each target makes .venv
# and installs what it needs, once, and again when pyproject.toml or constraints.txt change.

SHELL := /bin/sh
VENV := .venv
RUN := $(VENV)/bin/python -m
PYTHON ?=
# Words for the command behind a target: make test ARGS="tests/unit -k hours"
ARGS ?=
# Many processes are started: what one of them has compiled the others need not compile again.
export PYTHONDONTWRITEBYTECODE :=

PACKAGES := kernel scheduler tickets channels surveys callbacks huifang sandbox

EXTRAS_demo :=
EXTRAS_test := test
EXTRAS_browser := browser
EXTRAS_check := check,test

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- To run -----------------------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/installed-demo ## The whole product on this machine, with a world to play with
	$(VENV)/bin/huifang demo $(ARGS)

.PHONY: bench
bench: $(VENV)/installed-test ## The benchmarks
	$(RUN) bench $(ARGS)

# --- To prove ---------------------------------------------------------------------------------------

.PHONY: test
test: $(VENV)/installed-test ## Every test that needs no browser, on real PostgreSQL and Valkey
	$(RUN) pytest --numprocesses 3 --dist worksteal --ignore=tests/browser -m "not browser" $(ARGS)

# How many stories: make simulation SEEDS=2000
SEEDS ?= 200

.PHONY: simulation simulation-faults
simulation: $(VENV)/installed-test ## Simulated stories of the whole service, in trouble of every kind
	$(RUN) tests.simulation --seeds $(SEEDS) $(ARGS)

# Plants six faults in copies of the program; the stories must find each.
simulation-faults: $(VENV)/installed-test
	$(RUN) tests.simulation.planted --seeds $(SEEDS) $(ARGS)

.PHONY: browser
browser: $(VENV)/installed-browser chromium ## The tests that need a browser
	$(RUN) pytest --numprocesses 2 --dist loadfile -m browser tests/browser $(ARGS)

.PHONY: check
check: check-format check-lint check-imports check-image check-compose check-proofs ## Style, types and architecture

.PHONY: check-format check-lint check-types check-imports check-house check-image check-compose check-proofs
check-format: $(VENV)/installed-check
	$(RUN) ruff format --check .
check-lint: $(VENV)/installed-check
	$(RUN) ruff check .
check-types: $(VENV)/installed-check
	$(RUN) mypy
check-imports: $(VENV)/installed-check
	$(VENV)/bin/lint-imports --no-logo
check-house: $(VENV)/installed-check
	$(RUN) pytest -q tests/architecture
# Each takes half a minute of one core: side by side they take it once.
check-proofs: $(VENV)/installed-check
	@$(RUN) mypy & types=$$!; $(RUN) pytest -q tests/architecture; house=$$?; wait $$types && exit $$house
check-image: $(VENV)/installed-check
	$(VENV)/bin/hadolint Dockerfile
check-compose: $(VENV)/installed-check
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml

# --- To keep in order -------------------------------------------------------------------------------

.PHONY: format
format: $(VENV)/installed-check map ## Format the code, mend what can be mended, redraw the map
	$(RUN) ruff check --fix-only --quiet .
	$(RUN) ruff format .

.PHONY: map
map: $(VENV)/installed-check ## Redraw the map of the house, docs/map.md
	$(RUN) tests.architecture.readme_map --write

.PHONY: constraints
constraints: ## Resolve every dependency anew and write constraints.txt
	rm -rf $(VENV)
	$(MAKE) $(VENV)/bin/python
	$(RUN) pip install --quiet --editable '.[browser,check]'
	$(RUN) pip freeze --exclude-editable > constraints.txt

.PHONY: clean
clean: ## Remove the environment and what the tools left
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- What the targets stand on ----------------------------------------------------------------------

# The stamps lie inside the environment, so that they go with it.
$(VENV)/installed-%: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing huifang $(EXTRAS_$*) into $(VENV)"
	@$(RUN) pip install --quiet --no-compile --disable-pip-version-check --constraint constraints.txt --editable '.$(if $(EXTRAS_$*),[$(EXTRAS_$*)])'
	@touch $@

$(VENV)/bin/python:
	@old=; bare=; \
	for python in $(if $(PYTHON),'$(PYTHON)',python3 python3.11 python3.12 python3.13 python3.14 python); do \
	  version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { old="$$old $$python ($$version)"; continue; }; \
	  "$$python" -c 'import ensurepip, venv' 2>/dev/null || { bare="$$bare $$python ($$version)"; continue; }; \
	  echo "making $(VENV) with $$python ($$version)"; \
	  exec "$$python" -m venv $(VENV); \
	done; \
	if [ -n "$$bare" ]; then \
	  echo "huifang:$$bare cannot make environments: its modules venv and ensurepip are missing." >&2; \
	  echo "On Debian and Ubuntu: apt-get install python3-venv" >&2; \
	elif [ -n "$$old" ]; then \
	  echo "huifang: Python 3.11 or later is needed; found only$$old." >&2; \
	  echo "Install one, or name it: make PYTHON=/path/to/python3.11 ..." >&2; \
	else \
	  echo "huifang: no Python found$(if $(PYTHON), at $(PYTHON)); 3.11 or later is needed." >&2; \
	fi; \
	exit 1

# The tests drive Debian's own browser; without the font Chinese would be drawn as boxes.
.PHONY: chromium
chromium:
	@found() { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null 2>&1; \
	draws() { ! command -v fc-list >/dev/null 2>&1 || [ -n "$$(fc-list :lang=zh 2>/dev/null)" ]; }; \
	if found && draws; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  echo "installing chromium and fonts-noto-cjk"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
	else \
	  echo "huifang: the browser tests need Chromium and a Chinese font. On Debian and Ubuntu, as root:" >&2; \
	  echo "  apt-get install chromium fonts-noto-cjk" >&2; \
	  exit 1; \
	fi
