"""Statements of Tatra's own accounts: ordered, polled, fetched, and true."""

import io
import os
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest
from lxml import etree

from sandbox.opening import open_account
from sandbox.state import Sandbox
from sandbox.tatra.camt import NAMESPACE
from sandbox.world import Account
from tests.sandbox.tatra.caller import BASE, Caller, Connected, filled, turn

NAME = "camt.053.001.02.xsd"
SETTING = "MOSTIK_TEST_CAMT_XSD"
NS = {"c": NAMESPACE}
OCTOBER = {
    "dateFromStatements": "2026-10-01",
    "dateToStatements": "2026-10-31",
    "exportType": "XML",
}


async def order(
    connected: Connected, account: Account, **changes: object
) -> tuple[str, httpx.Response]:
    path = f"{BASE}/v1/accounts/{await connected.id_of(account)}/statements"
    answer = await connected.caller.http.post(
        f"{path}/tasks", headers=connected.headers, json={**OCTOBER, **changes}
    )
    return path, answer


async def fetched(connected: Connected, account: Account, **changes: object) -> list[bytes]:
    path, answer = await order(connected, account, **changes)
    task = f"{path}/tasks/{answer.json()['taskId']}"
    body = (await connected.get(task)).json()
    while body["state"] == "PROCESSING":
        body = (await connected.get(task)).json()
    return [
        (await connected.get(f"{path}/{one['statementId']}")).content for one in body["statements"]
    ]


