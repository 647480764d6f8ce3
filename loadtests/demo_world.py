"""Who takes part in the demo: two companies, five banks, a year of payments, and the customer."""

from __future__ import annotations

import math
import time
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct

from loadtests.demo_calls import Caller, CallFailed, go_back

NOW = "2026-11-20T05:00:00+00:00"
"""A fixed morning: the same seed tells the same story on every machine."""
SHARES = {"sber": 28, "tochka": 24, "tatra": 18, "csob": 16, "fio": 14}
"""How many of a hundred payments go over an account at each bank."""
NAMES = {
    "sber": "Sber",
    "tochka": "Tochka",
    "tatra": "Tatra banka",
    "csob": "ČSOB",
    "fio": "Fio banka",
}
WINDOW_DAYS = 10
DELIVERY = {
    "window_days": WINDOW_DAYS,
    "every_minutes": 30,
    "order": "shuffled",
    "duplicate_share": 0.03,
    "late_share": 0.03,
}
ACCESS_TOKEN_MINUTES = 24 * 60
"""In fast time an hour's token is renewed every other second, and a kill would hit a renewal a
thousand times as often as in life; a bank that keeps no used token then wants its customer again.
"""
TWINS = 0.01
RETURN_URL = "https://erp.example/banks"
CONTROL = "/control/v1"
CLOCK_HEARD_SECONDS = 0.6


class Wish(Struct, frozen=True, kw_only=True):
    """What is to be shown."""

    payments: int
    days: int
    seed: int
    speed: float

    @property
    def first(self) -> date:
        """The oldest day of the history."""
        return self.last - timedelta(days=self.days - 1)

    @property
    def last(self) -> date:
        """The day before the demo begins."""
        return datetime.fromisoformat(NOW).date() - timedelta(days=1)

    @property
    def windows(self) -> int:
        """How many of the bank's windows the history has."""
        return math.ceil(self.days / WINDOW_DAYS)

    def window_of(self, day: str) -> int:
        """The number of the window that a day lies in; the oldest is 1."""
        return (date.fromisoformat(day) - self.first).days // WINDOW_DAYS + 1


class Book(Struct, frozen=True, kw_only=True):
    """One account as the bank keeps it."""

    bank: str
    name: str
    """Of the bank, as a person says it."""
    number: str | None
    bic: str | None
    iban: str | None

    @property
    def key(self) -> str:
        """The IBAN, or the number where there is none."""
        return self.iban or self.number or ""

    @property
    def label(self) -> str:
        """The bank and the end of the number."""
        return f"{self.name} …{self.key[-4:]}"


class Door(Struct, frozen=True, kw_only=True):
    """One connection to make: through which bank, for whom, to which accounts."""

    bank: str
    company: dict[str, Any]
    books: tuple[Book, ...]


class World(Struct, frozen=True, kw_only=True):
    """Everything the banks know, as far as the demo made it."""

    doors: tuple[Door, ...]
    beside: Book
    """A second account at the first door's bank, which the customer will leave out."""
    payments: int

    @property
    def books(self) -> list[Book]:
        """The accounts whose history is loaded."""
        return [book for door in self.doors for book in door.books]


def furnish(control: Caller, wish: Wish) -> World:
    """Make the companies, their accounts, their past, and the banks' bad habits."""
    habits = {
        "delivery": {**DELIVERY, "seed": wish.seed},
        "access_token_minutes": ACCESS_TOKEN_MINUTES,
    }
    for bank in SHARES:
        control.patch(f"{CONTROL}/banks/{bank}/behaviour", habits)
    russian = _company(control, "RU", {"sber": 2, "tochka": 1})
    slovak = _company(control, "SK", {"tatra": 1, "csob": 1, "fio": 1})
    sber, beside, tochka = _books(russian)
    linked = _books(slovak)
    payments = sum(_pay(control, wish, book) for book in (sber, tochka, *linked))
    doors = (
        Door(bank="sber", company=russian, books=(sber,)),
        Door(bank="tochka", company=russian, books=(tochka,)),
        # ČSOB and Fio are reached through Tatra's one consent.
        Door(bank="tatra", company=slovak, books=tuple(linked)),
    )
    return World(doors=doors, beside=beside, payments=payments)


def _company(control: Caller, country: str, accounts: dict[str, int]) -> dict[str, Any]:
    banks: dict[str, Any] = {bank: {"accounts": [{}] * count} for bank, count in accounts.items()}
    made: dict[str, Any] = control.post(
        f"{CONTROL}/companies", {"country": country, "banks": banks}
    )
    return made


def _books(company: dict[str, Any]) -> list[Book]:
    return [
        Book(
            bank=account["bank"],
            name=NAMES[account["bank"]],
            number=account["number"] or None,
            bic=account["bic"] or None,
            iban=account["iban"] or None,
        )
        for account in company["accounts"]
    ]


def _pay(control: Caller, wish: Wish, book: Book) -> int:
    generate = {
        "from": wish.first.isoformat(),
        "to": wish.last.isoformat(),
        "count": wish.payments * SHARES[book.bank] // 100,
        "seed": wish.seed,
        "twins": TWINS,
    }
    path = f"{CONTROL}/accounts/{book.key}/payments"
    made: int = control.post(path, {"generate": generate})["count"]
    return made


def connect(
    api: Caller, control: Caller, door: Door, wish: Wish, expected: Book | None = None
) -> dict[str, Any]:
    """Ask for a connection as an integrator, agree as the customer, come back as his browser.

    Answers the connection as it stands then. `expected` is an account that must be among those
    granted; the customer does not know that and grants the door's own ones.
    """
    whose = {name: door.company[name] for name in ("name", "inn", "kpp", "ico")}
    order: dict[str, Any] = {
        "bank": door.bank,
        "organisation": whose,
        "return_url": RETURN_URL,
        "history_from": wish.first.isoformat(),
        "schedule": "hourly",
    }
    if expected:
        order["expected_accounts"] = [{"number": expected.number, "bic": expected.bic}]
    made = api.post("/v1/connections", order)
    chosen = [book.key for book in door.books]
    there = {"url": made["next"]["url"], "decision": "approve", "accounts": chosen}
    back = go_back(control.post(f"{CONTROL}/authorise", there)["location"])
    if not back.startswith(RETURN_URL):
        raise CallFailed("the customer did not come back to the integrator's page")
    connection: dict[str, Any] = api.get(f"/v1/connections/{made['id']}")
    return connection


def run_clock(control: Caller, speed: float) -> None:
    """Let virtual time pass at a speed, once the gateway has heard of it too."""
    control.post(f"{CONTROL}/clock", {"speed": speed})
    # Until then it counts on at the old speed, and may be hours ahead of the banks.
    time.sleep(CLOCK_HEARD_SECONDS)


def virtual_instant(control: Caller) -> datetime:
    """The virtual time."""
    return datetime.fromisoformat(control.get(f"{CONTROL}/clock")["now"])
