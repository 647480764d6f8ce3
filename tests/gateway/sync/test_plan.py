"""Which days are asked for: every wanted day once, by the bank's own calendar and limits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sync import plan
from schemas.account import FoundAccount
from schemas.bank import Bank, Capabilities, Flow
from schemas.window import DAY, Window, cut, gaps
from tests.statements import NOW, day, days

MOSCOW, BRATISLAVA = "Europe/Moscow", "Europe/Bratislava"
ZONES = (MOSCOW, BRATISLAVA)

dates = st.dates(date(2010, 1, 1), date(2030, 12, 31))
spans = st.builds(
    lambda first, length: Window(first, first + timedelta(days=length)), dates, st.integers(0, 900)
)


def bank(zone: str = MOSCOW, **capabilities: Any) -> Bank:
    """A bank with some capabilities."""
    return Bank(
        id="bank",
        name="Bank",
        country="RU",
        countries=("RU",),
        currencies=("RUB",),
        flow=Flow.OAUTH,
        zone=zone,
        documentation="https://bank.example",
        capabilities=Capabilities(**capabilities),
    )


def account(**fields: Any) -> FoundAccount:
    """An account as the bank lists it."""
    return FoundAccount(reference="r", currency="RUB", kind="settlement", **fields)


def every_day(windows: list[Window]) -> list[date]:
    """The days of some windows, one after the other."""
    return [on for window in windows for on in window]


@given(spans, st.integers(1, 500))
def test_windows_tile_a_span_without_gap_or_overlap(span: Window, window_days: int) -> None:
    """A day between two windows would be missing for ever, one in both is asked for twice."""
    found = cut(span, window_days)

    assert every_day(found) == list(span)
    assert all(window.days <= window_days for window in found)
    assert all(window.days == window_days for window in found[:-1])


@given(spans, st.lists(spans, max_size=6))
def test_gaps_are_exactly_the_days_that_nothing_covers(
    wanted: Window, covered: list[Window]
) -> None:
    """Covered windows come in any order, overlap each other and stick out."""
    found = gaps(wanted, covered)
    has = {on for window in covered for on in window}

    assert every_day(found) == [on for on in wanted if on not in has]
    assert all(right.first - left.last > DAY for left, right in pairwise(found))


limits = st.fixed_dictionaries(
    {"opened_on": st.none() | dates, "closed_on": st.none() | dates, "earliest": st.none() | dates}
)


@given(spans, st.integers(1, 60), st.none() | st.integers(1, 400), limits)
def test_a_history_asks_for_each_day_that_the_bank_can_tell_and_for_no_other(
    wanted: Window,
    window_days: int,
    max_history_days: int | None,
    told: dict[str, date | None],
) -> None:
    """Days before the account, beyond the bank's memory or still to come bring only refusals."""
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    of = bank(window_days=window_days, max_history_days=max_history_days)
    found = account(**told)
    asked = every_day(plan.history(of, found, wanted, now))
    today = date(2026, 11, 20)

    def can_tell(on: date) -> bool:
        deep = max_history_days is None or on >= today - timedelta(days=max_history_days)
        born = max(limit for limit in (told["opened_on"], told["earliest"], date.min) if limit)
        return born <= on <= min(told["closed_on"] or today, today) and deep

    assert asked == [on for on in wanted if can_tell(on)]


@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_belongs_to_the_bank_day_on_the_banks_own_clock(zone: str) -> None:
    """Days of 23 and 25 hours included; a payment of 23:59 must not fall into tomorrow."""
    of = bank(zone)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    lengths: dict[date, int] = {}
    while at.year < 2027:
        on = plan.bank_day(of, at)
        lengths[on] = lengths.get(on, 0) + 10
        at += timedelta(minutes=10)
    odd = {on: minutes for on, minutes in lengths.items() if minutes != 1440}
    odd.pop(date(2027, 1, 1))
    odd.pop(date(2026, 1, 1))

    assert sorted(lengths) == list(Window(date(2026, 1, 1), date(2027, 1, 1)))
    assert odd == ({} if zone == MOSCOW else {date(2026, 3, 29): 1380, date(2026, 10, 25): 1500})


def test_one_instant_is_two_dates_in_two_countries() -> None:
    """21:30 UTC on the last of March is April in Moscow and still March in Bratislava."""
    at = datetime(2026, 3, 31, 21, 30, tzinfo=UTC)

    assert [plan.bank_day(bank(zone), at) for zone in ZONES] == [
        date(2026, 4, 1),
        date(2026, 3, 31),
    ]


