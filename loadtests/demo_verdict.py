"""Is what we hold what the bank holds: row by row, day by day."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from msgspec import Struct

from loadtests.demo_calls import Caller
from loadtests.demo_watch import Passage
from loadtests.demo_world import CONTROL, Wish

Said = tuple[str | None, ...]


class Verdict(Struct, frozen=True, kw_only=True):
    """What became of one account."""

    passage: Passage
    rows: int
    duplicates: int
    days: dict[str, int]
    """State of a day -> how many."""
    lacking: list[Said]
    too_much: list[Said]
    copy_agrees: bool

    @property
    def is_equal(self) -> bool:
        """Whether the ledger is the bank's."""
        return not self.lacking and not self.too_much

    @property
    def is_whole(self) -> bool:
        """Whether every day has come and none contradicts the bank's figures."""
        return not (self.days.get("missing") or self.days.get("conflict"))

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to complain of."""
        return self.is_equal and self.is_whole and self.copy_agrees

    @property
    def read_by(self) -> str:
        """Into which calls of ours the history was cut."""
        windows = self.passage.load["windows"]
        longest = max(_days(window) for window in windows)
        return f"{len(windows)} × {longest} d"


def judge(api: Caller, control: Caller, passage: Passage, wish: Wish) -> Verdict:
    """Compare one account with the bank's own ledger."""
    span = {"from": wish.first.isoformat(), "to": wish.last.isoformat()}
    ledger = control.get(f"{CONTROL}/accounts/{passage.book.key}/ledger", **span)
    theirs = Counter(_said(row, row["date"]) for row in ledger["items"])
    kept = list(api.pages("/v1/transactions", account_id=passage.account_id, **span))
    ours = Counter(_said(row, row["booking_date"]) for row in kept if row["status"] == "booked")
    coverage = api.get(f"/v1/accounts/{passage.account_id}/coverage", **span)
    return Verdict(
        passage=passage,
        rows=ours.total(),
        duplicates=sum(window["duplicates"] for window in passage.load["windows"]),
        days=Counter(day["state"] for day in coverage["days"]),
        lacking=sorted((theirs - ours).elements(), key=str),
        too_much=sorted((ours - theirs).elements(), key=str),
        copy_agrees={row["id"]: row for row in kept} == passage.copy,
    )


def _days(window: dict[str, Any]) -> int:
    first, last = date.fromisoformat(window["from"]), date.fromisoformat(window["to"])
    return (last - first).days + 1


def _said(row: dict[str, Any], day: str) -> Said:
    """The fields that both sides state; runs of blanks in a purpose are one."""
    far = row["counterparty"]
    return (
        day,
        row["direction"],
        row["amount"],
        row["currency"],
        " ".join(row["purpose"].split()),
        far["account"] or None,
        far["iban"] or None,
    )
