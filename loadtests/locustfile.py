"""Two kinds of users of a running `mostik serve`: `locust -f loadtests/locustfile.py`.

An integrator follows the feed and pages through the ledger; somebody from support looks at one
account, its days and its problems. `MOSTIK_KEY` must be set; `--host` names the address.
"""

from __future__ import annotations

import os
from typing import Any

from locust import FastHttpUser, constant_throughput, task

HEADERS = {"Authorization": f"Bearer {os.environ.get('MOSTIK_KEY', '')}"}


class User(FastHttpUser):
    """Whoever has a key; an answer is looked into only where the next step needs it."""

    abstract = True

    def ask(self, target: str, name: str) -> Any:
        """A GET under its template's name; None when it failed, which locust has then counted."""
        with self.client.get(target, headers=HEADERS, name=name, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code}: {(answer.text or '')[:200]}")
                return None
            return answer.json()

    def on_start(self) -> None:
        """Know the accounts there are."""
        told = self.ask("/v1/accounts?limit=100", "/v1/accounts")
        self.accounts: list[str] = [account["id"] for account in (told or {}).get("items", [])]
        self.turn = 0

    def account(self) -> str | None:
        """One account after the other."""
        self.turn += 1
        return self.accounts[self.turn % len(self.accounts)] if self.accounts else None


class Integrator(User):
    """A program that keeps its own copy: mostly the feed, now and then pages."""

    weight = 4
    wait_time = constant_throughput(5)
    cursor = ""

    @task(6)
    def changes(self) -> None:
        """The feed from where it was left; from the beginning when its end is reached."""
        more = f"&cursor={self.cursor}" if self.cursor else ""
        told = self.ask(f"/v1/changes?limit=500{more}", "/v1/changes")
        self.cursor = told["next_cursor"] if told and told["has_more"] else ""

    @task(3)
    def pages(self) -> None:
        """Two pages of an account, the second by the first one's cursor."""
        account = self.account()
        if account is None:
            return
        target = f"/v1/transactions?account_id={account}&limit=100"
        told = self.ask(target, "/v1/transactions")
        if told and told["next_cursor"]:
            self.ask(f"{target}&cursor={told['next_cursor']}", "/v1/transactions (on)")

    @task(1)
    def connections(self) -> None:
        """Whether something needs somebody."""
        self.ask("/v1/connections?limit=100", "/v1/connections")


class Support(User):
    """A person with a question: an account, its days, a search, the case's explanation."""

    weight = 1
    wait_time = constant_throughput(0.5)

    @task(2)
    def account_and_days(self) -> None:
        """An account and which of its days are proven."""
        account = self.account()
        if account is None:
            return
        self.ask(f"/v1/accounts/{account}", "/v1/accounts/{id}")
        self.ask(f"/v1/accounts/{account}/coverage", "/v1/accounts/{id}/coverage")

    @task(2)
    def search(self) -> None:
        """A word in all purposes, which no index answers."""
        account = self.account()
        if account is not None:
            target = f"/v1/transactions?account_id={account}&q=НДС&limit=20"
            self.ask(target, "/v1/transactions?q")

    @task(1)
    def catalogue(self) -> None:
        """What a code means."""
        self.ask("/v1/errors", "/v1/errors")
