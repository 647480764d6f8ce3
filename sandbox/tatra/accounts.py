"""Tatra's accounts resource: the list over all linked banks, one account, its balances."""

from datetime import timedelta
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sandbox.clock import ZONES, bank_day
from sandbox.state import Sandbox
from sandbox.tatra import gate, pulls, refusals, situations
from sandbox.tatra.gate import habits_of, number
from sandbox.tatra.refusals import AnyRequest
from sandbox.tatra.rows import local
from sandbox.tatra.store import (
    BANK_CODES,
    NAMES,
    TATRA,
    Consent,
    accounts_of,
    link_of,
)
from sandbox.world import Account

PRODUCTS = {
    "current": ("Podnikateľské konto", "CACC"),
    "savings": ("Sporiaci účet", "SVGS"),
    "card": ("Kartový účet", "CARD"),
    "loan": ("Úverový účet", "LOAN"),
}
EXPIRING_DAYS = 7


@get("/v3/accounts")
async def listed(sandbox: NamedDependency[Sandbox], request: AnyRequest) -> Response[bytes]:
    """All accounts under the consent; balances only when asked for; known for the odd 500."""
    consent = gate.admitted(sandbox, request)
    forced = situations.met(sandbox, consent, situations.ON_THE_LIST)
    await situations.refuse(sandbox, forced)
    # seen live in August 2026: it alternates, so that a 500 is followed by an answer
    failed_before, consent.list_failed = consent.list_failed, False
    share = sandbox.behaviour(TATRA).tatra.accounts_error_share
    if not failed_before and sandbox.chance(share):
        consent.list_failed = True
        raise refusals.internal_error()
    wanted = request.query_params.get("withBalance", "").lower() == "true"
    prefix = gate.prefix(request)
    accounts = [
        described(sandbox, prefix, consent, account_id, account, with_balances=wanted)
        for account_id, account in accounts_of(sandbox, consent).items()
        if situations.told_now(sandbox, consent, account) != "ACCOUNT_NOT_FOUND"
    ]
    soon = (sandbox.clock.today("SK") + timedelta(days=EXPIRING_DAYS)).isoformat()
    for account in accounts:
        if forced == "CONSENT_EXPIRING" or _expires_soon(sandbox, account):
            account["consentExpirationDate"] = soon
    if sandbox.behaviour(TATRA).shuffle_rows:
        sandbox.random.shuffle(accounts)
    body: Any = accounts if forced == "BANK_FORMAT_CHANGED" else {"accounts": accounts}
    return gate.answered(request, body)


@get(["/v3/accounts/{account_id:str}", "/v5/accounts/{account_id:str}"])
async def detail(
    sandbox: NamedDependency[Sandbox], request: AnyRequest, account_id: FromPath[str]
) -> Response[bytes]:
    """One account with its balances, wrapped in `account`."""
    visit = await gate.visited(sandbox, request, account_id, situations.ON_AN_ACCOUNT)
    body: Any = described(
        sandbox,
        gate.prefix(request),
        visit.consent,
        account_id,
        visit.account,
        with_balances=True,
    )
    changed = visit.forced == "BANK_FORMAT_CHANGED"
    return gate.answered(request, [body] if changed else {"account": body})


@get(["/v3/accounts/{account_id:str}/balances", "/v5/accounts/{account_id:str}/balances"])
async def balances(
    sandbox: NamedDependency[Sandbox], request: AnyRequest, account_id: FromPath[str]
) -> Response[bytes]:
    """The balances alone, in no particular order."""
    visit = await gate.visited(sandbox, request, account_id, situations.ON_AN_ACCOUNT)
    found = standing(sandbox, visit.account)
    changed = visit.forced == "BANK_FORMAT_CHANGED"
    return gate.answered(request, found if changed else {"balances": found})


def described(
    sandbox: Sandbox,
    prefix: str,
    consent: Consent,
    account_id: str,
    account: Account,
    *,
    with_balances: bool,
) -> dict[str, Any]:
    """The JSON object of one account."""
    product, kind = PRODUCTS.get(account.kind, PRODUCTS["current"])
    company = sandbox.world.companies[account.company]
    told = situations.told_now(sandbox, consent, account)
    body: dict[str, Any] = {
        "accountId": account_id,
        "accountReference": {"iban": account.iban, "currency": account.currency},
        "bankCode": BANK_CODES[account.bank],
        "bankName": NAMES[account.bank],
        "bic": account.bic,
        "name": company.name,
        "displayName": account.name or product,
        "product": product,
        "cashAccountType": kind,
        "usage": "ORGA",
        "status": _status(sandbox, account, told),
        "consentExpirationDate": _expiration(sandbox, account, told),
        "dateUpdated": local(pulls.as_of(sandbox, account)),
        "_links": {
            "transactions": {
                "href": sandbox.url(TATRA, f"{prefix}/v5/accounts/{account_id}/transactions")
            }
        },
    }
    if with_balances:
        body["balances"] = standing(sandbox, account)
    if sandbox.behaviour(account.bank).unknown_fields:
        body["segment"] = "SME"
    return body


def standing(sandbox: Sandbox, account: Account) -> list[dict[str, Any]]:
    """Balances as of the last reading, always the truth, in random order."""
    at = pulls.as_of(sandbox, account)
    day = bank_day(at, "SK")
    world = sandbox.world
    booked = world.balance(account, day, at)
    free = world.available(account, at, day) + account.overdraft_limit
    before = day - timedelta(days=1)
    if habits_of(sandbox, account).fallback_balance_types:
        told = [
            ("expected", free, day),
            ("closingBooked", world.balance(account, before, at), before),
        ]
    else:
        told = [("interimBooked", booked, day), ("interimAvailable", free, day)]
    if sandbox.behaviour(account.bank).unknown_fields:
        told.append(("blockedFunds", booked + account.overdraft_limit - free, day))
    sandbox.random.shuffle(told)
    return [
        {
            "balanceType": kind,
            "balanceAmount": {"currency": account.currency, "amount": number(amount)},
            "referenceDate": when.isoformat(),
        }
        for kind, amount, when in told
    ]


def _expires_soon(sandbox: Sandbox, told: dict[str, Any]) -> bool:
    """Whether the end of one account's link is ordered; an order for all was met before."""
    account = sandbox.world.account(told["accountReference"]["iban"])
    return account is not None and bool(
        sandbox.injected(
            TATRA, account=account.key, company=account.company, can={"CONSENT_EXPIRING"}
        )
    )


def _status(sandbox: Sandbox, account: Account, told: str | None) -> str:
    closed = account.closed is not None and account.closed <= sandbox.today(account)
    if closed or told == "ACCOUNT_CLOSED":
        return "deleted"
    return "blocked" if account.blocked else "enabled"


def _expiration(sandbox: Sandbox, account: Account, told: str | None) -> str | None:
    """The last day of the link to the account's bank; a link that ended lies in the past."""
    if told == "CONSENT_EXPIRED":
        return (sandbox.clock.today("SK") - timedelta(days=1)).isoformat()
    link = link_of(sandbox, account)
    return link.expires_at.astimezone(ZONES["SK"]).date().isoformat() if link else None
