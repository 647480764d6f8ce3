"""From a bank's words to a code: one table per bank, first fit wins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

import msgspec
from msgspec import Struct

from providers.contract import Refused
from providers.redaction import scrub_text
from providers.transport import Answer
from schemas.codes import Code

EXCERPT_CHARACTERS = 2_000

T = TypeVar("T")


class Row(Struct, frozen=True):
    """One line of a bank's table.

    `status` is the HTTP status or None for any, `words` a text looked for in the bank's own words
    (None fits all), `seen` where the fact is from: "spec", "docs 2023-02", "live 2026-05", "guess".
    """

    status: int | None
    words: str | None
    code: Code
    seen: str


def fitting(table: Sequence[Row], status: int, words: str) -> Row | None:
    """The first row that fits what the bank said, upper and lower case being one."""
    folded = words.casefold()
    for row in table:
        if row.status is not None and row.status != status:
            continue
        if row.words is None or row.words.casefold() in folded:
            return row
    return None


def refused(table: Sequence[Row], answer: Answer, words: str) -> Refused:
    """The refusal that an answer means; words no row knows are kept, counted and never guessed."""
    row = fitting(table, answer.status, words)
    return Refused(
        row.code if row else Code.BANK_REFUSAL_UNRECOGNISED,
        status=answer.status,
        words=words[:120] or None,
        body=scrub_text(answer.text[:EXCERPT_CHARACTERS]),
        retry_after=retry_after(answer),
    )


def retry_after(answer: Answer) -> timedelta | None:
    """The wait that a `Retry-After` in seconds asks for (RFC 9110 §10.2.3); dates are not read."""
    value = answer.headers.get("retry-after", "")
    return timedelta(seconds=int(value)) if re.fullmatch(r"[0-9]{1,6}", value) else None


def read(answer: Answer, shape: type[T]) -> T:
    """The body of a good answer as the bank's own struct.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` with the path at which the body stopped fitting.
    """
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise Refused(
            Code.BANK_FORMAT_CHANGED,
            status=answer.status,
            body=scrub_text(answer.text[:EXCERPT_CHARACTERS]),
            evidence={"where": scrub_text(str(broken)[:200])},
        ) from broken
