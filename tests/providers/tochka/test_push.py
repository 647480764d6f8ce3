"""Pushes: who may call us, what a call is worth, and how we ask to be called."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey

from providers.contract import Grant, Hint, Push, Refused
from providers.tochka.bank import PUSHED
from providers.tochka.provider import Tochka
from schemas.codes import Code
from tests.providers.tochka.conftest import CLIENT_ID, GRANT, HOOK, NOW, Script, refusal

BANK_KEY = RSAKey.generate_key(2048)
NEW_KEY = RSAKey.generate_key(2048)
SHORT_KEY = {"kty": "RSA", "n": urlsafe_b64encode(b"\xc1" * 64).decode().rstrip("="), "e": "AQAB"}
URL = "https://mostik.test/push/tochka/CANARY-push"
KEY = msgspec.structs.replace(GRANT, notes={**GRANT.notes, "way": "key"})

INCOMING = {
    "SidePayer": {"account": "40702810500000012345", "amount": "18300.5", "inn": "7701234567"},
    "SideRecipient": {"account": "40702810912340000077", "amount": "18300.5", "kpp": "0"},
    "purpose": "Оплата по договору ЛГ-7",
    "documentNumber": "418",
    "paymentId": "payment-2026-03-04_5550001112",
    "date": "2026-03-04",
    "webhookType": "incomingPayment",
    "customerCode": "301112223",
}


def public(key: RSAKey) -> dict[str, Any]:
    told = key.as_dict(private=False)
    return {name: told[name] for name in ("kty", "n", "e")}


def signed(claims: Any, key: RSAKey = BANK_KEY, **header: Any) -> Push:
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    body = jws.serialize_compact({"typ": "JWT", "alg": "RS256", **header}, payload, key)
    return Push({"content-type": "text/plain"}, body.encode())


def forged(header: dict[str, Any], signature: bytes = b"") -> Push:
    parts = (json.dumps(header).encode(), json.dumps(INCOMING).encode(), signature)
    body = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    return Push({}, body)


def fetches(script: Script) -> int:
    return script.sent().count(("GET", "/key"))


async def test_a_receipt_points_at_the_recipient(tochka: Tochka, script: Script) -> None:
    """The hint names our side; what was paid is read from the statement, never from the push."""
    script.says("GET", "/key", public(BANK_KEY))
    push = signed(INCOMING)

    assert await tochka.notices(msgspec.structs.replace(push, body=push.body + b"\n"), NOW) == (
        Hint(
            key="incomingPayment:payment-2026-03-04_5550001112",
            number="40702810912340000077",
            customer="301112223",
        ),
    )


async def test_a_payment_points_at_the_payer(tochka: Tochka, script: Script) -> None:
    """Seen from our side, and even if the BIC were to follow the number."""
    script.says("GET", "/key", public(BANK_KEY))
    told = {
        **INCOMING,
        "webhookType": "outgoingPayment",
        "SidePayer": {"account": "40702810912340000077/044525104"},
    }

    (hint,) = await tochka.notices(signed(told), NOW)

    assert (hint.key, hint.number) == (
        "outgoingPayment:payment-2026-03-04_5550001112",
        "40702810912340000077",
    )


@pytest.mark.parametrize("event", ["incomingSbpPayment", "acquiringInternetPayment", "tomorrow"])
async def test_events_that_were_not_asked_for_say_nothing(
    tochka: Tochka, script: Script, event: str
) -> None:
    """They name no account, and would have every account of the bank read."""
    script.says("GET", "/key", public(BANK_KEY))

    assert await tochka.notices(signed({"webhookType": event, "customerCode": "1"}), NOW) == ()


@pytest.mark.parametrize("missing", ["paymentId", "SideRecipient"])
async def test_a_push_without_a_payment_is_a_test(
    tochka: Tochka, script: Script, missing: str
) -> None:
    """The bank's trial calls may leave anything out."""
    script.says("GET", "/key", public(BANK_KEY))
    told = {name: value for name, value in INCOMING.items() if name != missing}

    assert await tochka.notices(signed(told), NOW) == (
        Hint(key="incomingPayment:test", customer="301112223", event="test"),
    )


async def test_repeats_have_their_key_in_common(tochka: Tochka, script: Script) -> None:
    """The bank repeats up to 30 times and numbers nothing."""
    script.says("GET", "/key", public(BANK_KEY))
    first = await tochka.notices(signed(INCOMING), NOW)
    again = await tochka.notices(signed({**INCOMING, "purpose": "x"}), NOW)

    assert first == again
    assert fetches(script) == 1


