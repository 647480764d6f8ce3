"""Statements: their walk, their rows, their one instant."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from sandbox.entry import Entry, Party
from sandbox.tochka.bank import BANK
from tests.sandbox.tochka.conftest import NOW, Caller, name_of


def paid(at: datetime = NOW, **changes: Any) -> Entry:
    entry = Entry(
        bank_id="261120000000000900",
        date=date(2026, 11, 20),
        at=at,
        direction="credit",
        amount=Decimal("18300.50"),
        currency="RUB",
        purpose="Оплата по договору ЛГ-7",
        document_number="418",
        document_date=date(2026, 11, 20),
        counterparty=Party(
            name='ООО "Пример-Склад"',
            inn="7701234567",
            kpp="770101001",
            account="40702810500000012345",
            bic="044525225",
            corr_account="30101810400000000225",
            bank_name="ПАО СБЕРБАНК",
        ),
    )
    return msgspec.structs.replace(entry, **changes)


async def test_a_statement_walks_to_ready(caller: Caller) -> None:
    """An object when ordered, a list when polled; rows and balances only at the end."""
    caller.behave(not_ready_answers=2)
    live = await caller.connected()
    account = caller.accounts[0]
    order = (await live.order(account, "2026-11-01", "2026-11-10")).json()["Data"]["Statement"]
    polls = [
        (await live.poll(account, order["statementId"])).json()["Data"]["Statement"][0]
        for _ in range(4)
    ]

    assert order["status"] == "Created"
    assert [one["status"] for one in polls] == ["Created", "Processing", "Ready", "Ready"]
    assert ["Transaction" in one for one in polls] == [False, False, True, True]
    assert ["endDateBalance" in one for one in polls] == [False, False, True, True]
    assert (order["startDateTime"], order["endDateTime"]) == ("2026-11-01", "2026-11-10")


async def test_forming_may_take_time(caller: Caller) -> None:
    """Asking more often does not help."""
    caller.behave(not_ready_answers=0, preparing_seconds=60)
    live = await caller.connected()
    account = caller.accounts[0]
    statement_id = await live.ordered(account, "2026-11-01", "2026-11-10")
    early = (await live.poll(account, statement_id)).json()["Data"]["Statement"][0]
    caller.sandbox.clock.advance(timedelta(seconds=60))
    late = (await live.poll(account, statement_id)).json()["Data"]["Statement"][0]

    assert (early["status"], late["status"]) == ("Processing", "Ready")


@pytest.mark.parametrize("place", [0, 1])
async def test_rows_and_balances_are_the_truth(caller: Caller, place: int) -> None:
    """Credits less debits lead from one balance to the other, in either currency."""
    live = await caller.connected()
    account = caller.accounts[place]
    told = await live.statement(account, "2026-10-05", "2026-11-10")
    truth = caller.sandbox.world.ledger(
        account, date(2026, 10, 5), date(2026, 11, 10), caller.sandbox.now
    )
    rows = told["Transaction"]
    moved = sum(
        Decimal(str(one["Amount"]["amount"]))
        * (1 if one["creditDebitIndicator"] == "Credit" else -1)
        for one in rows
    )

    assert [one["transactionId"].split(";")[1] for one in rows] == [one.bank_id for one in truth]
    assert moved == Decimal(str(told["endDateBalance"])) - Decimal(str(told["startDateBalance"]))
    assert {one["Amount"]["currency"] for one in rows} == {account.currency}


async def test_a_row_fills_the_far_side_only(caller: Caller) -> None:
    """Whom it came from stands under Debtor, whom it went to under Creditor."""
    live = await caller.connected()
    account = caller.accounts[0]
    out = paid(bank_id="261120000000000901", direction="debit", amount=Decimal("500.00"))
    early = [msgspec.structs.replace(one, at=NOW - timedelta(hours=1)) for one in (paid(), out)]
    caller.sandbox.world.add_entries(account, early)
    incoming, outgoing = (await live.statement(account, "2026-11-20", "2026-11-20"))["Transaction"]
    far = {
        "Party": {"inn": "7701234567", "name": 'ООО "Пример-Склад"', "kpp": "770101001"},
        "Account": {"schemeName": "RU.CBR.PAN", "identification": "40702810500000012345"},
        "Agent": {
            "schemeName": "RU.CBR.BIK",
            "identification": "044525225",
            "accountIdentification": "30101810400000000225",
            "name": "ПАО СБЕРБАНК",
        },
    }

    assert incoming == {
        "transactionId": "cbs-tb;261120000000000900;1",
        "paymentId": "payment-2026-11-20_261120000000000900",
        "creditDebitIndicator": "Credit",
        "status": "Booked",
        "documentNumber": "418",
        "transactionTypeCode": "Платежное поручение",
        "documentProcessDate": "2026-11-20",
        "description": "Оплата по договору ЛГ-7",
        "Amount": {"amount": 18300.5, "amountNat": 18300.5, "currency": "RUB"},
        **{f"Debtor{part}": value for part, value in far.items()},
    }
    assert outgoing["Amount"]["amount"] == 500
    assert {f"Creditor{part}": outgoing[f"Creditor{part}"] for part in far} == {
        f"Creditor{part}": value for part, value in far.items()
    }


async def test_currency_rows_carry_roubles_too(caller: Caller) -> None:
    """`amountNat` is another figure on a dollar account."""
    live = await caller.connected()
    rows = (await live.statement(caller.accounts[1], "2026-11-01", "2026-11-10"))["Transaction"]

    assert all(one["Amount"]["amountNat"] > 50 * one["Amount"]["amount"] for one in rows)


async def test_a_ready_statement_stays_as_it_was(caller: Caller) -> None:
    """Rows and balances belong to the instant at which it became ready."""
    caller.behave(not_ready_answers=0)
    live = await caller.connected()
    account = caller.accounts[0]
    statement_id = await live.ordered(account, "2026-11-20", "2026-11-20")
    before = (await live.poll(account, statement_id)).json()
    caller.sandbox.world.add_entries(account, [paid(NOW)])
    after = (await live.poll(account, statement_id)).json()
    anew = await live.statement(account, "2026-11-20", "2026-11-20")

    assert "Transaction" not in before["Data"]["Statement"][0]
    assert before == after
    assert len(anew["Transaction"]) == 1


async def test_an_outgoing_payment_begins_as_a_memo_order(caller: Caller) -> None:
    """Seconds later a new statement shows the payment order, under the same payment id."""
    caller.behave(not_ready_answers=0, tochka={"memo_order_other_id": True})
    live = await caller.connected()
    account = caller.accounts[0]
    caller.sandbox.world.add_entries(account, [paid(NOW, direction="debit")])
    fresh = (await live.statement(account, "2026-11-20", "2026-11-20"))["Transaction"][0]
    caller.sandbox.clock.advance(timedelta(seconds=30))
    sent = (await live.statement(account, "2026-11-20", "2026-11-20"))["Transaction"][0]

    assert [one["transactionTypeCode"] for one in (fresh, sent)] == [
        "Мемориальный ордер",
        "Платежное поручение",
    ]
    assert fresh["paymentId"] == sent["paymentId"]
    assert fresh["transactionId"] != sent["transactionId"]


async def test_history_comes_in_windows(caller: Caller) -> None:
    """A window that is not out leaves its statement at Processing, others are ready."""
    caller.behave(not_ready_answers=0, delivery={"every_minutes": 30, "order": "reverse"})
    live = await caller.connected()
    account = caller.accounts[0]
    older = await live.ordered(account, "2026-10-01", "2026-10-10")
    newer = await live.ordered(account, "2026-10-11", "2026-10-20")

    async def statuses() -> list[str]:
        answers = [await live.poll(account, one) for one in (older, newer)]
        return [one.json()["Data"]["Statement"][0]["status"] for one in answers]

    first = await statuses()
    caller.sandbox.clock.advance(timedelta(minutes=30))

    assert first == ["Ready", "Processing"]
    assert await statuses() == ["Ready", "Ready"]


async def test_a_hidden_row_is_in_the_balances(caller: Caller) -> None:
    """Late and cut rows are missing; the figures tell an honest reader."""
    caller.behave(delivery={"cut_share": 1.0})
    live = await caller.connected()
    told = await live.statement(caller.accounts[0], "2026-10-05", "2026-11-10")
    moved = sum(
        Decimal(str(one["Amount"]["amount"]))
        * (1 if one["creditDebitIndicator"] == "Credit" else -1)
        for one in told.get("Transaction", [])
    )

    assert moved != Decimal(str(told["endDateBalance"])) - Decimal(str(told["startDateBalance"]))


async def test_a_statement_lives_for_a_day(caller: Caller) -> None:
    """After that it is as if it had never been ordered."""
    live = await caller.connected()
    account, other = caller.accounts
    statement_id = await live.ordered(account, "2026-11-01", "2026-11-10")
    foreign = await live.poll(other, statement_id)
    caller.sandbox.clock.advance(timedelta(hours=24))
    live.tokens = (await live.refresh()).json()
    gone = await live.poll(account, statement_id)

    for answer in (foreign, gone):
        assert answer.status_code == 404
        assert answer.json()["Errors"][0]["errorCode"] == "HTTPNotFound"
        assert answer.json()["Errors"][0]["message"] == "Not found statement under account"


async def test_the_list_shows_the_latest_five(caller: Caller) -> None:
    """Newest first here; the real order is unknown. Looking moves them on."""
    live = await caller.connected()
    for day in range(1, 8):
        caller.sandbox.clock.advance(timedelta(seconds=1))
        await live.ordered(caller.accounts[day % 2], f"2026-11-0{day}", f"2026-11-0{day}")
    listed = (await live.read("/open-banking/v1.0/statements"))["Statement"]
    three = (await live.read("/open-banking/v1.0/statements?limit=3"))["Statement"]
    wrong = await live.get("/open-banking/v1.0/statements?limit=x")

    assert [one["startDateTime"][-1] for one in listed] == ["7", "6", "5", "4", "3"]
    assert {one["status"] for one in listed} == {"Processing"}
    assert [one["status"] for one in three] == ["Ready"] * 3
    assert wrong.status_code == 400


async def test_a_statement_may_fail_or_be_hard_to_ask(caller: Caller) -> None:
    """Error is a status; an Errors body while polling is not the end."""
    caller.behave(
        not_ready_answers=0, tochka={"failed_statement_share": 1.0, "errors_while_polling": 1}
    )
    live = await caller.connected()
    account = caller.accounts[0]
    statement_id = await live.ordered(account, "2026-11-01", "2026-11-10")
    hard = await live.poll(account, statement_id)
    failed = (await live.poll(account, statement_id)).json()["Data"]["Statement"][0]

    assert (hard.status_code, hard.json()["code"]) == (424, "424")
    assert failed["status"] == "Error"


async def test_an_empty_statement_has_two_shapes(caller: Caller) -> None:
    """Without the field, or with an empty list."""
    live = await caller.connected()
    account = caller.accounts[0]
    without = await live.statement(account, "2026-11-20", "2026-11-20")
    caller.behave(tochka={"transaction_absent_when_empty": False})
    empty = await live.statement(account, "2026-11-20", "2026-11-20")

    assert "Transaction" not in without
    assert empty["Transaction"] == []
    assert without["startDateBalance"] == without["endDateBalance"]


@pytest.mark.parametrize(
    ("first", "words"),
    [
        ("2026-11-01T00:00:00", None),
        (
            "2026-11-01T10:00:00",
            (
                "Field Data-Statement-startDateTime : Datetimes provided to dates should have zero "
                "time - e.g. be exact dates"
            ),
        ),
        (
            "01.11.2026",
            (
                "Field Data-Statement-startDateTime : Input should be a valid date or datetime, "
                "invalid character in year"
            ),
        ),
        (
            "2026-11-30",
            (
                "Field Data-Statement : Value error, endDateTime should not be earlier than "
                "startDateTime"
            ),
        ),
        ("0001-01-01", None),
    ],
)
async def test_dates_are_dates_despite_their_names(
    caller: Caller, first: str, words: str | None
) -> None:
    """Midnight is taken, any other time is refused; the first day may be any."""
    live = await caller.connected()
    account = caller.accounts[0]
    answer = await live.order(account, first, "2026-11-10")

    assert answer.status_code == (200 if words is None else 400)
    assert words is None or answer.json()["Errors"][0]["message"] == words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "JSON decode error"),
        (b"[]", "JSON decode error"),
        (b"{}", "Field Data : Field required"),
        (b'{"Data":{"Statement":{}}}', "Field Data-Statement-accountId : Field required"),
        (b'{"Data":{"Statement":1}}', "Field Data-Statement : Input should be a valid dictionary"),
    ],
)
async def test_a_wrong_order_is_told_by_field(caller: Caller, content: bytes, words: str) -> None:
    """The reason stands in Errors, the message above never varies."""
    live = await caller.connected()
    answer = await live.ask("POST", "/open-banking/v1.0/statements", content=content)

    assert answer.status_code == 400
    assert answer.json()["message"] == "Что-то пошло не так"
    assert answer.json()["Errors"][0]["message"].startswith(words)


async def test_an_account_outside_the_consent_is_a_403(caller: Caller) -> None:
    """Not chosen, unknown, or with the wrong BIC: one wording."""
    first, second = caller.accounts
    live = await caller.connected(first)
    unknown = msgspec.structs.replace(first, number="40702810500000012345")
    branch = msgspec.structs.replace(first, bic="044525999")
    answers = [
        await live.order(one, "2026-11-01", "2026-11-02") for one in (second, unknown, branch)
    ]

    assert [one.status_code for one in answers] == [403, 403, 403]


async def test_the_customer_withdraws_after_some_calls(caller: Caller) -> None:
    """A switch for the case that support knows best: the client broke it off at the bank."""
    caller.behave(consent_dies_after_calls=2)
    live = await caller.connected()
    answers = [await live.order(caller.accounts[0], "2026-11-01", "2026-11-02") for _ in range(3)]
    consent = (await live.read("/consent/v1.0/consents"))["Consent"][0]
    refresh = await live.refresh()

    assert [one.status_code for one in answers] == [200, 200, 403]
    assert consent["status"] == "Revoked"
    assert refresh.json()["error"] == "invalid_grant"


async def test_unknown_fields_are_there_by_default(caller: Caller) -> None:
    """A reader that minds them would break on the bank's next release."""
    caller.behave(unknown_fields=True)
    live = await caller.connected()
    told = await live.statement(caller.accounts[0], "2026-11-01", "2026-11-10")
    balances = (await live.read("/open-banking/v1.0/balances"))["Balance"]

    assert told["Transaction"][0]["operationChannel"]
    assert "InterimReserved" in {one["type"] for one in balances}


async def test_the_books_survive_export_and_import(caller: Caller) -> None:
    """A case can be repeated elsewhere, a ready statement included."""
    live = await caller.connected()
    account = caller.accounts[0]
    told = await live.statement(account, "2026-11-01", "2026-11-10")
    books = caller.sandbox.stores["tochka"]
    again = msgspec.json.decode(msgspec.json.encode(books), type=BANK.store)
    caller.sandbox.stores["tochka"] = again
    same = await live.poll(account, told["statementId"])

    assert same.json()["Data"]["Statement"] == [told]
    assert name_of(account) == told["accountId"]
