"""Tatra's push: a hint for own accounts, unsigned, sent again until it is taken."""

from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from sandbox.state import Sandbox
from sandbox.world import Account
from tests.sandbox.tatra.caller import Caller, force, turn
from tests.sandbox.tatra.test_transactions import payment

URL = "http://receiver/push/tatra/secret"


class Receiver:
    """Keeps what it is sent; refuses as long as it is told to."""

    def __init__(self) -> None:
        self.taken: list[httpx.Request] = []
        self.refusals = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.taken.append(request)
        self.refusals -= 1
        return httpx.Response(500 if self.refusals >= 0 else 204)


@pytest.fixture
async def receiver(sandbox: Sandbox) -> Receiver:
    made = Receiver()
    await sandbox.http.aclose()
    sandbox.http = httpx.AsyncClient(transport=httpx.MockTransport(made))
    turn(sandbox, push_duplicate_share=0, tatra={"notification_url": URL})
    return made


async def paid(sandbox: Sandbox, account: Account) -> None:
    """A payment that happens now, as the control plane books it."""
    since = sandbox.now
    await sandbox.add_payments(account, [payment(since, currency=account.currency)], since)
    sandbox.clock.advance(timedelta(0))


async def test_an_own_account_is_told_of_at_once(
    sandbox: Sandbox, caller: Caller, receiver: Receiver, own: Account
) -> None:
    """The body says where, never what; the sender is the gateway."""
    connected = await caller.connected(own.iban)
    await paid(sandbox, own)
    await sandbox.settle()
    (sent,) = receiver.taken
    body: dict[str, Any] = msgspec.json.decode(sent.content)

    assert str(sent.url) == URL
    assert sent.headers["user-agent"].startswith("Layer7-SecureSpan-Gateway/")
    assert body["event"] == "TRANSACTIONS_UPDATED"
    assert body["consentId"] == connected.consent_id
    assert body["accountId"] == await connected.id_of(own)


async def test_other_banks_never_push(
    sandbox: Sandbox, caller: Caller, receiver: Receiver, other: Account
) -> None:
    """Only a reading by Tatra finds their rows."""
    await caller.connected(other.iban)
    await paid(sandbox, other)
    await sandbox.settle()

    assert receiver.taken == []


async def test_without_an_address_nothing_is_sent(
    sandbox: Sandbox, caller: Caller, receiver: Receiver, own: Account
) -> None:
    """The address is registered in the portal, by hand."""
    turn(sandbox, tatra={"notification_url": ""})
    await caller.connected(own.iban)
    await paid(sandbox, own)
    await sandbox.settle()

    assert receiver.taken == []


async def test_a_refused_push_comes_again(
    sandbox: Sandbox, caller: Caller, receiver: Receiver, own: Account
) -> None:
    """A minute later, until somebody takes it."""
    receiver.refusals = 1
    await caller.connected(own.iban)
    sandbox.clock.set_speed(100_000)
    await paid(sandbox, own)
    await sandbox.settle()

    assert len(receiver.taken) == 2
    assert receiver.taken[0].content == receiver.taken[1].content


async def test_a_spoiled_push_is_half_a_body(
    sandbox: Sandbox, caller: Caller, receiver: Receiver, own: Account
) -> None:
    """The receiver must live with it."""
    force(sandbox, "BANK_PUSH_INVALID")
    await caller.connected(own.iban)
    await paid(sandbox, own)
    await sandbox.settle()

    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(receiver.taken[0].content)
