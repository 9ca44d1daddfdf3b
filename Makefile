# What a newcomer runs: `make demo` (the main job), `make test`. Both set up all they need in .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ON_KIND := $(BIN)/python -m tests.tools.rig
JOBS ?= 2
LABNODE := ckslab/cluster/labnode
DATABASE := ckslab/scanning/database
BROWSER := tests/browser
XTERM := ckslab/web/xterm

# Labs of demo and verify have a home of their own, so that `make clean` never meets yours; the cache is shared.
# Where the checkout's path is too long for a lab's sockets: make demo DEV_HOME=/tmp/ckslab-dev.
DEV_HOME ?= .home
OWN_HOME := CKSLAB_HOME="$(abspath $(DEV_HOME))"

.PHONY: help dev demo test test-unit browser test-go test-kind labnode-check lab-images-check database-check web-check lint verify verify-kind fidelity bench wheel clean

help: ## show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /	/' | expand -t 12

$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_HOME): | $(VENV)/ready
	mkdir -m 700 $@
	ln -s "$$($(BIN)/python -c 'from ckslab.cluster.binaries.cache import cache_dir; print(cache_dir().parent)')" $@/cache

dev: $(VENV)/ready ## a virtual environment with ckslab and its tools, from the locked versions

demo: $(VENV)/ready | $(DEV_HOME) ## start a lab, answer it wrongly, learn why, answer it rightly; leaves nothing behind
	$(OWN_HOME) $(BIN)/python -m tests.tools.demo

test-unit: $(VENV)/ready ## the tests that need no node, no engine and no binaries: about a minute
	$(BIN)/python -m pytest tests/unit -n $(JOBS)

$(BROWSER)/node_modules/ready: $(BROWSER)/package-lock.json
	cd $(BROWSER) && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

browser: ## what the tests in a browser load: axe-core; they need chromium, chromium-driver and npm, too
	@if command -v chromium >/dev/null && command -v chromedriver >/dev/null && command -v npm >/dev/null; then \
		$(MAKE) --no-print-directory $(BROWSER)/node_modules/ready; \
	else echo "the tests in a browser are skipped: chromium, chromium-driver and npm are not all here"; fi

test: $(VENV)/ready browser ## all tests; those on the real node need what `ckslab doctor` names
	$(BIN)/ckslab setup --all
	$(BIN)/python -m pytest -m 'not kind' -n $(JOBS) --dist loadfile --no-loadscope-reorder

test-go: ## gofmt, vet and tests of labnode, the node's helper; needs Go
	cd $(LABNODE)/src && test -z "$$(gofmt -l . | tee /dev/stderr)" && go vet ./... && go test ./...

labnode-check: ## make the shipped labnode again and compare, byte for byte; needs the Go that made it
	sh $(LABNODE)/build.sh check

lab-images-check: ## make the programs of the lab's images again and compare, byte for byte; needs gcc 12.2.0
	sh ckslab/cluster/lab_images/programs/build.sh check

database-check: ## make the scanner's database again and compare, byte for byte; needs Go
	cd $(DATABASE)/src && test -z "$$(gofmt -l . | tee /dev/stderr)" && go vet ./...
	sh $(DATABASE)/build.sh check

web-check: ## fetch the page's terminal again, as it is locked, and compare, byte for byte; needs npm
	sh $(XTERM)/build.sh check

test-kind: $(VENV)/ready ## tests on real kind clusters; makes a node image, and starts an engine, where none is there
	$(ON_KIND) $(BIN)/python -m pytest -m kind -n $(JOBS) --dist loadfile

lint: $(VENV)/ready ## style, types, layers, docstrings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate --quiet ckslab checks
	$(BIN)/ckslab author lint

verify: $(VENV)/ready | $(DEV_HOME) ## play every answer of every scenario on the real node, twice
	$(OWN_HOME) $(BIN)/ckslab author verify --cluster local --repeat 2 --jobs $(JOBS)

verify-kind: $(VENV)/ready | $(DEV_HOME) ## the same on kind clusters, each answer's grade compared with the embedded node's
	$(OWN_HOME) $(ON_KIND) $(BIN)/ckslab author verify --cluster kind --against local --repeat 2 --jobs $(JOBS)

fidelity: $(VENV)/ready ## 400 generated set-ups on the real kube-apiserver against our reading of the files
	$(BIN)/python -m tests.tools.fidelity --count 400 --seed 1 --jobs $(JOBS) --output docs/fidelity.json

bench: $(VENV)/ready ## measure, and write docs/benchmarks.md
	$(BIN)/python -m tests.tools.bench

wheel: $(VENV)/ready ## dist/*.whl
	$(BIN)/python -m build --wheel --no-isolation

clean: ## remove the labs of demo and verify, environment and build results; your own labs stay
	if [ -n "$$(ls -A $(DEV_HOME)/labs 2>/dev/null)" ]; then $(OWN_HOME) $(BIN)/ckslab stop --all; fi
	rm -rf $(DEV_HOME) $(VENV) $(BROWSER)/node_modules dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
