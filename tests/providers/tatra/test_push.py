"""A push is a hint, never a booking."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from providers.contract import Grant, Hint, Push, Refused
from providers.tatra.provider import Tatra
from schemas.codes import Code


def push(body: Any) -> Push:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Push(headers={}, body=raw)


async def test_a_notice_names_account_and_consent(tatra: Tatra, now: datetime) -> None:
    """That is all there is to learn from it."""
    told = {
        "notificationId": "n-1",
        "consentId": "c-1",
        "accountId": "a-1",
        "event": "TRANSACTIONS_UPDATED",
        "amount": 1_000_000,
    }

    assert await tatra.notices(push(told), now) == (
        Hint(key="n-1", reference="a-1", consent_id="c-1"),
    )


@pytest.mark.parametrize(
    ("told", "hint"),
    [
        ({"iban": "SK96 1100 0000"}, Hint(key="k", iban="SK9611000000")),
        ({"accountReference": {"iban": "SK1"}}, Hint(key="k", iban="SK1")),
        ({"resourceId": "a"}, Hint(key="k", reference="a")),
        (
            {"consentId": "c", "event": "CONSENT_REVOKED"},
            Hint(key="k", consent_id="c", event="consent"),
        ),
        ({"event": "PING"}, Hint(key="k", event="test")),
    ],
)
async def test_other_shapes_are_understood(
    tatra: Tatra, now: datetime, told: dict[str, Any], hint: Hint
) -> None:
    """The bank has published none, so every likely one is read."""
    assert await tatra.notices(push({"notificationId": "k", **told}), now) == (hint,)


async def test_repeats_without_an_id_share_their_key(tatra: Tatra, now: datetime) -> None:
    """At least once is the rule; the second must be recognisable."""
    first = await tatra.notices(push({"accountId": "a"}), now)
    second = await tatra.notices(push({"accountId": "a"}), now)

    assert first == second
    assert first[0].key


async def test_a_list_gives_several(tatra: Tatra, now: datetime) -> None:
    """Nothing says that it comes alone."""
    hints = await tatra.notices(push([{"accountId": "a"}, 7, {"accountId": "b"}]), now)

    assert [hint.reference for hint in hints] == ["a", "b"]


@pytest.mark.parametrize("body", [b"", b"  ", {}, [], "hello", 7, None, {"accountId": 5}])
async def test_odd_bodies_say_nothing(tatra: Tatra, now: datetime, body: Any) -> None:
    """The portal tries the address with whatever it likes and wants a 200."""
    assert await tatra.notices(push(body), now) == ()


@pytest.mark.parametrize(
    "body", [b"<html>", b"\xff\xfe", b"{", b"[" * 60_000, b'"' + b"a" * 70_000 + b'"']
)
async def test_what_is_no_json_is_invalid(tatra: Tatra, now: datetime, body: bytes) -> None:
    """Somebody else found the address."""
    with pytest.raises(Refused) as refused:
        await tatra.notices(push(body), now)

    assert refused.value.code is Code.BANK_PUSH_INVALID


async def test_subscribing_changes_nothing(tatra: Tatra, grant: Grant, now: datetime) -> None:
    """The address is registered by hand in the developer portal."""
    assert await tatra.subscribe(grant, "https://mostik.test/push/tatra/x", now) is grant
