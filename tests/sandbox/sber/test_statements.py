"""client-info and statements: one account, one day, one page a call."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sandbox.entry import Party
from sandbox.opening import open_account, open_company
from sandbox.state import Sandbox
from tests.sandbox.sber.partner import DAY, NOON, TODAY, Partner, payment

AT = datetime(2026, 11, 16, 8, 42, 8, tzinfo=UTC)
MONDAY = date(2026, 11, 16)


async def test_one_operation_is_told_field_by_field(partner: Partner) -> None:
    """Names and types of the model; amounts as strings, RUR, nulls sent."""
    entry = partner.pay(7, AT, "48250.00", date=date(2026, 11, 18))
    await partner.connect()
    told = (await partner.statement(day=date(2026, 11, 18))).json()
    operation = told["transactions"][0]
    amount = {"amount": "48250.00", "currencyName": "RUR"}

    assert told["_links"] == []
    assert operation["operationId"] == entry.bank_id
    assert operation["uuid"][14] == "3"
    assert operation["operationDate"] == "2026-11-18T11:42:08"
    assert (operation["number"], operation["operationCode"]) == ("7", "01")
    assert (operation["amount"], operation["amountRub"]) == (amount, amount)
    assert operation["direction"] == "CREDIT"
    assert operation["curTransfer"] is operation["swiftTransfer"] is operation["filial"] is None
    assert operation["rurTransfer"] | {"payeeName": ""} == {
        "payerAccount": "40702810100000054321",
        "payerName": "ООО «Синий Кит»",
        "payerInn": "5001122339",
        "payerKpp": "500101001",
        "payerBankBic": "044525974",
        "payerBankName": "АО «ТБанк»",
        "payerBankCorrAccount": "30101810145250000974",
        "payeeAccount": partner.number,
        "payeeName": "",
        "payeeInn": partner.company.inn,
        "payeeKpp": partner.company.kpp,
        "payeeBankBic": "044525225",
        "payeeBankName": "ПАО СБЕРБАНК",
        "payeeBankCorrAccount": "30101810400000000225",
        "valueDate": "2026-11-18",
        "receiptDate": "2026-11-18",
        "deliveryKind": "электронно",
        "payingCondition": None,
        "purposeCode": None,
        "departmentalInfo": None,
        "cartInfo": None,
    }


async def test_a_debit_is_paid_by_the_owner(partner: Partner) -> None:
    """CREDIT is money in, DEBIT money out, seen from the owner; a tax names its KBK."""
    partner.pay(8, AT, direction="debit", kind="tax", counterparty=Party(name="ФНС"))
    await partner.connect()
    rows = (await partner.statement(day=MONDAY)).json()["transactions"]
    operation = next(row for row in rows if row["number"] == "8")

    assert operation["direction"] == "DEBIT"
    assert operation["rurTransfer"]["payerAccount"] == partner.number
    assert operation["rurTransfer"]["payeeInn"] is None
    assert operation["rurTransfer"]["departmentalInfo"]["kbk"] == "18201061201010000510"


async def test_other_spellings_are_switches(partner: Partner) -> None:
    """Numbers, RUB, no nulls, `links`, unknown fields: other contours, other versions."""
    partner.pay(9, AT, "0.10")
    partner.behave(
        unknown_fields=True,
        page_rows=1,
        sber={
            "amounts_as": "number",
            "currency_word": "RUB",
            "nulls": "omitted",
            "links": "absolute",
            "links_key": "links",
        },
    )
    await partner.connect()
    answer = await partner.statement(day=MONDAY)
    told = answer.json(parse_float=Decimal)
    operation = told["transactions"][0]

    assert isinstance(operation["amount"]["amount"], Decimal)
    assert operation["amount"]["currencyName"] == "RUB"
    assert "curTransfer" not in operation
    assert operation["sourceSystem"] == "PPRB"
    assert told["links"][0]["href"].startswith(
        "http://banks/sber/fintech/api/v2/statement/transactions?accountNumber="
    )


async def test_pages_follow_relative_links_to_the_last(partner: Partner) -> None:
    """Query only, no next on the last page, and the page beyond it is refused."""
    partner.sandbox.world.add_entries(
        partner.accounts[1], [payment(n, AT + timedelta(seconds=n)) for n in range(5)]
    )
    partner.behave(page_rows=2)
    await partner.connect()
    number = partner.accounts[1].number
    pages = [
        (await partner.statement(day=MONDAY, accountNumber=number, page=page)).json()
        for page in (1, 2, 3)
    ]
    beyond = await partner.statement(day=MONDAY, accountNumber=number, page=4)
    href = f"?accountNumber={number}&statementDate=2026-11-16&page=2"

    assert pages[0]["_links"] == [{"href": href, "rel": "next"}]
    assert [link["rel"] for link in pages[1]["_links"]] == ["prev", "next"]
    assert [link["rel"] for link in pages[2]["_links"]] == ["prev"]
    assert len({row["operationId"] for page in pages for row in page["transactions"]}) == 5
    assert (beyond.status_code, beyond.json()["cause"]) == (400, "WORKFLOW_FAULT")
    assert beyond.json()["message"] == "Запрошенной страницы с операциями не существует."


async def test_shuffled_rows_keep_their_order_over_pages(partner: Partner) -> None:
    """No order at all, yet nothing twice and nothing lost."""
    rows = [payment(n, AT + timedelta(seconds=n)) for n in range(9)]
    partner.sandbox.world.add_entries(partner.accounts[1], rows)
    partner.behave(page_rows=4, shuffle_rows=True)
    await partner.connect()
    number = partner.accounts[1].number
    told = [
        row["operationId"]
        for page in (1, 2, 3)
        for row in (await partner.statement(day=MONDAY, accountNumber=number, page=page)).json()[
            "transactions"
        ]
    ]

    assert sorted(told) == [row.bank_id for row in rows] != told


async def test_a_summary_adds_up_to_the_kopeck(partner: Partner) -> None:
    """Opening + credits - debits = closing, and the counts are those of the rows."""
    await partner.connect()
    told = (await partner.statement("summary")).json()
    rows = (await partner.statement()).json()["transactions"]

    def figure(name: str) -> Decimal:
        assert told[name] == told[f"{name}Rub"]
        return Decimal(told[name]["amount"])

    credits_ = [Decimal(row["amount"]["amount"]) for row in rows if row["direction"] == "CREDIT"]
    assert figure("closingBalance") == (
        figure("openingBalance") + figure("creditTurnover") - figure("debitTurnover")
    )
    assert (sum(credits_), len(credits_)) == (
        figure("creditTurnover"),
        told["creditTransactionsNumber"],
    )
    assert told["lastMovementDate"] == "2026-11-17"
    assert told["composedDateTime"] == "2026-11-20T12:00:00"
    assert told["openingRate"] is None


@pytest.mark.parametrize(("asked", "shape"), [("", "swiftTransfer"), ("curTransfer",) * 2])
async def test_foreign_currency_comes_as_swift_unless_asked(
    partner: Partner, sandbox: Sandbox, asked: str, shape: str
) -> None:
    """CurFormat chooses; amounts also stand in roubles, the account is called 840."""
    account = open_account(sandbox, partner.company, "sber", {"currency": "USD"})
    sandbox.world.add_entries(account, [payment(1, AT, "100.00", currency="USD")])
    await partner.connect()
    query = {"accountNumber": account.number} | ({"curFormat": asked} if asked else {})
    operation = (await partner.statement(day=MONDAY, **query)).json()["transactions"][0]
    summary = (await partner.statement("summary", MONDAY, accountNumber=account.number)).json()
    info = (await partner.client_info()).json()["accounts"]

    assert operation["amount"] == {"amount": "100.00", "currencyName": "USD"}
    assert operation["amountRub"] == {"amount": "8143.00", "currencyName": "RUR"}
    assert operation[shape]["beneficiaryCustomerAccount"] == account.number
    assert (operation["rurTransfer"], summary["openingRate"]) == (None, "81.43")
    assert [one["currencyCode"] for one in info if one["number"] == account.number] == ["840"]
    assert ("payeeAccount" in operation[shape]) == (asked == "curTransfer")


async def test_client_info_tells_organisation_and_accounts(partner: Partner) -> None:
    """810 for roubles, words of the bank's enums; the loan is listed, and open."""
    await partner.connect([partner.number])
    told = (await partner.client_info()).json()

    assert (told["inn"], told["kpps"]) == (partner.company.inn, [partner.company.kpp])
    assert [(one["number"], one["type"]) for one in told["accounts"]] == [
        (partner.number, "calculated"),
        (partner.accounts[2].number, "loan"),
    ]
    first = told["accounts"][0]
    assert (first["currencyCode"], first["state"], first["mode"]) == ("810", "OPEN", "STANDART")
    assert (first["closeDate"], first["debitBlocked"], first["minBalance"]) == (None, False, None)


