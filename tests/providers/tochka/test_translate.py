"""Tochka's rows in our words, to the kopeck."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.contract import Refused
from providers.tochka import listing, translate, wire
from schemas.codes import Code
from schemas.statement import Figures
from schemas.transaction import NOBODY, Counterparty, Entry
from schemas.window import Window
from tests.providers.tochka.conftest import FIXTURES

MARCH = Window(date(2026, 3, 1), date(2026, 3, 10))


def statement() -> wire.Statement:
    body = (FIXTURES / "statement.json").read_bytes()
    return msgspec.json.decode(body, type=wire.Reply[wire.Statements]).data.statement[1]


def row(**changed: Any) -> wire.Transaction:
    told = {
        "transactionId": "cbs-tb;1;1",
        "paymentId": "payment-1",
        "creditDebitIndicator": "Credit",
        "status": "Booked",
        "documentProcessDate": "2026-03-04",
        "Amount": {"amount": 10.5, "currency": "RUB"},
        **changed,
    }
    return msgspec.json.decode(json.dumps(told), type=wire.Transaction)


def one(**changed: Any) -> Entry:
    (made,) = translate.entries([row(**changed)], MARCH)
    return made


def test_a_receipt_is_told_with_its_payer() -> None:
    """We were paid: the far side is the debtor, and a PAN that has 20 digits is an account."""
    assert translate.entries(statement().transaction or (), MARCH)[0] == Entry(
        key="payment-2026-03-04_5550001112|2026-03-04|credit|1830050",
        direction="credit",
        amount=Decimal("18300.5"),
        currency="RUB",
        booking_date=date(2026, 3, 4),
        document_number="418",
        kind="payment_order",
        purpose="Оплата по договору ЛГ-7 от 01.02.2026, сч. 1044/26. В т.ч. НДС 22%",
        counterparty=Counterparty(
            name='ООО "Пример-Склад"',
            inn="7701234567",
            kpp="770101001",
            account="40702810500000012345",
            bic="044525225",
            bank_name="ПАО СБЕРБАНК",
        ),
        bank_ids={
            "payment_id": "payment-2026-03-04_5550001112",
            "transaction_id": "cbs-tb;1200300400;1",
        },
    )


def test_a_payment_is_told_with_its_recipient() -> None:
    """We paid: the far side is the creditor, whose kpp "0" means none."""
    paid = translate.entries(statement().transaction or (), MARCH)[1]

    assert paid.direction == "debit"
    assert paid.amount == Decimal(90000)
    assert paid.kind == "memo_order"
    assert paid.counterparty == Counterparty(
        name="ИП Петров П.П.",
        inn="500100732259",
        account="40802810400000000009",
        bic="044525225",
        bank_name="ПАО СБЕРБАНК",
    )


def test_a_purchase_by_card_tells_when_it_was_made() -> None:
    """Only the purpose knows it, in Moscow time; the row stands on the day of the debit."""
    bought = translate.entries(statement().transaction or (), MARCH)[3]

    assert bought.operation_at == datetime(2026, 3, 3, 15, 42, tzinfo=UTC)
    assert bought.booking_date == date(2026, 3, 7)
    assert bought.document_number is None
    assert bought.bank_ids == {"transaction_id": "3344556677;2"}


@pytest.mark.parametrize("told", ["31/02/2026 10:00", "01/01/0001 00:00", "03/03/2026 25:00"])
def test_an_impossible_time_of_a_purchase_is_no_time(told: str) -> None:
    """A purpose is prose, no field: it never stops a statement."""
    assert one(description=f"дата операции:{told}(МСК)").operation_at is None


def test_fixtures_prove_themselves() -> None:
    """The bank's balances are those of its rows, so that the figures are read with their sign."""
    theirs = statement()
    rows = translate.entries(theirs.transaction or (), MARCH)
    moved = sum(each.amount if each.direction == "credit" else -each.amount for each in rows)

    assert translate.figures(theirs, MARCH, "RUB") == (
        Figures(
            first=MARCH.first,
            last=MARCH.last,
            opening=Decimal("100000.00"),
            closing=Decimal("100000.00") + moved,
        ),
    )


def test_one_payment_in_two_rows_is_two_rows() -> None:
    """A payment and its fee share the payment's id."""
    rows = translate.entries(statement().transaction or (), MARCH)

    assert [each.key for each in rows[1:3]] == [
        "cbs-tb-7-11|2026-03-05|debit|9000000",
        "cbs-tb-7-11|2026-03-05|debit|6005",
    ]


