"""The grants of OAuth 2.0 that several banks share, in authlib's own words."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from msgspec import Struct

from providers.transport import Answer


class Tokens(Struct, frozen=True):
    """A successful token answer (RFC 6749 §5.1); without a refresh token the old one is kept."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the kind of a token, not one
    expires_in: int | str | None = None
    refresh_token: str | None = None
    scope: str | None = None
    id_token: str | None = None


class Failure(Struct, frozen=True):
    """An OAuth error body (RFC 6749 §5.2), where the bank sends one."""

    error: str = ""
    error_description: str | None = None


def lifetime(tokens: Tokens) -> int | None:
    """Seconds that the access token lives, as a number whatever the bank wrote."""
    value = tokens.expires_in
    if isinstance(value, int):
        return value
    return int(value) if value and value.isdecimal() else None


def expiry(tokens: Tokens, now: datetime) -> datetime | None:
    """When the access token stops working, counted from `now`."""
    seconds = lifetime(tokens)
    return now + timedelta(seconds=seconds) if seconds is not None else None


def verifier() -> str:
    """A fresh PKCE code verifier of 64 characters (RFC 7636 §4.1)."""
    return secrets.token_urlsafe(48)


def challenge(code_verifier: str) -> str:
    """The S256 challenge of a verifier."""
    return str(create_s256_code_challenge(code_verifier))


def authorize_url(
    endpoint: str,
    *,
    client_id: str,
    redirect_uri: str,
    scope: str,
    state: str,
    more: Mapping[str, str] | None = None,
) -> str:
    """Where the customer's browser is sent."""
    return str(
        prepare_grant_uri(
            endpoint,
            client_id=client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=scope,
            state=state,
            **(more or {}),
        )
    )


def failure(answer: Answer) -> Failure:
    """The error of an OAuth answer; empty when the body is no such thing."""
    try:
        return msgspec.json.decode(answer.body, type=Failure)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Failure()
