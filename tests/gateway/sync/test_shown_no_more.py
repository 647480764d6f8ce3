"""Accounts that a bank showed once and shows no more."""

from __future__ import annotations

from pathlib import Path

from gateway import walk
from schemas.codes import Code
from schemas.connection import ConnectionStatus
from tests.rehearsal import rehearsal


async def test_an_account_left_out_at_a_renewal_says_so_until_it_is_back(tmp_path: Path) -> None:
    """It would else grow old in silence, on a connection that looks well."""
    async with rehearsal(tmp_path) as stage:
        company = await stage.company("SK", {"tatra": [{"currency": "EUR"}, {"currency": "EUR"}]})
        made = await stage.connect("tatra", company, history_days=5, schedule="daily")
        await stage.run_for(hours=6)
        ibans = [told["iban"] for told in company["accounts"]]

        async def renewed(*chosen: str) -> dict[str | None, Code | None]:
            again = await walk.renew(stage.product, await stage.connection(made.id))
            assert again.next.url
            await stage.authorise("tatra", again.next.url, chosen=chosen)
            return {
                account.found.iban: account.trouble.code if account.trouble else None
                for account in await stage.accounts(made.id)
            }

        left_out = await renewed(ibans[0])
        status = (await stage.connection(made.id)).status
        back = await renewed(*ibans)

        assert left_out == {ibans[0]: None, ibans[1]: Code.ACCOUNT_NOT_FOUND}
        assert status is ConnectionStatus.ACTIVE
        assert back == dict.fromkeys(ibans)
