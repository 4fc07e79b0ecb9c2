# Everything a person types. Only Git, make and Python >= 3.11 are assumed; the rest is installed into .venv from locks/.
PORT ?= 8000
PYTHON ?= python3
PY := .venv/bin/python
HERE := $(CURDIR)

.PHONY: run demo test check bench soak lock catalogues pictures format clean
.DEFAULT_GOAL := run

# The stamp carries the folder's own path: after a move the command is written anew, without the network.
define install
	@[ -x .venv/bin/uv ] && $(PY) -c '' 2>/dev/null || { \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Aufruf needs Python 3.11 or newer; set PYTHON=..." >&2; exit 1; }; \
	  rm -rf .venv && $(PYTHON) -m venv .venv && $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/uv.txt; }
	@want="$(HERE) $$(cat locks/$(1).txt pyproject.toml | cksum)"; \
	 [ "$$(cat .venv/installed-$(1) 2>/dev/null)" = "$$want" ] || { \
	   $(PY) -m uv pip install --quiet --python $(PY) --require-hashes -r locks/$(1).txt && \
	   $(PY) -m uv pip install --quiet --python $(PY) --offline --no-deps --no-build-isolation --editable . && \
	   echo "$$want" > .venv/installed-$(1); }
endef

run:
	$(call install,run)
	@$(PY) -m app start --port $(PORT)

demo:
	$(call install,run)
	@$(PY) -m app demo --port $(PORT)

test:
	$(call install,dev)
	@$(PY) -m pytest -n 2 $(ARGS)

soak:
	$(call install,dev)
	@AUFRUF_SOAK=1 $(PY) -m pytest -m "soak or not soak" tests/crash tests/hostile tests/browser/test_slow_line.py $(ARGS)

check:
	$(call install,dev)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	$(PY) -m app.locale check
	$(PY) -m app migrate --check

bench:
	$(call install,dev)
	@$(PY) -m benchmarks

format:
	$(call install,dev)
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .

# Catalogues: take new strings from code and templates into every language.
catalogues:
	$(call install,dev)
	@$(PY) -m app.locale update

# The pictures of README and handbooks, from the demonstration.
pictures:
	$(call install,dev)
	@PYTHONPATH=. $(PY) docs/pictures/make.py

# Locks name no host: versions and hashes only.
lock:
	$(call install,dev)
	@uv="$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml"; \
	 echo uv | $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header - -o locks/uv.txt; \
	 $$uv --group install -o locks/run.txt; $$uv --group install --group dev -o locks/dev.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