def opened(archive: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        (name,) = file.namelist()
        return file.read(name)


async def test_a_statement_is_ordered_polled_and_fetched(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """As many polls say PROCESSING as the bank likes."""
    turn(sandbox, not_ready_answers=2)
    connected = await caller.connected()
    path, answer = await order(connected, own)
    task = f"{path}/tasks/{answer.json()['taskId']}"
    states = [(await connected.get(task)).json()["state"] for _ in range(3)]
    one = (await connected.get(task)).json()["statements"][0]
    file = await connected.get(f"{path}/{one['statementId']}")

    assert states == ["PROCESSING", "PROCESSING", "SUCCEEDED"]
    assert (one["dateFrom"], one["dateTo"]) == ("2026-10-01", "2026-10-31")
    assert file.headers["content-type"] == "application/zip"
    assert NAMESPACE.encode() in opened(file.content)


async def test_the_file_tells_the_whole_truth(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """Opening and entries make each day's closing balance, whatever the rows' resource hides."""
    turn(sandbox, delivery={"late_share": 0.5, "duplicate_share": 0.5, "every_minutes": 600})
    connected = await caller.connected()
    (archive,) = await fetched(connected, own)
    tree = ET.fromstring(opened(archive))  # noqa: S314 - our own bank wrote it
    truth = sandbox.world.ledger(own, date(2026, 10, 1), date(2026, 10, 31), sandbox.now)
    entries = tree.findall(".//c:Ntry", NS)
    balances = [
        (b.findtext(".//c:Cd", "", NS), Decimal(b.findtext("c:Amt", "", NS)), b)
        for b in tree.findall(".//c:Bal", NS)
    ]
    running = next(amount for kind, amount, _ in balances if kind == "OPBD")
    signs = {"CRDT": 1, "DBIT": -1}
    for entry in entries:
        amount = Decimal(entry.findtext("c:Amt", "", NS))
        running += signs[entry.findtext("c:CdtDbtInd", "", NS)] * amount

    assert [kind for kind, _, _ in balances][:2] == ["PRCD", "OPBD"]
    assert sorted(e.findtext("c:NtryRef", "", NS) for e in entries) == sorted(
        row.bank_id for row in truth
    )
    assert sum(kind == "CLBD" for kind, _, _ in balances) == len({row.date for row in truth})
    assert running == balances[-1][1]
    assert tree.findtext(".//c:TtlNtries/c:NbOfNtries", "", NS) == str(len(entries))


def schema() -> etree.XMLSchema:
    """The file that the setting names, else one in a folder `formats` beside this checkout."""
    beside = Path(__file__).resolve().parents[4].glob(f"*/formats/{NAME}")
    given = [Path(path)] if (path := os.environ.get(SETTING)) else sorted(beside)
    if not given:
        pytest.skip(f"the published schema is not at hand: {SETTING} may name {NAME}")
    return etree.XMLSchema(etree.parse(str(given[0])))


@pytest.mark.parametrize("currency", ["EUR", "CZK"])
async def test_the_file_is_valid_against_the_schema(
    sandbox: Sandbox, caller: Caller, own: Account, currency: str
) -> None:
    """The published schema is the judge, not our reader."""
    judge = schema()
    company = sandbox.world.companies[own.company]
    account = filled(sandbox, open_account(sandbox, company, "tatra", {"currency": currency}))
    (archive,) = await fetched(await caller.connected(), account)

    judge.assertValid(etree.fromstring(opened(archive)))


async def test_a_fee_is_one_entry_with_two_blocks(caller: Caller, own: Account) -> None:
    """Who adds up the details counts it twice."""
    (archive,) = await fetched(await caller.connected(), own)
    tree = ET.fromstring(opened(archive))  # noqa: S314 - our own bank wrote it
    fees = [
        entry
        for entry in tree.findall(".//c:Ntry", NS)
        if entry.findtext("c:BkTxCd/c:Prtry/c:Cd", "", NS) == "40000606000"
    ]

    assert fees
    assert all(len(entry.findall("c:NtryDtls", NS)) == 2 for entry in fees)
    assert all(entry.find(".//c:TxAmt", NS) is None for entry in fees)


async def test_each_day_may_have_its_own_statement(caller: Caller, own: Account) -> None:
    """`statementsPerDay` gives one file for each day with a row."""
    files = await fetched(await caller.connected(), own, statementsPerDay=True)

    assert len(files) > 10


async def test_a_pdf_is_a_pdf(caller: Caller, own: Account) -> None:
    """For people."""
    (file,) = await fetched(await caller.connected(), own, exportType="PDF")

    assert file.startswith(b"%PDF-1.4")
    assert file.rstrip().endswith(b"%%EOF")


async def test_other_banks_have_no_statements(caller: Caller, other: Account) -> None:
    """The product is unknown there."""
    _, answer = await order(await caller.connected(), other)

    assert (answer.status_code, answer.json()["errorCode"]) == (404, "PRODUCT_UNKNOWN")


async def test_rows_may_work_where_statements_do_not(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """NO_ACCOUNT for statements alone, seen in production."""
    turn(sandbox, tatra={"statements_no_account": True})
    connected = await caller.connected()
    _, answer = await order(connected, own)

    assert answer.json()["errorCode"] == "NO_ACCOUNT"
    assert await connected.pages(await connected.id_of(own), dateFrom="2026-10-01")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"dateFrom": "2026-10-01"}, "ILLEGAL_ARGUMENT"),
        ({"exportType": "CSV"}, "ILLEGAL_ARGUMENT"),
        ({"dateToStatements": "2026-09-01"}, "PERIOD_INVALID"),
        ({"dateFromStatements": "2020-01-01"}, "PERIOD_INVALID"),
    ],
)
async def test_an_order_that_cannot_be_read_is_400(
    caller: Caller, own: Account, changes: dict[str, str], code: str
) -> None:
    """Other names for the dates are refused too."""
    _, answer = await order(await caller.connected(), own, **changes)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, code)


async def test_an_unknown_task_or_statement_is_404(caller: Caller, own: Account) -> None:
    """Whatever became of it."""
    connected = await caller.connected()
    path = f"/v1/accounts/{await connected.id_of(own)}/statements"
    answers = [await connected.get(f"{path}/tasks/x"), await connected.get(f"{path}/x")]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_polling_too_often_is_429(sandbox: Sandbox, caller: Caller, own: Account) -> None:
    """At most once in two seconds, where the bank looks at it."""
    turn(sandbox, tatra={"statement_poll_seconds": 2})
    connected = await caller.connected()
    path, answer = await order(connected, own)
    task = f"{path}/tasks/{answer.json()['taskId']}"
    statuses = [(await connected.get(task)).status_code for _ in range(2)]

    assert statuses == [200, 429]
