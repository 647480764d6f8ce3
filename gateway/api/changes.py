"""The change feed: whoever keeps page and cursor together ends with exactly our ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from litestar import Response, get
from litestar.di import NamedDependency
from msgspec import Struct

from gateway.api.answering import ready
from gateway.api.asking import AnyRequest, Id, Page, caller_of, query, unknown
from gateway.api.cursors import Shelf
from gateway.api.operations import operation
from gateway.product import Product
from gateway.store import accounts, feed
from gateway.store.database import Tx
from schemas.codes import Code
from schemas.transaction import Transaction

TAG = "Transactions"


class Changes(Page, frozen=True, kw_only=True):
    """From where on, and whose changes are wanted."""

    account_id: Id | None = None


class Change(Struct, frozen=True):
    """One change with the row as it is after it; a removed row is told as it was last."""

    seq: int
    type: Literal["added", "modified", "removed"]
    transaction: Transaction
    at: datetime


class ChangePage(Struct, frozen=True):
    """A page of the feed; `next_cursor` is always there, and good for ever."""

    items: list[Change]
    next_cursor: str
    has_more: bool


@get(
    "/changes",
    opt=operation(
        "What was added, modified and removed, in order",
        TAG,
        query=Changes,
        answer=ChangePage,
        codes=(Code.NOT_FOUND, Code.CURSOR_INVALID),
    ),
)
async def every(product: NamedDependency[Product], request: AnyRequest) -> Response[bytes]:
    """The changes after a cursor; without one, from the beginning."""
    asked = query(request, Changes)
    tenant_id = caller_of(request).tenant_id
    shelf = Shelf(tenant_id, "changes", asked.account_id)
    after = shelf.find(asked.cursor, int, 0)

    async def work(tx: Tx) -> tuple[bytes, int, bool]:
        if asked.account_id and not await accounts.get(tx, tenant_id, asked.account_id):
            raise unknown("account_id")
        return await feed.changes_after(tx, tenant_id, after, asked.limit, asked.account_id)

    lines, last, more = await product.database.read(work)
    return ready(
        b'{"items":[%b],"next_cursor":"%b","has_more":%b}'
        # no line feed stands inside a line: JSON writes it as \\n
        % (lines.replace(b"\n", b","), shelf.mark(last).encode(), b"true" if more else b"false")
    )


ROUTES = (every,)
