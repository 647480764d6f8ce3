"""The whole product among banks that fail in every way: what remains is their truth.

Payments come, days pass, habits turn bad and good again, refusals are forced, consents run out and
are granted anew, the product is stopped and started. When the faults have stopped and the schedule
has run, every ledger is the bank's and every day of a bank that proves is proven.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from shutil import copyfile
from typing import Any, Final, TypeVar

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from gateway import walk
from gateway.records import Connection
from gateway.store.database import open_database
from gateway.sync.plan import bank_day
from sandbox.app import create_apps
from sandbox.banks import BANKS as FAKES
from sandbox.clock import Clock as SandboxClock
from sandbox.state import Sandbox
from schemas.connection import ConnectionStatus
from schemas.window import DAY, Window
from tests.exactness.processes import Template
from tests.rehearsal import BANKS_AT, START, Rehearsal

T = TypeVar("T")

SEEDS: Final = int(os.environ.get("MOSTIK_TEST_SEEDS", "0"))
HISTORY_DAYS = 12
QUIET = timedelta(days=5)
"""Longer than any bank here takes to make up its mind about a day (`settle_days`)."""
STEP_SECONDS = 60.0
"""Real time; a step that has not come to rest by then is asking some bank in circles."""
BANKS = {"sber": ("RU", "RUB"), "tochka": ("RU", "RUB"), "tatra": ("SK", "EUR")}
PROVING = ("sber", "tochka")
HABITS: dict[str, dict[str, Any]] = {
    "late": {"delivery": {"late_share": 0.3}},
    "cut": {"delivery": {"cut_share": 0.3}},
    "twice": {"delivery": {"duplicate_share": 0.4}},
    "drafts": {"delivery": {"changed_share": 0.4}},
    "taken back": {"delivery": {"withdrawn_share": 0.3}},
    "shuffled": {"shuffle_rows": True},
    "broken": {"server_error_share": 0.3},
    "down": {"unavailable_share": 0.5},
    "small pages": {"page_rows": 2},
    "short consent": {"consent_days": 2},
}
REFUSALS = (
    "ACCESS_TOKEN_REJECTED",
    "BANK_FORMAT_CHANGED",
    "BANK_RATE_LIMITED",
    "BANK_REFUSAL_UNRECOGNISED",
    "BANK_UNAVAILABLE",
    "CONSENT_REVOKED",
    "STATEMENT_FAILED",
    "STATEMENT_INCOMPLETE",
    "STATEMENT_LOST",
    "USER_BLOCKED",
)

banks = st.sampled_from(sorted(BANKS))


class World:
    """The fake banks, made once: their applications take longer to build than a run takes."""

    def __init__(self, folder: Path, template: Template) -> None:
        self.sandbox = Sandbox(
            FAKES, clock=SandboxClock(START, speed=0), seed=1, public_url=BANKS_AT
        )
        self.apps = create_apps(self.sandbox)
        self.runner = asyncio.Runner()
        self._folder = folder
        self._template = template
        self._numbers = count()

    def empty(self) -> str:
        """A world without companies at the first instant, and the address of a fresh database."""
        self.sandbox.begin(1)
        self.sandbox.clock.set_now(START)
        for bank in self.sandbox.behaviours:
            self.sandbox.behaviours[bank] = self.sandbox.usual_behaviour(bank)
        file = self._folder / f"{next(self._numbers)}.db"
        copyfile(self._template.file, file)
        return f"sqlite:///{file}"

    def close(self) -> None:
        """Put everything away."""
        self.runner.run(self.sandbox.close())
        self.runner.close()


class Installation(RuleBasedStateMachine):
    """An account in each of three banks, and everything that can happen to them."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.house: Rehearsal | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """See a step through; one that never comes to rest is a failure of its own."""

        async def bounded() -> T:
            async with asyncio.timeout(STEP_SECONDS):
                return await work

        return self.world.runner.run(bounded())

    @property
    def living(self) -> Rehearsal:
        assert self.house is not None
        return self.house

    @initialize(seed=st.integers(0, 1000))
    def connect(self, seed: int) -> None:
        self.url = self.world.empty()
        self.numbers: dict[str, str] = {}
        self.connections: dict[str, str] = {}
        self.run(self.begin(seed))

    async def begin(self, seed: int) -> None:
        await self.start()
        await self.living.prepare()
        for place, (bank, (country, currency)) in enumerate(BANKS.items()):
            company = await self.living.company(country, {bank: [{"currency": currency}]})
            account = company["accounts"][0]
            self.numbers[bank] = account["iban"] or account["number"]
            first = START.date() - timedelta(days=HISTORY_DAYS)
            await self.living.payments(
                self.numbers[bank],
                **{"from": first.isoformat(), "to": (START.date() - DAY).isoformat()},
                count=15,
                seed=seed + place,
                twins=0.2,
                corrections=0.2,
            )
            made = await self.living.connect(
                bank, company, history_days=HISTORY_DAYS, schedule="daily"
            )
            self.connections[bank] = made.id

    async def start(self) -> None:
        tenant_id = self.house.tenant_id if self.house else ""
        database = await open_database(self.url)
        self.house = Rehearsal(self.world.sandbox, database, apps=self.world.apps)
        self.house.tenant_id = tenant_id

    async def stop(self) -> None:
        await self.living.control.aclose()
        await self.living.product.close()

    # -- what happens

    @rule(bank=banks, minor=st.integers(1, 10**6), credit=st.booleans())
    def pay(self, bank: str, minor: int, *, credit: bool) -> None:
        """A payment at this very moment."""

        async def work() -> None:
            item = {
                "direction": "credit" if credit else "debit",
                "amount": f"{minor / 100:.2f}",
                "purpose": f"No {minor}",
            }
            answer = await self.living.control.post(
                f"/control/v1/accounts/{self.numbers[bank]}/payments", json={"items": [item]}
            )
            assert answer.is_success, answer.text

        self.run(work())

    @rule(hours=st.integers(1, 60))
    def live(self, hours: int) -> None:
        self.run(self.living.run_for(hours=hours))

    @rule(bank=banks, habit=st.sampled_from(sorted(HABITS)))
    def turn_bad(self, bank: str, habit: str) -> None:
        self.run(self.living.behaviour(bank, **HABITS[habit]))

    @rule(bank=banks)
    def turn_good(self, bank: str) -> None:
        self.run(self.good(bank))

    async def good(self, bank: str) -> None:
        answer = await self.living.control.delete(f"/control/v1/banks/{bank}/behaviour")
        assert answer.is_success, answer.text

    @rule(bank=banks, code=st.sampled_from(REFUSALS), times=st.integers(1, 3))
    def refuse(self, bank: str, code: str, times: int) -> None:
        """The next fitting answers are a refusal, where this bank knows it."""

        async def work() -> None:
            order = {"bank": bank, "code": code, "times": times}
            answer = await self.living.control.post("/control/v1/inject", json=order)
            assert answer.is_success or "cannot be made" in answer.text, answer.text

        self.run(work())

    @rule()
    def restart(self) -> None:
        async def work() -> None:
            await self.stop()
            await self.start()

        self.run(work())

    @rule(bank=banks)
    def grant_anew(self, bank: str) -> None:
        """The customer comes by, whether anything is wrong or not."""
        self.run(self.authorise(bank))

    async def authorise(self, bank: str) -> None:
        kept = await self.connection(bank)
        renewable = self.living.product.banks[bank].bank.capabilities.renewable
        walking = walk.reconnect
        if kept.status is ConnectionStatus.ACTIVE and renewable:
            walking = walk.renew
        made = await walking(self.living.product, kept)
        if made.next.url:
            await self.living.authorise(bank, made.next.url)

    async def connection(self, bank: str) -> Connection:
        return await self.living.connection(self.connections[bank])

    # -- what remains

    def teardown(self) -> None:
        """The faults stop, the customers grant what has run out, and a few days pass."""
        if self.house is None:
            return
        try:
            if self.connections.keys() == BANKS.keys():
                self.run(self.heal())
                self.run(self.check())
        finally:
            self.run(self.stop())

    async def heal(self) -> None:
        await self.living.control.delete("/control/v1/inject")
        for bank in BANKS:
            await self.good(bank)
        await self.living.run_for(hours=1)
        for bank in BANKS:
            if (await self.connection(bank)).status is not ConnectionStatus.ACTIVE:
                await self.authorise(bank)
        await self.living.run_for(days=QUIET.days)

    async def check(self) -> None:
        found: dict[str, Any] = {}
        for bank, connection_id in self.connections.items():
            (account,) = await self.living.accounts(connection_id)
            different = await self.living.differences(account)
            if any(different.values()):
                found[bank] = different
            assert account.history_from is not None
            today = bank_day(self.living.product.banks[bank].bank, self.living.clock.now())
            span = Window(account.history_from, today - DAY)
            states = await self.living.states(account, span)
            if bank in PROVING and set(states) != {"proven"}:
                found[f"{bank}: days"] = states

        assert found == {}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, template: Template) -> Iterator[World]:
    """The banks of all runs."""
    made = World(tmp_path_factory.mktemp("product"), template)
    yield made
    made.close()


def test_whatever_happens_among_its_banks_the_product_ends_with_their_truth(world: World) -> None:
    """Every fault, in any order; set MOSTIK_TEST_SEEDS to try that many random runs instead."""
    runs: list[Installation] = []
    run_state_machine_as_test(
        partial(_machine, world, runs),  # type: ignore[arg-type]  # whatever makes a machine when called
        settings=settings(
            max_examples=SEEDS or 8,
            derandomize=not SEEDS,
            stateful_step_count=12,
            deadline=None,
            database=None,
            # A run takes a second, and a hundred shorter ones would not make it clearer.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert len(runs) >= (SEEDS or 8)


def _machine(world: World, runs: list[Installation]) -> Installation:
    Installation.world = world
    runs.append(Installation())
    return runs[-1]
