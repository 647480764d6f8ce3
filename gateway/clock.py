"""The only place that knows what time it is."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

import httpx
import msgspec
import structlog
from msgspec import Struct

log = structlog.get_logger()

ASK_EVERY_SECONDS = 0.1
SLEEP_MAX_SECONDS = 0.25
"""A followed clock may jump; nobody sleeps through more than this of real time."""


class Clock(Protocol):
    """What the product asks about time."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...

    @property
    def speed(self) -> float:
        """How many seconds pass in one real second; 0 stands still."""
        ...

    async def sleep(self, span: timedelta) -> None:
        """Return when the span has passed or, on a followed clock, when it may have."""
        ...


class SystemClock:
    """The machine's own clock."""

    speed = 1.0

    def now(self) -> datetime:
        """The present instant by the machine."""
        return datetime.now(UTC)

    async def sleep(self, span: timedelta) -> None:
        """Wait in real time."""
        await asyncio.sleep(max(0.0, span.total_seconds()))


def wall() -> datetime:
    """The machine's own time, which leases go by: a virtual clock jumps, a worker does not."""
    return datetime.now(UTC)


class _Told(Struct):
    now: datetime
    speed: float


class FollowedClock:
    """A clock told by `CLOCK_URL`: what it said last, carried on at its speed."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client
        self._told = _Told(datetime.now(UTC), 0.0)
        self._at = time.monotonic()
        self._following: asyncio.Task[None] | None = None

    @property
    def speed(self) -> float:
        """The speed that was told last."""
        return self._told.speed

    def now(self) -> datetime:
        """The told instant plus what has passed since, at the told speed."""
        passed = (time.monotonic() - self._at) * self._told.speed
        return self._told.now + timedelta(seconds=passed)

    async def sleep(self, span: timedelta) -> None:
        """Wait at the told speed, waking early enough to notice a jump."""
        seconds = span.total_seconds() / self.speed if self.speed else SLEEP_MAX_SECONDS
        await asyncio.sleep(min(max(0.0, seconds), SLEEP_MAX_SECONDS))

    async def ask(self) -> None:
        """Hear the time once.

        Raises:
            httpx.HTTPError: when nobody answers or the answer is no clock.
        """
        answer = await self._client.get(self._url)
        answer.raise_for_status()
        try:
            self._told = msgspec.json.decode(answer.content, type=_Told, strict=False)
        except msgspec.DecodeError as odd:
            raise httpx.DecodingError("no clock answers at this address") from odd
        self._at = time.monotonic()

    async def start(self) -> None:
        """Hear the time, then go on hearing it until `stop`."""
        await self.ask()
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Follow no longer."""
        if self._following:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self._client.aclose()

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(ASK_EVERY_SECONDS)
            try:
                await self.ask()
            except httpx.HTTPError as silent:
                log.warning("clock_silent", trouble=type(silent).__name__)
