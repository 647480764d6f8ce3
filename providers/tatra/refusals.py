"""Tatra's refusals: `errorCode`, else Berlin's `tppMessages`, else OAuth's `error`, else nothing.

Of the sources, "sibling docs" are those of TatraPay+ on the same gateway, "BG" is Berlin Group's
NextGenPSD2: its words are not proven for the Premium API, but the banks behind it speak that way.
"""

from __future__ import annotations

import re
from datetime import date

import msgspec

from providers.contract import Refused
from providers.redaction import scrub_text
from providers.refusals import Row, refused
from providers.tatra import wire
from providers.transport import Answer
from schemas.codes import Code

# fmt: off
BANK_DOWN = (
    #   status  the bank's words  ours                        where we saw it
    Row(408,    None,             Code.BANK_TIMEOUT,          "sibling docs"),
    Row(429,    "ACCESS_EXCEEDED", Code.BANK_QUOTA_EXHAUSTED, "spec BG 1.3.11"),
    Row(429,    None,             Code.BANK_RATE_LIMITED,     "sibling docs"),
    Row(500,    None,             Code.BANK_UNAVAILABLE,      "live 2026-08"),
    Row(502,    None,             Code.BANK_UNAVAILABLE,      "live 2026-08"),
    Row(503,    None,             Code.BANK_UNAVAILABLE,      "live 2026-08"),
    Row(504,    None,             Code.BANK_TIMEOUT,          "live 2026-08"),
)