async def test_client_info_tells_closed_and_blocked(partner: Partner) -> None:
    """State words, and unsuitable accounts only where the habit says so."""
    partner.accounts[0].closed, partner.accounts[1].blocked = DAY, True
    partner.behave(sber={"unsuitable_in_client_info": False, "nulls": "omitted"})
    await partner.connect()
    accounts = (await partner.client_info()).json()["accounts"]

    assert [one["state"] for one in accounts] == ["CLOSED", "BLOCKED"]
    assert accounts[1]["debitBlockedCause"] == "Решение налогового органа"
    assert "minBalance" not in accounts[0]


async def test_each_account_and_day_is_formed_once(partner: Partner) -> None:
    """202 shaped like an error; summary and transactions wait for the same forming."""
    partner.behave(not_ready_answers=1)
    await partner.connect()
    first = await partner.statement("summary")
    others = [await partner.statement("summary"), await partner.statement()]
    another_day = await partner.statement(day=MONDAY)

    assert (first.status_code, first.json()["cause"]) == (202, "STATEMENT_RESPONSE_PROCESSING")
    assert [one.status_code for one in others] == [200, 200]
    assert another_day.status_code == 202


async def test_forming_takes_virtual_time_and_may_say_nothing(partner: Partner) -> None:
    """The empty 202 of some contours, until the clock has passed."""
    partner.behave(preparing_seconds=30, sber={"empty_202": True})
    await partner.connect()
    early = await partner.statement()
    partner.sandbox.clock.advance(timedelta(seconds=30))

    assert (early.status_code, early.content) == (202, b"")
    assert (await partner.statement()).status_code == 200


