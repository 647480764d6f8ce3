"""Invented payments look like real ones, repeat by seed and come fast."""

import re
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from sandbox.ledger import generated
from sandbox.opening import open_company
from sandbox.state import Sandbox
from sandbox.world import Account

FIRST, LAST = date(2025, 11, 20), date(2026, 11, 19)


Make = Callable[[int], Sandbox]


def an_account(make: Make, country: str) -> tuple[Sandbox, Account]:
    sandbox = make(1)
    bank = "sber" if country == "RU" else "csob"
    company = open_company(sandbox, country=country, banks={bank: [{}]})  # type: ignore[arg-type] # a Country
    return sandbox, sandbox.world.accounts_of(company.id)[0]


@pytest.mark.parametrize("country", ["RU", "SK"])
def test_the_same_seed_gives_the_same_bytes(make_sandbox: Make, country: str) -> None:
    """A case seen once can be repeated elsewhere."""
    made = []
    for seed in (1, 1, 2):
        sandbox, account = an_account(make_sandbox, country)
        rows = generated(sandbox.world, account, FIRST, LAST, 300, seed, twins=0.1, corrections=0.1)
        made.append(msgspec.json.encode([rows, sandbox.world.invoices]))

    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize("country", ["RU", "SK"])
def test_rows_have_ids_of_their_own_and_lie_within_the_stretch(
    make_sandbox: Make, country: str
) -> None:
    """A second stretch in the same days must not overwrite the first."""
    sandbox, account = an_account(make_sandbox, country)
    first = generated(sandbox.world, account, FIRST, LAST, 400, 1, twins=0.05, corrections=0.05)
    sandbox.world.add_entries(account, first)
    second = generated(sandbox.world, account, FIRST, LAST, 400, 1, twins=0.05, corrections=0.05)
    ids = {row.bank_id for row in (*first, *second)}

    assert len(ids) == len(first) + len(second)
    assert all(row.amount > 0 and FIRST <= row.date <= LAST + timedelta(days=3) for row in first)
    assert all(re.fullmatch(r"\d{18}", bank_id) for bank_id in ids)


def test_russian_purposes_carry_what_matching_reads(make_sandbox: Make) -> None:
    """Invoices, contracts, VAT tails by the year's rate, acquiring, fees, taxes, salaries."""
    sandbox, account = an_account(make_sandbox, "RU")
    rows = generated(sandbox.world, account, FIRST, LAST, 1500, 5)
    texts = "\n".join(row.purpose for row in rows)
    old = [row.purpose for row in rows if row.date.year == 2025]

    for words in (
        "по счету №", "договор", "НДС 22%", "Без НДС", "эквайринг", "Комиссия", "Заработная плата",
        "Возврат", "по счетам №", "Частичная оплата", "Терминал:",
    ):  # fmt: skip
        assert words in texts
    assert not any("22%" in text for text in old)
    assert max(len(row.purpose) for row in rows) <= 210


def test_slovak_rows_carry_symbols_in_every_usual_place(make_sandbox: Make) -> None:
    """In fields, in the end-to-end id, and in the text only."""
    sandbox, account = an_account(make_sandbox, "SK")
    rows = generated(sandbox.world, account, FIRST, LAST, 1500, 5)
    form = re.compile(r"/VS\d{0,10}/SS\d{0,10}/KS\d{0,4}")

    assert any(form.fullmatch(row.end_to_end_id) and row.vs for row in rows)
    assert any(re.search(r"VS:? ?\d+", row.purpose) and not row.vs for row in rows)
    assert all(len(row.end_to_end_id) <= 35 for row in rows)
    assert any(row.card is not None and row.booked_at is not None for row in rows)


@pytest.mark.parametrize("country", ["RU", "SK"])
def test_the_world_keeps_the_invoices_that_purposes_name(make_sandbox: Make, country: str) -> None:
    """Otherwise nobody could judge a match."""
    sandbox, account = an_account(make_sandbox, country)
    rows = {row.bank_id: row for row in generated(sandbox.world, account, FIRST, LAST, 500, 5)}
    numbers = [invoice.number for invoice in sandbox.world.invoices]
    partly = [
        invoice
        for invoice in sandbox.world.invoices
        if rows[invoice.paid_by[0]].amount < invoice.amount
    ]

    assert len(numbers) > 150
    assert len(set(numbers)) == len(numbers)
    assert partly


def test_twins_and_corrections_are_marked(make_sandbox: Make) -> None:
    """A twin is another payment; a storno points at what it takes back."""
    sandbox, account = an_account(make_sandbox, "RU")
    rows = generated(sandbox.world, account, FIRST, LAST, 400, 5, twins=0.2, corrections=0.3)
    known = {row.bank_id: row for row in rows}
    twin = next(row for row in rows if row.twin_of)
    back = next(row for row in rows if row.storno_of)

    assert (twin.amount, twin.counterparty) == (
        known[twin.twin_of or ""].amount,
        known[twin.twin_of or ""].counterparty,
    )
    assert back.signed == -known[back.storno_of or ""].signed
    assert any(row.revisions for row in rows)
    assert any(row.withdrawn_at for row in rows)


def test_five_thousand_rows_and_a_day_out_of_them_are_cheap(make_sandbox: Make) -> None:
    """A scenario loads while a person waits; an answer over a big book must not scan it."""
    sandbox, account = an_account(make_sandbox, "RU")
    began = time.perf_counter()
    rows = generated(sandbox.world, account, FIRST, LAST, 5000, 5)
    sandbox.world.add_entries(account, rows)
    filled = time.perf_counter() - began
    sandbox.world.balance(account, LAST, sandbox.now)
    began = time.perf_counter()
    for back in range(200):
        day = LAST - timedelta(days=back)
        sandbox.world.turnovers(account, day, day, sandbox.now)

    assert filled < 1
    assert time.perf_counter() - began < 0.5
    assert sandbox.world.balance(account, LAST, sandbox.now) > Decimal(0)
