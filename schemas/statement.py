"""What a bank hands over for a period: rows, figures to prove them by, and when to come again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from schemas.account import Balance
from schemas.codes import Code
from schemas.transaction import Entry
from schemas.window import Window


class Figures(Struct, frozen=True, kw_only=True):
    """The bank's own figures for a span of days; balances are signed, turnovers are not.

    Every figure may be missing: Sber states all of them for each day, Tochka both balances of a
    statement, a camt.053 file the closing balance of each day with movement.
    """

    first: date
    last: date
    opening: Decimal | None = None
    closing: Decimal | None = None
    credits: Decimal | None = None
    debits: Decimal | None = None
    credit_count: int | None = None
    debit_count: int | None = None


class Piece(Struct, frozen=True, kw_only=True):
    """Whatever the bank gave for a wanted window, whichever piece it chose, when it chose.

    `covers` names the days whose every row is among `entries` (a complete snapshot of those days);
    None means that nothing is complete yet. `withdrawn` holds keys of rows that the bank took back.
    `mark` is the bank's handle to go on with (a statement id, a cursor). `again_in` says when to
    ask again; with `covers` None and no `again_in` the piece only adds or changes rows.
    `earliest` is the oldest day the bank gives, learnt from its refusal of an older one.
    """

    covers: Window | None = None
    entries: tuple[Entry, ...] = ()
    withdrawn: tuple[str, ...] = ()
    figures: tuple[Figures, ...] = ()
    balances: tuple[Balance, ...] = ()
    mark: str | None = None
    again_in: timedelta | None = None
    earliest: date | None = None
    as_of: datetime | None = None
    repeats: int = 0
    """How many rows the bank told again in these answers; they stand among `entries` once."""
    unproven: Code | None = None
    """Why the figures are missing that the bank gives otherwise; the rows are whole."""
    reread: bool = False
    """The bank says that the day was rebuilt and must be read anew from its beginning."""
