"""Why the bank says no: the questions behind one refusal, in the order that finds the cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from providers.contract import Finding, Grant, Refused
from providers.tochka import consent, listing, translate, wire
from providers.tochka.api import Api
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.numbers import inn
from schemas.window import Window

CLOSED_DOORS = frozenset({Code.ACCESS_TOKEN_REJECTED, Code.ACCESS_UNCLEAR})
"""What a dead key, a dead consent and a missing right have in common."""


def is_key(grant: Grant) -> bool:
    """Whether a cabinet key and not a consent of ours opened the way."""
    return grant.notes.get("way") == "key"


async def found(api: Api, grant: Grant, account: FoundAccount | None, now: datetime) -> Finding:
    """Key's end, consent, permissions, company, account: the first that is wrong is told."""
    ends = grant.access_expires_at
    if is_key(grant) and ends is not None and ends <= now:
        return Finding(Code.ACCESS_TOKEN_REJECTED, {"expired_at": ends.isoformat()})
    finding = await _of_consent(api, grant, now)
    if finding.code is not None:
        return finding
    try:
        customers = await api.customers(grant)
        theirs = await api.accounts(grant) if account is not None else []
    except Refused as no:
        if no.code not in CLOSED_DOORS:
            raise
        # The consent allows it and the bank does not: the person behind it lost the right.
        unclear = no.code is Code.ACCESS_UNCLEAR
        return Finding(Code.USER_RIGHTS_INSUFFICIENT if unclear else no.code)
    code = grant.notes.get("customer_code")
    finding = _of_company(grant, customers, code)
    if finding.code is not None or account is None:
        return finding
    finding = _of_account(account, theirs, code)
    return finding if finding.code else await _of_statements(api, grant, account, now)


async def _of_statements(api: Api, grant: Grant, account: FoundAccount, now: datetime) -> Finding:
    """All else is right, so only an order can tell whether the person may see statements."""
    today = now.astimezone(translate.MOSCOW).date()
    try:
        await api.order(grant, account.reference, Window(today, today))
    except Refused as no:
        if no.code is not Code.ACCESS_UNCLEAR:
            raise
        return Finding(Code.USER_RIGHTS_INSUFFICIENT)
    return Finding()


async def _of_consent(api: Api, grant: Grant, now: datetime) -> Finding:
    """A refusal may be of the company's header alone, so a second question goes without it."""
    code = grant.notes.get("customer_code")
    for named in (code, None) if code else (None,):
        try:
            listed = await api.consents(grant, named)
        except Refused as no:
            if no.code is Code.ACCESS_TOKEN_REJECTED:
                return Finding(no.code)
            if no.code is not Code.ACCESS_UNCLEAR:
                raise
            continue
        ours = consent.of(grant, listed)
        if ours is not None:
            return consent.judged(ours, now)
    ends = grant.consent_expires_at
    if ends is not None and ends <= now:
        return Finding(Code.CONSENT_EXPIRED, {"expired_at": ends.isoformat()})
    return Finding(Code.ACCESS_TOKEN_REJECTED if is_key(grant) else Code.CONSENT_REVOKED)


def _of_account(account: FoundAccount, theirs: Sequence[wire.Account], code: str | None) -> Finding:
    wanted = translate.number(account.number or account.reference)
    listed = {translate.number(one.account_id): one for one in theirs}
    one = listed.get(wanted)
    if one is None:
        evidence = {
            "wanted": translate.ending(wanted),
            "found": [translate.ending(number) for number in listed],
        }
        return Finding(Code.ACCOUNT_NOT_FOUND, evidence)
    if code and one.customer_code and one.customer_code != code:
        return _foreign(code, [one.customer_code])
    _, unfit = listing.ACCOUNT_STATUSES.get(one.status, ("open", None))
    if listing.of_no_business(one):
        unfit = Code.ACCOUNT_KIND_NOT_SUPPORTED.value
    return Finding(Code(unfit), {"wanted": translate.ending(wanted)}) if unfit else Finding()


def _of_company(grant: Grant, theirs: Sequence[wire.Customer], code: str | None) -> Finding:
    """Ours is listed, and is still the company that agreed: a code may come to name another."""
    codes = [one.customer_code for one in theirs]
    if code and code not in codes:
        return _foreign(code, codes)
    noted = grant.notes.get("inn")
    named = [inn.known(one.tax_code) for one in theirs if one.customer_code == code]
    if not noted or not any(named) or noted in named:
        return Finding()
    found = [translate.ending(one) for one in named]
    evidence = {"field": "inn", "wanted": translate.ending(noted), "found": found}
    return Finding(Code.ORGANISATION_DETAILS_MISMATCH, evidence)


def _foreign(wanted: str, found: Sequence[str]) -> Finding:
    return Finding(
        Code.ACCOUNT_OF_OTHER_ORGANISATION,
        {"wanted": translate.ending(wanted), "found": [translate.ending(one) for one in found]},
    )
