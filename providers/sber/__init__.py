"""Sber (SberBusiness API): an offer signed by the customer, then one day for each call."""

from __future__ import annotations

from providers.contract import Entrance
from providers.sber.bank import BANK, Settings, hosts_at
from providers.sber.provider import Sber

ENTRANCE = Entrance(bank=BANK, settings=Settings, hosts_at=hosts_at, open=Sber)

__all__ = ["ENTRANCE"]
