"""What a code stops and when it is tried again: decided once, for every code there is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sync import consequence
from gateway.sync.consequence import HEAL, MEND, SLOW, SOON, Pace, Scope
from schemas.cases import Actor, case
from schemas.codes import Code
from schemas.connection import ConnectionStatus

PACES = [SOON, SLOW, MEND]


@pytest.mark.parametrize("code", Code)
def test_only_what_reaches_the_connection_gives_it_a_standing(code: Code) -> None:
    """One failing account never stops the others, and a stopped connection says how it stands."""
    what = consequence.of(code)

    assert (what.scope is Scope.CONNECTION) == (what.status is not None)
    assert what.status not in {ConnectionStatus.ACTIVE, ConnectionStatus.CLOSED}


@pytest.mark.parametrize("code", Code)
def test_what_the_bank_alone_can_repair_never_stops_a_connection_for_good(code: Code) -> None:
    """A bank that is down comes back without anybody doing anything, and so must we."""
    what = consequence.of(code)
    if case(code).actor is Actor.BANK and what.scope is Scope.CONNECTION:
        assert what.status is ConnectionStatus.CONFIRMING

    assert not (what.final and what.scope is not Scope.WINDOW)


def test_a_code_that_names_no_lasting_cause_is_tried_again_soon() -> None:
    """The table lists what is special; forgetting a line must not end a load."""
    what = consequence.of(Code.BANK_TIMEOUT)

    assert (what.scope, what.final, what.anew, what.pace) == (Scope.WINDOW, False, False, SOON)


@given(st.sampled_from(PACES), st.integers(0, 100), st.floats(0, 1))
def test_waits_grow_to_their_most_and_spread_callers_apart(
    pace: Pace, attempts: int, chance: float
) -> None:
    """After an outage a thousand connections must not come back in the same second."""
    full = min(pace.most, pace.first * 2 ** min(attempts, 20))

    assert full / 2 <= pace.wait(attempts, chance) <= full
    assert (pace.wait(attempts, 0), pace.wait(attempts, 1)) == (full / 2, full)
    assert pace.wait(attempts + 1, 0) >= pace.wait(attempts, 0)


def test_a_repaired_side_is_noticed_within_a_quarter_of_an_hour() -> None:
    """Support says `try again in a quarter of an hour`, and must be right."""
    assert timedelta(minutes=15) >= HEAL
    assert timedelta(minutes=15) >= SOON.most
