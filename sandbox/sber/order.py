"""What one statement call asks for, checked in the bank's order, up to "being formed"."""

import re
from collections.abc import Sequence
from datetime import UTC, date, timedelta

from msgspec import Struct

from sandbox.sber import offer, refusals
from sandbox.sber.admission import Ask, count_call, refuse
from sandbox.sber.books import Forming
from sandbox.sber.situations import BEFORE_THE_ANSWER, healed, struck
from sandbox.world import Account

OPERATION = "GET_STATEMENT_ACCOUNT"
ACCOUNT_NUMBER = re.compile(r"[0-9]{20}")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# "previous 5 years and the current one" (mcp-statement, 2026-06), never before 2017
HISTORY_YEARS = 5
EARLIEST = date(2017, 1, 1)
# a day opens at 03:01 in Moscow: a minute after midnight in UTC
GATE_DELAY = timedelta(minutes=1)


class Order(Struct, frozen=True, kw_only=True):
    """One account and one day that may be told."""

    account: Account
    day: date


def admit_to_statement(ask: Ask, documented: Sequence[str]) -> Order:
    """Scope, parameters, offer, date: the day to tell, or the bank's refusal."""
    account = admit_to_account(ask, documented)
    return Order(account=account, day=_told_day(ask, account))


def admit_to_account(ask: Ask, documented: Sequence[str]) -> Account:
    """The account that this token may ask statements of."""
    number = ask.query.get("accountNumber", "")
    code = struck(ask.sandbox, BEFORE_THE_ANSWER, ask.pair.company, number)
    if code is not None:
        refuse(ask, code)
    healed(ask.sandbox, ask.pair.company, number)
    _check_scope(ask)
    _check_parameters(ask, documented, number)
    account = ask.sandbox.world.account(number)
    if account is None:
        raise refusals.account_unknown(ask.sandbox)
    count_call(ask)
    shut = offer.why_no_statement(ask.sandbox, ask.pair, account)
    if shut is not None:
        refuse(ask, shut)
    return account


def statement_day(ask: Ask) -> date:
    """The bank's current day, which is one of UTC unless that habit is off."""
    if ask.behaviour.sber.utc_gate:
        return (ask.sandbox.now - GATE_DELAY).astimezone(UTC).date()
    return ask.sandbox.clock.today("RU")


def formed(ask: Ask, order: Order) -> None:
    """Answer 202 until the day's window is released, formed, and asked for often enough."""
    released = ask.sandbox.released(order.account, order.day, order.day)
    days = ask.books.forming.setdefault(order.account.key, {})
    key, now = order.day.isoformat(), ask.sandbox.now
    forming = days.get(key)
    if forming is None:
        forming = days[key] = Forming(since=now)
    preparing = timedelta(seconds=ask.behaviour.preparing_seconds)
    enough = forming.answers >= ask.behaviour.not_ready_answers
    if released and enough and now >= forming.since + preparing:
        return
    forming.answers += 1
    raise refusals.being_formed(ask.sandbox, empty=ask.behaviour.sber.empty_202)


def page_of(ask: Ask) -> int:
    """The page asked for, counted from 1."""
    text = ask.query.get("page", "")
    if not text:
        raise refusals.wrong_parameter(ask.sandbox, "page", "Параметр обязателен")
    if not text.isdecimal():
        raise refusals.unreadable(ask.sandbox, "page")
    if int(text) < 1:
        raise refusals.wrong_parameter(ask.sandbox, "page", "Номер страницы начинается с 1")
    return int(text)


def _check_scope(ask: Ask) -> None:
    if OPERATION not in ask.books.clients[ask.pair.client_id].services:
        raise refusals.service_not_in_contract(ask.sandbox, OPERATION)
    if OPERATION not in ask.pair.operations():
        raise refusals.operation_not_granted(ask.sandbox)


def _check_parameters(ask: Ask, documented: Sequence[str], number: str) -> None:
    if ask.behaviour.sber.strict_parameter_order:
        known = [name for name in ask.query if name in documented]
        if known != [name for name in documented if name in ask.query]:
            words = "Нарушен порядок параметров"
            raise refusals.wrong_parameter(ask.sandbox, known[0], words)
    if not ACCOUNT_NUMBER.fullmatch(number):
        words = 'must match "^[0-9]{20}$"'
        raise refusals.wrong_parameter(ask.sandbox, "accountNumber", words)


def _told_day(ask: Ask, account: Account) -> date:
    text = ask.query.get("statementDate", "")
    if not text:
        raise refusals.wrong_parameter(ask.sandbox, "statementDate", "Параметр обязателен")
    day = _iso_day(text)
    if day is None:
        raise refusals.unreadable(ask.sandbox, "statementDate")
    today = statement_day(ask)
    if day > today:
        raise refusals.later_than_today(ask.sandbox)
    if day < _earliest(ask, today):
        raise refusals.older_than_kept(ask.sandbox)
    if day < account.opened or (account.closed is not None and day >= account.closed):
        raise refusals.account_not_operating(ask.sandbox)
    return day


def _iso_day(text: str) -> date | None:
    if not ISO_DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _earliest(ask: Ask, today: date) -> date:
    days = ask.behaviour.history_days
    if days:
        return today - timedelta(days=days)
    return max(EARLIEST, date(today.year - HISTORY_YEARS, 1, 1))
