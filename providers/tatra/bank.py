"""What Tatra banka is and can do, and the settings that its Premium API needs."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from schemas.bank import Bank, Capabilities, Flow, LinkedBank

ZONE = ZoneInfo("Europe/Bratislava")
CONSENT_DAYS = 180
LINKED_READS_PER_DAY = 4

LINKED = (
    LinkedBank(id="csob", name="ČSOB", bic="CEKOSKBX", code="7500"),
    LinkedBank(id="fio", name="Fio banka", bic="FIOZSKBX", code="8330"),
    LinkedBank(id="raiffeisen", name="Raiffeisen banka", bic="TATRSKBX", code="1100"),
    LinkedBank(id="slsp", name="Slovenská sporiteľňa", bic="GIBASKBX", code="0900"),
    LinkedBank(id="vub", name="VÚB banka", bic="SUBASKBX", code="0200"),
)
"""Raiffeisen is a branch of Tatra banka with the same code and BIC: only its name tells it."""

BANK = Bank(
    id="tatra",
    name="Tatra banka",
    country="SK",
    countries=("SK",),
    currencies=("EUR", "CZK", "USD", "GBP", "CHF", "HUF", "PLN"),
    flow=Flow.CONSENT,
    flows=(Flow.CONSENT,),
    zone=ZONE.key,
    bics=("TATRSKBX",),
    reaches=LINKED,
    documentation="docs/banks/tatra.md",
    capabilities=Capabilities(
        push=True,
        pending=True,
        daily_balances=True,
        refresh_rotates=True,
        max_history_days=500,
        window_days=500,
        overlap_days=14,
        consent_days=CONSENT_DAYS,
        min_poll_seconds=300,
        unattended_reads_per_day=LINKED_READS_PER_DAY,
        preparing_at_once=4,
    ),
    sources={
        "push": "live 2026-08: the portal registers a notification address and the bank calls it",
        "pending": "public clients: transactionState, and the id changes with the booking",
        "daily_balances": "measured: its camt.053 has one CLBD per day with movement",
        "refresh_rotates": "live 2026-08: a new refresh token may come, the old one stays else",
        "max_history_days": "live 2026-08: 13-15 months, the account's own limit comes by refusal",
        "window_days": "ours: as deep as the bank goes, as each reading of a linked account counts",
        "overlap_days": "live 2026-08: late bookings, and linked banks arrive late",
        "consent_days": "KROS support; Regulation (EU) 2022/2360: 180 days since 2023-07-25",
        "min_poll_seconds": "our choice: own accounts are pushed, no quota is published",
        "unattended_reads_per_day": "RTS art. 36 for the linked banks; Tatra's own have no quota",
        "preparing_at_once": "our choice: statement tasks are polled at most once per 2 s",
    },
)


class Settings(Struct, frozen=True, kw_only=True):
    """What the developer portal gave us, and the switches for what the bank's papers leave open."""

    base_url: str = "https://api.tatrabanka.sk/premium/production"
    """The Premium API, without a trailing version; OAuth lives below it too."""
    client_id: str = ""
    """The application's client id in the developer portal."""
    client_secret: str = ""
    """The application's secret; when the bank refuses it, the operator rotates it there."""
    certificate: str | None = None
    """Not needed: the Premium API takes no client certificate."""
    certificate_key: str | None = None
    """The key of `certificate`, when the bank ever asks for one."""
    certificate_password: str | None = None
    """The password of `certificate_key`."""
    ca_bundle: str | None = None
    """Roots to trust besides the usual ones."""
    scope: str = "PREMIUM_AIS"
    """Reading of accounts, the only scope we ever ask for."""
    usage_type: Literal["TPP", "FAC", "FAC_BBTB"] = "TPP"
    """TPP reads customers by consent, FAC one's own accounts; FAC_BBTB has the consent given in
    Business banking, so that our own token reads."""
    token_auth: Literal["basic", "body"] = "basic"  # noqa: S105 - a way of signing in
    """Where client id and secret travel on token calls; the bank takes both."""
    combined_service: bool = False
    """`combinedServiceIndicator` of a new consent; true only serves later payments by others."""
    consents_version: int = 3
    """The version in the path of consents; each resource has its own."""
    accounts_version: int = 3
    """The version in the path of the list of accounts."""
    transactions_version: int = 5
    """The version in the path of transactions."""
    statements_version: int = 1
    """The version in the path of statements and their tasks."""
    refresh_version: int = 3
    """The version in the path of the forced refresh."""
    page_size: int = 200
    """Rows asked for per page; the bank cuts there without a word."""
    pages_max: int = 500
    """A reading longer than this is refused, never cut."""
    date_to: Literal["past", "always", "never"] = "past"
    """When `dateTo` is sent: by default only for windows that end before today."""
    statements: bool = True
    """Whether to order camt.053 statements for the figures that prove own accounts."""
    access_seconds_default: int = 3600
    """The life of an access token whose answer does not tell it."""
    psu_ip_address: str = ""
    """The customer's address; set only where the customer is present, it allows a forced refresh
    of linked banks."""
    psu_user_agent: str = ""
    """The customer's browser; VÚB, ČSOB and Raiffeisen want it for a forced refresh."""
    psu_device_os: str = ""
    """The customer's operating system; wanted like `psu_user_agent`."""


def hosts_at(base: str) -> dict[str, str]:
    """Where the bank's one host lies below an address that stands for all banks."""
    return {"base_url": f"{base.rstrip('/')}/premium/production"}
