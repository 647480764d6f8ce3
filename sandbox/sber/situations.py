"""Situations forced on a live connection: which there are, and how long each stays true.

A refusal that hides several causes is settled by asking on, so its situation outlives the answer:
it stays in force until the next statement call that nobody ordered to fail, or until the customer
authorises anew.
"""

from collections.abc import Collection

from sandbox.sber.books import Books
from sandbox.state import Sandbox

BANK = "sber"

SITUATIONS = {
    "OFFER_NOT_SIGNED": "403 on accounts and statements; user-info has no `accounts`.",
    "ACCOUNT_NOT_IN_OFFER": "403 on the statement; user-info and client-info omit the account.",
    "OFFER_EXPIRED": "403; offerExpirationDate in user-info is over.",
    "NO_SIGNING_RIGHT": "The offer page says so; Back redirects with access_denied.",
    "AUTHORISATION_DECLINED": "The customer refuses: redirect with access_denied.",
    "AUTHORISATION_TIMED_OUT": "The code is too old at the token endpoint: invalid_grant.",
    "BANK_CONFIRMATION_PENDING": "After signing the bank redirects nowhere: it is still at it.",
    "ACCOUNT_KIND_NOT_SUPPORTED": "403 on the statement; client-info calls the account a loan.",
    "ACCOUNT_OF_OTHER_ORGANISATION": "403 in own words; another INN in user-info, no such account.",
    "ORGANISATION_DETAILS_MISMATCH": "403; user-info and client-info have another INN and KPP.",
    "ACCOUNT_CLOSED": "400 WORKFLOW_FAULT; client-info says CLOSED.",
    "ACCOUNT_NOT_FOUND": "400 VALIDATION_FAULT on accountNumber; nobody lists the account.",
    "CONSENT_REVOKED": "403 on data, 401 on user-info, refresh is invalid_grant.",
    "CONSENT_EXPIRED": "401, refresh is invalid_grant: the refresh token is too old.",
    "CREDENTIALS_CHANGED": "401, refresh is invalid_grant: the password was changed.",
    "USER_RIGHTS_INSUFFICIENT": "403 in words of its own, also on client-info.",
    "PERMISSIONS_REDUCED": "403 on statements only; a refreshed scope lacks the operation.",
    "USER_BLOCKED": "401, refresh is invalid_grant: the user is blocked.",
    "ACCESS_TOKEN_REJECTED": "401 although a refresh works.",
    "STATEMENT_BEING_PREPARED": "202 STATEMENT_RESPONSE_PROCESSING.",
    "LOAD_IN_PARTS": "202 STATEMENT_RESPONSE_PROCESSING, as for a window not yet released.",
    "DAY_NOT_OPEN_YET": "400 WORKFLOW_FAULT: the date is later than the current one.",
    "HISTORY_LIMIT_EXCEEDED": "400 WORKFLOW_FAULT: the date is older than the bank tells.",
    "STATEMENT_INCOMPLETE": "Figures and rows of the day contradict each other.",
    "BANK_UNAVAILABLE": "503 UNAVAILABLE_RESOURCE_EXCEPTION.",
    "BANK_TIMEOUT": "Silence for `hang_seconds`, then the gateway's 504.",
    "BANK_RATE_LIMITED": "429 TOO_MANY_REQUESTS.",
    "BANK_FORMAT_CHANGED": "200 whose fields have other types than agreed.",
    "BANK_REFUSAL_UNRECOGNISED": "409 with a cause that no paper mentions.",
    "BANK_CERTIFICATE_REJECTED": "HTML 400 of nginx: no required SSL certificate was sent.",
    "BANK_SECRET_EXPIRED": "401, then invalid_client at the token endpoint.",
    "BANK_CONTRACT_MISSING": "403 naming [GET_STATEMENT_ACCOUNT]; user-info lists the account.",
}

