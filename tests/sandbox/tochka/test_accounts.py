"""Customers, accounts, balances, card holds."""

from datetime import date, timedelta
from decimal import Decimal

from sandbox import numbers
from sandbox.entry import Card, Entry
from sandbox.opening import open_account
from sandbox.tochka.habits import TochkaHabits
from sandbox.tochka.rows import transaction
from tests.sandbox.tochka.conftest import NOW, READING, Caller, name_of


async def test_a_login_lists_its_person_too(caller: Caller) -> None:
    """A reader must pick the Business customer."""
    live = await caller.connected()
    business, person = (await live.read("/open-banking/v1.0/customers"))["Customer"]
    alone = await live.read(f"/open-banking/v1.0/customers/{business['customerCode']}")
    other = await live.get("/open-banking/v1.0/customers/300000001")

    assert (business["customerType"], person["customerType"]) == ("Business", "Personal")
    assert business["taxCode"] == caller.company.inn
    assert business["customerCode"][0] == "3"
    assert len(business["customerCode"]) == 9
    assert alone == business
    assert other.status_code == 403


async def test_accounts_of_every_kind_are_listed(caller: Caller) -> None:
    """Which of them can be read is the reader's question."""
    for kind in ("card", "loan", "deposit"):
        open_account(caller.sandbox, caller.company, "tochka", {"kind": kind})
    closed = {"closed": date(2026, 10, 1)}
    open_account(caller.sandbox, caller.company, "tochka", closed)
    live = await caller.connected()
    rows = (await live.read("/open-banking/v1.0/accounts"))["Account"]
    refused = [await live.order(one, "2026-10-01", "2026-10-02") for one in caller.accounts]

    assert [(one["accountSubType"], one["status"]) for one in rows] == [
        ("CurrentAccount", "Enabled"),
        ("CurrentAccount", "Enabled"),
        ("CreditCard", "Enabled"),
        ("Loan", "Enabled"),
        ("Savings", "Enabled"),
        ("CurrentAccount", "Deleted"),
    ]
    assert [one.status_code for one in refused] == [200, 200, 403, 403, 403, 403]


async def test_a_currency_account_names_its_transit_twin(caller: Caller) -> None:
    """A real number, whose control key holds."""
    live = await caller.connected()
    rouble, dollar = (await live.read("/open-banking/v1.0/accounts"))["Account"]

    assert "transitAccount" not in rouble
    assert numbers.account_key_holds(dollar["transitAccount"], "044525104")


async def test_the_slash_may_be_raw_or_escaped(caller: Caller) -> None:
    """Both kinds of clients are alive."""
    live = await caller.connected()
    account = caller.accounts[0]
    raw = await live.read(f"/open-banking/v1.0/accounts/{name_of(account)}")
    escaped = await live.read(f"/open-banking/v1.0/accounts/{account.number}%2F{account.bic}")
    halved = await live.get(f"/open-banking/v1.0/accounts/{account.number}")
    wrong = await live.get(f"/open-banking/v1.0/accounts/{account.number}/044525999")

    assert raw == escaped
    assert raw["accountId"] == name_of(account)
    assert (halved.status_code, wrong.status_code) == (403, 403)


async def test_balances_tell_the_sign_in_the_amount(caller: Caller) -> None:
    """The indicator is Debit for all of them; ClosingAvailable is what the blocks leave."""
    wish = {"opening_balance": Decimal("-1500.50"), "overdraft_limit": Decimal(5000)}
    account = open_account(caller.sandbox, caller.company, "tochka", wish)
    card = Card(
        number_masked="2200********1234",
        merchant="KOMUS",
        city="MOSKVA",
        country="RU",
        spent=Decimal("25.00"),
        spent_currency="USD",
        authorised_at=NOW - timedelta(hours=2),
    )
    hold = Entry(
        bank_id="261124000000000001",
        date=date(2026, 11, 24),
        at=NOW + timedelta(days=4),
        direction="debit",
        amount=Decimal("2000.00"),
        currency="RUB",
        purpose="Покупка",
        kind="card",
        card=card,
    )
    caller.sandbox.world.add_entries(account, [hold])
    live = await caller.connected()
    path = f"/open-banking/v1.0/accounts/{name_of(account)}"
    rows = (await live.read(f"{path}/balances"))["Balance"]
    every = (await live.read("/open-banking/v1.0/balances"))["Balance"]
    held = (await live.read(f"{path}/authorized-card-transactions"))["Transactions"]

    assert {one["type"]: one["Amount"]["amount"] for one in rows} == {
        "OpeningAvailable": -1500.5,
        "ClosingAvailable": -3500.5,
        "Expected": 2000,
        "OverdraftAvailable": 3499.5,
    }
    assert {one["creditDebitIndicator"] for one in rows} == {"Debit"}
    assert rows == [one for one in every if one["accountId"] == name_of(account)]
    assert held == [
        {
            "accountId": name_of(account),
            "pan": "2200********1234",
            "dateTime": "2026-11-20T07:00:00.000000+00:00",
            "Amount": {"amount": 25, "currency": "USD"},
            "AccountAmount": {"amount": 2000, "currency": "RUB"},
            "TerminalData": {"city": "MOSKVA", "location": "RU", "owner": "KOMUS"},
        }
    ]


