"""A day is whole or it is not told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from providers.contract import Grant, Refused
from providers.sber import statement
from providers.sber.provider import Sber
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.statement import Piece
from schemas.window import Window
from tests.providers.sber.conftest import Script

SUMMARY = "/v2/statement/summary"
PAGES = "/v2/statement/transactions"
DAY = Window(date(2026, 3, 17), date(2026, 3, 17))
NOTHING = {"cause": "DATA_NOT_FOUND_EXCEPTION", "message": "Данные не найдены"}
FORMING = {"cause": "STATEMENT_RESPONSE_PROCESSING", "referenceId": "r", "message": "wait"}


def rows(first: int, last: int) -> list[dict[str, Any]]:
    return [
        {
            "operationId": f"op{number}",
            "amount": {"amount": f"{number}.00", "currencyName": "RUR"},
            "direction": "CREDIT",
        }
        for number in range(first, last + 1)
    ]


def page(first: int, last: int, *, more: bool) -> dict[str, Any]:
    links = [{"href": "http://evil.test/?page=9", "rel": "next"}] if more else []
    return {"_links": links, "transactions": rows(first, last)}


@pytest.fixture
def pull(sber: Sber, grant: Grant, account: FoundAccount, now: datetime) -> Any:
    async def go(want: Window = DAY, mark: str | None = None, at: datetime = now) -> Piece:
        return await sber.pull(grant, account, want, mark, at)

    return go


async def test_a_day_comes_with_all_pages_and_its_figures(script: Script, pull: Any) -> None:
    """Rows of every page and the figures they are proven by are one piece."""
    script.says(SUMMARY, "summary")
    script.says(PAGES, "page_1", "page_2")

    piece = await pull()

    assert piece.covers == DAY
    assert len(piece.entries) == 4
    assert {entry.booking_date for entry in piece.entries} == {DAY.first}
    assert piece.figures[0].closing == Decimal("1049659.89")
    assert piece.balances == ()
    assert script.asked(PAGES) == [
        {"accountNumber": "40702810938000012345", "statementDate": "2026-03-17", "page": "1"},
        {"accountNumber": "40702810938000012345", "statementDate": "2026-03-17", "page": "2"},
    ]


async def test_parameters_keep_the_documented_order_and_the_token_is_a_bearer(
    script: Script, pull: Any
) -> None:
    """The bank demands its model's order of at least one method, so all keep it."""
    script.says(SUMMARY, "summary")
    script.says(PAGES, page(1, 1, more=False))

    await pull()

    assert [str(request.url).partition("?")[2] for request in script.requests] == [
        "accountNumber=40702810938000012345&statementDate=2026-03-17",
        "accountNumber=40702810938000012345&statementDate=2026-03-17&page=1",
    ]
    assert script.requests[0].headers["authorization"] == "Bearer CANARY-access-5d0c7a31"


@pytest.mark.parametrize(
    ("pages", "count"),
    [
        ([page(1, 0, more=False)], 0),
        ([page(1, 1, more=False)], 1),
        ([page(1, 100, more=False)], 100),
        ([page(1, 100, more=True), page(101, 101, more=False)], 101),
        ([page(1, 100, more=True), page(101, 100, more=True)], 100),
        ([page(1, 100, more=True), page(101, 200, more=True), page(201, 201, more=False)], 201),
        ([{"transactions": None}], 0),
    ],
)
async def test_pages_end_where_the_bank_says_so(
    script: Script, pull: Any, pages: list[dict[str, Any]], count: int
) -> None:
    """A page beyond the end is refused, so none is asked for that was not announced."""
    script.says(SUMMARY, "summary")
    script.says(PAGES, *pages)

    piece = await pull()

    assert len(piece.entries) == count
    assert len(script.asked(PAGES)) == len(pages)
    assert {request.url.host for request in script.requests} == {"fintech.test"}


