"""What stands in a consent or a cabinet key, and whose company it opens: pure judgements."""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from providers.contract import Ask, Finding, Grant, Refused
from providers.tochka import translate, wire
from providers.tochka.bank import ASKED, READING
from schemas.codes import Code
from schemas.numbers import inn, kpp

_SENDABLE = re.compile(r"[A-Za-z0-9._~+/=-]{8,8192}")
_PERSON = "Personal"


def key(told: str) -> str:
    """The key as it goes into a header, however it was pasted.

    Raises:
        Refused: `ACCESS_TOKEN_REJECTED` for a text that cannot be a key.
    """
    bare = "".join(told.split())
    if bare[:6].casefold() == "bearer":
        bare = bare[6:]
    if not _SENDABLE.fullmatch(bare):
        raise Refused(Code.ACCESS_TOKEN_REJECTED, evidence={"reason": "this is no key"})
    return bare


def claims(token: str) -> wire.Claims:
    """What a cabinet key says of itself, not verified: only the bank can; empty if unreadable."""
    try:
        _, payload, _ = token.split(".")
        return msgspec.json.decode(
            urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=wire.Claims
        )
    except (ValueError, binascii.Error, msgspec.DecodeError, RecursionError):
        return wire.Claims()


def expires_at(told: wire.Claims) -> datetime | None:
    """When a key ends; keys without an end exist."""
    if told.exp is None:
        return None
    try:
        return datetime.fromtimestamp(int(told.exp), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def new_id(theirs: wire.NewConsent) -> str | None:
    """The id of a consent just made, in whichever of the three forms it came."""
    if theirs.consent_id:
        return theirs.consent_id
    if isinstance(theirs.consent, wire.Consent):
        return theirs.consent.consent_id
    return theirs.consent[0].consent_id if theirs.consent else None


def of(grant: Grant, listed: Sequence[wire.Consent]) -> wire.Consent | None:
    """The grant's own among all that the bank lists: by its id, else by client and company.

    A key's consent is known by its client only, and has one for each company.
    """
    if grant.consent_id:
        return next((one for one in listed if one.consent_id == grant.consent_id), None)
    client, company = grant.notes.get("client_id"), grant.notes.get("customer_code")
    fitting = [
        one
        for one in listed
        if (not client or not one.client_id or one.client_id == client)
        and (not company or not one.customer_code or one.customer_code == company)
    ]
    return max(fitting, key=_liveliness, default=None)


def _liveliness(one: wire.Consent) -> tuple[bool, bool, bool, datetime]:
    made = translate.instant(one.creation_date_time) or datetime.min.replace(tzinfo=UTC)
    return (one.status == "Authorised", one.is_valid is not False, not lacking(one), made)


def judged(theirs: wire.Consent, now: datetime) -> Finding:
    """What is wrong with a consent; nothing, if all that reading needs is allowed."""
    ends = translate.instant(theirs.expiration_date_time)
    if theirs.status in {"Revoked", "Rejected"}:
        return Finding(Code.CONSENT_REVOKED, {"status": theirs.status})
    if theirs.is_valid is False or (ends is not None and ends <= now):
        return Finding(
            Code.CONSENT_EXPIRED, {"expired_at": ends.isoformat()} if ends is not None else {}
        )
    if theirs.status == "AwaitingAuthorisation":
        return Finding(Code.BANK_CONFIRMATION_PENDING, {"status": theirs.status})
    if missing := lacking(theirs):
        return Finding(Code.PERMISSIONS_REDUCED, {"missing": list(missing)})
    return Finding()


def lacking(theirs: wire.Consent) -> tuple[str, ...]:
    """The permissions that reading needs and the consent does not have; unlisted ones pass."""
    if theirs.permissions is None:
        return ()
    return tuple(needed for needed in READING if needed not in theirs.permissions)


def permitted(theirs: wire.Consent | None) -> tuple[str, ...]:
    """The permissions of a consent, those asked for where the bank does not list them."""
    if theirs is None or theirs.permissions is None:
        return ASKED
    return tuple(theirs.permissions)


def company(
    theirs: Sequence[wire.Customer], accounts: Sequence[wire.Account], ask: Ask
) -> wire.Customer | None:
    """The company that was to be connected; None where several are open and none was named.

    `accounts` decide between several companies and may be empty otherwise.

    Raises:
        Refused: `ORGANISATION_DETAILS_MISMATCH` where the named one is not among them,
            `USER_RIGHTS_INSUFFICIENT` where the person who signed in has no company at all.
    """
    companies = [one for one in theirs if one.customer_type != _PERSON]
    if not companies:
        raise Refused(Code.USER_RIGHTS_INSUFFICIENT, evidence={"found": ["no company"]})
    if wanted := inn.known(ask.owner.inn):
        return _named(companies, wanted, kpp.known(ask.owner.kpp))
    if len(companies) == 1:
        return companies[0]
    numbers = {one.number for one in ask.expected if one.number}
    codes = {one.customer_code for one in accounts if translate.number(one.account_id) in numbers}
    meant = [one for one in companies if one.customer_code in codes]
    return meant[0] if len(meant) == 1 else None


def _named(companies: Sequence[wire.Customer], tax: str, reason: str | None) -> wire.Customer:
    """By INN; the KPP decides only where both sides tell one, a sole trader has none."""
    same = [one for one in companies if inn.known(one.tax_code) == tax]
    if not same:
        raise _mismatch("inn", tax, [one.tax_code for one in companies])
    told = {kpp.known(one.kpp): one for one in same}
    if reason is None or None in told:
        return told.get(reason) or told.get(None) or same[0]
    if reason not in told:
        raise _mismatch("kpp", reason, list(told))
    return told[reason]


def _mismatch(field: str, wanted: str, found: Sequence[str | None]) -> Refused:
    return Refused(
        Code.ORGANISATION_DETAILS_MISMATCH,
        evidence={
            "field": field,
            "wanted": translate.ending(wanted),
            "found": [translate.ending(one) for one in found],
        },
    )
