"""Sber's refusals: the words are `cause` and `message`, `error` and its description, or a page.

Some statuses are no refusals at all: what they say about a day of a statement stands in `Said`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

import msgspec

from providers.contract import Refused
from providers.redaction import MASK, scrub_text
from providers.refusals import Row, fitting, refused
from providers.sber import wire
from providers.transport import Answer
from schemas.codes import Code

FORMING_STATUS = 202
NOT_FOUND = 404
BAD_REQUEST = 400

# Where a fact is from: "docs" are developers.sber.ru, "clients" public code that says it runs live.
# fmt: off
PLUMBING = (
    #   status  the bank's words               ours                            where we saw it
    Row(400,    "No required SSL certificate", Code.BANK_CERTIFICATE_REJECTED, "live"),
    Row(400,    "SSL certificate error",       Code.BANK_CERTIFICATE_REJECTED, "guess"),
    Row(429,    None,                          Code.BANK_RATE_LIMITED,         "docs 2025-12"),
    Row(500,    None,                          Code.BANK_UNAVAILABLE,          "spec"),
    Row(502,    None,                          Code.BANK_UNAVAILABLE,          "guess"),
    Row(503,    None,                          Code.BANK_UNAVAILABLE,          "spec"),
    Row(504,    None,                          Code.BANK_TIMEOUT,              "guess, RFC 9110"),
)
REFUSALS = (
    *PLUMBING,
    Row(400,    "позже текущей",               Code.DAY_NOT_OPEN_YET,          "docs 2023-11"),
    Row(400,    "страницы с операциями не сущ", Code.STATEMENT_INCOMPLETE,     "docs 2026-01"),
    Row(400,    "не является действующим",     Code.ACCOUNT_CLOSED,            "docs 2026-01"),
    Row(400,    "глубин",                      Code.HISTORY_LIMIT_EXCEEDED,    "guess"),
    Row(400,    "ранее допустим",              Code.HISTORY_LIMIT_EXCEEDED,    "guess"),
    # the field is named beside the words; a number of other than 20 digits never leaves us
    Row(400,    "accountNumber",               Code.ACCOUNT_NOT_FOUND,         "docs: bad number"),
    Row(401,    None,                          Code.ACCESS_TOKEN_REJECTED,     "docs 2026-01"),
    # a service in brackets is missing from our contract, seen of FILES; the rest is all one 403
    Row(403,    "[GET_",                       Code.BANK_CONTRACT_MISSING,     "live, of FILES"),
    Row(403,    "недостаточно прав",           Code.USER_RIGHTS_INSUFFICIENT,  "guess"),
    Row(403,    "предоставленные разрешения",  Code.PERMISSIONS_REDUCED,       "guess"),
    Row(403,    "обрабатывается",              Code.BANK_CONFIRMATION_PENDING, "guess"),
    Row(403,    None,                          Code.ACCESS_UNCLEAR,            "docs, clients"),
    Row(404,    "urlPath",                     Code.BANK_FORMAT_CHANGED,       "live"),
)
# A refusal to sign is told apart from the lack of a right by the description alone; neither text
# is documented, so the words looked for name the right and not the signing.
NO_RIGHT = tuple(
    Row(None,   words,                         Code.NO_SIGNING_RIGHT,          "guess")
    for words in (
        "права подписи", "прав подписи", "правом подписи", "права на подпис", "недостаточно прав",
        "нет прав", "signing right", "signature right", "right to sign", "right of signature",
        "enough rights", "insufficient rights", "no rights",
    )
)
AUTHORISATION = (
    *NO_RIGHT,
    Row(None,   "access_denied",               Code.AUTHORISATION_DECLINED,    "guess, RFC 6749"),
    Row(None,   "invalid_scope",               Code.BANK_CONTRACT_MISSING,     "guess, RFC 6749"),
    Row(None,   "unauthorized_client",         Code.BANK_CONTRACT_MISSING,     "guess, RFC 6749"),
    Row(None,   "server_error",                Code.BANK_UNAVAILABLE,          "guess, RFC 6749"),
    Row(None,   "temporarily_unavailable",     Code.BANK_UNAVAILABLE,          "guess, RFC 6749"),
)
_TOKEN = (
    *PLUMBING,
    Row(None,   "invalid_client",              Code.BANK_SECRET_EXPIRED,       "guess, 400 or 401"),
    Row(None,   "invalid_scope",               Code.BANK_CONTRACT_MISSING,     "guess, RFC 6749"),
    Row(None,   "unauthorized_client",         Code.BANK_CONTRACT_MISSING,     "guess, RFC 6749"),
    Row(None,   "server_error",                Code.BANK_UNAVAILABLE,          "guess, RFC 6749"),
    Row(401,    None,                          Code.ACCESS_TOKEN_REJECTED,     "spec"),
)
EXCHANGE = (
    *NO_RIGHT,
    Row(None,   "invalid_grant",               Code.AUTHORISATION_TIMED_OUT,   "docs faq, clients"),
    Row(None,   "access_denied",               Code.AUTHORISATION_DECLINED,    "guess"),
    *_TOKEN,
)
# One `invalid_grant` ends a renewal for many reasons; only "Unknown refresh token" is documented.
RENEWAL = (
    Row(None,   "offer expired",               Code.OFFER_EXPIRED,             "guess"),
    Row(None,   "refresh token expired",       Code.CONSENT_EXPIRED,           "guess"),
    Row(None,   "password",                    Code.CREDENTIALS_CHANGED,       "guess"),
    Row(None,   "парол",                       Code.CREDENTIALS_CHANGED,       "guess"),
    Row(None,   "blocked",                     Code.USER_BLOCKED,              "guess"),
    Row(None,   "заблокир",                    Code.USER_BLOCKED,              "guess"),
    Row(None,   "invalid_grant",               Code.CONSENT_REVOKED,           "clients"),
    *_TOKEN,
)
# fmt: on

_VALUE = re.compile(r"(?i)(value\s*[=:]\s*\"?)[^\s\",}]+")
_TAG = re.compile(r"<[^<>]{0,200}>")
_REFERENCE = re.compile(r"[0-9A-Za-z-]{1,64}")
_PAGE_CHARACTERS = 2_000


class Said(Enum):
    """What a bank says about a day instead of telling it, without refusing anything."""

    FORMING = auto()
    NOTHING = auto()
    NOT_ACTIVE = auto()
    """The account was not open on that day."""


def said(answer: Answer) -> Said | None:
    """What an answer of a statement method says about its day; None where it is a refusal."""
    if answer.status == FORMING_STATUS:
        return Said.FORMING
    # DATA_NOT_FOUND and DATA_NOT_FOUND_EXCEPTION are both in use; a 404 of any other cause is a
    # wrong address and never an empty day
    if answer.status == NOT_FOUND and (fault(answer).cause or "").startswith("DATA_NOT_FOUND"):
        return Said.NOTHING
    if answer.status == BAD_REQUEST:
        row = fitting(REFUSALS, answer.status, words(answer))
        if row is not None and row.code is Code.ACCOUNT_CLOSED:
            return Said.NOT_ACTIVE
    return None


def fault(answer: Answer) -> wire.Fault:
    """The bank's own explanation; empty when the body is no such thing."""
    try:
        return msgspec.json.decode(answer.body, type=wire.Fault)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return wire.Fault()


