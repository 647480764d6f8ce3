"""A statement is ordered first and collected when it is ready, by a mark `<id> <ordered at>`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from providers.contract import Grant, Piece, Refused
from providers.tochka import translate, wire
from providers.tochka.api import Api
from providers.tochka.bank import STATEMENT_LIFE
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.window import Window

WAIT = timedelta(seconds=2)
"""A statement is mostly ready within seconds; whoever waits longer is for the caller to decide."""

_READY = "Ready"
_FAILED = "Error"


async def ordered(
    api: Api, grant: Grant, account: FoundAccount, want: Window, now: datetime
) -> Piece:
    """Order the window; one that is ready at once is collected at once, for its rows."""
    theirs = await api.order(grant, account.reference, want)
    mark = f"{theirs.statement_id} {int(now.timestamp())}"
    if theirs.status == _FAILED:
        raise Refused(Code.STATEMENT_FAILED, words=theirs.status)
    if theirs.status == _READY:
        return await collected(api, grant, account, want, mark=mark, now=now)
    return Piece(mark=mark, again_in=WAIT)


async def collected(
    api: Api, grant: Grant, account: FoundAccount, want: Window, *, mark: str, now: datetime
) -> Piece:
    """The rows and both balances of the window, or the same mark until they are ready.

    While the bank itself says that it is preparing ours, it may take as long as it likes; what it
    does not show us any more is lost when a statement's life of 24 hours is over.
    """
    statement_id, _, second = mark.partition(" ")
    age = timedelta(seconds=int(now.timestamp()) - int(second)) if second else WAIT
    found = _own(await api.statements(grant, account.reference, statement_id), statement_id)
    if found is None and age > STATEMENT_LIFE:
        raise Refused(Code.STATEMENT_LOST, evidence={"ordered_ago": str(age)})
    if found is not None and found.status == _FAILED:
        raise Refused(Code.STATEMENT_FAILED, words=found.status)
    if found is None or found.status != _READY:
        return Piece(mark=mark, again_in=WAIT)
    _vet(found, account, want)
    told = found.transaction or ()
    rows = translate.entries(told, want)
    return Piece(
        covers=want,
        entries=rows,
        figures=translate.figures(found, want, account.currency),
        as_of=translate.instant(found.creation_date_time),
        repeats=_inside(told, want) - len(rows) if len(rows) < len(told) else 0,
    )


def _inside(told: Sequence[wire.Transaction], want: Window) -> int:
    return sum(1 for row in told if want.first <= row.document_process_date <= want.last)


def _own(theirs: Sequence[wire.Statement], statement_id: str) -> wire.Statement | None:
    """Ours among those that came; the id is optional, so a single one without it is ours too."""
    named = next((one for one in theirs if one.statement_id == statement_id), None)
    if named is None and len(theirs) == 1 and theirs[0].statement_id is None:
        return theirs[0]
    return named


def _vet(theirs: wire.Statement, account: FoundAccount, want: Window) -> None:
    """A statement of another account or of other days is not the one that is waited for."""
    own = translate.number(theirs.account_id)
    if own != translate.number(account.reference):
        raise Refused(Code.STATEMENT_LOST, evidence={"found": [translate.ending(own)]})
    if (theirs.start_date_time, theirs.end_date_time) != (want.first, want.last):
        evidence = {
            "wanted": f"{want.first}/{want.last}",
            "found": [f"{theirs.start_date_time}/{theirs.end_date_time}"],
        }
        raise Refused(Code.STATEMENT_LOST, evidence=evidence)