HMAC = jws.serialize_compact(
    {"alg": "HS256"}, b"{}", OctKey.import_key(json.dumps(public(BANK_KEY)).encode())
)
FORGED = {
    "unsigned": forged({"alg": "none"}),
    "unsigned under a good name": forged({"typ": "JWT", "alg": "RS256"}),
    "signed with the public key as a secret": Push({}, HMAC.encode()),
    "another method of the same key": forged({"alg": "PS256"}, b"x"),
    "no method": forged({"typ": "JWT"}),
    "its own key in the header": signed(INCOMING, NEW_KEY, jwk=public(NEW_KEY)),
    "its own address of a key": signed(INCOMING, NEW_KEY, jku="https://evil.test/key"),
    "demands in the header": forged({"alg": "RS256", "crit": ["exp"], "exp": 1}, b"x"),
    "a signature of somebody else": signed(INCOMING, NEW_KEY),
    "no signature at all": Push({}, b"{}"),
    "nothing": Push({}, b""),
    "letters that are none": Push({}, "подпись.а.б".encode()),
    "a header that is a list": Push({}, b"W10.e30.AA"),
    "a header without end": Push({}, urlsafe_b64encode(b"[" * 5000) + b".e30.AA"),
    "too large": Push({}, b"a" * 70_000),
}


@pytest.mark.parametrize("push", FORGED.values(), ids=FORGED)
async def test_a_push_that_the_bank_did_not_sign_is_refused(
    tochka: Tochka, script: Script, push: Push
) -> None:
    """Anybody may find the address."""
    script.says("GET", "/key", public(BANK_KEY))

    with pytest.raises(Refused) as refused:
        await tochka.notices(push, NOW)

    assert refused.value.code is Code.BANK_PUSH_INVALID


async def test_a_changed_payload_is_refused(tochka: Tochka, script: Script) -> None:
    """The signature of another payment does not open this one."""
    script.says("GET", "/key", public(BANK_KEY))
    header, _, signature = signed(INCOMING).body.split(b".")
    body = b".".join(
        (header, signed({**INCOMING, "customerCode": "2"}).body.split(b".")[1], signature)
    )

    with pytest.raises(Refused) as refused:
        await tochka.notices(Push({}, body), NOW)

    assert refused.value.code is Code.BANK_PUSH_INVALID


async def test_a_new_key_is_fetched_when_the_old_one_fails(tochka: Tochka, script: Script) -> None:
    """The bank changes it without a word, and its key has no id to notice that by."""
    script.says("GET", "/key", public(BANK_KEY), public(NEW_KEY))
    await tochka.notices(signed(INCOMING), NOW)
    hints = await tochka.notices(signed(INCOMING, NEW_KEY), NOW)

    assert (len(hints), fetches(script)) == (1, 2)


async def test_strangers_cannot_make_us_fetch_for_ever(tochka: Tochka, script: Script) -> None:
    """One look for a new key, then a minute's rest, and the bank's own pushes still come in."""
    script.says("GET", "/key", public(BANK_KEY))
    await tochka.notices(signed(INCOMING), NOW)
    for seconds in (0, 1, 59):
        with pytest.raises(Refused):
            await tochka.notices(signed(INCOMING, NEW_KEY), NOW + timedelta(seconds=seconds))

    assert fetches(script) == 2
    assert len(await tochka.notices(signed(INCOMING), NOW)) == 1
    with pytest.raises(Refused):
        await tochka.notices(signed(INCOMING, NEW_KEY), NOW + timedelta(seconds=61))
    assert fetches(script) == 3


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, {"keys": []}, Code.BANK_FORMAT_CHANGED),
        (200, {"kty": "RSA", "n": "", "e": "AQAB"}, Code.BANK_FORMAT_CHANGED),
        (200, {"kty": "EC", "n": "x", "e": "AQAB"}, Code.BANK_FORMAT_CHANGED),
        (200, SHORT_KEY, Code.BANK_FORMAT_CHANGED),
        (200, b"<html>", Code.BANK_FORMAT_CHANGED),
        (503, b"", Code.BANK_UNAVAILABLE),
    ],
)
async def test_without_the_bank_s_key_nothing_is_believed(
    tochka: Tochka, script: Script, status: int, body: Any, code: Code
) -> None:
    """The bank repeats for five minutes, and a statement is read anyway."""
    script.says("GET", "/key", body, status=status)

    with pytest.raises(Refused) as refused:
        await tochka.notices(signed(INCOMING), NOW)

    assert refused.value.code is code


@pytest.mark.parametrize("claims", [b"[]", b"{", {"webhookType": 5}, {}])
async def test_signed_claims_of_a_new_form_are_told(
    tochka: Tochka, script: Script, claims: Any
) -> None:
    """They are the bank's, so it is the bank that changed."""
    script.says("GET", "/key", public(BANK_KEY))

    with pytest.raises(Refused) as refused:
        await tochka.notices(signed(claims), NOW)

    assert refused.value.code is Code.BANK_FORMAT_CHANGED


