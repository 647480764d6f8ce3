"""The rows of one account in the order Tatra lists them, without walking its whole history."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

from msgspec import Struct

from sandbox import delivery
from sandbox.book import Book
from sandbox.clock import bank_day
from sandbox.entry import Entry, told
from sandbox.state import Sandbox
from sandbox.tatra import pulls
from sandbox.world import Account

STEP, ONE_DAY = timedelta(days=7), timedelta(days=1)

Fits = Callable[[Entry], bool]


class Listing(Struct):
    """The rows of an account listed so far, and the day at which listing goes on."""

    key: tuple[object, ...]
    rows: list[Entry]
    goes_on: date


# One listing for each account of another bank: between two readings of that bank it does not
# change, and page 40 of it should not cost forty pages. Nothing is lost when it is gone.
_listed: WeakKeyDictionary[Book, Listing] = WeakKeyDictionary()


def asked(sandbox: Sandbox, account: Account, first: date, last: date) -> tuple[date, date]:
    """Tell the bank that these days are wanted; the days whose rows may come along."""
    first = max(first, account.opened)
    pulls.wanted(sandbox, account, first, last)
    return delivery.widened(first, last, sandbox.behaviour(account.bank).delivery)


def page(
    sandbox: Sandbox,
    account: Account,
    first: date,
    last: date,
    *,
    place: int,
    size: int,
    fits: Fits | None,
) -> tuple[list[Entry], bool]:
    """Rows `place`.. of the listing as of the last reading, and whether more follow."""
    at = pulls.as_of(sandbox, account)
    if fits is not None:
        kept = [row for row in _rows(sandbox, account, first, last, at=at) if fits(row)]
        return kept[place : place + size], len(kept) > place + size
    book = sandbox.world.book(account)
    key = (first, last, at, len(book), sandbox.behaviour(account.bank).delivery)
    listing = _listed.get(book)
    if listing is None or listing.key != key:
        listing = _listed[book] = Listing(key=key, rows=[], goes_on=first)
    end = _end(sandbox, account, last)
    while len(listing.rows) <= place + size and listing.goes_on <= end:
        listing.rows += _step(sandbox, account, listing.goes_on, end, at)
        listing.goes_on += STEP
    return listing.rows[place : place + size], len(listing.rows) > place + size


def page_after(
    sandbox: Sandbox,
    account: Account,
    first: date,
    last: date,
    *,
    after: str,
    size: int,
    fits: Fits | None,
) -> tuple[list[Entry], bool] | None:
    """Rows behind the one with this bank id, and whether more follow; None for an unknown id."""
    first_step = first
    behind: tuple[datetime, str] | None = None
    if after:
        known = _named(sandbox, account, after)
        if known is None:
            return None
        behind = (known.at, after)
        into = max(_day_told(sandbox, account, known) - first, timedelta())
        first_step = first + into // STEP * STEP
    found: list[Entry] = []
    for row in _rows(sandbox, account, first_step, last, at=sandbox.now, behind=behind):
        if fits is not None and not fits(row):
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
) -> Iterator[Entry]:
    """Step by step; `behind` skips within the first step."""
    end = _end(sandbox, account, last)
    while first <= end:
        for row in _step(sandbox, account, first, end, at):
            if behind is None or _order(row) > behind:
                yield row
        first, behind = first + STEP, None


def _step(sandbox: Sandbox, account: Account, first: date, end: date, at: datetime) -> list[Entry]:
    """A week's rows as the bank shows them at an instant, copies right behind their originals."""
    truth = sandbox.world.ledger(account, first, min(first + STEP - ONE_DAY, end), at)
    habits = sandbox.behaviour(account.bank).delivery
    shown = delivery.shown(truth, sandbox.feeds.get(account.key), habits, now=at)
    return sorted(shown, key=_order)


def _end(sandbox: Sandbox, account: Account, last: date) -> date:
    return min(last, sandbox.today(account) + ONE_DAY)


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
