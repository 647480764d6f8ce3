"""The banks that can be connected, as their descriptors state them."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from gateway.api.answering import answer, page
from gateway.api.asking import AnyRequest, Page, caller_of, query, unknown
from gateway.api.cursors import SQL_INTEGER_MAX, Shelf
from gateway.api.operations import operation
from gateway.product import Product
from schemas.bank import Bank
from schemas.codes import Code

TAG = "Banks"


@get(
    "/banks",
    opt=operation("All banks", TAG, query=Page, answer=list[Bank], codes=(Code.CURSOR_INVALID,)),
)
async def every(product: NamedDependency[Product], request: AnyRequest) -> Response[bytes]:
    """The list of banks."""
    asked = query(request, Page)
    shelf = Shelf(caller_of(request).tenant_id, "banks")
    start = shelf.find(asked.cursor, int, 0)
    end = min(start + asked.limit, SQL_INTEGER_MAX)
    banks = [opened.bank for opened in product.banks.values()]
    return page(banks[start:end], shelf.mark(end) if end < len(banks) else None)


@get("/banks/{bank:str}", opt=operation("One bank", TAG, answer=Bank, codes=(Code.NOT_FOUND,)))
async def one(product: NamedDependency[Product], bank: FromPath[str]) -> Response[bytes]:
    """The descriptor of a bank."""
    opened = product.banks.get(bank)
    if opened is None:
        raise unknown("bank")
    return answer(opened.bank)


ROUTES = (every, one)
