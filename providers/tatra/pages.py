"""Every row of a window in one reading, although the bank cuts pages without a word.

Its own accounts go on by the cursor in the next link, linked banks by page number. A page that is
exactly full and names no next one looks like a last page and often is not: then the next page is
asked for explicitly. If the bank does not answer that either, the window is halved until no half
fills a page; a single day that still does is refused. Nothing is ever cut.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from urllib.parse import parse_qsl, quote, urlsplit

from providers.contract import Grant, Refused
from providers.refusals import read
from providers.tatra import translate, wire
from providers.tatra.line import Line
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.transaction import Entry
from schemas.window import DAY, Window

LINK_CHARACTERS_MAX = 4_000
_AMPERSANDS = re.compile(r"&{2,}")
_QUOTES = "\"' \t\r\n"

Params = list[tuple[str, str]]


class _Unsettled(Exception):  # noqa: N818 - a state of the reading, never seen outside
    """A full page, and no way to learn whether another follows."""


async def read_all(
    line: Line, grant: Grant, account: FoundAccount, want: Window, today: date
) -> tuple[list[Entry], int]:
    """All rows of the window's days, and how many the bank told again.

    Raises:
        Refused: the bank's refusal (`evidence["earliest"]` names its oldest day, if that is why),
            or ours when what came cannot be the whole.
    """
    try:
        return await _Reading(line, grant, account, want, today).run()
    except _Unsettled:
        if want.days == 1:
            raise Refused(
                Code.STATEMENT_INCOMPLETE, evidence={"day": str(want.first), "rows": "page full"}
            ) from None
    middle = want.first + timedelta(days=want.days // 2)
    older, again = await read_all(line, grant, account, Window(want.first, middle - DAY), today)
    newer, more = await read_all(line, grant, account, Window(middle, want.last), today)
    return older + newer, again + more


class _Reading:
    """One walk through the pages of one window."""

    def __init__(
        self, line: Line, grant: Grant, account: FoundAccount, want: Window, today: date
    ) -> None:
        self._line, self._grant, self._account = line, grant, account
        self._want, self._today = want, today
        self._path = f"/accounts/{quote(account.reference, safe='')}/transactions"
        self._url = line.at(line.settings.transactions_version, self._path)
        self._entries: list[Entry] = []
        self._seen: set[str] = set()
        self._repeats = 0
        self._asked: set[frozenset[tuple[str, str]]] = set()

    async def run(self) -> tuple[list[Entry], int]:
        """Pages until the bank has no more; an empty or short page without a next link is last."""
        settings = self._line.settings
        params = self._first()
        guessed = False
        before: list[wire.Transaction] | None = None
        for _ in range(settings.pages_max):
            self._asked.add(frozenset(params))
            page = await self._page(params, guessed=guessed)
            rows = page.booked
            count = len(rows) + len(page.pending)
            if count == 0:
                return self._entries, self._repeats
            full = count >= settings.page_size
            if guessed and (rows == before or not self._keep(page)):
                if full:
                    raise _Unsettled
                return self._entries, self._repeats
            if not guessed:
                self._keep(page)
            before = rows
            following = self._link(page.href)
            guessed = following is None or frozenset(following) in self._asked
            if guessed:
                if not full:
                    return self._entries, self._repeats
                following = self._next(params, page)
                if following is None or frozenset(following) in self._asked:
                    raise _Unsettled
            assert following is not None
            params = following
        raise Refused(
            Code.BANK_FORMAT_CHANGED, evidence={"where": "paging", "pages": settings.pages_max}
        )

    def _first(self) -> Params:
        settings, want = self._line.settings, self._want
        params = [("dateFrom", str(want.first))]
        sent = settings.date_to == "always" or (
            settings.date_to == "past" and want.last < self._today
        )
        if sent:
            params.append(("dateTo", str(want.last)))
        return [*params, ("pageSize", str(settings.page_size))]

    async def _page(self, params: Params, *, guessed: bool) -> wire.Page:
        try:
            answer = await self._line.call(
                "transactions", "GET", self._url, self._grant.access, params=params
            )
        except Refused as refusal:
            # a parameter of our own finding that the bank does not take answers nothing
            if guessed and refusal.code is Code.BANK_FORMAT_CHANGED and refusal.status:
                raise _Unsettled from refusal
            raise
        return read(answer, wire.Page)

    def _keep(self, page: wire.Page) -> bool:
        """Add what the page brings; False when it repeats only known rows."""
        known = len(self._seen)
        named = told = 0
        for rows, pending in ((page.booked, False), (page.pending, True)):
            self._entries += translate.entries(
                rows, self._want, today=self._today, seen=self._seen, pending=pending
            )
            named += sum(1 for row in rows if row.transaction_id or row.entry_reference)
            told += len(rows)
        if len(self._seen) == known:
            return named < told
        self._repeats += named - (len(self._seen) - known)
        return True

    def _link(self, href: str) -> Params | None:
        """The query of the bank's next link, to be asked at our own address; None for no link.

        Raises:
            Refused: `BANK_FORMAT_CHANGED` when it leads to another host or another account.
        """
        cleaned = _AMPERSANDS.sub("&", href.strip(_QUOTES).removesuffix("%22")).rstrip("&")
        if not cleaned:
            return None
        try:
            parts = urlsplit(cleaned)
            foreign = parts.netloc and parts.netloc.lower() != urlsplit(self._url).netloc.lower()
        except ValueError:
            foreign = True
        long = len(cleaned) > LINK_CHARACTERS_MAX
        if foreign or long or (parts.path and not parts.path.endswith(self._path)):
            raise Refused(
                Code.BANK_FORMAT_CHANGED, evidence={"where": "$._links.next.href", "why": "foreign"}
            )
        return parse_qsl(parts.query) or None

    def _next(self, params: Params, page: wire.Page) -> Params | None:
        """What should bring the page after a full one that names none."""
        kept = [pair for pair in params if pair[0] not in {"page", "entryReferenceFrom"}]
        if self._account.linked_bank is not None:
            number = next((value for name, value in params if name == "page"), "1")
            return [*kept, ("page", str(int(number) + 1))] if number.isdecimal() else None
        last = (page.pending or page.booked)[-1]
        cursor = last.entry_reference or last.transaction_id
        return [*kept, ("entryReferenceFrom", str(cursor))] if cursor else None
