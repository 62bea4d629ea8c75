# The commands of every day; CONTRIBUTING.md says more.
PYTHON := .venv/bin/python
# The suite in two processes: most tests wait for sockets or clocks, and two halve that.
PYTEST := $(PYTHON) -m pytest -q -n 2 --dist worksteal

.PHONY: help fast check ci

help: ## Print this list.
	@sed -n 's/^\([a-z]*\):.* ## /\1\t/p' $(MAKEFILE_LIST)

fast: .venv/bin/ruff ## Format, lint and the tests that are not marked slow: under a minute.
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTEST) -m "not slow"

check: .venv/bin/ruff ## Format, lint, types and the whole suite: some minutes.
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(PYTEST)

ci: ## All that review runs, other Pythons and the compiled core included.
	.ci/run

# Set up, and the tools of the checks beside it.
.venv/bin/ruff:
	python3 run.py --help >/dev/null
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[test,lint]'
