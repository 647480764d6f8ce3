"""The walk that lets us in: a consent of ours, the customer's signature, tokens that last 180 days.

TPP        service token -> POST consents -> the bank's pages -> code + PKCE -> tokens
FAC        the bank's pages -> code + PKCE -> tokens; there is no consent
FAC_BBTB   the customer allowed our client in Business banking: our own token reads
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

import msgspec

from providers import oauth
from providers.contract import Answered, Ask, Finding, Grant, Granted, Next, Refused, Unreachable
from providers.oauth import Tokens
from providers.refusals import read
from providers.tatra import wire
from providers.tatra.bank import CONSENT_DAYS
from providers.tatra.instants import expiry
from providers.tatra.line import Line
from providers.tatra.refusals import CODE_REFUSALS, turned_away
from schemas.codes import Code

WALK_LASTS = timedelta(hours=1)
"""A customer of another bank registers, reads two agreements and signs in at his own bank."""

ACCESS_SECONDS_MAX = 366 * 86_400

STATUSES = {
    "received": Code.BANK_CONFIRMATION_PENDING,
    "partiallyauthorised": Code.BANK_CONFIRMATION_PENDING,
    "rejected": Code.AUTHORISATION_DECLINED,
    "revokedbypsu": Code.CONSENT_REVOKED,
    "expired": Code.CONSENT_EXPIRED,
    "terminatedbytpp": Code.CONNECTION_CLOSED,
}
"""What a consent's status means for us; `valid`, and every word not listed, is no complaint."""

DEAD = frozenset({Code.AUTHORISATION_DECLINED, Code.CONSENT_REVOKED, Code.CONSENT_EXPIRED})


async def begin(line: Line, ask: Ask, now: datetime) -> Next | Granted:
    """Create the consent and the address where the customer signs it.

    An earlier grant is left alone: its consent works on until the new one is confirmed.
    """
    settings = line.settings
    if settings.usage_type == "FAC_BBTB":
        return Granted(grant=_grant(line, await line.service(), now, refreshable=False))
    memo = {"verifier": oauth.verifier()}
    scope = settings.scope
    if settings.usage_type == "TPP":
        memo["consent_id"] = await _consent(line)
        scope = f"{scope}:{memo['consent_id']}"
    url = oauth.authorize_url(
        line.authorize,
        client_id=settings.client_id,
        redirect_uri=ask.redirect_uri,
        scope=scope,
        state=ask.state,
        more={
            "code_challenge": oauth.challenge(memo["verifier"]),
            "code_challenge_method": "S256",
        },
    )
    return Next(kind="redirect", url=url, expires_in=WALK_LASTS, memo=memo)


async def _consent(line: Line) -> str:
    service = await line.service()
    answer = await line.call(
        "create consent",
        "POST",
        line.at(line.settings.consents_version, "/consents"),
        service.access_token,
        json={"combinedServiceIndicator": line.settings.combined_service},
    )
    made = read(answer, wire.Consent)
    if not made.consent_id:
        raise Refused(Code.BANK_FORMAT_CHANGED, evidence={"where": "$.consentId"})
    return made.consent_id


async def resume(
    line: Line, ask: Ask, memo: Mapping[str, str], answer: Answered, now: datetime
) -> Granted:
    """Exchange the code that the customer brought back for tokens."""
    params = answer.params
    if params.get("error"):
        raise turned_away(params["error"], params.get("error_description", ""))
    code, verifier = params.get("code"), memo.get("verifier")
    if not code or not verifier or params.get("state", ask.state) != ask.state:
        raise Refused(Code.AUTHORISATION_TIMED_OUT)
    tokens = await line.tokens(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": ask.redirect_uri,
            "code_verifier": verifier,
        },
        CODE_REFUSALS,
    )
    grant = _grant(line, tokens, now, consent_id=memo.get("consent_id"))
    return Granted(grant=await _dated(line, grant))


async def _dated(line: Line, grant: Grant) -> Grant:
    """The grant with the consent's own end, where the bank tells one.

    The code is used up by now: a status that cannot be asked must not lose the tokens.
    """
    if grant.consent_id is None:
        return grant
    try:
        consent = await told(line, grant.consent_id)
    except (Refused, Unreachable):
        return grant
    code = STATUSES.get(consent.consent_status.lower())
    if code in DEAD:
        raise Refused(code, words=consent.consent_status[:40])
    if not consent.valid_until:
        return grant
    try:
        return msgspec.structs.replace(grant, consent_expires_at=expiry(consent.valid_until))
    except (ValueError, OverflowError):
        return grant


