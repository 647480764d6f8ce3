"""The bank's own figures out of its camt.053: balances by day, and turnovers.

Tatra writes PRCD and OPBD, then one CLBD per day with movement. Entries are looked at for their
days only: money of a statement stands in `Ntry`, and rows come from the list of transactions.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, DecimalException

from lxml import etree
from msgspec import Struct

from providers.contract import Refused
from providers.tatra.translate import currency_of, day_of, exact
from schemas.codes import Code
from schemas.numbers import NumberInvalid
from schemas.statement import Figures
from schemas.window import DAY, Window

FILES_MAX = 20
UNPACKED_BYTES_MAX = 20_000_000
RATIO_MAX = 100
RATIO_FREE_BYTES = 1_000_000

_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,5})?")
_COUNT = re.compile(r"[0-9]{1,9}")


class Broken(ValueError):  # noqa: N818 - read as a sentence where it is raised
    """A statement file that cannot be what the bank means; says why, repeats nothing of it."""


class Told(Struct, frozen=True):
    """What one statement says; balances signed, `closings` by the day whose end they are."""

    span: Window | None
    opening: Decimal | None
    closings: dict[date, Decimal]
    moved: frozenset[date]
    """Days on which something was booked."""
    credits: Decimal | None = None
    debits: Decimal | None = None
    credit_count: int | None = None
    debit_count: int | None = None


def figures(
    packed: bytes, *, iban: str | None, currency: str, listed: Window | None, within: Window
) -> list[Figures]:
    """The figures of a downloaded statement that lie within a window.

    `listed` is the span that the list of statements gave for this file.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` when the file is no statement or breaks a bound.
    """
    try:
        return [
            figure
            for document in unpacked(packed)
            for told in statements(document, iban=iban, currency=currency)
            for figure in _within(told, listed, within)
        ]
    except (ValueError, DecimalException, etree.XMLSyntaxError) as odd:
        why = str(odd) if isinstance(odd, (Broken, NumberInvalid)) else type(odd).__name__
        raise Refused(Code.BANK_FORMAT_CHANGED, evidence={"where": "camt.053", "why": why}) from odd


def unpacked(packed: bytes) -> Iterator[bytes]:
    """The XML files of an archive, bounded in number, size and ratio; bare XML is itself.

    Raises:
        Broken: when it is no archive of XML within the bounds.
    """
    if packed[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        yield packed
        return
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            members = [one for one in archive.infolist() if one.filename.lower().endswith(".xml")]
            if not members or len(members) > FILES_MAX:
                raise Broken(f"an archive of {len(members)} statements")
            left = UNPACKED_BYTES_MAX
            if len(packed) * RATIO_MAX > RATIO_FREE_BYTES:
                left = min(left, len(packed) * RATIO_MAX)
            else:
                left = RATIO_FREE_BYTES
            for member in members:
                with archive.open(member) as file:
                    document = file.read(left + 1)
                left -= len(document)
                if left < 0:
                    raise Broken("an archive that unfolds beyond its bounds")
                yield document
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as broken:
        # RuntimeError covers a password, and NotImplementedError another packing
        raise Broken("no readable archive") from broken


def statements(document: bytes, *, iban: str | None, currency: str) -> Iterator[Told]:
    """The statements of a document that are this account's.

    Raises:
        Broken: for a document type, entities, or another kind of document.
        etree.XMLSyntaxError: when it is no XML.
        ValueError: for a day that cannot be; `NumberInvalid` for such an amount.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    root = etree.fromstring(document, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise Broken("a document type")
    if not str(root.tag).startswith("{urn:iso:std:iso:20022:tech:xsd:camt.053.001."):
        raise Broken("no camt.053")
    for statement in root.iterfind("{*}BkToCstmrStmt/{*}Stmt"):
        told_iban = statement.findtext("{*}Acct/{*}Id/{*}IBAN")
        told_currency = statement.findtext("{*}Acct/{*}Ccy")
        if told_iban and iban and told_iban.replace(" ", "") != iban:
            continue
        if told_currency and told_currency != currency:
            continue
        yield _told(statement, currency)


def _told(statement: etree._Element, currency: str) -> Told:
    openings: dict[str, Decimal] = {}
    closings: dict[date, Decimal] = {}
    for balance in statement.iterfind("{*}Bal"):
        amount = balance.find("{*}Amt")
        code = balance.findtext("{*}Tp/{*}CdOrPrtry/{*}Cd")
        if amount is None or amount.get("Ccy", currency) != currency:
            continue
        figure = _money(amount.text, currency)
        if balance.findtext("{*}CdtDbtInd") == "DBIT":
            figure = -figure
        if code in {"OPBD", "PRCD"}:
            openings.setdefault(code, figure)
        elif code == "CLBD":
            closings[_day(balance.find("{*}Dt"))] = figure
    moved = {
        _day(entry.find("{*}BookgDt"))
        for entry in statement.iterfind("{*}Ntry")
        if (entry.findtext("{*}Sts/{*}Cd") or entry.findtext("{*}Sts") or "BOOK") == "BOOK"
    }
    summary = statement.find("{*}TxsSummry")
    return Told(
        span=_span(statement.find("{*}FrToDt")),
        opening=openings.get("OPBD", openings.get("PRCD")),
        closings=closings,
        moved=frozenset(moved),
        credits=_sum(summary, "TtlCdtNtries", currency),
        debits=_sum(summary, "TtlDbtNtries", currency),
        credit_count=_count(summary, "TtlCdtNtries"),
        debit_count=_count(summary, "TtlDbtNtries"),
    )


def _within(told: Told, listed: Window | None, within: Window) -> Iterator[Figures]:
    """The figures for the statement's days, as far as they are in the window.

    After a day's CLBD the balance stays until the next booking, so that the last day has it too.
    """
    span = told.span or listed or within
    if told.span and listed:
        span = told.span.meets(listed) or listed
    inner = span.meets(within)
    if inner is None:
        return
    whole = within.holds(span)
    anchors = dict(told.closings)
    if told.opening is not None:
        anchors.setdefault(span.first - DAY, told.opening)

    def at_end_of(day: date) -> Decimal | None:
        since = max((anchor for anchor in anchors if anchor <= day), default=None)
        if since is None or any(since < moved <= day for moved in told.moved):
            return None
        return anchors[since]

    closing = at_end_of(inner.last)
    yield Figures(
        first=inner.first,
        last=inner.last,
        opening=at_end_of(inner.first - DAY),
        closing=closing,
        credits=told.credits if whole else None,
        debits=told.debits if whole else None,
        credit_count=told.credit_count if whole else None,
        debit_count=told.debit_count if whole else None,
    )
    for day in sorted(day for day in told.closings if day in inner and day != inner.last):
        yield Figures(first=day, last=day, closing=told.closings[day])
    if closing is not None:
        yield Figures(first=inner.last, last=inner.last, closing=closing)


def _span(period: etree._Element | None) -> Window | None:
    first = period.findtext("{*}FrDtTm") if period is not None else None
    last = period.findtext("{*}ToDtTm") if period is not None else None
    return Window(day_of(first), day_of(last)) if first and last else None


def _day(place: etree._Element | None) -> date:
    told = None if place is None else place.findtext("{*}Dt") or place.findtext("{*}DtTm")
    if not told:
        raise Broken("a balance or an entry without a day")
    return day_of(told)


def _money(text: str | None, currency: str) -> Decimal:
    told = (text or "").strip()
    if not _AMOUNT.fullmatch(told):
        raise Broken("an amount that is none")
    return exact(Decimal(told), currency_of(currency)[1])


def _sum(summary: etree._Element | None, side: str, currency: str) -> Decimal | None:
    told = None if summary is None else summary.findtext(f"{{*}}{side}/{{*}}Sum")
    return _money(told, currency) if told else None


def _count(summary: etree._Element | None, side: str) -> int | None:
    told = None if summary is None else summary.findtext(f"{{*}}{side}/{{*}}NbOfNtries")
    return int(told) if told and _COUNT.fullmatch(told) else None
