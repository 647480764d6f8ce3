"""Reading one account's day whole, and what has changed in today since an instant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from providers.contract import Refused
from providers.refusals import read
from providers.sber import translate, wire
from providers.sber.line import Line
from providers.sber.refusals import BAD_REQUEST, Said
from providers.sber.translate import changed, moscow_day
from providers.transport import Answer
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.statement import Piece
from schemas.transaction import Entry
from schemas.window import DAY, Window

PAGES_MAX = 1_000
"""A day of a hundred thousand operations; a bank that announces more is going in circles."""
FORMING_SECONDS = (2, 4, 8, 16, 32)
"""No wait is documented; public clients double theirs from one second to half a minute."""
OVERLAP = timedelta(seconds=120)
"""The bank's clock and ours differ, and an operation may be written a moment before it shows."""
FIRST_DAY = date(2017, 1, 1)
DEPTH_YEARS = 5
ROUBLE = "RUB"


class _Forming(Exception):  # noqa: N818 - a state of the statement, caught in this module
    """Some part of the day is not formed yet, so that nothing of it is whole."""


async def day_piece(
    line: Line,
    access: str,
    account: FoundAccount,
    *,
    want: Window,
    mark: str | None,
    now: datetime,
) -> Piece:
    """The whole of one day, or when to come again for it; `mark` counts the visits in vain."""
    day = want.first
    if want.last != day:
        sentence = f"{want.days} days were wanted at once, and the bank tells one day for each call"
        raise ValueError(sentence)
    try:
        summary = await line.summary(access, account.reference, day)
        if summary is Said.FORMING:
            return _later(mark)
        if summary is Said.NOT_ACTIVE:
            return Piece(covers=want, as_of=now)
        told = await _rows(line, access, account, day, now)
    except _Forming:
        return _later(mark)
    except Refused as refusal:
        if (earliest := _earliest(refusal, day, now)) is None:
            raise
        return Piece(earliest=earliest)
    rows = _once(told)
    stated = summary if isinstance(summary, wire.Summary) else None
    return Piece(
        covers=want,
        entries=tuple(rows),
        figures=(translate.figures(stated, day),) if stated else (),
        balances=translate.balance(stated, now) if stated and day == moscow_day(now) else (),
        as_of=now,
        repeats=len(told) - len(rows),
    )


async def _rows(
    line: Line, access: str, account: FoundAccount, day: date, now: datetime
) -> list[Entry]:
    layout = line.settings.currency_format if account.currency != ROUBLE else None
    made: list[Entry] = []
    before: list[wire.Operation] = []
    for number in range(1, PAGES_MAX + 1):
        page = await line.page(access, account.reference, day, number, layout)
        if page is Said.FORMING:
            raise _Forming
        if isinstance(page, Said):
            if number > 1:
                raise _torn(number)
            return []
        theirs = page.transactions or []
        if theirs and theirs == before:
            raise _torn(number)
        made += translate.entries(theirs, day, moscow_day(now))
        if not page.more or not theirs:
            return made
        before = theirs
    raise _torn(PAGES_MAX)


def _torn(page: int) -> Refused:
    """The pages do not belong together any more: the day must be read from its beginning."""
    return Refused(Code.STATEMENT_INCOMPLETE, status=200, evidence={"page": page})


def _once(entries: list[Entry]) -> list[Entry]:
    """Without rows told twice, as when they slide onto another page; the last telling counts."""
    named = {entry.key: entry for entry in entries if entry.key}
    if len(named) == len(entries):
        return entries
    return [*named.values(), *(entry for entry in entries if not entry.key)]


def _later(mark: str | None) -> Piece:
    visits = int(mark) if mark and mark.isdecimal() else 0
    seconds = FORMING_SECONDS[min(visits, len(FORMING_SECONDS) - 1)]
    return Piece(mark=str(visits + 1), again_in=timedelta(seconds=seconds))


def _earliest(refusal: Refused, day: date, now: datetime) -> date | None:
    """The oldest day to be had, where the refusal can only mean that the wanted one is older.

    The words for it are not documented, so an unknown refusal of a request is believed to mean it
    only beyond the documented depth: five years and the current one, and never before 2017.
    """
    limit = max(FIRST_DAY, date(moscow_day(now).year - DEPTH_YEARS, 1, 1))
    if refusal.code is Code.HISTORY_LIMIT_EXCEEDED:
        return max(limit, day + DAY)
    unknown = refusal.code is Code.BANK_REFUSAL_UNRECOGNISED and refusal.status == BAD_REQUEST
    about_day = (refusal.words or "").startswith(("WORKFLOW_FAULT", "VALIDATION_FAULT"))
    return limit if unknown and about_day and day < limit else None


async def changes_piece(
    line: Line, access: str, account: FoundAccount, since: datetime, now: datetime
) -> Piece:
    """Rows that today gained, changed or lost since an instant, with today's figures."""
    today = moscow_day(now)
    # Statement day and instant exclude each other; the increment knows only the current day.
    start = since - OVERLAP
    begin: date | datetime = start if moscow_day(start) == today else today
    entries: list[Entry] = []
    gone: list[wire.Gone] = []
    reread = False
    try:
        async for page, answer in _increments(line, access, account, begin):
            entries += translate.entries(page.transactions or [], None, today)
            gone += _deleted(answer)
            reread = reread or bool(page.reload_time)
    except _Forming:
        return Piece(again_in=timedelta(seconds=FORMING_SECONDS[0]))
    withdrawn = {key for key in (theirs.operation_id for theirs in gone) if key}
    shown = {entry.key for entry in entries}
    # A deletion without the operation's id, and one of a row that is told as well, cannot be
    # settled from here: the day itself can.
    reread = reread or len(withdrawn) < len(gone) or bool(withdrawn & shown)
    summary = await line.summary(access, account.reference, today)
    told = summary if isinstance(summary, wire.Summary) else None
    rows = _once(entries)
    return Piece(
        entries=tuple(rows),
        withdrawn=tuple(sorted(withdrawn - shown)),
        figures=(translate.figures(told, today),) if told else (),
        balances=translate.balance(told, now) if told else (),
        as_of=now,
        repeats=len(entries) - len(rows),
        reread=reread,
    )


async def _increments(
    line: Line, access: str, account: FoundAccount, begin: date | datetime
) -> AsyncIterator[tuple[wire.Page, Answer]]:
    before = b""
    for number in range(1, PAGES_MAX + 1):
        answer = await line.increment(access, account.reference, begin, number)
        if answer is Said.FORMING:
            raise _Forming
        if isinstance(answer, Said):
            return
        page = read(answer, wire.Page)
        if answer.body == before:
            raise _torn(number)
        yield page, answer
        if not page.more or not page.transactions:
            return
        before = answer.body
    raise _torn(PAGES_MAX)


def _deleted(answer: Answer) -> list[wire.Gone]:
    """Deleted operations from any list whose name speaks of deletion, as objects or bare ids."""
    found: list[wire.Gone] = []
    for name, value in read(answer, dict[str, msgspec.Raw]).items():
        if "delet" not in name.lower() or not bytes(value).lstrip().startswith(b"["):
            continue
        for element in msgspec.json.decode(value, type=list[Any]):
            if isinstance(element, str):
                found.append(wire.Gone(element))
                continue
            try:
                found.append(msgspec.convert(element, wire.Gone))
            except msgspec.ValidationError as broken:
                raise changed(f"$.{name}[{len(found)}]: {broken}") from broken
    return found