def _grant(
    line: Line,
    tokens: Tokens,
    now: datetime,
    *,
    consent_id: str | None = None,
    refreshable: bool = True,
) -> Grant:
    """The grant of a first token answer; the customer's word holds 180 days from now."""
    until = now + timedelta(days=CONSENT_DAYS) if refreshable else None
    seconds = _seconds(line, tokens)
    granted = tokens.scope or line.settings.scope
    return Grant(
        access=tokens.access_token,
        access_expires_at=now + timedelta(seconds=seconds),
        access_seconds=seconds,
        refresh=tokens.refresh_token if refreshable else None,
        refresh_expires_at=until,
        consent_id=consent_id,
        consent_expires_at=until,
        permissions=tuple(dict.fromkeys(word.split(":")[0] for word in granted.split())),
    )


def _seconds(line: Line, tokens: Tokens) -> int:
    told_seconds = oauth.lifetime(tokens) or 0
    fits = 0 < told_seconds <= ACCESS_SECONDS_MAX
    return told_seconds if fits else line.settings.access_seconds_default


async def renew(line: Line, grant: Grant, now: datetime) -> Grant:
    """A living access token; the refresh token is kept when the bank sends no new one."""
    if line.settings.usage_type == "FAC_BBTB":
        return _grant(line, await line.service(), now, refreshable=False)
    if grant.refresh is None:
        raise Refused(Code.CONSENT_EXPIRED, words="no refresh token was given")
    try:
        tokens = await line.tokens({"grant_type": "refresh_token", "refresh_token": grant.refresh})
    except Refused as refusal:
        if refusal.code is not Code.CONSENT_REVOKED:
            raise
        code = await _why_dead(line, grant, now)
        raise Refused(
            code, status=refusal.status, words=refusal.words, body=refusal.body
        ) from refusal
    seconds = _seconds(line, tokens)
    return msgspec.structs.replace(
        grant,
        access=tokens.access_token,
        access_expires_at=now + timedelta(seconds=seconds),
        access_seconds=seconds,
        refresh=tokens.refresh_token or grant.refresh,
    )


async def _why_dead(line: Line, grant: Grant, now: datetime) -> Code:
    """One word `invalid_grant` is said of an ended and of a withdrawn consent, and of lost tokens.

    A consent that is valid by its own status has only lost its tokens.
    """
    if grant.consent_expires_at is not None and grant.consent_expires_at <= now:
        return Code.CONSENT_EXPIRED
    try:
        code = (await complaint(line, grant)).code
    except (Refused, Unreachable):
        return Code.CONSENT_REVOKED
    if code is None and grant.consent_id is not None:
        return Code.ACCESS_TOKEN_REJECTED
    return code if code in DEAD else Code.CONSENT_REVOKED


async def told(line: Line, consent_id: str) -> wire.Consent:
    """The consent as the bank has it, asked under our own token."""
    service = await line.service()
    answer = await line.call(
        "consent status", "GET", _address(line, consent_id), service.access_token
    )
    return read(answer, wire.Consent)


async def complaint(line: Line, grant: Grant) -> Finding:
    """What is wrong with the consent by its own status; nothing where there is none to ask."""
    if grant.consent_id is None:
        return Finding()
    try:
        consent = await told(line, grant.consent_id)
    except Refused as refusal:
        if refusal.status == 404:  # noqa: PLR2004 - the consent is gone
            return Finding(Code.CONSENT_REVOKED, {"consent": "gone"})
        raise
    code = STATUSES.get(consent.consent_status.lower())
    return Finding(code, {"consent": consent.consent_status[:40]}) if code else Finding()


async def revoke(line: Line, grant: Grant) -> None:
    """Delete the consent; gone already is as good.

    Public clients do it under different tokens, so the customer's is tried where ours is refused.
    """
    if grant.consent_id is None:
        return
    service = await line.service()
    for bearer in (service.access_token, grant.access):
        try:
            await line.call("delete consent", "DELETE", _address(line, grant.consent_id), bearer)
        except Refused as refusal:
            if refusal.status == 404:  # noqa: PLR2004 - gone already
                return
            if refusal.status not in {401, 403} or bearer == grant.access:
                raise
        else:
            return


def _address(line: Line, consent_id: str) -> str:
    return line.at(line.settings.consents_version, f"/consents/{quote(consent_id, safe='')}")
