"""What may be kept of a wire exchange: its shape, without secrets, full accounts or people."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

MASK = "***"

# Words whose value opens something or names somebody, wherever they stand.
SECRET_NAMES = frozenset(
    {
        "access_token", "accesstoken", "refresh_token", "refreshtoken", "id_token", "client_secret",
        "clientsecret", "new_client_secret", "code", "code_verifier", "token", "password", "state",
        "authorization", "nonce", "assertion", "cookie", "set-cookie", "signature",
    }
)  # fmt: skip

# `code` opens a door in an OAuth form and is an error's name in a JSON answer.
SECRET_IN_JSON = SECRET_NAMES - {"code", "state"}

_TOKEN = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_JWS = re.compile(r"\b[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\b")
# Opaque tokens in prose have no name before them; letters and digits mixed give them away.
_OPAQUE = re.compile(r"\b(?=[A-Za-z_-]*[0-9])(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{28,}\b")
_UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?:-[0-9])?\b")
_IBAN = re.compile(r"\b([A-Z]{2}[0-9]{2})[A-Z0-9]{7,26}([A-Z0-9]{4})\b")
_DIGITS = re.compile(r"(?<![0-9])[0-9]{6,34}([0-9]{4})(?![0-9])")
_NAMED = re.compile(
    r"(?i)(\"?\b(?:" + "|".join(sorted(SECRET_IN_JSON)) + r")\"?\s*[:=]\s*\"?)[^\"&\s,}]+"
)
_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.:/-]{0,39}|[0-9TZ:.+-]{1,32}")


def scrub_text(text: str) -> str:
    """Free text without tokens, ids that open doors, or more than 4 digits of an account."""
    text = _TOKEN.sub(lambda found: f"{found[1]} {MASK}", text)
    text = _JWS.sub(MASK, text)
    text = _NAMED.sub(lambda found: found[1] + MASK, text)
    text = _UUID.sub(MASK, text)
    text = _OPAQUE.sub(MASK, text)
    text = _IBAN.sub(lambda found: f"{found[1]}{MASK}{found[2]}", text)
    return _DIGITS.sub(lambda found: MASK + found[1], text)


def scrub_url(url: str) -> str:
    """An address whose query and path keep their names and lose their secrets."""
    parts = urlsplit(url)
    query = urlencode(
        [
            (name, MASK if name.lower() in SECRET_NAMES else scrub_text(value))
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
        ],
        safe="*",
    )
    return urlunsplit((parts.scheme, parts.netloc, scrub_text(parts.path), query, ""))


def scrub_headers(headers: dict[str, str]) -> dict[str, str]:
    """Headers with everything that identifies a session masked."""
    return {
        name: MASK if name.lower() in SECRET_NAMES else scrub_text(value)
        for name, value in headers.items()
    }


def scrub_body(body: bytes, limit_bytes: int = 65_536) -> str:
    """A body's shape for support: keys, codes, dates and numbers stay, texts of people do not."""
    if not body:
        return ""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = body[:limit_bytes].decode("utf-8", "replace")
        return scrub_text(text)
    return scrub_text(
        msgspec.json.encode(_scrub(value, ""))[:limit_bytes].decode("utf-8", "ignore")
    )


def _scrub(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _scrub(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_scrub(inner, name) for inner in value]
    if isinstance(value, str):
        if name.lower() in SECRET_IN_JSON:
            return MASK
        if name.lower() in _EXPLAINS or _PLAIN_WORD.fullmatch(value):
            return value
        return f"<text of {len(value)}>" if value else value
    return value


# Fields in which a bank explains itself; their text is what support needs to read.
_EXPLAINS = frozenset(
    {
        "message", "error_description", "errordescription", "detail", "title", "text", "reason",
        "cause", "error", "errorcode", "_links", "href", "rel", "self",
    }
)  # fmt: skip
