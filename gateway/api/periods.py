"""The period of bank days that a request about one account means."""

from __future__ import annotations

from gateway.api.asking import Span
from gateway.problems import ProblemError
from gateway.product import Product
from gateway.records import Account
from gateway.store import coverage
from gateway.store.database import Tx
from gateway.sync.plan import last_open_day
from schemas.codes import Code
from schemas.window import Window

DAYS_MAX = 3_700
"""Ten years; a longer answer would be a report and not a request."""


async def period(product: Product, account: Account, asked: Span) -> Window:
    """The asked days; unsaid ends are the oldest day wanted so far and the newest open one.

    Raises:
        ProblemError: PERIOD_INVALID when it ends before it begins, or is endless.
    """
    newest = last_open_day(product.banks[account.bank].bank, product.clock.now())

    async def work(tx: Tx) -> Window | None:
        return await coverage.edges(tx, account.id)

    edges = None if asked.first and asked.last else await product.database.read(work)
    known = [day for day in (account.history_from, edges and edges.first) if day]
    last = asked.last or max(newest, edges.last if edges else newest)
    first = asked.first or min([*known, last])
    if first > last:
        evidence = {"from": str(first), "to": str(last)}
        raise ProblemError(Code.PERIOD_INVALID, field="from", evidence=evidence)
    if (last - first).days >= DAYS_MAX:
        raise ProblemError(Code.PERIOD_INVALID, field="from", evidence={"most_days": DAYS_MAX})
    return Window(first, last)
