"""What is known of each day of an account, and its balance on any of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from gateway.api.accounts import PATH, TAG, found
from gateway.api.answering import answer
from gateway.api.asking import AnyRequest, Span, query
from gateway.api.operations import operation
from gateway.api.periods import period
from gateway.ledger.proof import Proof
from gateway.problems import ProblemError
from gateway.product import Product
from gateway.records import Account
from gateway.store import coverage
from gateway.store.database import Tx
from gateway.sync.plan import bank_day
from schemas.account import Sign
from schemas.codes import Code
from schemas.coverage import Day, DayState
from schemas.numbers.minor import from_minor, to_minor
from schemas.window import DAY, Window


class Gap(Struct, frozen=True):
    """A run of days that nobody has delivered."""

    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")


class Coverage(Struct, frozen=True, kw_only=True):
    """Every day of a period with what it is worth.

    `proven_through` ends the unbroken run of proven days that begins with the period.
    """

    account_id: str
    currency: str
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    proven_through: date | None
    days: list[Day]
    gaps: list[Gap]


class On(Struct, frozen=True, forbid_unknown_fields=True):
    """The day at whose end the balance is wanted; today unless said."""

    day: date | None = msgspec.field(name="date", default=None)


class BalanceOn(Struct, frozen=True, kw_only=True):
    """A balance at the end of a day and where it comes from.

    `from_date` is the day whose figure it was computed from; `complete` says whether every day
    in between has been read.
    """

    account_id: str
    on: date = msgspec.field(name="date")
    amount: str
    sign: Sign
    currency: str
    source: Literal["bank", "anchor"]
    from_date: date
    complete: bool


@get(
    f"{PATH}/coverage",
    opt=operation(
        "What is known of each day, and by which equation",
        TAG,
        query=Span,
        answer=Coverage,
        codes=(Code.NOT_FOUND, Code.PERIOD_INVALID),
    ),
)
async def covered(
    product: NamedDependency[Product], request: AnyRequest, account_id: FromPath[str]
) -> Response[bytes]:
    """Every day of the period is there, also those of which nothing is known."""
    asked = query(request, Span)
    kept = await found(product, request, account_id)
    span = await period(product, kept, asked)

    async def work(tx: Tx) -> list[Proof]:
        return await coverage.proofs(tx, kept.id, span)

    proofs = {proof.day: proof for proof in await product.database.read(work)}
    days = [_day(day, proofs.get(day), kept.found.currency) for day in span]
    return answer(
        Coverage(
            account_id=kept.id,
            currency=kept.found.currency,
            first=span.first,
            last=span.last,
            proven_through=_proven_through(days),
            days=days,
            gaps=_gaps(days),
        )
    )


def _day(day: date, proof: Proof | None, currency: str) -> Day:
    nothing = from_minor(0, currency)
    if proof is None:
        return Day(day, DayState.MISSING, None, nothing, nothing, None, 0)
    return Day(
        day,
        proof.state,
        None if proof.opening is None else from_minor(proof.opening, currency),
        from_minor(proof.credits, currency),
        from_minor(proof.debits, currency),
        None if proof.closing is None else from_minor(proof.closing, currency),
        proof.credit_count + proof.debit_count,
        proof.reason,
    )


def _proven_through(days: list[Day]) -> date | None:
    through = None
    for day in days:
        if day.state is not DayState.PROVEN:
            break
        through = day.date
    return through


def _gaps(days: list[Day]) -> list[Gap]:
    runs: list[Gap] = []
    for day in days:
        if day.state is not DayState.MISSING:
            continue
        if runs and runs[-1].last + DAY == day.date:
            runs[-1] = Gap(runs[-1].first, day.date)
        else:
            runs.append(Gap(day.date, day.date))
    return runs


@get(
    f"{PATH}/balance",
    opt=operation(
        "The balance at the end of a day",
        TAG,
        query=On,
        answer=BalanceOn,
        codes=(Code.NOT_FOUND, Code.PERIOD_INVALID),
    ),
)
async def balance(
    product: NamedDependency[Product], request: AnyRequest, account_id: FromPath[str]
) -> Response[bytes]:
    """From the bank's proven figures where they reach the day, else from the anchor."""
    asked = query(request, On)
    kept = await found(product, request, account_id)
    today = bank_day(product.banks[kept.bank].bank, product.clock.now())
    day = asked.day or today
    if day > today:
        raise ProblemError(Code.PERIOD_INVALID, field="date", evidence={"latest": str(today)})

    async def work(tx: Tx) -> BalanceOn | None:
        return await _by_bank(tx, kept, day) or await _by_anchor(tx, kept, day)

    told = await product.database.read(work)
    if told is None:
        raise ProblemError(
            Code.NOT_FOUND,
            detail="date: No balance is known to compute from; fix one with PUT …/anchor.",
            field="date",
        )
    return answer(told)


async def _by_bank(tx: Tx, account: Account, day: date) -> BalanceOn | None:
    """From the newest proven closing up to the day; an anchor serves better across unread days."""
    edges = await coverage.edges(tx, account.id)
    if edges is None or edges.first > day:
        return None
    proofs = await coverage.proofs(tx, account.id, Window(edges.first, day))
    proven = [each for each in proofs if each.state is DayState.PROVEN and each.closing is not None]
    if not proven:
        return None
    start = proven[-1]
    assert start.closing is not None
    told = await _moved(tx, account, (start.closing, start.day), day, "bank")
    return told if told.complete or account.anchor is None else None


async def _by_anchor(tx: Tx, account: Account, day: date) -> BalanceOn | None:
    if account.anchor is None:
        return None
    minor = to_minor(Decimal(account.anchor.balance), account.found.currency)
    return await _moved(tx, account, (minor, account.anchor.date), day, "anchor")


async def _moved(
    tx: Tx,
    account: Account,
    start: tuple[int, date],
    day: date,
    source: Literal["bank", "anchor"],
) -> BalanceOn:
    """A balance carried from the day on which it is known to another, forwards or backwards."""
    minor, known = start
    complete = True
    if known != day:
        between = Window(min(known, day) + DAY, max(known, day))
        net = await coverage.net(tx, account.id, between)
        minor += net if known < day else -net
        read = await coverage.read_days(tx, account.id, between)
        complete = read == [between]
    return BalanceOn(
        account_id=account.id,
        on=day,
        amount=from_minor(abs(minor), account.found.currency),
        sign="debit" if minor < 0 else "credit",
        currency=account.found.currency,
        source=source,
        from_date=known,
        complete=complete,
    )


ROUTES = (covered, balance)
