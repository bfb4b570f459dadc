# The two commands of the README are `make demo` and `make test`; both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: help setup demo test soak lint specs lock bench clean

help:
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## create .venv with bxc in it

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "bxc needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
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

test: lint ## lint, then every test
	$(BIN)/pytest -n 2

soak: setup ## the property tests with 20 times as many random lenses, other ones each time
	BXC_SOAK=20 $(BIN)/pytest -n 2 tests/properties/test_laws.py $(shell grep -ls BXC_SOAK tests/test_*.py)

bench: setup ## the benchmarks; rewrites benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

lock: setup ## resolve the dependencies again (needs uv: pip install uv)
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header -o requirements.lock

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
