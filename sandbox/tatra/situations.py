"""Situations that can be forced on a live connection, and how long they stay the truth."""

from collections.abc import Collection, Iterable

from sandbox.state import Sandbox
from sandbox.tatra import refusals
from sandbox.tatra.refusals import Refusal
from sandbox.tatra.store import COVERS, TATRA, Books, Consent, Spell
from sandbox.world import Account

SITUATIONS = {
    "REGISTRATION_INCOMPLETE": "The customer comes back from One banking without registration.",
    "VERIFICATION_CODE_REJECTED": "The customer comes back after three wrong e-mail codes.",
    "AUTHORISATION_DECLINED": "The customer comes back with access_denied.",
    "AUTHORISATION_TIMED_OUT": "The customer brings a code that is too old by then.",
    "CONSENT_EXPIRED": "401 and status expired; an account named: only that account's link.",
    "CONSENT_EXPIRING": "The list of accounts shows consents that end in seven days.",
    "CONSENT_REVOKED": "401 and status revokedByPsu.",
    "ACCESS_TOKEN_REJECTED": "Both tokens are thrown away, the consent is valid.",
    "USER_RIGHTS_INSUFFICIENT": "403 NO_AUTHORIZATION, consent and list of accounts are fine.",
    "BANK_CONTRACT_MISSING": "403 NO_CONTRACT.",
    "BANK_SECRET_EXPIRED": "Tokens end at once and their renewal is 401 invalid_client.",
    "ACCOUNT_NOT_FOUND": "NO_ACCOUNT, and the account is not listed any more.",
    "ACCOUNT_CLOSED": "NO_ACCOUNT, and the account is listed as deleted.",
    "HISTORY_LIMIT_EXCEEDED": "400 with the earliest date that would be answered.",
    "PERIOD_INVALID": "400 PERIOD_INVALID whatever the dates are.",
    "STATEMENT_BEING_PREPARED": "The statement task stays PROCESSING.",
    "STATEMENT_FAILED": "The statement task ends as FAILED.",
    "STATEMENT_LOST": "The statement task or statement is not known any more.",
    "STATEMENT_INCOMPLETE": "A page of rows is cut and looks like the last one.",
    "LOAD_IN_PARTS": "Only the newest ten days of the asked rows are there yet.",
    "BANK_UNAVAILABLE": "503 without a body.",
    "BANK_TIMEOUT": "Silence for `hang_seconds`, then 504 without a body.",
    "BANK_RATE_LIMITED": "429 without a body.",
    "BANK_QUOTA_EXHAUSTED": "429 ACCESS_EXCEEDED.",
    "BANK_FORMAT_CHANGED": "200 with an array where an object was.",
    "BANK_REFUSAL_UNRECOGNISED": "409 with a code that no paper names.",
    "BANK_PUSH_INVALID": "The next push is half a body.",
}

AT_THE_PAGES = frozenset(
    {
        "REGISTRATION_INCOMPLETE",
        "VERIFICATION_CODE_REJECTED",
        "AUTHORISATION_DECLINED",
        "AUTHORISATION_TIMED_OUT",
    }
)
PLAIN = {
    "BANK_CONTRACT_MISSING": refusals.no_contract,
    "BANK_UNAVAILABLE": refusals.maintenance,
    "BANK_TIMEOUT": refusals.timed_out,
    "BANK_QUOTA_EXHAUSTED": refusals.daily_reads_used,
    "BANK_REFUSAL_UNRECOGNISED": refusals.not_in_any_paper,
    "ACCESS_TOKEN_REJECTED": refusals.token_unknown,
    "USER_RIGHTS_INSUFFICIENT": refusals.no_authorization,
    "PERIOD_INVALID": refusals.period_backwards,
}
# the whole consent is meant, whichever call meets it
OF_THE_CONSENT = frozenset({"CONSENT_REVOKED", "CONSENT_EXPIRED", "ACCESS_TOKEN_REJECTED"})
# one account is meant, and the list of accounts shows it too
OF_THE_ACCOUNT = frozenset({"ACCOUNT_NOT_FOUND", "ACCOUNT_CLOSED", "CONSENT_EXPIRED"})

ANY_CALL = OF_THE_CONSENT | {
    "BANK_CONTRACT_MISSING",
    "BANK_UNAVAILABLE",
    "BANK_TIMEOUT",
    "BANK_RATE_LIMITED",
    "BANK_QUOTA_EXHAUSTED",
    "BANK_FORMAT_CHANGED",
    "BANK_REFUSAL_UNRECOGNISED",
}
ON_THE_LIST = ANY_CALL | {"CONSENT_EXPIRING"}
ON_AN_ACCOUNT = ANY_CALL | OF_THE_ACCOUNT | {"USER_RIGHTS_INSUFFICIENT"}
ON_ROWS = ON_AN_ACCOUNT | {
    "HISTORY_LIMIT_EXCEEDED",
    "PERIOD_INVALID",
    "STATEMENT_INCOMPLETE",
    "LOAD_IN_PARTS",
}
ON_STATEMENTS = ON_AN_ACCOUNT | {"STATEMENT_LOST"}
ON_A_TASK = ON_STATEMENTS | {"STATEMENT_BEING_PREPARED", "STATEMENT_FAILED"}