# true of one account, or of all that a company's user may do, until healed
OF_ACCOUNT = frozenset(
    {
        "ACCOUNT_NOT_IN_OFFER",
        "ACCOUNT_OF_OTHER_ORGANISATION",
        "ACCOUNT_KIND_NOT_SUPPORTED",
        "ACCOUNT_CLOSED",
        "ACCOUNT_NOT_FOUND",
    }
)
OF_COMPANY = frozenset(
    {
        "OFFER_NOT_SIGNED",
        "OFFER_EXPIRED",
        "ORGANISATION_DETAILS_MISMATCH",
        "CONSENT_REVOKED",
        "CONSENT_EXPIRED",
        "CREDENTIALS_CHANGED",
        "USER_RIGHTS_INSUFFICIENT",
        "PERMISSIONS_REDUCED",
        "USER_BLOCKED",
        "BANK_SECRET_EXPIRED",
        "BANK_CONTRACT_MISSING",
    }
)
# true of a company as above, and the access token itself is dead with it
DEAD_TOKEN = frozenset({"CONSENT_EXPIRED", "CREDENTIALS_CHANGED", "USER_BLOCKED"})

AT_THE_PAGE = frozenset({"AUTHORISATION_DECLINED", "NO_SIGNING_RIGHT", "BANK_CONFIRMATION_PENDING"})
AT_THE_CODE = frozenset({"AUTHORISATION_TIMED_OUT", "BANK_SECRET_EXPIRED"})
# an expired offer also ends the refresh, but its date must still be there to be read by a probe
AT_THE_REFRESH = frozenset({"CONSENT_REVOKED", "BANK_SECRET_EXPIRED", *DEAD_TOKEN})
# right after the exchange a reader looks here first
AT_USER_INFO = frozenset({"ORGANISATION_DETAILS_MISMATCH", "OFFER_NOT_SIGNED"})
# only an answer that would be whole can be spoilt
IN_THE_ANSWER = frozenset({"STATEMENT_INCOMPLETE", "BANK_FORMAT_CHANGED"})
IN_THE_INCREMENT = frozenset({"BANK_FORMAT_CHANGED"})
BEFORE_THE_ANSWER = (
    frozenset(SITUATIONS) - AT_THE_PAGE - {"AUTHORISATION_TIMED_OUT"} - IN_THE_ANSWER
)
OF_A_STATEMENT = frozenset(
    {
        "STATEMENT_BEING_PREPARED",
        "LOAD_IN_PARTS",
        "DAY_NOT_OPEN_YET",
        "HISTORY_LIMIT_EXCEEDED",
        "PERMISSIONS_REDUCED",
        "BANK_CONTRACT_MISSING",
    }
)
BEFORE_CLIENT_INFO = BEFORE_THE_ANSWER - OF_ACCOUNT - OF_A_STATEMENT


def struck(
    sandbox: Sandbox, can: Collection[str], company: str, account: str | None = None
) -> str | None:
    """The situation this answer was ordered to be; what lasts is in force from now on."""
    code = sandbox.injected(BANK, account=account, company=company, can=can)
    books = sandbox.store(Books)
    if code in OF_ACCOUNT and account is not None:
        books.forced[account] = code
    elif code in OF_COMPANY:
        books.forced[company] = code
        books.struck_by[company] = account or ""
    return code


def healed(sandbox: Sandbox, company: str, account: str) -> None:
    """An account's statement call goes unhindered: what its own calls brought about is over."""
    books = sandbox.store(Books)
    books.forced.pop(account, None)
    # another account's probes may still be under way
    if books.struck_by.get(company) in ("", account):
        books.forced.pop(company, None)
        del books.struck_by[company]


def cured(sandbox: Sandbox, company: str) -> None:
    """The customer authorised anew: what was in force ends, and the rest of its orders with it."""
    keys = {company, *(account.key for account in sandbox.world.accounts_of(company, BANK))}
    forced = sandbox.store(Books).forced
    gone = {forced.pop(key) for key in keys & set(forced)}
    sandbox.store(Books).struck_by.pop(company, None)
    waiting = sandbox.injections.waiting
    waiting[:] = [
        order
        for order in waiting
        if order.bank != BANK
        or order.code not in gone
        or order.company not in (None, company)
        or order.account not in (None, *keys)
    ]
