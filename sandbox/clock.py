"""Virtual time: the only place in this room that looks at a real clock."""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONES = {"RU": ZoneInfo("Europe/Moscow"), "SK": ZoneInfo("Europe/Bratislava")}

# A sleeper looks again at least this often, in real time: float error must not oversleep a jump.
LONGEST_NAP_SECONDS = 60.0


class Clock:
    """One time for all banks: `speed` 0 stands still, 1 is real, 1800 is half an hour a second."""

    def __init__(self, now: datetime | None = None, speed: float = 1.0) -> None:
        self._speed = float(speed)
        self._anchor = _utc(now) if now is not None else datetime.now(UTC)
        self._anchor_tick = time.monotonic()
        self._sleepers: set[asyncio.Future[None]] = set()

    @property
    def now(self) -> datetime:
        """The virtual instant, aware, in UTC."""
        elapsed = (time.monotonic() - self._anchor_tick) * self._speed
        return self._anchor + timedelta(seconds=elapsed)

    @property
    def speed(self) -> float:
        """Virtual seconds in a real one."""
        return self._speed

    def today(self, country: str) -> date:
        """The bank day in that country's zone ("RU" Moscow, "SK" Bratislava)."""
        return bank_day(self.now, country)

    def set_now(self, now: datetime) -> None:
        """Jump to an instant, forward or back; a naive instant is a ValueError."""
        self._anchor = _utc(now)
        self._anchor_tick = time.monotonic()
        self.wake()

    def set_speed(self, speed: float) -> None:
        """Go on from this instant at another speed; a negative speed is a ValueError."""
        if speed < 0:
            raise ValueError("time cannot run backwards: speed must be 0 or more")
        self._anchor = self.now
        self._anchor_tick = time.monotonic()
        self._speed = float(speed)
        self.wake()

    def advance(self, by: timedelta) -> None:
        """Jump by a duration; the sleepers it passes wake at once."""
        self.set_now(self.now + by)

    async def sleep_until(self, instant: datetime) -> None:
        """Return when the virtual clock has reached the instant, by flow or by jump."""
        while (left := (instant - self.now).total_seconds()) > 0:
            nap = None if self._speed == 0 else min(left / self._speed, LONGEST_NAP_SECONDS)
            await self.changed(nap)

    async def sleep(self, duration: timedelta) -> None:
        """Sleep for a stretch of virtual time."""
        await self.sleep_until(self.now + duration)

    async def changed(self, timeout_seconds: float | None = None) -> None:
        """Return at the next jump or change of speed, or after that many real seconds."""
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.add(sleeper)
        try:
            await asyncio.wait((sleeper,), timeout=timeout_seconds)
        finally:
            self._sleepers.discard(sleeper)

    def wake(self) -> None:
        """Let all sleepers look again."""
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)


def bank_day(instant: datetime, country: str) -> date:
    """The day that a bank of that country writes on what happens at this instant."""
    return instant.astimezone(ZONES[country]).date()


def start_of_day(day: date, country: str) -> datetime:
    """The first instant of a bank day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONES[country]).astimezone(UTC)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC)
