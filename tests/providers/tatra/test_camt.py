"""The bank's own figures come out of its statement, and nothing dangerous comes in with it."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest

from providers.contract import Refused
from providers.tatra import camt
from schemas.codes import Code
from schemas.statement import Figures
from schemas.window import Window
from tests.providers.tatra.script import fixture

OWN = "SK9611000000002949876543"
EUR = "EUR"
MAY = Window(date(2026, 5, 1), date(2026, 5, 11))


def day(number: int) -> date:
    return date(2026, 5, number)


def packed(*documents: bytes, name: str = "statement.xml", **how: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how.get("compression", zipfile.ZIP_DEFLATED)) as archive:
        for number, document in enumerate(documents):
            archive.writestr(f"{number}-{name}", document)
    return buffer.getvalue()


def figures(
    file: bytes, within: Window = MAY, listed: Window | None = None, iban: str = OWN
) -> list[Figures]:
    return camt.figures(file, iban=iban, currency=EUR, listed=listed, within=within)


def test_a_statement_gives_balances_and_turnovers() -> None:
    """Debit balances are negative; after the last CLBD the balance stays to the end."""
    end = Decimal("1343.99")

    assert figures(packed(fixture("camt.xml"))) == [
        Figures(
            first=day(1),
            last=day(11),
            opening=Decimal(-100),
            closing=end,
            credits=Decimal(1499),
            debits=Decimal("55.01"),
            credit_count=1,
            debit_count=1,
        ),
        Figures(first=day(4), last=day(4), closing=Decimal(1399)),
        Figures(first=day(7), last=day(7), closing=end),
        Figures(first=day(11), last=day(11), closing=end),
    ]


def test_bare_xml_is_read_like_an_archive() -> None:
    """Whether the bank packs it must not matter."""
    assert figures(fixture("camt.xml")) == figures(packed(fixture("camt.xml")))


def test_a_statement_wider_than_wanted_is_clipped() -> None:
    """Balances are known at the end of days after which nothing was booked; turnovers are not."""
    assert figures(fixture("camt.xml"), Window(day(5), day(8))) == [
        Figures(first=day(5), last=day(8), opening=Decimal(1399), closing=Decimal("1343.99")),
        Figures(first=day(7), last=day(7), closing=Decimal("1343.99")),
        Figures(first=day(8), last=day(8), closing=Decimal("1343.99")),
    ]


def test_a_balance_is_not_carried_over_a_booking() -> None:
    """A bank that writes one CLBD only says nothing of the days in between."""
    one = fixture("camt.xml").replace(
        b"<Dt>2026-05-04</Dt></Dt></Bal>", b"<Dt>2026-05-07</Dt></Dt></Bal>"
    )

    assert figures(one, Window(day(5), day(6))) == [
        Figures(first=day(5), last=day(6), opening=None, closing=None)
    ]


def test_an_empty_statement_closes_as_it_opened() -> None:
    """No movement and no CLBD: the balance stood still."""
    text = fixture("camt.xml").decode()
    start, end = text.index("<TxsSummry>"), text.index(" </Stmt>")
    still = (text[:start] + text[end:]).replace("CLBD", "CLAV").encode()

    assert figures(still) == [
        Figures(first=day(1), last=day(11), opening=Decimal(-100), closing=Decimal(-100)),
        Figures(first=day(11), last=day(11), closing=Decimal(-100)),
    ]


def test_the_listed_span_bounds_the_file() -> None:
    """A ToDtTm of the next midnight would else claim a day that the file does not hold."""
    late = fixture("camt.xml").replace(b"2026-05-11T23:59:59", b"2026-05-12T00:00:00")

    assert figures(late, Window(day(1), day(31)), listed=MAY)[0].last == day(11)


def test_a_statement_of_another_account_is_left_out() -> None:
    """A file may hold several."""
    assert figures(fixture("camt.xml"), iban="SK0000000000000000000000") == []


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (b"", "no readable archive"),
        (b"PK\x03\x04 torn", "no readable archive"),
        (b"<html>busy</html>", "no readable archive"),
        (packed(b"x", name="statement.pdf"), "an archive of 0 statements"),
        (packed(*[b"<?xml version='1.0'?><a/>"] * 21), "an archive of 21 statements"),
        (packed(b" " * 60_000_000), "an archive that unfolds beyond its bounds"),
        (b"<?xml version='1.0'?><a/>", "no camt.053"),
        (b"<?xml version='1.0'?><!DOCTYPE a><a/>", "a document type"),
        (
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
            "a document type",
        ),
        (b"<?xml version='1.0'?><a>", "XMLSyntaxError"),
        (b"<?xml version='1.0'?>" + b"<a>" * 100_000, "XMLSyntaxError"),
        (fixture("camt.xml").replace(b">1399.0<", b">1399,0<"), "an amount that is none"),
        (fixture("camt.xml").replace(b">1399.0<", b">1e9<"), "an amount that is none"),
        (fixture("camt.xml").replace(b">1399.0<", b">1399.00001<"), "Inexact"),
        (fixture("camt.xml").replace(b"<Dt>2026-05-04</Dt>", b"<Dt>4.5.26</Dt>"), "ValueError"),
        (
            fixture("camt.xml").replace(b"<BookgDt><Dt>2026-05-04</Dt></BookgDt>", b""),
            "a balance or an entry without a day",
        ),
    ],
)
def test_files_that_cannot_be_are_refused(file: bytes, why: str) -> None:
    """No crash, no entity, no bomb; the operator learns which bound was broken."""
    with pytest.raises(Refused) as refused:
        figures(file)

    assert refused.value.code is Code.BANK_FORMAT_CHANGED
    assert refused.value.evidence["why"] == why


def test_an_entity_bomb_is_not_unfolded() -> None:
    """A billion laughs are refused for their document type before anything grows."""
    bomb = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY a 'ha'>" + b"".join(
        b"<!ENTITY %c '%s'>" % (98 + step, b"&%c;" % (97 + step) * 10) for step in range(9)
    )

    with pytest.raises(Refused):
        figures(bomb + b"]><a>&j;</a>")
