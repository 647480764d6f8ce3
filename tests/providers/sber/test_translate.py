"""Sber's words become ours exactly."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.contract import Refused
from providers.sber import translate, wire
from schemas.codes import Code
from schemas.statement import Figures
from schemas.transaction import Counterparty, Entry

FIXTURES = Path(__file__).with_name("fixtures")
DAY = date(2026, 3, 17)


def page(name: str) -> list[wire.Operation]:
    told = msgspec.json.decode((FIXTURES / f"{name}.json").read_bytes(), type=wire.Page)
    return told.transactions or []


def operation(**fields: object) -> wire.Operation:
    plain = {"amount": {"amount": "1.00", "currencyName": "RUR"}, "direction": "CREDIT", **fields}
    return msgspec.json.decode(msgspec.json.encode(plain), type=wire.Operation)


def test_a_page_in_roubles_becomes_entries() -> None:
    """Money, sides, ids and instants are what an accountant compares with the bank's own page."""
    entries = translate.entries(page("page_1"), DAY, DAY)

    assert entries == [
        Entry(
            key="260317000451730912",
            direction="credit",
            amount=Decimal("48250.00"),
            currency="RUB",
            booking_date=DAY,
            value_date=DAY,
            operation_at=datetime(2026, 3, 17, 8, 42, 8, tzinfo=UTC),
            document_number="318",
            document_date=date(2026, 3, 16),
            kind="payment_order",
            purpose="Оплата по счету ЛП-77 от 10.03.2026. НДС не облагается",
            counterparty=Counterparty(
                name='ООО "Синий Кит"',
                inn="5001122339",
                kpp="500101001",
                account="40702810100000054321",
                bic="044525974",
                bank_name='АО "ТБанк"',
            ),
            bank_ids={
                "operation_id": "260317000451730912",
                "uuid": "0a64c8f1-52de-3b7a-9d11-6c3a1e90b4f5",
            },
        ),
        Entry(
            key="260317000451730913",
            direction="debit",
            amount=Decimal("90.1"),
            currency="RUB",
            booking_date=DAY,
            operation_at=datetime(2026, 3, 16, 21, 0, 1, 250_000, tzinfo=UTC),
            kind="bank_order",
            purpose="Комиссия за ведение счета",
            counterparty=Counterparty(
                name="ПАО СБЕРБАНК",
                account="70601810338000000001",
                bic="044525225",
                bank_name="ПАО СБЕРБАНК",
            ),
            bank_ids={
                "operation_id": "260317000451730913",
                "uuid": "7c0d9a52-1111-3c6a-8a77-000000000002",
            },
        ),
    ]


def test_rows_with_little_in_them_are_read_all_the_same() -> None:
    """Old rows have no operation id, no transfer block, a bare date; foreign ones speak SWIFT."""
    entries = translate.entries(page("page_2"), DAY, DAY)

    assert entries == [
        Entry(
            key="9e1f0000-2222-3c6a-8a77-000000000003",
            direction="debit",
            amount=Decimal("0.01"),
            currency="RUB",
            booking_date=DAY,
            document_number="12",
            kind="зк",
            counterparty=Counterparty(account="47422810938000000001"),
            bank_ids={"uuid": "9e1f0000-2222-3c6a-8a77-000000000003", "transaction_id": "77001"},
        ),
        Entry(
            key="260317000451730999",
            direction="credit",
            amount=Decimal(1000000),
            currency="RUB",
            booking_date=DAY,
            operation_at=datetime(2026, 3, 17, 23, 59, 59, tzinfo=UTC),
            kind="payment_order",
            purpose="INV 14",
            counterparty=Counterparty(
                name="Kieler Segel GmbH",
                account="DE02120300000000202051",
                bank_name="Foerde Bank",
            ),
            bank_ids={"operation_id": "260317000451730999"},
        ),
    ]


def test_the_far_side_of_money_sent_abroad_is_the_beneficiary() -> None:
    """The side is chosen by the direction, in the foreign blocks as well."""
    sent = operation(
        direction="DEBIT",
        curTransfer={
            "payerName": "us",
            "payeeName": "Adria d.o.o.",
            "payeeAccount": "HR1210010051863000160",
            "beneficiaryBankName": "Zagreb Bank",
        },
    )
    bare = operation(direction="DEBIT")

    far = [entry.counterparty for entry in translate.entries([sent, bare], DAY, DAY)]

    assert far == [
        Counterparty(name="Adria d.o.o.", account="HR1210010051863000160", bank_name="Zagreb Bank"),
        Counterparty(),
    ]


