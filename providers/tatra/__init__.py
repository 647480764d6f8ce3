"""Tatra banka by its Premium API, and through One banking the banks that Tatra reads for us."""

from __future__ import annotations

from providers.contract import Entrance
from providers.tatra.bank import BANK, Settings, hosts_at
from providers.tatra.provider import Tatra

__all__ = ["ENTRANCE"]

ENTRANCE = Entrance(bank=BANK, settings=Settings, hosts_at=hosts_at, open=Tatra)
