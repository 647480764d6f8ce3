"""Our identifiers: never twice, and newer ones later, which lists and keys rely on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ids import new_id, new_ids
from tests.statements import NOW

instants = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside


@given(instants, st.integers(1, 10**14))
def test_a_later_id_sorts_later(now: datetime, microseconds: int) -> None:
    """A list by id is a list by time, on either engine, without another index."""
    later = now + timedelta(microseconds=microseconds)

    assert new_id("txn", now) < new_id("txn", later)


def test_ids_of_one_moment_rise_and_are_all_different() -> None:
    """A landed piece makes thousands; also where the last digits run over."""
    made = list(islice(new_ids("txn", NOW), 40_000))
    shifted = list(islice(new_ids("txn", NOW), 40_000))

    assert all(left < right for left, right in pairwise(made))
    assert len({*made, *shifted}) == 80_000
    assert {len(each) for each in made} == {len("txn_") + 11 + 13}


def test_the_last_digits_carry_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the counter is full the next digit takes one more, so that order holds."""
    full = 32**4 - 2
    monkeypatch.setattr("gateway.ids.secrets.randbits", lambda _: full)
    made = list(islice(new_ids("win", NOW), 4))

    assert made == sorted(set(made))
    assert [each[-4:] for each in made] == ["zzzy", "zzzz", "0000", "0001"]


def test_single_ids_are_not_guessed_and_not_repeated() -> None:
    """65 bits of chance beside the microsecond."""
    made = {new_id("con", NOW) for _ in range(20_000)}

    assert len(made) == 20_000
    assert {each[:15] for each in made} == {new_id("con", NOW)[:15]}
    assert all(set(each[4:]) <= set("0123456789abcdefghjkmnpqrstvwxyz") for each in made)
