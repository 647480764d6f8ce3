"""Who asks, and what that one may: tokens, keys, consents, companies."""

import asyncio
from datetime import timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from sandbox.state import Sandbox
from sandbox.tochka import refusals, situations
from sandbox.tochka.store import BANK_ID, Books, Consent, Tally
from sandbox.tochka.wire import AnyRequest, account_id, customer_code
from sandbox.world import Account, Company

PERMISSIONS = (
    "ReadAccountsBasic",
    "ReadAccountsDetail",
    "ReadBalances",
    "ReadStatements",
    "ReadTransactionsBasic",
    "ReadTransactionsCredits",
    "ReadTransactionsDebits",
    "ReadTransactionsDetail",
    "ReadCustomerData",
    "ReadSBPData",
    "EditSBPData",
    "CreatePaymentForSign",
    "CreatePaymentOrder",
    "ReadAcquiringData",
    "MakeAcquiringOperation",
    "ManageInvoiceData",
    "ManageWebhookData",
    "MakeCustomer",
    "ManageGuarantee",
)
ENDS_SOON = timedelta(days=3)
JWT_DOTS = 2


class Grant(Struct, frozen=True, kw_only=True):
    """The one behind a request; `companies` are those it may see and has asked for."""

    kind: Literal["client", "customer", "key"]
    client_id: str
    consent: Consent | None
    companies: tuple[Company, ...]


def grant_of(sandbox: Sandbox, request: AnyRequest) -> Grant:
    """Who asks, by the Authorization header; refuses tokens that are dead or unknown."""
    token = _bearer(sandbox, request)
    _answering(sandbox, token)
    if token.count(".") == JWT_DOTS:
        return _by_key(sandbox, request, token)
    books = sandbox.store(Books)
    access = books.access.get(token)
    if access is None or access.expires_at <= sandbox.now:
        raise refusals.token_rejected(sandbox)
    if access.consent_id is None:
        return Grant(kind="client", client_id=access.client_id, consent=None, companies=())
    consent = books.consents[access.consent_id]
    return Grant(
        kind="customer",
        client_id=access.client_id,
        consent=consent,
        companies=_companies(sandbox, request, consent),
    )


def need(sandbox: Sandbox, grant: Grant, *permissions: str) -> Consent:
    """The consent behind the request, in force and with these permissions, or 403."""
    if grant.consent is None or not grant.companies:
        raise refusals.forbidden_by_consent(sandbox)
    consent = as_told(sandbox, grant.consent)
    if not in_force(sandbox, consent) or not set(permissions) <= set(consent.permissions):
        raise refusals.forbidden_by_consent(sandbox)
    return consent


def in_force(sandbox: Sandbox, consent: Consent) -> bool:
    """Whether a consent, as told, lets anything through."""
    return consent.status == "Authorised" and not is_over(sandbox, consent)


def is_over(sandbox: Sandbox, consent: Consent) -> bool:
    """Whether its time has run out; the bank has no status for that."""
    return consent.expires_at is not None and consent.expires_at <= sandbox.now


def as_told(sandbox: Sandbox, consent: Consent) -> Consent:
    """The consent as the bank speaks of it now, forced states included."""
    if consent.status != "Authorised":
        return consent
    now = sandbox.now
    told = consent
    if consent.works_from is not None and now < consent.works_from:
        told = msgspec.structs.replace(told, status="AwaitingAuthorisation")
    for code in sorted(set().union(*(_states(sandbox, one) for one in consent.companies))):
        told = _under(told, code, sandbox)
    return told


def accounts_of(sandbox: Sandbox, grant: Grant) -> list[Account]:
    """The accounts that the grant reaches, those of every company asked for."""
    assert grant.consent is not None
    chosen = grant.consent.accounts
    return [
        account
        for company in grant.companies
        for account in sandbox.world.accounts_of(company.id, BANK_ID)
        if chosen is None or account.number in chosen
    ]


def account_of(sandbox: Sandbox, grant: Grant, account_id_: str) -> Account:
    """The account of that accountId, or 403: the bank does not say which part is wrong."""
    account = sandbox.world.account(account_id_.partition("/")[0])
    if account is None or grant.consent is None or account_id(account) != account_id_:
        raise refusals.forbidden_by_consent(sandbox)
    chosen = grant.consent.accounts
    owned = account.company in {company.id for company in grant.companies}
    agreed = chosen is None or account.number in chosen
    if not owned or not agreed or account.bank != BANK_ID:
        raise refusals.forbidden_by_consent(sandbox)
    return account


def counted(sandbox: Sandbox, grant: Grant) -> None:
    """Note one data call; some customers withdraw after a few of them."""
    consent = grant.consent
    patience = sandbox.behaviour(BANK_ID).consent_dies_after_calls
    if consent is None:
        return
    consent.data_calls += 1
    if patience and consent.data_calls > patience and consent.status == "Authorised":
        consent.status = "Revoked"
        consent.updated_at = sandbox.now