async def test_a_page_that_comes_again_is_no_whole_day(script: Script, pull: Any) -> None:
    """A bank that ignores the page number would be read for ever, and its rows doubled."""
    script.says(SUMMARY, "summary")
    script.says(PAGES, page(1, 2, more=True))

    with pytest.raises(Refused) as refused:
        await pull()

    assert refused.value.code is Code.STATEMENT_INCOMPLETE
    assert len(script.asked(PAGES)) == 2


async def test_endless_pages_are_given_up(
    script: Script, pull: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New rows on every page without an end would hold a worker for ever."""
    monkeypatch.setattr(statement, "PAGES_MAX", 3)
    script.says(SUMMARY, "summary")
    script.says(PAGES, *(page(n, n, more=True) for n in range(1, 6)))

    with pytest.raises(Refused) as refused:
        await pull()

    assert refused.value.code is Code.STATEMENT_INCOMPLETE


async def test_a_row_that_slid_onto_the_next_page_is_told_once(script: Script, pull: Any) -> None:
    """The day grew between two pages; the figures will show whether anything fell out."""
    script.says(SUMMARY, "summary")
    script.says(PAGES, page(1, 3, more=True), page(3, 4, more=False))

    piece = await pull()

    assert [entry.key for entry in piece.entries] == ["op1", "op2", "op3", "op4"]
    assert piece.repeats == 1


async def test_rows_without_an_id_are_never_merged(script: Script, pull: Any) -> None:
    """Two equal payments on one day are two payments."""
    twins = [{**row, "operationId": None} for row in rows(5, 5) * 2]
    script.says(SUMMARY, "summary")
    script.says(PAGES, {"transactions": [*twins, *rows(1, 1)]})

    piece = await pull()

    assert sorted(entry.key for entry in piece.entries) == ["", "", "op1"]


async def test_a_torn_day_starts_anew(script: Script, pull: Any) -> None:
    """The second page vanished while we read: what was read belongs to no day."""
    beyond = {
        "cause": "WORKFLOW_FAULT",
        "message": "Запрошенной страницы с операциями не существует.",
    }
    script.says(SUMMARY, "summary")
    for status, body in ((400, beyond), (404, NOTHING)):
        script.says(PAGES, page(1, 2, more=True))
        script.answers[PAGES] += _answers(script, body, status)

        with pytest.raises(Refused) as refused:
            await pull()

        assert refused.value.code is Code.STATEMENT_INCOMPLETE


def _answers(script: Script, body: object, status: int) -> list[Any]:
    script.says("/elsewhere", body, status=status)
    return script.answers["/elsewhere"]


@pytest.mark.parametrize("body", [FORMING, b"", b"<html>wait</html>"])
@pytest.mark.parametrize("where", [SUMMARY, PAGES])
async def test_a_day_being_formed_is_pending_and_never_empty(
    script: Script, pull: Any, where: str, body: object
) -> None:
    """202 comes for either method by itself, with an error's shape or with no body at all."""
    script.says(SUMMARY, "summary")
    script.says(PAGES, page(1, 1, more=False))
    script.says(where, body, status=202)

    piece = await pull()

    assert piece == Piece(mark="1", again_in=timedelta(seconds=2))


async def test_the_wait_grows_with_the_visits(script: Script, pull: Any) -> None:
    """The mark counts the visits in vain; rubbish for a mark begins from the start."""
    script.says(SUMMARY, FORMING, status=202)

    waits = []
    mark: str | None = "not ours"
    for _ in range(6):
        piece = await pull(mark=mark)
        mark = piece.mark
        waits.append(piece.again_in.total_seconds())

    assert waits == [2, 4, 8, 16, 32, 32]


@pytest.mark.parametrize("cause", ["DATA_NOT_FOUND", "DATA_NOT_FOUND_EXCEPTION"])
async def test_no_data_is_an_empty_day(script: Script, pull: Any, cause: str) -> None:
    """A day without movement may have no statement at all; nothing proves it then."""
    script.says(SUMMARY, {"cause": cause}, status=404)
    script.says(PAGES, {"cause": cause}, status=404)

    piece = await pull()

    assert (piece.covers, piece.entries, piece.figures) == (DAY, (), ())


async def test_an_empty_day_keeps_the_figures_of_its_summary(script: Script, pull: Any) -> None:
    """Rows missing under figures that speak of rows are for the ledger to notice."""
    script.says(SUMMARY, "summary")
    script.says(PAGES, NOTHING, status=404)

    piece = await pull()

    assert (piece.covers, piece.entries) == (DAY, ())
    assert piece.figures[0].credit_count == 2


async def test_rows_are_read_even_without_a_summary(script: Script, pull: Any) -> None:
    """The summary's 404 is not believed about the operations."""
    script.says(SUMMARY, NOTHING, status=404)
    script.says(PAGES, page(1, 2, more=False))

    piece = await pull()

    assert (len(piece.entries), piece.figures) == (2, ())


async def test_a_day_on_which_the_account_was_not_open_is_empty(script: Script, pull: Any) -> None:
    """Before the opening and after the closing there is nothing to lose."""
    closed = {
        "cause": "WORKFLOW_FAULT",
        "message": "Счет не является действующим на запрошенную дату.",
    }
    script.says(SUMMARY, closed, status=400)

    piece = await pull()

    assert (piece.covers, piece.entries, piece.figures) == (DAY, (), ())


async def test_tomorrow_is_not_open_yet(script: Script, pull: Any) -> None:
    """Between midnight and 03:01 in Moscow the bank calls today the future."""
    script.says(
        SUMMARY, {"cause": "WORKFLOW_FAULT", "message": "Дата выписки позже текущей"}, status=400
    )

    with pytest.raises(Refused) as refused:
        await pull()

    assert refused.value.code is Code.DAY_NOT_OPEN_YET


@pytest.mark.parametrize("cause", ["WORKFLOW_FAULT", "VALIDATION_FAULT"])
async def test_a_day_beyond_the_depth_teaches_the_oldest_one(
    script: Script, pull: Any, cause: str
) -> None:
    """The words are unknown, so an unknown refusal counts only beyond five years and this one."""
    script.says(SUMMARY, {"cause": cause, "message": "Нельзя"}, status=400)
    ancient = date(2020, 12, 31)

    piece = await pull(Window(ancient, ancient))

    assert piece == Piece(earliest=date(2021, 1, 1))
    with pytest.raises(Refused) as refused:
        await pull()
    assert refused.value.code is Code.BANK_REFUSAL_UNRECOGNISED


async def test_a_depth_named_by_the_bank_counts_on_any_day(script: Script, pull: Any) -> None:
    """A contour may keep less than the papers say."""
    words = {"cause": "WORKFLOW_FAULT", "message": "Превышена глубина хранения выписки"}
    script.says(SUMMARY, words, status=400)

    piece = await pull()

    assert piece == Piece(earliest=date(2026, 3, 18))


async def test_today_brings_the_balance(script: Script, pull: Any) -> None:
    """The closing balance of a past day is not what is on the account."""
    at = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)
    script.says(SUMMARY, "summary")
    script.says(PAGES, page(1, 1, more=False))

    piece = await pull(at=at)

    assert [(b.amount, b.as_of) for b in piece.balances] == [(Decimal("1049659.89"), at)]


async def test_an_account_in_dollars_asks_for_the_richer_layout(
    script: Script, sber: Sber, grant: Grant, account: FoundAccount, now: datetime
) -> None:
    """Without `curFormat` the bank chooses SWIFT's fields, which know no INN."""
    script.says(SUMMARY, NOTHING, status=404)
    script.says(PAGES, NOTHING, status=404)

    await sber.pull(grant, msgspec.structs.replace(account, currency="USD"), DAY, None, now)

    assert script.asked(PAGES)[0]["curFormat"] == "curTransfer"


async def test_more_than_a_day_at_once_is_our_mistake(pull: Any) -> None:
    """There is no range at this bank; reading only its first day would look like the whole."""
    with pytest.raises(ValueError, match="one day"):
        await pull(Window(date(2026, 3, 1), date(2026, 3, 2)))
