"""Webhooks: probed, signed, repeated, and sometimes wrong."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import RSAKey
from joserfc.util import urlsafe_b64decode

from sandbox.tochka.events import EVENTS
from tests.sandbox.tochka.conftest import NOW, Caller, Connected
from tests.sandbox.tochka.test_statements import paid

PATH = "/webhook/v1.0/mostik"
URL = "http://127.0.0.1:8700/push/tochka/secret"


async def listening(caller: Caller, *events: str) -> Connected:
    live = await caller.connected()
    wish = {"webhooksList": list(events or ("incomingPayment", "outgoingPayment")), "url": URL}
    answer = await live.ask("PUT", PATH, json=wish)
    assert answer.status_code == 200, answer.text
    caller.received.clear()
    return live


async def a_moment() -> None:
    """Let background sending run without moving the clock."""
    for _ in range(20):
        await asyncio.sleep(0)


async def key(caller: Caller) -> RSAKey:
    return RSAKey.import_key((await caller.http.get("/doc/openapi/static/keys/public")).json())


async def claims(caller: Caller, request: httpx.Request) -> Any:
    token = jws.deserialize_compact(request.content, await key(caller), algorithms=["RS256"])
    return json.loads(token.payload)


async def test_the_key_is_one_bare_jwk(caller: Caller) -> None:
    """3072 bits, and neither kid nor alg nor use."""
    told = (await caller.http.get("/doc/openapi/static/keys/public")).json()

    assert sorted(told) == ["e", "kty", "n"]
    assert len(urlsafe_b64decode(told["n"].encode())) == 3072 // 8


async def test_an_address_is_probed_once_per_event(caller: Caller) -> None:
    """So the receiver has to be there before, and take payments it does not know."""
    live = await caller.connected()
    made = await live.ask("PUT", PATH, json={"webhooksList": list(EVENTS), "url": URL})
    told = [(await claims(caller, one))["webhookType"] for one in caller.received]
    shown = await live.read(PATH)

    assert made.json()["Data"] == {"webhooksList": list(EVENTS), "url": URL} == shown
    assert told == list(EVENTS)


@pytest.mark.parametrize("status", [201, 204, 404, 500])
async def test_anything_but_200_fails_the_probe(caller: Caller, status: int) -> None:
    """Nothing is kept then."""
    live = await caller.connected()
    caller.receiving = status
    made = await live.ask("PUT", PATH, json={"webhooksList": ["incomingPayment"], "url": URL})
    shown = await live.get(PATH)

    assert (made.status_code, shown.status_code) == (400, 404)


async def test_a_hook_is_edited_and_ended(caller: Caller) -> None:
    """One address and one list for each client."""
    live = await listening(caller)
    other = {"webhooks_list": ["incomingPayment"], "url": f"{URL}2"}
    edited = await live.ask("POST", PATH, json=other)
    ended = await live.ask("DELETE", PATH)
    gone = await live.ask("POST", PATH, json=other)

    assert edited.json()["Data"] == {"webhooksList": ["incomingPayment"], "url": f"{URL}2"}
    assert ended.json()["Data"] == {"result": True}
    assert gone.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"webhooksList": ["incomingPayment"]},
        {"webhooksList": ["incomingPayment"], "url": "ftp://here"},
        {"webhooksList": ["invoiceStatusChanged"], "url": URL},
        {"url": URL},
    ],
)
async def test_a_wrong_wish_is_a_400(caller: Caller, body: dict[str, object]) -> None:
    """No probe is sent for it."""
    live = await caller.connected()
    answer = await live.ask("PUT", PATH, json=body)

    assert answer.status_code == 400
    assert caller.received == []


async def test_production_wants_https_on_443(caller: Caller) -> None:
    """A switch, since rehearsals live on loopback."""
    caller.behave(tochka={"webhook_https_only": True})
    live = await caller.connected()
    answers = [
        await live.ask("PUT", PATH, json={"webhooksList": ["incomingPayment"], "url": url})
        for url in (URL, "https://client.test:8443/x", "https://client.test/x")
    ]

    assert [one.status_code for one in answers] == [400, 400, 200]


async def test_another_clients_hook_is_out_of_reach(caller: Caller) -> None:
    """A key has its own client id, which its re-issue changes."""
    live = caller.keyed()
    own = live.tokens["client_id"]
    wish = {"webhooksList": ["incomingPayment"], "url": URL}
    foreign = await live.ask("PUT", PATH, json=wish)
    mine = await live.ask("PUT", f"/webhook/v1.0/{own}", json=wish)

    assert (foreign.status_code, mine.status_code) == (403, 200)


async def test_a_payment_is_told_with_both_sides(caller: Caller) -> None:
    """All values are text, and the id is the one of the statement."""
    caller.behave(not_ready_answers=0, push_duplicate_share=0)
    live = await listening(caller)
    account = caller.accounts[0]
    await caller.sandbox.add_payments(account, [paid(NOW)], since=NOW)
    await caller.sandbox.settle()
    (request,) = caller.received
    told = await claims(caller, request)
    row = (await live.statement(account, "2026-11-20", "2026-11-20"))["Transaction"][0]
    header = urlsafe_b64decode(request.content.split(b".")[0])
    payload = urlsafe_b64decode(request.content.split(b".")[1])

    assert request.headers["content-type"] == "text/plain"
    assert header == b'{"typ":"JWT","alg":"RS256"}'
    assert payload == json.dumps(told).encode()
    assert payload.isascii()
    assert told["paymentId"] == row["paymentId"]
    assert told["webhookType"] == "incomingPayment"
    assert told["SidePayer"] == {
        "bankCode": "044525225",
        "bankName": "ПАО СБЕРБАНК",
        "bankCorrespondentAccount": "30101810400000000225",
        "account": "40702810500000012345",
        "name": 'ООО "Пример-Склад"',
        "inn": "7701234567",
        "kpp": "770101001",
        "amount": "18300.5",
        "currency": "RUB",
    }
    assert told["SideRecipient"]["account"] == account.number
    assert sorted(told) == [
        "SidePayer",
        "SideRecipient",
        "customerCode",
        "date",
        "documentNumber",
        "paymentId",
        "purpose",
        "webhookType",
    ]


async def test_only_what_is_subscribed_and_covered_is_told(caller: Caller) -> None:
    """No event that was not asked for, no account that was not given."""
    caller.behave(push_duplicate_share=0)
    first, second = caller.accounts
    live = await caller.connected(first)
    await live.ask("PUT", PATH, json={"webhooksList": ["incomingPayment"], "url": URL})
    caller.received.clear()
    await caller.sandbox.add_payments(first, [paid(NOW, direction="debit")], since=NOW)
    await caller.sandbox.add_payments(second, [paid(NOW)], since=NOW)
    await caller.sandbox.settle()

    assert caller.received == []


async def test_delivery_is_repeated_by_the_clock(caller: Caller) -> None:
    """Thirty more tries ten seconds apart, then the bank gives up."""
    caller.behave(push_duplicate_share=0)
    await listening(caller)
    caller.receiving = 500
    await caller.sandbox.add_payments(caller.accounts[0], [paid(NOW)], since=NOW)
    for _ in range(35):
        await a_moment()
        caller.sandbox.clock.advance(timedelta(seconds=10))
    await caller.sandbox.settle()

    assert len(caller.received) == 31


async def test_a_push_may_come_twice(caller: Caller) -> None:
    """A receiver tells them apart by the payment id."""
    caller.behave(push_duplicate_share=1.0)
    await listening(caller)
    await caller.sandbox.add_payments(caller.accounts[0], [paid(NOW)], since=NOW)
    await caller.sandbox.settle()
    told = [(await claims(caller, one))["paymentId"] for one in caller.received]

    assert len(told) == 2
    assert len(set(told)) == 1


@pytest.mark.parametrize("way", ["order", "share", "stale key"])
async def test_a_signature_may_be_wrong(caller: Caller, way: str) -> None:
    """By order, by chance, or because the published key is an old one."""
    caller.behave(push_duplicate_share=0)
    await listening(caller)
    if way == "order":
        caller.order("BANK_PUSH_INVALID")
    elif way == "share":
        caller.behave(push_bad_signature_share=1.0)
    else:
        caller.behave(tochka={"signing_key": "second"})
    await caller.sandbox.add_payments(caller.accounts[0], [paid(NOW)], since=NOW)
    await caller.sandbox.settle()

    with pytest.raises(BadSignatureError):
        await claims(caller, caller.received[0])


async def test_a_new_key_is_found_at_its_address(caller: Caller) -> None:
    """A reader that keeps the old one has to look again once."""
    caller.behave(push_duplicate_share=0)
    await listening(caller)
    old = await key(caller)
    caller.behave(tochka={"signing_key": "second", "published_key": "second"})
    await caller.sandbox.add_payments(caller.accounts[0], [paid(NOW)], since=NOW)
    await caller.sandbox.settle()
    told = await claims(caller, caller.received[0])

    assert told["webhookType"] == "incomingPayment"
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(caller.received[0].content, old, algorithms=["RS256"])


async def test_test_send_posts_one_invented_event(caller: Caller) -> None:
    """Its sides lack INN and KPP, so a receiver must not need them."""
    live = await listening(caller)
    answer = await live.ask("POST", f"{PATH}/test_send", json={"webhookType": "outgoingPayment"})
    wrong = await live.ask("POST", f"{PATH}/test_send", json={"webhookType": "other"})
    told = await claims(caller, caller.received[0])

    assert answer.json()["Data"] == {"result": True}
    assert wrong.status_code == 400
    assert "inn" not in told["SidePayer"]


async def test_a_revoked_consent_silences_the_hook(caller: Caller) -> None:
    """Pushes need a right like everything else."""
    await listening(caller)
    caller.order("CONSENT_REVOKED")
    await caller.sandbox.add_payments(caller.accounts[0], [paid(NOW)], since=NOW)
    await caller.sandbox.settle()

    assert caller.received == []
