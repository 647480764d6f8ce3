"""The one object behind all routes: time, truth, behaviour, orders, journal and chance."""

import asyncio
import random
import uuid
from collections.abc import Collection, Coroutine, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import httpx
from msgspec import Struct

from sandbox import delivery
from sandbox.arrivals import Arrivals
from sandbox.bank import FakeBank
from sandbox.behaviour import Behaviour
from sandbox.clock import Clock
from sandbox.entry import Entry
from sandbox.injection import Injections
from sandbox.journal import Journal
from sandbox.push import Push, sent
from sandbox.world import Account, World

S = TypeVar("S", bound=Struct)


class Sandbox:
    """Everything a bank's routes need; one instance serves both listeners."""

    def __init__(
        self,
        banks: Sequence[FakeBank],
        *,
        clock: Clock | None = None,
        seed: int = 0,
        public_url: str = "http://127.0.0.1:8800",
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self.banks = tuple(banks)
        self.public_url = public_url.rstrip("/")
        self.http = http or httpx.AsyncClient(timeout=15, trust_env=False)
        self.clock = clock or Clock()
        self._jobs: set[asyncio.Task[None]] = set()
        self._arrivals = Arrivals(self.clock, self._tell)
        self.begin(seed)

    def begin(self, seed: int) -> None:
        """Forget everything but the clock: an empty world under this seed."""
        for job in self._jobs:
            job.cancel()
        self._arrivals.forget()
        self.seed = seed
        self.random = random.Random(seed)
        self.world = World()
        self.injections = Injections()
        self.journal = Journal()
        self.feeds: dict[str, delivery.Feed] = {}
        self.stores: dict[str, Struct] = {bank.id: bank.store() for bank in self.banks}
        self.behaviours: dict[str, Behaviour] = {
            bank_id: self.usual_behaviour(bank_id) for bank in self.banks for bank_id in bank.covers
        }

    @property
    def now(self) -> datetime:
        """The virtual instant, aware, in UTC."""
        return self.clock.now

    def today(self, account: Account) -> date:
        """The bank day at the account's bank."""
        return self.clock.today(account.country)

    def bank(self, bank_id: str) -> FakeBank | None:
        """The bank that serves accounts of this bank id ("csob" is served by Tatra)."""
        return next((bank for bank in self.banks if bank_id in bank.covers), None)

    def store(self, kind: type[S]) -> S:
        """A bank's own state by its type, the one named in its FakeBank."""
        return next(store for store in self.stores.values() if type(store) is kind)

    def behaviour(self, bank_id: str) -> Behaviour:
        """How the bank behaves now; ask each time, it may be patched between two answers."""
        return self.behaviours[bank_id]

    def usual_behaviour(self, bank_id: str) -> Behaviour:
        """How the bank behaves as it comes."""
        bank = self.bank(bank_id)
        return bank.defaults.get(bank_id, Behaviour()) if bank is not None else Behaviour()

    def url(self, bank: str, path: str) -> str:
        """An absolute address below a bank's prefix, as clients see it."""
        return f"{self.public_url}/{bank}{path}"

    def injected(
        self,
        bank: str,
        *,
        account: str | None = None,
        company: str | None = None,
        can: Collection[str] | None = None,
    ) -> str | None:
        """The code that this answer has been ordered to be, one of its times used up, or None."""
        return self.injections.take(bank, account=account, company=company, can=can)

    def chance(self, share: float) -> bool:
        """Whether a fault with this share happens now."""
        return share > 0 and self.random.random() < share

    def uuid(self) -> str:
        """A UUID4 out of the seed."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def token(self, characters: int = 32) -> str:
        """Letters and digits out of the seed."""
        alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        return "".join(self.random.choices(alphabet, k=characters))

    async def add_payments(
        self, account: Account, entries: Iterable[Entry], since: datetime
    ) -> None:
        """Put payments into the books; those known from `since` on are pushed at their instant."""
        rows = list(entries)
        self.world.add_entries(account, rows)
        await self._arrivals.expect(account, rows, since)

    async def expect_ahead(self) -> None:
        """Expect every payment that the world holds ahead of the clock; after an import."""
        for account in self.world.accounts.values():
            ahead = [row for row in self.world.book(account).everything() if row.at > self.now]
            await self._arrivals.expect(account, ahead, since=self.now)

    async def hang(self, bank_id: str) -> None:
        """Keep the asker waiting for the bank's `hang_seconds` of real time."""
        await asyncio.sleep(self.behaviour(bank_id).hang_seconds)

    def released(self, account: Account, first: date, last: date) -> bool:
        """Ask for a stretch of history; whether the bank hands all of it out by now."""
        habits = self.behaviour(account.bank).delivery
        first = max(first, account.opened)  # there is nothing to wait for before that
        return delivery.ask(self._feed(account, first), first, last, habits, self.now)

    def shown(self, account: Account, first: date, last: date) -> list[Entry]:
        """The rows that the bank lets see of first..last now; asks for the stretch as well."""
        habits = self.behaviour(account.bank).delivery
        first = max(first, account.opened)
        feed = self._feed(account, first)
        delivery.ask(feed, first, last, habits, self.now)
        wider = delivery.widened(first, last, habits)
        rows = self.world.ledger(account, *wider, self.now)
        return delivery.shown(rows, feed, habits, now=self.now)

    def cut(self, account: Account, rows: Sequence[Entry]) -> Sequence[Entry]:
        """Maybe lose the tail of one page or answer; call it last, once for each answer."""
        feed = self._feed(account, self.today(account))
        feed.answers += 1
        habits = self.behaviour(account.bank).delivery
        return delivery.cut(rows, habits, feed.answers, account.key)

    def push(
        self,
        bank: str,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
        *,
        tries: int = 1,
        every_seconds: float = 10.0,
        accepted: Iterable[int] = (200,),
    ) -> None:
        """Send in the background, again after `every_seconds` of virtual time until accepted."""
        habits = self.behaviour(bank)
        if not habits.push or self.chance(habits.push_lost_share):
            return
        order = Push(
            bank=bank,
            url=url,
            content=content,
            headers=dict(headers),
            tries=tries,
            every_seconds=every_seconds,
            accepted=frozenset(accepted),
            delay_seconds=habits.push_delay_seconds,
        )
        for _ in range(2 if self.chance(habits.push_duplicate_share) else 1):
            self.background(sent(order, self.http, self.clock, self.journal))

    def background(self, job: Coroutine[Any, Any, None]) -> None:
        """Run something beside the answers; it ends with the sandbox."""
        task = asyncio.get_running_loop().create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def settle(self) -> None:
        """Wait until no background job is left; for tests, with the clock moving or no retries."""
        while self._jobs:
            await asyncio.wait(tuple(self._jobs))

    async def close(self) -> None:
        """End the background jobs and the client for pushes."""
        self._arrivals.forget()
        jobs = tuple(self._jobs)
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        await self.http.aclose()

    async def _tell(self, account: Account, entry: Entry) -> None:
        bank = self.bank(account.bank)
        if bank is not None and self.behaviour(account.bank).push:
            await bank.on_payment(self, account, entry)

    def _feed(self, account: Account, day: date) -> delivery.Feed:
        feed = self.feeds.get(account.key)
        if feed is None:
            feed = self.feeds[account.key] = delivery.opened(
                self.behaviour(account.bank).delivery,
                country=account.country,
                day=day,
                today=self.today(account),
                now=self.now,
            )
        return feed
