"""Secrets at rest: AES-256-GCM, the key's id in front, bound to the place they belong to."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32
ID_BYTES = 4
DERIVED_DIGITS = 40


class Unsealable(Exception):  # noqa: N818 - said of a secret
    """No key opens this secret, or it was moved from where it belongs."""


class Sealer:
    """Encrypts under the first key, decrypts under any."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            sentence = f"SECRET_KEYS needs at least one key of {KEY_BYTES} bytes in base64"
            raise ValueError(sentence)
        self._ciphers = {sha256(key).digest()[:ID_BYTES]: AESGCM(key) for key in keys}
        self._first = sha256(keys[0]).digest()[:ID_BYTES]
        self._keys = tuple(keys)

    def seal(self, secret: bytes, place: Sequence[str]) -> bytes:
        """Encrypt for one place: tenant, connection, field."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        body = self._ciphers[self._first].encrypt(nonce, secret, _bound(place))
        return self._first + nonce + body

    def open(self, sealed: bytes, place: Sequence[str]) -> bytes:
        """Decrypt what was sealed for this place.

        Raises:
            Unsealable: when the key is not at hand, or the secret belongs elsewhere.
        """
        cipher = self._ciphers.get(sealed[:ID_BYTES])
        if cipher is None:
            raise Unsealable("the key that sealed this secret is not among SECRET_KEYS")
        nonce = sealed[ID_BYTES : ID_BYTES + NONCE_BYTES]
        try:
            return cipher.decrypt(nonce, sealed[ID_BYTES + NONCE_BYTES :], _bound(place))
        except InvalidTag as moved:
            raise Unsealable("this secret does not belong here") from moved

    def derive(self, word: bytes) -> list[str]:
        """Secrets that hang on our keys and a word, the first key's first; for addresses."""
        return [hmac.new(key, word, sha256).hexdigest()[:DERIVED_DIGITS] for key in self._keys]

    def is_current(self, sealed: bytes) -> bool:
        """Whether the secret is sealed under the first key; others are due for rotation."""
        return sealed[:ID_BYTES] == self._first


def _bound(place: Sequence[str]) -> bytes:
    return "|".join(place).encode()


def keys_from(text: str) -> list[bytes]:
    """The keys of a `SECRET_KEYS` setting: base64, separated by commas."""
    try:
        return [base64.b64decode(part.strip(), validate=True) for part in text.split(",") if part]
    except ValueError as odd:
        raise ValueError("SECRET_KEYS holds something that is not base64") from odd


def keys_beside(folder: Path) -> tuple[list[bytes], bool]:
    """The keys of an installation that was given none, made on first use; whether just made."""
    file = folder / "secret.keys"
    if file.exists():
        return keys_from(file.read_text()), False
    folder.mkdir(parents=True, exist_ok=True)
    made = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(made)
        opened.flush()
        os.fsync(opened.fileno())
    return keys_from(made), True
