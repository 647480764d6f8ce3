"""History comes in windows, later and shuffled, and every lie ends: seed 000."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest

from sandbox.behaviour import Delivery
from sandbox.delivery import Feed, ask, cut, opened, shown
from sandbox.entry import Entry

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
FIRST = date(2026, 8, 12)  # one hundred days before today, ten windows
PLAIN = Delivery(duplicate_share=0.0)


def the_rows(days: int = 100, until: date = TODAY, per_day: int = 1) -> list[Entry]:
    made = []
    for back, serial in product(range(days, 0, -1), range(per_day)):
        day = until - timedelta(days=back)
        at = datetime(day.year, day.month, day.day, 6, serial, tzinfo=UTC)
        made.append(
            Entry(
                bank_id=f"{day:%y%m%d}{serial}",
                date=day,
                at=at,
                direction="credit",
                amount=Decimal(5),
                currency="RUB",
                purpose=f"Оплата по счету № {back} от {day:%d.%m.%Y}",
            )
        )
    return made


def a_feed(delivery: Delivery = PLAIN) -> Feed:
    return opened(delivery, country="RU", day=FIRST, today=TODAY, now=NOW)


def arrival_order(delivery: Delivery) -> list[int]:
    """The windows in the order in which they come out."""
    feed = a_feed(delivery)
    ask(feed, FIRST, TODAY, delivery, NOW)
    ask(feed, FIRST, TODAY, delivery, NOW + timedelta(days=1))
    return sorted(feed.released, key=lambda window: feed.released[window])


def test_one_window_is_out_at_once_and_one_more_every_half_hour() -> None:
    """Ten days every thirty minutes, as the troubleshooting article says."""
    feed = a_feed()
    counts = []
    for passed in range(11):
        now = NOW + timedelta(minutes=30 * passed)
        whole = ask(feed, FIRST, TODAY, PLAIN, now)
        counts.append((len(shown(the_rows(), feed, PLAIN, now=now)), whole))

    assert counts == [(10 * n, n == 10) for n in range(1, 11)] + [(100, True)]


def test_the_order_is_the_seeds_and_nobody_elses() -> None:
    """The bank decides in which order data come; the same seed repeats the day."""
    first, again = (arrival_order(Delivery(seed=3)) for _ in range(2))
    other = arrival_order(Delivery(seed=4))

    assert first == again
    assert first != other
    assert sorted(first) == list(range(10)) != first


@pytest.mark.parametrize(
    ("order", "expected"), [("forward", list(range(10))), ("reverse", list(range(9, -1, -1)))]
)
def test_a_bank_may_also_go_straight(order: str, expected: list[int]) -> None:
    """Oldest first and newest first are habits of banks, too."""
    assert arrival_order(Delivery(order=order)) == expected  # type: ignore[arg-type] # a Literal


def test_the_first_window_may_have_to_wait() -> None:
    """Nothing at all is there right after connecting."""
    slow = Delivery(first_at_once=False, duplicate_share=0.0)
    feed = a_feed(slow)
    ask(feed, FIRST, TODAY, slow, NOW)

    assert shown(the_rows(), feed, slow, now=NOW + timedelta(minutes=29)) == []


def test_a_window_asked_later_waits_for_its_slot() -> None:
    """A client that asks for one window after another gets no more than one in a slot."""
    feed = a_feed()
    one, two = (FIRST, FIRST), (FIRST + timedelta(days=10), FIRST + timedelta(days=10))

    assert ask(feed, *one, PLAIN, NOW) is True
    assert ask(feed, *two, PLAIN, NOW + timedelta(minutes=5)) is False
    assert ask(feed, *two, PLAIN, NOW + timedelta(minutes=30)) is True
    assert ask(feed, *one, PLAIN, NOW + timedelta(minutes=31)) is True


def test_days_from_the_first_request_on_are_live() -> None:
    """New payments are not held back by the loading of history."""
    feed = a_feed()
    live = the_rows(days=1, until=TODAY + timedelta(days=1))

    assert ask(feed, TODAY, TODAY + timedelta(days=3), PLAIN, NOW) is True
    assert shown(live, feed, PLAIN, now=NOW) == live


def test_late_rows_come_after_their_window() -> None:
    """They carry an older date than what was told before them."""
    late = Delivery(every_minutes=0, late_share=0.3, late_minutes=90, duplicate_share=0.0)
    feed = a_feed(late)
    ask(feed, FIRST, TODAY, late, NOW)
    early = shown(the_rows(), feed, late, now=NOW + timedelta(minutes=89))
    whole = shown(the_rows(), feed, late, now=NOW + timedelta(minutes=90))

    assert 50 < len(early) < 90
    assert whole == the_rows()


def test_a_duplicate_is_the_same_row_again() -> None:
    """The copy has the same bank id, unlike a twin."""
    doubled = Delivery(every_minutes=0, duplicate_share=0.2)
    feed = a_feed(doubled)
    ask(feed, FIRST, TODAY, doubled, NOW)
    counted = Counter(row.bank_id for row in shown(the_rows(), feed, doubled, now=NOW))

    assert set(counted.values()) == {1, 2}
    assert set(counted) == {row.bank_id for row in the_rows()}


def test_drafts_and_phantoms_end_before_a_day_is_settled() -> None:
    """What was told is changed or taken back, but an old day is told as it is."""
    shaky = Delivery(
        every_minutes=0, changed_share=0.5, withdrawn_share=0.5, settle_days=5, duplicate_share=0
    )
    feed = opened(shaky, country="RU", day=TODAY, today=TODAY, now=NOW)
    rows = the_rows(days=40, until=TODAY + timedelta(days=1), per_day=8)
    ask(feed, FIRST, TODAY, shaky, NOW)
    told = shown(rows, feed, shaky, now=NOW)
    old = TODAY - timedelta(days=5)
    young = [row for row in told if row.date > old]
    truth = {row.bank_id: row for row in rows}

    assert [row for row in told if row.date <= old] == [row for row in rows if row.date <= old]
    assert any(row.bank_id not in truth for row in young)
    assert any(row.bank_id in truth and row != truth[row.bank_id] for row in young)
    assert all(row.amount == truth[row.bank_id].amount for row in young if row.bank_id in truth)
    assert shown(rows, feed, shaky, now=NOW + timedelta(days=5)) == rows


def test_a_cut_answer_is_whole_the_next_time() -> None:
    """The fault sits in an answer, not in a row, so asking again helps."""
    clipped = Delivery(cut_share=0.5)
    answers = [len(cut(the_rows(), clipped, answer, "a")) for answer in range(40)]

    assert 5 < answers.count(100) < 35
    assert answers == [len(cut(the_rows(), clipped, answer, "a")) for answer in range(40)]
