"""What every call to the Premium API passes: the gateway's moods, the token, the consent."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Response
from msgspec import Struct

from sandbox.behaviour import Behaviour
from sandbox.state import Sandbox
from sandbox.tatra import refusals, situations
from sandbox.tatra.habits import TatraHabits
from sandbox.tatra.refusals import AnyRequest, echoed
from sandbox.tatra.store import TATRA, Access, Books, Consent, accounts_of, client_named, link_of
from sandbox.world import Account

PREFIXES = ("/premium/production", "/premium/sandbox", "")
BEARER = "bearer "
REMEMBERED_REQUEST_IDS = 2000

_encoder = msgspec.json.Encoder(decimal_format="number")


class Visit(Struct, frozen=True):
    """A call that may see one account, and the situation forced on its answer, if any."""

    consent: Consent
    account_id: str
    account: Account
    forced: str | None


def prefix(request: AnyRequest) -> str:
    """The part of the path before the resource, as this client spells it."""
    path: str = request.scope["path"]
    return next(p for p in PREFIXES if path.startswith(f"/{TATRA}{p}"))


def answered(request: AnyRequest, body: Any, status: int = 200) -> Response[bytes]:
    """A good answer in JSON with numbers for amounts."""
    return Response(
        _encoder.encode(body),
        status_code=status,
        media_type="application/json",
        headers=echoed(request),
    )


def entered(sandbox: Sandbox, request: AnyRequest) -> None:
    """The gateway's own refusals, before anybody looks at a token."""
    behaviour = sandbox.behaviour(TATRA)
    request.state.html_error = sandbox.chance(behaviour.html_error_share)
    if sandbox.chance(behaviour.unavailable_share):
        raise refusals.maintenance()
    if behaviour.requests_per_second and not _within_rate(sandbox, behaviour.requests_per_second):
        raise refusals.too_many_requests(behaviour.retry_after_seconds)
    if "consent-id" in request.headers and behaviour.tatra.consent_id_header == "404":
        raise refusals.no_such_resource()
    if behaviour.tatra.repeated_request_id == "refused":
        _only_once(sandbox, request)


def token(sandbox: Sandbox, request: AnyRequest) -> Access:
    """The living access token of a request."""
    header = request.headers.get("authorization", "")
    if not header.lower().startswith(BEARER):
        raise refusals.token_unknown()
    found = sandbox.store(Books).access.get(header[len(BEARER) :].strip())
    if found is None:
        raise refusals.token_unknown()
    consent = sandbox.store(Books).consents.get(found.consent or "")
    if consent is not None and situations.secret_over(sandbox, consent.company):
        found.expires_at = min(found.expires_at, sandbox.now)
    if found.expires_at <= sandbox.now:
        raise refusals.token_expired()
    return found


def admitted(sandbox: Sandbox, request: AnyRequest) -> Consent:
    """The living consent behind a customer's token."""
    entered(sandbox, request)
    access = token(sandbox, request)
    consent_id = access.consent
    if consent_id is None:
        client = client_named(sandbox, access.client)
        if client is None or client.usage != "FAC_BBTB":
            raise refusals.token_invalid()
        if client.consent is None:
            raise refusals.no_authorization()
        consent_id = client.consent
    consent = sandbox.store(Books).consents[consent_id]
    standing = consent.standing(sandbox.now)
    if standing == "received":
        raise refusals.no_authorization()
    if standing != "valid":
        raise situations.consent_gone(sandbox, standing == "expired")
    return consent


async def visited(
    sandbox: Sandbox, request: AnyRequest, account_id: str, can: Iterable[str]
) -> Visit:
    """Admit a call to one account: under the consent, its link alive, its quota not used up."""
    consent = admitted(sandbox, request)
    account = accounts_of(sandbox, consent).get(account_id)
    if account is None:
        raise refusals.no_account(sandbox.behaviour(TATRA).tatra.no_account_status)
    forced = situations.met(sandbox, consent, can, account)
    await situations.refuse(sandbox, forced)
    _not_refused_by_state(sandbox, consent, account)
    _count_unattended(sandbox, request, account)
    counted(sandbox, consent)
    if sandbox.chance(behaviour_of(sandbox, account).server_error_share):
        raise refusals.internal_error()
    if account.bank != TATRA and sandbox.chance(sandbox.behaviour(account.bank).unavailable_share):
        raise refusals.maintenance()
    return Visit(consent, account_id, account, forced)


def counted(sandbox: Sandbox, consent: Consent) -> None:
    """Count a data call; where the customer withdraws after so many, this one is refused."""
    consent.calls += 1
    most = sandbox.behaviour(TATRA).consent_dies_after_calls
    if most and consent.calls > most:
        consent.status = "revokedByPsu"
        raise situations.consent_gone(sandbox, expired=False)


def behaviour_of(sandbox: Sandbox, account: Account) -> Behaviour:
    """How the account's own bank behaves."""
    return sandbox.behaviour(account.bank)


def habits_of(sandbox: Sandbox, account: Account) -> TatraHabits:
    """The habits for an account: its bank's where one of them was touched, else Tatra's."""
    own = sandbox.behaviour(account.bank).tatra
    return own if own != TatraHabits() else sandbox.behaviour(TATRA).tatra


def number(amount: Decimal) -> Decimal:
    """An amount as the bank's JSON spells it: 1499.0, 312.4, 55.01."""
    text = f"{amount:.2f}"
    return Decimal(text.removesuffix("0"))


def _not_refused_by_state(sandbox: Sandbox, consent: Consent, account: Account) -> None:
    customer = sandbox.world.customer(consent.login)
    if customer is not None and customer.blocked:
        raise refusals.service_blocked()
    if customer is not None and not customer.may_sign and account.bank == TATRA:
        raise refusals.no_authorization()
    if account.closed is not None and account.closed <= sandbox.today(account):
        raise refusals.no_account(sandbox.behaviour(TATRA).tatra.no_account_status)
    link = link_of(sandbox, account)
    over = link is None or link.expires_at <= sandbox.now
    if over and habits_of(sandbox, account).expired_link == "refused":
        raise situations.consent_gone(sandbox, expired=True)


def _count_unattended(sandbox: Sandbox, request: AnyRequest, account: Account) -> None:
    most = habits_of(sandbox, account).unattended_reads_per_day
    if not most or "psu-ip-address" in request.headers:
        return
    reads = sandbox.store(Books).reads
    day = f"{sandbox.today(account)}/{account.key}"
    reads[day] = reads.get(day, 0) + 1
    if reads[day] > most:
        raise refusals.daily_reads_used()


def _within_rate(sandbox: Sandbox, per_second: float) -> bool:
    """A bucket of one second's requests, filled by real time."""
    books, now = sandbox.store(Books), asyncio.get_running_loop().time()
    full = max(per_second, 1.0)
    since = 0.0 if books.bucket_at is None else max(now - books.bucket_at, 0.0)
    left = full if books.bucket_at is None else min(full, books.tokens_left + since * per_second)
    books.bucket_at = now
    books.tokens_left = left - 1 if left >= 1 else left
    return left >= 1


def _only_once(sandbox: Sandbox, request: AnyRequest) -> None:
    seen = sandbox.store(Books).request_ids
    request_id = request.headers.get("x-request-id", "")
    if request_id and request_id in seen:
        raise refusals.duplicate_call()
    seen.append(request_id)
    del seen[:-REMEMBERED_REQUEST_IDS]


def lifetime(minutes: float, usual: timedelta) -> timedelta:
    """A knob's minutes, or the bank's own rule where the knob is 0."""
    return timedelta(minutes=minutes) if minutes else usual
