"""A payment before it has a number and an instant, and what its purpose speaks of."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random

from msgspec import Struct

from sandbox.entry import Card, Direction, Party
from sandbox.partners import Circle

CENT = Decimal("0.01")


class Billed(Struct, frozen=True, kw_only=True):
    """An invoice that a purpose names."""

    number: str
    contract: str
    issued: date
    amount: Decimal
    vs: str = ""


class Draft(Struct, frozen=True, kw_only=True):
    """One payment of some day; `returns` gives the purpose if it is taken back."""

    direction: Direction
    amount: Decimal
    purpose: str
    kind: str
    counterparty: Party
    vs: str = ""
    ss: str = ""
    ks: str = ""
    end_to_end_id: str = ""
    card: Card | None = None
    billed: tuple[Billed, ...] = ()


Maker = Callable[[Random, date, Circle, int], Draft]


def price(rng: Random, low: int, high: int) -> Decimal:
    """A price between these whole amounts: small ones are more frequent, half of them round."""
    whole = int(low + (high - low) * rng.random() ** 3)
    if rng.random() < 0.5:  # noqa: PLR2004 - half
        return Decimal(max(whole // 50 * 50, low)).quantize(CENT)
    return Decimal(whole * 100 + rng.randrange(100)).scaleb(-2)
