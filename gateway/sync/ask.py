"""Ask a bank on a connection's behalf: a living token, one forced refresh, one settling probe."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from gateway.product import Product
from gateway.records import Connection, Trouble
from gateway.sync.journal import on_behalf_of
from providers.contract import Finding, Grant, Provider, Refused, Unreachable
from schemas.account import FoundAccount
from schemas.codes import Code

T = TypeVar("T")

SEVERAL_CAUSES = {Code.ACCESS_UNCLEAR, Code.ACCESS_TOKEN_REJECTED, Code.ACCOUNT_NOT_FOUND}
"""Refusals that are looked into: also an account that is not found may just have been closed."""


async def ask(
    product: Product,
    connection: Connection,
    provider: Provider,
    call: Callable[[Grant], Awaitable[T]],
    operation: str,
    *,
    account: FoundAccount | None = None,
) -> T:
    """The answer to a call; refusals that can have several causes are settled before they leave.

    Raises:
        Refused: with the code that names the cause.
        Unreachable: when the bank cannot be asked.
    """
    with on_behalf_of(connection):
        grant = await product.tokens.fresh(connection, provider)
        try:
            return await call(grant)
        except Refused as refused:
            if refused.code is Code.ACCESS_TOKEN_REJECTED and grant.refresh is not None:
                grant = await product.tokens.fresh(connection, provider, instead_of=grant)
                try:
                    return await call(grant)
                except Refused as again:
                    refused = again
            if refused.code is Code.BANK_UNAVAILABLE:
                product.banks[connection.bank].gate.trouble(operation)
            settled = await _settled(product, connection, provider, grant, refused, account)
            if settled is not None:
                raise settled from refused
            # The bank, asked why, finds nothing wrong: what was in the way may have just ended.
            return await call(await product.tokens.fresh(connection, provider))


async def _settled(  # noqa: PLR0917 - what a refusal is judged by
    product: Product,
    connection: Connection,
    provider: Provider,
    grant: Grant,
    refused: Refused,
    account: FoundAccount | None,
) -> Refused | None:
    """The refusal under the code that the bank's other answers show to be its cause.

    None where an unclear one has no cause to be found.
    """
    if refused.code not in SEVERAL_CAUSES:
        return refused
    try:
        finding = await _finding(provider, grant, account, product.clock.now())
        dead = finding.code is Code.ACCESS_TOKEN_REJECTED and grant.refresh is not None
        if dead and refused.code is Code.ACCESS_UNCLEAR:
            # A dead token is renewed once, here too: that answer tells why.
            grant = await product.tokens.fresh(connection, provider, instead_of=grant)
            finding = await provider.probe(grant, account, product.clock.now())
    except Refused as other:
        return refused if other.code is Code.ACCESS_UNCLEAR else other
    except Unreachable:
        return refused
    if finding.code is None:
        return None if refused.code is Code.ACCESS_UNCLEAR else refused
    return Refused(
        finding.code,
        status=refused.status,
        words=refused.words,
        body=refused.body,
        evidence={**refused.evidence, **finding.evidence},
        retry_after=refused.retry_after,
    )


async def _finding(
    provider: Provider, grant: Grant, account: FoundAccount | None, now: datetime
) -> Finding:
    """What the bank finds when asked why, a dead token among it."""
    try:
        return await provider.probe(grant, account, now)
    except Refused as refused:
        if refused.code is not Code.ACCESS_TOKEN_REJECTED:
            raise
        return Finding(refused.code)


def to_trouble(refused: Refused, now: datetime, retry_at: datetime | None = None) -> Trouble:
    """A refusal as it is kept."""
    return Trouble(
        code=refused.code,
        at=now,
        evidence=refused.evidence,
        bank_status=refused.status,
        bank_words=refused.words,
        bank_body=refused.body,
        retry_at=retry_at,
    )
