"""Sber as the sandbox knows it: its routes, its books, and what its cabinet gives by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sandbox.bank import FakeBank, Rejected
from sandbox.sber import (
    cabinet,
    client_info,
    increment,
    oauth,
    offer,
    pages,
    statements,
    tokens,
    webhook,
)
from sandbox.sber.books import REHEARSAL_CLIENT, SERVICES, Books, Walk
from sandbox.sber.identity import CLAIMS
from sandbox.sber.refusals import unrouted
from sandbox.sber.situations import BANK as ID
from sandbox.sber.situations import SITUATIONS
from sandbox.sber.walk import authorise
from sandbox.state import Sandbox
from sandbox.world import Company


def minted(
    sandbox: Sandbox, company: Company, permissions: Sequence[str] | None, expires: datetime | None
) -> dict[str, Any]:
    """The cabinet's "access keys": a pair made by hand, with the offer that it needs."""
    people = sandbox.world.customers_of(company.id)
    accounts = [account.key for account in offer.suitable(sandbox, company.id)]
    if not people or not accounts:
        raise Rejected("company", "The company has no account here that keys could open.")
    known = ("openid", *CLAIMS, *SERVICES)
    strangers = [word for word in permissions or () if word not in known]
    if strangers:
        raise Rejected("permissions", f"The contract lacks {', '.join(strangers)}.")
    if expires is not None and expires <= sandbox.now:
        raise Rejected("expires", "Keys cannot end before they begin.")
    if offer.standing(sandbox, REHEARSAL_CLIENT, company.id) is None:
        offer.signed(sandbox, REHEARSAL_CLIENT, company.id, people[0].login, accounts)
    walk = Walk(
        client_id=REHEARSAL_CLIENT,
        redirect_uri="",
        scope=" ".join(permissions or known),
        state="",
        login=people[0].login,
        company=company.id,
    )
    pair = tokens.issued(sandbox, walk, sandbox.now)
    if expires is not None:
        pair.refresh_until, pair.access_until = expires, min(expires, pair.access_until)
    return {
        "client_id": REHEARSAL_CLIENT,
        "client_secret": sandbox.store(Books).clients[REHEARSAL_CLIENT].secret,
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "scope": pair.scope,
        "access_until": pair.access_until,
        "refresh_until": pair.refresh_until,
    }


BANK = FakeBank(
    id=ID,
    name="СберБанк",
    country="RU",
    covers=(ID,),
    routes=(
        *pages.ROUTES,
        *cabinet.ROUTES,
        *oauth.ROUTES,
        *client_info.ROUTES,
        *statements.ROUTES,
        *increment.ROUTES,
    ),
    store=Books,
    situations=SITUATIONS,
    unrouted=unrouted,
    authorise=authorise,
    mint=minted,
    on_payment=webhook.posted,
)
