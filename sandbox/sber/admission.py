"""What every call meets first: the certificate, the odd fault, the token, the pace, the orders."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn

import msgspec
from litestar import Request, Response
from msgspec import Struct

from sandbox.behaviour import Behaviour
from sandbox.sber import offer, refusals, tokens
from sandbox.sber.books import Books, Bucket, Pair
from sandbox.sber.refusals import Refusal
from sandbox.sber.situations import BANK
from sandbox.state import Sandbox

HTML_FROM = 500  # only the bank's own failures come as HTML
ENCODERS = {
    "string": msgspec.json.Encoder(),
    "number": msgspec.json.Encoder(decimal_format="number"),
}


class Ask(Struct, frozen=True, kw_only=True):
    """One admitted API call."""

    sandbox: Sandbox
    behaviour: Behaviour
    pair: Pair
    query: dict[str, str]

    @property
    def books(self) -> Books:
        """The bank's own books."""
        return self.sandbox.store(Books)


Work = Callable[[Ask], object]


async def answered(
    sandbox: Sandbox, request: Request[Any, Any, Any], work: Work
) -> Response[bytes]:
    """Admit the call and tell what the work finds, or the bank's refusal."""
    behaviour = sandbox.behaviour(BANK)
    try:
        admitted(sandbox)
        access = tokens.presented(sandbox, request.headers.get("Authorization", ""))
        pair = tokens.live(sandbox, access)
        keep_pace(sandbox, pair.client_id)
        query = dict(request.query_params.items())
        ask = Ask(sandbox=sandbox, behaviour=behaviour, pair=pair, query=query)
        content = ENCODERS[behaviour.sber.amounts_as].encode(work(ask))
    except Refusal as refusal:
        if refusal.hangs:
            await sandbox.hang(BANK)
        shown = refusal
        if refusal.status >= HTML_FROM and sandbox.chance(behaviour.html_error_share):
            shown = refusals.as_html(refusal)
        return shown.response()
    return Response(content=content, media_type=refusals.JSON)


def admitted(sandbox: Sandbox) -> None:
    """Pass the bank's front: the TLS certificate, and the day's share of failures."""
    behaviour = sandbox.behaviour(BANK)
    certificate = behaviour.sber.client_certificate
    if certificate != "unchecked":
        missing = certificate == "missing"
        raise refusals.certificate_missing() if missing else refusals.certificate_refused()
    if sandbox.chance(behaviour.server_error_share):
        raise refusals.internal(sandbox)
    if sandbox.chance(behaviour.unavailable_share):
        raise refusals.maintenance(sandbox)


def keep_pace(sandbox: Sandbox, client_id: str) -> None:
    """Count the call against the client's rate; a clock that stands still has no rate."""
    behaviour, now = sandbox.behaviour(BANK), sandbox.now
    speed = sandbox.clock.speed
    rate = behaviour.sber.requests_per_virtual_second
    if behaviour.requests_per_second and speed:
        rate = behaviour.requests_per_second / speed
    if not rate or not speed:
        return
    full = max(rate, 1.0)
    buckets = sandbox.store(Books).buckets
    bucket = buckets.get(client_id, Bucket(left=full, at=now))
    refill = max((now - bucket.at) / timedelta(seconds=1), 0.0) * rate
    left = min(full, bucket.left + refill)
    if left < 1:
        buckets[client_id] = Bucket(left=left, at=now)
        raise refusals.too_many_requests(sandbox, behaviour.retry_after_seconds)
    buckets[client_id] = Bucket(left=left - 1, at=now)


def refuse(ask: Ask, code: str) -> NoReturn:
    """Raise the refusal behind a situation, in force, ordered or simply true."""
    raise WORDS.get(code, _shut)(ask)


def count_call(ask: Ask) -> None:
    """Let the customer withdraw the offer after so many data calls, where that is the habit."""
    signed = ask.books.offer(ask.pair.client_id, ask.pair.company)
    if signed is None or not offer.needs_offer(ask.sandbox):
        return
    signed.calls += 1
    limit = ask.behaviour.consent_dies_after_calls
    if limit and signed.calls > limit and signed.revoked_at is None:
        signed.revoked_at = ask.sandbox.now


def _shut(ask: Ask) -> Refusal:
    """The 403 that hides several causes."""
    return refusals.not_in_the_offer(ask.sandbox, ask.behaviour.sber.access_cause)


def _token_dead(ask: Ask) -> Refusal:
    return refusals.token_unknown(ask.sandbox, ask.pair.access)


def _kind(ask: Ask) -> Refusal:
    return refusals.kind_has_no_statement(ask.sandbox, ask.behaviour.sber.access_cause)


def _foreign(ask: Ask) -> Refusal:
    habits = ask.behaviour.sber
    forced = ask.books.forced.get(ask.query.get("accountNumber", ""))
    # ordered by its name it must be tellable; by nature it is not
    if habits.foreign_account == "same_words" and forced is None:
        return _shut(ask)
    return refusals.account_of_another_organisation(ask.sandbox, habits.access_cause)


def _not_yet_connected(ask: Ask) -> Refusal:
    return refusals.not_yet_connected(ask.sandbox, ask.behaviour.sber.access_cause)


def _being_formed(ask: Ask) -> Refusal:
    return refusals.being_formed(ask.sandbox, empty=ask.behaviour.sber.empty_202)


def _too_many(ask: Ask) -> Refusal:
    return refusals.too_many_requests(ask.sandbox, ask.behaviour.retry_after_seconds)


# situations without a line here are the 403 of `_shut`
WORDS: dict[str, Callable[[Ask], Refusal]] = {
    "CONSENT_EXPIRED": _token_dead,
    "CREDENTIALS_CHANGED": _token_dead,
    "USER_BLOCKED": _token_dead,
    "ACCESS_TOKEN_REJECTED": _token_dead,
    "BANK_SECRET_EXPIRED": _token_dead,
    "BANK_CONTRACT_MISSING": lambda ask: refusals.service_not_in_contract(
        ask.sandbox, "GET_STATEMENT_ACCOUNT"
    ),
    "PERMISSIONS_REDUCED": lambda ask: refusals.operation_not_granted(ask.sandbox),
    "USER_RIGHTS_INSUFFICIENT": lambda ask: refusals.user_rights_insufficient(ask.sandbox),
    "ACCOUNT_KIND_NOT_SUPPORTED": _kind,
    "ACCOUNT_OF_OTHER_ORGANISATION": _foreign,
    "BANK_CONFIRMATION_PENDING": _not_yet_connected,
    "ACCOUNT_NOT_FOUND": lambda ask: refusals.account_unknown(ask.sandbox),
    "ACCOUNT_CLOSED": lambda ask: refusals.account_not_operating(ask.sandbox),
    "STATEMENT_BEING_PREPARED": _being_formed,
    "LOAD_IN_PARTS": _being_formed,
    "DAY_NOT_OPEN_YET": lambda ask: refusals.later_than_today(ask.sandbox),
    "HISTORY_LIMIT_EXCEEDED": lambda ask: refusals.older_than_kept(ask.sandbox),
    "BANK_UNAVAILABLE": lambda ask: refusals.maintenance(ask.sandbox),
    "BANK_TIMEOUT": lambda _: refusals.gateway_timeout(),
    "BANK_RATE_LIMITED": _too_many,
    "BANK_REFUSAL_UNRECOGNISED": lambda ask: refusals.of_no_known_kind(ask.sandbox),
    "BANK_CERTIFICATE_REJECTED": lambda _: refusals.certificate_missing(),
}
