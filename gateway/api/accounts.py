"""Accounts: what the bank shows, a balance fixed by hand, balances on any day, digests."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta, Struct

from gateway import records
from gateway.api import views
from gateway.api.answering import answer, page
from gateway.api.asking import (
    AnyRequest,
    Id,
    Page,
    Span,
    body,
    caller_of,
    invalid,
    language_for,
    query,
    unknown,
)
from gateway.api.cursors import Shelf
from gateway.api.operations import operation
from gateway.api.periods import period
from gateway.problems import ProblemError
from gateway.product import Product
from gateway.store import accounts, connections, transactions
from gateway.store.database import Tx
from gateway.sync.plan import bank_day
from schemas.codes import Code
from schemas.numbers import NumberInvalid
from schemas.numbers.minor import from_minor, parse_amount, to_minor

TAG = "Accounts"
PATH = "/accounts/{account_id:str}"
START = (0, "")


class Accounts(Page, frozen=True, kw_only=True):
    """Which accounts are wanted."""

    connection_id: Id | None = None


class WantedAnchor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A balance at the end of a day, signed: `"-12.00"`."""

    date: date
    balance: Annotated[str, Meta(max_length=24, pattern=r"^-?[0-9]+(\.[0-9]+)?$")]


class DayDigest(Struct, frozen=True, kw_only=True):
    """One day's rows: how many, and the SHA-256 of their canonical JSON, each ended by LF."""

    date: str
    count: int
    hash: str


class Digest(Struct, frozen=True, kw_only=True):
    """A hash for each day that has rows; canonical JSON has sorted keys and no blanks."""

    account_id: str
    algorithm: str
    days: list[DayDigest]


async def found(product: Product, request: AnyRequest, account_id: str) -> records.Account:
    """An account of the caller's.

    Raises:
        ProblemError: NOT_FOUND, also when it is somebody else's.
    """
    tenant_id = caller_of(request).tenant_id

    async def work(tx: Tx) -> records.Account | None:
        return await accounts.get(tx, tenant_id, account_id)

    kept = await product.database.read(work)
    if kept is None:
        raise unknown("account_id")
    return kept


@get(
    "/accounts",
    opt=operation(
        "All accounts, oldest first",
        TAG,
        query=Accounts,
        answer=list[views.Account],
        codes=(Code.NOT_FOUND, Code.CURSOR_INVALID),
    ),
)
async def every(product: NamedDependency[Product], request: AnyRequest) -> Response[bytes]:
    """The tenant's accounts, or those of one connection."""
    asked = query(request, Accounts)
    tenant_id = caller_of(request).tenant_id
    shelf = Shelf(tenant_id, "accounts", asked.connection_id)
    after = shelf.find(asked.cursor, tuple[int, str], START)

    async def work(tx: Tx) -> list[tuple[records.Account, tuple[int, str]]]:
        wanted = asked.connection_id
        if wanted and not await connections.get(tx, tenant_id, wanted):
            raise unknown("connection_id")
        return await accounts.page(
            tx, tenant_id, after=after, limit=asked.limit + 1, connection_id=wanted
        )

    rows = await product.database.read(work)
    language = language_for(request)
    items = [views.account(kept, language) for kept, _ in rows[: asked.limit]]
    more = len(rows) > asked.limit
    return page(items, shelf.mark(rows[asked.limit - 1][1]) if more else None)


@get(PATH, opt=operation("One account", TAG, answer=views.Account, codes=(Code.NOT_FOUND,)))
async def one(
    product: NamedDependency[Product], request: AnyRequest, account_id: FromPath[str]
) -> Response[bytes]:
    """An account as it stands."""
    kept = await found(product, request, account_id)
    return answer(views.account(kept, language_for(request)))


@put(
    f"{PATH}/anchor",
    opt=operation(
        "Fix the balance at the end of a day",
        TAG,
        body=WantedAnchor,
        answer=views.Account,
        codes=(Code.NOT_FOUND, Code.PERIOD_INVALID),
    ),
)
async def anchored(
    product: NamedDependency[Product], request: AnyRequest, account_id: FromPath[str]
) -> Response[bytes]:
    """The account with its anchor, from which balances of other days are computed."""
    wanted = await body(request, WantedAnchor)
    kept = await found(product, request, account_id)
    today = bank_day(product.banks[kept.bank].bank, product.clock.now())
    if wanted.date > today:
        raise ProblemError(Code.PERIOD_INVALID, field="date", evidence={"latest": str(today)})
    anchor = records.Anchor(wanted.date, _signed(wanted.balance, kept.found.currency))

    async def work(tx: Tx) -> records.Account:
        living = await accounts.hold(tx, kept.id)
        changed = msgspec.structs.replace(living or kept, anchor=anchor)
        await accounts.save(tx, changed)
        return changed

    return answer(views.account(await product.database.write(work), language_for(request)))


def _signed(text: str, currency: str) -> str:
    """A signed amount with the currency's own number of digits."""
    try:
        minor = to_minor(parse_amount(text.removeprefix("-"), currency), currency)
    except NumberInvalid as odd:
        raise invalid("balance", f"{odd}.") from odd
    return from_minor(-minor if text.startswith("-") else minor, currency)


@get(
    f"{PATH}/digest",
    opt=operation(
        "One hash for each day's rows, to verify a copy by",
        TAG,
        query=Span,
        answer=Digest,
        codes=(Code.NOT_FOUND, Code.PERIOD_INVALID),
    ),
)
async def digested(
    product: NamedDependency[Product], request: AnyRequest, account_id: FromPath[str]
) -> Response[bytes]:
    """Days without rows are not listed; their hash would be that of nothing."""
    asked = query(request, Span)
    kept = await found(product, request, account_id)
    span = await period(product, kept, asked)

    async def work(tx: Tx) -> list[tuple[str, str, int]]:
        return await transactions.digests(tx, kept.id, span.first, span.last)

    days = await product.database.study(work)
    return answer(
        Digest(
            account_id=kept.id,
            algorithm="sha256",
            days=[DayDigest(date=day, count=count, hash=told) for day, told, count in days],
        )
    )


ROUTES = (every, one, anchored, digested)
