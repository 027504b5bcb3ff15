# What a newcomer types: make cloud, make test, make clean-cloud. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= /usr/bin/python3
VENV := .venv
BIN := $(VENV)/bin
SERIES ?= 2026.1
TOPOLOGY ?= default
HOSTS ?= 10,100
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: packages
packages: ## Install the Debian packages that the lab and the release need
	@tools/install_packages $(PYTHON)

$(VENV)/.complete: requirements-dev.lock | packages
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.8
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.lock
	@touch $@

.PHONY: venv
venv: $(VENV)/.complete ## Make .venv with Ansible and the tools

.PHONY: cloud
cloud: venv ## Make the lab's hosts, deploy OpenStack on them and verify it
	@$(BIN)/python -m tools.cloud up --topology $(TOPOLOGY)

.PHONY: clean-cloud
clean-cloud: ## Remove every trace of the lab
	@$(PYTHON) -m lab down --all

.PHONY: clean-cache
clean-cache: clean-cloud ## Remove the images and releases kept between runs as well
	@$(PYTHON) -m lab clean-cache

.PHONY: release
release: venv ## Build the release from its locks
	@$(BIN)/python -m tools.release build $(SERIES)

.PHONY: lock
lock: venv ## Make the locks of the tools and of a series anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header -o requirements-dev.lock requirements-dev.txt
	@$(BIN)/python -m tools.release lock $(SERIES)

.PHONY: options
options: release ## Write the options that the services of a series read
	@$(BIN)/python -m tools.release options $(SERIES)

.PHONY: schema
schema: venv ## Write the JSON Schemas with which editors complete inventories
	@$(BIN)/python -m tools.schema

.PHONY: docs
docs: venv ## Write the reference pages from the argument specifications
	@$(BIN)/python -m tools.docs

.PHONY: lint
lint: venv ## Run the linters
	@$(BIN)/pre-commit run --all-files --show-diff-on-failure

.PHONY: unit
unit: venv ## Run the unit tests
	@$(BIN)/pytest tests/unit

.PHONY: contract
contract: venv ## Run the tests that keep the design true
	@$(BIN)/pytest tests/contract

.PHONY: browser
browser: packages # The tests of the dashboard are those of a person
	@tools/install_packages $(PYTHON) chromium

.PHONY: molecule
molecule: release browser ## Run the Molecule scenarios of all roles
	@$(BIN)/python -m tools.molecule

.PHONY: integration
integration: venv browser ## Test a whole cloud
	@$(BIN)/python -m tools.cloud test --topology $(TOPOLOGY)

.PHONY: check
check: lint unit contract ## Run what needs no hosts

.PHONY: test
test: check molecule integration ## Run all that guards a change: check, the roles on hosts of the lab, a whole cloud

.PHONY: test-storage
test-storage: release browser ## Run the campaigns and the whole verification, which take too long for every change
	@$(BIN)/python -m tools.molecule --campaigns
	@$(BIN)/python -m tools.cloud test --topology $(TOPOLOGY) --tests tests/campaigns

KILLS ?= 50
FRESH ?= 30
EACH ?= 3
SEED ?= 1

.PHONY: test-resilience
test-resilience: release ## Kill runs at random moments and compare what one repeat makes of them; takes hours, goes on after an interruption
	@$(BIN)/pytest -m slow tests/unit
	@$(BIN)/python -m tests.resilience --kills $(KILLS) --fresh $(FRESH) --each $(EACH) --seed $(SEED) --topology $(if $(filter command line environment,$(origin TOPOLOGY)),$(TOPOLOGY),small)

.PHONY: bench
bench: venv ## Measure runs over simulated hosts: make bench HOSTS=10,100,300,1000 (docs/benchmarks.md)
	@$(BIN)/python -m tests.bench scale --hosts $(HOSTS)

.PHONY: bench-cloud
bench-cloud: venv ## Measure runs over the lab's cloud
	@$(BIN)/python -m tests.bench run
