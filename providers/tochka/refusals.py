"""Tochka's refusals. The reason is `Errors[0].message`; the top-level text never varies."""

from __future__ import annotations

import msgspec

from providers.contract import Refused
from providers.redaction import scrub_text
from providers.refusals import Row, refused
from providers.tochka import wire
from providers.transport import Answer
from schemas.codes import Code

_WORDS_CHARACTERS = 300
_REFUSAL_BYTES = 20_000
_GONE = 404

# fmt: off
TROUBLES = (
    #   status  the bank's words           ours                       where we saw it
    Row(None,   "internal server error",   Code.BANK_UNAVAILABLE,     "live 2022, as plain text"),
    Row(408,    None,                      Code.BANK_TIMEOUT,         "guess, RFC 9110"),
    Row(424,    None,                      Code.BANK_UNAVAILABLE,     "spec 1.91"),
    Row(429,    None,                      Code.BANK_RATE_LIMITED,    "guess, in no paper"),
    Row(500,    None,                      Code.BANK_UNAVAILABLE,     "spec 1.91"),
    # no such path or version, where others say 404
    Row(501,    None,                      Code.BANK_FORMAT_CHANGED,  "live 2026-04"),
    Row(502,    None,                      Code.BANK_UNAVAILABLE,     "guess, RFC 9110"),
    Row(503,    None,                      Code.BANK_UNAVAILABLE,     "guess, RFC 9110"),
    Row(504,    None,                      Code.BANK_TIMEOUT,         "guess, RFC 9110"),
)

REFUSALS = (
    *TROUBLES,
    # `Errors` under a good status
    Row(200,    None,                      Code.BANK_UNAVAILABLE,     "live 2022"),
    # it no longer takes what we send
    Row(400,    "zero time",               Code.BANK_FORMAT_CHANGED,  "live 2026-04"),
    Row(400,    "Validation Error",        Code.BANK_FORMAT_CHANGED,  "spec 1.91"),
    Row(400,    "HTTPBadRequest",          Code.BANK_FORMAT_CHANGED,  "spec 1.81"),
    Row(401,    None,                      Code.ACCESS_TOKEN_REJECTED, "spec 1.81, clients 2026"),
    # permission, company, consent, or a key deleted or expired: `probe` finds out
    Row(403,    "Forbidden by consent",    Code.ACCESS_UNCLEAR,       "docs 2023-02, live 2026"),
    Row(403,    None,                      Code.ACCESS_UNCLEAR,       "spec 1.91"),
    Row(404,    "Not found statement",     Code.STATEMENT_LOST,       "live 2026-04"),
    Row(404,    None,                      Code.ACCOUNT_NOT_FOUND,    "guess"),
)

# whatever 404 says of a statement that we ordered, it is gone
COLLECTION = (
    Row(404,    None,                      Code.STATEMENT_LOST,       "docs 2026-04, gone in 24 h"),
    *(row for row in REFUSALS if row.status != _GONE),
)

OAUTH = (
    *TROUBLES,
    Row(None,   "invalid_client",          Code.BANK_SECRET_EXPIRED,  "guess, RFC 6749"),
    Row(None,   "unauthorized_client",     Code.BANK_CONTRACT_MISSING, "guess, RFC 6749"),
    Row(None,   "invalid_scope",           Code.BANK_CONTRACT_MISSING, "guess, RFC 6749"),
    Row(401,    None,                      Code.BANK_SECRET_EXPIRED,  "guess, RFC 6749"),
)

CODE_EXCHANGE = (
    *OAUTH,
    Row(None,   "invalid_grant",           Code.AUTHORISATION_TIMED_OUT, "guess, RFC 6749"),
    # what the proxy in front of the bank says of a used code
    Row(400,    "invalid_request",         Code.AUTHORISATION_TIMED_OUT, "guess"),
)

RENEWAL = (
    *OAUTH,
    Row(None,   "invalid_grant",           Code.CONSENT_REVOKED,      "guess, RFC 6749"),
    # a body with a key `error`, of unknown status and words
    Row(200,    None,                      Code.CONSENT_REVOKED,      "live 2022"),
    Row(400,    None,                      Code.CONSENT_REVOKED,      "live 2022"),
    Row(403,    None,                      Code.CONSENT_REVOKED,      "guess"),
)

RETURN = (
    Row(None,   "access_denied",           Code.AUTHORISATION_DECLINED, "live 2022"),
    Row(None,   "server_error",            Code.BANK_UNAVAILABLE,     "guess, RFC 6749"),
    Row(None,   "temporarily_unavailable", Code.BANK_UNAVAILABLE,     "guess, RFC 6749"),
    Row(None,   "invalid_scope",           Code.BANK_CONTRACT_MISSING, "guess, RFC 6749"),
    Row(None,   "unauthorized_client",     Code.BANK_CONTRACT_MISSING, "guess, RFC 6749"),
)
# fmt: on


def faults(answer: Answer) -> wire.Faults | None:
    """The refusal in a body, whatever its status; None where it is no such thing."""
    try:
        return msgspec.json.decode(answer.body, type=wire.Faults)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def words(answer: Answer) -> str:
    """The bank's reason in its own words, without secrets; of a body in no known form its text."""
    told = faults(answer)
    if told is None:
        return scrub_text(answer.text[:_WORDS_CHARACTERS])
    if told.errors:
        first = told.errors[0]
        parts = (first.error_code, first.message)
    elif told.error:
        parts = (told.error, told.error_description)
    else:
        parts = (None, told.message)
    return scrub_text(": ".join(part for part in parts if part)[:_WORDS_CHARACTERS])


def refusal(answer: Answer, table: tuple[Row, ...] = REFUSALS) -> Refused:
    """The refusal that an answer means."""
    return refused(table, answer, words(answer))


def is_refusal(answer: Answer) -> bool:
    """Whether an answer refuses: also `Errors`, `error` or a plain text under a good status."""
    if answer.status not in {200, 201}:
        return True
    # A body as large as a statement is not read twice: refusals are short.
    if len(answer.body) > _REFUSAL_BYTES:
        return False
    told = faults(answer)
    if told is None:
        return b"internal server error" in answer.body.lower()
    return bool(told.errors or told.error)
