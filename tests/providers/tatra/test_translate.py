"""Tatra's words become ours exactly."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.contract import Refused
from providers.tatra import translate, wire
from schemas.codes import Code
from schemas.transaction import Counterparty, Entry, Symbols
from schemas.window import Window
from tests.providers.tatra.script import fixture

MAY = Window(date(2026, 5, 1), date(2026, 5, 31))
TODAY = date(2026, 5, 12)


def rows(*told: dict[str, Any]) -> list[wire.Transaction]:
    plain = {"transactionAmount": {"amount": 1, "currency": "EUR"}, "bookingDate": "2026-05-11"}
    return msgspec.json.decode(
        msgspec.json.encode([{**plain, **row} for row in told]), type=list[wire.Transaction]
    )


def entries(*told: dict[str, Any], want: Window = MAY, pending: bool = False) -> list[Entry]:
    return translate.entries(rows(*told), want, today=TODAY, seen=set(), pending=pending)


def test_a_page_becomes_entries() -> None:
    """Sign, far side, symbols, states and ids are what an accountant compares with the bank."""
    page = msgspec.json.decode(fixture("transactions.json"), type=wire.Page)

    made = translate.entries(page.booked, MAY, today=TODAY, seen=set())

    assert made == [
        Entry(
            key="5820417733910",
            direction="credit",
            amount=Decimal("1499.00"),
            currency="EUR",
            booking_date=date(2026, 5, 11),
            value_date=date(2026, 5, 11),
            kind="transfer",
            purpose="FA c. 2026000117",
            counterparty=Counterparty(
                name="ODBERATEL A.S.", iban="SK4202000000001987654321", bic="SUBASKBX"
            ),
            symbols=Symbols("2026000117", None, "0308"),
            end_to_end_id="/VS2026000117/SS/KS0308",
            bank_ids={"operation_id": "5820417733910"},
        ),
        Entry(
            key="5820417733911",
            direction="debit",
            amount=Decimal("55.01"),
            currency="EUR",
            booking_date=date(2026, 5, 11),
            kind="transfer",
            purpose="Nájom VS: 0000123",
            counterparty=Counterparty(iban="SK6709000000005012345678"),
            symbols=Symbols("0000123", None, None),
            bank_ids={"operation_id": "5820417733911"},
        ),
        Entry(
            key="5820417733912",
            direction="debit",
            amount=Decimal("12.30"),
            currency="EUR",
            booking_date=date(2026, 5, 11),
            kind="card",
            counterparty=Counterparty(name="KAVIAREN U RIEKY"),
            bank_ids={"operation_id": "5820417733912"},
        ),
        Entry(
            key="pending:P-77",
            status="pending",
            direction="debit",
            amount=Decimal("7.90"),
            currency="EUR",
            booking_date=date(2026, 5, 12),
            kind="99999999999",
            bank_ids={"operation_id": "P-77"},
        ),
        Entry(
            key="5820417733913",
            direction="credit",
            amount=Decimal("55.01"),
            currency="EUR",
            booking_date=date(2026, 5, 11),
            counterparty=Counterparty(account="000019-2000145399/0800"),
            bank_ids={
                "operation_id": "5820417733913",
                "original_operation_id": "5820417733911",
            },
            reverses="5820417733911",
        ),
        Entry(
            key="",
            direction="credit",
            amount=Decimal("3500.00"),
            currency="CZK",
            booking_date=date(2026, 5, 10),
            symbols=Symbols("0012345678", None, None),
            end_to_end_id="VS0012345678",
        ),
    ]


def test_both_shapes_of_the_list_are_read() -> None:
    """Linked banks may answer in the Berlin shape, where the list itself says the state."""
    row = {"transactionAmount": {"amount": 5, "currency": "EUR"}, "transactionId": "1"}
    told = {"transactions": {"booked": [row], "pending": [row], "_links": {"next": {"href": "x"}}}}

    page = msgspec.json.decode(msgspec.json.encode(told), type=wire.Page)

    assert (len(page.booked), len(page.pending), page.href) == (1, 1, "x")


def test_a_list_called_pending_is_pending_whatever_its_rows_say() -> None:
    """A row of the pending list without a state would else be booked."""
    made = entries({"transactionId": "9"}, pending=True)

    assert (made[0].status, made[0].key) == ("pending", "pending:9")


@pytest.mark.parametrize("state", ["PENDING", "INFO", "AUTHORISED", "WHO_KNOWS"])
def test_every_other_state_is_pending(state: str) -> None:
    """The bank's other words are not published; money is only sure when it says booked."""
    assert entries({"transactionState": state})[0].status == "pending"


