# Each command does all of the set-up it needs, from a bare checkout; again it starts at once.
# Needs Linux, Python 3.11+ with venv, make, a C compiler; tools/setup.sh names what is missing.
#
#   make demo    the whole way of a payment on emulated devices      make demo ARGS="--help"
#   make run     the server with everything in it, on this machine   make run ARGS="..."
#   make test    all that must hold before a commit                  make test ARGS="tests/unit -k vat"
#   make check   the fast half of it: format, lint, types
#   make proof   what takes too long for every run, the fuzzer too    make proof FUZZ_SECONDS=60
#                an hour and a half on two quiet cores; CONTRIBUTING.md says what of it takes how long
#   make load    users on the server for a minute, and a report with plots in build/load    make load ARGS="--seconds 60"
#   make simulate  many simulated worlds with faults; one again       make simulate SEEDS=10000    make simulate SEED=17
#   make mutations  the same with one safeguard taken away each: it must be seen     ARGS="--only lease"
#   make pictures  screenshots of docs/images anew, from a panel full of an invented month; needs Chromium
#   make wheel   dist/*.whl            make lock    pin the dependencies anew            make clean
#   make schema  storage/schema.sql anew, after a migration was added
#   make messages  message catalogues anew, after a text was changed   make messages ARGS=pl   one more language

PYTHON_ENV := .venv/bin/python
# Some shells keep Python from writing what it compiled; then each process compiles all of this anew, 1.5 s every time.
unexport PYTHONDONTWRITEBYTECODE
ARGS ?=
.PHONY: help demo run test check proof load simulate mutations pictures wheel lock clean setup schema messages
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   //p' Makefile

setup:
	@tools/setup.sh

demo: setup
	@$(PYTHON_ENV) -m fiscal_server demo $(ARGS)

run: setup
	@$(PYTHON_ENV) -m fiscal_server run $(ARGS)

# One more than the cores of a small machine: tests of processes, wires and deadlines wait for half of their time.
WORKERS ?= 3
test: check
	$(PYTHON_ENV) -m pytest -n $(WORKERS) --dist loadgroup -m "not proof" $(ARGS)

check: setup
	$(PYTHON_ENV) -m ruff format --check .
	$(PYTHON_ENV) -m ruff check .
	$(PYTHON_ENV) -m mypy

# FUZZ_SECONDS: how long the fuzzer runs in all. Code 5: no test has the mark. That is no failure.
FUZZ_SECONDS ?= 600
proof: setup
	@$(PYTHON_ENV) -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements-proof.lock
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(PYTHON_ENV) -m pytest -n $(WORKERS) --dist worksteal -m proof -rs $(ARGS) || [ $$? -eq 5 ]

SEEDS ?= 100
simulate: setup
	@$(PYTHON_ENV) -m tests.simulation.run $(if $(SEED),--seed $(SEED),--seeds $(SEEDS)) $(ARGS)

mutations: setup
	@$(PYTHON_ENV) -m tests.simulation.mutations $(ARGS)

load: setup
	@$(PYTHON_ENV) -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements-load.lock
	@$(PYTHON_ENV) -m benchmarks.load $(ARGS)

pictures: setup
	PANEL_PICTURES=docs/images $(PYTHON_ENV) -m pytest -q -k look0 tests/browser/test_showroom.py

wheel: setup
	rm -rf build dist
	$(PYTHON_ENV) -m pip --disable-pip-version-check wheel --quiet --no-build-isolation --no-deps --wheel-dir dist .
	@ls -l dist/*.whl

# One lock for every Python from 3.11 on. Needs uv on PATH (pip install uv); nothing else here does.
UV ?= uv
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate $(ARGS)
lock:
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv, or make lock UV=/path/to/uv"; exit 1; }
	$(LOCK) pyproject.toml --output-file requirements.lock
	$(LOCK) pyproject.toml --extra dev --output-file requirements-dev.lock
	$(LOCK) --constraint requirements-dev.lock --group proof --output-file requirements-proof.lock
	$(LOCK) --constraint requirements-dev.lock --group load --output-file requirements-load.lock
	$(LOCK) --group node --output-file requirements-node.lock

# Data of `make run` are not here: they live in FISCAL_DATA_DIR.
clean:
	rm -rf .venv .make build dist node_modules admin/built *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name .git -prune -o -name __pycache__ -prune -exec rm -rf {} +
	find . -name .git -prune -o -name '*.so' -exec rm -f {} +
	find . -name .git -prune -o -name '*.pyx' -print | sed 's/pyx$$/c/' | xargs -r -d '\n' rm -f

# storage/schema.sql anew, after a migration was added.
schema: setup
	@$(PYTHON_ENV) -m fiscal_server.commands.schema

# Template, .po and .mo of every language, after a text for people was changed.
messages: setup
	@$(PYTHON_ENV) tools/messages.py $(ARGS)
