"""Who climbs the ladder: every bank of `BANKS`, at every bank that it reaches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import Struct

from providers import BANKS
from providers.contract import Entrance
from sandbox.bank import FakeBank
from sandbox.banks import BANKS as FAKES
from schemas.bank import Bank


class Climber(Struct, frozen=True):
    """One bank under the ladder; `at` is where its account is kept, itself or a bank behind it."""

    entrance: Entrance
    fake: FakeBank
    at: str

    @property
    def bank(self) -> Bank:
        """The descriptor, which chooses the rungs."""
        return self.entrance.bank

    @property
    def own(self) -> bool:
        """Whether the account is kept by the very bank that we speak with."""
        return self.at in {self.bank.id, self.fake.id}

    def __str__(self) -> str:
        """The name under which pytest prints the rung: `-k tatra`, `-k csob`."""
        return self.bank.id if self.own else f"{self.bank.id}-{self.at}"


def _fake_of(bank: Bank) -> FakeBank:
    found = [fake for fake in FAKES if bank.id in fake.covers]
    assert found, f"{bank.id} has no fake bank to climb on: write one in sandbox/{bank.id}/"
    return found[0]


def _reached(bank: Bank) -> Iterator[str]:
    yield bank.id
    yield from (linked.id for linked in bank.reaches)


CLIMBERS = [
    Climber(entrance, _fake_of(entrance.bank), at)
    for entrance in BANKS.values()
    for at in _reached(entrance.bank)
]
OWN = [climber for climber in CLIMBERS if climber.own]
FIRST_LINKED = [
    next(climber for climber in CLIMBERS if climber.bank is one.bank and not climber.own)
    for one in OWN
    if one.bank.reaches
]
"""One bank behind each bank that reaches others: for rungs too long to climb at every one."""


def needs(climber: Climber, capability: str) -> None:
    """Leave this rung out for a bank that cannot, by its own descriptor, do such a thing."""
    if not getattr(climber.bank.capabilities, capability):
        pytest.skip(f"{climber.bank.id}: capability {capability} is not stated")


def named(climber: Climber) -> str:
    """A climber as pytest prints it."""
    return str(climber)