def test_a_pending_row_without_a_day_is_of_today() -> None:
    """It has not been booked, so there may be no booking date yet."""
    made = entries({"transactionState": "PENDING", "bookingDate": None})

    assert made[0].booking_date == TODAY


def test_a_pending_row_without_a_day_is_not_lost_before_today() -> None:
    """The bank tells it in one period only; standing on today it would be in none of ours."""
    early = Window(MAY.first, MAY.first)
    made = entries({"transactionState": "PENDING", "bookingDate": None}, want=early)

    assert [entry.booking_date for entry in made] == [early.last]


def test_a_repeated_id_is_told_once() -> None:
    """Pages overlap when rows come in while they are read."""
    made = entries({"transactionId": "1"}, {"transactionId": "1"}, {"transactionId": 2})

    assert [entry.key for entry in made] == ["1", "2"]


def test_twins_without_ids_are_both_kept() -> None:
    """Two equal payments of one day are two payments."""
    assert len(entries({}, {})) == 2


def test_rows_outside_the_window_are_dropped() -> None:
    """A snapshot covers exactly the days that were asked for."""
    day = Window(date(2026, 5, 11), date(2026, 5, 11))
    told = [{"bookingDate": f"2026-05-{number}"} for number in (10, 11, 12)]

    assert [entry.booking_date for entry in entries(*told, want=day)] == [day.first]


def test_the_entry_reference_stands_in_for_a_missing_id() -> None:
    """It is the next best thing the bank keeps stable."""
    made = entries({"entryReference": "E1", "paymentReference": "R2"})

    assert (made[0].key, made[0].bank_ids) == (
        "E1",
        {"entry_reference": "E1", "payment_reference": "R2"},
    )


def test_own_fields_are_completed_from_the_reference() -> None:
    """A constant symbol may stand alone in its field while the rest is in the end-to-end id."""
    made = entries({"constantSymbol": "0000000308", "endToEndId": "/VS42/SS7/KS"})

    assert made[0].symbols == Symbols("42", "7", "0308")


@pytest.mark.parametrize(
    ("narrative", "purpose"),
    [
        ("CCINT 0900/000000-0123456789", ""),
        ("ODBERATEL A.S.", ""),
        ("", ""),
        ("Nájom za máj", "Nájom za máj"),
    ],
)
def test_a_narrative_that_only_names_the_far_side_is_no_purpose(
    narrative: str, purpose: str
) -> None:
    """Who wrote nothing has no purpose; the far side stands in its own fields already."""
    made = entries({"additionalInformation": narrative, "debtorName": "ODBERATEL A.S."})

    assert made[0].purpose == purpose


@pytest.mark.parametrize(
    ("code", "kind"),
    [("10000502000", "direct_debit"), ("PMNT-RCDT-ESCT", "transfer"), ("XYZ", "xyz"), (None, None)],
)
def test_kinds_come_from_the_code(code: str | None, kind: str | None) -> None:
    """Own accounts use the Slovak codes, linked banks may use ISO's, new words pass through."""
    assert entries({"bankTransactionCode": code})[0].kind == kind


def test_an_agent_may_be_a_bare_bic() -> None:
    """The Berlin shape writes it so."""
    made = entries({"debtorAgent": "GIBASKBX"})

    assert made[0].counterparty == Counterparty(bic="GIBASKBX")


@pytest.mark.parametrize(
    "odd",
    [
        {"transactionAmount": {"amount": "NaN", "currency": "EUR"}},
        {"transactionAmount": {"amount": "Infinity", "currency": "EUR"}},
        {"transactionAmount": {"amount": 1e30, "currency": "EUR"}},
        {"transactionAmount": {"amount": "1.005", "currency": "EUR"}},
        {"transactionAmount": {"amount": 1, "currency": "euro"}},
        {"bookingDate": "0001-01-01"},
        {"bookingDate": "11.05.2026"},
        {"bookingDate": None},
        {"valueDate": "9999-12-31"},
    ],
)
def test_values_that_cannot_be_are_refused_with_their_place(odd: dict[str, Any]) -> None:
    """A crash or a guess would both lose money; the operator learns which row it was."""
    with pytest.raises(Refused) as refused:
        entries({}, odd)

    assert (refused.value.code, refused.value.evidence["where"]) == (
        Code.BANK_FORMAT_CHANGED,
        "$.transactions[1]",
    )


@given(st.integers(-(10**14), 10**14))
def test_no_cent_appears_or_disappears(cents: int) -> None:
    """Whatever the bank signs, amount and direction say the same."""
    told = str(Decimal(cents).scaleb(-2))

    entry = entries({"transactionAmount": {"amount": told, "currency": "EUR"}})[0]

    signed = entry.amount if entry.direction == "credit" else -entry.amount
    assert signed == Decimal(cents).scaleb(-2)
