"""The benchmarks themselves: that each runs and is judged by its target, never how fast it is."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import msgspec
import pytest

from loadtests import limits
from loadtests.children import ROOT
from loadtests.limits import MEASURES, Result, Target, judged

AT_LEAST = Target(says="a ratio", ratio=0.4)
AT_MOST = Target(says="a figure", most=2.0)


def test_each_benchmark_has_its_target() -> None:
    """One without a target would be green whatever it finds."""
    budget = tomllib.loads(limits.BUDGET.read_text("utf-8"))

    assert list(MEASURES) == list(budget)


@pytest.mark.parametrize("name", ["landing", "codec-sber", "codec-tochka", "codec-tatra", "year"])
def test_a_measure_runs_and_tells_its_parts(name: str) -> None:
    """A benchmark that broke unseen is worse than none: it is believed when it is needed."""
    run = subprocess.run(
        [sys.executable, "-m", "loadtests.limits", "--quick", "--json", "--only", name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    told = msgspec.json.decode(run.stdout, type=Result)

    assert run.returncode == int(not told.ok), run.stderr
    assert told.name == name
    assert told.ours > 0
    assert len(told.parts) >= 3


def test_a_page_is_measured_on_a_server_of_its_own() -> None:
    """The server, the fixed bytes and the client are three processes that have to find another."""
    told = judged("transactions", MEASURES["transactions"](quick=True), AT_LEAST)

    assert told.ratio is not None
    assert told.ratio > 0
    assert told.limit is not None


@pytest.mark.parametrize(
    ("found", "target", "verdict"),
    [
        ({"ours": 50.0, "limit": 100.0, "ratio": 0.5, "unit": "rows/s"}, AT_LEAST, True),
        ({"ours": 39.0, "limit": 100.0, "ratio": 0.39, "unit": "rows/s"}, AT_LEAST, False),
        ({"ours": 1.9, "unit": "s"}, AT_MOST, True),
        ({"ours": 2.1, "unit": "s"}, AT_MOST, False),
        ({"ours": 2.1, "unit": "rows/s"}, AT_LEAST, False),
    ],
)
def test_a_figure_is_judged_by_its_target(
    found: dict[str, object], target: Target, verdict: object
) -> None:
    """A ratio has to be reached, a figure not to be passed; a ratio that is missing is short."""
    assert judged("each", found, target).ok is verdict
