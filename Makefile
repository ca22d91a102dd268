# Cairn. `make help` lists what can be done here.

PORT   ?= 8080
PYTHON ?= python3
SPLIT  ?=
# Which tests: make test TESTS=tests/rules
TESTS  ?= tests
# How many processes run them: twice two cores, since most tests wait for the database half of their time.
JOBS   ?= 4
# The part of the suite that is quick enough for make check: no server is needed.
SNAPSHOT := tests/contracts/test_event_snapshot.py tests/contracts/test_public_contract.py
# What tests ask of npm packages; their lock holds a hash for each.
NODE := tests/contracts/node

ENGINE := services/matching/engine

VENV := .venv
BIN  := $(VENV)/bin

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

##@ Run

up: $(VENV)/.made-local ## Start everything on this machine (PORT=8080, SPLIT=1 for one process per service); Ctrl-C stops it
	@$(BIN)/cairn up --port $(PORT) $(if $(filter-out 0,$(SPLIT)),--split)

demo: $(VENV)/.made-local ## Play the story of one pair, on the running stack or on one of its own
	@$(BIN)/cairn demo

clean-data: $(VENV)/.made-local ## Remove the local stack's data (refuses while it runs)
	@$(BIN)/cairn clean-data

##@ Work

test: $(VENV)/.made-dev $(VENV)/.kernels $(NODE)/node_modules/.made ## The whole suite on a MongoDB and a Kafka of its own (TESTS=tests/rules for a part)
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --ignore tests/containers $(TESTS)

test-containers: $(VENV)/.made-dev ## Compose, the demo against it, and the contracts against the images (needs a Docker engine)
	@deploy/containers/prepare.sh
	@$(BIN)/python -m pytest tests/containers

check: $(VENV)/.made-dev ## Format, lint, types, import contracts, event snapshot: seconds
	@$(BIN)/ruff format --check --quiet . || { echo "cairn: run make format" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@found=$$($(BIN)/lint-imports --no-logo) || { printf '%s\n' "$$found" >&2; exit 1; }
	@$(BIN)/python -m pytest -q -p no:cacheprovider $(SNAPSHOT)

format: $(VENV)/.made-dev ## Write the code as the formatter wants it
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

bench-events: $(VENV)/.made-dev ## Measure the event path up to webhooks: R1, R3, R4, R7, R8 and R9 as JSON lines
	@$(BIN)/python -m tests.bench.event_path

bench-feed: $(VENV)/.made-dev ## Measure paging through a feed of 1,000,000 events, from its start to its end
	@$(BIN)/python -m tests.bench.feed_pages

bench-matching: $(VENV)/.made-dev ## Measure the matching engine, a JSON line a gate (GATE=stable SIZE=100000 SEED=7 MILLION=1 MARKET=file)
	@$(BIN)/python -m tests.bench.matching $(if $(GATE),--gate $(GATE)) $(if $(SIZE),--size $(SIZE)) $(if $(SEED),--seed $(SEED)) \
	  $(if $(MILLION),--million) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(CHECK),--check $(CHECK)) $(if $(MARKET),--market $(MARKET)) \
	  $(if $(THREADS),--threads $(THREADS))

bench-pages: $(VENV)/.made-dev ## Measure what people read on their pages, with 20,000 members and a year behind them
	@$(BIN)/python -m tests.bench.page_reads

bench-tick: $(VENV)/.made-dev ## Measure a tick that makes 5,000 timers due, and votes meanwhile
	@$(BIN)/python -m tests.bench.tick

lock: $(VENV)/.made-dev ## Resolve the dependencies again and write the locks (UPGRADE=1 for newer versions)
	@$(BIN)/python -m deploy.local.locks $(if $(UPGRADE),--upgrade)

##@ This page

help: ## Print this
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The environment. A stamp that is newer than its lock costs nothing; otherwise the module looks closer, and installs.
$(VENV)/.made-%: requirements-%.lock pyproject.toml
	@$(PYTHON) -m deploy.local.fit
	@$(PYTHON) -m deploy.local.environment $*

# Compiled once, not by each process of the suite; a look costs two seconds.
$(VENV)/.kernels: $(VENV)/.made-dev $(wildcard $(ENGINE)/*.py $(ENGINE)/kernels/*.py)
	@$(BIN)/python -m tests.rules.engine.compiled
	@touch $@

# Node.js comes with the Python packages. It trusts what the machine trusts, and runs nobody's install scripts.
$(NODE)/node_modules/.made: $(NODE)/package-lock.json $(NODE)/package.json $(VENV)/.made-dev
	@cd $(NODE) && NODE_OPTIONS=--use-system-ca ../../../$(BIN)/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

.PHONY: up demo clean-data test test-containers check format bench-events bench-feed bench-matching bench-pages bench-tick lock help