@pytest.mark.parametrize(
    ("before", "method", "events"),
    [
        ((404, refusal(404, "no")), "PUT", list(PUSHED)),
        ((200, {"Data": {"webhooksList": [], "url": None}}), "PUT", list(PUSHED)),
        (
            (200, {"Data": {"webhooksList": ["incomingSbpPayment"], "url": "https://old.test"}}),
            "POST",
            ["incomingSbpPayment", *PUSHED],
        ),
    ],
)
async def test_the_bank_is_asked_to_call(
    tochka: Tochka, script: Script, before: tuple[int, Any], method: str, events: list[str]
) -> None:
    """Made where there is none and changed where there is one; others' events stay."""
    script.says("GET", HOOK, before[1], status=before[0])
    script.says(method, HOOK, {"Data": {"webhooksList": events, "url": URL}})

    assert await tochka.subscribe(GRANT, URL, NOW) == GRANT
    assert msgspec.json.decode(script.requests[-1].content) == {"webhooksList": events, "url": URL}


async def test_what_is_set_up_already_is_left_alone(tochka: Tochka, script: Script) -> None:
    """All customers of one application share it, and each change has the bank try it anew."""
    script.says("GET", HOOK, {"Data": {"webhooksList": list(PUSHED), "url": URL}})
    await tochka.subscribe(GRANT, URL, NOW)

    assert script.sent() == [("GET", HOOK)]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 424])
async def test_a_bank_that_does_not_take_the_address_only_costs_the_pushes(
    tochka: Tochka, script: Script, status: int
) -> None:
    """It calls at once and wants a 200; which refusal follows is told nowhere."""
    script.says("GET", HOOK, refusal(404, "no"), status=404)
    script.says("PUT", HOOK, refusal(status, "hook is not alive"), status=status)

    with pytest.raises(Refused) as refused:
        await tochka.subscribe(GRANT, URL, NOW)

    assert refused.value.code is Code.BANK_PUSH_INVALID
    assert "hook is not alive" in (refused.value.words or "")


@pytest.mark.parametrize(
    ("status", "code"), [(401, Code.ACCESS_TOKEN_REJECTED), (500, Code.BANK_UNAVAILABLE)]
)
async def test_other_troubles_of_asking_stay_what_they_are(
    tochka: Tochka, script: Script, status: int, code: Code
) -> None:
    """A dead token is renewed, an outage passes."""
    script.says("GET", HOOK, b"", status=status)

    with pytest.raises(Refused) as refused:
        await tochka.subscribe(GRANT, URL, NOW)

    assert refused.value.code is code


@pytest.mark.parametrize(
    "grant",
    [
        msgspec.structs.replace(GRANT, permissions=GRANT.permissions[:-1]),
        msgspec.structs.replace(KEY, notes={"way": "key"}),
    ],
    ids=["not permitted", "client unknown"],
)
async def test_who_cannot_be_called_asks_nothing(
    tochka: Tochka, script: Script, grant: Grant
) -> None:
    """A key without the right, or one that does not tell its client."""
    with pytest.raises(Refused) as refused:
        await tochka.subscribe(grant, URL, NOW)

    assert (refused.value.code, script.requests) == (Code.BANK_PUSH_INVALID, [])


@pytest.mark.parametrize(
    ("status", "body"), [(200, {"Data": {"result": True}}), (403, b""), (404, b"")]
)
async def test_a_key_given_back_is_called_no_more(
    tochka: Tochka, script: Script, status: int, body: Any
) -> None:
    """The key itself is deleted by its owner; one that is dead already has nothing to give."""
    script.says("DELETE", HOOK, body, status=status)
    await tochka.revoke(KEY, NOW)

    assert script.sent() == [("DELETE", HOOK)]


async def test_a_bank_that_is_down_takes_nothing_back(tochka: Tochka, script: Script) -> None:
    """Whoever asked may ask again."""
    script.says("DELETE", HOOK, b"", status=502)

    with pytest.raises(Refused) as refused:
        await tochka.revoke(KEY, NOW)

    assert refused.value.code is Code.BANK_UNAVAILABLE


async def test_one_customer_s_leaving_does_not_silence_the_others(
    tochka: Tochka, script: Script
) -> None:
    """An application has one address for all its customers, and a consent is ended at the bank."""
    await tochka.revoke(GRANT, NOW)

    assert (script.requests, GRANT.notes["client_id"]) == ([], CLIENT_ID)
