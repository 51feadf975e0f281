# Everything a contributor needs, on a machine with Python 3.11 or newer and make: each command creates its
# environment first. PYTHON chooses the interpreter (`make test PYTHON=python3.12` keeps an environment of its own),
# ARGS adds arguments (`make test ARGS="-k stencil"`).

PYTHON ?= python3
ARGS ?=
JOBS ?= 2

VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>&1)
SUFFIX := $(if $(filter file,$(origin PYTHON)),,-$(VERSION))
VENV ?= .venv$(SUFFIX)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test test-native test-long agreement fuzz lint docs bench clean

help:
	@echo "make demo       run three examples (pictures go to examples/output/)"
	@echo "make test       run the tests"
	@echo "make test-native  run the tests of the native backend"
	@echo "make test-long  run the tests and the long checks"
	@echo "make agreement  compare every way to a derivative with every other on many programs"
	@echo "make fuzz       differentiate random programs and check them"
	@echo "make lint       style, types and the report of long modules"
	@echo "make docs       write what the documents' code prints into the documents"
	@echo "make bench      measure: gradients against primals, hand-written adjoints and peers"
	@echo "make clean      remove the environment, caches and outputs"

demo: $(VENV)/examples.stamp
	$(BIN)/python examples/read_the_adjoint.py
	$(BIN)/python examples/heat_inverse.py
	$(BIN)/python examples/digits.py

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow" $(ARGS)

test-native: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n $(JOBS) -m "slow or not slow" tests/native $(ARGS)

test-long: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n $(JOBS) -m "slow or not slow" $(ARGS)

agreement: $(VENV)/test.stamp
	$(BIN)/python -m tests.programs.agreement $(ARGS)

fuzz: $(VENV)/test.stamp
	$(BIN)/python -m tests.fuzz $(ARGS)

lint: $(VENV)/lint.stamp
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/python -m tests.house.sizes

docs: $(VENV)/test.stamp
	$(BIN)/python -m tests.house.documents

bench: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf .venv .venv-* build *.egg-info .pytest_cache .ruff_cache .hypothesis examples/output benchmarks/results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp per set of extras; all of them are renewed when pyproject.toml changes.
$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ad_compiler needs Python 3.11 or newer, found $(VERSION): make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/examples.stamp: pyproject.toml | $(VENV)/python.stamp
	$(PIP) --editable ".[examples]"
	@touch $@

$(VENV)/test.stamp: pyproject.toml | $(VENV)/python.stamp
	$(PIP) --editable ".[scipy,examples,test]"
	@touch $@

$(VENV)/lint.stamp: pyproject.toml $(VENV)/test.stamp | $(VENV)/python.stamp
	$(PIP) --editable ".[scipy,examples,test,lint]"
	@touch $@