REFUSALS = (
    *BANK_DOWN,
    # the Premium API's own words
    Row(None,   "Earliest allowed dateFrom", Code.HISTORY_LIMIT_EXCEEDED, "live 2026-08"),
    Row(None,   "NO_CONTRACT",        Code.BANK_CONTRACT_MISSING,  "live, 403; a sibling says 400"),
    Row(None,   "NO_AUTHORIZATION",   Code.ACCESS_UNCLEAR,         "live, 403"),
    Row(None,   "NO_ACCOUNT",         Code.ACCOUNT_NOT_FOUND,      "live, status guessed"),
    Row(None,   "PRODUCT_UNKNOWN",    Code.ACCOUNT_KIND_NOT_SUPPORTED, "live, status guessed"),
    Row(None,   "NOT_ALLOWED_OPER",   Code.BANK_CONTRACT_MISSING,  "sibling docs"),
    Row(None,   "ILLEGAL_ARGUMENT",   Code.BANK_FORMAT_CHANGED,    "sibling docs"),
    Row(None,   "DUPLICATE_CALL",     Code.BANK_UNAVAILABLE,       "sibling docs"),
    Row(None,   "INTERNAL_ERROR",     Code.BANK_UNAVAILABLE,       "live 2026-08"),
    # our access
    Row(None,   "TOKEN_INVALID",      Code.ACCESS_TOKEN_REJECTED,  "live 2026-08, status guessed"),
    Row(None,   "TOKEN_UNKNOWN",      Code.ACCESS_TOKEN_REJECTED,  "sibling docs"),
    Row(None,   "TOKEN_EXPIRED",      Code.ACCESS_TOKEN_REJECTED,  "guess"),
    Row(None,   "invalid_token",      Code.ACCESS_TOKEN_REJECTED,  "spec RFC 6750"),
    Row(None,   "insufficient_scope", Code.PERMISSIONS_REDUCED,    "spec RFC 6750"),
    Row(None,   "CERTIFICATE_",       Code.BANK_CERTIFICATE_REJECTED, "spec BG 1.3.11"),
    Row(None,   "SIGNATURE_",         Code.BANK_CERTIFICATE_REJECTED, "spec BG 1.3.11"),
    Row(None,   "ROLE_INVALID",       Code.BANK_CONTRACT_MISSING,  "spec BG 1.3.11"),
    Row(None,   "CORPORATE_ID_INVALID", Code.USER_RIGHTS_INSUFFICIENT, "spec BG 1.3.11"),
    # the customer's consent
    Row(None,   "PSU_CREDENTIALS_INVALID", Code.CREDENTIALS_CHANGED, "spec BG 1.3.11"),
    Row(None,   "CONSENT_INVALID",    Code.CONSENT_REVOKED,        "spec BG 1.3.11"),
    Row(None,   "CONSENT_EXPIRED",    Code.CONSENT_EXPIRED,        "spec BG 1.3.11"),
    Row(None,   "CONSENT_UNKNOWN",    Code.CONSENT_REVOKED,        "spec BG 1.3.11"),
    Row(None,   "SERVICE_BLOCKED",    Code.USER_BLOCKED,           "spec BG 1.3.11"),
    Row(None,   "RESOURCE_BLOCKED",   Code.USER_BLOCKED,           "spec BG 1.3.11"),
    Row(None,   "RESOURCE_UNKNOWN",   Code.ACCOUNT_NOT_FOUND,      "spec BG 1.3.11"),
    Row(None,   "RESOURCE_EXPIRED",   Code.CONSENT_EXPIRED,        "spec BG 1.3.11"),
    Row(None,   "ACCESS_EXCEEDED",    Code.BANK_QUOTA_EXHAUSTED,   "spec BG 1.3.11"),
    # what was asked
    Row(None,   "PERIOD_INVALID",     Code.PERIOD_INVALID,         "spec BG 1.3.11"),
    Row(None,   "TIMESTAMP_INVALID",  Code.PERIOD_INVALID,         "spec BG 1.3.11"),
    Row(None,   "FORMAT_ERROR",       Code.BANK_FORMAT_CHANGED,    "spec BG 1.3.11"),
    Row(None,   "PARAMETER_NOT_",     Code.BANK_FORMAT_CHANGED,    "spec BG 1.3.11"),
    Row(None,   "SERVICE_INVALID",    Code.BANK_FORMAT_CHANGED,    "spec BG 1.3.11"),
    Row(None,   "SERVICE_NOT_SUPPORTED", Code.BANK_FORMAT_CHANGED, "spec BG 1.3.11"),
    Row(None,   "REQUESTED_FORMATS_INVALID", Code.BANK_FORMAT_CHANGED, "spec BG 1.3.11"),
    Row(None,   "STATUS_INVALID",     Code.BANK_FORMAT_CHANGED,    "spec BG 1.3.11"),
    Row(None,   "SCA_",               Code.BANK_FORMAT_CHANGED,    "spec BG 1.3.11"),
    Row(None,   "SESSIONS_NOT_SUPPORTED", Code.BANK_FORMAT_CHANGED, "spec BG 1.3.11"),
    Row(None,   "INTERNAL_SERVER_ERROR", Code.BANK_UNAVAILABLE,    "spec BG 1.3.11"),
    Row(None,   "SERVICE_UNAVAILABLE", Code.BANK_UNAVAILABLE,      "spec BG 1.3.11"),
    # the gateway in front of the bank, without a body
    Row(401,    None,                 Code.ACCESS_TOKEN_REJECTED,  "docs: revoked or over"),
    Row(403,    None,                 Code.ACCESS_UNCLEAR,         "guess: FORBIDDEN or nothing"),
    Row(404,    None,                 Code.ACCESS_UNCLEAR,         "guess: the list tells"),
    Row(405,    None,                 Code.BANK_FORMAT_CHANGED,    "sibling docs"),
    Row(406,    None,                 Code.BANK_FORMAT_CHANGED,    "spec BG 1.3.11"),
    Row(415,    None,                 Code.BANK_FORMAT_CHANGED,    "sibling docs"),
)

# At the token endpoint, where no customer's access is at stake yet.
TOKEN_REFUSALS = (
    *BANK_DOWN,
    Row(None,   "invalid_client",     Code.BANK_SECRET_EXPIRED,    "live; sibling docs"),
    Row(None,   "invalid_grant",      Code.CONSENT_REVOKED,        "live 2026-08"),
    Row(None,   "invalid_scope",      Code.BANK_CONTRACT_MISSING,  "live 2026-08"),
    Row(None,   "unauthorized_client", Code.BANK_CONTRACT_MISSING, "spec RFC 6749"),
    Row(None,   "unsupported_grant_type", Code.BANK_CONTRACT_MISSING, "spec RFC 6749"),
    Row(None,   "invalid_redirect_uri", Code.BANK_CONTRACT_MISSING, "live 2026-08"),
    Row(None,   "invalid_request",    Code.BANK_FORMAT_CHANGED,    "live 2026-08"),
    Row(None,   "temporarily_unavailable", Code.BANK_UNAVAILABLE,  "spec RFC 6749"),
    Row(None,   "server_error",       Code.BANK_UNAVAILABLE,       "spec RFC 6749"),
    Row(None,   "NO_CONTRACT",        Code.BANK_CONTRACT_MISSING,  "live 2026-08"),
    Row(401,    None,                 Code.BANK_SECRET_EXPIRED,    "spec RFC 6749"),
)

