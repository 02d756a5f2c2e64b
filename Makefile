# `make demo` and `make test` set up all they need, in .venv and the user's cache folder.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
READY := $(VENV)/ready
SERVES := $(VENV)/serves
STAY ?=

# Some 500 processes are started in the tests: each would compile keyflow anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo demo-localstack test test-aws lint style build wheel benchmark clean

# `make demo STAY=1` leaves its server open.
demo: $(SERVES)
	$(VENV)/bin/python scripts/demo.py $(if $(STAY),--stay)

# The same endpoints, deployed to a local engine of Step Functions and API Gateway.
demo-localstack: $(READY)
	$(VENV)/bin/python -m tests.e2e.demo

# mypy is one of the tests, beside which others run.
test: style
	$(VENV)/bin/keyflow build --check --strict
	$(VENV)/bin/pytest --numprocesses=2

# Asks an AWS account what it has against the definitions, the policies and the mocked states; makes nothing there.
# EXECUTIONS="arn:... arn:..." names executions that have run, which are read and replayed.
test-aws: $(READY)
	$(VENV)/bin/python -m tests.recordings.against_aws $(EXECUTIONS)

lint: style
	$(VENV)/bin/mypy

style: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

build: $(READY)
	$(VENV)/bin/keyflow build

wheel: $(READY)
	$(VENV)/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

benchmark: $(READY)
	$(VENV)/bin/python -m benchmarks.startup
	$(VENV)/bin/python -m benchmarks.build_speed
	$(VENV)/bin/python -m benchmarks.build_growth
	$(VENV)/bin/python -m benchmarks.engine_speed
	$(VENV)/bin/python -m benchmarks.jsonata
	$(VENV)/bin/python -m benchmarks.verify_speed
	$(VENV)/bin/python -m benchmarks.check_speed
	$(VENV)/bin/python -m benchmarks.serve_speed
	$(VENV)/bin/python -m benchmarks.graph_speed
	$(VENV)/bin/python -m benchmarks.deploy_calls
	$(VENV)/bin/python -m benchmarks.check_findings
	$(VENV)/bin/python -m benchmarks.aws_data
	$(VENV)/bin/python -m benchmarks.recordings
	$(VENV)/bin/python -m benchmarks.mutants

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

# What the demo needs, and no more. What is never imported need not be compiled.
$(SERVES): pyproject.toml
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --editable '.[serve]'
	touch $@

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable . --group test --group lint
	touch $@ $(SERVES)
