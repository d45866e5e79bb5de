# What a contributor types.  A fresh machine needs git, make and Python 3.11 or later; `make demo` and `make test`
# fetch the rest: the virtual environment always, tmux (and for tests bubblewrap and Chromium) where the package manager
# may be used.

VENV = .venv
BIN = $(VENV)/bin
PACKAGES = swarm board inbox
# loadgroup: tests that share something costly may ask for one process by the xdist_group mark.
PYTEST = $(BIN)/python -m pytest -n auto --dist loadgroup --durations 10 --durations-min 1

CLIS = $(BIN)/python -m pytest -p no:xdist -m clis tests/clis

.PHONY: help demo test test-agents check lint types fast campaign faults mutants bench replay format venv tmux bubblewrap chromium clean

help:
	@echo 'make demo     a toy repository and scripted workers, from nothing to merged'
	@echo 'make test     lint, types and the whole test suite'
	@echo 'make test-agents  real coding CLIs, installed into .clis/, in real runs against a scripted model on loopback'
	@echo 'make check    lint, types and the tests that take no time'
	@echo 'make campaign kill, interrupt and race real runs at random; takes minutes'
	@echo 'make faults   break runs in every way we know, and look; takes half an hour'
	@echo 'make mutants  take protections out of the product one by one, and see that a trial tells; minutes'
	@echo 'make bench    measure what the board costs; minutes, on a machine that does nothing else'
	@echo 'make replay   have the swarm replay 120 and 300 commits with everything odd in them; takes minutes'
	@echo 'make lint     ruff only          make types    mypy only'
	@echo 'make format   let ruff mend what it can'
	@echo 'make clean    remove the virtual environment and all caches'

demo: venv tmux
	$(BIN)/swarm demo

test: venv tmux bubblewrap chromium lint types
	$(PYTEST)

# SWARM_CLIS=DIRECTORY uses a prefix that has them already.
test-agents: venv
	$(CLIS)

check: venv lint types fast

lint: venv
	$(BIN)/ruff check .

types: venv
	$(BIN)/mypy

fast: venv
	$(PYTEST) -m 'not slow and not tmux and not clis'

campaign: venv tmux
	$(PYTEST) -m 'slow and not large'

faults: venv tmux
	$(BIN)/python tests/faults --whole --results faults.jsonl

mutants: venv tmux
	$(BIN)/python tests/mutants

bench: venv
	$(BIN)/python benchmarks/kanban.py

replay: venv tmux
	$(BIN)/python -m pytest -m large --durations 0 tests/examples

format: venv
	$(BIN)/ruff check --fix .

# Both look first and do nothing when nothing is missing.
venv:
	@sh tools/make-venv.sh $(VENV)

tmux:
	@sh tools/ensure-tmux.sh

# Only tests need it; they are skipped where it can't be had.
bubblewrap:
	@sh tools/ensure-bubblewrap.sh

chromium:
	@sh tools/ensure-chromium.sh

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +
