"""Statements: ordered, polled while they walk from Created to Ready, forgotten after a day."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from sandbox.state import Sandbox
from sandbox.tochka import refusals, situations
from sandbox.tochka.accounts import ONE_ACCOUNT, OPEN_BANKING, SUB_TYPES, is_closed
from sandbox.tochka.consents import body_of, object_at
from sandbox.tochka.grants import (
    Grant,
    account_of,
    accounts_of,
    counted,
    grant_of,
    need,
    secret_over,
    spoil,
)
from sandbox.tochka.rows import transaction
from sandbox.tochka.store import BANK_ID, Books, Order
from sandbox.tochka.wire import Answer, AnyRequest, account_id, answer, instant, number
from sandbox.world import Account

USUAL_LIMIT = 5
LONGEST_ACCOUNT_ID = 40
NOT_MIDNIGHT = "Datetimes provided to dates should have zero time - e.g. be exact dates"
NO_DATE = "Input should be a valid date or datetime, invalid character in year"
READABLE_KINDS = frozenset({"CurrentAccount", "Special"})


@post(f"{OPEN_BANKING}/statements")
async def order(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """Order a statement; the answer is one object, not a list."""
    grant = grant_of(sandbox, request)
    body = await body_of(sandbox, request)
    name, first, last = _wish(sandbox, object_at(sandbox, body, "Data", "Statement"))
    known = sandbox.world.account(name.partition("/")[0])
    account = known if known is not None and known.bank == BANK_ID else None
    code = await _data(sandbox, grant, account, situations.ON_STATEMENTS)
    account = _reached(sandbox, grant, name)
    habits = sandbox.behaviour(BANK_ID).tochka
    made = Order(
        id=sandbox.uuid(),
        account=account.number,
        first=first,
        last=last,
        created_at=sandbox.now,
        will_fail=sandbox.chance(habits.failed_statement_share),
    )
    _keep(sandbox, made)
    sandbox.released(account, *_stretch(sandbox, account, made))
    shape = _head(made, account)
    return answer(sandbox, request, {"Statement": shape}, strange=code == "BANK_FORMAT_CHANGED")


@get(f"{ONE_ACCOUNT}/statements/{{statement_id:str}}")
async def poll(
    request: AnyRequest,
    sandbox: NamedDependency[Sandbox],
    number: FromPath[str],
    bic: FromPath[str],
    statement_id: FromPath[str],
) -> Answer:
    """One statement, in a list; its rows are inside once it is ready."""
    grant = grant_of(sandbox, request)
    known = sandbox.world.account(number)
    code = await _data(sandbox, grant, known, situations.ON_POLLS)
    account = _reached(sandbox, grant, f"{number}/{bic}")
    found = _kept(sandbox, account).get(statement_id)
    if found is None or code == "STATEMENT_LOST":
        raise refusals.statement_not_found(sandbox)
    _step(sandbox, account, found, code)
    rows = [_told(sandbox, account, found)]
    return answer(sandbox, request, {"Statement": rows}, strange=code == "BANK_FORMAT_CHANGED")


@get(f"{OPEN_BANKING}/statements")
async def latest(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """The statements ordered last, five unless asked otherwise; looking at them moves them on."""
    grant = grant_of(sandbox, request)
    limit = _limit(sandbox, request.query_params.get("limit"))
    code = await _data(sandbox, grant, None, situations.ON_BALANCES)
    need(sandbox, grant, "ReadStatements")
    mine = [
        (found, account)
        for account in accounts_of(sandbox, grant)
        for found in _kept(sandbox, account).values()
    ]
    mine.sort(key=lambda pair: pair[0].created_at, reverse=True)
    for found, account in mine[:limit]:
        _step(sandbox, account, found, None)
    rows = [_told(sandbox, account, found) for found, account in mine[:limit]]
    return answer(sandbox, request, {"Statement": rows}, strange=code == "BANK_FORMAT_CHANGED")


async def _data(
    sandbox: Sandbox, grant: Grant, account: Account | None, can: frozenset[str]
) -> str | None:
    """A data call: uses an order up, refuses as ordered, and counts towards withdrawal."""
    secret_over(sandbox, grant)
    owned = account is not None and account.company in {one.id for one in grant.companies}
    company = account.company if account is not None and owned else _first(grant)
    code = situations.suffered(sandbox, company, can, account if owned else None)
    await spoil(sandbox, grant, code)
    counted(sandbox, grant)
    return code


def _reached(sandbox: Sandbox, grant: Grant, name: str) -> Account:
    """The account, if its statements may be read: right, kind, life and the person's standing."""
    consent = need(sandbox, grant, "ReadStatements")
    account = account_of(sandbox, grant, name)
    person = sandbox.world.customer(consent.login) if consent.login else None
    habits = sandbox.behaviour(BANK_ID).tochka
    barred = (
        person is not None and person.blocked,
        SUB_TYPES[account.kind] not in READABLE_KINDS,
        is_closed(sandbox, account) and not habits.closed_account_statements,
        situations.true_of_account(sandbox, account) & situations.NO_STATEMENTS,
    )
    if any(barred):
        raise refusals.forbidden_by_consent(sandbox)
    return account


