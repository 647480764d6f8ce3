"""The whole product on the fake banks, with an eye that sees every code it shows on the way."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import httpx

from gateway import walk
from gateway.diagnosis import diagnose
from gateway.problems import ProblemError
from gateway.product import Product
from gateway.records import Account, Connection, Organisation, WindowRow
from gateway.store import windows
from gateway.store.database import Database
from gateway.sync import loads, pushes
from providers.contract import Expected, Refused
from sandbox.state import Sandbox
from schemas.cases import Actor, case
from schemas.codes import Code
from schemas.connection import ConnectionStatus
from schemas.coverage import DayState
from schemas.window import DAY, Window
from tests.ladder import calm
from tests.rehearsal import KEY, Rehearsal

ON_THE_WAY = {Code.LOAD_IN_PARTS, Code.LOAD_PERIOD_TOO_LONG, Code.STATEMENT_BEING_PREPARED}
"""What every long load shows or advises while it runs, whatever the story is about."""

TURNS = 25
"""Turns of the event loop in which the banks' pushes arrive."""


class Door(httpx.AsyncBaseTransport):
    """Where the banks' pushes arrive: the product's own ear, without a socket."""

    def __init__(self, product: Product) -> None:
        self._product = product

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hear a push the way the API hears it."""
        _, place, bank, secret = request.url.path.split("/")
        assert place == "push"
        if request.method != "POST":
            return httpx.Response(200, json={"status": "ok"})
        body = await request.aread()
        headers = dict(request.headers)
        try:
            known = await pushes.receive(self._product, bank, secret, headers, body)
        except Refused:
            return httpx.Response(400)
        return httpx.Response(200 if known else 404, json={"status": "ok"})


class Stage(Rehearsal):
    """A rehearsal that can load scenarios, force situations, and tell what it has shown."""

    def __init__(self, sandbox: Sandbox, database: Database, apps: tuple[Any, Any]) -> None:
        extra = {"MOSTIK_SECRET_KEYS": b64encode(KEY).decode()}
        super().__init__(sandbox, database, extra, apps)
        self.shown: set[Code] = set()
        self._connection_id: str | None = None
        self._pushes_refused = 0
        self._usual_http = sandbox.http
        sandbox.http = httpx.AsyncClient(transport=Door(self.product))

    # -- what the story is told with

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Tell the control plane to do something."""
        answer = await self.control.post(f"/control/v1{path}", json=body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def patch(self, path: str, body: Mapping[str, Any]) -> None:
        """Tell the control plane to change something."""
        answer = await self.control.patch(f"/control/v1{path}", json=body)
        assert answer.status_code == 200, answer.text

    async def without_dice(self, *banks: str) -> None:
        """No fault by chance; nobody waits for a bank by the wall's clock."""
        for bank in banks:
            await calm.without_dice(self.control, bank)
            await calm.turn(self.control, bank, hang_seconds=0)

    async def let_push(self, bank: str) -> None:
        """Register our address by hand where the bank has it registered by hand."""
        for knob in await calm.knobs(self.control, bank):
            name = knob["name"]
            if name.startswith(f"{bank}.") and name.endswith(("notification_url", "webhook_url")):
                address = pushes.address(self.product, bank)
                await calm.turn(self.control, bank, **calm.nested(name, address))

    async def begin(self, request: Mapping[str, Any], decision: str = "approve") -> None:
        """Connect by a ready body, as its integrator; then the customer does his part.

        What stops the walk before a connection exists is shown to the integrator at once.
        """
        who = request["organisation"]
        order = walk.Order(
            bank=request["bank"],
            organisation=Organisation(
                id="org_1",
                name=who["name"],
                inn=who.get("inn"),
                kpp=who.get("kpp"),
                ico=who.get("ico"),
            ),
            return_url=request["return_url"],
            history_from=date.fromisoformat(request["history_from"]),
            schedule=request["schedule"],
            expected=tuple(Expected(**one) for one in request["expected_accounts"]),
            credentials=request.get("credentials", {}),
        )
        try:
            made = await walk.connect(self.product, self.tenant_id, order)
        except ProblemError as problem:
            self.shown.add(problem.code)
            return
        self._connection_id = made.id
        await self.customer(made, decision)

    async def customer(self, made: Connection, decision: str = "approve") -> None:
        """The customer goes where the connection sends him, and comes back if the bank lets him."""
        await self.look()
        if made.next.url is None:
            return
        found = await self.post("/authorise", {"url": made.next.url, "decision": decision})
        if found["location"] is None:
            # the bank sends nobody back: who asks why nothing happens is told
            diagnosis = await diagnose(self.product, made)
            self.shown |= {diagnosis.trouble.code} if diagnosis.trouble else set()
            return
        params = dict(httpx.URL(found["location"]).params)
        try:
            await walk.came_back(self.product, made.bank, params)
        except ProblemError as problem:
            self.shown.add(problem.code)
        await self.look()

    async def again(self, *, afresh: bool = False) -> None:
        """The customer authorises anew, as the connection's standing asks for or from scratch."""
        living = await self.mine()
        renewing = living.status is ConnectionStatus.ACTIVE and not afresh
        walking = walk.renew if renewing else walk.reconnect
        try:
            made = await walking(self.product, living)
        except ProblemError as problem:
            self.shown.add(problem.code)
            return
        await self.customer(made)

    async def load_anew(self, days: int) -> None:
        """The integrator asks for the whole period of every account that can be read once more."""
        living = await self.mine()
        today = self.clock.now().date()
        for account in await self.accounts(living.id):
            if account.eligible:
                await loads.start(self.product, account, Window(today - days * DAY, today - DAY))

    async def forget_orders(self) -> None:
        """What was ordered and not yet met is not going to happen."""
        answer = await self.control.delete("/control/v1/inject")
        assert answer.status_code == 200, answer.text

    # -- what is seen

    async def mine(self) -> Connection:
        """The story's connection."""
        assert self._connection_id is not None
        return await self.connection(self._connection_id)

    @property
    def connected(self) -> bool:
        """Whether the story has come as far as a connection."""
        return self._connection_id is not None

    async def settle(self) -> None:
        """Let all that is due be done, pushes be heard, and look."""
        await super().settle()
        for _ in range(TURNS):
            await asyncio.sleep(0)
        await super().settle()
        await self.look()

    async def live(self, span: timedelta) -> None:
        """Live on for a while."""
        await self.run(self.clock.now() + span)

    async def look(self) -> None:
        """Remember what is shown at this instant."""
        self.shown |= await self.codes()

    async def codes(self) -> set[Code]:
        """The codes on connection, accounts, loads and windows now, and those of refused pushes."""
        if self._connection_id is None:
            return set()
        living = await self.mine()
        codes = {living.trouble.code} if living.trouble else set()
        for account in await self.accounts(living.id):
            if account.trouble:
                codes.add(account.trouble.code)
            codes |= await self._of_loads(account.id)
            if await self._in_conflict(account):
                codes.add(Code.STATEMENT_INCOMPLETE)
        refused = self.product.counts.get((living.bank, Code.BANK_PUSH_INVALID.value), 0)
        if refused > self._pushes_refused:
            codes.add(Code.BANK_PUSH_INVALID)
        self._pushes_refused = refused
        return codes

    async def _of_loads(self, account_id: str) -> set[Code]:
        codes: set[Code] = set()
        rows: list[WindowRow] = []
        for load in await self.loads(account_id):
            of_load = await self.database.read(lambda tx, key=load.id: windows.of_load(tx, key))
            rows += of_load
            advice = loads.picture(load, of_load, self.clock.now()).advice
            codes |= {advice} if advice else set()
        codes |= {row.trouble.code for row in rows if row.trouble}
        if any(row.state in {"ordered", "preparing"} for row in rows):
            codes.add(Code.STATEMENT_BEING_PREPARED)
        return codes

    async def _in_conflict(self, account: Account) -> bool:
        """Whether the coverage shows a day whose balances do not add up."""
        if account.history_from is None:
            return False
        span = Window(account.history_from, self.clock.now().date() + DAY)
        return bool((await self.states(account, span))[DayState.CONFLICT.value])

    def told(self, promised: set[Code]) -> set[Code]:
        """Everything shown so far, less what every load shows unless it was promised."""
        return self.shown - (ON_THE_WAY - promised)

    # -- the end

    async def close(self) -> None:
        """Put everything away but the sandbox's apps, which serve the next rung as well."""
        await self.control.aclose()
        await self.product.close()
        sandbox = self.sandbox
        jobs = tuple(sandbox._jobs)
        sandbox._arrivals.forget()
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        await sandbox.http.aclose()
        sandbox.http = self._usual_http


def waits_for_customer(code: Code) -> bool:
    """Whether the case says that the customer has to do something."""
    return case(code).actor is Actor.CUSTOMER
