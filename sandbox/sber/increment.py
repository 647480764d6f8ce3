"""increment: what became of the current day since a moment, deleted operations included."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from sandbox.clock import ZONES, start_of_day
from sandbox.entry import Entry
from sandbox.sber import refusals
from sandbox.sber.admission import Ask, answered
from sandbox.sber.books import Seen, Today
from sandbox.sber.order import Order, admit_to_account, formed, page_of, statement_day
from sandbox.sber.situations import IN_THE_INCREMENT
from sandbox.sber.spelling import content_uuid
from sandbox.sber.statements import PATH, rows_of, told_page
from sandbox.state import Sandbox
from sandbox.world import Account

NAMES = ("accountNumber", "statementDate", "lastModifyDate", "lastModifyDateTo", "page")


@get(f"{PATH}/increment")
async def increment(
    sandbox: NamedDependency[Sandbox], request: Request[Any, Any, Any]
) -> Response[bytes]:
    """Today's operations changed in a stretch of time, and those deleted in it."""
    return await answered(sandbox, request, _increment)


def _increment(ask: Ask) -> object:
    account = admit_to_account(ask, NAMES)
    page = page_of(ask)
    today = statement_day(ask)
    since, until = _stretch(ask, today)
    order = Order(account=account, day=today)
    formed(ask, order)
    rows = rows_of(ask, order)
    seen = _observed(ask, account, today, rows)
    changed = [row for row in rows if since <= seen[row.bank_id].changed_at <= until]
    gone = [
        {"operationId": operation_id, "uuid": was.uuid}
        for operation_id, was in seen.items()
        if was.deleted and since <= was.changed_at <= until
    ]
    if not changed and not gone:
        raise refusals.nothing_found(ask.sandbox, ask.behaviour.sber.no_data_cause)
    told = told_page(ask, account, changed, page, path="increment", can=IN_THE_INCREMENT)
    told["deletedTransactions"] = gone
    told["lastModifiedTime"] = _local(max(was.changed_at for was in seen.values()))
    told["reloadTime"] = _reloaded(ask, today, since)
    if ask.behaviour.sber.nulls == "omitted" and told["reloadTime"] is None:
        del told["reloadTime"]
    return told


def _stretch(ask: Ask, today: date) -> tuple[datetime, datetime]:
    """From and to, by the day or by a moment; both at once are forbidden."""
    day, moment = ask.query.get("statementDate", ""), ask.query.get("lastModifyDate", "")
    if bool(day) == bool(moment):
        words = "Укажите либо statementDate, либо lastModifyDate"
        raise refusals.wrong_parameter(ask.sandbox, "lastModifyDate", words)
    if day:
        if day != today.isoformat():
            words = "Дата должна быть текущим операционным днем"
            raise refusals.wrong_parameter(ask.sandbox, "statementDate", words)
        return start_of_day(today, "RU"), ask.sandbox.now
    until = ask.query.get("lastModifyDateTo", "")
    since = _moment(ask, "lastModifyDate", moment)
    return since, _moment(ask, "lastModifyDateTo", until) if until else ask.sandbox.now


def _moment(ask: Ask, field: str, text: str) -> datetime:
    """A moment; without a zone it is Moscow's."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise refusals.unreadable(ask.sandbox, field) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONES["RU"])


def _observed(ask: Ask, account: Account, today: date, rows: Iterable[Entry]) -> dict[str, Seen]:
    """Note what has changed since the last look: a change counts from the look that finds it.

    That is never earlier than the change itself, so that nobody's cursor misses it.
    """
    known, now = ask.books.todays.get(account.key), ask.sandbox.now
    first_look = known is None or known.day != today
    if known is None or first_look:
        known = ask.books.todays[account.key] = Today(day=today)
    present = set()
    for row in rows:
        present.add(row.bank_id)
        was, told = known.seen.get(row.bank_id), content_uuid(row)
        if was is None or was.deleted or was.uuid != told:
            changed_at = _moved(row, now) if first_look else now
            known.seen[row.bank_id] = Seen(uuid=told, changed_at=changed_at)
    for operation_id, was in known.seen.items():
        if operation_id not in present and not was.deleted:
            known.seen[operation_id] = Seen(uuid=was.uuid, changed_at=now, deleted=True)
    return known.seen


def _moved(row: Entry, now: datetime) -> datetime:
    moments = (row.known_from, row.booked_at, *(revision.at for revision in row.revisions))
    return max(moment for moment in moments if moment is not None and moment <= now)


def _reloaded(ask: Ask, today: date, since: datetime) -> str | None:
    """When the bank last loaded the whole day anew, None unless it did so since that moment."""
    every = timedelta(minutes=ask.behaviour.sber.day_reload_minutes)
    midnight = start_of_day(today, "RU")
    if not every or ask.sandbox.now < midnight + every:
        return None
    last = midnight + (ask.sandbox.now - midnight) // every * every
    return _local(last) if last >= since else None


def _local(moment: datetime) -> str:
    return moment.astimezone(ZONES["RU"]).replace(tzinfo=None).isoformat(timespec="milliseconds")


ROUTES = (increment,)