async def test_history_is_released_in_windows(partner: Partner) -> None:
    """Seed 000: ten days every half hour; the rest is 202, not an empty day."""
    partner.behave(delivery={"every_minutes": 30, "window_days": 10, "order": "forward"})
    await partner.connect()
    early, late = date(2026, 10, 1), date(2026, 10, 21)
    before = [(await partner.statement("summary", day)).status_code for day in (early, late)]
    partner.sandbox.clock.advance(timedelta(minutes=30))
    after = [(await partner.statement("summary", day)).status_code for day in (early, late)]

    assert (before, after) == ([200, 202], [200, 200])


async def test_today_opens_at_one_past_three_in_moscow(partner: Partner) -> None:
    """The bank counts days in UTC: at night "today" is the future."""
    await partner.connect()
    partner.sandbox.clock.set_now(datetime(2026, 11, 21, 0, 0, 30, tzinfo=UTC))
    partner.pair = (await partner.refresh()).json()
    tomorrow = date(2026, 11, 21)
    shut = await partner.statement(day=tomorrow)
    partner.behave(sber={"utc_gate": False})
    no_gate = await partner.statement(day=tomorrow)
    partner.behave(sber={"utc_gate": True})
    partner.sandbox.clock.advance(timedelta(seconds=30))
    opened = await partner.statement(day=tomorrow)

    assert (shut.status_code, shut.json()["message"]) == (400, "Дата выписки позже текущей")
    assert (no_gate.status_code, opened.status_code) == (200, 200)


