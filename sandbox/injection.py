"""Situations forced on a live connection: the next answers are that, whatever is true."""

from collections.abc import Collection

from msgspec import Struct


class Injection(Struct, kw_only=True):
    """One order: make the next `left` fitting answers be the situation behind `code`."""

    bank: str
    code: str
    account: str | None = None  # number or IBAN; None fits every account
    company: str | None = None  # company id; None fits every company
    left: int = 1


class Injections:
    """The orders not yet used up, oldest first."""

    def __init__(self) -> None:
        self.waiting: list[Injection] = []

    def add(self, order: Injection) -> None:
        """Queue an order behind those already waiting."""
        self.waiting.append(order)

    def take(
        self,
        bank: str,
        *,
        account: str | None = None,
        company: str | None = None,
        can: Collection[str] | None = None,
    ) -> str | None:
        """The code this answer must be, using up one of its times, or None.

        `can` names the codes that this kind of answer is able to be; orders for others wait on.
        """
        for order in self.waiting:
            if order.bank != bank or (can is not None and order.code not in can):
                continue
            if order.account not in (None, account) or order.company not in (None, company):
                continue
            order.left -= 1
            if order.left <= 0:
                self.waiting.remove(order)
            return order.code
        return None
