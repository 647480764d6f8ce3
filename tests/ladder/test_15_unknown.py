"""Rung 15: words and fields that no paper mentions.

Next spring your bank adds a field, and a word to a list that the paper calls complete. Nobody will
tell you. So here every answer of the bank is salted on its way to you: each object gets fields that
you have never seen, with values of all shapes. You must read exactly what you read before.

Then the words: in one field after the other, whatever the bank says becomes a word that you have
not met. Where it means nothing for the money, the row still counts, for its amount is in the
balance. Where it does, such as in the direction, say aloud that the format has changed. What you
must not do is to guess, to lose the row without a word, or to fall over.
"""

from __future__ import annotations

import re
from decimal import Decimal

import httpx
import pytest

from providers.contract import Refused, Unreachable
from schemas.account import FoundAccount
from schemas.statement import Piece
from schemas.transaction import Entry
from schemas.window import DAY, Window
from tests.ladder.climber import CLIMBERS, named
from tests.ladder.reader import Reader, of_truth, rows
from tests.ladder.spoiled import Spoiled, Spoiling, answer

pytestmark = pytest.mark.parametrize("climber", CLIMBERS, ids=named)

SALT = (
    b'"xUnheardOf":"word","x_deep":{"list":[1,2.5,null,{"again":[]}],"text":"\\u041f\\u00e9"},'
    b'"X-NUMBER":1000000000000000000000000000000,"xNothing":null,"":"nameless"'
)
NEW_WORD = rb'\1"UnheardOf"'
TEXT_OR_OBJECT = re.compile(rb'"(?:[^"\\]|\\.)*"|\{(\s*\})?')
FIELD_WITH_A_WORD = re.compile(rb'"([A-Za-z_]+)"\s*:\s*"([A-Za-z_]{2,40})"')
ROWS = 12
LOOKS_MAX = 5
"""A status that means nothing to a reader is a reason to look again, for ever if need be."""


def is_json(body: bytes) -> bool:
    """Whether a body can be salted."""
    return body[:1] in {b"{", b"["}


def salted(_: httpx.Request, response: httpx.Response, body: bytes) -> httpx.Response:
    """Each object gets the salt; texts and figures stay to the byte."""

    def salt(found: re.Match[bytes]) -> bytes:
        if not found[0].startswith(b"{"):
            return found[0]
        return b"{" + SALT + (b"}" if found[1] else b",")

    return answer(response, TEXT_OR_OBJECT.sub(salt, body) if is_json(body) else body)


def with_new_word(field: bytes) -> Spoiling:
    """In this field stands a word that nobody has met, wherever a word stood."""
    place = re.compile(rb'("' + field + rb'"\s*:\s*)"[A-Za-z_]{2,40}"')
    return lambda _, response, body: answer(response, place.sub(NEW_WORD, body))


def noting(met: set[bytes]) -> Spoiling:
    """Changes nothing, and notes in which fields words stand."""

    def note(_: httpx.Request, response: httpx.Response, body: bytes) -> httpx.Response:
        met.update(found[1] for found in FIELD_WITH_A_WORD.finditer(body))
        return answer(response, body)

    return note


async def furnished(reader: Reader) -> Window:
    """An account with some business on closed days."""
    await reader.open_account()
    window = Window(reader.today - DAY, reader.today - DAY)
    await reader.generate(window, ROWS)
    return window


async def test_fields_that_no_paper_mentions_change_nothing(reader: Reader) -> None:
    """From the first click to the last row: every object of every answer is salted."""
    window = await furnished(reader)
    reader.provider = reader.opened(Spoiled(reader.transport, salted))
    account = await reader.let_in()
    entries = await reader.entries(account, window)

    assert rows(entries) == sorted(map(of_truth, await reader.truth(window)))
    assert account.unfit is None


async def test_a_word_that_nobody_has_met_is_never_guessed_at(reader: Reader) -> None:
    """One field after the other: the money is read as it was, or the reader says that he cannot."""
    window = await furnished(reader)
    account = await reader.let_in()
    met: set[bytes] = set()
    line = Spoiled(reader.transport, noting(met))
    reader.provider = reader.opened(line)
    money = told(await looked(reader, account, window))
    assert money

    for field in sorted(met):
        line.spoil = with_new_word(field)
        try:
            piece = await looked(reader, account, window)
        except (Refused, Unreachable):
            continue
        assert piece.covers is None or told(piece) == money, field


async def looked(reader: Reader, account: FoundAccount, window: Window) -> Piece:
    """A window, or what there is of it when patience ends."""
    mark: str | None = None
    piece = Piece()
    for _ in range(LOOKS_MAX):
        piece = await reader.provider.pull(reader.grant, account, window, mark, reader.now)
        if piece.covers is not None or piece.again_in is None:
            break
        mark = piece.mark
        reader.sandbox.clock.advance(piece.again_in)
    return piece


def told(piece: Piece) -> list[tuple[str, Decimal, str]]:
    """What a balance is made of."""

    def money(entry: Entry) -> tuple[str, Decimal, str]:
        return entry.direction, entry.amount, entry.currency

    return sorted(map(money, piece.entries))
