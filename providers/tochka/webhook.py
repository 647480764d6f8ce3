"""Tochka's pushes: one compact JWS each, signed RS256 by a published key without id or date.

A push carries no instant, no audience and no number of its own, so nothing in it tells a repeat
from the first: repeats share the `key` of their hint, and a hint only says where to look anew.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from providers.contract import Hint, Refused
from providers.refusals import read
from providers.tochka import translate, wire
from providers.tochka.refusals import is_refusal, refusal
from providers.transport import Wire
from schemas.codes import Code

ALGORITHM = "RS256"
_HEADER_MAY = frozenset({"typ", "alg", "kid"})
_BYTES_MAX = 65_536
_KEY_BITS_MIN = 2_048
# After a bad signature that a fresh key did not heal, strangers shall not make us fetch on.
_REFETCH_REST = timedelta(minutes=1)

# Which side of a pushed payment is ours; other events name no account and are not asked for.
_OURS = {"incomingPayment": "recipient", "outgoingPayment": "payer"}


class Signature:
    """The bank's public key, fetched when first needed and again when a signature fails."""

    def __init__(self, line: Wire, url: str) -> None:
        self._line = line
        self._url = url
        self._key: RSAKey | None = None
        self._rests_until: datetime | None = None

    async def opened(self, body: bytes, now: datetime) -> bytes:
        """The claims of a push whose signature is the bank's.

        Raises:
            Refused: `BANK_PUSH_INVALID` for anything else.
        """
        token = body.strip()
        _vet_header(token)
        if self._key is not None:
            claims = _verified(token, self._key)
            if claims is not None:
                return claims
            if self._rests_until is not None and now < self._rests_until:
                raise invalid("the signature is not the bank's")
        self._key = await self._fetch()
        claims = _verified(token, self._key)
        if claims is None:
            self._rests_until = now + _REFETCH_REST
            raise invalid("the signature is not the bank's")
        self._rests_until = None
        return claims

    async def _fetch(self) -> RSAKey:
        answer = await self._line.call("webhook_key", "GET", self._url)
        if is_refusal(answer):
            raise refusal(answer)
        theirs = read(answer, wire.PublicKey)
        try:
            if len(_decoded(theirs.n.encode())) * 8 < _KEY_BITS_MIN:
                raise translate.unreadable("$.n", "an RSA key too short to trust")
            # only the three members of an RSA public key are taken, whatever else stands there
            return RSAKey.import_key({"kty": theirs.kty, "n": theirs.n, "e": theirs.e})
        except (JoseError, ValueError, TypeError) as odd:
            raise translate.unreadable("$.n", "no RSA public key") from odd


def invalid(why: str) -> Refused:
    """A push that is not the bank's, or a subscription that the bank would not take."""
    return Refused(Code.BANK_PUSH_INVALID, evidence={"reason": why})


def _vet_header(token: bytes) -> None:
    """Only what the bank sends: a header that names its own key or method is a forgery."""
    if len(token) > _BYTES_MAX:
        raise invalid("larger than a push can be")
    try:
        first = _decoded(token.split(b".", 1)[0])
        header = msgspec.json.decode(first, type=dict[str, object])
    except (ValueError, binascii.Error, msgspec.DecodeError, RecursionError) as odd:
        raise invalid("no compact JWS") from odd
    if header.get("alg") != ALGORITHM:
        raise invalid(f"signed by another method than {ALGORITHM}")
    if not header.keys() <= _HEADER_MAY:
        raise invalid("a header that the bank does not send")


def _decoded(part: bytes) -> bytes:
    return urlsafe_b64decode(part + b"=" * (-len(part) % 4))


def _verified(token: bytes, key: RSAKey) -> bytes | None:
    try:
        return jws.deserialize_compact(token, key, algorithms=[ALGORITHM]).payload
    except (JoseError, ValueError, UnicodeError):
        return None


def hints(claims: bytes) -> tuple[Hint, ...]:
    """Where to look anew; events unknown to us say nothing, a push without a payment is a test.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` where signed claims are not what they were.
    """
    try:
        notice = msgspec.json.decode(claims, type=wire.Notice)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as odd:
        raise Refused(
            Code.BANK_FORMAT_CHANGED, evidence={"where": "$ of a push", "reason": str(odd)[:100]}
        ) from odd
    event, customer = notice.webhook_type, notice.customer_code or None
    if event not in _OURS:
        return ()
    side: wire.Side | None = getattr(notice, _OURS[event])
    if not notice.payment_id or side is None or not side.account:
        return (Hint(key=f"{event}:test", customer=customer, event="test"),)
    number = translate.number(side.account)
    return (Hint(key=f"{event}:{notice.payment_id}", number=number, customer=customer),)
