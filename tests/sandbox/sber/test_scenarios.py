"""The scenario files of this bank: each code has one, and each one loads into its sandbox."""

from datetime import timedelta

import pytest

from sandbox import scenario
from sandbox.sber.situations import SITUATIONS
from sandbox.state import Sandbox
from tests.sandbox.sber.partner import DAY, Partner

OURS = [name for name in scenario.names() if name.startswith("sber_")]


def test_every_situation_has_a_scenario() -> None:
    """What can be forced can also be rehearsed by its name."""
    promised = {code for name in OURS for code in scenario.load(name).expect}

    assert promised == set(SITUATIONS)


@pytest.mark.parametrize("name", OURS)
def test_a_scenario_orders_only_what_this_bank_knows(sandbox: Sandbox, name: str) -> None:
    """A misspelt code would wait for ever."""
    story = scenario.load(name)
    staged = scenario.stage(sandbox, story)
    ordered = [forced.code for forced in story.inject]
    ordered += [later.inject for later in story.after if later.inject is not None]

    assert set(ordered) <= set(SITUATIONS)
    assert staged.connection_request["expected_accounts"]


async def test_half_a_year_idle_is_too_long(partner: Partner) -> None:
    """The natural way to CONSENT_EXPIRED: nothing forced, only time."""
    await partner.connect()
    partner.sandbox.clock.advance(timedelta(days=181))
    answers = [await partner.statement(day=DAY), await partner.refresh()]

    assert [one.status_code for one in answers] == [401, 400]
    assert answers[1].json()["error_description"] == "Refresh token expired"
