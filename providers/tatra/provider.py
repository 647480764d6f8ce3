"""Tatra banka as a provider: one consent, own accounts at once, linked banks four times a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import structs

from providers.contract import (
    Answered,
    Ask,
    Finding,
    Grant,
    Granted,
    Hint,
    Next,
    Piece,
    Push,
    Refused,
)
from providers.refusals import read
from providers.tatra import consent, listing, pages, push, statement, wire
from providers.tatra.bank import Settings
from providers.tatra.instants import bank_day
from providers.tatra.line import Line
from providers.tatra.refusals import earliest
from providers.transport import Wire
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.statement import Figures
from schemas.window import DAY, Window

REFRESHED = "refreshed"
REFRESH_TAKES = timedelta(seconds=30)
"""Linked banks are fetched anew at most once in this time; calls in between change nothing."""

PASSING = frozenset(
    {
        Code.ACCESS_TOKEN_REJECTED,
        Code.BANK_UNAVAILABLE,
        Code.BANK_TIMEOUT,
        Code.BANK_RATE_LIMITED,
        Code.BANK_QUOTA_EXHAUSTED,
        Code.BANK_FORMAT_CHANGED,
        Code.BANK_REFUSAL_UNRECOGNISED,
    }
)
"""Refusals of a probe that say nothing about the customer's access: they are not findings."""


class Tatra:
    """The ten verbs; nothing is remembered between two calls."""

    def __init__(self, settings: Settings, line: Wire) -> None:
        self._settings = settings
        self._line = Line(settings, line)

    async def begin(self, ask: Ask, now: datetime) -> Next | Granted:
        """Create a consent and send the customer to the bank to sign it."""
        return await consent.begin(self._line, ask, now)

    async def resume(
        self, ask: Ask, memo: Mapping[str, str], answer: Answered, now: datetime
    ) -> Granted:
        """Exchange the code, and ask the consent's status while nothing can be lost by it."""
        return await consent.resume(self._line, ask, memo, answer, now)

    async def renew(self, grant: Grant, now: datetime) -> Grant:
        """Refresh the access token; the refresh token rotates when the bank says so."""
        return await consent.renew(self._line, grant, now)

    async def revoke(self, grant: Grant, now: datetime) -> None:
        """Delete the consent at the bank."""
        del now
        await consent.revoke(self._line, grant)

    async def accounts(self, grant: Grant, now: datetime) -> tuple[FoundAccount, ...]:
        """All accounts under the consent, of Tatra and of the linked banks, with balances."""
        answer = await self._line.call(
            "accounts",
            "GET",
            self._line.at(self._settings.accounts_version, "/accounts"),
            grant.access,
            params=[("withBalance", "true")],
        )
        own_only = self._settings.usage_type != "TPP"
        return tuple(
            listing.found(account, now, own_only=own_only)
            for account in read(answer, wire.Accounts).accounts
        )

    async def pull(
        self, grant: Grant, account: FoundAccount, want: Window, mark: str | None, now: datetime
    ) -> Piece:
        """First order what proves the past days of an own account, then read rows and figures."""
        today = bank_day(now)
        past = want.meets(Window(date.min, today - DAY))
        if mark is None:
            piece = await self._prepare(grant, account, want, past, today)
            if piece is not None:
                return piece
        figures: tuple[Figures, ...] = ()
        unproven: Code | None = None
        if mark is not None and mark.startswith(statement.MARK) and past is not None:
            step = await statement.collect(self._line, grant, account, mark, past)
            if isinstance(step, Piece):
                return step
            if isinstance(step, Code):
                unproven = step
            else:
                figures = step
        piece = await self._rows(grant, account, want, now, figures)
        return structs.replace(piece, unproven=unproven) if unproven else piece

    async def _prepare(
        self,
        grant: Grant,
        account: FoundAccount,
        want: Window,
        past: Window | None,
        today: date,
    ) -> Piece | None:
        """What has to be set going before rows are read, if anything."""
        if account.linked_bank is not None:
            if want.last < today or not await self._refresh(grant):
                return None
            return Piece(mark=REFRESHED, again_in=REFRESH_TAKES)
        if past is None or not (account.provable and self._settings.statements):
            return None
        mark = await statement.order(self._line, grant, account, past)
        return Piece(mark=mark, again_in=statement.QUICK) if mark else None

    async def _refresh(self, grant: Grant) -> bool:
        """Have linked banks fetched anew, which the bank does only for a customer present.

        False when it was not asked for or the bank would not: reading does not depend on it.
        """
        settings = self._settings
        if not settings.psu_ip_address:
            return False
        headers = {
            "PSU-IP-Address": settings.psu_ip_address,
            "PSU-User-Agent": settings.psu_user_agent,
            "PSU-Device-OS": settings.psu_device_os,
        }
        try:
            await self._line.call(
                "refresh",
                "PUT",
                self._line.at(settings.refresh_version, "/refresh"),
                grant.access,
                headers={name: value for name, value in headers.items() if value},
            )
        except Refused as refusal:
            if refusal.code is Code.ACCESS_TOKEN_REJECTED:
                raise
            return False
        return True

    async def _rows(
        self,
        grant: Grant,
        account: FoundAccount,
        want: Window,
        now: datetime,
        figures: Sequence[Figures] = (),
    ) -> Piece:
        """All rows of the window, clipped to the oldest day that the bank names when it refuses.

        A window that lies before that day wholly gives a piece that covers nothing.
        """
        today = bank_day(now)
        oldest = None
        try:
            rows, repeats = await pages.read_all(self._line, grant, account, want, today)
        except Refused as refusal:
            oldest = earliest(refusal)
            if oldest is None or oldest <= want.first:
                raise
            if oldest > want.last:
                return Piece(earliest=oldest)
            want = Window(oldest, want.last)
            rows, repeats = await pages.read_all(self._line, grant, account, want, today)
        return Piece(
            covers=want,
            entries=tuple(rows),
            figures=tuple(figure for figure in figures if want.first <= figure.first),
            earliest=oldest,
            as_of=now if account.linked_bank is None else account.data_as_of,
            repeats=repeats,
        )

    async def changes(
        self, grant: Grant, account: FoundAccount, since: datetime, now: datetime
    ) -> Piece:
        """The whole days since an instant: the bank tells no increments (capability false)."""
        today = bank_day(now)
        if account.linked_bank is not None:
            await self._refresh(grant)
        return await self._rows(grant, account, Window(min(bank_day(since), today), today), now)

    async def probe(self, grant: Grant, account: FoundAccount | None, now: datetime) -> Finding:
        """Ask why: the consent's status, then the list, then the account's own link."""
        try:
            finding = await consent.complaint(self._line, grant)
            if finding.code is not None:
                return finding
            found = await self.accounts(grant, now)
        except Refused as refusal:
            if refusal.code in PASSING:
                raise
            return Finding(self._settled(refusal.code), {"said": refusal.words or ""})
        if account is None:
            return _of_all(found, now)
        here = next((one for one in found if listing.same(account, one)), None)
        finding = _of_account(account, here, found, now)
        if finding.code is not None or here is None:
            return finding
        return await self._of_rows(grant, here, now)

    async def _of_rows(self, grant: Grant, account: FoundAccount, now: datetime) -> Finding:
        """Nothing but a row itself tells that the customer may not see this account's movements."""
        try:
            today = bank_day(now)
            await pages.read_all(self._line, grant, account, Window(today, today), today)
        except Refused as refusal:
            if refusal.code in PASSING:
                raise
            return Finding(self._settled(refusal.code), {"said": refusal.words or ""})
        return Finding()

    def _settled(self, code: Code) -> Code:
        """NO_AUTHORIZATION while the consent is no reason: the customer has not allowed us."""
        if code is not Code.ACCESS_UNCLEAR:
            return code
        if self._settings.usage_type == "FAC_BBTB":
            return Code.BANK_CONFIRMATION_PENDING
        return Code.USER_RIGHTS_INSUFFICIENT

    async def subscribe(self, grant: Grant, url: str, now: datetime) -> Grant:
        """Nothing to do: the address for pushes is registered by hand in the developer portal."""
        del url, now
        return grant

    async def notices(self, push_: Push, now: datetime) -> tuple[Hint, ...]:
        """Where to look anew; the bank signs nothing, so nothing else is taken from it."""
        del now
        return push.hints(push_)


