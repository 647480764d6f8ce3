# The front door. `make demo` shows the product, `make test` proves it; both begin from nothing but
# make and Python 3.11 or later. uv is used where it is there, plain venv and pip where it is not.

# 3.12 and 3.11 first: for them every file of the lock comes built; later ones need a C compiler.
PYTHON ?= $(firstword $(foreach name,python3.12 python3.11 python3 python3.13,$(if \
    $(shell $(name) -c 'import sys; print(sys.version_info >= (3, 11))' 2>&1 | grep -x True),$(name))))
INSTALLED := .venv/installed
BIN := .venv/bin

.PHONY: demo test browser lock pages

demo: $(INSTALLED)
	$(BIN)/python -m loadtests.demo $(if $(KEEP),--keep)

test: $(INSTALLED) browser
	$(BIN)/pytest

# The browser tests skip with a reason where no browser can be had; with CI=true they fail.
browser: $(INSTALLED)
	@$(BIN)/python -m tests.browser

# The lock pins every file by hash; the project itself then needs no network: what builds it is
# in the lock too. The stamp makes a second `make` start at once.
$(INSTALLED): requirements.lock pyproject.toml
ifneq ($(shell command -v uv),)
	uv venv --quiet --allow-existing --python $(or $(PYTHON),3.12) .venv
	uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	uv pip install --quiet --python $(BIN)/python --offline --no-deps --no-build-isolation -e .
else
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; say which: make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-index --no-deps --no-build-isolation -e .
endif
	@touch $@

# For those who change dependencies (needs uv): versions and hashes, never a host.
lock:
	uv export --quiet --no-emit-project --all-extras --no-header -o requirements.lock >/dev/null

# Writes the pages that are made from code: docs/api.md, docs/cli.md, docs/banks/README.md.
pages: $(INSTALLED)
	$(BIN)/python -m tests.house.pages
