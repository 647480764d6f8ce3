"""What an integrator can see while history comes in: the change feed and the loads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from loadtests.demo_calls import PAGE, Caller
from loadtests.demo_world import Book, Wish, World

CLOSED = frozenset({"complete", "failed", "cancelled"})
GOING = frozenset({"active", "confirming"})


class Passage:
    """One account's history on its way in."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.account_id = ""
        self.load: dict[str, Any] = {}
        self.copy: dict[str, dict[str, Any]] = {}
        """The ledger by the change feed alone: our id -> row."""
        self.arrived: list[tuple[str, int]] = []
        """The bank's windows in the order they came: when the row was landed, and the number."""
        self._seen: set[int] = set()

    @property
    def is_over(self) -> bool:
        """Whether the load has ended, well or not."""
        return self.load.get("state") in CLOSED

    @property
    def is_alone(self) -> bool:
        """Whether the whole history is one window of ours, read until nothing new comes."""
        return len(self.load.get("windows", ())) == 1

    @property
    def count(self) -> int:
        """How many of the bank's windows have come, at least in part."""
        return len(self._seen)

    def hear(self, change: dict[str, Any], wish: Wish) -> None:
        """Take one line of the feed into the copy."""
        row = change["transaction"]
        if change["type"] == "removed":
            self.copy.pop(row["id"], None)
            return
        self.copy[row["id"]] = row
        window = wish.window_of(row["booking_date"])
        if window not in self._seen and 1 <= window <= wish.windows:
            self._seen.add(window)
            self.arrived.append((change["at"], window))

    def order(self) -> list[str]:
        """The windows in the order they came; those of one answer stand together in brackets."""
        answers: list[tuple[str, list[int]]] = []
        for at, window in self.arrived:
            if answers and answers[-1][0] == at:
                answers[-1][1].append(window)
            else:
                answers.append((at, [window]))
        return [
            str(windows[0]) if len(windows) == 1 else f"({_runs(sorted(windows))})"
            for _, windows in answers
        ]


def _runs(numbers: list[int]) -> str:
    """Ascending numbers, neighbours as from–to."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] + 1 == number:
            runs[-1].append(number)
        else:
            runs.append([number])
    return " ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


class Watch:
    """Follows everything over `/v1`, across a restart too, since page and cursor stay together."""

    def __init__(self, api: Caller, world: World, wish: Wish) -> None:
        self._api = api
        self._wish = wish
        self._cursor: str | None = None
        self._by_id: dict[str, Passage] = {}
        self.passages = [Passage(book) for book in world.books]

    @property
    def share(self) -> float:
        """How much of all windows has come, 0..1."""
        return sum(each.count for each in self.passages) / (len(self.passages) * self._wish.windows)

    @property
    def rows(self) -> int:
        """Rows in the copy."""
        return sum(len(each.copy) for each in self.passages)

    @property
    def is_over(self) -> bool:
        """Whether every load has ended."""
        return all(each.is_over for each in self.passages)

    @property
    def only_waiting(self) -> bool:
        """Whether all that is left is to look again, hours later, whether a bank has more."""
        return all(each.is_over or (each.is_alone and each.count) for each in self.passages)

    @property
    def next_at(self) -> datetime | None:
        """When the gateway will ask a bank next, as far as histories go."""
        return min(
            (
                datetime.fromisoformat(window["next_attempt_at"])
                for each in self.passages
                for window in each.load.get("windows", ())
                if window["next_attempt_at"]
            ),
            default=None,
        )

    @property
    def stopped(self) -> list[str]:
        """Connections on which somebody must act, each with its reason."""
        return [
            f"{each['bank']} is {each['status']}: {each['problem'] and each['problem']['code']}"
            for each in self._api.pages("/v1/connections")
            if each["status"] not in GOING
        ]

    def look(self) -> None:
        """Read what is new."""
        self._find()
        self._hear()
        for load in self._api.pages("/v1/loads"):
            passage = self._by_id.get(load["account_id"])
            # The newest load comes first, the history's is the oldest.
            if passage:
                passage.load = load

    def _find(self) -> None:
        """Learn our ids of the accounts as they appear."""
        if len(self._by_id) == len(self.passages):
            return
        known = {each.book.key: each for each in self.passages}
        for account in self._api.pages("/v1/accounts"):
            passage = known.get(account["iban"] or account["number"])
            if passage:
                passage.account_id = account["id"]
                self._by_id[account["id"]] = passage

    def _hear(self) -> None:
        while True:
            page = self._api.get("/v1/changes", cursor=self._cursor, limit=PAGE)
            for change in page["items"]:
                passage = self._by_id.get(change["transaction"]["account_id"])
                if passage is None:
                    return  # its account appeared after we looked; the page is read again
                passage.hear(change, self._wish)
            self._cursor = page["next_cursor"] or self._cursor
            if not page["has_more"]:
                return
