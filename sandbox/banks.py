"""The banks that exist here: an explicit list."""

from sandbox.bank import FakeBank

BANKS: tuple[FakeBank, ...] = ()
