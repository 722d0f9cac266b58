# Two commands do everything on a machine with Python 3.11 or newer:
#   make demo   environment, MNIST with checksums, the reference solution of code6 checked, an HTML report
#   make test   all that CI runs
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test wall lint prove content system clean

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "dlgrade needs Python 3.11 or newer; name one with make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(READY)
	$(BIN)/dlgrade data get mnist
	$(BIN)/dlgrade check code6 graders/code6/reference.py --html code6-report.html

# Sandbox and browser for the tests; needs root once, and says so where it cannot.
system:
	sh .ci/system-packages

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

prove: $(READY)
	$(BIN)/dlgrade prove --check

# Numbers, programs and figures of the quizzes and decks, and that nothing in them leads nowhere.
content: $(READY)
	$(BIN)/dlgrade quiz build
	$(BIN)/dlgrade deck build

test: system lint prove content
	$(BIN)/dlgrade data get mnist fashion-mnist
	$(BIN)/pytest -n logical --maxprocesses 4 --dist loadfile

# The whole corpus of hostile and honest submissions. `make test` runs a tenth of it where PROVEN is of today's files.
wall: system $(READY)
	$(BIN)/dlgrade data get mnist
	DLGRADE_WALL=all $(BIN)/pytest tests/wall tests/sandbox/test_sandbox_hostile.py
	$(BIN)/python tests/wall/record.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
