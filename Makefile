# The two commands of the README are `make demo` and `make test`; both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
NPM := contracts/npm/node_modules/.ready
POSTGRES := $(VENV)/.postgres
SPARK := $(VENV)/.spark
VERIFY := contracts/verify

.PHONY: help setup setup-spark demo test test-spark soak verify-contract lint specs lock bench clean

help:
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(STAMP) $(NPM) $(POSTGRES) ## create .venv with bxc in it; the Solidity compiler, a chain and PostgreSQL for tests

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "bxc needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Without Node or npm's packages everything else works, and the tests that need them say so and are skipped; with
# BXC_NEED_NODE, as in continuous integration, a failure to get them is an error where there is Node.
$(NPM): contracts/npm/package.json contracts/npm/package-lock.json contracts/npm/.npmrc
	@if ! command -v npm >/dev/null; then echo "no npm: the tests that compile contracts are skipped" >&2; \
	elif (cd contracts/npm && npm ci --ignore-scripts --prefer-offline --loglevel=error); then touch $@; \
	elif [ -n "$$BXC_NEED_NODE" ]; then exit 1; \
	else echo "npm cannot get its packages: the tests that compile contracts are skipped" >&2; fi

# The tests start a server of their own. Without one they say so and are skipped; with BXC_NEED_POSTGRES that is an error.
# Debian's package starts another server when it is installed, unless it is told not to.
$(POSTGRES): $(STAMP)
	@root=; [ "$$(id -u)" = 0 ] || root="sudo -n"; \
	if command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then touch $@; \
	elif command -v apt-get >/dev/null && $$root sh -c 'mkdir -p /etc/postgresql-common && \
		echo "create_main_cluster = false" >> /etc/postgresql-common/createcluster.conf && \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql' \
		>/dev/null; then touch $@; \
	elif [ -n "$$BXC_NEED_POSTGRES" ]; then echo "PostgreSQL cannot be installed" >&2; exit 1; \
	else echo "no PostgreSQL: the tests on it are skipped" >&2; fi

setup-spark: setup $(SPARK) ## Spark's client and Sail, a server that needs no JVM (some 500 MB): then `make test` tests Spark, too

$(SPARK): requirements-spark.lock $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock
	@touch $@

demo: setup ## the papers' example, end to end, on real databases
	@$(BIN)/python -m bxc_runtime.demo

lint: setup ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

specs: setup ## compile specs/ again into generated/
	$(BIN)/bxc compile $(filter-out specs/medical_as_published.bxc,$(wildcard specs/*.bxc))

# Each of two workers begins with one half, so that what a file's tests share is mostly made once.
test: lint ## lint, then every test
	$(BIN)/pytest -n 2 --dist worksteal

test-spark: setup-spark ## the tests on Spark alone
	BXC_NEED_SPARK=1 $(BIN)/pytest -n 2 tests/test_spark_*.py tests/properties/test_spark.py

# What is proved of SQL takes seconds a question: 20 times as much would take days, so it is all that there is, once.
PROOFS := tests/test_validate_laws.py tests/test_validate_mutants.py tests/test_validate_postgres.py
SOAKED = $(shell grep -ls BXC_SOAK tests/test_*.py tests/contract/test_*.py tests/runtime/test_*.py)

soak: setup ## the property tests with 20 times as many random lenses, other ones each time; 10,000 updates of eight peers
	BXC_SOAK=20 $(BIN)/pytest -n 2 tests/properties/test_laws.py $(filter-out $(PROOFS),$(SOAKED))
	BXC_SOAK=1 $(BIN)/pytest -n 2 $(PROOFS)

verify-contract: setup $(VERIFY)/.venv/.ready $(VERIFY)/node_modules/.ready ## solhint, slither and halmos on the contract
	$(BIN)/python $(VERIFY)/verify.py
	$(BIN)/python $(VERIFY)/verify.py --mutants

$(VERIFY)/.venv/.ready: $(VERIFY)/requirements.lock
	$(PYTHON) -m venv $(VERIFY)/.venv
	$(VERIFY)/.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VERIFY)/requirements.lock
	@touch $@

$(VERIFY)/node_modules/.ready: $(VERIFY)/package.json $(VERIFY)/package-lock.json $(VERIFY)/.npmrc
	cd $(VERIFY) && npm ci --ignore-scripts --prefer-offline --loglevel=error
	@touch $@

bench: setup ## the benchmarks; rewrites benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

lock: setup ## resolve the dependencies again (needs uv: pip install uv)
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	uv pip compile pyproject.toml --extra spark --group spark --universal --generate-hashes --no-emit-index-url --no-header \
		-c requirements.lock -o requirements-spark.lock

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache contracts/npm/node_modules $(VERIFY)/node_modules $(VERIFY)/.venv