@pytest.mark.parametrize(
    ("query", "cause", "field"),
    [
        ({"accountNumber": "4070281093800001234 "}, "VALIDATION_FAULT", "accountNumber"),
        ({"accountNumber": "40702810000000000000"}, "VALIDATION_FAULT", "accountNumber"),
        ({"statementDate": "17.11.2026"}, "DESERIALIZATION_FAULT", "statementDate"),
        ({"statementDate": "2026-02-30"}, "DESERIALIZATION_FAULT", "statementDate"),
        ({"statementDate": ""}, "VALIDATION_FAULT", "statementDate"),
        ({"statementDate": "2020-12-31"}, "WORKFLOW_FAULT", ""),
        ({"statementDate": "2026-11-21"}, "WORKFLOW_FAULT", ""),
        ({"statementDate": "2023-01-01"}, "WORKFLOW_FAULT", ""),
        ({"page": "one"}, "DESERIALIZATION_FAULT", "page"),
        ({"page": "0"}, "VALIDATION_FAULT", "page"),
        ({"page": ""}, "VALIDATION_FAULT", "page"),
    ],
)
async def test_wrong_questions_are_400(
    partner: Partner, query: dict[str, str], cause: str, field: str
) -> None:
    """Each fault by the bank's own word, with the field where it is one."""
    await partner.connect()
    answer = await partner.statement(**query)

    assert (answer.status_code, answer.json()["cause"]) == (400, cause)
    assert answer.json()["fieldNames"] == ([field] if field else [])


async def test_depth_is_five_years_and_this_one_or_what_the_knob_says(partner: Partner) -> None:
    """Older is refused in words of its own, before the account's opening is looked at."""
    partner.accounts[0].opened = date(2015, 1, 1)
    await partner.connect()
    deep = await partner.statement("summary", date(2021, 1, 1))
    deeper = await partner.statement("summary", date(2020, 12, 31))
    partner.behave(history_days=30)
    short = await partner.statement("summary", date(2026, 10, 20))

    assert (deep.status_code, deeper.status_code) == (200, 400)
    assert deeper.json()["message"] == short.json()["message"] == "Дата выписки ранее допустимой"


async def test_a_closed_account_tells_its_past_only(partner: Partner) -> None:
    """From the day of closing on it is not operating."""
    partner.accounts[0].closed = DAY
    await partner.connect()
    past = await partner.statement(day=MONDAY)
    closed = await partner.statement()

    assert past.status_code == 200
    assert closed.json()["message"] == "Счет не является действующим на запрошенную дату."


async def test_parameters_out_of_order_are_refused_where_that_is_the_habit(
    partner: Partner,
) -> None:
    """Some methods demand the order of the model."""
    partner.behave(sber={"strict_parameter_order": True})
    await partner.connect()
    path = "/fintech/api/v2/statement/summary"
    turned = await partner.get(path, statementDate=DAY, accountNumber=partner.number)

    assert turned.json()["cause"] == "VALIDATION_FAULT"
    assert (await partner.statement()).status_code == 200


async def test_an_empty_day_is_an_empty_list_or_404(partner: Partner) -> None:
    """Both are known; the word of the 404 varies too."""
    await partner.connect()
    empty = await partner.statement(day=date(2026, 3, 1))
    partner.behave(sber={"empty_day": "404", "no_data_cause": "DATA_NOT_FOUND"})
    absent = await partner.statement(day=date(2026, 3, 1))

    assert (empty.status_code, empty.json()["transactions"]) == (200, [])
    assert (absent.status_code, absent.json()["cause"]) == (404, "DATA_NOT_FOUND")


async def test_one_operation_is_found_by_its_id(partner: Partner) -> None:
    """A literal path segment, the id in the query."""
    await partner.connect()
    row = (await partner.statement()).json()["transactions"][0]
    found = await partner.statement("transactionId", operationId=row["operationId"])
    unknown = await partner.statement("transactionId", operationId="1")
    missing = await partner.statement("transactionId")

    assert found.json() == row
    assert [one.status_code for one in (unknown, missing)] == [404, 400]


@pytest.mark.parametrize("path", ["transactions", "summary", "transactions/1"])
async def test_the_first_version_of_statements_is_gone(partner: Partner, path: str) -> None:
    """Seen live: 404 with one sentence."""
    await partner.connect()
    answer = await partner.get(f"/fintech/api/v1/statement/{path}")

    assert answer.status_code == 404
    assert answer.json()["message"] == "Не найден указанный urlPath"


async def test_files_are_not_in_the_contract(partner: Partner) -> None:
    """The token is fine, the service is not there: only the bank can add it."""
    await partner.connect()
    answer = await partner.get("/fintech/api/v1/statement/files")

    assert (answer.status_code, answer.json()["cause"]) == (403, "ACTION_ACCESS_EXCEPTION")
    assert "[FILES]" in answer.json()["message"]


