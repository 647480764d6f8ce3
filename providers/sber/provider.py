"""Sber's verbs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from providers.contract import Answered, Ask, Finding, Grant, Granted, Hint, Next, Push, Refused
from providers.sber import accounts, offer, refusals, statement, translate, wire
from providers.sber.bank import Settings
from providers.sber.claims import OverTls, Seal
from providers.sber.line import Line
from providers.sber.translate import moscow_day
from providers.transport import Unreachable, Wire
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.statement import Piece
from schemas.window import DAY, Window


class Sber:
    """Reads the accounts of a signed offer, a day at a time."""

    def __init__(self, settings: Settings, line: Wire, seal: Seal | None = None) -> None:
        self._settings = settings
        self._line = Line(settings, line, seal or OverTls())

    async def begin(self, ask: Ask, now: datetime) -> Next | Granted:
        """Send the customer to the bank to sign the offer."""
        del now
        return offer.sign(self._settings, ask)

    async def resume(
        self, ask: Ask, memo: Mapping[str, str], answer: Answered, now: datetime
    ) -> Next | Granted:
        """Exchange the code within its two minutes and look into the offer."""
        return await offer.signed(self._line, ask, memo, answer, now)

    async def accounts(self, grant: Grant, now: datetime) -> tuple[FoundAccount, ...]:
        """Accounts of the offer and the rest that client-info names, with today's balances."""
        info = await self._line.user_info(grant.access)
        finding = offer.standing(self._settings, grant, info, None, now)
        if finding.code is Code.OFFER_NOT_SIGNED:
            # the words of this refusal tell whether the bank is still at it
            await self._line.client_info(grant.access)
        if finding.code is not None:
            raise Refused(finding.code, evidence=finding.evidence)
        client = await self._line.client_info(grant.access)
        offered = {account.account_number: account.bic for account in info.accounts or ()}
        of_others = offer.others(grant, info)
        missing = Code.ACCOUNT_OF_OTHER_ORGANISATION if of_others else Code.ACCOUNT_NOT_IN_OFFER
        expected = offer.expected(grant)
        found = accounts.listed(self._settings.contract, client, offered, expected, missing)
        return tuple([await self._looked_into(grant, account, now) for account in found])

    async def _looked_into(
        self, grant: Grant, account: FoundAccount, now: datetime
    ) -> FoundAccount:
        """With its balance, or with a better reason why it is not listed: there is no such one."""
        if account.unfit == Code.ACCOUNT_NOT_IN_OFFER and await self._unheard_of(
            grant, account.reference, now
        ):
            return msgspec.structs.replace(account, unfit=Code.ACCOUNT_NOT_FOUND)
        return await self._with_balance(grant, account, now)

    async def _unheard_of(self, grant: Grant, number: str, now: datetime) -> bool:
        """Whether the bank does not know the number at all; it checks that before the offer."""
        try:
            await self._line.summary(grant.access, number, moscow_day(now) - DAY)
        except Refused as refusal:
            return refusal.code is Code.ACCOUNT_NOT_FOUND
        except Unreachable:
            return False
        return False

    async def _with_balance(
        self, grant: Grant, account: FoundAccount, now: datetime
    ) -> FoundAccount:
        """A balance is welcome here and never worth failing for: every visit brings it again."""
        if account.unfit is not None:
            return account
        try:
            told = await self._line.summary(grant.access, account.reference, moscow_day(now))
        except (Refused, Unreachable):
            return account
        if not isinstance(told, wire.Summary):
            return account
        return msgspec.structs.replace(account, balances=translate.balance(told, now))

    async def pull(
        self, grant: Grant, account: FoundAccount, want: Window, mark: str | None, now: datetime
    ) -> Piece:
        """One day with its figures, or when to come again while the bank forms it."""
        return await statement.day_piece(
            self._line, grant.access, account, want=want, mark=mark, now=now
        )

    async def changes(
        self, grant: Grant, account: FoundAccount, since: datetime, now: datetime
    ) -> Piece:
        """What the current operational day gained or lost."""
        return await statement.changes_piece(self._line, grant.access, account, since, now)

    async def probe(self, grant: Grant, account: FoundAccount | None, now: datetime) -> Finding:
        """Ask user-info for the offer first, then client-info, then a day of the account.

        What is in the offer and still refused is missing from our contract or its scope: only the
        bank's manager can add it.
        """
        number = account.reference if account else None
        info = await self._line.user_info(grant.access)
        finding = offer.standing(self._settings, grant, info, number, now)
        if finding.code not in {None, Code.ACCOUNT_NOT_IN_OFFER}:
            return finding
        try:
            client = await self._line.client_info(grant.access)
            if number is None:
                return Finding()
            offered = {theirs.account_number: theirs.bic for theirs in info.accounts or ()}
            for found in accounts.listed(self._settings.contract, client, offered, ()):
                if found.reference == number and found.unfit and found.unfit != finding.code:
                    return Finding(Code(found.unfit), {"wanted": offer.tail(number)})
            if finding.code is not None:
                unheard_of = await self._unheard_of(grant, number, now)
                return Finding(Code.ACCOUNT_NOT_FOUND, finding.evidence) if unheard_of else finding
            await self._line.summary(grant.access, number, moscow_day(now) - DAY)
        except Refused as refusal:
            if refusal.code is not Code.ACCESS_UNCLEAR:
                raise
            return finding if finding.code else Finding(Code.BANK_CONTRACT_MISSING)
        return Finding()

    async def renew(self, grant: Grant, now: datetime) -> Grant:
        """A new pair for the refresh token.

        After a lost answer the same grant may be renewed again: the bank keeps the used token in
        reserve and answers a repeat within the hour.
        """
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh or ""}
        try:
            tokens = await self._line.tokens(form, refusals.RENEWAL)
        except Refused as refusal:
            raise offer.gone(grant, refusal, now) from refusal
        return offer.renewed(grant, tokens, now)

    async def revoke(self, grant: Grant, now: datetime) -> None:
        """Give both tokens back; the offer itself only the customer can withdraw at the bank."""
        del now
        if grant.refresh:
            await self._line.drop(grant.refresh, "refresh_token")
        await self._line.drop(grant.access, "access_token")

    async def subscribe(self, grant: Grant, url: str, now: datetime) -> Grant:
        """Nothing to subscribe to: pushes exist for a company's own accounts only, set by hand."""
        del url, now
        return grant

    async def notices(self, push: Push, now: datetime) -> tuple[Hint, ...]:
        """Refuse every push: neither the envelope nor its signature is documented.

        Raises:
            Refused: `BANK_PUSH_INVALID`, always.
        """
        del push, now
        raise Refused(Code.BANK_PUSH_INVALID)
