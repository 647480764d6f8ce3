"""The banks that exist here: an explicit list."""

from sandbox.bank import FakeBank
from sandbox.sber.bank import BANK as SBER
from sandbox.tatra.bank import BANK as TATRA

BANKS: tuple[FakeBank, ...] = (SBER, TATRA)
