"""Ordering a camt.053 of one of Tatra's own accounts, and collecting it when it is made."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from providers.contract import Grant, Piece, Refused
from providers.refusals import read
from providers.tatra import camt, wire
from providers.tatra.line import Line
from providers.tatra.refusals import earliest
from providers.tatra.translate import day_of
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.statement import Figures
from schemas.window import Window

MARK = "task:"
POLLS_MAX = 60
STATEMENTS_MAX = 100
QUICK_POLLS = 5
QUICK, SLOW = timedelta(seconds=2), timedelta(seconds=10)
"""The bank wants at least two seconds between two questions about one task."""

NOT_OFFERED = frozenset(
    {Code.ACCOUNT_NOT_FOUND, Code.ACCOUNT_KIND_NOT_SUPPORTED, Code.BANK_CONTRACT_MISSING}
)
"""An account may serve transactions and still have no statements: then rows come unproven."""

MADE = frozenset({"SUCCEEDED", "SUCCESS", "FINISHED", "COMPLETED", "DONE"})
FAILED = frozenset({"FAILED", "FAILURE", "ERROR", "REJECTED", "CANCELLED", "CANCELED", "EXPIRED"})


async def order(line: Line, grant: Grant, account: FoundAccount, days: Window) -> str | None:
    """Order the statement of past days and give the mark to ask after it; None: not to be had."""
    try:
        return await _order(line, grant, account, days)
    except Refused as refusal:
        oldest = earliest(refusal)
        if oldest is None and refusal.code in NOT_OFFERED:
            return None
        if oldest is None or oldest <= days.first:
            raise
        if oldest > days.last:
            return None
    return await _order(line, grant, account, Window(oldest, days.last))


async def _order(line: Line, grant: Grant, account: FoundAccount, days: Window) -> str:
    answer = await line.call(
        "order statement",
        "POST",
        _address(line, account, "/tasks"),
        grant.access,
        json={
            "dateFromStatements": str(days.first),
            "dateToStatements": str(days.last),
            "exportType": "XML",
        },
    )
    return MARK + read(answer, wire.Order).task_id


async def collect(
    line: Line, grant: Grant, account: FoundAccount, mark: str, days: Window
) -> Piece | tuple[Figures, ...] | Code:
    """The figures when the statement is made, else the piece that says when to ask again.

    Figures that cannot be had leave the days unproven, and the rows do not wait for them; the code
    says that the bank failed to make them.
    """
    task_id, _, polled = mark.removeprefix(MARK).partition("#")
    polls = int(polled) if polled.isdecimal() else 0
    try:
        task = read(
            await line.call(
                "statement task",
                "GET",
                _address(line, account, f"/tasks/{quote(task_id, safe='')}"),
                grant.access,
            ),
            wire.Task,
        )
        state = task.state.upper()
        if state in MADE:
            return await _download(line, grant, account, task.statements or [], days)
    except Refused as refusal:
        if refusal.code in NOT_OFFERED and "RESOURCE_UNKNOWN" not in (refusal.words or ""):
            return ()
        if refusal.status == 404:  # noqa: PLR2004 - the task or its file is gone
            raise Refused(
                Code.STATEMENT_LOST, status=refusal.status, words=refusal.words, body=refusal.body
            ) from refusal
        raise
    if state in FAILED or polls >= POLLS_MAX:
        return Code.STATEMENT_FAILED
    again = QUICK if polls < QUICK_POLLS else SLOW
    return Piece(mark=f"{MARK}{task_id}#{polls + 1}", again_in=again)


async def _download(
    line: Line, grant: Grant, account: FoundAccount, listed: list[wire.Listed], days: Window
) -> tuple[Figures, ...]:
    if len(listed) > STATEMENTS_MAX:
        raise Refused(
            Code.BANK_FORMAT_CHANGED, evidence={"where": "$.statements", "count": len(listed)}
        )
    gathered: list[Figures] = []
    for file in listed:
        span = _span(file)
        if span is not None and span.meets(days) is None:
            continue
        answer = await line.call(
            "statement",
            "GET",
            _address(line, account, f"/{quote(file.statement_id, safe='')}"),
            grant.access,
            headers={"Accept": "application/zip"},
        )
        gathered += camt.figures(
            answer.body, iban=account.iban, currency=account.currency, listed=span, within=days
        )
    return tuple(gathered)


def _span(file: wire.Listed) -> Window | None:
    try:
        if file.date_from and file.date_to:
            return Window(day_of(file.date_from), day_of(file.date_to))
    except ValueError as odd:
        raise Refused(
            Code.BANK_FORMAT_CHANGED, evidence={"where": "$.statements", "why": "dates"}
        ) from odd
    return None


def _address(line: Line, account: FoundAccount, rest: str) -> str:
    reference = quote(account.reference, safe="")
    return line.at(line.settings.statements_version, f"/accounts/{reference}/statements{rest}")
