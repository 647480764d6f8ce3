"""The offer that a customer signs: the way to it, what it gave us, and whether it still stands."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from providers import oauth
from providers.contract import Answered, Ask, Finding, Grant, Granted, Next, Refused
from providers.oauth import Tokens
from providers.sber import claims, refusals, wire
from providers.sber.bank import REFRESH_DAYS, Settings
from providers.sber.line import Line
from providers.sber.translate import bank_day, instant
from schemas.account import Owner
from schemas.codes import Code
from schemas.window import DAY

_NONCE = "nonce"
_VERIFIER = "code_verifier"
_OFFERED = "accounts"
_EXPECTED = "expected"
_OFFER_ENDS = "offer_ends"
_ORGANISATION = "organisation"
_INN = "inn"
_TAIL_DIGITS = 4


def sign(settings: Settings, ask: Ask) -> Next:
    """Where the customer signs; the nonce, and the verifier where agreed, go into the memo."""
    memo = {_NONCE: secrets.token_urlsafe(32)}
    more = {"nonce": memo[_NONCE]}
    if settings.pkce:
        memo[_VERIFIER] = oauth.verifier()
        more["code_challenge"] = oauth.challenge(memo[_VERIFIER])
        more["code_challenge_method"] = "S256"
    url = oauth.authorize_url(
        settings.sso_url + settings.authorize_path,
        client_id=settings.client_id,
        redirect_uri=ask.redirect_uri,
        scope=settings.scope,
        state=ask.state,
        more=more,
    )
    return Next(kind="sign_offer", url=url, memo=memo)


async def signed(
    line: Line, ask: Ask, memo: Mapping[str, str], answer: Answered, now: datetime
) -> Granted:
    """Exchange the code and see what the offer gives; a code lives two minutes.

    Raises:
        Refused: also where the customer, the organisation or the accounts are not as asked.
    """
    form = {
        "grant_type": "authorization_code",
        "code": _code(ask, answer),
        "redirect_uri": ask.redirect_uri,
    }
    if _VERIFIER in memo:
        form[_VERIFIER] = memo[_VERIFIER]
    tokens = await line.tokens(form, refusals.EXCHANGE)
    claims.check_id_token(
        tokens.id_token, line.seal, line.settings, memo.get(_NONCE, secrets.token_hex()), now
    )
    info = await line.user_info(tokens.access_token)
    expected = [account.number for account in ask.expected if account.number]
    _check(line.settings, ask.owner, expected, info, now)
    if line.settings.contract == "platform" and not numbers(info):
        await _still_at_it(line, tokens.access_token)
    fresh = Grant(
        access=tokens.access_token,
        notes=_notes(info, expected),
        permissions=tuple(line.settings.scope.split()),
    )
    return Granted(
        grant=renewed(fresh, tokens, now),
        owner=Owner(name=info.name or None, inn=info.inn or None, kpp=info.kpp or None),
    )


def _code(ask: Ask, answer: Answered) -> str:
    params = answer.params
    if not secrets.compare_digest(params.get("state", "").encode(), ask.state.encode()):
        raise Refused(Code.AUTHORISATION_TIMED_OUT, words="state of another attempt")
    if error := params.get("error"):
        raise refusals.declined(error, params.get("error_description", ""))
    if code := params.get("code"):
        return code
    raise Refused(Code.AUTHORISATION_TIMED_OUT, words="no code")


def _check(
    settings: Settings, owner: Owner, expected: list[str], info: wire.UserInfo, now: datetime
) -> None:
    """The organisation first: at another one every account would be missing as well."""
    if owner.inn and info.inn and owner.inn != info.inn:
        raise Refused(
            Code.ORGANISATION_DETAILS_MISMATCH,
            evidence={"wanted": tail(owner.inn), "found": [tail(info.inn)]},
        )
    if settings.contract != "platform":
        return
    offered = numbers(info)
    ends = _ends(info)
    if ends is not None and ends <= now:
        raise Refused(Code.OFFER_EXPIRED, evidence={"expired_at": ends.isoformat()})
    # one account of several is listed as missing, so that the others work
    if offered and expected and not set(expected) & set(offered):
        raise Refused(Code.ACCOUNT_NOT_IN_OFFER, evidence=_missing(expected, offered))


async def _still_at_it(line: Line, access: str) -> None:
    """An offer without accounts was not signed, or the bank needs its half hour to act on it.

    Raises:
        Refused: `OFFER_NOT_SIGNED`, unless the bank says of the customer's data that it is busy.
    """
    try:
        await line.client_info(access)
    except Refused as refusal:
        if refusal.code is Code.BANK_CONFIRMATION_PENDING:
            return
        if refusal.code is not Code.ACCESS_UNCLEAR:
            raise
    raise Refused(Code.OFFER_NOT_SIGNED)


def renewed(grant: Grant, tokens: Tokens, now: datetime) -> Grant:
    """The grant with a new pair; the old refresh token stays where none came.

    The answer's scope is the bank's expansion of an alias, so it wins over what was asked.
    """
    refresh_ends = (
        now + timedelta(days=REFRESH_DAYS) if tokens.refresh_token else grant.refresh_expires_at
    )
    ends = [at for at in (refresh_ends, _noted_end(grant)) if at is not None]
    return Grant(
        access=tokens.access_token,
        access_expires_at=oauth.expiry(tokens, now),
        access_seconds=oauth.lifetime(tokens),
        refresh=tokens.refresh_token or grant.refresh,
        refresh_expires_at=refresh_ends,
        consent_id=grant.consent_id,
        consent_expires_at=min(ends) if ends else None,
        permissions=tuple(tokens.scope.split()) if tokens.scope else grant.permissions,
        notes=grant.notes,
    )


def standing(
    settings: Settings, grant: Grant, info: wire.UserInfo, number: str | None, now: datetime
) -> Finding:
    """Whether the offer still stands and, for one account, whether that is in it.

    Of a withdrawn offer no paper says what user-info shows; that the renewal is refused then tells
    it from one that was never signed.
    """
    if settings.contract != "platform":
        return Finding()
    offered = numbers(info)
    ends = _ends(info) or _noted_end(grant)
    if ends is not None and ends <= now:
        return Finding(Code.OFFER_EXPIRED, {"expired_at": ends.isoformat()})
    if not offered:
        return Finding(Code.OFFER_NOT_SIGNED)
    if others(grant, info):
        return _of_others(grant, info, number, offered)
    if number is not None and number not in offered:
        return Finding(Code.ACCOUNT_NOT_IN_OFFER, _missing([number], offered))
    return Finding()


def _of_others(
    grant: Grant, info: wire.UserInfo, number: str | None, offered: list[str]
) -> Finding:
    """Another INN over all accounts is a mismatch; an account that left with it is theirs."""
    noted = set(grant.notes.get(_OFFERED, "").split(",")) - {""}
    if number in offered or (number is None and noted <= set(offered)):
        evidence = {"wanted": tail(grant.notes[_INN]), "found": [tail(info.inn or "")]}
        return Finding(Code.ORGANISATION_DETAILS_MISMATCH, evidence)
    if number is None:
        return Finding()
    return Finding(Code.ACCOUNT_OF_OTHER_ORGANISATION, _missing([number], offered))


def others(grant: Grant, info: wire.UserInfo) -> bool:
    """Whether the bank names another organisation than the one that signed."""
    noted = grant.notes.get(_INN)
    return bool(noted and info.inn and noted != info.inn)


def gone(grant: Grant, refusal: Refused, now: datetime) -> Refused:
    """Say why a refresh token is dead, where our own dates know it better than `invalid_grant`."""
    ends = _noted_end(grant)
    if refusal.code is not Code.CONSENT_REVOKED:
        return refusal
    if ends is not None and ends <= now:
        refusal.code = Code.OFFER_EXPIRED
    elif grant.refresh_expires_at is not None and grant.refresh_expires_at <= now:
        refusal.code = Code.CONSENT_EXPIRED
    return refusal


def numbers(info: wire.UserInfo) -> list[str]:
    """The accounts of the offer."""
    return [account.account_number for account in info.accounts or ()]


def expected(grant: Grant) -> list[str]:
    """The accounts that the customer had named when connecting."""
    return [number for number in grant.notes.get(_EXPECTED, "").split(",") if number]


def tail(number: str) -> str:
    """As much of a number as may be shown."""
    return f"…{number[-_TAIL_DIGITS:]}"


def _missing(wanted: Iterable[str], offered: Iterable[str]) -> dict[str, object]:
    return {"wanted": ", ".join(map(tail, wanted)), "found": [tail(number) for number in offered]}


def _notes(info: wire.UserInfo, expected: list[str]) -> dict[str, str]:
    ends = _ends(info)
    notes = {
        _ORGANISATION: info.organisation or "",
        _INN: info.inn or "",
        _OFFERED: ",".join(numbers(info)),
        _EXPECTED: ",".join(expected),
        _OFFER_ENDS: ends.isoformat() if ends else "",
    }
    return {name: value for name, value in notes.items() if value}


def _ends(info: wire.UserInfo) -> datetime | None:
    """End of the offer; a bare date counts whole. Its format is undocumented, so it may be none."""
    try:
        at = instant(info.offer_ends) if info.offer_ends else None
        day = bank_day(info.offer_ends)
    except ValueError:
        return None
    if at is not None or day is None:
        return at
    return instant(f"{day + DAY}T00:00:00")


def _noted_end(grant: Grant) -> datetime | None:
    noted = grant.notes.get(_OFFER_ENDS)
    return datetime.fromisoformat(noted) if noted else None