def words(answer: Answer) -> str:
    """What the bank gave as its reason, without the token or account that it may repeat."""
    theirs = fault(answer)
    fields = ", ".join(theirs.field_names or ())
    parts = (theirs.cause, theirs.message, fields, theirs.error, theirs.error_description)
    text = ": ".join(part for part in parts if part)
    return _clean(text or " ".join(_TAG.sub(" ", answer.text[:_PAGE_CHARACTERS]).split()))


def _clean(text: str) -> str:
    # "accessToken not found by value = ..." repeats the token itself
    return scrub_text(_VALUE.sub(lambda found: found[1] + MASK, text))


def refusal(table: Sequence[Row], answer: Answer) -> Refused:
    """The refusal that an answer means, with the bank's reference for its support."""
    cleaned = msgspec.structs.replace(answer, body=_clean(answer.text[:_PAGE_CHARACTERS]).encode())
    made = refused(table, cleaned, words(answer))
    reference = fault(answer).reference_id
    if reference and _REFERENCE.fullmatch(reference):
        made.evidence["bank_reference"] = reference
    return made


def declined(error: str, description: str) -> Refused:
    """The refusal that came back with the customer's browser."""
    told = _clean(f"{error}: {description}" if description else error)
    row = fitting(AUTHORISATION, 0, told)
    code = row.code if row else Code.BANK_REFUSAL_UNRECOGNISED
    return Refused(code, words=told[:120])
