"""What the bank signs about a person and an organisation, and what of it can be checked here.

Sber signs with GOST R 34.10-2012, for which there is neither a published key nor a usual library.
OpenID Connect Core 1.0 §3.1.3.7 item 6 lets the TLS of a direct answer stand for the signature;
whoever has a verifier puts it in place of `OverTls`.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Protocol

from providers.contract import Refused
from providers.refusals import read
from providers.sber import wire
from providers.sber.bank import Settings
from providers.sber.translate import changed
from providers.transport import Answer
from schemas.codes import Code

_LEEWAY = timedelta(seconds=120)
"""How far the bank's clock and ours may be apart."""
_JWS_PARTS = 3
_OK = 200


class Seal(Protocol):
    """What stands for the bank's signature."""

    def opened(self, token: str) -> bytes:
        """The payload of a compact JWS that the bank is known to have made."""
        ...


class OverTls:
    """Trust in the connection over which the token came straight from the bank."""

    def opened(self, token: str) -> bytes:
        """The payload, unverified by itself.

        Raises:
            Refused: `BANK_FORMAT_CHANGED` where it is no compact JWS.
        """
        parts = token.strip().split(".")
        if len(parts) != _JWS_PARTS or not parts[1].isascii():
            raise changed("$: no compact JWS")
        try:
            return urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        except (binascii.Error, ValueError) as broken:
            raise changed("$: the payload of the JWS is not base64url") from broken


def check_id_token(
    token: str | None, seal: Seal, settings: Settings, nonce: str, now: datetime
) -> None:
    """See that the tokens were made for us, now, and for the customer's own attempt.

    Raises:
        Refused: `AUTHORISATION_TIMED_OUT` for another or an old attempt, else
            `BANK_FORMAT_CHANGED`.
    """
    if not token:
        raise changed("$.id_token: missing")
    theirs = read(_bare(seal.opened(token)), wire.IdToken)
    if settings.id_token_issuer and theirs.iss != settings.id_token_issuer:
        raise changed("$.id_token.iss: another issuer")
    if not _for_us(theirs.aud, settings) or theirs.azp not in {None, settings.client_id}:
        raise changed("$.id_token.aud: made for somebody else")
    if theirs.nonce != nonce or theirs.exp < (now - _LEEWAY).timestamp():
        raise Refused(Code.AUTHORISATION_TIMED_OUT, words="id_token of another or an old attempt")


def user_info(answer: Answer, seal: Seal, settings: Settings) -> wire.UserInfo:
    """Who signed, from a JWS or from plain JSON.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` for anything else, or for somebody else's claims.
    """
    if answer.body.lstrip().startswith(b"{"):
        theirs = read(answer, wire.UserInfo)
    else:
        theirs = read(_bare(seal.opened(answer.text)), wire.UserInfo)
    if settings.user_info_issuer and theirs.iss != settings.user_info_issuer:
        raise changed("$.iss: another issuer")
    if theirs.aud and not _for_us(theirs.aud, settings):
        raise changed("$.aud: made for somebody else")
    return theirs


def _bare(payload: bytes) -> Answer:
    return Answer(_OK, {}, payload)


def _for_us(aud: str | list[str], settings: Settings) -> bool:
    return settings.client_id in ([aud] if isinstance(aud, str) else aud)
