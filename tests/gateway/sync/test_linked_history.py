"""An account behind another bank, whose history may grow unseen."""

from __future__ import annotations

from pathlib import Path

from schemas.window import DAY, Window
from tests.rehearsal import rehearsal


async def test_new_days_are_read_while_the_history_is_still_growing(tmp_path: Path) -> None:
    """Four readings a day are all there is; the history's must bring the newest days along."""
    async with rehearsal(tmp_path) as stage:
        company = await stage.company("SK", {"csob": [{"currency": "EUR"}]})
        key = company["accounts"][0]["iban"]
        today = stage.clock.now().date()
        begin = today - 40 * DAY
        await stage.payments(
            key, **{"from": begin.isoformat(), "to": today.isoformat(), "count": 80, "seed": 4}
        )
        made = await stage.connect("tatra", company, history_days=40)
        await stage.run_for(hours=26)
        account = (await stage.accounts(made.id))[0]
        load = (await stage.loads(account.id))[0]
        states = await stage.states(account, Window(begin, stage.clock.now().date()))

        assert (load.state, dict(states)) == ("running", {"received": 42})
