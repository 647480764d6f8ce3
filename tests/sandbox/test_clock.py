"""Virtual time flows, jumps and wakes who waits for it."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from sandbox.clock import Clock, bank_day, start_of_day

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


async def test_a_standing_clock_moves_only_when_told() -> None:
    """Tests without sockets rely on time that nobody but they move."""
    clock = Clock(NOON, speed=0)
    await asyncio.sleep(0.01)

    assert clock.now == NOON


async def test_a_fast_clock_passes_half_an_hour_in_a_second() -> None:
    """Speed is virtual seconds in a real one."""
    clock = Clock(NOON, speed=1800)
    await asyncio.sleep(0.05)

    assert timedelta(minutes=1) < clock.now - NOON < timedelta(minutes=30)


async def test_a_change_of_speed_loses_no_time() -> None:
    """The instant stands on, only the pace changes."""
    clock = Clock(NOON, speed=0)
    clock.advance(timedelta(days=180))
    clock.set_speed(0)

    assert clock.now == NOON + timedelta(days=180)


async def test_a_jump_wakes_a_sleeper_on_a_standing_clock() -> None:
    """Retries of pushes must not hang because time stands still."""
    clock = Clock(NOON, speed=0)
    sleeper = asyncio.create_task(clock.sleep(timedelta(hours=3)))
    await asyncio.sleep(0)
    clock.advance(timedelta(hours=2))
    await asyncio.sleep(0.01)
    early = sleeper.done()
    clock.advance(timedelta(hours=1))
    await asyncio.wait_for(sleeper, 1)

    assert early is False


async def test_a_flowing_clock_wakes_a_sleeper_by_itself() -> None:
    """At speed 1800 a minute is a thirtieth of a second."""
    clock = Clock(NOON, speed=1800)
    await asyncio.wait_for(clock.sleep(timedelta(minutes=1)), 1)

    assert clock.now >= NOON + timedelta(minutes=1)


def test_a_naive_instant_is_refused() -> None:
    """An instant without a zone is a different one in Moscow and Bratislava."""
    clock = Clock(NOON, speed=0)

    with pytest.raises(ValueError, match="zone"):
        clock.set_now(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_the_bank_day_turns_at_the_banks_own_midnight() -> None:
    """22:30 UTC is tomorrow in Moscow and still today in Bratislava in winter."""
    late = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)

    assert bank_day(late, "RU") == date(2026, 11, 21)
    assert bank_day(late, "SK") == date(2026, 11, 20)
    assert start_of_day(date(2026, 11, 21), "RU") == datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
