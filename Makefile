# `make demo` and `make test` need Python 3.11 to 3.13, make and git; they set up .venv themselves.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
COMPILE := $(UV) pip compile pyproject.toml --group dev --extra postgres --universal --python-version 3.11 \
	--generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.PHONY: demo test test-long test-extras lint format lock models docs images clean

demo: .venv/.ok
	$(BIN)/expdb demo

# Bytecode is written whatever the environment says: without it each of a hundred processes compiles torch again.
PYTEST := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

test: .venv/.ok
	$(PYTEST) --dist worksteal $(TESTFLAGS)

# What another test proves of the same code, at another width or once more: too long for every change.
test-long: .venv/.ok
	$(PYTEST) -m long $(TESTFLAGS)

# Trainings by Lightning, Transformers, Keras and timm's way, for real, in an environment of their own.
test-extras: .venv-extras/.ok
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 KERAS_BACKEND=torch .venv-extras/bin/python -m pytest tests/extras -o filterwarnings= $(TESTFLAGS)

lint: .venv/.ok
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: .venv/.ok
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Newer versions, but none younger than a week: a bad release is usually found out by then. No address may be in it.
lock: $(UV)
	$(COMPILE) --upgrade --exclude-newer "$$($(PYTHON) -c 'import datetime as d; print(d.date.today() - d.timedelta(7))')" -q -o requirements.lock
	! grep -nE '(https?|file)://|^--' requirements.lock

# After a new timm: the list of its architectures that names are checked against.
models: .venv/.ok
	$(BIN)/python -m expdb.train.model.list_timm_models > timm_models.tmp && mv timm_models.tmp expdb/catalog/timm_models.csv

docs: .venv/.ok
	$(BIN)/python docs/build.py
	$(BIN)/python docs/cookbook.py

# The pictures of the README are screenshots taken by the browser test.
images: .venv/.ok
	EXPDB_SCREENSHOTS=docs/images $(BIN)/python -m pytest -q -m browser

clean:
	rm -rf .venv .venv-extras dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage

$(UV):
	$(PYTHON) -c 'import sys; v = sys.version_info; assert (3, 11) <= v < (3, 14), f"expdb needs Python 3.11 to 3.13, this is {v.major}.{v.minor}: make PYTHON=python3.12"'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check uv==0.13.8

.venv/.ok: $(UV) requirements.lock pyproject.toml
	$(UV) pip sync -q --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

.venv-extras/.ok: .venv/.ok
	$(UV) venv -q --allow-existing --python $(BIN)/python .venv-extras
	$(UV) pip install -q --python .venv-extras/bin/python --constraint requirements.lock \
		-r pyproject.toml --extra lightning --extra transformers --group extras
	$(UV) pip install -q --python .venv-extras/bin/python --no-deps --no-build-isolation --editable .
	touch $@
