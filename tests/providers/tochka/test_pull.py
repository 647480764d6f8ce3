"""Statements: ordered, waited for, collected; and the accounts they belong to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from providers.contract import Piece, Refused
from providers.tochka.bank import BANK, NAME
from providers.tochka.provider import Tochka
from schemas.account import FoundAccount, Owner
from schemas.codes import Code
from schemas.statement import Figures
from schemas.window import Window
from tests.providers.tochka.conftest import (
    ACCOUNT,
    BANKING,
    CONSENT_ID,
    CONSENTS,
    GRANT,
    NOW,
    STATEMENT_ID,
    WANT,
    Script,
    refusal,
)

ORDERS = f"{BANKING}/statements"
OURS = f"{BANKING}/accounts/40702810912340000077/044525104/statements/{STATEMENT_ID}"
MARK = f"{STATEMENT_ID} {int(NOW.timestamp())}"
SOON = timedelta(seconds=2)


async def test_a_statement_is_ordered_for_whole_days(tochka: Tochka, script: Script) -> None:
    """The fields are named after instants and take dates; both days are included."""
    script.says("POST", ORDERS, "ordered")
    piece = await tochka.pull(GRANT, ACCOUNT, WANT, None, NOW)

    assert piece == Piece(mark=MARK, again_in=SOON)
    (request,) = script.requests
    assert msgspec.json.decode(request.content) == {
        "Data": {
            "Statement": {
                "accountId": "40702810912340000077/044525104",
                "startDateTime": "2026-03-01",
                "endDateTime": "2026-03-10",
            }
        }
    }
    assert request.headers["customercode"] == "301112223"
    assert request.headers["authorization"] == f"Bearer {GRANT.access}"


@pytest.mark.parametrize(
    "answer",
    [
        "processing",
        {"Data": {"Statement": []}},
        {
            "Data": {
                "Statement": [
                    {
                        "accountId": "x",
                        "statementId": STATEMENT_ID,
                        "status": "Brewing",
                        "startDateTime": "2026-03-01",
                        "endDateTime": "2026-03-10",
                    }
                ]
            }
        },
        refusal(200, "try later"),
    ],
)
async def test_a_statement_that_is_not_ready_keeps_its_mark(
    tochka: Tochka,
    script: Script,
    answer: Any,
) -> None:
    """Also under a status we never saw, in an answer without it, or as a refusal that is none."""
    script.says("GET", OURS, answer)

    assert await tochka.pull(GRANT, ACCOUNT, WANT, MARK, NOW) == Piece(mark=MARK, again_in=SOON)


async def test_a_refusal_that_is_none_may_come_with_a_bad_status(
    tochka: Tochka, script: Script
) -> None:
    """Only what complains of our own words is a mistake of ours."""
    script.says("GET", OURS, refusal(400, "Something"), status=400)
    script.says("GET", OURS, refusal(400, "Field required", "Validation Error"), status=400)

    assert await tochka.pull(GRANT, ACCOUNT, WANT, MARK, NOW) == Piece(mark=MARK, again_in=SOON)
    with pytest.raises(Refused) as refused:
        await tochka.pull(GRANT, ACCOUNT, WANT, MARK, NOW)
    assert refused.value.code is Code.BANK_FORMAT_CHANGED


async def test_a_ready_statement_covers_the_window(tochka: Tochka, script: Script) -> None:
    """Rows and balances of one reading; ours is found among others in the array."""
    script.says("GET", OURS, "statement")
    piece = await tochka.pull(GRANT, ACCOUNT, WANT, MARK, NOW)

    assert (piece.covers, len(piece.entries), piece.mark) == (WANT, 4, None)
    assert piece.figures == (
        Figures(
            first=WANT.first,
            last=WANT.last,
            opening=Decimal(100000),
            closing=Decimal("27249.55"),
        ),
    )
    assert piece.as_of == datetime(2026, 3, 20, 11, 30, 2, 120334, UTC)


async def test_a_row_told_twice_is_told_once_and_counted(tochka: Tochka, script: Script) -> None:
    """The bank may repeat a row in one statement; support sees how often."""
    told = msgspec.json.decode(script.body("statement"))
    for statement in told["Data"]["Statement"]:
        if statement.get("Transaction"):
            statement["Transaction"].append(statement["Transaction"][0])
    script.says("GET", OURS, told)
    piece = await tochka.pull(GRANT, ACCOUNT, WANT, MARK, NOW)

    assert (len(piece.entries), piece.repeats) == (4, 1)


async def test_a_statement_that_is_ready_at_once_is_collected_at_once(
    tochka: Tochka, script: Script
) -> None:
    """The answer to an order carries no rows, so an empty one is never taken for a reading."""
    script.says("POST", ORDERS, "ordered_ready")
    script.says("GET", OURS, "statement")
    piece = await tochka.pull(GRANT, ACCOUNT, WANT, None, NOW)

    assert (piece.covers, len(piece.entries)) == (WANT, 4)


async def test_a_statement_without_rows_is_a_reading_of_quiet_days(
    tochka: Tochka, script: Script
) -> None:
    """The list is missing then, and both balances are the same."""
    script.says("GET", OURS, "empty")
    piece = await tochka.pull(GRANT, ACCOUNT, WANT, MARK, NOW)

    assert (piece.covers, piece.entries, len(piece.figures)) == (WANT, (), 1)


async def test_an_id_may_be_missing_from_the_only_statement(tochka: Tochka, script: Script) -> None:
    """The paper has it optional."""
    only = msgspec.json.decode(script.body("empty"))
    del only["Data"]["Statement"][0]["statementId"]
    script.says("GET", OURS, only)

    assert (await tochka.pull(GRANT, ACCOUNT, WANT, MARK, NOW)).covers == WANT


@pytest.mark.parametrize("answer", ["failed", "ordered_failed"])
async def test_a_statement_that_failed_is_told(
    tochka: Tochka,
    script: Script,
    answer: str,
) -> None:
    """At once or later; it is then ordered anew."""
    failed = msgspec.json.decode(script.body("ordered"))
    failed["Data"]["Statement"]["status"] = "Error"
    script.says("POST", ORDERS, failed)
    script.says("GET", OURS, "failed")

    with pytest.raises(Refused) as refused:
        await tochka.pull(GRANT, ACCOUNT, WANT, MARK if answer == "failed" else None, NOW)

    assert refused.value.code is Code.STATEMENT_FAILED


@pytest.mark.parametrize(
    "body",
    [refusal(404, "Not found statement under account", "HTTPNotFound"), b"", b"<html>404</html>"],
)
async def test_a_statement_that_is_gone_is_lost(
    tochka: Tochka,
    script: Script,
    body: Any,
) -> None:
    """The bank keeps it for 24 hours."""
    script.says("GET", OURS, body, status=404)

    with pytest.raises(Refused) as refused:
        await tochka.pull(GRANT, ACCOUNT, WANT, MARK, NOW)

    assert refused.value.code is Code.STATEMENT_LOST


async def test_nobody_waits_for_ever_for_a_statement_that_is_not_shown(
    tochka: Tochka, script: Script
) -> None:
    """After a statement's life an answer without it means that it is gone."""
    script.says("GET", OURS, refusal(200, "try later"))
    day = timedelta(hours=24)

    assert (await tochka.pull(GRANT, ACCOUNT, WANT, MARK, NOW + day)).mark == MARK
    with pytest.raises(Refused) as refused:
        await tochka.pull(GRANT, ACCOUNT, WANT, MARK, NOW + day + SOON)
    assert refused.value.code is Code.STATEMENT_LOST