async def test_another_method_is_not_allowed(partner: Partner) -> None:
    """Reading only."""
    answer = await partner.http.post("/sber/fintech/api/v2/statement/summary")

    assert answer.status_code == 405


async def test_the_sixth_call_in_a_second_is_too_many(partner: Partner) -> None:
    """Five a virtual second; a standing clock and the knob at 0 never refuse."""
    partner.behave(retry_after_seconds=1)
    await partner.connect()
    standing = [(await partner.statement()).status_code for _ in range(8)]
    partner.sandbox.clock.set_speed(0.001)
    paced = [await partner.statement() for _ in range(6)]
    partner.behave(sber={"requests_per_virtual_second": 0})
    free = await partner.statement()
    partner.sandbox.clock.set_speed(0)

    assert set(standing) == {200}
    assert [one.status_code for one in paced] == [200, 200, 200, 200, 200, 429]
    assert paced[5].json()["cause"] == "TOO_MANY_REQUESTS"
    assert paced[5].headers["retry-after"] == "1"
    assert free.status_code == 200


async def test_the_rate_grows_with_the_clock(partner: Partner) -> None:
    """Half an hour a second means thousands of calls a second."""
    await partner.connect()
    partner.sandbox.clock.set_speed(1800)
    many = {(await partner.client_info()).status_code for _ in range(20)}
    partner.sandbox.clock.set_speed(0)

    assert many == {200}


@pytest.mark.parametrize(
    ("knob", "status", "cause"),
    [
        ("server_error_share", 500, "UNKNOWN_EXCEPTION"),
        ("unavailable_share", 503, "UNAVAILABLE_RESOURCE_EXCEPTION"),
    ],
)
async def test_the_banks_own_failures_come_as_json_or_html(
    partner: Partner, knob: str, status: int, cause: str
) -> None:
    """Never count on a body."""
    await partner.connect()
    partner.behave(**{knob: 1})
    plain = await partner.statement()
    partner.behave(html_error_share=1)
    html = await partner.statement()

    assert (plain.status_code, plain.json()["cause"]) == (status, cause)
    assert (html.status_code, html.text[:6]) == (status, "<html>")


async def test_lies_of_the_delivery_never_touch_the_figures(partner: Partner) -> None:
    """Duplicates carry the same id; a cut page is whole at the next try."""
    partner.behave(delivery={"duplicate_share": 1, "cut_share": 0})
    await partner.connect()
    rows = (await partner.statement()).json()["transactions"]
    told = (await partner.statement("summary")).json()
    ids = [row["operationId"] for row in rows]

    assert len(ids) == 2 * len(set(ids))
    assert len(set(ids)) == told["creditTransactionsNumber"] + told["debitTransactionsNumber"]


async def test_an_account_of_a_stranger_is_the_same_403(partner: Partner, sandbox: Sandbox) -> None:
    """Indistinguishable from one not named in the offer, unless the switch says so."""
    stranger = open_company(sandbox, country="RU", banks={"sber": [{"currency": "RUB"}]})
    number = sandbox.world.accounts_of(stranger.id)[0].number
    await partner.connect([partner.number])
    answers: list[Any] = [
        (await partner.statement(accountNumber=wanted)).json()
        for wanted in (number, partner.accounts[1].number)
    ]
    partner.behave(sber={"foreign_account": "own_words", "access_cause": "ACCESS_EXCEPTION"})
    own = (await partner.statement(accountNumber=number)).json()

    assert answers[0]["cause"] == "ACTION_ACCESS_EXCEPTION"
    assert answers[0]["message"] == answers[1]["message"] != own["message"]
    assert own["cause"] == "ACCESS_EXCEPTION"


async def test_the_company_set_needs_no_offer(partner: Partner, sandbox: Sandbox) -> None:
    """One's own company: deposits too, no offer, no end of it."""
    partner.behave(sber={"contract": "company", "user_info_as": "json"})
    deposit = open_account(sandbox, partner.company, "sber", {"kind": "deposit"})
    await partner.connect()
    claims = (await partner.user_info()).json()

    assert (await partner.statement(accountNumber=deposit.number)).status_code == 200
    assert len(claims["accounts"]) == 3
    assert "offerExpirationDate" not in claims


def test_noon_is_today() -> None:
    """The other tests count from it."""
    assert NOON.date() == TODAY
