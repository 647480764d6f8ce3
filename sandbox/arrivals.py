"""Payments that have just happened: each told to its bank once, at its own instant."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from sandbox.clock import LONGEST_NAP_SECONDS, Clock
from sandbox.entry import Entry
from sandbox.world import Account

Told = Callable[[Account, Entry], Awaitable[None]]


class Arrivals:
    """Entries that lie ahead of the clock, waiting to be pushed when it gets there."""

    def __init__(self, clock: Clock, tell: Told) -> None:
        self._clock = clock
        self._tell = tell
        self._ahead: list[tuple[datetime, str, str, Account, Entry]] = []
        self._waiting: asyncio.Task[None] | None = None

    async def expect(self, account: Account, entries: Iterable[Entry], since: datetime) -> None:
        """Tell those known from `since` to now at once, and wait for those still ahead."""
        now = self._clock.now
        for entry in entries:
            if since <= entry.known_from <= now:
                await self._tell(account, entry)
            elif entry.known_from > now:
                place = (entry.known_from, account.key, entry.bank_id, account, entry)
                heapq.heappush(self._ahead, place)
        if self._ahead and (self._waiting is None or self._waiting.done()):
            self._waiting = asyncio.get_running_loop().create_task(self._wait())
        self._clock.wake()  # the next one may now be an earlier one

    def forget(self) -> None:
        """Expect nothing any more."""
        self._ahead.clear()
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    async def _wait(self) -> None:
        while self._ahead:
            if self._ahead[0][0] > self._clock.now:
                await self._until_next()
                continue
            *_, account, entry = heapq.heappop(self._ahead)
            await self._tell(account, entry)

    async def _until_next(self) -> None:
        left = (self._ahead[0][0] - self._clock.now).total_seconds()
        speed = self._clock.speed
        await self._clock.changed(min(left / speed, LONGEST_NAP_SECONDS) if speed else None)
