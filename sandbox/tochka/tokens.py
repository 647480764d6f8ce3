"""The OAuth server on the host's root: /connect/token and /connect/introspect."""

import binascii
from base64 import b64decode
from datetime import timedelta

from litestar import post
from litestar.di import NamedDependency

from sandbox.state import Sandbox
from sandbox.tochka import refusals
from sandbox.tochka.grants import as_told, is_over
from sandbox.tochka.keys import signed
from sandbox.tochka.store import (
    BANK_ID,
    AccessToken,
    AuthorisationCode,
    Books,
    Client,
    Consent,
    RefreshToken,
)
from sandbox.tochka.wire import Answer, AnyRequest, customer_code, form, plain

ACCESS_MINUTES = 24 * 60
REFRESH_DAYS = 30
ISSUER = "enter.tochka.com"


@post("/connect/token")
async def token(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """A client's own token, a customer's first pair, or the next pair."""
    fields = await form(request)
    client = _client(request, sandbox, fields)
    grant_type = fields.get("grant_type", "")
    if grant_type == "client_credentials":
        _secret_holds(sandbox, None)
        return plain({"token_type": "bearer", **_access(sandbox, client.id, None)})
    if grant_type == "authorization_code":
        return _exchanged(sandbox, client, fields)
    if grant_type == "refresh_token":
        return _refreshed(sandbox, client, fields)
    raise refusals.oauth(400, "unsupported_grant_type", "Invalid grant_type")


@post("/connect/introspect")
async def introspect(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """A JSON string holding a JWT about the token; asked by `token`, an object instead."""
    fields = await form(request)
    value = fields.get("access_token") or fields.get("token", "")
    books = sandbox.store(Books)
    known = books.access.get(value)
    alive = known is not None and known.expires_at > sandbox.now
    if known is None or not alive:
        if "token" in fields:
            return plain({"active": False})
        raise refusals.token_rejected(sandbox)
    consent = books.consents.get(known.consent_id or "")
    subject = customer_code(consent.companies[0]) if consent and consent.companies else ""
    if "token" in fields:
        return plain({"active": True, "sub": subject, "client_id": known.client_id})
    return plain(signed({"iss": ISSUER, "sub": subject, "aud": known.client_id}))


def _exchanged(sandbox: Sandbox, client: Client, fields: dict[str, str]) -> Answer:
    books = sandbox.store(Books)
    code = books.codes.pop(fields.get("code", ""), None)  # good for one try
    if code is None or code.client_id != client.id:
        raise refusals.grant_rejected("Invalid code")
    consent = books.consents[code.consent_id]
    _secret_holds(sandbox, consent)
    forced = _ordered(sandbox, consent, "AUTHORISATION_TIMED_OUT")
    if forced or code.expires_at <= sandbox.now:
        raise refusals.grant_rejected("The code has expired")
    if fields.get("redirect_uri", "") != code.redirect_uri:
        raise refusals.grant_rejected("redirect_uri differs from the one the code was given for")
    return plain(_pair(sandbox, consent, code))


def _refreshed(sandbox: Sandbox, client: Client, fields: dict[str, str]) -> Answer:
    books = sandbox.store(Books)
    refresh = books.refresh.get(fields.get("refresh_token", ""))
    if refresh is None or refresh.client_id != client.id or refresh.expires_at <= sandbox.now:
        raise refusals.grant_rejected("Invalid refresh_token")
    consent = books.consents[refresh.consent_id]
    _secret_holds(sandbox, consent)
    if _used_up(sandbox, refresh) or not _renewable(sandbox, consent):
        raise refusals.grant_rejected("Invalid refresh_token")
    refresh.used_at = refresh.used_at or sandbox.now
    return plain(_pair(sandbox, consent, None))


def _used_up(sandbox: Sandbox, refresh: RefreshToken) -> bool:
    habits = sandbox.behaviour(BANK_ID).tochka
    if refresh.used_at is None or not habits.refresh_single_use:
        return False
    return sandbox.now >= refresh.used_at + timedelta(seconds=habits.refresh_grace_seconds)


def _renewable(sandbox: Sandbox, consent: Consent) -> bool:
    told = as_told(sandbox, consent)
    if told.status in ("Revoked", "Rejected"):
        return False
    outlives = sandbox.behaviour(BANK_ID).tochka.refresh_outlives_consent
    return outlives or not is_over(sandbox, told)


def _pair(sandbox: Sandbox, consent: Consent, code: AuthorisationCode | None) -> dict[str, object]:
    """Both tokens with the keys of a hybrid answer; `state` is null after a refresh."""
    days = sandbox.behaviour(BANK_ID).refresh_token_days or REFRESH_DAYS
    value = sandbox.token(32)
    sandbox.store(Books).refresh[value] = RefreshToken(
        client_id=consent.client_id,
        consent_id=consent.id,
        expires_at=sandbox.now + timedelta(days=days),
    )
    return {
        **_access(sandbox, consent.client_id, consent.id),
        "refresh_token": value,
        "token_type": "bearer",
        "state": code.state if code is not None else None,
        "user_id": sandbox.uuid(),
    }


def _access(sandbox: Sandbox, client_id: str, consent_id: str | None) -> dict[str, object]:
    minutes = sandbox.behaviour(BANK_ID).access_token_minutes or ACCESS_MINUTES
    value = sandbox.token(32)
    sandbox.store(Books).access[value] = AccessToken(
        client_id=client_id,
        consent_id=consent_id,
        expires_at=sandbox.now + timedelta(minutes=minutes),
    )
    return {"access_token": value, "expires_in": round(minutes * 60)}


def _client(request: AnyRequest, sandbox: Sandbox, fields: dict[str, str]) -> Client:
    """The client by form fields or HTTP Basic; a wrong secret is like an unknown client."""
    name, secret = fields.get("client_id", ""), fields.get("client_secret", "")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if not name and scheme.lower() == "basic":
        name, secret = _basic(given)
    client = sandbox.store(Books).clients.get(name)
    if client is None or client.secret != secret:
        raise refusals.client_unknown()
    return client


def _basic(given: str) -> tuple[str, str]:
    try:
        name, _, secret = b64decode(given).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise refusals.client_unknown() from error
    return name, secret


def _secret_holds(sandbox: Sandbox, consent: Consent | None) -> None:
    if _ordered(sandbox, consent, "BANK_SECRET_EXPIRED"):
        raise refusals.client_unknown()


def _ordered(sandbox: Sandbox, consent: Consent | None, code: str) -> bool:
    """Whether this answer of the OAuth server has been ordered to be that; uses the order up."""
    companies: list[str | None] = [*consent.companies] if consent is not None else []
    for company in companies or [None]:
        for account in (None, *_keys(sandbox, company)):
            if sandbox.injected(BANK_ID, account=account, company=company, can={code}):
                return True
    return False


def _keys(sandbox: Sandbox, company: str | None) -> list[str]:
    if company is None or not sandbox.injections.waiting:
        return []
    return [account.key for account in sandbox.world.accounts_of(company, BANK_ID)]


ROUTES = (token, introspect)
