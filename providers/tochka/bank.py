"""What Tochka is and can do, and what an operator may set about it."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from schemas.bank import Bank, Capabilities, Flow

BIC = "044525104"
NAME = 'ООО "Банк Точка"'

READING = (
    "ReadAccountsBasic",
    "ReadAccountsDetail",
    "ReadBalances",
    "ReadStatements",
    "ReadCustomerData",
)
"""The permissions without which a statement cannot be read."""

CALLING = "ManageWebhookData"
"""The permission to have us called; reading goes on without it."""

ASKED = (*READING, CALLING)

PUSHED = ("incomingPayment", "outgoingPayment")
"""The events we have ourselves called for."""

REFRESH_LIFE = timedelta(days=30)
STATEMENT_LIFE = timedelta(hours=24)
"""After which the bank deletes an ordered statement, fetched or not."""

BANK = Bank(
    id="tochka",
    name="Tochka",
    country="RU",
    countries=("RU",),
    currencies=("RUB", "USD", "EUR", "CNY"),
    flow=Flow.OAUTH,
    flows=(Flow.OAUTH, Flow.KEY),
    zone="Europe/Moscow",
    bics=(BIC,),
    documentation="https://developers.tochka.com/docs/tochka-api/",
    capabilities=Capabilities(
        push=True,
        daily_balances=True,
        ordered_statements=True,
        refresh_rotates=True,
        max_history_days=None,
        window_days=10,
        overlap_days=7,
        consent_days=None,
        min_poll_seconds=300,
        calls_per_second=5.0,
        preparing_at_once=40,
    ),
    sources={
        "max_history_days": "changelog 2021-06-16: the whole life, from registrationDate on",
        "window_days": "ours: the bank takes any period in one order, but has no pages",
        "overlap_days": (
            "ours: a memorial order becomes a payment order within moments, a card row stands on "
            "the day of its debit however late the shop sends it; a week outlasts long weekends, "
            "and up to 10 days cost one order as well"
        ),
        "preparing_at_once": (
            "ours: a history comes a window at a time, and a statement waits 24 h (docs 2026-04)"
        ),
        "min_poll_seconds": "ours: nothing published; news come by push within 20 s (docs 2026-04)",
        "calls_per_second": "guess: no rate published for this interface",
        "consent_days": "spec v1.91.2: a consent without expirationDateTime has no end",
        "refresh_rotates": "docs 2026-04: a refresh gives a new pair; single use is a guess",
        "daily_balances": "spec v1.91.2: startDateBalance and endDateBalance of each statement",
        "push": "docs 2026-04: signed, repeated 30 times every 10 s",
        "currencies": "practice: roubles and dollars seen, the others are a guess",
        "bics": "changelog 2023-04: own licence; accounts under 044525999 were moved",
    },
)


class Settings(Struct, frozen=True, kw_only=True):
    """Where Tochka is and who we are to it; each field is `MOSTIK_TOCHKA_<FIELD>`."""

    api_base: str = "https://enter.tochka.com/uapi"
    """Under which the interface lies."""
    oauth_base: str = "https://enter.tochka.com/connect"
    """Under which `token` and `authorize` lie; on the host's root, not under the interface."""
    webhook_key_url: str = "https://enter.tochka.com/doc/openapi/static/keys/public"
    """Where the bank publishes the key that signs its pushes."""
    client_id: str = ""
    """The application's id from the bank's cabinet; not needed where customers hand over keys."""
    client_secret: str = ""
    """The application's secret, shown once when it is registered."""
    ca_bundle: str | None = None
    """PEM file of the Russian Trusted Root and Sub CA, which the site has used since 2026."""
    scope: str = "accounts balances customers statements"
    """Scope words of the OAuth walk; reading only."""
    consents_path: str = "/consent/v1.0/consents"
    """Where a consent is made; older applications may need `/v1.0/consents`."""
    encode_slash: bool = False
    """Send the slash of an account's id as %2F; both ways were seen to work in production."""
    company_header: str = "CustomerCode"
    """The header that names the company in calls about one; empty sends none."""


def hosts_at(base: str) -> dict[str, str]:
    """All three addresses on one host, as the real bank has them."""
    host = base.rstrip("/")
    return {
        "api_base": f"{host}/uapi",
        "oauth_base": f"{host}/connect",
        "webhook_key_url": f"{host}/doc/openapi/static/keys/public",
    }
