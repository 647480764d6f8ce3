"""The keys that sign webhooks and cabinet keys: invented, shipped in the open, protecting nothing.

Two RSA keys of 3072 bits, because the bank's key may change while a reader still holds the old
one. They are fixed so that the same seed gives the same bytes; nobody must trust them elsewhere.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache
from importlib.resources import files
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

KeyName = Literal["first", "second"]
# exactly this header, in this order, without kid: checked on the bank's own samples
HEADER = b'{"typ":"JWT","alg":"RS256"}'


def published(name: KeyName) -> dict[str, str]:
    """The bare public JWK as the key address serves it: no kid, alg or use."""
    jwk = _jwks()[name]
    return {"kty": "RSA", "e": jwk["e"], "n": jwk["n"]}


def signed(claims: dict[str, object], name: KeyName = "first") -> str:
    """A compact JWS over the claims as Python's json.dumps writes them, blanks and all."""
    payload = json.dumps(claims).encode()
    head = f"{_b64(HEADER)}.{_b64(payload)}"
    signature = _private(name).sign(head.encode(), padding.PKCS1v15(), SHA256())
    return f"{head}.{_b64(signature)}"


def spoilt(token: str) -> str:
    """The same token with a signature that fails: its last bytes are another's."""
    head, _, signature = token.rpartition(".")
    return f"{head}.{signature[::-1]}"


@cache
def _jwks() -> dict[str, dict[str, str]]:
    text = files(__package__).joinpath("rehearsal_keys.json").read_text("ascii")
    jwks: dict[str, dict[str, str]] = json.loads(text)
    return jwks


@cache
def _private(name: KeyName) -> rsa.RSAPrivateKey:
    jwk = {field: _whole(value) for field, value in _jwks()[name].items() if field != "kty"}
    public = rsa.RSAPublicNumbers(jwk["e"], jwk["n"])
    return rsa.RSAPrivateNumbers(
        p=jwk["p"],
        q=jwk["q"],
        d=jwk["d"],
        dmp1=jwk["dp"],
        dmq1=jwk["dq"],
        iqmp=jwk["qi"],
        public_numbers=public,
    ).private_key()


def _whole(text: str) -> int:
    return int.from_bytes(urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


def _b64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
