# Every target sets up what it needs: Debian's packages, a virtual environment in .venv, the Python packages.
# `make ARGS='tests/pki -k csr' test` passes its arguments to pytest and skips the coverage.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

VENV := .venv
# `newest` takes the newest releases of all packages instead of the locked ones.
RELEASES := locked
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
WORKERS ?= 2
ARGS ?=
# The layers whose branch coverage must stay high; cli and gui are measured end to end.
COVERED := pki store services tasks console
COVERAGE := $(COVERED:%=--cov=dominoadmin/%) --cov-branch --cov-report=term:skip-covered --cov-fail-under=95

.PHONY: help run tour guide pictures translations test mutants uncompared flips kills test-newest lock lint reformat fixtures bench doc package clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 18

run: packages-run $(READY)  ## open the window; without a display, run `make tour`
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] || [ "$$(uname)" = Darwin ]; then exec $(PYTHON) -m dominoadmin; \
	else echo "There is no display for the window; running make tour on a virtual one."; exec $(MAKE) --no-print-directory tour; fi

tour: packages-tour $(READY)  ## perform all 33 steps in real windows on a virtual screen, in a temporary folder
	@$(PYTHON) -m tests.e2e.tour

pictures: packages-test $(READY)  ## take the pictures again with which tests compare the windows; look at what has changed
	@PICTURES=1 $(PYTHON) -m pytest -n 0 tests/gui/looks/test_pictures.py
	@git status --short tests/gui/looks/pictures

guide: packages-tour $(READY)  ## perform the same steps and take the pictures of docs/guide
	@$(PYTHON) -m tests.e2e.tour --guide docs/guide

test: packages-test $(READY)  ## run all tests; print the coverage report and pytest's summary at the end
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadfile $(if $(strip $(ARGS)),$(ARGS),$(COVERAGE))

mutants: packages-test $(READY)  ## change trust-critical code in many small ways; report what no test notices; ARGS='cycle log'
	@$(PYTHON) -m tests.mutants $(ARGS)

uncompared: packages-test $(READY)  ## list the rows that acts read and do not compare with what was signed; ARGS=tests/tasks
	@$(PYTHON) -m pytest -n 0 -q -p tests.services.uncompared $(if $(strip $(ARGS)),$(ARGS),tests/services tests/tasks)

flips: packages-test $(READY)  ## flip 600 bits of a store with everything in it; each must be told, or change nothing
	@FLIPS=600 $(PYTHON) -m pytest -n 0 tests/flips $(ARGS)

kills: packages-test $(READY)  ## kill acts at 200 random moments; each must be done or not, and can be repeated
	@KILLS=200 $(PYTHON) -m pytest -n $(WORKERS) tests/kills $(ARGS)

test-newest:  ## run lint and all tests with the newest releases in .venv-newest; list those that differ from the lock
	@rm -rf .venv-newest
	@failed=""; for verb in lint test; do \
	  $(MAKE) --no-print-directory VENV=.venv-newest RELEASES=newest $$verb || failed="$$failed $$verb"; \
	done; \
	if [ -x .venv-newest/bin/python ]; then .venv-newest/bin/python packaging/compare_lock.py; fi; \
	if [ -n "$$failed" ]; then echo "Failed with the newest releases:$$failed" >&2; exit 1; fi; \
	echo "Lint and all tests pass with the newest releases."

lock: packages-python  ## renew packaging/requirements.lock; ARGS='--upgrade-package NAME' renews one package only
	@packaging/renew-lock $(ARGS)

lint: $(READY)  ## check the code: ruff with all rules, mypy strict
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy

reformat: $(READY)  ## sort imports and fix what ruff can fix
	@$(PYTHON) -m ruff check --fix .

translations: $(READY)  ## update the catalogs in resources/locale from the texts in the code
	@$(PYTHON) packaging/catalogs.py

fixtures: packages-test $(READY)  ## generate the committed test material again; fail if it differs
	@for script in $$(find tests -name 'make_*.py' | sort); do \
	  stem=$${script##*/make_}; target=$$(ls "$${script%/*}/$${stem%.py}".*); \
	  echo "$$script > $$target"; $(PYTHON) "$$script" > "$$target.new"; mv "$$target.new" "$$target"; \
	done
	@git diff --exit-code --stat -- tests
	@untracked=$$(git ls-files --others --exclude-standard -- tests); \
	  if [ -n "$$untracked" ]; then printf 'Not committed:\n%s\n' "$$untracked"; exit 1; fi

bench: packages-test $(READY)  ## measure performance; compare issuance with `openssl ca`
	@$(PYTHON) -m tests.benchmarks $(ARGS)

doc: $(READY)  ## write docs/cli.md from the commands' help, then check the documents
	@$(PYTHON) packaging/cli_reference.py docs/cli.md
	@$(PYTHON) -m pytest tests/test_house.py

package: $(READY)  ## build the wheel into dist/
	@$(PYTHON) -m pip wheel --quiet --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls -1 dist/*.whl

clean:  ## remove everything that the targets created
	rm -rf $(VENV) .venv-newest dist build .pytest_cache .mypy_cache .ruff_cache .coverage .coverage.* htmlcov
	find . -name __pycache__ -prune -exec rm -rf {} +

.PHONY: packages-python packages-run packages-tour packages-test
packages-python packages-run packages-tour packages-test: packages-%:
	@packaging/debian/install-packages $*

# Made again whenever the list of packages or the lock changes.
$(READY): pyproject.toml packaging/make-venv packaging/requirements.lock | packages-python
	@packaging/make-venv $(VENV) $(RELEASES)
	@touch $@
