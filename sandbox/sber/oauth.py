"""SberBusiness ID on the wire: token, user-info, revoke, and the two ways to change a secret."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from msgspec import Struct

from sandbox.sber import identity, refusals, tokens
from sandbox.sber.admission import admitted
from sandbox.sber.books import Books, Pair
from sandbox.sber.offer import offer_is_dead
from sandbox.sber.situations import AT_THE_CODE, AT_USER_INFO, BANK, DEAD_TOKEN, struck
from sandbox.state import Sandbox

Ask = Request[Any, Any, Any]
JOSE = "application/jwt"


class SecretOrder(Struct, frozen=True, rename="camel"):
    """The body that asks for a perpetual secret."""

    client_id: str
    client_secret: str


@post(["/ic/sso/api/v1/oauth/token", "/ic/sso/api/v2/oauth/token"], status_code=200)
async def token(sandbox: NamedDependency[Sandbox], request: Ask) -> Response[bytes]:
    """A pair for a code or for a refresh token; parameters in the form body or in the query."""
    try:
        admitted(sandbox)
        asked = await _parameters(request)
        pair = _pair(sandbox, asked)
    except refusals.Refusal as refusal:
        return refusal.response()
    answer: dict[str, object] = {
        "access_token": pair.access,
        "token_type": "Bearer",
        "expires_in": round((pair.access_until - sandbox.now).total_seconds()),
        "refresh_token": pair.refresh,
        "scope": pair.scope,
    }
    if "openid" in pair.operations():
        answer["id_token"] = identity.id_token(sandbox, pair)
    return _json(answer)


@get(["/ic/sso/api/v1/oauth/user-info", "/ic/sso/api/v2/oauth/user-info"])
async def user_info(sandbox: NamedDependency[Sandbox], request: Ask) -> Response[bytes]:
    """Who signed in and for whom, as a GOST-signed JWS."""
    try:
        admitted(sandbox)
        pair = _bearer(sandbox, request)
    except refusals.Refusal as refusal:
        return refusal.response()
    if pair.company not in sandbox.store(Books).forced:
        struck(sandbox, AT_USER_INFO, pair.company)
    claims = identity.user_info(sandbox, pair)
    if sandbox.behaviour(BANK).sber.user_info_as == "json":
        return _json(claims)
    return Response(content=identity.jws(sandbox, claims).encode(), media_type=JOSE)


@post(["/ic/sso/api/v1/oauth/revoke", "/ic/sso/api/v2/oauth/revoke"], status_code=200)
async def revoke(sandbox: NamedDependency[Sandbox], request: Ask) -> Response[bytes]:
    """RFC 7009: unknown tokens are no error."""
    try:
        admitted(sandbox)
        asked = await _parameters(request)
        client_id = asked.get("client_id", "")
        tokens.authenticated(sandbox, client_id, asked.get("client_secret", ""))
    except refusals.Refusal as refusal:
        return refusal.response()
    tokens.revoked(sandbox, client_id, asked.get("token", ""))
    return Response(content=b"", status_code=200)


@post("/ic/sso/api/v1/change-client-secret", status_code=200)
async def change_client_secret(sandbox: NamedDependency[Sandbox], request: Ask) -> Response[bytes]:
    """Query parameters only; the old secret dies at once, the new one lives for days."""
    asked = dict(request.query_params.items())
    try:
        admitted(sandbox)
        client_id = asked.get("client_id", "")
        client = tokens.authenticated(sandbox, client_id, asked.get("client_secret", ""))
        pair = tokens.live(sandbox, asked.get("access_token", ""))
        new = asked.get("new_client_secret", "")
        if pair.client_id != client_id or not new:
            raise refusals.oauth(400, "invalid_request", "new_client_secret is required")
    except refusals.Refusal as refusal:
        return refusal.response()
    client.secret, client.secret_since, client.perpetual = new, sandbox.now, False
    days = sandbox.behaviour(BANK).sber.client_secret_days or tokens.SECRET_DAYS
    return _json({"clientSecretExpiration": days})


@post("/fintech/api/applications/secrets/v1/refresh-client-secret", status_code=200)
async def refresh_client_secret(sandbox: NamedDependency[Sandbox], request: Ask) -> Response[bytes]:
    """Once and for all: a secret that never dies; the old one dies at once."""
    try:
        admitted(sandbox)
        try:
            order = msgspec.json.decode(await request.body(), type=SecretOrder)
        except msgspec.DecodeError as error:
            raise refusals.unreadable(sandbox, "clientSecret") from error
        client = tokens.authenticated(sandbox, order.client_id, order.client_secret)
    except refusals.Refusal as refusal:
        return refusal.response()
    client.secret, client.perpetual = sandbox.token(32), True
    return _json({"clientSecret": client.secret})


def _pair(sandbox: Sandbox, asked: dict[str, str]) -> Pair:
    client_id, secret = asked.get("client_id", ""), asked.get("client_secret", "")
    tokens.authenticated(sandbox, client_id, secret)
    grant_type = asked.get("grant_type", "")
    if grant_type == "refresh_token":
        return tokens.renewed(sandbox, client_id, asked.get("refresh_token", ""))
    if grant_type == "authorization_code":
        return _first_pair(sandbox, client_id, asked)
    words = "grant_type is required" if not grant_type else f"Unsupported {grant_type}"
    error = "unsupported_grant_type" if grant_type else "invalid_request"
    raise refusals.oauth(400, error, words)


def _first_pair(sandbox: Sandbox, client_id: str, asked: dict[str, str]) -> Pair:
    code = sandbox.store(Books).codes.get(asked.get("code", ""))
    if code is None or code.walk.client_id != client_id:
        raise refusals.oauth(400, "invalid_grant", "Unknown authorization code")
    ordered = struck(sandbox, AT_THE_CODE, code.walk.company)
    if ordered == "BANK_SECRET_EXPIRED":
        status = sandbox.behaviour(BANK).sber.invalid_client_status
        raise refusals.oauth(status, "invalid_client", "Client secret expired")
    del sandbox.store(Books).codes[asked["code"]]
    if ordered == "AUTHORISATION_TIMED_OUT" or sandbox.now >= code.expires_at:
        raise refusals.oauth(400, "invalid_grant", "Authorization code expired")
    if asked.get("redirect_uri") != code.walk.redirect_uri:
        raise refusals.oauth(400, "invalid_grant", "redirect_uri does not match")
    challenge = code.walk.code_challenge
    if challenge and _s256(asked.get("code_verifier", "")) != challenge:
        raise refusals.oauth(400, "invalid_grant", "code_verifier does not match")
    return tokens.issued(sandbox, code.walk, code.made_at)


def _bearer(sandbox: Sandbox, request: Ask) -> Pair:
    access = tokens.presented(sandbox, request.headers.get("Authorization", ""))
    try:
        pair = tokens.live(sandbox, access)
    except refusals.Refusal as refusal:
        raise refusals.oauth(401, "invalid_token", "Access token is invalid") from refusal
    in_force = sandbox.store(Books).forced.get(pair.company)
    revoked = offer_is_dead(sandbox, pair.client_id, pair.company) == "CONSENT_REVOKED"
    told = sandbox.behaviour(BANK).sber.revoked_user_info == "401"
    if (revoked and told) or in_force in DEAD_TOKEN:
        raise refusals.oauth(401, "invalid_token", "Access token is invalid")
    return pair


async def _parameters(request: Ask) -> dict[str, str]:
    """Query and form, the form winning: production takes both (seen in August 2026)."""
    asked = dict(request.query_params.items())
    body = (await request.body()).decode("utf-8", "replace")
    if body and "json" not in request.headers.get("Content-Type", ""):
        asked.update(parse_qsl(body, keep_blank_values=True))
    return asked


def _s256(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _json(answer: object) -> Response[bytes]:
    headers = {"Cache-Control": "no-store"}
    content = msgspec.json.encode(answer)
    return Response(content=content, media_type=refusals.JSON, headers=headers)


ROUTES = (token, user_info, revoke, change_client_secret, refresh_client_secret)
