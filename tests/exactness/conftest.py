"""What the tests with processes share for a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exactness.processes import Template


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs keep their compiled modules between starts."""
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """An empty installation."""
    return Template(tmp_path_factory.mktemp("template"))
