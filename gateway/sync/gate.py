"""Who may call a bank now: a bulkhead, the bank's pace, and a breaker for each operation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol

from limits import RateLimitItemPerSecond
from limits.aio.strategies import MovingWindowRateLimiter

from gateway.clock import Clock
from providers.contract import Unreachable
from providers.transport import IN_FLIGHT_MAX
from schemas.bank import Bank

FAILURES_TO_OPEN = 8
OPEN_FOR = timedelta(seconds=30)
TRY_EVERY_SECONDS = 0.05
UNPACED_PER_SECOND = 1_000
"""On a clock so fast that a pace is beyond this, pacing costs more than it prevents."""


class Closing(Protocol):
    """The part of a breaker that other modules need."""

    def trouble(self, operation: str) -> None:
        """The bank answered, and the answer says that it is down."""
        ...


class Gate:
    """The one way to a bank's wire; shared by everything in this process that calls it."""

    def __init__(self, bank: Bank, clock: Clock, limiter: MovingWindowRateLimiter) -> None:
        self._bank = bank
        self._clock = clock
        self._limiter = limiter
        self._places = asyncio.Semaphore(IN_FLIGHT_MAX)
        self._failures: dict[str, int] = {}
        self._open_until: dict[str, datetime] = {}

    @asynccontextmanager
    async def admit(self, operation: str) -> AsyncIterator[None]:
        """Wait for a place and the pace; refuse at once while the operation is known to be down.

        Raises:
            Unreachable: while the breaker is open.
        """
        self._pass_breaker(operation)
        async with self._places:
            await self._keep_pace()
            try:
                yield
            except Unreachable:
                self.trouble(operation)
                raise
            self._failures.pop(operation, None)
            self._open_until.pop(operation, None)

    def trouble(self, operation: str) -> None:
        """Count a failure; enough of them in a row open the breaker."""
        self._failures[operation] = self._failures.get(operation, 0) + 1
        if self._failures[operation] >= FAILURES_TO_OPEN:
            self._open_until[operation] = self._clock.now() + OPEN_FOR

    def _pass_breaker(self, operation: str) -> None:
        until = self._open_until.get(operation)
        if until is None:
            return
        if self._clock.now() < until:
            raise Unreachable("connection", f"{self._bank.id} has been failing; waiting a little")
        # Half open: this call is the probe, the others wait for what it finds.
        self._open_until[operation] = self._clock.now() + OPEN_FOR

    async def _keep_pace(self) -> None:
        pace = self._bank.capabilities.calls_per_second
        if pace is None:
            return
        per_second = int(pace * (self._clock.speed or 1.0))
        if per_second > UNPACED_PER_SECOND:
            return
        item = RateLimitItemPerSecond(max(1, per_second))
        while not await self._limiter.hit(item, self._bank.id):  # noqa: ASYNC110 - time frees it
            await asyncio.sleep(TRY_EVERY_SECONDS)
