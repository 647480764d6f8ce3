"""Asks a bank live, condition by condition, what keeps a connection from working."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from gateway.product import Product
from gateway.records import Account, Connection, Trouble
from gateway.store import accounts
from gateway.store.database import Tx
from gateway.sync.ask import ask, to_trouble
from providers.contract import Finding, Grant, Refused, Unreachable
from schemas.account import FoundAccount
from schemas.cases import Category, case
from schemas.codes import Code
from schemas.connection import ConnectionStatus

State = Literal["passed", "failed", "skipped"]

STEPS = ("open", "customer_came_back", "consent_lives", "bank_answers", "access_granted")
"""The conditions in the order in which each needs the one before; then one for each account."""

_BANK_DOWN = frozenset({Category.BANK_FAULT, Category.WAIT})


class Probe(Struct, frozen=True):
    """One condition: whether it holds, and what shows it."""

    id: str
    state: State
    detail: str = ""


class Diagnosis(Struct, frozen=True):
    """The conditions in order, and the first thing that is wrong."""

    trouble: Trouble | None
    checks: tuple[Probe, ...]


async def diagnose(product: Product, connection: Connection) -> Diagnosis:
    """Probe the bank; nothing that is kept changes."""
    now = product.clock.now()
    before = _from_here(connection, now)
    if before is not None:
        return _broken(*before)
    try:
        shown = await _shown(product, connection, now)
    except Unreachable as silent:
        code = Code.BANK_TIMEOUT if silent.trouble == "timeout" else Code.BANK_UNAVAILABLE
        return _broken("bank_answers", Trouble(code=code, at=now))
    except Refused as refused:
        down = case(refused.code).category in _BANK_DOWN
        step = "bank_answers" if down else "access_granted"
        return _broken(step, to_trouble(refused, now))
    checks = [Probe(step, "passed") for step in STEPS]
    trouble = None
    for account in await _kept(product, connection):
        probe, found = await _account(product, connection, account, shown, now)
        checks.append(probe)
        trouble = trouble or found
    return Diagnosis(trouble, tuple(checks))


def _from_here(connection: Connection, now: datetime) -> tuple[str, Trouble] | None:
    """The first condition that can be seen to be broken without the bank."""
    if connection.status is ConnectionStatus.CLOSED:
        return "open", Trouble(code=Code.CONNECTION_CLOSED, at=now)
    if connection.status is ConnectionStatus.AWAITING_CUSTOMER:
        late = Trouble(code=Code.BANK_CONFIRMATION_PENDING, at=now)
        return "customer_came_back", connection.trouble or late
    if connection.consent.granted_at is None and connection.trouble is not None:
        return "customer_came_back", connection.trouble
    ends = connection.consent.expires_at
    if ends is not None and ends <= now:
        evidence = {"expired_at": ends.isoformat()}
        return "consent_lives", Trouble(code=Code.CONSENT_EXPIRED, at=now, evidence=evidence)
    return None


def _broken(step: str, trouble: Trouble) -> Diagnosis:
    """All before the step hold, and what needs it cannot be tried."""
    place = STEPS.index(step)
    states: list[State] = ["passed"] * place
    states += ["failed", *["skipped"] * (len(STEPS) - place - 1)]  # type: ignore[list-item]
    checks = tuple(
        Probe(name, state, trouble.code.value if state == "failed" else "")
        for name, state in zip(STEPS, states, strict=True)
    )
    return Diagnosis(trouble, checks)


async def _shown(
    product: Product, connection: Connection, now: datetime
) -> tuple[FoundAccount, ...]:
    provider = product.banks[connection.bank].provider

    async def call(grant: Grant) -> tuple[FoundAccount, ...]:
        return await provider.accounts(grant, now)

    return await ask(product, connection, provider, call, "accounts")


async def _kept(product: Product, connection: Connection) -> list[Account]:
    async def work(tx: Tx) -> list[Account]:
        return await accounts.of_connection(tx, connection.id)

    return [account for account in await product.database.read(work) if account.selected]


async def _account(
    product: Product,
    connection: Connection,
    account: Account,
    shown: Sequence[FoundAccount],
    now: datetime,
) -> tuple[Probe, Trouble | None]:
    """Whether the bank would let us read one account, by its own word."""
    provider = product.banks[connection.bank].provider
    ours = account.found.iban or account.found.number
    seen = next((each for each in shown if (each.iban or each.number) == ours), account.found)

    async def call(grant: Grant) -> Finding:
        return await provider.probe(grant, seen, now)

    step = f"account_readable:{account.id}"
    try:
        finding = await ask(product, connection, provider, call, "probe", account=seen)
    except Unreachable:
        return Probe(step, "skipped", account.ending), None
    except Refused as refused:
        trouble = to_trouble(refused, now)
        return Probe(step, "failed", f"{account.ending} {refused.code.value}"), trouble
    code = finding.code or (Code(seen.unfit) if seen.unfit else None)
    if code is None:
        return Probe(step, "passed", account.ending), None
    trouble = Trouble(code=code, at=now, evidence={**finding.evidence, "account": account.ending})
    return Probe(step, "failed", f"{account.ending} {code.value}"), trouble
