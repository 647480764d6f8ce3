"""Loads: periods wished for, and how far each has come, also as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from msgspec import Struct

from gateway import records
from gateway.api import views
from gateway.api.accounts import found as account_found
from gateway.api.answering import SAFE, answer, encode, page, ready
from gateway.api.asking import AnyRequest, Id, Page, body, caller_of, language_for, query, unknown
from gateway.api.cursors import SQL_INTEGER_MAX, Shelf
from gateway.api.idempotency import claim_of
from gateway.api.operations import operation
from gateway.problems import ProblemError
from gateway.product import Product
from gateway.records import WindowState
from gateway.store import accounts, connections, windows
from gateway.store.database import Tx
from gateway.sync import loads
from gateway.sync.plan import bank_day
from schemas.cases import Language
from schemas.codes import Code
from schemas.connection import ConnectionStatus
from schemas.problem import Problem
from schemas.window import Window as Days

TAG = "Loads"
PATH = "/loads/{load_id:str}"
NEWEST = (SQL_INTEGER_MAX, "~")
LOOK_EVERY_SECONDS = 0.5
BREATHE_EVERY = 30
"""After so many looks without news a comment is sent, which keeps proxies from hanging up."""


class Loads(Page, frozen=True, kw_only=True):
    """Which loads are wanted."""

    account_id: Id | None = None


class WantedLoad(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A period of bank days of one account; both ends are included."""

    account_id: Id
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")


class Progress(Struct, frozen=True):
    """How many windows have come, of how many."""

    done: int
    total: int


class Window(Struct, frozen=True, kw_only=True):
    """A part of a load; `order` is its place among those that arrived.

    `duplicates` counts the rows that the bank told twice and that stand in the ledger once.
    """

    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    state: WindowState
    attempts: int
    next_attempt_at: datetime | None
    received_at: datetime | None
    order: int | None
    count: int
    duplicates: int
    problem: Problem | None


class Load(Struct, frozen=True, kw_only=True):
    """A load with the parts it came in, or is coming in."""

    id: str
    account_id: str
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    state: Literal["running", "complete", "failed", "cancelled"]
    progress: Progress
    found: int
    eta: datetime | None
    advice_code: Code | None
    windows: list[Window]
    started_at: datetime
    finished_at: datetime | None


def shape(
    load: records.Load, rows: list[records.WindowRow], now: datetime, language: Language
) -> Load:
    """A load in the caller's language."""
    seen = loads.picture(load, rows, now)
    return Load(
        id=load.id,
        account_id=load.account_id,
        first=load.first,
        last=load.last,
        state=load.state,
        progress=Progress(seen.done, seen.total),
        found=seen.found,
        eta=seen.eta,
        advice_code=seen.advice,
        windows=[_window(row, language) for row in rows],
        started_at=load.started_at,
        finished_at=load.finished_at,
    )


def _window(row: records.WindowRow, language: Language) -> Window:
    place = f"/v1/loads/{row.load_id}"
    return Window(
        first=row.first,
        last=row.last,
        state=row.state,
        attempts=row.attempts,
        next_attempt_at=row.due_at,
        received_at=row.received_at,
        order=row.arrival,
        count=row.count,
        duplicates=row.duplicates,
        problem=views.trouble(row.trouble, language, row.bank, place),
    )


@post(
    "/loads",
    status_code=202,
    opt=operation(
        "Load a period of one account",
        TAG,
        body=WantedLoad,
        answer=Load,
        status=202,
        codes=(
            Code.NOT_FOUND,
            Code.PERIOD_INVALID,
            Code.HISTORY_LIMIT_EXCEEDED,
            Code.CONNECTION_CLOSED,
        ),
    ),
)
async def made(product: NamedDependency[Product], request: AnyRequest) -> Response[bytes]:
    """The load as it begins."""
    wanted = await body(request, WantedLoad)
    account = await account_found(product, request, wanted.account_id)
    now = product.clock.now()
    days = _days(product, account, wanted, now)
    claim = claim_of(request)
    language = language_for(request)

    async def work(tx: Tx) -> tuple[records.Load, bytes]:
        await _refuse_unreadable(tx, account)
        living = await accounts.hold(tx, account.id)
        load = await loads.begin(tx, product, living or account, days, now)
        told = encode(shape(load, await windows.of_load(tx, load.id), now, language))
        if claim:
            await claim.keep(tx, told, 202, (("location", f"/v1/loads/{load.id}"),))
        return load, told

    load, told = await product.database.write(work)
    product.wake()
    return ready(told, 202, headers={"location": f"/v1/loads/{load.id}"})


def _days(product: Product, account: records.Account, wanted: WantedLoad, now: datetime) -> Days:
    """The wanted days, as far as the bank can know them."""
    bank = product.banks[account.bank].bank
    today = bank_day(bank, now)
    if wanted.first > wanted.last or wanted.last > today:
        evidence = {"from": str(wanted.first), "to": str(wanted.last), "latest": str(today)}
        field = "to" if wanted.last > today else "from"
        raise ProblemError(Code.PERIOD_INVALID, field=field, evidence=evidence, bank=bank.id)
    depth = bank.capabilities.max_history_days
    limits = [account.found.earliest, today - timedelta(days=depth) if depth else None]
    earliest = max((day for day in limits if day), default=date.min)
    if wanted.first < earliest:
        evidence = {"asked": str(wanted.first), "earliest": str(earliest)}
        raise ProblemError(
            Code.HISTORY_LIMIT_EXCEEDED, field="from", evidence=evidence, bank=bank.id
        )
    return Days(wanted.first, wanted.last)