@given(dates, st.sampled_from(ZONES), st.sampled_from(["00:00", "03:01", "07:30"]))
def test_a_day_opens_when_the_bank_says_by_its_own_clock(
    on: date, zone: str, opens_at: str
) -> None:
    """A question before that is refused; after it the newest day must not be left out."""
    of = bank(zone, day_opens_at=opens_at)
    opening = plan.opening_of(of, on)
    local = opening.astimezone(ZoneInfo(zone))

    assert (local.date(), f"{local:%H:%M}") == (on, opens_at)
    assert plan.last_open_day(of, opening) == on
    assert plan.last_open_day(of, opening - timedelta(minutes=1)) == on - DAY


@given(
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(-70, 0), st.integers(0, 20)), max_size=5),
    st.lists(st.tuples(st.integers(-70, 0), st.integers(0, 20)), max_size=5),
    st.integers(0, 14),
    st.integers(1, 31),
)
def test_a_visit_asks_for_the_overlap_and_every_gap_and_for_nothing_under_way(
    history_days: int,
    read: list[tuple[int, int]],
    busy: list[tuple[int, int]],
    overlap_days: int,
    window_days: int,
) -> None:
    """Rows come late and days were never read; what is being asked already is not asked again."""
    of = bank(overlap_days=overlap_days, window_days=window_days)
    today = plan.bank_day(of, NOW)
    start = today - timedelta(days=history_days)
    landed = [
        Window(today + timedelta(days=first), today + timedelta(days=first + length))
        for first, length in read
    ]
    working = [
        Window(today + timedelta(days=first), today + timedelta(days=first + length))
        for first, length in busy
    ]
    found = plan.recent(of, start, landed, working, NOW)
    has, is_asked = set(every_day(landed)), set(every_day(working))
    again = today - timedelta(days=overlap_days)
    due = [on for on in Window(start, today) if (on >= again or on not in has)]

    assert sorted(every_day(found)) == [on for on in due if on not in is_asked]
    assert len(every_day(found)) == len(set(every_day(found)))
    assert all(window.days <= window_days for window in found)


def test_a_history_that_begins_tomorrow_asks_for_nothing() -> None:
    """Somebody may wish for the future."""
    of = bank()
    tomorrow = plan.bank_day(of, NOW) + DAY

    assert plan.recent(of, tomorrow, [], [], NOW) == []
    assert plan.history(of, account(), Window(tomorrow, tomorrow), NOW) == []


@given(
    st.sampled_from(sorted(plan.PERIODS)),
    st.integers(60, 90_000),
    st.none() | st.integers(-100, 200_000),
)
def test_a_visit_comes_by_the_schedule_by_the_banks_manners_and_when_the_consent_ends(
    schedule: Any, min_poll_seconds: int, expires_in: int | None
) -> None:
    """Never sooner than is polite, never so late that the end of a consent goes unseen."""
    expires_at = None if expires_in is None else NOW + timedelta(seconds=expires_in)
    at = plan.next_visit(schedule, Capabilities(min_poll_seconds=min_poll_seconds), NOW, expires_at)
    period = plan.PERIODS[schedule]
    ahead = expires_at is not None and expires_at > NOW
    if at is None:
        assert period is None
        assert not ahead
        return
    polite = period is not None and at >= NOW + max(period, timedelta(seconds=min_poll_seconds))

    assert at > NOW
    assert polite or at == expires_at
    assert not ahead or (expires_at is not None and at <= expires_at)


@given(st.integers(1, 48))
def test_counted_readings_spread_over_the_day(reads_per_day: int) -> None:
    """A bank that allows four a day must not have had all of them by the morning."""
    gap = plan.reading_gap(account(reads_per_day=reads_per_day))

    assert gap is not None
    assert abs(gap * reads_per_day - timedelta(days=1)) < timedelta(milliseconds=1)
    assert plan.reading_gap(account()) is None


def test_the_oldest_day_is_the_latest_of_all_limits() -> None:
    """Each of them alone makes an older day useless to ask for."""
    of = bank(max_history_days=30)
    today = plan.bank_day(of, NOW)

    assert plan.oldest_day(of, account(), NOW) == today - timedelta(days=30)
    assert plan.oldest_day(of, account(opened_on=day(5)), NOW) == day(5)
    assert plan.oldest_day(of, account(opened_on=day(5), earliest=day(6)), NOW) == day(6)
    assert plan.history(of, account(), days(-400, -300), NOW) == []
