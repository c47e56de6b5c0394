# The two commands of this project are `make run` and `make test`; `make help` lists the rest.
# Everything lives in .venv; nothing outside this folder is touched.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help run test check lint bench chaos screenshots clean

# The first Python that is new enough; constraints.txt was resolved for 3.11.
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	if $$name $(NEW_ENOUGH) 2>/dev/null; then echo $$name; break; fi; done)
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
BROWSER_CODE := tests/javascript
FIGURE ?=
# Tests without database and torch, and those of the rules for the code; `make test` runs all.
QUICK := tests/architecture $(addprefix tests/unit/,core/presentation core/domain core/comparison \
	dashboard/components dashboard/figures)

help:  ## List the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/ /' | awk '{printf "make %-12s", $$1; $$1=""; print}'

run: .venv/installed-run  ## Start the dashboard and a worker at http://127.0.0.1:8050
	@exec $(BIN)/compress-compare serve

test: .venv/installed-test lint  ## Everything: format, lint, types, import rules and the whole suite
	$(PYTEST) -n auto --dist worksteal

check: .venv/installed-test lint  ## What to run before every commit, in about a minute
	$(PYTEST) -n auto --dist worksteal -q -m "not slow and not browser and not stack" $(QUICK)

lint: .venv/installed-test $(BROWSER_CODE)/node_modules  ## Format, lint, types and import rules, Python and JavaScript
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/oxlint --quiet dashboard/assets tests/javascript
	$(BIN)/node $(BROWSER_CODE)/node_modules/typescript/bin/tsc -p $(BROWSER_CODE)
	$(BIN)/node --test --test-reporter=dot $(BROWSER_CODE)/*.test.mjs

bench: .venv/installed-test  ## Measure: all figures, or `make bench FIGURE=name`
	@$(BIN)/python -m benchmarks $(FIGURE)

chaos: .venv/installed-test  ## Kill and stop workers, run processes and fork servers for 3 minutes under 300 runs
	@$(BIN)/python tests/faults/chaos.py

screenshots: .venv/installed-test  ## Take pictures of every page, light and dark, into docs/screenshots
	@$(BIN)/python -m core.testing.browser.screenshots

clean:  ## Remove the environment and caches; the data in .data stays
	rm -rf .venv $(BROWSER_CODE)/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@$(or $(PYTHON),false) $(NEW_ENOUGH) 2>/dev/null \
		|| { echo "Python 3.11 or newer is needed. Install it, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv \
		|| { rm -rf .venv; echo "python -m venv failed; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

.venv/installed-run: extras := dashboard,worker,mcp
.venv/installed-run: .venv/bin/python pyproject.toml constraints.txt
	@$(install)
	@touch $@

.venv/installed-test: extras := dashboard,worker,mcp,s3,test
.venv/installed-test: .venv/bin/python pyproject.toml constraints.txt
	@$(install)
	@touch .venv/installed-run $@

# TypeScript, which checks the browser code; nothing that people install needs Node.
$(BROWSER_CODE)/node_modules: .venv/installed-test $(BROWSER_CODE)/package-lock.json
	@$(BIN)/npm ci --prefix $(BROWSER_CODE) --silent --no-fund --no-audit
	@touch $@

# Installs quietly, with the size so far every ten seconds, and shows pip's words only if it fails.
define install
	echo "Installing packages into .venv, once: about 3 minutes and 6 GB."; \
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt -e ".[$(extras)]" >.venv/install.log 2>&1 & \
	pip=$$!; trap 'kill $$pip 2>/dev/null || true' EXIT; trap 'exit 130' INT TERM; SECONDS=0; \
	while kill -0 $$pip 2>/dev/null; do \
		sleep 1; \
		(( SECONDS % 10 )) || echo "  $$SECONDS s: $$(du -sm .venv 2>/dev/null | cut -f 1) MB in .venv"; \
	done; \
	wait $$pip || { tail -n 20 .venv/install.log; echo "The installation failed; its log is .venv/install.log."; exit 1; }; \
	echo "Installed."
endef
