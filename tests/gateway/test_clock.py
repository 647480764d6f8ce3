"""Time as the product hears it: the machine's, or one that is told and may jump."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from gateway.clock import FollowedClock, SystemClock, wall

TOLD = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
URL = "http://clock.example/clock"


class Tower:
    """A clock that others follow."""

    def __init__(self) -> None:
        self.now = TOLD
        self.speed = 0.0
        self.silent = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What it says."""
        del request
        if self.silent:
            raise httpx.ConnectError("nobody there")
        return httpx.Response(200, json={"now": self.now.isoformat(), "speed": self.speed})

    def follower(self) -> FollowedClock:
        """A clock that follows this one."""
        return FollowedClock(URL, httpx.AsyncClient(transport=httpx.MockTransport(self.answer)))


async def test_the_machines_clock_is_aware_and_runs() -> None:
    """A naive instant would be read in whatever zone the machine happens to be in."""
    clock = SystemClock()
    before = clock.now()
    await clock.sleep(timedelta(milliseconds=5))

    assert clock.now().utcoffset() == timedelta(0) == wall().utcoffset()
    assert clock.now() - before >= timedelta(milliseconds=4)
    assert clock.speed == 1.0


async def test_a_followed_clock_says_what_it_was_told() -> None:
    """Standing still, it does not move by itself."""
    tower = Tower()
    clock = tower.follower()
    await clock.ask()
    first = clock.now()
    await asyncio.sleep(0.01)
    still = clock.now()
    tower.now += timedelta(days=180)
    await clock.ask()
    jumped = clock.now()
    await clock.stop()

    assert (first, still, jumped) == (TOLD, TOLD, TOLD + timedelta(days=180))


async def test_between_two_questions_it_goes_on_at_the_told_speed() -> None:
    """Otherwise schedules would move by steps of a quarter of a second."""
    tower = Tower()
    tower.speed = 3600.0
    clock = tower.follower()
    await clock.ask()
    first = clock.now()
    await asyncio.sleep(0.02)
    passed = clock.now() - first
    await clock.stop()

    assert clock.speed == 3600.0
    assert passed >= timedelta(seconds=0.019 * 3600)


async def test_it_goes_on_while_nobody_answers() -> None:
    """A restart of the clock must not stop the product."""
    tower = Tower()
    clock = tower.follower()
    await clock.start()
    tower.silent = True
    with pytest.raises(httpx.ConnectError):
        await clock.ask()
    now = clock.now()
    await clock.stop()

    assert now == TOLD


async def test_what_is_no_clock_is_told_at_the_start() -> None:
    """A wrong CLOCK_URL must not make the product live in 1970."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>"))
    clock = FollowedClock(URL, httpx.AsyncClient(transport=transport))
    with pytest.raises(httpx.DecodingError, match="no clock"):
        await clock.start()
    await clock.stop()


async def test_nobody_sleeps_through_a_jump() -> None:
    """However long the span, a sleeper looks up soon in real time."""
    tower = Tower()
    clock = tower.follower()
    await clock.ask()
    before = time.monotonic()
    await clock.sleep(timedelta(days=365))
    slept = time.monotonic() - before
    await clock.stop()

    assert slept < 5
