# Two commands do everything: `make demo` and `make test`. Set-up happens by itself, once, and
# again when a requirements file or package-lock.json changes. PYTHON=/path/to/python chooses one.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --disable-pip-version-check --no-input --progress-bar off
# One line per package, so that nobody thinks it hangs; errors pass by on stderr.
SHOW := awk '/^(Collecting|Installing)/ { print "  " substr($$0, 1, 96); fflush() }'
DEMO_READY := $(VENV)/.ready-demo
TEST_READY := $(VENV)/.ready-test
NODE_READY := node_modules/.ready
WORKERS ?= auto

.PHONY: help demo test lint types bench pictures package check clean node-tools

help: ## Show this list
	@echo "Entra Connect Watchdog. What make can do:"; echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo; echo "Another Python: make test PYTHON=python3.11 VENV=.venv311"

demo: $(DEMO_READY) ## The real watchdog on a simulated tenant, in a minute (STORY=name for another story)
	@$(PY) -m shared.cli demo $(if $(STORY),--story '$(STORY)') $(ARGS)

test: $(TEST_READY) node-tools ## All tests, in parallel (ARGS='-k word' for some of them)
	@$(PY) -m pytest -n $(WORKERS) $(ARGS)

lint: $(TEST_READY) ## Rules of style, and the format
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: $(TEST_READY) ## Types, strict
	@$(PY) -m mypy --strict --explicit-package-bases .

bench: $(TEST_READY) node-tools ## Speed and size, as ratios to bare scripts
	@$(PY) -m bench $(ARGS)

pictures: $(TEST_READY) node-tools ## Every card as a picture, in build/pictures
	@$(PY) -m tests.support.pictures

package: $(DEMO_READY) ## What is deployed: build/watchdog.zip, for Linux and Python 3.13
	@$(PY) -m release $(ARGS)

check: lint types test ## Everything that CI asks for

clean: ## Remove all that make has made: .venv, node_modules, caches, build
	rm -rf $(VENV) node_modules build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# -- set-up ---------------------------------------------------------------------------------------

# A candidate must run: a version manager may offer a name that starts nothing.
define find_python
python=; wanted='$(PYTHON)'; \
for each in $${wanted:-python3.13 python3}; do \
  if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
    python=$$each; break; \
  fi; \
done; \
if [[ -z $$python ]]; then \
  echo "$${wanted:-python3} is not a Python 3.11 or newer that runs. Install one (Debian: apt-get" \
    "install python3 python3-venv) or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.13" >&2; \
  exit 1; \
fi; \
if ! "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
  echo "$$python cannot make virtual environments, because Debian packs that apart. As root:" \
    "apt-get install python3-venv   Then run make again." >&2; \
  exit 1; \
fi
endef

$(DEMO_READY): requirements.txt requirements-demo.txt
	@$(find_python); \
	echo "Set-up, once: $$("$$python" --version) in $(VENV)."; \
	"$$python" -m venv --clear $(VENV)
	@echo "This takes about a minute: msgraph-sdk alone is 16,000 files. The last step prints nothing."
	@$(PIP) -r requirements-demo.txt | $(SHOW)
	@touch $@

$(TEST_READY): $(DEMO_READY) requirements-dev.txt requirements-runtime.txt
	@echo "Installing the tools for tests, lint and types (half a minute)."
	@$(PIP) -r requirements-dev.txt | $(SHOW)
	@if $(PY) -c 'import sys; sys.exit(sys.version_info >= (3, 13))'; then \
	  echo "azure-functions-runtime asks for Python 3.13: on $$($(PY) --version) it is installed with" \
	    "--ignore-requires-python, which Microsoft does not support. Test on 3.13 too."; \
	fi
	@$(PIP) --no-deps --ignore-requires-python -r requirements-runtime.txt | $(SHOW)
	@$(PY) -m pip check
	@touch $@

node-tools:
	@if command -v npm >/dev/null; then \
	  $(MAKE) --silent --no-print-directory $(NODE_READY); \
	else \
	  echo "!! npm is missing, so the tests that need a real component (Azurite for Azure Tables,"; \
	  echo "!! the Teams card renderer) will NOT run. Debian: apt-get install nodejs npm chromium"; \
	fi

$(NODE_READY): package.json package-lock.json
	@echo "Installing the test components from package-lock.json (Azurite and the card renderer; half a minute)."
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@
