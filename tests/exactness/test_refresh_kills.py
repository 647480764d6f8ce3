"""SIGKILL within a token's renewal, at a bank that keeps a used refresh token and at others.

Between the bank's answer and our commit the only copy of a rotated token is in memory. A crash
there may cost the connection, if the bank keeps no reserve; never the knowledge of that.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.exactness.history import BANKS, NOW, History, empty_world
from tests.exactness.processes import Fakes, Hang, House, Template

NAMED = ("before_refresh:1", "after_refresh:1", "before_refresh:2", "after_refresh:2")
PLACES = (*NAMED, "after_refresh:3", *(str(nth) for nth in range(5, 19, 2)))
"""Around each renewal by name, and fail points that a start passes while tokens are renewed."""
FORGIVING = "sber"
"""Keeps a used refresh token for two hours, for exactly this case."""
SETTLES_IN_SECONDS = 60.0
REFUSALS_MAX = 2
SPEED = 1200.0
HABITS = {"delivery": {"every_minutes": 0}}


def settled(history: History, since: datetime) -> dict[str, tuple[str, str | None]]:
    """Every connection's standing once each has been looked at; silence is a failure."""
    began = time.monotonic()
    while time.monotonic() - began < SETTLES_IN_SECONDS:
        found = {bank: history.standing(bank, since) for bank in BANKS}
        if all(found.values()):
            return {bank: standing for bank, standing in found.items() if standing}
        time.sleep(0.05)
    raise Hang(f"silence: {found}")


def token_calls(fakes: Fakes, after: int) -> tuple[Counter[str], int]:
    """How often each bank has refused a renewal since a line of the journal, and the last line."""
    lines: list[dict[str, Any]] = fakes.ask("/journal", since=str(after))["items"]
    refused = [
        line["bank"] for line in lines if line["path"].endswith("/token") and line["status"] >= 400
    ]
    return Counter(refused), max((line["seq"] for line in lines), default=after)


def test_a_kill_within_a_renewal_ends_in_a_working_connection_or_in_a_clear_word(
    tmp_path: Path, bytecode: Path, template: Template, capsys: pytest.CaptureFixture[str]
) -> None:
    """Never in silence, and never in asking a bank for what it has refused."""
    fakes = Fakes(tmp_path, bytecode, now=NOW, speed=0, seed=7)
    house = House(tmp_path / "house", bytecode, fakes, template)
    ends: Counter[tuple[str, str, str | None]] = Counter()
    loops: list[tuple[str, Counter[str]]] = []
    try:
        empty_world(fakes, 7)
        house.start()
        house.wait_ready()
        history = History(fakes, house, 7, tuple(BANKS), HABITS)
        settled(history, fakes.now())
        line = 0
        for place in PLACES:
            house.kill("between trials")
            fakes.tell("/clock", {"advance": "P1DT1H"})
            since = fakes.now()
            _, line = token_calls(fakes, line)
            house.start(place)
            until_dead(house, place)
            house.start()
            house.wait_ready()
            found = settled(history, since)
            refused, line = token_calls(fakes, line)
            if max(refused.values(), default=0) > REFUSALS_MAX:
                loops.append((place, refused))
            for bank, (status, code) in found.items():
                ends[bank, status, code] += 1
                if status != "active":
                    history.reconnect(bank)
            settled(history, since)
        fakes.tell("/clock", {"speed": SPEED})
        until_complete(history)
        differences = history.differences()
    finally:
        house.end()
        fakes.end()
    with capsys.disabled():
        for (bank, status, code), times in sorted(ends.items(), key=str):
            sys.stdout.write(f"\n{bank}: {status} {code or ''} after {times} kills")

    assert loops == []
    assert differences == {}
    assert {end for end in ends if end[1] != "active" and end[2] is None} == set()
    assert {end for end in ends if end[0] == FORGIVING and end[1] != "active"} == set()


def until_dead(house: House, place: str) -> None:
    """Wait for the fail point; every one of these is passed while tokens are renewed."""
    began = time.monotonic()
    while not house.buried(place.partition(":")[0] if ":" in place else "in turn"):
        if time.monotonic() - began > SETTLES_IN_SECONDS:
            raise Hang(f"{place} was not reached")
        time.sleep(0.02)


def until_complete(history: History) -> None:
    """Wait for the loads, which nobody disturbs any more."""
    began = time.monotonic()
    while not history.complete:
        if time.monotonic() - began > SETTLES_IN_SECONDS:
            raise Hang("a load does not end")
        time.sleep(0.05)
