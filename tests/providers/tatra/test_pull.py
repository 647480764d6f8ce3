"""Rows and what proves them, and how deep the bank lets one look."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from providers.contract import Grant, Piece, Refused
from providers.tatra.provider import Tatra
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.window import Window
from tests.providers.tatra.script import Script, fixture, refusal

ROWS = "GET /transactions"
ORDER = "POST /v1/accounts/acc-own/statements/tasks"
TASK = "GET /statements/tasks/t-1"
FILE = "GET /statements/s-1"
WANT = Window(date(2026, 5, 1), date(2026, 5, 12))
TOO_EARLY = "Period not allowed. Earliest allowed dateFrom is 2026-05-05."

Tuned = Callable[..., Tatra]


def archive() -> httpx.Response:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("s.xml", fixture("camt.xml"))
    return httpx.Response(
        200, content=buffer.getvalue(), headers={"content-type": "application/zip"}
    )


async def test_an_own_account_is_proven_by_its_statement(
    tatra: Tatra, script: Script, grant: Grant, own: FoundAccount, now: datetime
) -> None:
    """Order, wait, collect, and read the rows in the same step as the figures."""
    script.says(ORDER, {"taskId": "t-1"})
    listed = [{"statementId": "s-1", "dateFrom": "2026-05-01", "dateTo": "2026-05-11"}]
    script.says(TASK, {"state": "PROCESSING"}, {"state": "SUCCEEDED", "statements": listed})
    script.says(FILE, archive())
    script.says(ROWS, fixture("transactions.json"))

    ordered = await tatra.pull(grant, own, WANT, None, now)
    waiting = await tatra.pull(grant, own, WANT, ordered.mark, now)
    piece = await tatra.pull(grant, own, WANT, waiting.mark, now)

    assert ordered == Piece(mark="task:t-1", again_in=timedelta(seconds=2))
    assert waiting == Piece(mark="task:t-1#1", again_in=timedelta(seconds=2))
    assert (piece.covers, piece.mark, piece.again_in) == (WANT, None, None)
    assert len(piece.entries) == 6
    assert piece.figures[0].opening == Decimal(-100)
    assert json.loads(script.asked(ORDER)[0].content) == {
        "dateFromStatements": "2026-05-01",
        "dateToStatements": "2026-05-11",
        "exportType": "XML",
    }
    assert script.asked(FILE)[0].headers["accept"] == "application/zip"


@pytest.mark.parametrize(
    "answer",
    [
        refusal(404, "NO_ACCOUNT", "Account does not exist"),
        refusal(404, "PRODUCT_UNKNOWN"),
        refusal(403, "NO_CONTRACT"),
    ],
)
async def test_without_statements_the_rows_come_unproven(
    *,
    tatra: Tatra,
    script: Script,
    grant: Grant,
    own: FoundAccount,
    now: datetime,
    answer: httpx.Response,
) -> None:
    """An account of Tatra's may serve transactions and still have no statements."""
    script.says(ORDER, answer)
    script.says(ROWS, fixture("transactions.json"))

    piece = await tatra.pull(grant, own, WANT, None, now)

    assert (piece.covers, piece.figures) == (WANT, ())


async def test_today_alone_orders_no_statement(
    tatra: Tatra, script: Script, grant: Grant, own: FoundAccount, now: datetime
) -> None:
    """A day that is not over has no closing balance."""
    script.says(ROWS, fixture("transactions.json"))

    piece = await tatra.pull(grant, own, Window(WANT.last, WANT.last), None, now)

    assert [entry.key for entry in piece.entries] == ["pending:P-77"]


@pytest.mark.parametrize("state", ["FAILED", "REJECTED"])
async def test_a_failed_task_does_not_hold_the_rows(
    *, tatra: Tatra, script: Script, grant: Grant, own: FoundAccount, now: datetime, state: str
) -> None:
    """Rows are what the customer waits for; days without figures say that they are unproven."""
    script.says(TASK, {"state": state})
    script.says(ROWS, fixture("transactions.json"))

    piece = await tatra.pull(grant, own, WANT, "task:t-1#3", now)

    assert (piece.covers, piece.figures) == (WANT, ())


async def test_a_task_that_never_ends_is_given_up(
    tatra: Tatra, script: Script, grant: Grant, own: FoundAccount, now: datetime
) -> None:
    """A word for failure that we do not know must not keep the rows away for ever."""
    script.says(TASK, {"state": "KAPUTT"})
    script.says(ROWS, fixture("transactions.json"))

    slow = await tatra.pull(grant, own, WANT, "task:t-1#59", now)
    piece = await tatra.pull(grant, own, WANT, slow.mark, now)

    assert slow == Piece(mark="task:t-1#60", again_in=timedelta(seconds=10))
    assert piece.covers == WANT


