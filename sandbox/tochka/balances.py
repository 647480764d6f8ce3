"""Balances, and the card holds that explain the blocked part of them."""

from datetime import timedelta
from decimal import Decimal

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sandbox.clock import start_of_day
from sandbox.entry import Entry
from sandbox.state import Sandbox
from sandbox.tochka import situations
from sandbox.tochka.accounts import ONE_ACCOUNT, OPEN_BANKING, listed
from sandbox.tochka.grants import Grant, account_of, counted, grant_of, need, secret_over, spoil
from sandbox.tochka.store import BANK_ID
from sandbox.tochka.wire import Answer, AnyRequest, account_id, answer, instant, number
from sandbox.world import Account

# card operations reach the statement in 3-5 working days, up to 30
LONGEST_HOLD = timedelta(days=30)


@get(f"{OPEN_BANKING}/balances")
async def balances(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """All balances of all accounts of the grant, one row for each type."""
    grant = grant_of(sandbox, request)
    code = await _data(sandbox, grant)
    rows = [row for one in listed(sandbox, grant) for row in _balances(sandbox, one)]
    return answer(sandbox, request, {"Balance": rows}, strange=code == "BANK_FORMAT_CHANGED")


@get(f"{ONE_ACCOUNT}/balances")
async def account_balances(
    request: AnyRequest,
    sandbox: NamedDependency[Sandbox],
    number: FromPath[str],
    bic: FromPath[str],
) -> Answer:
    """The balances of one account."""
    grant = grant_of(sandbox, request)
    code = await _data(sandbox, grant)
    found = account_of(sandbox, grant, f"{number}/{bic}")
    rows = _balances(sandbox, found)
    return answer(sandbox, request, {"Balance": rows}, strange=code == "BANK_FORMAT_CHANGED")


@get(f"{ONE_ACCOUNT}/authorized-card-transactions")
async def card_holds(
    request: AnyRequest,
    sandbox: NamedDependency[Sandbox],
    number: FromPath[str],
    bic: FromPath[str],
) -> Answer:
    """Card operations that are authorised and not yet in any statement."""
    grant = grant_of(sandbox, request)
    need(sandbox, grant, "ReadBalances")
    found = account_of(sandbox, grant, f"{number}/{bic}")
    rows = [_hold(found, row) for row in held(sandbox, found) if row.card is not None]
    return answer(sandbox, request, {"Transactions": rows})


def held(sandbox: Sandbox, account: Account) -> list[Entry]:
    """What is blocked now: pending debits, and card operations whose booking lies ahead."""
    now, today = sandbox.now, sandbox.today(account)
    pending = [row for row in sandbox.world.book(account).pending(now) if row.direction == "debit"]
    known = {row.bank_id for row in pending}
    horizon = start_of_day(today + LONGEST_HOLD, account.country)
    ahead = sandbox.world.ledger(account, today, today + LONGEST_HOLD, horizon)
    return pending + [
        row
        for row in ahead
        if row.card is not None
        and row.card.authorised_at <= now < row.known_from
        and row.bank_id not in known
    ]


async def _data(sandbox: Sandbox, grant: Grant) -> str | None:
    """A data call on balances: uses an order up, refuses as ordered, and needs the right."""
    secret_over(sandbox, grant)
    company = grant.companies[0].id if grant.companies else ""
    code = situations.suffered(sandbox, company, situations.ON_BALANCES)
    await spoil(sandbox, grant, code)
    counted(sandbox, grant)
    need(sandbox, grant, "ReadBalances")
    return code


def _balances(sandbox: Sandbox, account: Account) -> list[dict[str, object]]:
    """The bank's sum, the free one, the blocked one; amounts may be negative."""
    booked = sandbox.world.balance(account, sandbox.today(account), sandbox.now)
    blocked = sum((row.amount for row in held(sandbox, account)), Decimal(0))
    figures = {
        "OpeningAvailable": booked,
        "ClosingAvailable": booked - blocked,
        "Expected": blocked,
    }
    if account.overdraft_limit:
        used = max(-booked, Decimal(0))
        figures["OverdraftAvailable"] = account.overdraft_limit - used
    habits = sandbox.behaviour(BANK_ID)
    if habits.unknown_fields:
        figures["InterimReserved"] = Decimal(0)
    name = account.number if habits.tochka.balance_ids_without_bic else account_id(account)
    return [
        {
            "accountId": name,
            "creditDebitIndicator": "Debit"
            if habits.tochka.balances_always_debit or amount < 0
            else "Credit",
            "type": kind,
            "dateTime": instant(sandbox.now),
            "Amount": {"amount": number(amount), "currency": account.currency},
        }
        for kind, amount in figures.items()
    ]


def _hold(account: Account, row: Entry) -> dict[str, object]:
    card = row.card
    assert card is not None
    return {
        "accountId": account_id(account),
        "pan": card.number_masked,
        "dateTime": instant(card.authorised_at),
        "Amount": {"amount": number(card.spent), "currency": card.spent_currency},
        "AccountAmount": {"amount": number(row.amount), "currency": account.currency},
        "TerminalData": {"city": card.city, "location": card.country, "owner": card.merchant},
    }


ROUTES = (balances, account_balances, card_holds)
