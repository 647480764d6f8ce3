"""A case seen here can be repeated elsewhere."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx

from sandbox.app import create_apps
from sandbox.state import Sandbox

V1 = "/control/v1"


async def test_an_import_goes_on_exactly_where_the_export_stood(
    control: httpx.AsyncClient,
    banks: httpx.AsyncClient,
    sandbox: Sandbox,
    make_sandbox: Callable[[int], Sandbox],
) -> None:
    """World, clock, habits, half-loaded history, orders, the banks' own books and the dice."""
    wish = {"banks": {"sber": {"accounts": [{"currency": "RUB"}]}}}
    company = (await control.post(f"{V1}/companies", json=wish)).json()
    number = company["accounts"][0]["number"]
    payments = {"generate": {"from": "2026-10-01", "to": "2026-11-19", "count": 80}}
    await control.post(f"{V1}/accounts/{number}/payments", json=payments)
    await control.patch(f"{V1}/banks/sber/behaviour", json={"page_rows": 3})
    await control.post(f"{V1}/credentials/sber", json={"company": company["id"]})
    await banks.get(f"/sber/rows/{number}")
    await control.post(f"{V1}/inject", json={"bank": "sber", "code": "USER_BLOCKED"})
    exported = (await control.get(f"{V1}/export")).content
    other = make_sandbox(77)
    elsewhere: Any = create_apps(other)[1]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(elsewhere), base_url="http://control"
    ) as client:
        taken = await client.post(f"{V1}/import", content=exported)
        again = (await client.get(f"{V1}/export")).content

    assert taken.status_code == 200, taken.text
    assert again == exported
    assert other.token() == sandbox.token()
    assert other.feeds[number].released == sandbox.feeds[number].released != {}
    await other.close()


async def test_an_import_expects_the_payments_ahead(
    control: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    """What lay ahead of the clock is still pushed when its time comes."""
    wish = {"banks": {"sber": {"accounts": [{"currency": "RUB"}]}}}
    company = (await control.post(f"{V1}/companies", json=wish)).json()
    number = company["accounts"][0]["number"]
    item = {"direction": "credit", "amount": "1", "at": "2026-11-20T10:00:00Z"}
    made = await control.post(f"{V1}/accounts/{number}/payments", json={"items": [item]})
    exported = (await control.get(f"{V1}/export")).content
    await control.post(f"{V1}/reset", json={})
    await control.post(f"{V1}/import", content=exported)
    sandbox.clock.advance(timedelta(hours=2))
    await sandbox.clock.changed(0.01)

    assert sandbox.stores["sber"].pushed == made.json()["bank_ids"]  # type: ignore[attr-defined] # the toy bank's