def met(
    sandbox: Sandbox, consent: Consent, can: Iterable[str], account: Account | None = None
) -> str | None:
    """The situation this answer must be: a new order, or one still true of the whole consent.

    The call that met a situation heals it when it comes again and no order is left.
    """
    books = sandbox.store(Books)
    key = account.key if account else ""
    one_link = account is not None and _ordered_for(sandbox, "CONSENT_EXPIRED", account.key)
    code = sandbox.injected(
        TATRA,
        account=key or None,
        company=account.company if account else consent.company,
        can=frozenset(can),
    )
    if code is None:
        books.spells.pop(f"{consent.id}/{key}", None)
        wide = books.spells.get(consent.id)
        if wide is None:
            return None
        if wide.met_by not in (key, ""):
            return wide.code
        del books.spells[consent.id]
    elif code in OF_THE_ACCOUNT and (code != "CONSENT_EXPIRED" or one_link):
        books.spells[f"{consent.id}/{key}"] = Spell(code=code, met_by=key)
    elif code in OF_THE_CONSENT:
        books.spells[consent.id] = Spell(code=code, met_by=key)
    return code


def told_now(sandbox: Sandbox, consent: Consent, account: Account | None = None) -> str | None:
    """The forced situation that is true of a consent or of one account, none used up by asking."""
    key = consent.id if account is None else f"{consent.id}/{account.key}"
    spell = sandbox.store(Books).spells.get(key)
    return spell.code if spell else None


def healed(sandbox: Sandbox, accounts: Iterable[Account]) -> None:
    """The customer has authorised anew: what was forced on these accounts before is over."""
    books = sandbox.store(Books)
    keys = {account.key for account in accounts}
    companies = {account.company for account in accounts}
    over: set[str] = set()
    for place, spell in list(books.spells.items()):
        consent = books.consents.get(place.split("/")[0])
        if consent is not None and consent.company in companies:
            over.add(spell.code)
            if "/" in place:
                del books.spells[place]
    sandbox.injections.waiting[:] = [
        order
        for order in sandbox.injections.waiting
        if order.bank not in COVERS
        or order.code not in over
        or (order.company is not None and order.company not in companies)
        or (order.account is not None and order.account not in keys)
    ]


async def refuse(sandbox: Sandbox, code: str | None) -> None:
    """Raise the refusal of a situation that needs nothing but its own words."""
    if code == "BANK_TIMEOUT":
        await sandbox.hang(TATRA)
    plain = PLAIN.get(code or "")
    if plain is not None:
        raise plain()
    if code == "BANK_RATE_LIMITED":
        raise refusals.too_many_requests(sandbox.behaviour(TATRA).retry_after_seconds)
    if code in ("CONSENT_EXPIRED", "CONSENT_REVOKED"):
        raise consent_gone(sandbox, code == "CONSENT_EXPIRED")
    if code in ("ACCOUNT_NOT_FOUND", "ACCOUNT_CLOSED"):
        raise refusals.no_account(sandbox.behaviour(TATRA).tatra.no_account_status)


def consent_gone(sandbox: Sandbox, expired: bool) -> Refusal:  # noqa: FBT001 - expired or revoked
    """How the bank says that a consent is over, in the words that the habits choose."""
    words = sandbox.behaviour(TATRA).tatra.consent_refusal
    if words == "token":
        return refusals.token_invalid()
    if words == "no_authorization":
        return refusals.no_authorization()
    return refusals.consent_expired() if expired else refusals.consent_revoked()


def secret_over(sandbox: Sandbox, company: str | None) -> bool:
    """Whether a dead client secret is ordered for this company."""
    return any(
        order.bank == TATRA
        and order.code == "BANK_SECRET_EXPIRED"
        and order.company in (None, company)
        for order in sandbox.injections.waiting
    )


def secret_over_now(sandbox: Sandbox, company: str | None) -> bool:
    """The same for one answer of the token endpoint, which uses up one of its times."""
    accounts = sandbox.world.accounts_of(company or "", *COVERS)
    return met_by_any(sandbox, accounts, company, {"BANK_SECRET_EXPIRED"}) is not None


def met_by_any(
    sandbox: Sandbox, accounts: Iterable[Account], company: str | None, can: Collection[str]
) -> str | None:
    """The situation of an answer about several accounts: an order for all, or for one of them."""
    keys = (None, *(account.key for account in accounts))
    found = (sandbox.injected(TATRA, account=key, company=company, can=can) for key in keys)
    return next((code for code in found if code is not None), None)


def _ordered_for(sandbox: Sandbox, code: str, account: str) -> bool:
    waiting = (o for o in sandbox.injections.waiting if o.bank == TATRA and o.code == code)
    first = next(waiting, None)
    return first is not None and first.account == account