async def spoil(sandbox: Sandbox, grant: Grant, code: str | None) -> None:
    """Refuse as ordered, when the order is a refusal and not a state or another answer."""
    if code == "ACCESS_TOKEN_REJECTED":
        dead_key = grant.kind == "key"
        raise (refusals.forbidden_by_consent if dead_key else refusals.token_rejected)(sandbox)
    if code == "BANK_UNAVAILABLE":
        books = sandbox.store(Books)
        books.outages += 1
        if books.outages % 2:
            raise refusals.dependent_service_failed(sandbox)
        raise refusals.internal_error_as_text()
    if code == "BANK_TIMEOUT":
        await sandbox.hang(BANK_ID)
        raise refusals.gave_up_waiting()
    if code == "BANK_RATE_LIMITED":
        raise refusals.too_many_requests(sandbox)
    if code == "BANK_REFUSAL_UNRECOGNISED":
        raise refusals.words_nobody_knows(sandbox)


def secret_over(sandbox: Sandbox, grant: Grant) -> None:
    """While an expired secret is ordered, tokens are dead, so that the secret is needed."""
    if grant.kind != "customer":
        return
    if any(situations.waits(sandbox, "BANK_SECRET_EXPIRED", one.id) for one in grant.companies):
        raise refusals.token_rejected(sandbox)


def _bearer(sandbox: Sandbox, request: AnyRequest) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise refusals.token_missing(sandbox)
    return token.strip()


def _answering(sandbox: Sandbox, token: str) -> None:
    """Refuse what has nothing to do with the request: limits and outages."""
    habits = sandbox.behaviour(BANK_ID)
    if habits.requests_per_second:
        second = int(asyncio.get_running_loop().time())
        tally = sandbox.store(Books).tallies.setdefault(token, Tally())
        tally.count = tally.count + 1 if tally.second == second else 1
        tally.second = second
        if tally.count > habits.requests_per_second:
            raise refusals.too_many_requests(sandbox)
    if sandbox.chance(habits.unavailable_share):
        raise refusals.dependent_service_failed(sandbox)
    if sandbox.chance(habits.server_error_share):
        raise refusals.internal_error(sandbox)


def _by_key(sandbox: Sandbox, request: AnyRequest, token: str) -> Grant:
    """A cabinet key; a deleted, expired or unknown one is refused like a missing right."""
    books = sandbox.store(Books)
    key = books.keys.get(token)
    over = key is None or key.deleted
    if key is None or over or (key.expires_at is not None and key.expires_at <= sandbox.now):
        raise refusals.forbidden_by_consent(sandbox)
    consent = books.consents[key.consent_id]
    companies = _companies(sandbox, request, consent)
    held = {code for one in companies for code in _states(sandbox, one.id)}
    # a data answer must first use its order up, which it does by asking for the state itself
    grant = Grant(kind="key", client_id=key.client_id, consent=consent, companies=companies)
    if "ACCESS_TOKEN_REJECTED" in held and not _is_data(request):
        raise refusals.forbidden_by_consent(sandbox)
    return grant


def _is_data(request: AnyRequest) -> bool:
    path = request.scope["path"]
    return "/statements" in path or path.endswith("/balances")


def _companies(sandbox: Sandbox, request: AnyRequest, consent: Consent) -> tuple[Company, ...]:
    """Those of the consent for which its person still acts; a header narrows them to one."""
    person = sandbox.world.customer(consent.login) if consent.login else None
    companies = (sandbox.world.companies[one] for one in consent.companies)
    acting = tuple(one for one in companies if person is None or one.id in person.companies)
    wanted = request.headers.get("customercode") or request.headers.get("customer-code")
    if wanted is None:
        return acting
    asked = tuple(one for one in acting if customer_code(one.id) == wanted)
    if not asked:
        raise refusals.forbidden_by_consent(sandbox)
    return asked


def _states(sandbox: Sandbox, company: str) -> set[str]:
    return situations.true_of_company(sandbox, company)


def _under(told: Consent, code: str, sandbox: Sandbox) -> Consent:
    now = sandbox.now
    if code == "BANK_CONFIRMATION_PENDING":
        return msgspec.structs.replace(told, status="AwaitingAuthorisation")
    if code == "CONSENT_REVOKED":
        return msgspec.structs.replace(told, status="Revoked", updated_at=now)
    if code == "CONSENT_EXPIRED":
        return msgspec.structs.replace(told, expires_at=now - timedelta(hours=1))
    if code == "CONSENT_EXPIRING":
        return msgspec.structs.replace(told, expires_at=now + ENDS_SOON)
    if code == "PERMISSIONS_REDUCED":
        left = [word for word in told.permissions if word != "ReadStatements"]
        return msgspec.structs.replace(told, permissions=left)
    return told
