"""Living access tokens: one refresh at a time for each connection, over all processes.

The order is what makes a crash harmless: say in the store that we are about to refresh, ask the
bank, keep the new pair, and only then use it. A crash before the pair is kept leaves the old grant
and the claim; whoever comes next asks the bank again with the same refresh token, which the bank
either accepts (it keeps a used one for such a case) or refuses with a clear word.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from gateway.clock import Clock, wall
from gateway.failpoints import failpoint
from gateway.records import Connection
from gateway.sealing import Sealer
from gateway.store import connections
from gateway.store.connections import Sealed
from gateway.store.database import Database, Tx
from providers.contract import Grant, Provider, Refused
from schemas.codes import Code

CLAIM = timedelta(seconds=90)
WAIT_SECONDS = 0.05
SAME_ANSWER = timedelta(seconds=30)
"""For so long a bank that refused a renewal is taken to refuse it still."""


class _Refusal(Struct, frozen=True):
    """That the bank would not renew this version of a grant."""

    version: int
    at: datetime
    word: Refused


class Tokens:
    """Grants of connections, opened when they are needed and refreshed before they end."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self.sealer = sealer
        self._clock = clock
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._refusals: dict[str, _Refusal] = {}

    def seal(self, connection: Connection, grant: Grant) -> bytes:
        """A grant as it may rest."""
        place = (connection.tenant_id, connection.id, "live")
        return self.sealer.seal(msgspec.json.encode(grant), place)

    def open(self, connection: Connection, sealed: Sealed) -> Grant:
        """A grant from where it rests."""
        place = (connection.tenant_id, connection.id, "live")
        return msgspec.json.decode(self.sealer.open(sealed.sealed, place), type=Grant)

    async def fresh(
        self, connection: Connection, provider: Provider, *, instead_of: Grant | None = None
    ) -> Grant:
        """A grant whose access token should work; `instead_of` is one that has just been refused.

        Raises:
            Refused: when there is no grant, or the bank will not refresh it.
            Unreachable: when the bank cannot be asked.
        """
        sealed, grant = await self._read(connection)
        if not self._due(grant, instead_of):
            return grant
        async with self._locks[connection.id]:
            while True:
                sealed, grant = await self._read(connection)
                if not self._due(grant, instead_of):
                    return grant
                self._recall(connection, sealed.version)
                if await self._claim(connection, sealed.version):
                    return await self._refresh(connection, provider, sealed, grant)
                # Another process is at it; its answer or its death ends the wait.
                await asyncio.sleep(WAIT_SECONDS)

    def _recall(self, connection: Connection, version: int) -> None:
        """Give a refusal that this very grant has just met to everybody who waited for it.

        Raises:
            Refused: with the bank's word, instead of asking for what it has refused.
        """
        kept = self._refusals.get(connection.id)
        if kept is None or kept.version != version or self._clock.now() - kept.at >= SAME_ANSWER:
            return
        word = kept.word
        raise Refused(
            word.code,
            status=word.status,
            words=word.words,
            body=word.body,
            evidence=word.evidence,
            retry_after=word.retry_after,
        )

    async def _read(self, connection: Connection) -> tuple[Sealed, Grant]:
        async def work(tx: Tx) -> Sealed | None:
            return await connections.grant(tx, connection.id)

        sealed = await self._database.read(work)
        if sealed is None:
            raise Refused(Code.ACCESS_TOKEN_REJECTED, evidence={"reason": "no grant is kept"})
        return sealed, self.open(connection, sealed)

    def _due(self, grant: Grant, instead_of: Grant | None) -> bool:
        if instead_of is not None:
            return grant.access == instead_of.access
        if grant.access_expires_at is None or grant.refresh is None:
            return False
        # At four fifths of its life a token is replaced, so that no call leaves with a dead one.
        margin = timedelta(seconds=(grant.access_seconds or 300) / 5)
        return self._clock.now() >= grant.access_expires_at - margin

    async def _claim(self, connection: Connection, version: int) -> bool:
        now = wall()

        async def work(tx: Tx) -> bool:
            return await connections.claim_refresh(tx, connection.id, version, now, now + CLAIM)

        return await self._database.write(work)

    async def _refresh(
        self, connection: Connection, provider: Provider, sealed: Sealed, grant: Grant
    ) -> Grant:
        if grant.refresh is None:
            await self._give_back(connection, sealed)
            raise Refused(Code.ACCESS_TOKEN_REJECTED, evidence={"reason": "nothing to renew it by"})
        failpoint("before_refresh")
        try:
            renewed = await provider.renew(grant, self._clock.now())
        except Refused as word:
            self._refusals[connection.id] = _Refusal(sealed.version, self._clock.now(), word)
            await self._give_back(connection, sealed)
            raise
        except BaseException:
            await self._give_back(connection, sealed)
            raise
        self._refusals.pop(connection.id, None)
        failpoint("after_refresh")
        secret = self.seal(connection, renewed)

        async def work(tx: Tx) -> bool:
            return await connections.refreshed(tx, connection.id, sealed.version, secret)

        if not await self._database.write(work):
            # The customer has just granted anew: that grant is the living one.
            return (await self._read(connection))[1]
        return renewed

    async def _give_back(self, connection: Connection, sealed: Sealed) -> None:
        async def work(tx: Tx) -> None:
            await connections.unclaim_refresh(tx, connection.id, sealed.version)

        await self._database.write(work)