async def _refuse_unreadable(tx: Tx, account: records.Account) -> None:
    """No load is begun that nobody could work on."""
    if not account.eligible:
        code = Code(account.found.unfit) if account.found.unfit else Code.ACCOUNT_NOT_FOUND
        raise ProblemError(code, field="account_id", trouble=account.trouble, bank=account.bank)
    connection = await connections.find(tx, account.connection_id)
    if connection is not None and connection.status is ConnectionStatus.CLOSED:
        raise ProblemError(Code.CONNECTION_CLOSED, field="account_id", bank=account.bank)


@get(
    "/loads",
    opt=operation(
        "All loads, newest first",
        TAG,
        query=Loads,
        answer=list[Load],
        codes=(Code.NOT_FOUND, Code.CURSOR_INVALID),
    ),
)
async def every(product: NamedDependency[Product], request: AnyRequest) -> Response[bytes]:
    """The tenant's loads, or those of one account."""
    asked = query(request, Loads)
    tenant_id = caller_of(request).tenant_id
    shelf = Shelf(tenant_id, "loads", asked.account_id)
    before = shelf.find(asked.cursor, tuple[int, str], NEWEST)
    now, language = product.clock.now(), language_for(request)

    async def work(tx: Tx) -> tuple[list[Load], tuple[int, str] | None]:
        wanted = asked.account_id
        if wanted and not await accounts.get(tx, tenant_id, wanted):
            raise unknown("account_id")
        rows = await windows.load_page(
            tx, tenant_id, before=before, limit=asked.limit + 1, account_id=wanted
        )
        items = [
            shape(load, await windows.of_load(tx, load.id), now, language)
            for load, _ in rows[: asked.limit]
        ]
        return items, rows[asked.limit - 1][1] if len(rows) > asked.limit else None

    items, last = await product.database.read(work)
    return page(items, shelf.mark(last) if last else None)


async def told(product: Product, tenant_id: str, load_id: str, language: Language) -> Load:
    """A load of a tenant as it stands.

    Raises:
        ProblemError: NOT_FOUND, also when it is somebody else's.
    """

    async def work(tx: Tx) -> tuple[records.Load, list[records.WindowRow]]:
        kept = await windows.load(tx, tenant_id, load_id)
        if kept is None:
            raise unknown("load_id")
        return kept, await windows.of_load(tx, load_id)

    load, rows = await product.database.read(work)
    return shape(load, rows, product.clock.now(), language)


@get(PATH, opt=operation("One load", TAG, answer=Load, codes=(Code.NOT_FOUND,)))
async def one(
    product: NamedDependency[Product], request: AnyRequest, load_id: FromPath[str]
) -> Response[bytes]:
    """A load with its windows, oldest days first."""
    tenant_id = caller_of(request).tenant_id
    return answer(await told(product, tenant_id, load_id, language_for(request)))


@get(
    f"{PATH}/stream",
    opt=operation(
        "One load, told anew whenever it changes until it ends",
        TAG,
        answer=Load,
        kind="events",
        codes=(Code.NOT_FOUND,),
    ),
)
async def streamed(
    product: NamedDependency[Product], request: AnyRequest, load_id: FromPath[str]
) -> Stream:
    """Server-sent events named `load`; each carries the whole object as JSON."""
    tenant_id, language = caller_of(request).tenant_id, language_for(request)
    first = await told(product, tenant_id, load_id, language)
    stopping: asyncio.Event = request.app.state.stopping

    async def events() -> AsyncIterator[bytes]:
        load, said, looks = first, b"", 0
        while True:
            # The estimate moves with the clock alone, which is no news.
            news = encode(msgspec.structs.replace(load, eta=None))
            if news != said:
                yield b"event: load\ndata: %b\n\n" % encode(load)
                said = news
            elif looks % BREATHE_EVERY == 0:
                yield b": still there\n\n"
            if load.state != "running" or await _told_to_stop(stopping):
                return
            looks += 1
            load = await told(product, tenant_id, load_id, language)

    headers = {**SAFE, "x-accel-buffering": "no"}
    return Stream(events(), media_type="text/event-stream", headers=headers)


async def _told_to_stop(stopping: asyncio.Event) -> bool:
    """Wait until it is time to look again; whether the process ends instead."""
    try:
        await asyncio.wait_for(stopping.wait(), LOOK_EVERY_SECONDS)
    except TimeoutError:
        return False
    return True


@delete(
    PATH,
    status_code=200,
    opt=operation("Stop a load and keep what came", TAG, answer=Load, codes=(Code.NOT_FOUND,)),
)
async def cancelled(
    product: NamedDependency[Product], request: AnyRequest, load_id: FromPath[str]
) -> Response[bytes]:
    """The load as it stands; one that is over stays as it ended."""
    tenant_id = caller_of(request).tenant_id

    async def work(tx: Tx) -> None:
        if await windows.load(tx, tenant_id, load_id) is None:
            raise unknown("load_id")
        await windows.cancel(tx, load_id, product.clock.now())

    await product.database.write(work)
    return answer(await told(product, tenant_id, load_id, language_for(request)))


ROUTES = (made, every, one, streamed, cancelled)
