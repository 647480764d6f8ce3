"""A small history in three banks, connected over HTTP, and its comparison with the banks' books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from tests.exactness.processes import Fakes, House

NOW = "2026-11-20T09:00:00Z"
TODAY = date(2026, 11, 20)
DAYS = 40
PROVABLE = ("sber", "tochka")
BANKS = {"sber": "RU", "tochka": "RU", "tatra": "SK"}
HOSTILE: Mapping[str, Any] = {
    "delivery": {"duplicate_share": 0.1, "every_minutes": 20},
    "access_token_minutes": 60 * 24 * 90,
}
"""Shuffled windows of ten days, one each 20 virtual minutes, every tenth row twice.

Tokens outlive the load: on a clock so fast a start takes an hour, and a refresh token that is kept
for two of them would be lost to that alone. Kills within a refresh have a test of their own.
"""

Said = tuple[Any, ...]


def empty_world(fakes: Fakes, seed: int) -> None:
    """Begin anew, before a gateway is started: it would take a moment to hear of another time.

    Time stands still until somebody lets it go, so that no part of a load is over too early.
    """
    fakes.tell("/reset", {"seed": seed, "now": NOW, "speed": 0})


class History:
    """An account in each of some banks, connected, with its past still to be loaded."""

    def __init__(
        self,
        fakes: Fakes,
        house: House,
        seed: int,
        banks: Sequence[str],
        habits: Mapping[str, Any] = HOSTILE,
    ) -> None:
        self._fakes = fakes
        self._house = house
        self._connections: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        for place, bank in enumerate(banks):
            fakes.tell(f"/banks/{bank}/behaviour", habits, "PATCH")
            self._open(bank, seed + place)

    def _open(self, bank: str, seed: int) -> None:
        country = BANKS[bank]
        currency = "RUB" if country == "RU" else "EUR"
        company = self._fakes.tell(
            "/companies",
            {"country": country, "banks": {bank: {"accounts": [{"currency": currency}]}}},
        )
        account = company["accounts"][0]
        key = account["iban"] or account["number"]
        first = (TODAY - timedelta(days=DAYS)).isoformat()
        span = {"from": first, "to": (TODAY - timedelta(days=1)).isoformat()}
        self._fakes.tell(
            f"/accounts/{key}/payments",
            {"generate": {**span, "count": 80, "seed": seed, "twins": 0.1, "corrections": 0.1}},
        )
        self._keys[bank] = key
        owner = {name: company[name] for name in ("name", "inn", "kpp", "ico") if company[name]}
        made = self._house.post(
            "/connections",
            {
                "bank": bank,
                "return_url": "https://erp.example/back",
                "organisation": owner,
                "history_from": first,
                "schedule": "daily",
            },
        )
        self._connections[bank] = made["id"]
        self._approve(made["next"]["url"])

    def _approve(self, url: str | None) -> None:
        """The customer goes to the bank where he has to, says yes, and comes back."""
        if url:
            said = self._fakes.tell("/authorise", {"url": url, "decision": "approve"})
            self._house.come_back(said["location"])

    def reconnect(self, bank: str) -> None:
        """The customer grants anew."""
        made = self._house.post(f"/connections/{self._connections[bank]}/reconnect", {})
        self._approve(made["next"]["url"])

    @property
    def complete(self) -> bool:
        """Whether every account's first load has ended, read beside the process."""
        found = self._house.look("SELECT state, count(*) FROM loads GROUP BY state")
        return dict(found) == {"complete": len(self._connections)}

    def standing(self, bank: str, since: datetime) -> tuple[str, str | None] | None:
        """Status and code of a connection, once it has been looked at since an instant."""
        said = self._house.get(f"/connections/{self._connections[bank]}")
        code = said["problem"]["code"] if said["problem"] else None
        looked_at = said["freshness"]["last_success_at"]
        if said["status"] != "active":
            return said["status"], code
        if looked_at is None or datetime.fromisoformat(looked_at) < since:
            return None
        return "active", code

    def differences(self) -> dict[str, Any]:
        """Everything by which what we tell is not what the banks' books say; empty when all is.

        Compared as an integrator would: the list of transactions, the change feed applied from its
        beginning, and the days that are called proven.
        """
        found: dict[str, Any] = {}
        followed = self._followed()
        for account in self._house.rows("/accounts"):
            bank = account["bank"]
            truth = self._fakes.ask(f"/accounts/{self._keys[bank]}/ledger")
            rows = list(self._house.rows("/transactions", account_id=account["id"]))
            theirs, ours = Counter(map(_said, truth["items"])), Counter(map(_said, rows))
            if theirs != ours:
                found[bank] = {
                    "lacking": sorted((theirs - ours).elements(), key=str),
                    "too_much": sorted((ours - theirs).elements(), key=str),
                }
            if followed.get(account["id"], {}) != {row["id"]: row for row in rows}:
                found[f"{bank}: feed"] = len(followed.get(account["id"], {})), len(rows)
            days = self._house.get(
                f"/accounts/{account['id']}/coverage",
                **{"from": account["history_from"], "to": TODAY - timedelta(days=1)},
            )["days"]
            states = Counter(day["state"] for day in days)
            if bank in PROVABLE and set(states) != {"proven"}:
                found[f"{bank}: days"] = dict(states)
        if len(self._keys) != len(list(self._house.rows("/accounts"))):
            found["accounts"] = "not one for each bank"
        return found

    def _followed(self) -> dict[str, dict[str, Any]]:
        """The ledgers that a reader of the feed has built, who keeps nothing else."""
        ledgers: dict[str, dict[str, Any]] = {}
        for change in self._house.rows("/changes"):
            row = change["transaction"]
            ledger = ledgers.setdefault(row["account_id"], {})
            if change["type"] == "removed":
                del ledger[row["id"]]
            else:
                assert (row["id"] in ledger) == (change["type"] == "modified"), change
                ledger[row["id"]] = row
        return ledgers


def _said(row: Mapping[str, Any]) -> Said:
    """The fields of a movement that both sides state, in one form."""
    far = row["counterparty"]
    return (
        row.get("booking_date") or row["date"],
        row["direction"],
        row["amount"],
        row["currency"],
        _written(row["purpose"]),
        row["document_number"] or None,
        far.get("account") or None,
        far.get("iban") or None,
    )


def _written(purpose: str) -> str:
    """What the payer wrote: where that is nothing, Tatra fills in a line of its own (CCINT …)."""
    return "" if purpose.startswith("CCINT ") else " ".join(purpose.split())
