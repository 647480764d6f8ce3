"""SIGKILL at every fail point in turn and at random instants of a first load: nothing is lost.

A load goes on from kill to kill, as it does in a house where the power fails again and again;
when it is complete its ledgers are compared with the banks' books, and a new load begins.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, count, islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec import Struct, field

from tests.exactness.history import BANKS, NOW, History, empty_world
from tests.exactness.processes import Fakes, Hang, House, Template

LANES = 2
KILLS_IN_A_LANE = 76
SPEED = 1200.0
"""Virtual seconds in a second: the next ten days of history come once a second."""
ENDS_IN_SECONDS = 120.0
"""Real time in which a load that nobody disturbs any more must be complete."""
PLACES = ("before_call", "after_call", "before_commit", "after_commit", "after_landing")


class Tally(Struct):
    """What a lane has seen."""

    kills: Counter[str] = field(default_factory=Counter)
    loads: int = 0
    differences: list[Any] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)


def orders(random: Random) -> Iterator[tuple[str, float]]:
    """When to kill next: `(fail point, 0)`, or `("", seconds after the start is ready)`.

    Every fail point since the start in turn; then each kind of place by its own count; between
    them, from time to time, an instant that has nothing to do with any place.
    """
    in_turn = (str(nth) for nth in chain(range(1, 41), count(41, 7)))
    named = (f"{name}:{nth}" for nth in count(1, 2) for name in PLACES)
    while True:
        for place in (*islice(in_turn, 2), next(named)):
            yield place, 0.0
        yield "", random.uniform(-0.8, 0.8)


def lane(number: int, folder: Path, bytecode: Path, template: Template, wanted: int) -> Tally:
    """Kill so many times, however many loads that takes, and end with a whole one."""
    tally = Tally()
    random = Random(number)
    kills = orders(random)
    fakes = Fakes(folder, bytecode, now=NOW, speed=0, seed=number)
    try:
        while tally.kills.total() < wanted:
            house = House(folder / f"house-{tally.loads}", bytecode, fakes, template)
            try:
                one_load(fakes, house, 100 * number + tally.loads, kills, tally)
            finally:
                house.end()
    finally:
        fakes.end()
    return tally


def one_load(
    fakes: Fakes, house: House, seed: int, kills: Iterator[tuple[str, float]], tally: Tally
) -> None:
    """A first load under fire until it is complete, then the comparison."""
    empty_world(fakes, seed)
    house.start()
    house.wait_ready()
    history = History(fakes, house, seed, tuple(BANKS))
    house.kill("connected")
    fakes.tell("/clock", {"speed": SPEED})
    while not history.complete:
        place, seconds = next(kills)
        house.start(place)
        if place:
            until_dead(house, history, place)
        else:
            house.wait_ready() if seconds > 0 else time.sleep(1 + seconds)
            time.sleep(max(0.0, seconds))
            house.kill("any instant")
    # Without a fail point that still waits for its turn.
    house.kill("complete")
    house.start()
    house.wait_ready()
    tally.loads += 1
    tally.kills += house.kills
    tally.starts += house.starts
    if found := history.differences():
        tally.differences.append({"load": tally.loads, "seed": seed, **found})


def until_dead(house: House, history: History, place: str) -> None:
    """Wait for a fail point to kill, or for the load to end without reaching it."""
    began = time.monotonic()
    label = place.partition(":")[0] if ":" in place else "in turn"
    while not house.buried(label):
        if history.complete:
            return
        if time.monotonic() - began > ENDS_IN_SECONDS:
            raise Hang(f"no end after {place}:\n{house.log[-2000:]}")
        time.sleep(0.02)


def test_whatever_instant_it_is_killed_at_the_ledger_ends_equal_to_the_banks(
    tmp_path: Path, bytecode: Path, template: Template, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exactness that only holds for a process that lives is no exactness."""
    wanted = int(os.environ.get("MOSTIK_TEST_KILLS", KILLS_IN_A_LANE * LANES)) // LANES
    with ThreadPoolExecutor(LANES) as pool:
        folders = [tmp_path / f"lane-{number}" for number in range(LANES)]
        for folder in folders:
            folder.mkdir()
        running = [
            pool.submit(lane, number, folder, bytecode, template, wanted)
            for number, folder in enumerate(folders, 1)
        ]
        tallies = [each.result() for each in running]
    kills = sum((tally.kills for tally in tallies), Counter[str]())
    differences = [each for tally in tallies for each in tally.differences]
    loads = sum(tally.loads for tally in tallies)
    starts = sorted(chain.from_iterable(tally.starts for tally in tallies))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{kills.total()} kills in {loads} loads {dict(kills)}: {len(differences)} "
            f"differences; start to ready {starts[len(starts) // 2]:.2f} s in the middle\n"
        )

    assert differences == []
    assert kills.total() >= wanted * LANES
