"""What today gained or lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from providers.contract import Grant, Refused
from providers.sber.provider import Sber
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.statement import Piece
from tests.providers.sber.conftest import Script
from tests.providers.sber.test_pull import FORMING, NOTHING, SUMMARY, rows

INCREMENT = "/v2/statement/increment"
NOON = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def changes(sber: Sber, grant: Grant, account: FoundAccount, now: datetime) -> Any:
    async def go(since: datetime = NOON, at: datetime = now) -> Piece:
        return await sber.changes(grant, account, since, at)

    return go


async def test_the_increment_begins_two_minutes_before_the_last_one(
    script: Script, changes: Any
) -> None:
    """An operation may be stamped a moment before it can be seen."""
    script.says(INCREMENT, {"transactions": rows(1, 2)})
    script.says(SUMMARY, "summary")

    piece = await changes()

    assert script.asked(INCREMENT) == [
        {
            "accountNumber": "40702810938000012345",
            "lastModifyDate": "2026-03-20T11:58:00",
            "page": "1",
        }
    ]
    assert piece.covers is None
    assert piece.again_in is None
    assert [(entry.key, entry.booking_date) for entry in piece.entries] == [
        ("op1", date(2026, 3, 20)),
        ("op2", date(2026, 3, 20)),
    ]
    assert (piece.figures[0].first, piece.figures[0].credit_count) == (date(2026, 3, 20), 2)
    assert [balance.amount for balance in piece.balances] == [Decimal("1049659.89")]


@pytest.mark.parametrize(
    "since",
    [
        datetime(2026, 3, 19, 21, 0, tzinfo=UTC),
        datetime(2026, 3, 19, 21, 1, 59, tzinfo=UTC),
        datetime(2020, 1, 1, tzinfo=UTC),
    ],
)
async def test_before_today_the_whole_of_today_is_asked_for(
    script: Script, changes: Any, since: datetime
) -> None:
    """The increment knows only the current day; both parameters at once are forbidden."""
    script.says(INCREMENT, {"transactions": []})
    script.says(SUMMARY, NOTHING, status=404)

    await changes(since)

    assert script.asked(INCREMENT) == [
        {"accountNumber": "40702810938000012345", "statementDate": "2026-03-20", "page": "1"}
    ]


@pytest.mark.parametrize(
    "deleted",
    [
        {"deletedTransactions": [{"operationId": "op7", "uuid": "u"}]},
        {"deleted": ["op7"]},
        {"listOfDeletedOperations": [{"operationId": "op7", "amount": {"amount": "1.00"}}]},
        {"isDeleted": False, "transactionsDeleted": [{"operationId": "op7"}]},
    ],
)
async def test_deleted_operations_are_found_under_any_name(
    script: Script, changes: Any, deleted: dict[str, Any]
) -> None:
    """The list exists by the papers; its name and shape stand nowhere."""
    script.says(INCREMENT, {"transactions": rows(1, 1), **deleted})
    script.says(SUMMARY, "summary")

    piece = await changes()

    assert (piece.withdrawn, piece.reread) == (("op7",), False)


@pytest.mark.parametrize(
    "told",
    [
        {"reloadTime": "2026-03-20T12:00:00"},
        {"reloadTime": 1774000000},
        {"deletedTransactions": [{"uuid": "9e1f"}]},
        {"deletedTransactions": [{"operationId": "op1"}]},
    ],
)
async def test_what_cannot_be_settled_from_here_has_the_day_read_again(
    script: Script, changes: Any, told: dict[str, Any]
) -> None:
    """A reloaded day, a deletion without our key, a row both told and deleted."""
    script.says(INCREMENT, {"transactions": rows(1, 1), **told})
    script.says(SUMMARY, "summary")

    piece = await changes()

    assert piece.reread
    assert piece.withdrawn == ()


async def test_the_increment_has_pages_too(script: Script, changes: Any) -> None:
    """Deletions of every page count; the page number is ours."""
    script.says(
        INCREMENT,
        {
            "links": [{"rel": "next", "href": "?page=2"}],
            "transactions": rows(1, 2),
            "deleted": ["op8"],
        },
        {"transactions": rows(2, 3), "deleted": ["op9"]},
    )
    script.says(SUMMARY, "summary")

    piece = await changes()

    assert [entry.key for entry in piece.entries] == ["op1", "op2", "op3"]
    assert piece.withdrawn == ("op8", "op9")
    assert [asked["page"] for asked in script.asked(INCREMENT)] == ["1", "2"]


async def test_a_repeating_increment_is_given_up(script: Script, changes: Any) -> None:
    """The same page for another number means that the number is not heard."""
    script.says(INCREMENT, {"_links": [{"rel": "next"}], "transactions": rows(1, 2)})

    with pytest.raises(Refused) as refused:
        await changes()

    assert refused.value.code is Code.STATEMENT_INCOMPLETE


async def test_nothing_since_is_no_news(script: Script, changes: Any, now: datetime) -> None:
    """404 is how this method says that nothing has moved."""
    script.says(INCREMENT, NOTHING, status=404)
    script.says(SUMMARY, NOTHING, status=404)

    piece = await changes()

    assert piece == Piece(as_of=now)


async def test_an_increment_being_formed_is_asked_again(script: Script, changes: Any) -> None:
    """202 is possible here as well."""
    script.says(INCREMENT, FORMING, status=202)

    piece = await changes()

    assert piece == Piece(again_in=timedelta(seconds=2))


async def test_a_list_of_deletions_that_is_none_is_refused(script: Script, changes: Any) -> None:
    """To overlook a deletion would leave money in the ledger that is not there."""
    script.says(INCREMENT, {"transactions": [], "deletedTransactions": [7]})

    with pytest.raises(Refused) as refused:
        await changes()

    assert refused.value.code is Code.BANK_FORMAT_CHANGED
    assert "deletedTransactions" in refused.value.evidence["where"]
