"""The banks that exist here: an explicit list."""

from sandbox.bank import FakeBank
from sandbox.sber.bank import BANK as SBER
from sandbox.tatra.bank import BANK as TATRA
from sandbox.tochka.bank import BANK as TOCHKA

BANKS: tuple[FakeBank, ...] = (SBER, TOCHKA, TATRA)
