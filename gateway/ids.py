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
_PAIRS = tuple(high + low for high in _DIGITS for low in _DIGITS)
_AFTER_STEM = 4


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
    stem, last = divmod(secrets.randbits(5 * _CHANCE_DIGITS - 1), 32**_AFTER_STEM)
    while True:
        head = start + _digits(stem, _CHANCE_DIGITS - _AFTER_STEM)
        for number in range(last, 32**_AFTER_STEM):
            yield head + _PAIRS[number >> 10] + _PAIRS[number & 1023]
        stem, last = stem + 1, 0
