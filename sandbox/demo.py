"""A ready world for a first look: a Russian and a Slovak company with a year of payments."""

from datetime import timedelta

from sandbox.ledger import generated
from sandbox.opening import open_company
from sandbox.state import Sandbox
from sandbox.world import Company, Country

YEAR_DAYS = 365
ROWS = 1200
WISHES: dict[Country, dict[str, list[dict[str, str]]]] = {
    "RU": {"sber": [{"kind": "settlement"}, {"kind": "card"}], "tochka": [{"kind": "settlement"}]},
    "SK": {"tatra": [{"kind": "current"}], "csob": [{"kind": "current"}]},
}


def furnish(sandbox: Sandbox) -> list[Company]:
    """Open the companies at those of their banks that are here, and fill the year up to now."""
    companies: list[Company] = []
    for country, wishes in WISHES.items():
        here = {bank: accounts for bank, accounts in wishes.items() if sandbox.bank(bank)}
        if not here:
            continue
        company = open_company(sandbox, country=country, banks=here)
        companies.append(company)
        for account in sandbox.world.accounts_of(company.id):
            today = sandbox.today(account)
            rows = generated(
                sandbox.world, account, today - timedelta(days=YEAR_DAYS), today, ROWS, sandbox.seed
            )
            sandbox.world.add_entries(account, [row for row in rows if row.at <= sandbox.now])
    return companies
