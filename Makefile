# What a newcomer runs: `make demo` (the main job), `make test`. Both set up all they need in .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ON_KIND := $(BIN)/python -m tests.tools.rig
JOBS ?= 2

.PHONY: help dev demo test test-unit test-kind lint verify verify-kind fidelity bench wheel clean

help: ## show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /	/' | expand -t 12

$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

dev: $(VENV)/ready ## a virtual environment with ckslab and its tools, from the locked versions

demo: $(VENV)/ready ## start a lab, answer it wrongly, learn why, answer it rightly; leaves nothing behind
	$(BIN)/python -m tests.tools.demo

test-unit: $(VENV)/ready ## the tests that need no node, no engine and no binaries: about a minute
	$(BIN)/python -m pytest tests/unit -n $(JOBS)

test: $(VENV)/ready ## all tests; those on the real node need what `ckslab doctor` names
	$(BIN)/ckslab setup --all
	$(BIN)/python -m pytest -m 'not kind' -n $(JOBS) --dist loadfile

test-kind: $(VENV)/ready ## tests on real kind clusters; makes a node image, and starts an engine, where none is there
	$(ON_KIND) $(BIN)/python -m pytest -m kind -n $(JOBS) --dist loadfile

lint: $(VENV)/ready ## style, types, layers, docstrings
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate --quiet ckslab checks
	$(BIN)/ckslab author lint

verify: $(VENV)/ready ## play every answer of every scenario on the real node, twice
	$(BIN)/ckslab author verify --cluster local --repeat 2 --jobs $(JOBS)

verify-kind: $(VENV)/ready ## the same on kind clusters, each answer's grade compared with the embedded node's
	$(ON_KIND) $(BIN)/ckslab author verify --cluster kind --against local --repeat 2 --jobs $(JOBS)

fidelity: $(VENV)/ready ## 300 generated set-ups on the real kube-apiserver against our reading of the files
	$(BIN)/python -m tests.tools.fidelity --count 300 --seed 1 --jobs $(JOBS) --output docs/fidelity.json

bench: $(VENV)/ready ## measure, and write docs/benchmarks.md
	$(BIN)/python -m tests.tools.bench

wheel: $(VENV)/ready ## dist/*.whl
	$(BIN)/python -m build --wheel --no-isolation

clean: ## remove labs, environment and build results
	-test -x $(BIN)/ckslab && $(BIN)/ckslab stop --all
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
