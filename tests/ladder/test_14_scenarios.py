"""Rung 14: every situation that support knows by name.

You have come far: your bank reads, renews and survives. What is left is the part for which people
buy this product, the day on which something is wrong. In sandbox/scenarios/ lies one file for each
code that a bank can cause, written by the person who built the fake bank from the same papers as
you, without seeing your code. This rung plays each file from the first click to its last step and
watches everything that an integrator could look at meanwhile: the connection, its accounts, loads
and their windows, the coverage, the answers of his own calls.

The codes that a file promises must be seen, and no others; and when the story is over, nothing may
be left standing that it did not promise. When this fails, one of you has misread the bank's paper.
Open it before you open the code: which of the two it is, only the paper knows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sandbox import scenario
from sandbox.control.wire import duration
from schemas.codes import Code
from tests.ladder.stage import ON_THE_WAY, Stage

UNTRUE_FOR_A_WHILE = ("late_share", "cut_share", "changed_share", "withdrawn_share")
"""With these, rows and balances contradict each other until the bank has told the truth."""

FIRST_LIVED = timedelta(hours=3, minutes=5)
LOADING_LIVED = timedelta(hours=1)
THEN_LIVED = timedelta(hours=2)
SETTLED = timedelta(days=3)


@pytest.mark.parametrize("name", scenario.names())
async def test_a_scenario_shows_exactly_the_codes_it_promises(name: str, stage: Stage) -> None:
    """The bank misbehaves as filed; the filed codes are shown, no other, and none is left over."""
    story = await stage.post(f"/scenarios/{name}")
    await play(stage, story)
    promised = {Code(code) for code in story["expect"]}
    passing = ON_THE_WAY | _contradictions(story)

    assert stage.shown - (passing - promised) == promised
    assert await stage.codes() - promised - ON_THE_WAY == set()


async def play(stage: Stage, story: dict[str, Any]) -> None:
    """Connect as the file says, live on, and do what it says comes later."""
    request = story["connection_request"]
    kept_at = {account["bank"] for account in story["accounts"]}
    await stage.without_dice(*kept_at, request["bank"])
    await stage.let_push(request["bank"])
    await stage.begin(request)
    if not stage.connected:
        return
    await a_payment_comes_in(stage, story)
    await stage.live(LOADING_LIVED if _is_about_loading(story) else FIRST_LIVED)
    for step in story["after"]:
        await _later(stage, story, step)
        await stage.live(THEN_LIVED)
    if _contradictions(story):
        await stage.advance(stage.clock.now() + SETTLED)
        await stage.live(THEN_LIVED)


async def a_payment_comes_in(stage: Stage, story: dict[str, Any]) -> None:
    """Business goes on whatever is wrong."""
    account = story["accounts"][0]
    key = account["iban"] or account["number"]
    item = {"direction": "credit", "amount": "12.34", "purpose": "FA 1"}
    await stage.post(f"/accounts/{key}/payments", {"items": [item]})


async def _later(stage: Stage, story: dict[str, Any], step: dict[str, Any]) -> None:
    bank, account = story["connection_request"]["bank"], story["accounts"][0]
    if step["inject"]:
        order = {"bank": bank, "code": step["inject"], "times": step["times"]}
        await stage.post("/inject", order)
        await a_payment_comes_in(stage, story)
    if step["behaviour"]:
        await stage.patch(f"/banks/{bank}/behaviour", step["behaviour"])
    if step["customer"]:
        await stage.patch(f"/customers/{story['company']['login']}", step["customer"])
    if step["account"]:
        key = account["iban"] or account["number"]
        await stage.patch(f"/accounts/{key}", step["account"])
    if step["advance"]:
        await stage.advance(stage.clock.now() + duration(step["advance"], "advance"))


def _is_about_loading(story: dict[str, Any]) -> bool:
    """A long load shows within the hour that it is one; that it ends well is rung 6."""
    promised = {Code(code) for code in story["expect"]}
    return bool(promised) and promised <= ON_THE_WAY


def _contradictions(story: dict[str, Any]) -> set[Code]:
    told = story["behaviour"]["delivery"]
    untrue = any(told[share] for share in UNTRUE_FOR_A_WHILE)
    return {Code.STATEMENT_INCOMPLETE} if untrue else set()
