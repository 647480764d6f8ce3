"""Situations forced on a live connection, and how long each stays true.

One wording, 403 "Forbidden by consent", hides most of them, and a reader settles it by asking for
consents, customers and accounts. So a state is true for those calls as well: from the order on,
after its last data answer until the next one, or until the customer authorises anew.
"""

from collections.abc import Collection, Iterable, Iterator

from sandbox.injection import Injection
from sandbox.state import Sandbox
from sandbox.tochka.store import BANK_ID, Books
from sandbox.world import Account

SITUATIONS = {
    "AUTHORISATION_DECLINED": "The page sends the customer back with access_denied.",
    "AUTHORISATION_TIMED_OUT": "The code is too old when it is exchanged: invalid_grant.",
    "BANK_CONFIRMATION_PENDING": "403; the consent still says AwaitingAuthorisation.",
    "CONSENT_REVOKED": "403 on data; the consent says Revoked; refresh is invalid_grant.",
    "CONSENT_EXPIRED": "403 on data; the consent is Authorised, isValid false, past its end.",
    "CONSENT_EXPIRING": "All works; the consents say that they end in three days.",
    "PERMISSIONS_REDUCED": "403 on statements; the consent no longer has ReadStatements.",
    "USER_RIGHTS_INSUFFICIENT": "403 on statements; consent, customers, accounts are all right.",
    "ACCESS_TOKEN_REJECTED": "A cabinet key: 403 on everything. OAuth: 401, a refresh works.",
    "ACCOUNT_OF_OTHER_ORGANISATION": "403; the account is listed under another customerCode.",
    "ORGANISATION_DETAILS_MISMATCH": "403; the customer is listed with another INN and KPP.",
    "ACCOUNT_CLOSED": "403 on statements; the account is listed as Deleted.",
    "ACCOUNT_NOT_FOUND": "403 on statements; the account is not listed.",
    "ACCOUNT_KIND_NOT_SUPPORTED": "403 on statements; the account is listed as CreditCard.",
    "STATEMENT_BEING_PREPARED": "The next polls say Processing.",
    "LOAD_IN_PARTS": "The next polls say Processing, as for a window not yet released.",
    "STATEMENT_LOST": "The next poll is 404 Not found statement under account.",
    "STATEMENT_FAILED": "The statement polled next ends as Error.",
    "STATEMENT_INCOMPLETE": "The next Ready statement lacks rows that its balances contain.",
    "BANK_UNAVAILABLE": "By turns 424 and a 500 that is plain text.",
    "BANK_TIMEOUT": "Silence for `hang_seconds`, then a 504.",
    "BANK_RATE_LIMITED": "429, with Retry-After when `retry_after_seconds` is set.",
    "BANK_FORMAT_CHANGED": "200 without the Data that every paper promises.",
    "BANK_REFUSAL_UNRECOGNISED": "409 with words that no paper mentions.",
    "BANK_SECRET_EXPIRED": "401, then invalid_client at the token endpoint.",
    "BANK_PUSH_INVALID": "The signature of the next webhook is wrong.",
}

OF_CONSENT = frozenset(
    {
        "BANK_CONFIRMATION_PENDING",
        "CONSENT_REVOKED",
        "CONSENT_EXPIRED",
        "CONSENT_EXPIRING",
        "PERMISSIONS_REDUCED",
    }
)
OF_ACCOUNT = frozenset(
    {
        "ACCOUNT_OF_OTHER_ORGANISATION",
        "ACCOUNT_CLOSED",
        "ACCOUNT_NOT_FOUND",
        "ACCOUNT_KIND_NOT_SUPPORTED",
    }
)
# true of the customer behind the consent
OF_CUSTOMER = frozenset({"USER_RIGHTS_INSUFFICIENT", "ORGANISATION_DETAILS_MISMATCH"})
STATES = OF_CONSENT | OF_ACCOUNT | OF_CUSTOMER | {"ACCESS_TOKEN_REJECTED"}
NO_STATEMENTS = OF_ACCOUNT | OF_CUSTOMER

