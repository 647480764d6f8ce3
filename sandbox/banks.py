"""The banks that exist here: an explicit list."""

from sandbox.bank import FakeBank
from sandbox.sber.bank import BANK as SBER

BANKS: tuple[FakeBank, ...] = (SBER,)
