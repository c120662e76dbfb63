# make        build: creates .venv, installs pinned packages, compiles every collection
# make test   lint, types, import contracts and the test suite
# make test-unit  of these, the tests of single modules (a minute and a half on two cores)
# make list   what the build consists of
# make run    AGENT=tensoraios PORT=8000: start a compiled agent on loopback
# make token  AGENT=tensoraios ROLE=governance: print a token that an agent started by make run believes
# make system COLLECTION=tensoraios_ecosystem: start all compiled agents, each as a process
# make scenario  SEEDS=5: lead these processes through invented markets; fails unless they learn from them
# make test-system  the tests that start whole systems of processes (minutes)
# make demo   AGENT=tensoraios PORT=8000: teach the running agent an invented market and ask it
# make clean  remove what the build made (edited files stay; CODEGEN_FORCE=1 removes them as well)
# make lock   renew requirements.lock from what is installed

SHELL := /bin/sh
.DEFAULT_GOAL := build
.PHONY: build test test-unit test-system fuzz list run system scenario token demo clean lock

VENV := .venv
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet --quiet
JOBS ?= 2
AGENT ?= tensoraios
COLLECTION ?= tensoraios_ecosystem
PORT ?= 8000
MINUTES ?= 5
ROLE ?= governance
SEEDS ?= 5
KEYS := .codegen/keys
ISSUE = $(VENV)/bin/python -m agent_runtime.issue --key $(KEYS)/tokens.pem
UNIT_TESTS := tests/unit tests/contracts
QUICK_TESTS := $(UNIT_TESTS) tests/patterns tests/gates tests/property
PINS := pyproject.toml generators/runtime/pyproject.toml requirements.lock

build: $(VENV)/.build-ready
	@$(VENV)/bin/doit -n $(JOBS)

test: $(VENV)/.test-ready
	$(VENV)/bin/ruff check .
	$(VENV)/bin/black --check --quiet .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pytest -m "not system" --numprocesses $(JOBS) $(QUICK_TESTS)
	$(VENV)/bin/pytest -m "not system" $(addprefix --ignore=,$(QUICK_TESTS))

test-unit: $(VENV)/.test-ready
	$(VENV)/bin/pytest -m "not system" --numprocesses $(JOBS) $(UNIT_TESTS)

test-system: $(VENV)/.test-ready
	$(VENV)/bin/pytest -m system

fuzz: $(VENV)/.test-ready
	@$(PIP) install --constraint requirements.lock --editable '.[fuzz]'
	$(VENV)/bin/python -m tests.fuzz.fuzz_reader --minutes $(MINUTES)

list: $(VENV)/.build-ready
	@$(VENV)/bin/doit list --all

run: $(VENV)/.build-ready
	@$(VENV)/bin/doit verdict:$(AGENT)
	@$(ISSUE) --jwks > $(KEYS)/trusted.jwks
	@L9_TRUSTED_KEYS_FILE=$${L9_TRUSTED_KEYS_FILE:-$(KEYS)/trusted.jwks} $(VENV)/bin/python -m generators.engine.build.serve_agent $(AGENT) --port $(PORT)

system: $(VENV)/.build-ready
	@$(VENV)/bin/doit evidence:$(COLLECTION)
	@$(ISSUE) --jwks > $(KEYS)/trusted.jwks
	@L9_TRUSTED_KEYS_FILE=$${L9_TRUSTED_KEYS_FILE:-$(KEYS)/trusted.jwks} $(VENV)/bin/python -m generators.engine.build.serve_system $(COLLECTION)

scenario: $(VENV)/.build-ready
	@$(VENV)/bin/doit evidence:$(COLLECTION)
	@$(VENV)/bin/python -m generators.engine.build.scenario $(COLLECTION) --seeds $(SEEDS)

token: $(VENV)/.build-ready
	@$(ISSUE) --agent $(AGENT) --role $(ROLE)

demo: $(VENV)/.build-ready
	@$(VENV)/bin/python -m agent_runtime.demo --url http://127.0.0.1:$(PORT) --token $$($(ISSUE) --agent $(AGENT) --role governance)

clean: $(VENV)/.build-ready
	@$(VENV)/bin/doit clean

lock: $(VENV)/.test-ready
	@{ sed -n '/^#/p' requirements.lock; $(PIP) freeze --exclude-editable; } > requirements.lock.new
	@mv requirements.lock.new requirements.lock

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 is needed, and there is no python3" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "Python 3.11 is needed; $(PYTHON) is another version (make PYTHON=...)" >&2; exit 2; }
	@echo "creating $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.build-ready: $(VENV)/bin/python $(PINS)
	@echo "installing pinned packages"
	@$(VENV)/bin/python -m ensurepip --upgrade >/dev/null
	@$(PIP) install --constraint requirements.lock --editable generators/runtime --editable .
	@touch $@

$(VENV)/.test-ready: $(VENV)/.build-ready
	@echo "installing what tests need"
	@$(PIP) install --constraint requirements.lock --editable generators/runtime --editable '.[test]'
	@touch $@
