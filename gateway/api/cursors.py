"""Places in lists, in a form that says nothing and never expires.

A cursor also carries what it belongs to: the caller's tenant, the list and its filters. One that
belongs elsewhere is answered like one that never was.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from gateway.problems import ProblemError
from schemas.codes import Code

T = TypeVar("T")
SQL_INTEGER_MAX = 2**63 - 1


class _Bookmark(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    belongs: str
    place: msgspec.Raw


class Shelf:
    """One list of one tenant under one set of filters, in which places are marked."""

    def __init__(self, tenant_id: str, kind: str, *filters: Any) -> None:
        told = msgspec.json.encode([tenant_id, kind, *filters])
        self._belongs = sha256(told).hexdigest()[:16]

    def mark(self, place: Any) -> str:
        """The cursor of a place."""
        told = msgspec.json.encode([self._belongs, place])
        return urlsafe_b64encode(told).rstrip(b"=").decode()

    def find(self, cursor: str | None, kind: type[T], start: T) -> T:
        """The place behind a cursor, or where the list begins.

        Raises:
            ProblemError: CURSOR_INVALID for a cursor that this list did not give.
        """
        if cursor is None:
            return start
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            told = msgspec.json.decode(urlsafe_b64decode(padded), type=_Bookmark)
            place: T = msgspec.json.decode(told.place, type=kind)
        except (ValueError, RecursionError) as odd:
            raise ProblemError(Code.CURSOR_INVALID, field="cursor") from odd
        if told.belongs != self._belongs or _outgrows(place):
            raise ProblemError(Code.CURSOR_INVALID, field="cursor")
        return place


def _outgrows(place: Any) -> bool:
    """Whether a number is in it that no database takes, or a text that none keeps."""
    parts = place if isinstance(place, tuple) else (place,)
    return any(
        "\x00" in part if isinstance(part, str) else not 0 <= part <= SQL_INTEGER_MAX
        for part in parts
    )
