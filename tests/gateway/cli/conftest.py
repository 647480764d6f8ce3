"""A shell with no settings, in an empty folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import mostik

Shell = Callable[..., Result]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Runs `mostik` with some words and settings; what it did with exit code and both outputs."""
    for name in os.environ:
        if name.startswith("MOSTIK_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*words: str, **settings: str) -> Result:
        environment = {f"MOSTIK_{name}": value for name, value in settings.items()}
        return CliRunner().invoke(
            mostik, words, prog_name="mostik", env=environment, catch_exceptions=False
        )

    return run
