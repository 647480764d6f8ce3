"""Take the dice away from a fake bank, so that a rung meets only what it sets out to meet."""

from __future__ import annotations

from typing import Any

import httpx

CHANCES = ("_share", "hang_seconds")
"""Knobs that roll dice, and the one that makes us wait by the wall's clock."""


def nested(name: str, value: object) -> dict[str, Any]:
    """A dotted knob as the body of a PATCH: `delivery.late_share` -> `{delivery: {late_share}}`."""
    first, _, rest = name.partition(".")
    return {first: nested(rest, value) if rest else value}


async def knobs(control: httpx.AsyncClient, bank: str) -> list[dict[str, Any]]:
    """All habits and faults of a bank: name, value, default."""
    answer = await control.get(f"/control/v1/banks/{bank}/behaviour")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["fields"]
    return found


async def turn(control: httpx.AsyncClient, bank: str, **fields: Any) -> None:
    """Turn some of a bank's knobs."""
    answer = await control.patch(f"/control/v1/banks/{bank}/behaviour", json=fields)
    assert answer.status_code == 200, answer.text


async def without_dice(control: httpx.AsyncClient, bank: str) -> None:
    """Faults that come by chance stay away, unless somebody asked for them."""
    zeros: dict[str, Any] = {}
    for knob in await knobs(control, bank):
        name, value = knob["name"], knob["value"]
        if name.endswith(CHANCES) and value and value == knob["default"]:
            for table, body in nested(name, 0).items():
                if isinstance(body, dict):
                    zeros.setdefault(table, {}).update(body)
                else:
                    zeros[table] = body
    await turn(control, bank, **zeros)


async def at_rest(control: httpx.AsyncClient, bank: str) -> None:
    """No dice, and all history is there at once; what is still to be waited for is the bank's."""
    await without_dice(control, bank)
    await turn(control, bank, delivery={"every_minutes": 0})
