"""Tochka as the sandbox knows it: cabinet keys and OAuth consents, ordered statements, webhooks."""

from typing import Any

from litestar import Response
from litestar.exceptions import HTTPException

from sandbox.bank import FakeBank
from sandbox.tochka import (
    accounts,
    authorise,
    balances,
    consents,
    refusals,
    showroom,
    statements,
    tokens,
    webhooks,
)
from sandbox.tochka.cabinet import connection, mint
from sandbox.tochka.situations import SITUATIONS
from sandbox.tochka.store import BANK_ID, Books
from sandbox.tochka.wire import AnyRequest


def unrouted(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """A refusal made ready by a handler, or 501: no such path, version or method here."""
    if isinstance(error, refusals.Refused):
        return error.answer
    return refusals.no_such_route(request.method, request.scope["path"]).answer


BANK = FakeBank(
    id=BANK_ID,
    name="Точка Банк",
    country="RU",
    covers=(BANK_ID,),
    routes=(
        *tokens.ROUTES,
        *authorise.ROUTES,
        *consents.ROUTES,
        *accounts.ROUTES,
        *balances.ROUTES,
        *statements.ROUTES,
        *webhooks.ROUTES,
        *showroom.ROUTES,
    ),
    store=Books,
    situations=SITUATIONS,
    unrouted=unrouted,
    authorise=authorise.authorise,
    mint=mint,
    on_payment=webhooks.on_payment,
    connection=connection,
)
