"""The rows of one account in the order Tatra lists them, without walking its whole history."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

from sandbox import delivery
from sandbox.book import Book
from sandbox.clock import bank_day
from sandbox.entry import Entry, told
from sandbox.state import Sandbox
from sandbox.tatra import pulls
from sandbox.world import Account

STEP_DAYS = 7

Fits = Callable[[Entry], bool]

# One finished listing per account of another bank: between two readings of that bank it does not
# change, and page 40 of it should not cost forty pages. Nothing is lost when it is gone.
_listed: WeakKeyDictionary[Book, tuple[object, list[Entry]]] = WeakKeyDictionary()


def asked(sandbox: Sandbox, account: Account, first: date, last: date) -> tuple[date, date]:
    """Tell the bank that these days are wanted; the days whose rows may come along."""
    first = max(first, account.opened)
    pulls.first_asked(sandbox, account)
    sandbox.released(account, first, last)
    return delivery.widened(first, last, sandbox.behaviour(account.bank).delivery)


def page(
    sandbox: Sandbox,
    account: Account,
    first: date,
    last: date,
    *,
    place: int,
    size: int,
    fits: Fits,
) -> tuple[list[Entry], bool]:
    """Rows `place`.. of the listing as of the last reading, and whether more follow."""
    at = pulls.as_of(sandbox, account)
    book = sandbox.world.book(account)
    habits = sandbox.behaviour(account.bank).delivery
    key = (first, last, at, len(book), habits)
    kept = _listed.get(book)
    if kept is None or kept[0] != key:
        whole = (last - first).days + 1
        rows = list(_rows(sandbox, account, first, last, at=at, step_days=whole))
        kept = _listed[book] = (key, rows)
    rows = [row for row in kept[1] if fits(row)]
    return rows[place : place + size], len(rows) > place + size


def page_after(
    sandbox: Sandbox,
    account: Account,
    first: date,
    last: date,
    *,
    after: str,
    size: int,
    fits: Fits,
) -> tuple[list[Entry], bool] | None:
    """Rows behind the one with this bank id, and whether more follow; None for an unknown id."""
    first_step = first
    behind: tuple[datetime, str] | None = None
    if after:
        known = _named(sandbox, account, after)
        if known is None:
            return None
        behind = (known.at, after)
        steps = max((_day_told(sandbox, account, known) - first).days, 0) // STEP_DAYS
        first_step = first + timedelta(days=steps * STEP_DAYS)
    found: list[Entry] = []
    for row in _rows(sandbox, account, first_step, last, at=sandbox.now, behind=behind):
        if not fits(row):
            continue
        if len(found) == size:
            return found, True
        found.append(row)
    return found, False


def _rows(
    sandbox: Sandbox,
    account: Account,
    first: date,
    last: date,
    *,
    at: datetime,
    behind: tuple[datetime, str] | None = None,
    step_days: int = STEP_DAYS,
) -> Iterator[Entry]:
    """Step by step, copies right behind their originals; `behind` skips within the first step."""
    habits = sandbox.behaviour(account.bank).delivery
    feed = sandbox.feeds.get(account.key)
    last = min(last, sandbox.today(account) + timedelta(days=1))
    while first <= last:
        end = min(first + timedelta(days=step_days - 1), last)
        truth = sandbox.world.ledger(account, first, end, at)
        rows = delivery.shown(truth, feed, habits, now=at)
        for row in sorted(rows, key=_order):
            if behind is None or _order(row) > behind:
                yield row
        first, behind = end + timedelta(days=1), None


def _order(row: Entry) -> tuple[datetime, str]:
    return row.at, row.bank_id


def _named(sandbox: Sandbox, account: Account, bank_id: str) -> Entry | None:
    """The stored row; a row that never was carries one digit more than the true one beside it."""
    if not bank_id.isdecimal():
        return None
    book = sandbox.world.book(account)
    return book.entry(bank_id) or book.entry(bank_id[:-1])


def _day_told(sandbox: Sandbox, account: Account, row: Entry) -> date:
    """The day under which a stored row is listed now: that of the operation while it is pending."""
    operation_day = bank_day(row.at, account.country)
    as_told = told(row, sandbox.now, operation_day)
    return as_told.date if as_told else row.date