async def test_each_call_needs_its_right(caller: Caller) -> None:
    """A missing right is a 403, and nothing says which right it is."""
    asked = {
        "ReadAccountsBasic": "/open-banking/v1.0/accounts",
        "ReadAccountsDetail": "/open-banking/v1.0/accounts",
        "ReadBalances": "/open-banking/v1.0/balances",
        "ReadStatements": "/open-banking/v1.0/statements",
        "ReadCustomerData": "/open-banking/v1.0/customers",
        "ManageWebhookData": "/webhook/v1.0/mostik",
    }
    told = {}
    for right, path in asked.items():
        live = await caller.connected(permissions=[one for one in READING if one != right])
        answer = await live.get(path)
        told[right] = (answer.status_code, answer.json()["Errors"][0]["message"])

    assert told == dict.fromkeys(asked, (403, "Forbidden by consent"))


async def test_unknown_paths_versions_and_methods_are_501(caller: Caller) -> None:
    """Never a 404, which means a missing thing here."""
    live = await caller.connected()
    answers = [
        await live.get("/open-banking/v2.0/accounts"),
        await live.get(f"/open-banking/v1.0/accounts/{name_of(caller.accounts[0])}/transactions"),
        await live.ask("DELETE", "/open-banking/v1.0/accounts"),
        await caller.http.get("/connect/token"),
        await caller.http.get("/"),
    ]

    assert [one.status_code for one in answers] == [501] * 5


async def test_the_banks_own_showroom_answers_constants(caller: Caller) -> None:
    """Two tokens open it; any other word is a missing right, and consents are not there."""
    account = "12345123451234512345/044525104"
    told = {}
    for token in ("sandbox.jwt.token", "working_token", "other"):
        headers = {"Authorization": f"Bearer {token}"}
        base = "/sandbox/v2/open-banking/v1.0"
        answer = await caller.http.get(f"{base}/accounts/{account}/balances", headers=headers)
        told[token] = answer.status_code
    missing = await caller.http.get("/sandbox/v2/consent/v1.0/consents", headers=headers)

    assert told == {"sandbox.jwt.token": 200, "working_token": 200, "other": 403}
    assert missing.status_code == 501


async def test_a_second_of_too_many_requests_is_a_429(caller: Caller) -> None:
    """Nothing is published, so the bank may turn to this any day."""
    live = await caller.connected()
    caller.behave(requests_per_second=2, retry_after_seconds=7)
    answers = [await live.get("/open-banking/v1.0/accounts") for _ in range(6)]
    refused = [one for one in answers if one.status_code == 429]

    assert refused
    assert refused[0].headers["Retry-After"] == "7"


def test_rows_before_2024_have_no_payment_id() -> None:
    """The field exists since 2024-02-01."""
    told = [
        transaction(
            Entry(
                bank_id="1",
                date=day,
                at=NOW,
                direction="credit",
                amount=Decimal(1),
                currency="RUB",
                purpose="",
            ),
            as_of=NOW,
            habits=TochkaHabits(),
            unknown_fields=False,
        )
        for day in (date(2024, 1, 31), date(2024, 2, 1))
    ]

    assert ["paymentId" in one for one in told] == [False, True]