async def test_the_bank_may_prepare_as_long_as_it_likes(tochka: Tochka, script: Script) -> None:
    """Ordering anew what it still holds would put us at the end of its queue."""
    script.says("GET", OURS, "processing")

    piece = await tochka.pull(GRANT, ACCOUNT, WANT, MARK, NOW + timedelta(days=3))
    assert piece == Piece(mark=MARK, again_in=SOON)


@pytest.mark.parametrize(
    ("changed", "window"),
    [
        ({"reference": "40702810912340000078/044525104"}, None),
        ({}, Window(date(2026, 3, 1), date(2026, 3, 9))),
    ],
)
async def test_a_statement_of_something_else_is_not_taken(
    tochka: Tochka,
    script: Script,
    changed: dict[str, str],
    window: Window | None,
) -> None:
    """A mark that went astray must not fill days with rows of others."""
    script.says("GET", OURS, "statement")
    script.says("GET", OURS.replace("0077", "0078"), "statement")

    with pytest.raises(Refused) as refused:
        await tochka.pull(
            GRANT, msgspec.structs.replace(ACCOUNT, **changed), window or WANT, MARK, NOW
        )

    assert refused.value.code is Code.STATEMENT_LOST


async def test_the_slash_goes_raw_and_can_be_sent_otherwise(
    tochka: Tochka,
    opened: Callable[..., Tochka],
    script: Script,
) -> None:
    """Both ways were seen to work in production; which one a proxy breaks is a setting."""
    script.says("GET", OURS, "empty")
    await tochka.pull(GRANT, ACCOUNT, WANT, MARK, NOW)
    await opened(encode_slash=True).pull(GRANT, ACCOUNT, WANT, MARK, NOW)

    assert [request.url.raw_path.split(b"/")[5:7] for request in script.requests] == [
        [b"40702810912340000077", b"044525104"],
        [b"40702810912340000077%2F044525104", b"statements"],
    ]


async def test_the_company_s_header_can_be_renamed_or_left_out(
    opened: Callable[..., Tochka],
    script: Script,
) -> None:
    """The bank's own papers spell it in two ways."""
    script.says("GET", OURS, "empty")
    await opened(company_header="customer-code").pull(GRANT, ACCOUNT, WANT, MARK, NOW)
    await opened(company_header="").pull(GRANT, ACCOUNT, WANT, MARK, NOW)

    named, silent = script.requests
    assert named.headers["customer-code"] == "301112223"
    assert not {"customer-code", "customercode"} & set(silent.headers)