@pytest.mark.parametrize(
    ("inn", "kpp", "ours"),
    [
        ("0000000000", "0", (None, None)),
        ("", None, (None, None)),
        ("7709 123 453", "7709AB001", ("7709123453", "7709AB001")),
    ],
)
def test_zeros_and_blanks_are_no_numbers(
    inn: str, kpp: str | None, ours: tuple[str | None, str | None]
) -> None:
    """Sber fills an unknown INN with zeros; matching by it would join strangers."""
    told = operation(rurTransfer={"payerInn": inn, "payerKpp": kpp})

    far = translate.entries([told], DAY, DAY)[0].counterparty

    assert (far.inn, far.kpp) == ours


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"amount": {"amount": "NaN", "currencyName": "RUB"}}, "an amount is a finite number"),
        ({"amount": {"amount": "1e30", "currencyName": "RUB"}}, "an amount is a finite number"),
        ({"amount": {"amount": "-5.00", "currencyName": "RUB"}}, "an amount is above zero"),
        ({"amount": {"amount": "0", "currencyName": "RUB"}}, "an amount is above zero"),
        ({"amount": {"amount": "1.005", "currencyName": "RUB"}}, "RUB has 2 digits"),
        ({"amount": {"amount": "5", "currencyName": "rouble"}}, "a currency is three"),
        ({"amount": {"amount": "5"}}, "a currency is three"),
        ({"direction": "SIDEWAYS"}, "unknown direction"),
        ({"operationDate": "0001-01-01T00:00:00"}, "unreadable date"),
        ({"operationDate": "2026-13-01T00:00:00"}, "unreadable date"),
        ({"documentDate": "0001-01-01"}, "unreadable date"),
        ({"documentDate": "tomorrow"}, "unreadable date"),
        ({"rurTransfer": {"valueDate": "2026-02-30"}}, "unreadable date"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_place(
    fields: dict[str, object], where: str
) -> None:
    """A guess would be money; the operator learns which row stopped fitting."""
    with pytest.raises(Refused) as refused:
        translate.entries([operation(), operation(**fields)], DAY, DAY)

    assert refused.value.code is Code.BANK_FORMAT_CHANGED
    assert refused.value.evidence["where"].startswith(f"$.transactions[1]: {where}")


@given(
    kopecks=st.integers(1, 10**15),
    digits=st.booleans(),
    direction=st.sampled_from(["CREDIT", "DEBIT"]),
)
def test_no_kopeck_is_lost(kopecks: int, digits: bool, direction: str) -> None:  # noqa: FBT001 - drawn
    """An amount is the same money whether the contour writes it as text or as a number."""
    text = f"{kopecks // 100}.{kopecks % 100:02}"
    literal = text if digits else f'"{text}"'
    body = f'{{"amount":{{"amount":{literal},"currencyName":"RUR"}},"direction":"{direction}"}}'

    entry = translate.entries([msgspec.json.decode(body, type=wire.Operation)], DAY, DAY)[0]

    assert entry.amount * 100 == kopecks
    assert entry.direction == direction.lower()


def test_a_summary_becomes_figures() -> None:
    """The day is proven by these six numbers, so they are taken as they stand."""
    summary = msgspec.json.decode((FIXTURES / "summary.json").read_bytes(), type=wire.Summary)

    figures = translate.figures(summary, DAY)

    assert figures == Figures(
        first=DAY,
        last=DAY,
        opening=Decimal("1500.00"),
        closing=Decimal("1049659.89"),
        credits=Decimal("1048250.00"),
        debits=Decimal("90.11"),
        credit_count=2,
        debit_count=2,
    )


def test_a_balance_is_never_younger_than_now_and_carries_its_sign() -> None:
    """The bank's composing time is Moscow's without saying so, and may run ahead of ours."""
    now = datetime(2026, 3, 18, 0, 30, tzinfo=UTC)
    owed = wire.Summary(
        composed_date_time="2026-03-18T04:00:00", closing_balance=wire.Amount(Decimal(-5), "810")
    )
    vague = wire.Summary(
        composed_date_time="just now", closing_balance=wire.Amount(Decimal(7), "978")
    )

    told = [*translate.balance(owed, now), *translate.balance(vague, now)]

    assert [(b.type, b.amount, b.sign, b.currency, b.as_of) for b in told] == [
        ("booked", Decimal(5), "debit", "RUB", now),
        ("booked", Decimal(7), "credit", "EUR", now),
    ]
    assert translate.balance(wire.Summary(), now) == ()


def test_a_figure_that_is_no_money_is_refused() -> None:
    """A proof by a broken figure would be worse than none."""
    with pytest.raises(Refused) as refused:
        translate.figures(
            wire.Summary(closing_balance=wire.Amount(Decimal("Infinity"), "RUB")), DAY
        )

    assert refused.value.code is Code.BANK_FORMAT_CHANGED


def test_a_row_of_the_increment_has_the_moscow_day_of_its_operation() -> None:
    """Without a statement's day the operation's own counts, and today where it has none."""
    today = date(2026, 3, 20)
    rows = [
        operation(operationDate="2026-03-19T22:30:00Z"),
        operation(operationDate="2026-03-19T22:30:00"),
        operation(operationDate="2026-03-18"),
        operation(),
    ]

    days = [entry.booking_date for entry in translate.entries(rows, None, today)]

    assert days == [today, date(2026, 3, 19), date(2026, 3, 18), today]
