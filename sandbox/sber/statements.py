"""Statements: one account, one day, one page for each call."""

from collections.abc import Collection
from datetime import timedelta
from random import Random
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from sandbox.clock import ZONES
from sandbox.entry import Entry
from sandbox.sber import refusals
from sandbox.sber.admission import Ask, answered
from sandbox.sber.order import Order, admit_to_statement, formed, page_of
from sandbox.sber.situations import BANK, IN_THE_ANSWER, struck
from sandbox.sber.spelling import KOPECK, Teller, paging, teller, without_nulls
from sandbox.state import Sandbox
from sandbox.world import Account

Call = Request[Any, Any, Any]
PATH = "/fintech/api/v2/statement"


@get(f"{PATH}/summary")
async def summary(sandbox: NamedDependency[Sandbox], request: Call) -> Response[bytes]:
    """Balances and turnovers of one day."""
    return await answered(sandbox, request, _summary)


@get(f"{PATH}/transactions")
async def transactions(sandbox: NamedDependency[Sandbox], request: Call) -> Response[bytes]:
    """A page of the operations of one day."""
    return await answered(sandbox, request, _transactions)


@get(f"{PATH}/transactionId")
async def one_operation(sandbox: NamedDependency[Sandbox], request: Call) -> Response[bytes]:
    """One operation by its id; the path segment is literal."""
    return await answered(sandbox, request, _one_operation)


@get(
    [
        "/fintech/api/v1/statement/files",
        "/fintech/api/v1/statement/print",
        "/fintech/api/v1/statement/tasks-for-download/{task:str}",
        "/fintech/api/v1/statement/download/{file:str}",
        "/fintech/api/v2/statement/transactionId/print",
    ]
)
async def files(sandbox: NamedDependency[Sandbox], request: Call) -> Response[bytes]:
    """The rehearsal contract lacks the service FILES, as contracts on production do."""
    return await answered(sandbox, request, _no_files)


def _summary(ask: Ask) -> object:
    order = admit_to_statement(ask, ("accountNumber", "statementDate"))
    formed(ask, order)
    told = _figures(ask, order)
    spoilt = struck(ask.sandbox, IN_THE_ANSWER, ask.pair.company, order.account.key)
    if spoilt == "STATEMENT_INCOMPLETE":
        _overstate(told)
    elif spoilt == "BANK_FORMAT_CHANGED":
        told.update({name: "0.00" for name in told if name.endswith(("Balance", "Turnover"))})
    return without_nulls(told) if ask.behaviour.sber.nulls == "omitted" else told


def _transactions(ask: Ask) -> object:
    order = admit_to_statement(ask, ("accountNumber", "statementDate", "page", "curFormat"))
    page = page_of(ask)
    formed(ask, order)
    rows = rows_of(ask, order)
    habits = ask.behaviour.sber
    if not rows and habits.empty_day == "404":
        raise refusals.nothing_found(ask.sandbox, habits.no_data_cause)
    return told_page(ask, order.account, rows, page, path="transactions", can=IN_THE_ANSWER)


def told_page(
    ask: Ask, account: Account, rows: list[Entry], page: int, *, path: str, can: Collection[str]
) -> dict[str, object]:
    """One page of rows with its links; a page beyond the last is refused."""
    size = ask.behaviour.page_rows
    pages = max(1, -(-len(rows) // size))
    if page > pages:
        raise refusals.no_such_page(ask.sandbox)
    spoilt = struck(ask.sandbox, can, ask.pair.company, account.key) if rows else None
    shown = ask.sandbox.cut(account, rows[(page - 1) * size : page * size])
    if spoilt == "STATEMENT_INCOMPLETE":
        shown = shown[:-1]
    spelled = teller_of(ask, account).operation
    told: object = [spelled(row) for row in shown]
    if spoilt == "BANK_FORMAT_CHANGED":
        told = {"items": told}
    habits = ask.behaviour.sber
    base = ask.sandbox.url(BANK, f"{PATH}/{path}") if habits.links == "absolute" else ""
    return {habits.links_key: paging(ask.query, page, pages, base), "transactions": told}


def rows_of(ask: Ask, order: Order) -> list[Entry]:
    """The booked rows the bank shows of a day, in one order for all pages of it."""
    rows = ask.sandbox.shown(order.account, order.day, order.day)
    # A statement is of one day: neighbours that come along elsewhere cannot stand in it.
    booked = [row for row in rows if row.status == "booked" and row.date == order.day]
    if ask.behaviour.shuffle_rows:
        Random(f"{order.account.key}|{order.day}").shuffle(booked)
    return booked


def teller_of(ask: Ask, account: Account) -> Teller:
    """How this call wants operations told."""
    company = ask.sandbox.world.companies[account.company]
    cur_transfer = ask.query.get("curFormat") == "curTransfer"
    return teller(account, company, ask.behaviour, cur_transfer=cur_transfer)


def _one_operation(ask: Ask) -> object:
    order = admit_to_statement(ask, ("accountNumber", "statementDate", "operationId"))
    wanted = ask.query.get("operationId", "")
    if not wanted:
        raise refusals.wrong_parameter(ask.sandbox, "operationId", "Параметр обязателен")
    formed(ask, order)
    row = next((row for row in rows_of(ask, order) if row.bank_id == wanted), None)
    if row is None:
        raise refusals.nothing_found(ask.sandbox, ask.behaviour.sber.no_data_cause)
    return teller_of(ask, order.account).operation(row)


def _figures(ask: Ask, order: Order) -> dict[str, object]:
    """The truth, whatever rows are shown."""
    world, now = ask.sandbox.world, ask.sandbox.now
    figures = world.turnovers(order.account, order.day, order.day, now)
    book = world.book(order.account)
    by = teller_of(ask, order.account)
    told: dict[str, object] = {
        "composedDateTime": now.astimezone(ZONES["RU"]).replace(tzinfo=None, microsecond=0),
        "lastMovementDate": book.last_movement(order.day, now),
        "prevOperationDate": book.last_movement(order.day - timedelta(days=1), now),
        "openingRate": None if order.account.currency == "RUB" else by.rate,
    }
    for name, amount in (
        ("openingBalance", figures.opening),
        ("closingBalance", figures.closing),
        ("debitTurnover", figures.debits),
        ("creditTurnover", figures.credits),
    ):
        told[name] = by.amount(amount)
        told[f"{name}Rub"] = by.amount_in_roubles(amount)
    told["debitTransactionsNumber"] = figures.debit_count
    told["creditTransactionsNumber"] = figures.credit_count
    if ask.behaviour.unknown_fields:
        told["statementVersion"] = 3
    return told


def _overstate(told: dict[str, Any]) -> None:
    """One credit more than there are rows; the day's own equation still holds."""
    told["creditTransactionsNumber"] += 1
    for name in ("creditTurnover", "creditTurnoverRub", "closingBalance", "closingBalanceRub"):
        told[name] = {**told[name], "amount": told[name]["amount"] + 100 * KOPECK}


def _no_files(ask: Ask) -> object:
    raise refusals.service_not_in_contract(ask.sandbox, "FILES")


ROUTES = (summary, transactions, one_operation, files)