PLUMBING = frozenset(
    {
        "BANK_UNAVAILABLE",
        "BANK_TIMEOUT",
        "BANK_RATE_LIMITED",
        "BANK_FORMAT_CHANGED",
        "BANK_REFUSAL_UNRECOGNISED",
    }
)
ON_BALANCES = PLUMBING | {
    "ACCESS_TOKEN_REJECTED",
    "BANK_CONFIRMATION_PENDING",
    "CONSENT_REVOKED",
    "CONSENT_EXPIRED",
}
ON_STATEMENTS = PLUMBING | STATES
ON_POLLS = ON_STATEMENTS | {
    "STATEMENT_BEING_PREPARED",
    "LOAD_IN_PARTS",
    "STATEMENT_LOST",
    "STATEMENT_FAILED",
}
# what the customer ends by agreeing again; a closed account stays closed
CURED = STATES - {"ACCOUNT_CLOSED", "ACCOUNT_KIND_NOT_SUPPORTED", "ORGANISATION_DETAILS_MISMATCH"}


def suffered(
    sandbox: Sandbox, company: str, can: Collection[str], account: Account | None = None
) -> str | None:
    """What this data answer has been ordered to be; call it once for each, before answering."""
    key = account.key if account is not None else None
    code = sandbox.injected(BANK_ID, account=key, company=company, can=can)
    lingering = sandbox.store(Books).lingering
    lingering.pop(key or company, None)
    if code in STATES:
        lingering[key or company] = code
    return code


def suffers_incomplete(sandbox: Sandbox, account: Account) -> bool:
    """Whether the statement about to be told must lack rows; ask only when it has some."""
    can = {"STATEMENT_INCOMPLETE"}
    key, company = account.key, account.company
    return sandbox.injected(BANK_ID, account=key, company=company, can=can) is not None


def true_of_account(sandbox: Sandbox, account: Account) -> set[str]:
    """The states that hold for an account now, its company's included."""
    lingering = sandbox.store(Books).lingering
    held = {lingering.get(account.key), lingering.get(account.company)}
    held |= {order.code for order in _waiting(sandbox, account.company, [account.key])}
    return {code for code in held if code in STATES}


def true_of_company(sandbox: Sandbox, company: str) -> set[str]:
    """The states that hold for a company or for any account of its at this bank."""
    lingering = sandbox.store(Books).lingering
    if not lingering and not sandbox.injections.waiting:
        return set()
    keys = [account.key for account in sandbox.world.accounts_of(company, BANK_ID)]
    held = {lingering.get(key) for key in (company, *keys)}
    held |= {order.code for order in _waiting(sandbox, company, keys)}
    return {code for code in held if code in STATES}


def waits(sandbox: Sandbox, code: str, company: str) -> bool:
    """Whether a situation is ordered for a company and not used up."""
    keys = [account.key for account in sandbox.world.accounts_of(company, BANK_ID)]
    return any(order.code == code for order in _waiting(sandbox, company, keys))


def cured(sandbox: Sandbox, company: str) -> None:
    """The customer agreed anew: what that ends is over, and the rest of its orders with it."""
    keys = [account.key for account in sandbox.world.accounts_of(company, BANK_ID)]
    over = [order for order in _waiting(sandbox, company, keys) if order.code in CURED]
    sandbox.injections.waiting[:] = [
        order for order in sandbox.injections.waiting if order not in over
    ]
    lingering = sandbox.store(Books).lingering
    # what an order has left behind ends here; one that still waits is true all the same
    for key in (company, *keys):
        lingering.pop(key, None)


def _waiting(sandbox: Sandbox, company: str, keys: Iterable[str]) -> Iterator[Injection]:
    for order in sandbox.injections.waiting:
        fits = order.company in (None, company) and order.account in (None, *keys)
        if order.bank == BANK_ID and fits:
            yield order
