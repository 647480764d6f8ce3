"""Tatra banka: what it brings to the sandbox."""

from litestar import Router

from sandbox.bank import FakeBank
from sandbox.behaviour import Behaviour, Delivery
from sandbox.tatra import (
    accounts,
    consents,
    notifications,
    oauth,
    pages,
    pulls,
    refusals,
    statements,
    transactions,
)
from sandbox.tatra.gate import PREFIXES
from sandbox.tatra.refusals import Refusal, told
from sandbox.tatra.situations import SITUATIONS
from sandbox.tatra.store import COVERS, TATRA, Books

HANDLERS = (
    oauth.token,
    *pages.ROUTES,
    consents.create,
    consents.status,
    consents.end,
    accounts.listed,
    accounts.detail,
    accounts.balances,
    transactions.listed,
    pulls.refresh,
    statements.order,
    statements.poll,
    statements.download,
)

BANK = FakeBank(
    id=TATRA,
    name="Tatra banka",
    country="SK",
    covers=COVERS,
    routes=tuple(
        Router(prefix or "/", route_handlers=list(HANDLERS), exception_handlers={Refusal: told})
        for prefix in PREFIXES
    ),
    store=Books,
    situations=SITUATIONS,
    unrouted=refusals.unrouted,
    authorise=oauth.authorise,
    mint=oauth.mint,
    on_payment=notifications.on_payment,
    # Tatra's own rows are there at once; those of the banks behind it come in windows
    defaults={TATRA: Behaviour(delivery=Delivery(every_minutes=0))},
)
