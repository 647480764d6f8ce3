"""Sber as data: what it can do, where each limit comes from, and what must be set up for it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from schemas.bank import Bank, Capabilities, Flow

_PAGES = "https://developers.sber.ru/docs/ru/sber-api"

REFRESH_DAYS = 180
"""A refresh token lives this long from its receipt (start/oauth)."""
SECRET_DAYS = 40
"""A client secret lives this long unless it was swapped for a perpetual one."""

BANK = Bank(
    id="sber",
    name="Sber",
    country="RU",
    countries=("RU",),
    currencies=("RUB", "USD", "EUR"),
    flow=Flow.OFFER,
    zone="Europe/Moscow",
    documentation=f"{_PAGES}/specifications/statement/statement-overview",
    capabilities=Capabilities(
        daily_balances=True,
        daily_turnovers=True,
        increment=True,
        withdrawals=True,
        refresh_rotates=True,
        max_history_days=1826,
        window_days=1,
        overlap_days=3,
        consent_days=REFRESH_DAYS,
        min_poll_seconds=300,
        calls_per_second=4.5,
        preparing_at_once=40,
        day_opens_at="03:01",
    ),
    sources={
        "bics": "empty on purpose: 044525225 is the head office, every branch has its own",
        "calls_per_second": "host/statements: 5 a second for all statement methods, less a reserve",
        "consent_days": "start/oauth: a refresh token lives 180 days; the offer may end sooner",
        "day_opens_at": "holdings/transactions-02 of 2023-11: dates are bound to UTC, ask from "
        "03:01 Moscow time",
        "increment": "specifications/statement/statement-increment",
        "max_history_days": "mcp/mcp-statement of 2026-06: 5 years and the current one; the figure "
        "is what that leaves on the first of January",
        "min_poll_seconds": "our choice: partners get no pushes, 5 to 15 minutes is polite",
        "overlap_days": "our choice: today's operations may be edited or deleted afterwards",
        "preparing_at_once": "our choice: a day is formed in the bank's background, no limit told",
        "refresh_rotates": "specifications/oauth-token-post: the used token stays 2 h in reserve",
        "window_days": "specifications/statement-transactions-get: one day for each call",
    },
)

Contract = Literal["platform", "holding", "company"]


class Settings(Struct, frozen=True, kw_only=True):
    """What a contract with Sber gives us, and the switches for what its papers leave open."""

    api_url: str = "https://fintech.sberbank.ru:9443"
    """Tokens and data; only with our certificate."""
    sso_url: str = "https://sbi.sberbank.ru:9443"
    """Where the customer's browser signs the offer; without a certificate."""
    client_id: str = ""
    """The short decimal id that the bank gave us."""
    client_secret: str = ""
    """Dies after 40 days unless rotated."""
    client_secret_expires_on: date | None = None
    """Last day of the secret; unset for a perpetual one."""
    certificate: str | None = None
    """The .p12 of the cabinet, or a PEM chain; the bank binds it to one client id."""
    certificate_key: str | None = None
    """Key of a PEM chain."""
    certificate_password: str | None = None
    """Password of the container or key."""
    ca_bundle: str | None = None
    """Roots of Sber or of the Ministry, which no usual bundle holds."""
    scope: str = (
        "openid inn orgKpp OrgName HashOrgId accounts offerExpirationDate"
        " GET_CLIENT_ACCOUNTS GET_STATEMENT_ACCOUNT"
    )
    """Claims and operations, or the alias of the product that the cabinet gives out instead."""
    contract: Contract = "platform"
    """The set we have with the bank: it decides which accounts have statements, and only a
    platform's customers sign an offer."""
    token_style: Literal["form", "query"] = "form"  # noqa: S105 - a style, not a token
    """Where token parameters go: the body of today's papers, or the query of older ones."""
    pkce: bool = False
    """Send a code challenge; only where the bank agreed to it at registration."""
    id_token_issuer: str = ""
    """`iss` that an id_token must carry; empty accepts any, since it differs between contours."""
    user_info_issuer: str = ""
    """The same for user-info, whose issuer may be another one."""
    authorize_path: str = "/ic/sso/api/v2/oauth/authorize"
    """Newer contours use `/ic/sbbid/api/v2/oauth/authorize`."""
    revoke_path: str = "/ic/sso/api/v1/oauth/revoke"
    """A v2 exists as well."""
    currency_format: str = "curTransfer"
    """`curFormat` for accounts in foreign currency: curTransfer, swiftTransfer, or not sent."""


def hosts_at(base: str) -> dict[str, str]:
    """Both hosts under one address; their own paths do not collide."""
    return {"api_url": base, "sso_url": base}
