"""A model bank: the truth of one account over time, and the ways in which it is told badly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec
from msgspec import Struct, field

from schemas.statement import Figures, Piece
from schemas.transaction import Direction, Entry
from schemas.window import DAY, Window
from tests.statements import entry

OPENING = Decimal(1000)
Said = tuple[date, str, str, str]


class Payment(Struct):
    """One payment in the bank's books; `shown` says whether the bank lets it be seen yet."""

    number: int
    on: date
    amount: Decimal
    direction: Direction
    purpose: str
    pending: bool = False
    shown: bool = True
    fresh_id: int = 0
    """How often the bank has given it another id, as at its booking."""
    reverses: str | None = None
    """The id of the payment that this one takes back."""

    @property
    def bank_id(self) -> str:
        """The bank's own id of it, where the bank has ids."""
        return f"b{self.number}.{self.fresh_id}"


class BankBooks(Struct):
    """The truth: every payment as it is now. Withdrawn ones are simply not there any more."""

    ids: bool
    """Whether the bank has ids of its own; without them rows are told apart by content alone."""
    payments: list[Payment] = field(default_factory=list)
    made: int = 0
    copies: int = 0

    def pay(self, on: date, direction: Direction, *, pending: bool = False) -> Payment:
        """A payment happens; no two sets of payments ever add up to the same.

        Its amount is a power of four, so that also with a twin or two nothing can be missing that
        something else makes up for: what sums cannot show is shown elsewhere.
        """
        self.made += 1
        amount = Decimal(4**self.made).scaleb(-2)
        purpose = f"No {self.made}"
        payment = Payment(self.made, on, amount, direction, purpose, pending)
        self.payments.append(payment)
        return payment

    def pay_again(self, of: Payment) -> None:
        """The very same payment once more, as two tickets on one day; only its id is another."""
        self.copies += 1
        self.payments.append(msgspec.structs.replace(of, fresh_id=100 * self.copies))

    def of(self, span: Window) -> list[Payment]:
        """What is truly in a span of days."""
        return [each for each in self.payments if each.on in span]

    def entries(self, payments: Iterable[Payment]) -> list[Entry]:
        """Payments in the words of a provider."""
        return [
            msgspec.structs.replace(
                entry(
                    each.bank_id if self.ids else "",
                    0,
                    f"{each.amount:.2f}",
                    each.direction,
                    purpose=each.purpose,
                    status="pending" if each.pending else "booked",
                    reverses=each.reverses if self.ids else None,
                ),
                booking_date=each.on,
                bank_ids={"bank": each.bank_id} if self.ids else {},
            )
            for each in payments
        ]

    def balance(self, on: date) -> Decimal:
        """The true balance at the end of a day."""
        booked = [each for each in self.payments if each.on <= on and not each.pending]
        return OPENING + sum(
            (row.amount if row.direction == "credit" else -row.amount for row in booked),
            Decimal(0),
        )

    def figures(self, span: Window, *, turnovers: bool) -> Figures:
        """The bank's figures for a span; hidden rows are in them, as the money is."""
        inside = [each for each in self.of(span) if not each.pending]
        came = [each.amount for each in inside if each.direction == "credit"]
        went = [each.amount for each in inside if each.direction == "debit"]
        balances = Figures(
            first=span.first,
            last=span.last,
            opening=self.balance(span.first - DAY),
            closing=self.balance(span.last),
        )
        if not turnovers:
            return balances
        return msgspec.structs.replace(
            balances,
            credits=sum(came, Decimal(0)),
            debits=sum(went, Decimal(0)),
            credit_count=len(came),
            debit_count=len(went),
        )

    def truth(self, span: Window) -> Counter[Said]:
        """The booked rows of a span as a multiset."""
        return Counter(
            (row.on, row.direction, f"{row.amount:.2f}", row.purpose)
            for row in self.of(span)
            if not row.pending
        )

    def as_now(self) -> BankBooks:
        """A copy that stays as the books are now."""
        return msgspec.json.decode(msgspec.json.encode(self), type=BankBooks)


def statement(
    books: BankBooks, span: Window, told: Iterable[Payment], stated: Iterable[Figures]
) -> Piece:
    """A reading that claims to be complete, with whatever rows and figures came."""
    return Piece(covers=span, entries=tuple(books.entries(told)), figures=tuple(stated))
