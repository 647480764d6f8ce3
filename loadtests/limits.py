"""Hold what we do against what the machine can do: `python -m loadtests.limits`.

Prints for each benchmark ours, the limit measured in the same run, their ratio and the target, and
exits with 1 when one is short. What needs the product's code is measured by `tests.measures` in
processes of their own; pages are asked of a `mostik serve` of their own.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from loadtests.children import measured
from loadtests.pages import Served, cold

BUDGET = Path(__file__).with_name("budget.toml")


class Target(Struct, frozen=True):
    """What a benchmark has to reach: at least a ratio, or at most a figure."""

    says: str
    ratio: float | None = None
    most: float | None = None
    stretch: float | None = None


class Result(Struct, frozen=True, omit_defaults=True):
    """What was measured; `parts` says where the time of ours goes."""

    name: str
    ours: float
    unit: str
    ok: bool
    target: float
    limit: float | None = None
    ratio: float | None = None
    parts: dict[str, float] = {}


class Measure(Protocol):
    """A benchmark; `quick` tries it with tiny sizes."""

    def __call__(self, *, quick: bool) -> dict[str, object]:
        """What was found."""
        ...


def _of(module: str, *arguments: str, **small: int) -> Measure:
    """A measure in a process of its own, with its small sizes."""

    def measure(*, quick: bool) -> dict[str, object]:
        sizes = [f"--{name}={value}" for name, value in small.items()] if quick else []
        return measured(module, *arguments, *sizes)

    return measure


MEASURES: dict[str, Measure] = {
    "landing": _of("landing", rows=500, rounds=1),
    "transactions": Served("/v1/transactions?limit=100").measure,
    "changes": Served("/v1/changes?limit=500").measure,
    "codec-sber": _of("codec", "--bank=sber", rows=50, rounds=2),
    "codec-tochka": _of("codec", "--bank=tochka", rows=50, rounds=2),
    "codec-tatra": _of("codec", "--bank=tatra", rows=50, rounds=2),
    "year": _of("year", rows=370, rounds=1),
    "start": partial(cold, "start"),
    "memory": partial(cold, "memory"),
}


def judged(name: str, found: dict[str, object], target: Target) -> Result:
    """A measured figure beside what it has to reach."""
    told = msgspec.convert(found, type=_Found)
    if target.ratio is not None:
        reached = told.ratio if told.ratio is not None else 0.0
        ok, aim = reached >= target.ratio, target.ratio
    else:
        aim = target.most or 0.0
        ok = told.ours <= aim
    return Result(
        name=name, ours=told.ours, unit=told.unit, ok=ok, target=aim, limit=told.limit,
        ratio=told.ratio, parts={**told.parts_us_a_row, **told.parts_s, **told.parts},
    )  # fmt: skip


class _Found(Struct, frozen=True):
    ours: float
    unit: str
    limit: float | None = None
    ratio: float | None = None
    parts_us_a_row: dict[str, float] = {}
    parts_s: dict[str, float] = {}
    parts: dict[str, float] = {}


def line(result: Result) -> str:
    """One result for people."""
    limit = "-" if result.limit is None else _figure(result.limit)
    ratio = "-" if result.ratio is None else f"{result.ratio:.2f}"
    sign = ">=" if result.ratio is not None else "<="
    verdict = "ok" if result.ok else "SHORT"
    return (
        f"{result.name:13} {_figure(result.ours):>9} {limit:>9} {ratio:>6} "
        f"{sign} {result.target:<6g} {verdict:6} {result.unit}"
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _parts(result: Result) -> str:
    told = ", ".join(f"{name} {_figure(value)}" for name, value in result.parts.items())
    return f"{'':13}   {told}"


def main() -> int:
    """Run the chosen benchmarks; 0 when all reach their targets, 1 when one is short."""
    budget = msgspec.convert(tomllib.loads(BUDGET.read_text("utf-8")), type=dict[str, Target])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=tuple(MEASURES), action="append", metavar="NAME")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: tries, proves nothing")
    asked = parser.parse_args()
    if not asked.json:
        print(f"{'':13} {'ours':>9} {'limit':>9} {'ratio':>6} target")
    short = False
    for name in asked.only or MEASURES:
        result = judged(name, MEASURES[name](quick=asked.quick), budget[name])
        short = short or not result.ok
        if asked.json:
            print(msgspec.json.encode(result).decode(), flush=True)
        else:
            print(line(result), flush=True)
            if result.parts:
                print(_parts(result), flush=True)
    return int(short)


if __name__ == "__main__":
    sys.exit(main())
