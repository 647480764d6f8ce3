"""A ready world for a first look: two companies, a year of payments, and a month to come."""

from datetime import timedelta

from sandbox.ledger import generated
from sandbox.opening import USUAL_KIND, open_company
from sandbox.state import Sandbox
from sandbox.world import Account, Company, Country

YEAR_DAYS, AHEAD_DAYS = 365, 30
ROWS = 1300
WISHES: dict[Country, dict[str, list[dict[str, str]]]] = {
    "RU": {"sber": [{"kind": "settlement"}, {"kind": "card"}], "tochka": [{"kind": "settlement"}]},
    "SK": {"tatra": [{"kind": "current"}], "csob": [{"kind": "current"}]},
}


async def furnish(sandbox: Sandbox) -> list[Company]:
    """Open the companies at those of their banks that are here, and fill their books.

    What lies ahead of the clock is pushed when its time comes, so that the world stays alive.
    """
    companies: list[Company] = []
    for country, wishes in WISHES.items():
        here = {bank: accounts for bank, accounts in wishes.items() if sandbox.bank(bank)}
        if not here:
            continue
        company = open_company(sandbox, country=country, banks=here)
        companies.append(company)
        for account in sandbox.world.accounts_of(company.id):
            if account.kind == USUAL_KIND[country]:
                await _fill(sandbox, account)
    return companies


async def _fill(sandbox: Sandbox, account: Account) -> None:
    today = sandbox.today(account)
    first, last = today - timedelta(days=YEAR_DAYS), today + timedelta(days=AHEAD_DAYS)
    rows = generated(sandbox.world, account, first, last, ROWS, sandbox.seed)
    await sandbox.add_payments(account, rows, since=sandbox.now)