def test_a_row_keeps_its_key_when_the_bank_sends_the_payment_on() -> None:
    """A memorial order becomes a payment order, maybe under another transaction's id."""
    before = one(transactionTypeCode="Мемориальный ордер", transactionId="cbs-tb;1;1")
    after = one(transactionTypeCode="Платежное поручение", transactionId="cbs-tb;9;1")

    assert (before.key, before.kind, after.kind) == (after.key, "memo_order", "payment_order")


@pytest.mark.parametrize("literal", ["10.5", "10.50", "1.05e1"])
def test_a_key_does_not_depend_on_how_a_sum_is_written(literal: str) -> None:
    """Whole sums come as integers today and may come with zeros tomorrow."""
    told = json.dumps(
        {
            "creditDebitIndicator": "Credit",
            "documentProcessDate": "2026-03-04",
            "paymentId": "p",
            "Amount": {"amount": "LITERAL", "currency": "RUB"},
        }
    ).replace('"LITERAL"', literal)
    (made,) = translate.entries([msgspec.json.decode(told, type=wire.Transaction)], MARCH)

    assert made.key == "p|2026-03-04|credit|1050"


PARTS = st.fixed_dictionaries(
    {
        "paymentId": st.sampled_from(["p", "q", None]),
        "transactionId": st.sampled_from(["t;1", "t;2", "t;3", None]),
        "creditDebitIndicator": st.sampled_from(["Credit", "Debit"]),
        "documentProcessDate": st.sampled_from(["2026-03-04", "2026-03-05"]),
        "Amount": st.sampled_from([1, 2]).map(lambda n: {"amount": n, "currency": "RUB"}),
    }
)


@given(st.lists(PARTS, max_size=6), st.randoms())
def test_keys_are_those_of_the_day_alone(told: list[dict[str, Any]], chance: Any) -> None:
    """Neither the window's other days nor the order of rows can give a row another name."""
    rows = [row(**each) for each in told]
    whole = [each.key for each in translate.entries(rows, MARCH) if each.key]
    chance.shuffle(rows)
    by_day = itertools.chain.from_iterable(
        translate.entries([each for each in rows if each.document_process_date == day], MARCH)
        for day in MARCH
    )

    assert sorted(whole) == sorted(each.key for each in by_day if each.key)
    assert len(set(whole)) == len(whole)


def test_a_row_told_twice_is_one_row() -> None:
    """The same transaction on the same day is the same movement."""
    assert len(translate.entries([row(), row()], MARCH)) == 1


def test_equal_rows_of_different_transactions_are_both_there() -> None:
    """Two equal parts of one payment moved the money twice."""
    rows = [row(transactionId="t;2"), row(transactionId="t;1")]

    assert [
        (each.key, each.bank_ids["transaction_id"]) for each in translate.entries(rows, MARCH)
    ] == [
        ("payment-1|2026-03-04|credit|1050", "t;1"),
        ("payment-1|2026-03-04|credit|1050|2", "t;2"),
    ]


def test_rows_without_any_id_stay_without_a_key() -> None:
    """The ledger then tells them apart by content and place."""
    rows = [row(paymentId=None, transactionId=None)] * 2
    made = translate.entries(rows, MARCH)

    assert [(each.key, each.bank_ids) for each in made] == [("", {}), ("", {})]


def test_the_far_side_goes_by_the_indicator() -> None:
    """Even where somebody fills in both sides."""
    both = {"DebtorParty": {"name": "payer"}, "CreditorParty": {"name": "recipient"}}

    assert one(creditDebitIndicator="Credit", **both).counterparty.name == "payer"
    assert one(creditDebitIndicator="debit", **both).counterparty.name == "recipient"
    assert one(creditDebitIndicator="Debit", DebtorParty={"name": "x"}).counterparty is NOBODY


@pytest.mark.parametrize(
    ("told", "account", "iban"),
    [
        ({"schemeName": "RU.CBR.PAN"}, None, None),
        ({"schemeName": "RU.CBR.PAN", "identification": "0" * 20}, None, None),
        ({"schemeName": "RU.CBR.CellphoneNumber", "identification": "79001112233"}, None, None),
        ({"schemeName": "RU.CBR.BBAN", "identification": "+79001112233"}, None, None),
        (
            {"schemeName": "RU.CBR.BBAN", "identification": "SK31 1200 0000 1987 4263 7541"},
            None,
            "SK3112000000198742637541",
        ),
        ({"schemeName": "RU.CBR.BBAN", "identification": "NRA-77 001"}, "NRA-77 001", None),
    ],
)
def test_far_accounts_are_what_they_are(
    told: dict[str, str], account: str | None, iban: str | None
) -> None:
    """The scheme says PAN of everything, and currency payments name what they like."""
    far = one(DebtorAccount=told).counterparty

    assert (far.account, far.iban) == (account, iban)


