"""How history comes out of a bank, seed 000: windows, later, out of order, with small lies.

Everything here is a function of its arguments. Two promises hold it together: what a bank states
about balances and turnovers is always the truth, and every lie ends.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b

import msgspec
from msgspec import Struct

from sandbox.behaviour import Delivery
from sandbox.clock import start_of_day
from sandbox.entry import Entry

# a draft becomes final after this part of `settle_days`, so that a reader of the last
# `settle_days` days sees both the draft and the truth while the day is still young
EARLIEST_SETTLED, LATEST_SETTLED = 0.2, 0.6


class Feed(Struct, kw_only=True):
    """One account's history being handed out: what was asked for and what is out already.

    Window n covers `origin` + n * `window_days` days; days from `live_from` on are no history.
    """

    country: str
    origin: date
    live_from: date
    window_days: int
    order: str
    seed: int
    next_slot_at: datetime
    asked: dict[int, datetime] = {}
    released: dict[int, datetime] = {}
    answers: int = 0

    def window_of(self, day: date) -> int:
        """The number of the window that a day belongs to; negative before the origin."""
        return (day - self.origin).days // self.window_days

    def windows(self, first: date, last: date) -> range:
        """The windows of history that first..last touches; empty when all of it is live."""
        end = min(last, self.live_from - timedelta(days=1))
        if first > end:
            return range(0)
        return range(self.window_of(first), self.window_of(end) + 1)


def opened(delivery: Delivery, *, country: str, day: date, today: date, now: datetime) -> Feed:
    """The feed that begins with the first request for an account's history."""
    wait = timedelta() if delivery.first_at_once else timedelta(minutes=delivery.every_minutes)
    return Feed(
        country=country,
        origin=day,
        live_from=today,
        window_days=delivery.window_days,
        order=delivery.order,
        seed=delivery.seed,
        next_slot_at=now + wait,
    )


def ask(feed: Feed, first: date, last: date, delivery: Delivery, now: datetime) -> bool:
    """Note that first..last is wanted, release what is due, and tell whether all of it is out."""
    wanted = feed.windows(first, last)
    for window in wanted:
        feed.asked.setdefault(window, now)
    release(feed, delivery, now)
    return all(is_out(feed, window, now) for window in wanted)


def release(feed: Feed, delivery: Delivery, now: datetime) -> None:
    """Hand out one asked window for each slot that the clock has passed."""
    every = timedelta(minutes=delivery.every_minutes)
    while feed.next_slot_at <= now:
        waiting = [window for window in feed.asked if window not in feed.released]
        if not waiting:
            return
        slot = max(feed.next_slot_at, min(feed.asked[window] for window in waiting))
        if slot > now:
            return
        due = [window for window in waiting if feed.asked[window] <= slot]
        feed.released[min(due, key=lambda window: _place(feed, window))] = slot
        feed.next_slot_at = slot + every


def is_out(feed: Feed, window: int, now: datetime) -> bool:
    """Whether a window has been released by an instant."""
    at = feed.released.get(window)
    return at is not None and at <= now


def shown(
    entries: Iterable[Entry],
    feed: Feed | None,
    delivery: Delivery,
    *,
    now: datetime,
) -> list[Entry]:
    """What a bank lets see of its true rows: released ones, less the late, with drafts and twice.

    `feed` None is an account without windows: all of it is out, the small lies remain.
    """
    rows: list[Entry] = []
    for entry in entries:
        out_since = _out_since(entry, feed, now)
        if out_since is None or _still_late(entry, delivery, out_since, now):
            continue
        rows.append(_as_drafted(entry, feed, delivery, now))
        phantom = _phantom(entry, feed, delivery, now)
        if phantom is not None:
            rows.append(phantom)
    twice = delivery.duplicate_share
    copies = [row for row in rows if twice and _chance(delivery, "twice", row.bank_id) < twice]
    return rows + copies


def widened(first: date, last: date, delivery: Delivery) -> tuple[date, date]:
    """The days whose rows an answer carries: those asked for and `overlap_days` on either side."""
    beside = timedelta(days=delivery.overlap_days)
    return first - beside, last + beside


def cut(rows: Sequence[Entry], delivery: Delivery, answer: int, key: str) -> Sequence[Entry]:
    """Silently lose the tail of one answer in some; `answer` counts them, so the next is whole."""
    if not rows or _chance(delivery, "cut", key, str(answer)) >= delivery.cut_share:
        return rows
    return rows[: int(len(rows) * _chance(delivery, "cut at", key, str(answer)))]


def _place(feed: Feed, window: int) -> tuple[float, int]:
    if feed.order == "shuffled":
        return _drawn(feed.seed, "place", str(window)), window
    return (float(window) if feed.order == "forward" else float(-window)), window


def _out_since(entry: Entry, feed: Feed | None, now: datetime) -> datetime | None:
    """The instant since when a row may be seen: its window's release, or its own, when live."""
    if feed is None or entry.date >= feed.live_from:
        return entry.known_from
    at = feed.released.get(feed.window_of(entry.date))
    return max(at, entry.known_from) if at is not None and at <= now else None


def _still_late(entry: Entry, delivery: Delivery, out_since: datetime, now: datetime) -> bool:
    if not delivery.late_share or _chance(delivery, "late", entry.bank_id) >= delivery.late_share:
        return False
    return now < out_since + timedelta(minutes=delivery.late_minutes)


def settled_at(entry: Entry, delivery: Delivery, country: str) -> datetime:
    """The instant from which a touched row is told as it is: early in its `settle_days`."""
    part = _chance(delivery, "settled", entry.bank_id)
    share = EARLIEST_SETTLED + part * (LATEST_SETTLED - EARLIEST_SETTLED)
    day = start_of_day(entry.date, country) + timedelta(days=share * delivery.settle_days)
    return max(day, entry.known_from)


def _as_drafted(entry: Entry, feed: Feed | None, delivery: Delivery, now: datetime) -> Entry:
    if not delivery.changed_share or feed is None:
        return entry
    if _chance(delivery, "changed", entry.bank_id) >= delivery.changed_share:
        return entry
    until = settled_at(entry, delivery, feed.country)
    if now >= until:
        return entry
    return msgspec.structs.replace(entry, purpose=entry.purpose[:24], kind="memo_order")


def _phantom(entry: Entry, feed: Feed | None, delivery: Delivery, now: datetime) -> Entry | None:
    """A row that never was: told beside a true one until it is taken back."""
    if not delivery.withdrawn_share or feed is None:
        return None
    if _chance(delivery, "withdrawn", entry.bank_id) >= delivery.withdrawn_share:
        return None
    until = settled_at(entry, delivery, feed.country)
    if now >= until:
        return None
    part = Decimal(int(_chance(delivery, "phantom", entry.bank_id) * 9000) + 1000) / 100
    return msgspec.structs.replace(
        entry, bank_id=f"{entry.bank_id}9", amount=part, withdrawn_at=until, card=None
    )


def _chance(delivery: Delivery, *words: str) -> float:
    return _drawn(delivery.seed, *words)


@lru_cache(1 << 17)  # an answer over a year asks the same of ten thousand rows, page by page
def _drawn(seed: int, *words: str) -> float:
    """A number in [0, 1) that these words and this seed always give."""
    digest = blake2b("\x00".join((str(seed), *words)).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / (1 << 56)
