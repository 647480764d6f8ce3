"""Transactions: pages of the ledger, one row, and the customer's review of rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta, Struct

from gateway.api.answering import page_of_docs, ready
from gateway.api.asking import AnyRequest, Id, Page, body, caller_of, invalid, query, unknown
from gateway.api.cursors import Shelf
from gateway.api.idempotency import claim_of
from gateway.api.operations import operation
from gateway.problems import ProblemError
from gateway.product import Product
from gateway.store import accounts, connections, transactions
from gateway.store.database import Row, Tx
from schemas.codes import Code
from schemas.transaction import Direction, Review, Transaction

TAG = "Transactions"
REVIEWED_MAX = 500


class Transactions(Page, frozen=True, kw_only=True):
    """Which rows are wanted; `q` looks into purpose, counterparty, symbols, number and amount."""

    account_id: Id | None = None
    connection_id: Id | None = None
    first: date | None = msgspec.field(name="from", default=None)
    last: date | None = msgspec.field(name="to", default=None)
    direction: Direction | None = None
    review: Review | None = None
    q: Annotated[str, Meta(max_length=200)] | None = None


Ids = Annotated[list[Id], Meta(max_length=REVIEWED_MAX)]


class Decisions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ids of rows to confirm, to reject, and to put back to new."""

    confirm: Ids = []
    reject: Ids = []
    restore: Ids = []


@get(
    "/transactions",
    opt=operation(
        "Rows of the ledger, newest first",
        TAG,
        query=Transactions,
        answer=list[Transaction],
        codes=(Code.NOT_FOUND, Code.PERIOD_INVALID, Code.CURSOR_INVALID),
    ),
)
async def every(product: NamedDependency[Product], request: AnyRequest) -> Response[bytes]:
    """Rejected rows are there only when asked for."""
    asked = query(request, Transactions)
    tenant_id = caller_of(request).tenant_id
    wanted = _filter(asked)
    shelf = Shelf(tenant_id, "transactions", wanted)
    before = shelf.find(asked.cursor, tuple[str, str], transactions.NEWEST)

    async def work(tx: Tx) -> Sequence[Row]:
        if asked.account_id and not await accounts.get(tx, tenant_id, asked.account_id):
            raise unknown("account_id")
        if asked.connection_id and not await connections.get(tx, tenant_id, asked.connection_id):
            raise unknown("connection_id")
        return await transactions.page(tx, tenant_id, wanted, before, asked.limit + 1)

    database = product.database
    # A search reads rows until it has found enough, which may be all of them.
    rows = await (database.study(work) if asked.q else database.glance(work))
    cursor = None
    if len(rows) > asked.limit:
        rows = rows[: asked.limit]
        cursor = shelf.mark(tuple(rows[-1])[1:])
    return page_of_docs([row[0] for row in rows], cursor)


def _filter(asked: Transactions) -> transactions.Filter:
    if asked.first and asked.last and asked.first > asked.last:
        evidence = {"from": str(asked.first), "to": str(asked.last)}
        raise ProblemError(Code.PERIOD_INVALID, field="from", evidence=evidence)
    return transactions.Filter(
        account_id=asked.account_id,
        connection_id=asked.connection_id,
        first=asked.first,
        last=asked.last,
        direction=asked.direction,
        review=asked.review,
        words=asked.q or None,
    )


@get(
    "/transactions/{transaction_id:str}",
    opt=operation("One row", TAG, answer=Transaction, codes=(Code.NOT_FOUND,)),
)
async def one(
    product: NamedDependency[Product], request: AnyRequest, transaction_id: FromPath[str]
) -> Response[bytes]:
    """A row as it stands; one that the bank took back is no longer there."""
    tenant_id = caller_of(request).tenant_id

    async def work(tx: Tx) -> bytes | None:
        return await transactions.get(tx, tenant_id, transaction_id)

    doc = await product.database.read(work)
    if doc is None:
        raise unknown("transaction_id")
    return ready(doc)


@post(
    "/transactions/review",
    status_code=200,
    opt=operation(
        "Confirm, reject or restore rows",
        TAG,
        body=Decisions,
        answer=list[Transaction],
        codes=(Code.NOT_FOUND,),
    ),
)
async def reviewed(product: NamedDependency[Product], request: AnyRequest) -> Response[bytes]:
    """The rows as they stand afterwards; when one is unknown, none is changed."""
    asked = await body(request, Decisions)
    tenant_id = caller_of(request).tenant_id
    decisions = _decisions(asked)
    claim = claim_of(request)
    now = product.clock.now()

    async def work(tx: Tx) -> Response[bytes]:
        missing = await transactions.review(tx, tenant_id, decisions, now)
        if missing is not None:
            raise unknown(_place(asked, missing))
        docs = [await transactions.get(tx, tenant_id, row_id) for row_id, _ in decisions]
        made = page_of_docs([doc for doc in docs if doc], None)
        if claim:
            await claim.keep(tx, made.content, 200)
        return made

    return await product.database.write(work)


def _decisions(asked: Decisions) -> Sequence[tuple[str, Review]]:
    told: list[tuple[str, Review]] = [(each, "confirmed") for each in asked.confirm]
    told += [(each, "rejected") for each in asked.reject]
    told += [(each, "new") for each in asked.restore]
    if len({each for each, _ in told}) != len(told):
        raise invalid("confirm", "A row stands in these lists once at most.")
    return told


def _place(asked: Decisions, missing: str) -> str:
    """Which of the given ids is unknown, by its place and not by its name."""
    lists = {"confirm": asked.confirm, "reject": asked.reject, "restore": asked.restore}
    return next(f"{name}[{ids.index(missing)}]" for name, ids in lists.items() if missing in ids)


ROUTES = (every, one, reviewed)