def _of_account(
    account: FoundAccount,
    here: FoundAccount | None,
    found: Sequence[FoundAccount],
    now: datetime,
) -> Finding:
    """Whether this account is still there and its own bank's link still lives."""
    if here is None:
        return Finding(
            Code.ACCOUNT_NOT_FOUND,
            {
                "wanted": listing.masked(account.iban or account.number),
                "found": [listing.masked(one.iban or one.number) for one in found],
            },
        )
    if listing.expired(here, now):
        return Finding(Code.CONSENT_EXPIRED, _link(here))
    if here.status == "closed":
        return Finding(Code.ACCOUNT_CLOSED, {"wanted": listing.masked(here.iban)})
    return Finding()


def _of_all(found: Sequence[FoundAccount], now: datetime) -> Finding:
    """One linked bank's expiry is told with how many accounts live on: those are read as before."""
    ended = [one for one in found if listing.expired(one, now)]
    if not ended:
        return Finding()
    evidence = _link(ended[0]) | {
        "banks": sorted({one.bank_name or one.linked_bank or listing.OWN for one in ended}),
        "accounts": [listing.masked(one.iban or one.number) for one in ended],
        "living": len(found) - len(ended),
    }
    return Finding(Code.CONSENT_EXPIRED, evidence)


def _link(account: FoundAccount) -> dict[str, Any]:
    until = account.consent_expires_at
    return {
        "wanted": listing.masked(account.iban or account.number),
        "bank": account.bank_name or account.linked_bank or listing.OWN,
        "expired_at": until.isoformat() if until else None,
    }
