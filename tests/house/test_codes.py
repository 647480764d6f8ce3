"""A code is for ever: no line of the frozen list has ever gone or changed its number."""

import subprocess

import pytest

from tests.house.sources import ROOT

FROZEN = "tests/house/codes.txt"


def changed_lines() -> str:
    """Every change that the list has ever seen, oldest last; empty where there is no history."""
    return subprocess.run(
        ["git", "log", "--patch", "--unified=0", "--format=", "--", FROZEN],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def test_no_code_was_ever_removed_or_renumbered() -> None:
    """It stands in an integrator's `if`, in a screenshot and in somebody's memory of a call."""
    history = changed_lines()
    if not history:
        pytest.skip("this copy brings no history to compare with")
    now = set((ROOT / FROZEN).read_text("utf-8").splitlines())
    once = {
        line[1:]
        for line in history.splitlines()
        if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))
    }

    assert sorted(once - now) == []


def test_no_code_and_no_number_is_used_twice() -> None:
    """Two cases under one number would send support to the wrong one."""
    lines = [line.split() for line in (ROOT / FROZEN).read_text("utf-8").splitlines()]
    codes, numbers = zip(*lines, strict=True)

    assert len(set(codes)) == len(set(numbers)) == len(lines)