def _step(sandbox: Sandbox, account: Account, found: Order, code: str | None) -> None:
    """One look at a statement moves it on, as far as its window is out."""
    if found.status in ("Ready", "Error"):
        return
    habits, now = sandbox.behaviour(BANK_ID), sandbox.now
    if code == "STATEMENT_FAILED":
        found.status = "Error"
        return
    if found.errors_told < habits.tochka.errors_while_polling:
        found.errors_told += 1
        raise refusals.dependent_service_failed(sandbox)
    found.polls += 1
    out = sandbox.released(account, *_stretch(sandbox, account, found))
    formed = now >= found.created_at + timedelta(seconds=habits.preparing_seconds)
    waited = found.polls > habits.not_ready_answers
    ordered = code in ("STATEMENT_BEING_PREPARED", "LOAD_IN_PARTS")
    if ordered or not (out and formed and waited):
        early = found.polls == 1 and habits.not_ready_answers > 1
        found.status = "Created" if early else "Processing"
        return
    if found.will_fail:
        found.status = "Error"
        return
    _freeze(sandbox, account, found)


def _freeze(sandbox: Sandbox, account: Account, found: Order) -> None:
    """Rows and balances of one instant; the balances tell the truth, whatever rows are hidden."""
    world, now = sandbox.world, sandbox.now
    first, last = _stretch(sandbox, account, found)
    rows = sandbox.shown(account, first, last)
    found.rows = [row for row in rows if row.status == "booked"]
    if sandbox.behaviour(BANK_ID).shuffle_rows:
        random.Random(found.id).shuffle(found.rows)
    found.opening = world.balance(account, first - timedelta(days=1), now)
    found.closing = world.balance(account, last, now)
    found.ready_at = now
    found.status = "Ready"


def _stretch(sandbox: Sandbox, account: Account, found: Order) -> tuple[date, date]:
    """The days that can hold rows: none before the account, none in the future."""
    return max(found.first, account.opened), min(found.last, sandbox.today(account))


def _told(sandbox: Sandbox, account: Account, found: Order) -> dict[str, object]:
    shape = _head(found, account)
    if found.ready_at is None:
        return shape
    habits = sandbox.behaviour(BANK_ID)
    rows = sandbox.cut(account, found.rows)
    if rows and situations.suffers_incomplete(sandbox, account):
        rows = rows[: len(rows) // 2]
    shape["startDateBalance"] = number(found.opening)
    shape["endDateBalance"] = number(found.closing)
    if rows or not habits.tochka.transaction_absent_when_empty:
        shape["Transaction"] = [
            transaction(
                row,
                as_of=found.ready_at,
                habits=habits.tochka,
                unknown_fields=habits.unknown_fields,
            )
            for row in rows
        ]
    if habits.unknown_fields:
        shape["formatVersion"] = 2
    return shape


def _head(found: Order, account: Account) -> dict[str, object]:
    return {
        "accountId": account_id(account),
        "statementId": found.id,
        "status": found.status,
        "startDateTime": found.first.isoformat(),
        "endDateTime": found.last.isoformat(),
        "creationDateTime": instant(found.created_at),
    }


def _keep(sandbox: Sandbox, made: Order) -> None:
    books = sandbox.store(Books)
    books.orders[made.id] = made
    books.orders_of.setdefault(made.account, []).append(made.id)


def _kept(sandbox: Sandbox, account: Account) -> dict[str, Order]:
    """The account's statements that are not yet forgotten, oldest first."""
    books = sandbox.store(Books)
    life = timedelta(hours=sandbox.behaviour(BANK_ID).tochka.statement_hours)
    ids = books.orders_of.get(account.number, [])
    while ids and books.orders[ids[0]].created_at + life <= sandbox.now:
        del books.orders[ids.pop(0)]
    return {order_id: books.orders[order_id] for order_id in ids}


def _wish(sandbox: Sandbox, wish: dict[str, Any]) -> tuple[str, date, date]:
    place = "Data-Statement"
    for name in ("accountId", "startDateTime", "endDateTime"):
        if name not in wish:
            raise refusals.field_refused(sandbox, f"{place}-{name}", "Field required")
    account = wish["accountId"]
    if not isinstance(account, str):
        words = "Input should be a valid string"
        raise refusals.field_refused(sandbox, f"{place}-accountId", words)
    if len(account) > LONGEST_ACCOUNT_ID:
        words = f"String should have at most {LONGEST_ACCOUNT_ID} characters"
        raise refusals.field_refused(sandbox, f"{place}-accountId", words)
    first = _day(sandbox, f"{place}-startDateTime", wish["startDateTime"])
    last = _day(sandbox, f"{place}-endDateTime", wish["endDateTime"])
    if last < first:
        words = "Value error, endDateTime should not be earlier than startDateTime"
        raise refusals.field_refused(sandbox, place, words)
    return account, first, last


def _day(sandbox: Sandbox, place: str, given: object) -> date:
    """A date; a datetime is taken when it is midnight."""
    try:
        moment = datetime.fromisoformat(str(given))
    except ValueError as error:
        raise refusals.field_refused(sandbox, place, NO_DATE) from error
    if moment.time() != time():
        raise refusals.field_refused(sandbox, place, NOT_MIDNIGHT)
    return moment.date()


def _limit(sandbox: Sandbox, given: str | None) -> int:
    if given is None:
        return USUAL_LIMIT
    if not given.isdecimal() or int(given) < 1:
        words = "Input should be a valid integer, unable to parse string as an integer"
        raise refusals.field_refused(sandbox, "limit", words)
    return int(given)


def _first(grant: Grant) -> str:
    return grant.companies[0].id if grant.companies else ""


ROUTES = (order, poll, latest)
