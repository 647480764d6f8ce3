"""Sber (SberBusiness API): an offer signed by the customer, then one day for each call."""

from __future__ import annotations

from datetime import date

from providers.contract import Entrance
from providers.sber.bank import BANK, Settings, hosts_at
from providers.sber.provider import Sber
from providers.sber.secret import secret_age_warning


def _warnings(settings: Settings, today: date) -> tuple[str, ...]:
    warning = secret_age_warning(settings, today)
    return () if warning is None else (warning,)


ENTRANCE = Entrance(bank=BANK, settings=Settings, hosts_at=hosts_at, open=Sber, warnings=_warnings)

__all__ = ["ENTRANCE"]