@pytest.mark.parametrize(
    ("task", "file"),
    [
        (httpx.Response(404), archive()),
        (refusal(404, "RESOURCE_UNKNOWN"), archive()),
        (None, httpx.Response(404)),
    ],
)
async def test_a_vanished_statement_is_lost(
    *,
    tatra: Tatra,
    script: Script,
    grant: Grant,
    own: FoundAccount,
    now: datetime,
    task: httpx.Response | None,
    file: httpx.Response,
) -> None:
    """It is ordered anew by whoever planned the window."""
    script.says(TASK, task or {"state": "SUCCEEDED", "statements": [{"statementId": "s-1"}]})
    script.says(FILE, file)

    with pytest.raises(Refused) as refused:
        await tatra.pull(grant, own, WANT, "task:t-1", now)

    assert refused.value.code is Code.STATEMENT_LOST


async def test_the_depth_limit_is_learnt_and_obeyed_at_once(
    tatra: Tatra, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """The bank tells its oldest day only in this refusal, one for each account."""
    script.says(ROWS, refusal(400, "PERIOD_INVALID", TOO_EARLY), fixture("transactions.json"))

    piece = await tatra.pull(grant, linked, WANT, None, now)

    assert piece.earliest == date(2026, 5, 5)
    assert piece.covers == Window(date(2026, 5, 5), WANT.last)
    assert [query["dateFrom"] for query in script.queries(ROWS)] == ["2026-05-01", "2026-05-05"]


async def test_a_window_older_than_the_limit_covers_nothing(
    tatra: Tatra, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """There is nothing to read, and the oldest day is learnt all the same."""
    script.says(ROWS, refusal(400, "PERIOD_INVALID", TOO_EARLY))

    piece = await tatra.pull(grant, linked, Window(WANT.first, date(2026, 5, 3)), None, now)

    assert piece == Piece(earliest=date(2026, 5, 5))


async def test_a_limit_that_moves_is_not_chased(
    tatra: Tatra, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """One repeat within a step; more would be a loop."""
    script.says(ROWS, refusal(400, "", TOO_EARLY))

    with pytest.raises(Refused) as refused:
        await tatra.pull(grant, linked, WANT, None, now)

    assert refused.value.code is Code.HISTORY_LIMIT_EXCEEDED
    assert len(script.requests) == 2


async def test_statements_obey_the_depth_limit_too(
    tatra: Tatra, script: Script, grant: Grant, own: FoundAccount, now: datetime
) -> None:
    """What can be proven of the window is proven."""
    script.says(ORDER, refusal(400, "PERIOD_INVALID", TOO_EARLY), {"taskId": "t-1"})

    piece = await tatra.pull(grant, own, WANT, None, now)

    assert piece.mark == "task:t-1"
    assert json.loads(script.asked(ORDER)[1].content)["dateFromStatements"] == "2026-05-05"


async def test_a_linked_account_is_as_old_as_its_copy(
    tatra: Tatra, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """Tatra fetches it four times a day; whoever reads must see that."""
    script.says(ROWS, fixture("transactions.json"))

    piece = await tatra.pull(grant, linked, WANT, None, now)

    assert (piece.as_of, script.asked("PUT /v3/refresh")) == (linked.data_as_of, [])


async def test_a_present_customer_has_linked_banks_fetched_anew(
    tuned: Tuned, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """The bank demands his address, and takes half a minute."""
    tatra = tuned(psu_ip_address="192.0.2.7", psu_device_os="Linux")
    script.says("PUT /v3/refresh", {"taskId": "r"})
    script.says(ROWS, fixture("transactions.json"))

    asked = await tatra.pull(grant, linked, WANT, None, now)
    piece = await tatra.pull(grant, linked, WANT, asked.mark, now)

    assert asked == Piece(mark="refreshed", again_in=timedelta(seconds=30))
    assert piece.covers == WANT
    headers = script.asked("PUT /v3/refresh")[0].headers
    assert (headers["psu-ip-address"], headers["psu-device-os"]) == ("192.0.2.7", "Linux")
    assert "psu-user-agent" not in headers


async def test_a_refused_refresh_does_not_stop_the_reading(
    tuned: Tuned, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """It is a courtesy: what Tatra has is read all the same."""
    script.says("PUT /v3/refresh", httpx.Response(400))
    script.says(ROWS, fixture("transactions.json"))

    piece = await tuned(psu_ip_address="192.0.2.7").pull(grant, linked, WANT, None, now)

    assert piece.covers == WANT


async def test_changes_read_whole_days(
    tatra: Tatra, script: Script, grant: Grant, own: FoundAccount, now: datetime
) -> None:
    """The bank tells no increments, so the days since then are read anew."""
    script.says(ROWS, fixture("transactions.json"))

    piece = await tatra.changes(grant, own, now - timedelta(days=1), now)

    assert piece.covers == Window(date(2026, 5, 11), date(2026, 5, 12))
