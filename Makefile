.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_VERSION := 26.3
STAMP := $(VENV)/.ready
AZURITE := tests/stores/node_modules/.ready
NODE_TOOLS := scripts/node/node_modules/.ready
FILE ?=
SERVICE ?=
FROM ?=
LIVE ?=
BASE ?=
JSON ?=
SECONDS ?=
SEED ?=
# They make the requests of others many times over, or in processes of their own, or none.
NOT_FOR_PRISM := test_connections test_enhance_many test_import_cost test_memory test_processes test_wheel
# A path or a revision may hold any character: recipes take these from the environment.
export SERVICE FROM BASE FILE

.PHONY: help setup test lint format types mypy pyright check check-prism evidence reliability generate import-spec drift drift-all breaking record demo sandbox bench chaos endurance sbom audit clean

help: ## Print the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "%-12s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml constraints.txt Makefile wrapper/safelight/_version.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "safelight needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip==$(PIP_VERSION)'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[cli,haut,sandbox,server,storage]' --group dev
	@touch $@

$(AZURITE): tests/stores/package.json tests/stores/package-lock.json | $(STAMP)
	@echo "Setting up Azurite (once) ..."
	@$(BIN)/npm ci --prefix tests/stores --loglevel error --ignore-scripts --no-audit --no-fund >/dev/null
	@touch $@

$(NODE_TOOLS): scripts/node/package.json scripts/node/package-lock.json | $(STAMP)
	@echo "Setting up the contract's Node tools (once) ..."
	@$(BIN)/npm ci --prefix scripts/node --loglevel error --ignore-scripts --no-audit --no-fund >/dev/null
	@touch $@

setup: $(STAMP) $(AZURITE) $(NODE_TOOLS) ## Make the virtual environment, and what the tests need beside it

test: $(STAMP) $(AZURITE) $(NODE_TOOLS) ## Everything that CI runs
	@$(MAKE) --jobs 3 $(if $(filter output-sync,$(.FEATURES)),--output-sync) SECONDS=60 chaos check-prism lint pyright mypy check breaking
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: $(STAMP) $(NODE_TOOLS) ## Style: ruff on the code, Redocly and our own rules on the specs, zizmor on the workflows; secrets
	@$(BIN)/ruff check wrapper scripts tests benchmarks
	@$(BIN)/ruff format --check --quiet wrapper scripts tests benchmarks || { echo "Run: make format"; exit 1; }
	@$(BIN)/python scripts/lint_specs.py
	@$(BIN)/python scripts/find_secrets.py
	@$(BIN)/zizmor --offline --no-progress --quiet --color never --persona pedantic --strict-collection .github

format: $(STAMP) ## Put the code in order
	@$(BIN)/ruff check --fix --quiet wrapper scripts tests benchmarks
	@$(BIN)/ruff format --quiet wrapper scripts tests benchmarks

types: mypy pyright ## Types: mypy --strict on the wrapper, pyright on all

mypy: $(STAMP)
	@$(BIN)/python -m mypy

pyright: $(STAMP)
	@$(BIN)/python -m pyright

generate: $(STAMP) ## Make generated/ from specs/, and _sync from _async
	@$(BIN)/python scripts/generate.py
	@$(BIN)/python scripts/unasync.py

import-spec: $(STAMP) ## Take the structure of a published OpenAPI document (SERVICE=name FROM=file-or-URL)
	@$(if $(and $(SERVICE),$(FROM)),,$(error Say both: make import-spec SERVICE=immersity FROM=<file or URL>))
	@$(BIN)/python scripts/import_spec.py -- "$$SERVICE" "$$FROM"

drift: $(STAMP) ## Compare a vendor's document with specs/ (SERVICE=name FROM=file-or-URL; JSON=1)
	@$(if $(and $(SERVICE),$(FROM)),,$(error Say both: make drift SERVICE=immersity FROM=<file or URL>))
	@$(BIN)/python scripts/drift.py $(if $(filter 1,$(JSON)),--json) -- "$$SERVICE" "$$FROM"

drift-all: $(STAMP) ## The same for all documents that are published at a known address
	@$(BIN)/python scripts/drift.py $(if $(filter 1,$(JSON)),--json) --all

breaking: $(STAMP) ## What changed for users since a revision, and whether it is told (BASE=git-ref)
	@$(BIN)/python scripts/breaking.py -- "$$BASE"

check-prism: $(STAMP) $(NODE_TOOLS) ## A second opinion: the e2e tests through Prism's validating proxy, but for those that inject faults
	@$(BIN)/python -m pytest --quiet --numprocesses auto --dist worksteal -p tests.e2e.prism tests/e2e --ignore tests/e2e/cli $(NOT_FOR_PRISM:%=--ignore tests/e2e/%.py)

check: $(STAMP) ## Generated code is what the specs and scripts make of it
	@$(BIN)/python scripts/check.py

evidence: $(STAMP) ## Write docs/evidence.md: what the specs rest on
	@$(BIN)/python scripts/evidence.py

reliability: $(STAMP) $(AZURITE) ## Write docs/reliability.md: each fault, and the tests that show what becomes of it
	@$(BIN)/python scripts/reliability.py

record: $(STAMP) ## Record a cassette from the sandbox, or with LIVE=1 from the real service (SERVICE=name)
	@$(if $(SERVICE),,$(error Say which: make record SERVICE=teleport))
	@$(if $(filter-out 1,$(LIVE)),$(error LIVE=1 is the real service; leave LIVE out for the sandbox))
	@$(BIN)/python scripts/record.py "$$SERVICE" $(if $(LIVE),--live)

sandbox: $(STAMP) ## Run the services on this machine
	@$(BIN)/safelight sandbox

demo: $(STAMP) ## Try everything on photographs, against a sandbox (FILE=... for your own)
	@$(if $(FILE),,$(BIN)/python scripts/demo_photos.py)
	@$(BIN)/safelight demo "$${FILE:-.demo/photos}"

bench: $(STAMP) ## Measure, side by side with peers
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --group bench
	@$(BIN)/python benchmarks/run.py

sbom: $(STAMP) ## Build the wheel, and the bill of all that it pulls in: sbom/*.cdx.json
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --group release
	@test -n "$(wildcard dist/*.whl)" || $(BIN)/python -m build --no-isolation
	@$(BIN)/python scripts/sbom.py

audit: $(STAMP) ## Ask the databases of weaknesses about all pinned Python packages: needs the network
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --group release
	@$(BIN)/pip-audit --requirement constraints.txt --disable-pip --no-deps --strict

chaos: $(STAMP) ## Let everything go wrong at once, and look that nothing is lost (SECONDS=600, SEED=1)
	@$(BIN)/python -m tests.chaos.run $(if $(SECONDS),--seconds '$(SECONDS)') $(if $(SEED),--seed '$(SEED)')

endurance: $(STAMP) ## 10000 uploads and 2000 jobs in one process, and what it holds meanwhile
	@$(BIN)/python -m tests.endurance.run

clean: ## Remove what was made here
	rm -rf $(VENV) $(dir $(AZURITE)) $(dir $(NODE_TOOLS)) .demo demo-output dist sbom .mypy_cache .ruff_cache .pytest_cache .hypothesis
