"""A bank that tells its books badly in every way there is, and the ledger that must not be fooled.

The model bank holds the truth of one account. It delivers, repeats, shuffles, hides, corrects,
moves, books and withdraws; its figures are right, or of yesterday, or none. After every step the
ledger is consistent in itself and nothing is called proven that is not the truth that the figures
state; after an honest reading of everything the ledger is the truth.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec import Struct

from gateway.ledger.landing import tell_all
from gateway.ledger.proof import Proof
from gateway.store import coverage, feed, keys, schema, transactions
from gateway.store.database import SqliteDatabase, SqliteTx, Tx, _drive
from gateway.store.landing import Landed, Place, land
from schemas.coverage import DayState
from schemas.statement import Piece
from schemas.window import Window
from tests.exactness.bank_books import BankBooks, Payment, Said, statement
from tests.statements import NOW, days, place

LAST_DAY = 6
ALL = days(0, LAST_DAY)
PAYMENTS_MAX = 20
MENDS_MAX = 6
SEEDS: Final = int(os.environ.get("MOSTIK_TEST_SEEDS", "0"))

numbers = st.integers(0, 1000)
on_days = st.integers(0, LAST_DAY)
directions = st.sampled_from(["credit", "debit"])


class Kind(Struct, frozen=True):
    """What a bank gives to prove its rows by, and how it tells rows apart."""

    figures: bool
    turnovers: bool
    span_days: int
    ids: bool
    pending: bool
    misses_to_remove: int = 1


KINDS = {
    "turnovers of each day": Kind(True, True, 1, ids=True, pending=False),
    "balances of a span": Kind(True, False, 5, ids=True, pending=False),
    "balances and pending rows": Kind(True, False, 5, ids=True, pending=True),
    "turnovers without ids": Kind(True, True, 1, ids=False, pending=False),
    "nothing to prove by": Kind(False, False, 7, ids=True, pending=True, misses_to_remove=3),
    "nothing at all": Kind(False, False, 7, ids=False, pending=False, misses_to_remove=3),
}


class Power(Exception):  # noqa: N818 - it fails
    """The machine goes dark before the commit."""


class Account(RuleBasedStateMachine):
    """One account between its bank and its ledger."""

    database: SqliteDatabase

    @initialize(kind=st.sampled_from(sorted(KINDS)))
    def open(self, kind: str) -> None:
        self.kind = KINDS[kind]
        self.books = BankBooks(ids=self.kind.ids)
        self.earlier = self.books.as_now()
        self.place = self.opened()
        self.clock = NOW
        self.cursor = 0
        self.followed: dict[str, dict[str, Any]] = {}
        self.ids: dict[str, str] = {}
        self.stated: dict[date, Counter[tuple[str, str]]] = {}
        self.judged: set[date] = set()
        self.rows: list[dict[str, Any]] = []

    def opened(self) -> Place:
        """A new tenant with an account that nothing else has touched."""
        name = secrets.token_hex(8)
        made = self.write(lambda tx: keys.create(tx, name, keys.SCOPES, NOW))
        caller = self.read(lambda tx: keys.caller(tx, made.key))
        assert caller is not None
        return place(
            caller.tenant_id,
            f"acc_{name}",
            misses_to_remove=self.kind.misses_to_remove,
            pending=self.kind.pending,
        )

    def write(self, work: Callable[[Tx], Any]) -> Any:
        return self.database._write(work)

    def read(self, work: Callable[[Tx], Any]) -> Any:
        return _drive(work(SqliteTx(self.database._reading)))

    # -- what happens at the bank

    @precondition(lambda self: len(self.books.payments) < PAYMENTS_MAX)
    @rule(on=on_days, direction=directions, pending=st.booleans())
    def pay(self, on: int, direction: Any, *, pending: bool) -> None:
        self.remember()
        self.books.pay(days(on).first, direction, pending=pending and self.kind.pending)

    @precondition(lambda self: self.books.payments)
    @rule(which=numbers)
    def twin(self, which: int) -> None:
        """Never more than three alike, which is as far as sums can tell them apart."""
        of = self.pick(which)
        alike = [row for row in self.books.payments if row.number == of.number]
        if not of.pending and len(alike) < 3:
            self.remember()
            self.books.pay_again(of)

    @precondition(lambda self: self.books.payments)
    @rule(which=numbers)
    def correct(self, which: int) -> None:
        """The bank edits what a payment says."""
        self.remember()
        self.pick(which).purpose += "!"

    @precondition(lambda self: self.books.payments)
    @rule(which=numbers)
    def withdraw(self, which: int) -> None:
        self.remember()
        self.books.payments.remove(self.pick(which))

    @precondition(lambda self: self.books.payments and self.kind.ids)
    @rule(which=numbers, on=on_days)
    def move(self, which: int, on: int) -> None:
        """A payment turns out to belong to another day."""
        self.remember()
        self.pick(which).on = days(on).first

    @precondition(lambda self: any(row.pending for row in self.books.payments))
    @rule(which=numbers, later=st.integers(0, 1))
    def book(self, which: int, later: int) -> None:
        """A pending row is booked: another id, perhaps the next day."""
        self.remember()
        waiting = [row for row in self.books.payments if row.pending]
        row = waiting[which % len(waiting)]
        row.pending = False
        row.fresh_id += 1
        row.on = min(row.on + timedelta(days=later), ALL.last)

    @precondition(lambda self: self.books.payments and self.kind.ids)
    @rule(which=numbers, on=on_days)
    def reverse(self, which: int, on: int) -> None:
        """A payment that says which other one it takes back."""
        of = self.pick(which)
        if not of.pending and len(self.books.payments) < PAYMENTS_MAX:
            self.remember()
            self.books.pay(days(on).first, "debit").reverses = of.bank_id

    @precondition(lambda self: self.books.payments)
    @rule(which=numbers, shown=st.booleans())
    def come_late(self, which: int, *, shown: bool) -> None:
        """A row that counts in every figure is not shown yet, or shown at last."""
        self.pick(which).shown = shown

    def pick(self, which: int) -> Payment:
        return self.books.payments[which % len(self.books.payments)]

    def remember(self) -> None:
        """What figures of yesterday would say."""
        self.earlier = self.books.as_now()

    # -- what is delivered

    @rule(
        first=on_days,
        length=st.integers(1, 7),
        cut=st.lists(numbers, max_size=2),
        again=st.lists(numbers, max_size=2),
        shuffle=st.randoms(use_true_random=False),
        stale=st.booleans(),
        crash=st.booleans(),
    )
    def deliver(
        self,
        first: int,
        length: int,
        cut: list[int],
        again: list[int],
        shuffle: Any,
        *,
        stale: bool,
        crash: bool,
    ) -> None:
        """A reading with rows missing, twice, in any order; figures of now or of before."""
        span = self.span(first, length)
        told = [row for row in self.books.of(span) if row.shown]
        for which in cut:
            if told:
                told.pop(which % len(told))
        if self.kind.ids:
            told += [told[which % len(told)] for which in again if told]
        shuffle.shuffle(told)
        self.receive(span, told, self.earlier if stale else self.books, crash=crash)

    @rule(first=on_days, length=st.integers(1, 7))
    def deliver_honestly(self, first: int, length: int) -> None:
        """A good reading; told once more it says nothing new."""
        span = self.span(first, length)
        told = [row for row in self.books.of(span) if row.shown]
        self.receive(span, told, self.books)
        before = self.visible()
        again = self.receive(span, told, self.books)

        assert (again.added, again.changed) == (0, 0)
        if self.kind.misses_to_remove == 1:
            assert again.removed == 0
            assert self.visible() == before

    @precondition(lambda self: self.kind.ids)
    @rule(first=on_days, gone=st.lists(numbers, max_size=2))
    def increment(self, first: int, gone: list[int]) -> None:
        """Rows of a day without the claim to be all, and the names of rows taken back."""
        span = days(first)
        told = [row for row in self.books.of(span) if row.shown]
        living = {row.bank_id for row in self.books.payments}
        named = [f"b{which % (self.books.made + 1)}.0" for which in gone]
        piece = Piece(
            entries=tuple(self.books.entries(told)),
            withdrawn=tuple(name for name in named if name not in living),
        )
        self.land(piece)
        self.judged = set()

    def span(self, first: int, length: int) -> Window:
        return days(first, min(first + min(length, self.kind.span_days) - 1, LAST_DAY))

    def receive(
        self, span: Window, told: list[Payment], by: BankBooks, *, crash: bool = False
    ) -> Landed:
        stated = [by.figures(span, turnovers=self.kind.turnovers)] if self.kind.figures else []
        piece = statement(self.books, span, told, stated)
        if crash:
            before = (self.visible(), self.proofs())
            with pytest.raises(Power):
                self.land(piece, crash=True)

            assert (self.visible(), self.proofs()) == before
        landed = self.land(piece)
        if self.kind.figures:
            self.judged = set(span)
            for on in span:
                self.stated[on] = _amounts(by.truth(Window(on, on)))
        return landed

    def land(self, piece: Piece, *, crash: bool = False) -> Landed:
        self.clock += timedelta(minutes=1)
        told = tell_all(piece.entries)

        async def work(tx: Tx) -> Landed:
            landed = await land(tx, self.place, piece, told, self.clock)
            if crash:
                raise Power
            return landed

        done: Landed = self.write(work)
        return done

    # -- what must hold

    def visible(self) -> list[dict[str, Any]]:
        wanted = transactions.Filter(account_id=self.place.account_id)
        found = self.read(
            lambda tx: transactions.page(
                tx, self.place.tenant_id, wanted, transactions.NEWEST, 1000
            )
        )
        return [msgspec.json.decode(row[0]) for row in found]

    def proofs(self) -> list[Proof]:
        found: list[Proof] = self.read(lambda tx: coverage.proofs(tx, self.place.account_id, ALL))
        return found

    @invariant()
    def sums_of_days_are_sums_of_rows(self) -> None:
        self.rows = self.visible()
        sums: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for row in self.rows:
            if row["status"] == "booked":
                side = row["direction"] != "credit"
                of_day = sums[date.fromisoformat(row["booking_date"])]
                of_day[side] += round(float(row["amount"]) * 100)
                of_day[2 + side] += 1
        told = {
            proof.day: [proof.credits, proof.debits, proof.credit_count, proof.debit_count]
            for proof in self.proofs()
        }

        assert {day: found for day, found in told.items() if any(found)} == dict(sums)

    @invariant()
    def what_is_proven_is_the_truth_that_the_figures_state(self) -> None:
        ours = _by_day(self.rows)
        for proof in self.proofs():
            if proof.state is not DayState.PROVEN:
                continue
            assert self.kind.figures
            if proof.day in self.judged and self.kind.span_days == 1:
                assert ours[proof.day] == self.stated[proof.day], proof.day
        if self.judged and self.kind.span_days > 1:
            proven = {proof.day for proof in self.proofs() if proof.state is DayState.PROVEN}
            if self.judged <= proven:
                theirs = sum((self.stated[on] for on in self.judged), Counter())
                assert sum((ours[on] for on in self.judged), Counter()) == theirs

    @invariant()
    def the_feed_is_the_ledger(self) -> None:
        more = True
        while more:
            lines, self.cursor, more = self.read(
                lambda tx: feed.changes_after(tx, self.place.tenant_id, self.cursor, 3)
            )
            for change in map(msgspec.json.decode, lines.splitlines()):
                row = change["transaction"]
                known = row["id"] in self.followed
                assert known == (change["type"] != "added"), change
                if change["type"] == "removed":
                    del self.followed[row["id"]]
                else:
                    self.followed[row["id"]] = row

        assert self.followed == {row["id"]: row for row in self.rows}

    @invariant()
    def a_payment_keeps_its_id(self) -> None:
        """Under which words it is told, on which day, and whether it was away for a while."""
        for row in self.rows:
            if self.kind.ids:
                assert self.ids.setdefault(row["bank_ids"]["bank"], row["id"]) == row["id"]

    def teardown(self) -> None:
        """Faults end: everything is read honestly, and what contradicts is read again."""
        if not hasattr(self, "books"):
            return
        for row in self.books.payments:
            row.shown = True
        for _ in range(self.kind.misses_to_remove):
            for window in self.windows(ALL):
                self.receive(window, self.books.of(window), self.books)
        for _ in range(MENDS_MAX):
            for run in self.conflicts():
                for window in self.windows(run):
                    self.receive(window, self.books.of(window), self.books)
        self.sums_of_days_are_sums_of_rows()
        self.the_feed_is_the_ledger()

        assert _told(self.rows) == self.books.truth(ALL)
        if self.kind.figures:
            assert {proof.state for proof in self.proofs()} == {DayState.PROVEN}
        self.reversals_are_linked()

    def reversals_are_linked(self) -> None:
        keyed = {row.bank_id: row.purpose for row in self.books.payments if not row.pending}
        ids = {row["purpose"]: row["id"] for row in self.rows}
        shown = {row["purpose"]: row["reversal_of"] for row in self.rows}
        for row in self.books.payments:
            of = keyed.get(row.reverses or "")
            if of is not None and list(keyed.values()).count(of) == 1:
                assert shown[row.purpose] == ids[of]

    def windows(self, span: Window) -> Iterator[Window]:
        on = span.first
        while on <= span.last:
            last = min(on + timedelta(days=self.kind.span_days - 1), span.last)
            yield Window(on, last)
            on = last + timedelta(days=1)

    def conflicts(self) -> list[Window]:
        """Runs of days, which are read again as the engine does it: as a whole."""
        runs: list[Window] = []
        for proof in self.proofs():
            if proof.state is not DayState.CONFLICT:
                continue
            if runs and runs[-1].last + timedelta(days=1) == proof.day:
                runs[-1] = Window(runs[-1].first, proof.day)
            else:
                runs.append(Window(proof.day, proof.day))
        return runs


def _by_day(rows: list[dict[str, Any]]) -> dict[date, Counter[tuple[str, str]]]:
    found: dict[date, Counter[tuple[str, str]]] = defaultdict(Counter)
    for row in rows:
        if row["status"] == "booked":
            found[date.fromisoformat(row["booking_date"])][row["direction"], row["amount"]] += 1
    return found


def _amounts(truth: Counter[Said]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for (_, direction, amount, _), count in truth.items():
        found[direction, amount] += count
    return found


def _told(rows: list[dict[str, Any]]) -> Counter[Said]:
    return Counter(
        (date.fromisoformat(row["booking_date"]), row["direction"], row["amount"], row["purpose"])
        for row in rows
        if row["status"] == "booked"
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteDatabase]:
    """One real file for all examples, each with a tenant of its own."""
    file = tmp_path_factory.mktemp("machine") / "mostik.db"
    schema.migrate(f"sqlite:///{file}")
    opened = SqliteDatabase(file)
    # The disk is tried by the kill loop; here thousands of commits need not wait for it.
    opened._writing.execute("PRAGMA synchronous=OFF")
    yield opened
    opened._thread.shutdown()
    opened._reading.close()
    opened._writing.close()


def test_however_badly_a_bank_tells_its_books_the_ledger_is_never_fooled(
    database: SqliteDatabase,
) -> None:
    """Every rule, every order; set MOSTIK_TEST_SEEDS to try that many random runs instead."""
    machine = partial(_machine, database)
    run_state_machine_as_test(
        machine,  # type: ignore[arg-type]  # whatever makes a machine when called
        settings=settings(
            max_examples=SEEDS or 60,
            derandomize=not SEEDS,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    landed = database._reading.execute("SELECT count(*) FROM transactions").fetchone()[0]

    assert landed > 0


def _machine(database: SqliteDatabase) -> Account:
    Account.database = database
    return Account()
