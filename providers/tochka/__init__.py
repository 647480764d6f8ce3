"""Tochka: Russian accounts through its API of the second version, by OAuth or by a cabinet key."""

from __future__ import annotations

from providers.contract import Entrance
from providers.tochka.bank import BANK, Settings, hosts_at
from providers.tochka.provider import Tochka

__all__ = ["ENTRANCE"]

ENTRANCE = Entrance(bank=BANK, settings=Settings, hosts_at=hosts_at, open=Tochka)