@pytest.mark.parametrize("told", ["../../payment", "..", "a b", ""])
async def test_an_id_that_could_climb_is_not_put_into_a_path(
    tochka: Tochka,
    script: Script,
    told: str,
) -> None:
    """A path is built from the bank's own words, and only from words of the known shape."""
    script.says("POST", ORDERS, {"Data": {"Statement": {"statementId": told, "status": "Created"}}})

    with pytest.raises(Refused) as refused:
        await tochka.pull(GRANT, ACCOUNT, WANT, None, NOW)

    assert refused.value.code is Code.BANK_FORMAT_CHANGED


async def test_nothing_is_told_of_changes(tochka: Tochka, script: Script) -> None:
    """The bank has no such call, and the descriptor does not promise it."""
    assert await tochka.changes(GRANT, ACCOUNT, NOW, NOW) == Piece()
    assert (script.requests, BANK.capabilities.increment) == ([], False)


async def test_accounts_come_with_what_keeps_them_from_being_read(
    tochka: Tochka, script: Script
) -> None:
    """All are asked for without the company's header, so that strays can be named."""
    script.says("GET", f"{BANKING}/customers", "customers")
    script.says("GET", f"{BANKING}/accounts", "accounts")
    script.says("GET", f"{BANKING}/balances", "balances")
    script.says("GET", CONSENTS, b"", status=403)
    found = await tochka.accounts(GRANT, NOW)

    assert [(each.reference[-14:-10], each.kind, each.status, each.unfit) for each in found] == [
        ("0077", "settlement", "open", None),
        ("0012", "settlement", "blocked", None),
        ("0099", "settlement", "closed", "ACCOUNT_CLOSED"),
        ("0003", "deposit", "open", "ACCOUNT_KIND_NOT_SUPPORTED"),
        ("0005", "settlement", "blocked", "BANK_CONFIRMATION_PENDING"),
        ("0444", "settlement", "open", "ACCOUNT_OF_OTHER_ORGANISATION"),
        ("0001", "personal_card", "open", "ACCOUNT_KIND_NOT_SUPPORTED"),
    ]
    first, dollars, closed, *_ = found
    assert msgspec.structs.replace(first, balances=()) == FoundAccount(
        reference="40702810912340000077/044525104",
        number="40702810912340000077",
        bic="044525104",
        bank_name=NAME,
        currency="RUB",
        kind="settlement",
        owner=Owner(name='ООО "Наша Фирма"', inn="7709876540", kpp="770901001"),
        opened_on=date(2023, 5, 17),
        earliest=date(2023, 5, 17),
        provable=True,
    )
    assert [(each.type, each.sign) for each in dollars.balances] == [
        ("booked", "debit"),
        ("available", "debit"),
    ]
    assert closed.closed_on == date(2026, 2, 28)
    assert not {"customer-code", "customercode"} & {
        name for request in script.requests for name in request.headers
    }


async def test_an_account_of_unknown_words_is_an_open_account(
    tochka: Tochka, script: Script
) -> None:
    """Its first digits tell its kind; the consent's own end is asked for, since it may move."""
    told = {
        "accountId": "99999810912340000077",
        "currency": "643",
        "status": "Sleeping",
        "accountSubType": "Special",
        "registrationDate": "0001-01-01",
    }
    script.says("GET", f"{BANKING}/customers", {"Data": {"Customer": []}})
    script.says("GET", f"{BANKING}/accounts", {"Data": {"Account": [told]}})
    script.says("GET", f"{BANKING}/balances", {"Data": {"Balance": []}})
    script.says(
        "GET",
        CONSENTS,
        {
            "Data": {
                "Consent": [
                    {
                        "consentId": CONSENT_ID,
                        "status": "Authorised",
                        "expirationDateTime": "2026-04-20T14:30:00+03:00",
                    }
                ]
            }
        },
    )
    (found,) = await tochka.accounts(GRANT, NOW)

    assert found.consent_expires_at == datetime(2026, 4, 20, 11, 30, tzinfo=UTC)
    assert (found.kind, found.status, found.currency, found.bic, found.earliest, found.unfit) == (
        "special",
        "open",
        "RUB",
        None,
        None,
        None,
    )


async def test_a_reference_that_could_climb_is_refused(tochka: Tochka, script: Script) -> None:
    """It stands in the path of every collection."""
    told = {"accountId": "../../payment/v1.0", "currency": "RUB"}
    script.says("GET", f"{BANKING}/customers", {"Data": {"Customer": []}})
    script.says("GET", f"{BANKING}/accounts", {"Data": {"Account": [told]}})

    with pytest.raises(Refused) as refused:
        await tochka.accounts(GRANT, NOW)

    assert refused.value.code is Code.BANK_FORMAT_CHANGED