@pytest.mark.parametrize("told", [None, "", "0", "000000000", " 0 "])
def test_a_tax_number_of_zeros_is_none(told: str | None) -> None:
    """The bank writes "0" for somebody without one."""
    far = one(DebtorParty={"inn": told, "kpp": told, "name": ""}).counterparty

    assert far == Counterparty()


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (None, None),
        ("", None),
        ("Неопределенное значение", None),
        ("Инкассовое поручение", "collection"),
        ("Новый Вид", "новый вид"),
    ],
)
def test_kinds_are_words_and_unknown_ones_pass(told: str | None, kind: str | None) -> None:
    """A new kind of document must not stop a statement."""
    assert one(transactionTypeCode=told).kind == kind


@pytest.mark.parametrize(
    ("told", "status"), [("Booked", "booked"), ("Pending", "pending"), ("New", "booked")]
)
def test_rows_of_a_statement_are_final(told: str, status: str) -> None:
    """All real rows are booked; a word we do not know does not make one less so."""
    assert one(status=told).status == status


def test_a_currency_account_is_read_in_its_currency() -> None:
    """`amountNat` is the same money in roubles, at a rate of the day."""
    made = one(Amount={"amount": 100.01, "amountNat": 9300.22, "currency": "USD"})

    assert (made.amount, made.currency) == (Decimal("100.01"), "USD")


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"Amount": {"amount": "NaN", "currency": "RUB"}}, "Transaction[1].Amount"),
        ({"Amount": {"amount": 1e30, "currency": "RUB"}}, "Transaction[1].Amount"),
        ({"Amount": {"amount": "1e999999", "currency": "RUB"}}, "Transaction[1].Amount"),
        ({"Amount": {"amount": 1.005, "currency": "RUB"}}, "Transaction[1].Amount"),
        ({"Amount": {"amount": 0, "currency": "RUB"}}, "Transaction[1].Amount"),
        ({"Amount": {"amount": -5, "currency": "RUB"}}, "Transaction[1].Amount"),
        ({"Amount": {"amount": 5, "currency": "rubles"}}, "Transaction[1].Amount"),
        ({"documentProcessDate": "0001-01-01"}, "Transaction[1].documentProcessDate"),
        ({"creditDebitIndicator": "Both"}, "Transaction[1].creditDebitIndicator"),
    ],
)
def test_what_cannot_be_true_is_refused_with_its_place(changed: dict[str, Any], where: str) -> None:
    """A guess about money is worse than a stop that names the row."""
    with pytest.raises(Refused) as refused:
        translate.entries([row(), row(**changed)], MARCH)

    assert refused.value.code is Code.BANK_FORMAT_CHANGED
    assert where in refused.value.evidence["where"]


def test_a_neighbour_that_came_along_is_left_to_its_own_day() -> None:
    """Chunks overlap; a row beyond the asked days stands whole in the statement of its own."""
    made = translate.entries([row(), row(documentProcessDate="2026-03-11")], MARCH)

    assert [MARCH.first <= each.booking_date <= MARCH.last for each in made] == [True]


def test_an_impossible_balance_is_refused() -> None:
    """The proof of a day hangs on it."""
    theirs = msgspec.structs.replace(statement(), end_date_balance=Decimal("Infinity"))

    with pytest.raises(Refused) as refused:
        translate.figures(theirs, MARCH, "RUB")

    assert "endDateBalance" in refused.value.evidence["where"]


def test_a_statement_without_balances_has_no_figures() -> None:
    """Then the days are received and not proven."""
    theirs = msgspec.structs.replace(statement(), start_date_balance=None, end_date_balance=None)

    assert translate.figures(theirs, MARCH, "RUB") == ()


def test_the_sign_of_a_balance_is_the_amount_s() -> None:
    """The indicator says Debit of riches and debts alike."""
    body = (FIXTURES / "balances.json").read_bytes()
    theirs = msgspec.json.decode(body, type=wire.Reply[wire.Balances]).data.balance
    found = listing.balances(theirs)

    assert [
        (number[-4:], each.type, each.amount, each.sign, each.currency)
        for number, figures in found.items()
        for each in figures
    ] == [
        ("0077", "booked", Decimal("154210.07"), "credit", "RUB"),
        ("0077", "available", Decimal(150000), "credit", "RUB"),
        ("0012", "booked", Decimal("12.5"), "debit", "USD"),
        ("0012", "available", Decimal("12.5"), "debit", "USD"),
    ]
