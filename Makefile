# `make` lists the targets. Two do the main jobs on a fresh machine: report and test.

PYTHON ?= python3
# One thread for each linear-algebra call: the matrices are small, and numbers repeat.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

WORKERS ?= 2
TESTS ?= tests
VENV := .venv/bin/
PYTEST = $(VENV)python -m pytest -n $(WORKERS) --dist worksteal

# Whatever runs the script; the script finds the Python to build with.
ANY_PYTHON := $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell command -v $(name) 2>/dev/null)))

# A Python named by the user is taken or refused; the default may be replaced by a fitting one.
ifeq ($(origin PYTHON),file)
MAKE_ENV = $(ANY_PYTHON) requirements/make_env.py
else
MAKE_ENV = $(ANY_PYTHON) requirements/make_env.py --python "$(PYTHON)"
endif

.DEFAULT_GOAL := help
.PHONY: help env report test test-thorough test-oracles test-page lint format lock bench clean \
	distclean python-found ready

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  with PYTHON=python3.13 (default python3), WORKERS=4 (2), TESTS=tests/test_one.py (tests)"

python-found:
	@test -n "$(ANY_PYTHON)" || { echo "error: expected Python 3.11 to 3.14, received \
	none on the path; remedy: install it (Debian and Ubuntu: apt install python3 python3-venv)" >&2; exit 2; }

env: python-found ## the environment .venv from the hash-locked requirements; nothing when it is right
	@$(MAKE_ENV)

ready: python-found
	@$(MAKE_ENV) --quiet

report: ready ## check every claim and write the report; prints its path (the main job)
	@$(VENV)python -m reports

test: ready ## the test suite
	@$(PYTEST) $(TESTS)

test-thorough: ready ## the test suite with wider sweeps and more examples; takes much longer
	@MIRRORCHECK_PROFILE=thorough $(PYTEST) -m "not oracle and not page" $(TESTS)

test-oracles: python-found ## compare with PyTorch, cvxpy and heyoka, which it installs beside the lock
	@$(MAKE_ENV) --quiet --oracles
	@$(PYTEST) -m oracle $(TESTS)

test-page: ready ## load the report in headless Chromium, wide and narrow
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 \
	|| command -v google-chrome >/dev/null 2>&1 || { echo "error: expected chromium on the path, \
	received none; remedy: install it (Debian: apt install chromium)" >&2; exit 2; }
	@$(PYTEST) -m page $(TESTS)

lint: ready ## ruff and basedpyright
	@$(VENV)ruff check
	@$(VENV)ruff format --check
	@$(VENV)basedpyright

format: ready ## let ruff rewrite what it can
	@$(VENV)ruff check --fix
	@$(VENV)ruff format

LOCKED = $(VENV)uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-header --custom-compile-command "make lock" $(UPGRADE)

lock: ready ## resolve the requirements again (make lock UPGRADE=--upgrade takes new releases)
	@$(LOCKED) --group dev pyproject.toml -o requirements/lock.txt
	@$(LOCKED) --group pyproject.toml:oracles -c requirements/lock.txt -o requirements/oracles.txt
	@git diff --stat -- requirements

bench: python-found ## measure speed; writes ratios to reports/bench/ (installs PyTorch and heyoka to compare with)
	@$(MAKE_ENV) --quiet --oracles
	@$(VENV)python -m numeric.bench

clean: ## remove evidence and caches; the environment stays
	@rm -rf .cache .hypothesis .pytest_cache .ruff_cache build dist
	@find . -path ./.venv -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## clean, and remove the environment
	@rm -rf .venv *.egg-info
