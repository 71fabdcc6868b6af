# Everything a developer or CI calls. Knows the order of things; how an environment is made is requirements/set-up.sh's.
# Paths are relative throughout, because make cannot hold a path with a space in it.
.POSIX:
.SUFFIXES:
SHELL = /bin/sh
BIN = .venv/bin
SCHEMA = $(BIN)/python -m gatekeeper.adapters.definition.schema
SCHEMA_FILE = schema/cycle.schema.json
SUMMARY = $(BIN)/python -m gatekeeper.adapters.exports.summary_schema
SUMMARY_FILE = schema/summary.schema.json
MAN = $(BIN)/python -m gatekeeper.cli.man_page
MAN_FILE = man/gatekeeper.1
EVENTS = $(BIN)/python -m gatekeeper.adapters.journal.events_page
EVENTS_FILE = runbooks/journal-events.md
RESOLVER = .venv/resolver
UV = $(RESOLVER)/bin/uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.PHONY: help run test test-slow check bench format lock schema man clean set-up set-up-dev lint types lock-fits schema-fits man-fits definitions

help:
	@echo 'make run       set up, and run the main job: the gates of gates/backend-cycle.yaml on examples/backend'
	@echo 'make test      set up, and pass the tests (make test ARGS="-k guard" hands options to pytest)'
	@echo 'make test-slow the tests that take long or want daemons, compilers and peers; CI runs them too'
	@echo 'make check     ruff, mypy, the schema, the manual, the lock and the definitions: what CI asks for beside the tests'
	@echo 'make bench     measure start-up, cost per step and capture, side by side with the alternatives'
	@echo 'make format    write the code in the one format'
	@echo 'make schema    write schema/*.json and the page of the journal anew from their models'
	@echo 'make man       write man/gatekeeper.1 anew from what the commands declare'
	@echo 'make lock      resolve requirements/*.txt anew from pyproject.toml and requirements/*.in'
	@echo 'make clean     remove .venv and caches; evidence in .gatekeeper/ stays'
	@echo
	@echo 'make PYTHON=/path/to/python3.12 run chooses the interpreter of a new environment (3.11 or newer).'

set-up:
	@PYTHON="$(PYTHON)" sh requirements/set-up.sh run

set-up-dev:
	@PYTHON="$(PYTHON)" sh requirements/set-up.sh dev

run: set-up
	@$(BIN)/gatekeeper run backend-cycle $(ARGS)

test: set-up-dev
	@$(BIN)/python -m pytest -m 'not slow' $(ARGS)

test-slow: set-up-dev
	@$(BIN)/python -m pytest -m slow --timeout 240 $(ARGS)

check: lint types lock-fits schema-fits man-fits definitions

lint: set-up-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: set-up-dev
	$(BIN)/mypy

lock-fits: set-up-dev
	$(BIN)/python requirements/check_lock.py

schema-fits: set-up-dev
	@$(SCHEMA) | cmp -s - $(SCHEMA_FILE) || { echo '$(SCHEMA_FILE) is not what the models say; make schema writes it anew' >&2; exit 1; }
	@$(EVENTS) | cmp -s - $(EVENTS_FILE) || { echo '$(EVENTS_FILE) is not what the model says; make schema writes it anew' >&2; exit 1; }
	@$(SUMMARY) | cmp -s - $(SUMMARY_FILE) || { echo '$(SUMMARY_FILE) is not what the models say; make schema writes it anew' >&2; exit 1; }

man-fits: set-up-dev
	@$(MAN) | cmp -s - $(MAN_FILE) || { echo '$(MAN_FILE) is not what the commands declare; make man writes it anew' >&2; exit 1; }

man: set-up-dev
	$(MAN) >$(MAN_FILE).new && mv $(MAN_FILE).new $(MAN_FILE)

schema: set-up-dev
	$(SCHEMA) >$(SCHEMA_FILE).new && mv $(SCHEMA_FILE).new $(SCHEMA_FILE)
	$(SUMMARY) >$(SUMMARY_FILE).new && mv $(SUMMARY_FILE).new $(SUMMARY_FILE)
	$(EVENTS) >$(EVENTS_FILE).new && mv $(EVENTS_FILE).new $(EVENTS_FILE)

definitions: set-up-dev
	$(BIN)/gatekeeper check

bench: set-up-dev
	$(BIN)/python -m benchmarks $(ARGS)

format: set-up-dev
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lock: set-up-dev
	@test -x $(UV) || { $(BIN)/python -m venv $(RESOLVER) && $(RESOLVER)/bin/python -m pip install -qq uv; }
	$(COMPILE) --upgrade pyproject.toml requirements/run.in -o requirements/run.txt
	$(COMPILE) --upgrade --extra dev pyproject.toml requirements/dev.in -o requirements/dev.txt
	$(BIN)/python requirements/check_lock.py

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
