"""Connections and accounts as integrators see them."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from gateway import records
from gateway.problems import problem
from schemas.account import AccountStatus, BalanceType, Owner, Sign
from schemas.cases import Language
from schemas.connection import ConnectionStatus, Consent, Freshness, NextStep, Schedule
from schemas.numbers.minor import from_minor, to_minor
from schemas.problem import Problem


class Organisation(Struct, frozen=True, kw_only=True):
    """Whose banks are connected."""

    id: str
    name: str
    inn: str | None
    kpp: str | None
    ico: str | None


class Connection(Struct, frozen=True, kw_only=True):
    """A customer's permission to read at a bank, and what has to happen next."""

    id: str
    bank: str
    status: ConnectionStatus
    organisation: Organisation
    schedule: Schedule
    history_from: date
    return_url: str
    next: NextStep
    consent: Consent
    problem: Problem | None
    freshness: Freshness
    created_at: datetime
    closed_at: datetime | None


class Balance(Struct, frozen=True, kw_only=True):
    """A figure by the bank; unsigned, `sign` says in whose favour."""

    type: BalanceType
    amount: str
    sign: Sign
    currency: str
    as_of: datetime


class Anchor(Struct, frozen=True, kw_only=True):
    """A balance fixed by hand at the end of a day; a signed decimal string."""

    date: date
    balance: str


class Account(Struct, frozen=True, kw_only=True):
    """One account, the same for ever whatever happens to its connection."""

    id: str
    connection_id: str
    bank: str
    number: str | None
    iban: str | None
    bic: str | None
    bank_name: str | None
    currency: str
    kind: str
    name: str | None
    owner: Owner
    status: AccountStatus
    selected: bool
    eligible: bool
    problem: Problem | None
    balances: tuple[Balance, ...]
    freshness: Freshness
    anchor: Anchor | None
    history_from: date | None


def trouble(
    found: records.Trouble | None, language: Language, bank: str, place: str
) -> Problem | None:
    """A problem at rest as it stands inside a resource."""
    if found is None:
        return None
    return problem(found, language=language, bank=bank, instance=place)


def connection(kept: records.Connection, language: Language) -> Connection:
    """A connection in the caller's language."""
    ours = kept.organisation
    return Connection(
        id=kept.id,
        bank=kept.bank,
        status=kept.status,
        organisation=Organisation(
            id=ours.id, name=ours.name, inn=ours.inn, kpp=ours.kpp, ico=ours.ico
        ),
        schedule=kept.schedule,
        history_from=kept.history_from,
        return_url=kept.return_url,
        next=kept.next,
        consent=kept.consent,
        problem=trouble(kept.trouble, language, kept.bank, f"/v1/connections/{kept.id}"),
        freshness=kept.freshness,
        created_at=kept.created_at,
        closed_at=kept.closed_at,
    )


def account(kept: records.Account, language: Language) -> Account:
    """An account in the caller's language."""
    found = kept.found
    return Account(
        id=kept.id,
        connection_id=kept.connection_id,
        bank=kept.bank,
        number=found.number,
        iban=found.iban,
        bic=found.bic,
        bank_name=found.bank_name,
        currency=found.currency,
        kind=found.kind,
        name=found.name,
        owner=found.owner,
        status=found.status,
        selected=kept.selected,
        eligible=kept.eligible,
        problem=trouble(kept.trouble, language, kept.bank, f"/v1/accounts/{kept.id}"),
        balances=tuple(
            Balance(
                type=each.type,
                amount=from_minor(to_minor(each.amount, each.currency), each.currency),
                sign=each.sign,
                currency=each.currency,
                as_of=each.as_of,
            )
            for each in found.balances
        ),
        freshness=kept.freshness,
        anchor=Anchor(date=kept.anchor.date, balance=kept.anchor.balance) if kept.anchor else None,
        history_from=kept.history_from,
    )
