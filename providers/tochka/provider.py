"""Tochka's verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import structs

from providers import oauth
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
    Unreachable,
)
from providers.refusals import fitting
from providers.tochka import consent, diagnosis, listing, statement, translate, webhook, wire
from providers.tochka.api import Api
from providers.tochka.bank import CALLING, PUSHED, REFRESH_LIFE, Settings
from providers.tochka.diagnosis import CLOSED_DOORS
from providers.tochka.refusals import CODE_EXCHANGE, RENEWAL, RETURN
from providers.transport import Wire
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.window import Window


class Tochka:
    """Tochka as a provider: by OAuth with a consent, or by a key from the customer's cabinet."""

    def __init__(self, settings: Settings, line: Wire) -> None:
        self._settings = settings
        self._api = Api(settings, line)
        self._signature = webhook.Signature(line, settings.webhook_key_url)

    async def begin(self, ask: Ask, now: datetime) -> Next | Granted:
        """With a key all is done at once; without one a consent is made for the customer to sign.

        Raises:
            Refused: `ACCESS_TOKEN_REJECTED` for a key that the bank does not take, and as `resume`.
        """
        if token := ask.credentials.get("token"):
            return await self._enter_with_key(ask, consent.key(token), now)
        tokens = await self._api.tokens(
            {"grant_type": "client_credentials", "scope": self._settings.scope}
        )
        consent_id = await self._api.new_consent(tokens.access_token)
        url = oauth.authorize_url(
            f"{self._settings.oauth_base}/authorize",
            client_id=self._settings.client_id,
            redirect_uri=ask.redirect_uri,
            scope=self._settings.scope,
            state=ask.state,
            more={"consent_id": consent_id},
        )
        return Next(kind="redirect", url=url, memo={"consent_id": consent_id})

    async def _enter_with_key(self, ask: Ask, token: str, now: datetime) -> Granted:
        told = consent.claims(token)
        ends = consent.expires_at(told)
        if ends is not None and ends <= now:
            evidence = {"expired_at": ends.isoformat()}
            raise Refused(Code.ACCESS_TOKEN_REJECTED, evidence=evidence)
        notes = {"way": "key"}
        if told.iss:
            notes["client_id"] = told.iss
        grant = Grant(access=token, access_expires_at=ends, notes=notes)
        try:
            listed = await self._api.consents(grant, None)
        except Refused as no:
            if no.code not in CLOSED_DOORS:
                raise
            raise Refused(Code.ACCESS_TOKEN_REJECTED, status=no.status, words=no.words) from no
        return await self._granted(ask, grant, listed, now)

    async def resume(
        self, ask: Ask, memo: Mapping[str, str], answer: Answered, now: datetime
    ) -> Next | Granted:
        """Exchange the code, then see what was allowed, until when, and by whose company.

        Raises:
            Refused: `AUTHORISATION_DECLINED`, `AUTHORISATION_TIMED_OUT` for the walk itself;
                `PERMISSIONS_REDUCED`, `ORGANISATION_DETAILS_MISMATCH` and the like for its end.
        """
        _vet_return(ask, answer.params)
        tokens = await self._api.tokens(
            {
                "grant_type": "authorization_code",
                "scope": self._settings.scope,
                "code": answer.params["code"],
                "redirect_uri": ask.redirect_uri,
            },
            CODE_EXCHANGE,
        )
        consent_id = memo.get("consent_id")
        grant = Grant(
            access=tokens.access_token,
            access_expires_at=oauth.expiry(tokens, now),
            access_seconds=oauth.lifetime(tokens),
            refresh=tokens.refresh_token,
            refresh_expires_at=now + REFRESH_LIFE if tokens.refresh_token else None,
            consent_id=consent_id,
            notes={"way": "oauth", "client_id": self._settings.client_id},
        )
        return await self._granted(ask, grant, await self._signed(grant), now)

    async def _signed(self, grant: Grant) -> list[wire.Consent]:
        """The consent as the customer signed it; none where the bank shows it to nobody."""
        if not grant.consent_id:
            return []
        try:
            return [await self._api.consent(grant, grant.consent_id)]
        except Refused as no:
            if no.code is not Code.ACCESS_UNCLEAR:
                raise
            return []

    async def _granted(
        self, ask: Ask, grant: Grant, listed: Sequence[wire.Consent], now: datetime
    ) -> Granted:
        """Close either way in: the consent must allow reading, the company must be the one asked.

        A key's consents are told apart by company only after the companies were seen, which a
        consent without rights would prevent: it is judged before and after.
        """
        _require(grant, consent.of(grant, listed), now)
        company = await self._company(ask, grant)
        if company is not None:
            notes = {**grant.notes, "customer_code": company.customer_code}
            if (tax := listing.owner(company).inn) is not None:
                notes["inn"] = tax
            grant = structs.replace(grant, notes=notes)
        ours = consent.of(grant, listed)
        _require(grant, ours, now)
        ends = translate.instant(ours.expiration_date_time) if ours is not None else None
        if diagnosis.is_key(grant):
            ends = grant.access_expires_at or ends
        return Granted(
            grant=structs.replace(
                grant,
                consent_id=ours.consent_id if ours is not None else grant.consent_id,
                consent_expires_at=ends,
                permissions=consent.permitted(ours),
            ),
            owner=listing.owner(company),
        )

    async def _company(self, ask: Ask, grant: Grant) -> wire.Customer | None:
        try:
            customers = await self._api.customers(grant)
            several = len(customers) > 1 and ask.expected and not ask.owner.inn
            accounts = await self._api.accounts(grant) if several else ()
        except Refused as no:
            if no.code is not Code.ACCESS_UNCLEAR:
                raise
            # the consent allows it, so it is the person behind it who may not
            raise Refused(
                Code.USER_RIGHTS_INSUFFICIENT, status=no.status, words=no.words, body=no.body
            ) from no
        return consent.company(customers, accounts, ask)

    async def accounts(self, grant: Grant, now: datetime) -> tuple[FoundAccount, ...]:
        """All accounts with their balances; those of other companies are told as such."""
        customers = await self._api.customers(grant)
        owners = {one.customer_code: listing.owner(one) for one in customers}
        theirs = await self._api.accounts(grant)
        balances = listing.balances(await self._api.balances(grant))
        ends = await self._consent_ends(grant, now)
        return tuple(
            listing.account(
                one,
                place=place,
                owners=owners,
                ours=grant.notes.get("customer_code"),
                balances=balances,
                ends=ends,
            )
            for place, one in enumerate(theirs)
        )

    async def _consent_ends(self, grant: Grant, now: datetime) -> datetime | None:
        """The end that the customer may have moved since he agreed; unknown is no refusal."""
        try:
            ours = consent.of(grant, await self._api.consents(grant, None))
        except (Refused, Unreachable):
            return None
        ends = translate.instant(ours.expiration_date_time) if ours is not None else None
        return ends if ends is not None and ends > now else None

    async def pull(
        self, grant: Grant, account: FoundAccount, want: Window, mark: str | None, now: datetime
    ) -> Piece:
        """Order a statement, or collect the one ordered under this mark.

        Raises:
            Refused: `STATEMENT_LOST` where it must be ordered anew, `STATEMENT_FAILED` where the
                bank could not make it.
        """
        if mark is None:
            return await statement.ordered(self._api, grant, account, want, now)
        return await statement.collected(self._api, grant, account, want, mark=mark, now=now)

    async def changes(
        self, grant: Grant, account: FoundAccount, since: datetime, now: datetime
    ) -> Piece:
        """Nothing: the bank does not tell what changed, and the descriptor says so."""
        del grant, account, since, now
        return Piece()

    async def probe(self, grant: Grant, account: FoundAccount | None, now: datetime) -> Finding:
        """Key's end, consent, permissions, company, account: the first that is wrong is told."""
        return await diagnosis.found(self._api, grant, account, now)

    async def renew(self, grant: Grant, now: datetime) -> Grant:
        """A new pair; the old refresh token is spent, so the new one must be kept before its use.

        Raises:
            Refused: `CONSENT_EXPIRED` after 30 days without a renewal, `CONSENT_REVOKED` earlier;
                `ACCESS_TOKEN_REJECTED` for a key, which only its owner can make anew.
        """
        if diagnosis.is_key(grant) or not grant.refresh:
            raise Refused(Code.ACCESS_TOKEN_REJECTED)
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh}
        try:
            tokens = await self._api.tokens(form, RENEWAL)
        except Refused as no:
            late = grant.refresh_expires_at is not None and grant.refresh_expires_at <= now
            if no.code is not Code.CONSENT_REVOKED or not late:
                raise
            raise Refused(Code.CONSENT_EXPIRED, status=no.status, words=no.words) from no
        return structs.replace(
            grant,
            access=tokens.access_token,
            access_expires_at=oauth.expiry(tokens, now),
            access_seconds=oauth.lifetime(tokens),
            refresh=tokens.refresh_token or grant.refresh,
            refresh_expires_at=(
                now + REFRESH_LIFE if tokens.refresh_token else grant.refresh_expires_at
            ),
        )

    async def revoke(self, grant: Grant, now: datetime) -> None:
        """Stop the calls for a key; a consent or key itself is ended in the cabinet only.

        The calls for our application are all customers' together, so they go on.
        """
        del now
        client_id = grant.notes.get("client_id")
        if not diagnosis.is_key(grant) or not client_id:
            return
        try:
            await self._api.drop_hook(grant, client_id)
        except Refused as no:
            # a door already closed, or nobody called: there is nothing to give back
            if no.code not in {*CLOSED_DOORS, Code.ACCOUNT_NOT_FOUND}:
                raise

    async def subscribe(self, grant: Grant, url: str, now: datetime) -> Grant:
        """Have the bank call `url`, which must already answer 200: the bank tries it at once.

        Raises:
            Refused: `BANK_PUSH_INVALID` where the bank does not take it; reading is not touched.
        """
        del now
        client_id = grant.notes.get("client_id")
        if not client_id:
            raise webhook.invalid("the key does not tell its client")
        if CALLING not in grant.permissions:
            raise webhook.invalid(f"{CALLING} is not permitted")
        try:
            before = await self._api.hook(grant, client_id)
            if before.url != url or not set(PUSHED) <= set(before.webhooks_list or ()):
                await self._api.set_hook(grant, client_id, url, before)
        except Refused as no:
            if no.code is Code.ACCESS_TOKEN_REJECTED or no.status not in _NOT_TAKEN:
                raise
            raise Refused(
                Code.BANK_PUSH_INVALID, status=no.status, words=no.words, body=no.body
            ) from no
        return grant

    async def notices(self, push: Push, now: datetime) -> tuple[Hint, ...]:
        """What a push says once its signature is found to be the bank's.

        Raises:
            Refused: `BANK_PUSH_INVALID` for whatever the bank did not sign.
        """
        return webhook.hints(await self._signature.opened(push.body, now))


_NOT_TAKEN = frozenset({400, 403, 404, 409, 422, 424})


def _require(grant: Grant, ours: wire.Consent | None, now: datetime) -> None:
    """The consent lets us read; a customer who rejected it at the bank declined."""
    if ours is None:
        if diagnosis.is_key(grant):
            raise Refused(Code.ACCESS_TOKEN_REJECTED, evidence={"reason": "the key is not listed"})
        return
    finding = consent.judged(ours, now)
    if finding.evidence.get("status") == "Rejected":
        raise Refused(Code.AUTHORISATION_DECLINED, evidence=finding.evidence)
    if finding.code is not None:
        raise Refused(finding.code, evidence=finding.evidence)


def _vet_return(ask: Ask, params: Mapping[str, str]) -> None:
    """The customer came back from this very walk and with a code."""
    if error := params.get("error"):
        row = fitting(RETURN, 0, error)
        code = row.code if row else Code.BANK_REFUSAL_UNRECOGNISED
        raise Refused(code, words=error[:120])
    if params.get("state", ask.state) != ask.state or not params.get("code"):
        raise Refused(Code.AUTHORISATION_TIMED_OUT)