# The code that the customer brought back: late, used twice, or not from this walk.
CODE_REFUSALS = (
    Row(None,   "invalid_grant",      Code.AUTHORISATION_TIMED_OUT, "live 2026-08"),
    *(row for row in TOKEN_REFUSALS if row.words != "invalid_grant"),
)

# What the bank's redirect says instead of a code; the description is looked at before the error,
# since the bank calls every ending on its pages `access_denied`.
REDIRECTS = (
    Row(None,   "invalid_redirect_uri", Code.BANK_CONTRACT_MISSING, "live 2026-08"),
    Row(None,   "invalid_scope",      Code.BANK_CONTRACT_MISSING,  "live 2026-08"),
    Row(None,   "unauthorized_client", Code.BANK_CONTRACT_MISSING, "spec RFC 6749"),
    Row(None,   "invalid_request",    Code.BANK_FORMAT_CHANGED,    "live 2026-08"),
    Row(None,   "verification code",  Code.VERIFICATION_CODE_REJECTED, "guess"),
    Row(None,   "verification_code",  Code.VERIFICATION_CODE_REJECTED, "guess"),
    Row(None,   "one-time",           Code.VERIFICATION_CODE_REJECTED, "guess"),
    Row(None,   "one_time",           Code.VERIFICATION_CODE_REJECTED, "guess"),
    Row(None,   "overovac",           Code.VERIFICATION_CODE_REJECTED, "guess: sk"),
    Row(None,   "jednorazov",         Code.VERIFICATION_CODE_REJECTED, "guess: sk"),
    Row(None,   "registr",            Code.REGISTRATION_INCOMPLETE, "guess: sk and en"),
    Row(None,   "agreement",          Code.REGISTRATION_INCOMPLETE, "guess"),
    Row(None,   "timeout",            Code.AUTHORISATION_TIMED_OUT, "guess"),
    Row(None,   "timed out",          Code.AUTHORISATION_TIMED_OUT, "guess"),
    Row(None,   "session expired",    Code.AUTHORISATION_TIMED_OUT, "guess"),
    Row(None,   "NO_CONTRACT",        Code.BANK_CONTRACT_MISSING,  "guess"),
    Row(None,   "access_denied",      Code.AUTHORISATION_DECLINED, "spec RFC 6749"),
    Row(None,   "temporarily_unavailable", Code.BANK_UNAVAILABLE,  "spec RFC 6749"),
    Row(None,   "server_error",       Code.BANK_UNAVAILABLE,       "spec RFC 6749"),
)
# fmt: on

_EARLIEST = re.compile(r"Earliest allowed dateFrom is ([0-9]{4}-[0-9]{2}-[0-9]{2})", re.IGNORECASE)


def words(answer: Answer) -> str:
    """The bank's code and its sentence, without anybody's data; "" for no body, HTML or rubbish."""
    try:
        told = msgspec.json.decode(answer.body, type=wire.Trouble)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    message = told.tpp_messages[0] if told.tpp_messages else wire.Message()
    code = told.error_code or message.code or told.error or told.code or ""
    sentence = told.error_description or message.text or told.described or told.detail or ""
    return scrub_text(f"{code} {sentence}".strip())


def understood(answer: Answer, table: tuple[Row, ...] = REFUSALS) -> Refused:
    """The refusal that an answer means, with the oldest day where the bank names it."""
    refusal = refused(table, answer, words(answer))
    named = _EARLIEST.search(answer.text) if answer.status < 500 else None  # noqa: PLR2004 - HTTP
    if named:
        refusal.evidence["earliest"] = named[1]
    return refusal


def earliest(refusal: Refused) -> date | None:
    """The oldest day that a refusal names, if it names a real one."""
    try:
        return date.fromisoformat(refusal.evidence.get("earliest", ""))
    except ValueError:
        return None


def turned_away(error: str, description: str) -> Refused:
    """What it means that the customer came back from the bank without a code."""
    said = f"{error} {description}".strip()
    row = next((row for row in REDIRECTS if (row.words or "").casefold() in said.casefold()), None)
    return Refused(
        row.code if row else Code.BANK_REFUSAL_UNRECOGNISED, words=scrub_text(said)[:120]
    )
