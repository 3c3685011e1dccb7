# The two commands are `make pilot` and `make test`; `make help` lists the rest.
#
# Needed: git, make, and a Python 3.11 or newer with its venv module. Everything else is installed into
# the checkout: .venv (tox alone), .tox/pilot (what the pilot needs), .tox/test (everything).
#
# A command's own exit status is seen with `.venv/bin/pilot`; make itself exits with 2 whatever failed,
# and prints the status in its last line ('Error 4').

.DEFAULT_GOAL := help
.PHONY: help pilot test bench lab lock clean
.DELETE_ON_ERROR:

# Further arguments: `make pilot ARGS="--trace DIR"`, `make test ARGS="-k merkle"`.
ARGS ?=
# The Python to set up with; the first of these that is new enough: `make test PYTHON=python3.12`.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
UV ?= uv
TOX := .venv/bin/tox

help: ## show this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

pilot: $(TOX) ## set everything up, run the narrow pilot, print where the report is
	@ln -sfn ../../.tox/pilot/bin/pilot .venv/bin/pilot
	$(TOX) run -e pilot -- $(ARGS)

test: $(TOX) ## set everything up, run every check and test
	@test -e .venv/bin/pilot || ln -sfn ../../.tox/test/bin/pilot .venv/bin/pilot
	$(TOX) run -- $(ARGS)

bench: $(TOX) ## measure append, settle, prove, verify and audit for each backend
	$(TOX) run -e bench -- $(ARGS)

lab: $(TOX) ## open the notebooks in JupyterLab
	$(TOX) run -e lab -- $(ARGS)

$(TOX): requirements/tox.txt
	@test -n "$(PYTHON)" || { echo 'make: no Python 3.11 or newer found (tried python3 and python3.11 to' \
		'python3.14). Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo 'make: $(PYTHON) lacks its venv module; on Debian and' \
		'Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tox.txt
	@touch $@

COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

lock: ## pin all dependencies again, with hashes (LOCK_ARGS=--upgrade for newer ones; needs uv)
	@command -v $(UV) >/dev/null || { echo 'make: uv is needed to lock; it is on PyPI as uv' >&2; exit 1; }
	$(COMPILE) $(LOCK_ARGS) requirements/tox.in -o requirements/tox.txt
	$(COMPILE) $(LOCK_ARGS) backends/nodes/toolchains/go.in -o backends/nodes/toolchains/go.txt
	$(COMPILE) $(LOCK_ARGS) backends/nodes/toolchains/node.in -o backends/nodes/toolchains/node.txt
	$(COMPILE) $(LOCK_ARGS) pyproject.toml --group build -o requirements/pilot.txt
	$(COMPILE) $(LOCK_ARGS) pyproject.toml --group build --all-extras -c requirements/pilot.txt -o requirements/test.txt

clean: ## remove environments and caches; runs/ stays, and so do the built nodes (`pilot nodes` says where)
	rm -rf .venv .tox build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
