"""Our own identifiers: a prefix for the kind, then time and chance, so that newer sorts later."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from gateway.store.instants import to_micros

Prefix = Literal["con", "acc", "txn", "load", "win", "org", "key", "ten", "exc"]

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter reads as a digit
_TIME_DIGITS = 11
_CHANCE_DIGITS = 13


def _digits(number: int, width: int) -> str:
    made = []
    for _ in range(width):
        number, rest = divmod(number, 32)
        made.append(_DIGITS[rest])
    return "".join(reversed(made))


def new_id(prefix: Prefix, now: datetime) -> str:
    """One new id; 65 bits of chance beside the microsecond."""
    chance = secrets.randbits(5 * _CHANCE_DIGITS)
    return f"{prefix}_{_digits(to_micros(now), _TIME_DIGITS)}{_digits(chance, _CHANCE_DIGITS)}"


def new_ids(prefix: Prefix, now: datetime) -> Iterator[str]:
    """Ids of one moment in rising order, cheap enough for a row each."""
    start = f"{prefix}_{_digits(to_micros(now), _TIME_DIGITS)}"
    chance = secrets.randbits(5 * _CHANCE_DIGITS - 1)
    stem, last = divmod(chance, 32**4)
    while True:
        yield f"{start}{_digits(stem, _CHANCE_DIGITS - 4)}{_digits(last, 4)}"
        last += 1
        if last == 32**4:
            stem, last = stem + 1, 0
