"""Ruff and mypy as tests, so that one command says whether a change is fit to go in."""

import subprocess
import sys

import pytest

from tests.house.sources import ROOT

COMMANDS = {
    "ruff finds nothing": ["ruff", "check", "--quiet", "--output-format=concise", "."],
    "ruff would format nothing": ["ruff", "format", "--check", "--output-format=concise", "."],
    "mypy finds nothing": ["mypy", "--no-error-summary"],
}


@pytest.mark.parametrize("claim", COMMANDS)
def test_the_tools_are_content(claim: str) -> None:
    """What a tool can see, a reviewer need not look for."""
    run = subprocess.run(
        [sys.executable, "-m", *COMMANDS[claim]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
