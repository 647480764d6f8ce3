"""One folder per bank, and the explicit list of them."""

from __future__ import annotations

from providers import sber, tatra, tochka
from providers.contract import Entrance

BANKS: dict[str, Entrance] = {
    "sber": sber.ENTRANCE,
    "tatra": tatra.ENTRANCE,
    "tochka": tochka.ENTRANCE,
}
