"""A named situation puts a company, habits and orders in place, and says how to begin."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest

from sandbox import scenario
from sandbox.bank import Rejected
from sandbox.banks import BANKS
from sandbox.behaviour import Behaviour, patched
from sandbox.clock import Clock
from sandbox.state import Sandbox

NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
STORY = """
about = "The second account answers that the user is blocked."
bank = "sber"
expect = ["USER_BLOCKED"]
[world]
accounts = [{ kind = "settlement" }, { kind = "settlement", closed = 2026-11-10 }]
payments = { days = 20, count = 30 }
customer = { may_sign = false }
[behaviour.delivery]
every_minutes = 5
[connection]
schedule = "hourly"
[[inject]]
code = "USER_BLOCKED"
account_index = 1
times = 3
[[after]]
advance = "P181D"
"""


@pytest.mark.parametrize("name", scenario.names())
def test_every_file_reads_and_its_habits_exist(name: str) -> None:
    """A typo in a file must not wait for the rehearsal."""
    story = scenario.load(name)

    assert story.about.endswith(".")
    assert isinstance(patched(Behaviour(), story.behaviour), Behaviour)


@pytest.mark.parametrize("name", scenario.names())
async def test_every_file_can_be_put_in_place(name: str) -> None:
    """Its accounts open, its orders are among what its bank can be made to do."""
    sandbox = Sandbox(BANKS, clock=Clock(NOON, speed=0), seed=1)
    story = scenario.load(name)
    if sandbox.bank(story.bank) is None:
        pytest.skip(f"{story.bank} is not among the banks")
    staged = scenario.stage(sandbox, story)
    await sandbox.close()

    assert staged.accounts
    assert staged.connection_request["bank"]


async def test_a_situation_is_loaded_over_http(
    control: httpx.AsyncClient,
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answer is a script's whole beginning: company, accounts, and a ready body."""
    (tmp_path / "blocked.toml").write_text(STORY, "utf-8")
    monkeypatch.setattr(scenario, "FOLDER", tmp_path)
    listed = (await control.get("/control/v1/scenarios")).json()["items"]
    staged = (await control.post("/control/v1/scenarios/blocked")).json()
    request = staged["connection_request"]
    first, second = staged["accounts"]
    person = sandbox.world.customer(staged["company"]["login"])
    assert person is not None

    assert [one["name"] for one in listed] == ["blocked"]
    assert staged["expect"] == ["USER_BLOCKED"]
    assert request["bank"] == "sber"
    assert request["organisation"]["inn"] == staged["company"]["inn"]
    assert request["expected_accounts"] == [
        {"number": one["number"], "bic": one["bic"]} for one in (first, second)
    ]
    assert (request["history_from"], request["schedule"]) == ("2026-10-31", "hourly")
    assert staged["behaviour"]["delivery"]["every_minutes"] == 5
    assert sandbox.behaviour("sber").delivery.every_minutes == 5
    assert person.may_sign is False
    assert [(one.account, one.left) for one in sandbox.injections.waiting] == [
        (second["number"], 3)
    ]
    assert staged["after"][0]["advance"] == "P181D"


async def test_a_strangers_account_may_be_expected(sandbox: Sandbox) -> None:
    """An account of another organisation is a case of its own."""
    story = msgspec.convert(
        {"about": "x.", "bank": "sber", "expect": [], "world": {"other_company": True}},
        scenario.Scenario,
    )
    staged = scenario.stage(sandbox, story)
    named = sandbox.world.account(staged.connection_request["expected_accounts"][0]["number"])
    assert named is not None

    assert named.company != staged.company.id


def test_an_unknown_key_stops_the_loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strict, so that a misspelt habit does not silently do nothing."""
    (tmp_path / "odd.toml").write_text(STORY + "\n[wrold]\n", "utf-8")
    monkeypatch.setattr(scenario, "FOLDER", tmp_path)

    with pytest.raises(Rejected, match="wrold"):
        scenario.load("odd")
