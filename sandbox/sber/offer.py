"""The offer: which accounts an organisation lets a partner see, and whether it still stands."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from sandbox import numbers
from sandbox.sber.books import Books, Offer, Pair
from sandbox.sber.situations import BANK
from sandbox.state import Sandbox
from sandbox.world import Account, Customer

OFFER_DAYS = 365
# docs "sber-api/host/statements" of 2025-12
SUITABLE_KINDS = {
    "platform": ("settlement",),
    "holding": ("settlement", "transit"),
    "company": ("settlement", "transit", "deposit"),
}
# an expired offer is still told, with its date
HIDING = frozenset({"OFFER_NOT_SIGNED", "BANK_CONFIRMATION_PENDING", "CONSENT_REVOKED"})
UNLISTED = frozenset(
    {
        "ACCOUNT_NOT_IN_OFFER",
        "ACCOUNT_OF_OTHER_ORGANISATION",
        "ACCOUNT_KIND_NOT_SUPPORTED",
        "ACCOUNT_NOT_FOUND",
    }
)


def needs_offer(sandbox: Sandbox) -> bool:
    """Whether the partner looks at other organisations than its own."""
    return sandbox.behaviour(BANK).sber.contract != "company"


def suitable(sandbox: Sandbox, company: str) -> list[Account]:
    """The accounts that the contract's set lets be named in an offer."""
    kinds = SUITABLE_KINDS[sandbox.behaviour(BANK).sber.contract]
    neighbours = sandbox.store(Books).neighbours
    return [
        account
        for account in sandbox.world.accounts_of(company, BANK)
        if account.kind in kinds and account.key not in neighbours
    ]


def signed(
    sandbox: Sandbox, client_id: str, company: str, login: str, accounts: Sequence[str]
) -> Offer:
    """Put a new offer in force; it takes the place of an older one."""
    behaviour, now = sandbox.behaviour(BANK), sandbox.now
    offer = Offer(
        login=login,
        accounts=list(accounts),
        signed_at=now,
        effective_at=now + timedelta(minutes=behaviour.confirmation_minutes),
        expires_at=now + timedelta(days=behaviour.consent_days or OFFER_DAYS),
    )
    sandbox.store(Books).keep_offer(client_id, company, offer)
    return offer


def standing(sandbox: Sandbox, client_id: str, company: str) -> Offer | None:
    """The offer that was signed and neither revoked nor run out, None when there is none."""
    offer = sandbox.store(Books).offer(client_id, company)
    dead = offer_is_dead(sandbox, client_id, company)
    return None if dead else offer


def offer_is_dead(sandbox: Sandbox, client_id: str, company: str) -> str | None:
    """Revoked or expired, forced or true, as a situation; None for a living offer or none."""
    in_force = sandbox.store(Books).forced.get(company)
    if in_force in ("CONSENT_REVOKED", "OFFER_EXPIRED"):
        return in_force
    return truly_dead(sandbox, client_id, company)


def why_no_access(sandbox: Sandbox, pair: Pair) -> str | None:
    """The situation, forced or true, in which the company is shut to this token, else None."""
    if sandbox.store(Books).forced.get(pair.company) == "OFFER_NOT_SIGNED":
        return "OFFER_NOT_SIGNED"
    dead = offer_is_dead(sandbox, pair.client_id, pair.company)
    return dead or _truly_shut(sandbox, pair)


def why_no_statement(sandbox: Sandbox, pair: Pair, account: Account) -> str | None:
    """The true situation in which this account is shut to this token, None when it is open.

    What is forced strikes a statement call by itself, as often as it was ordered to.
    """
    closed = _truly_shut(sandbox, pair)
    if closed is not None:
        return closed
    if account.company != pair.company or account.bank != BANK:
        return "ACCOUNT_OF_OTHER_ORGANISATION"
    if account.kind not in SUITABLE_KINDS[sandbox.behaviour(BANK).sber.contract]:
        return "ACCOUNT_KIND_NOT_SUPPORTED"
    books = sandbox.store(Books)
    offer = books.offer(pair.client_id, pair.company)
    named = [*(offer.accounts if offer is not None else ()), *books.neighbours]
    if needs_offer(sandbox) and account.key not in named:
        return "ACCOUNT_NOT_IN_OFFER"
    return None


def listed(sandbox: Sandbox, pair: Pair) -> list[Account] | None:
    """The accounts that user-info and client-info name, None where no offer lets them."""
    if why_no_access(sandbox, pair) in HIDING:
        return None
    accounts = suitable(sandbox, pair.company)
    if needs_offer(sandbox):
        offer = sandbox.store(Books).offer(pair.client_id, pair.company)
        named = offer.accounts if offer is not None else []
        accounts = [account for account in accounts if account.key in named]
    forced = sandbox.store(Books).forced
    shown = [account for account in accounts if forced.get(account.key) not in UNLISTED]
    # an offer names at least one account: what hides the only one was signed for another
    return shown or [_neighbour(sandbox, account) for account in accounts[:1]]


def connected(sandbox: Sandbox, user: Customer) -> dict[str, Offer]:
    """The living offers of a user's organisations, by client and company."""
    return {
        key: kept
        for key, kept in sandbox.store(Books).offers.items()
        if key.partition("|")[2] in user.companies
        and kept.revoked_at is None
        and sandbox.now < kept.expires_at
    }


def expiry(sandbox: Sandbox, pair: Pair) -> datetime | None:
    """When the signed offer ends or ended, None where nothing was signed."""
    offer = sandbox.store(Books).offer(pair.client_id, pair.company)
    if offer is None or not needs_offer(sandbox):
        return None
    if sandbox.store(Books).forced.get(pair.company) == "OFFER_EXPIRED":
        return min(offer.expires_at, sandbox.now - timedelta(days=1))
    return offer.expires_at


def _neighbour(sandbox: Sandbox, account: Account) -> Account:
    """The company's empty account with the next serial number, opened when first needed."""
    serial = f"{(int(account.number[9:]) + 1) % 10**11:011d}"
    number = next(
        number
        for key in "0123456789"
        if numbers.account_key_holds(number := account.number[:8] + key + serial, account.bic)
    )
    known = sandbox.world.account(number)
    if known is not None:
        return known
    opened = msgspec.structs.replace(account, number=number, opening_balance=Decimal(0))
    sandbox.world.add_account(opened)
    sandbox.store(Books).neighbours.append(number)
    return opened


def truly_dead(sandbox: Sandbox, client_id: str, company: str) -> str | None:
    """Revoked or expired in truth, as a situation; None for a living offer or none."""
    offer = sandbox.store(Books).offer(client_id, company)
    if offer is None or not needs_offer(sandbox):
        return None
    if offer.revoked_at is not None:
        return "CONSENT_REVOKED"
    return "OFFER_EXPIRED" if sandbox.now >= offer.expires_at else None


def _truly_shut(sandbox: Sandbox, pair: Pair) -> str | None:
    if not needs_offer(sandbox):
        return None
    offer = sandbox.store(Books).offer(pair.client_id, pair.company)
    if offer is None:
        return "OFFER_NOT_SIGNED"
    early = "BANK_CONFIRMATION_PENDING" if sandbox.now < offer.effective_at else None
    return truly_dead(sandbox, pair.client_id, pair.company) or early
