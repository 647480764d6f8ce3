"""Rung 17, the last: nothing that we keep can be used against the customer.

Support must see what the bank said, or else nobody finds out anything. So every exchange is kept,
scrubbed, and your refusals carry the bank's words. In all of that there is no token, no code, no
client secret and no whole account number: not in a header, not in a query, not in a body, not in a
sentence, and not in a field of your bank's own invention of which the scrubber has never heard. The
rung collects every secret that went over the line and then looks for each of them in everything
that stays behind.

That is the ladder. What you see from up here is a bank that an integrator can read without knowing
its name. Write the changelog line; you have earned it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Coroutine, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from gateway.app import create_app
from gateway.settings import read
from gateway.store import connections, keys
from providers.contract import Ask, Grant, Push, Refused, Unreachable
from providers.transport import Wire
from schemas.account import FoundAccount
from schemas.window import DAY, Window
from tests.ladder.climber import OWN, Climber, named
from tests.ladder.reader import RETURN_TO, STATE, Reader
from tests.ladder.spoiled import Spoiled, answer
from tests.ladder.stage import Stage
from tests.rehearsal import BANKS_AT

pytestmark = pytest.mark.parametrize("climber", OWN, ids=named)

OPENS_DOORS = frozenset(
    {
        "access_token", "refresh_token", "id_token", "code", "code_verifier", "client_secret",
        "password", "assertion",
    }
)  # fmt: skip
SHORTEST_SECRET = 8
FAR = ("account", "iban")
"""Where the books name the far side's account."""
CLIENT_SECRET = "Our0wnS3cretAtTheBank"


class Ear:
    """Hears every secret that goes over a line, in either direction."""

    def __init__(self) -> None:
        self.heard: set[str] = set()

    def hear(self, request: httpx.Request, response: httpx.Response, body: bytes) -> httpx.Response:
        """Listen to one call, and pass the answer on as it is."""
        self.heard |= of_request(request)
        try:
            told = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            told = None
        if isinstance(told, dict):
            self._note(told.items())
        return answer(response, body)

    def _note(self, fields: Iterable[tuple[Any, Any]]) -> None:
        for name, value in fields:
            if str(name).lower() in OPENS_DOORS and isinstance(value, str):
                self.heard.add(value)

    def found_in(self, kept: bytes | str, *more: str) -> list[str]:
        """The secrets that stand in what is kept, plainly or as they stand in an address."""
        text = kept if isinstance(kept, str) else kept.decode("latin-1")
        secrets = {one for one in (*self.heard, *more) if len(one) >= SHORTEST_SECRET}
        return sorted(one for one in secrets if one in text or quote(one, safe="") in text)


def of_request(request: httpx.Request) -> set[str]:
    """What in a call opens a door: the authorisation, and fields of the query or form."""
    found = set(request.headers.get("authorization", "").split()[1:])
    for text in (request.url.query.decode(), request.content.decode("utf-8", "replace")):
        found |= {value for name, value in parse_qsl(text) if name.lower() in OPENS_DOORS}
    return found


def everything(
    reader: Reader, account: FoundAccount, mark: str | None
) -> list[Coroutine[Any, Any, Any]]:
    """Each verb once."""
    bank, grant, now = reader.provider, reader.grant, reader.now
    day = Window(reader.today - DAY, reader.today - DAY)
    ask = Ask(state=STATE, redirect_uri=RETURN_TO)
    return [
        bank.begin(ask, now),
        bank.accounts(grant, now),
        bank.pull(grant, account, day, None, now),
        bank.pull(grant, account, day, mark, now),
        bank.changes(grant, account, now - timedelta(hours=1), now),
        bank.probe(grant, account, now),
        bank.subscribe(grant, "https://gateway/push/bank/secret-of-the-door", now),
        bank.notices(Push({}, grant.access.encode()), now),
        bank.renew(grant, now),
        bank.revoke(grant, now),
    ]


async def test_kept_exchanges_hold_no_secret(reader: Reader) -> None:
    """A whole life: let in, read, renewed, given back; and not even a far side's whole number."""
    ear = Ear()
    reader.provider = reader.opened(Spoiled(reader.transport, ear.hear))
    await reader.open_account()
    window = Window(reader.today - 3 * DAY, reader.today - DAY)
    await reader.generate(window, 12)
    account = await reader.let_in()
    await reader.entries(account, window)
    for asking in everything(reader, account, None):
        await _heedless(asking)
    far = {row["counterparty"][word] for row in await reader.truth(window) for word in FAR}
    kept = msgspec.json.encode(reader.exchanges).decode()

    assert {reader.grant.access, reader.grant.refresh} <= ear.heard
    assert len(reader.exchanges) > 5
    assert ear.found_in(kept, reader.key, STATE, *(number for number in far if number)) == []


@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
async def test_a_bank_that_repeats_secrets_does_not_make_us_keep_them(
    climber: Climber, reader: Reader, status: int
) -> None:
    """It puts back what we sent, in prose and in fields that nobody has heard of."""
    await reader.open_account()
    account = await reader.let_in()
    ear, failures = Ear(), list[Refused]()

    def parrot(request: httpx.Request, _: httpx.Response, __: bytes) -> httpx.Response:
        ear.heard |= of_request(request)
        made = repeated(sorted(of_request(request)), reader.key)
        content = httpx.ByteStream(msgspec.json.encode(made))
        return httpx.Response(status, headers={"X-Echo": made["echo"]}, stream=content)

    reader.provider = with_secret(climber, reader, Spoiled(reader.transport, parrot))
    for asking in everything(reader, account, "a-mark"):
        failed = await _heedless(asking)
        failures += [failed] if isinstance(failed, Refused) else []
    told = [(str(one), one.words, one.body, str(one.evidence)) for one in failures]
    kept = msgspec.json.encode([told, reader.exchanges]).decode()

    assert failures
    assert CLIENT_SECRET in ear.heard or basic() & ear.heard
    assert ear.found_in(kept, reader.key, CLIENT_SECRET) == []


def repeated(secrets: list[str], number: str) -> dict[str, Any]:
    """What a careless bank answers."""
    prose = f"Account {number} is not for {', '.join(secrets)}!"
    return {
        "echo": " ".join(secrets),
        "message": prose,
        "error": "access_denied",
        "error_description": prose,
        "Errors": [{"errorCode": "odd", "message": prose, "url": f"https://bank/{number}"}],
        "cause": "odd",
        "whatYouSent": {str(place): secret for place, secret in enumerate(secrets)},
        "number": number,
    }


def with_secret(climber: Climber, reader: Reader, line: httpx.AsyncBaseTransport) -> Any:
    """The adapter of an installation that has a client secret."""
    name = f"MOSTIK_{climber.bank.id.upper()}_CLIENT_SECRET"
    settings = read({"MOSTIK_BANKS_URL": BANKS_AT, name: CLIENT_SECRET}).banks[climber.bank.id]
    client = httpx.AsyncClient(transport=line, base_url=BANKS_AT)
    return climber.entrance.open(settings, Wire(client, journal=reader.exchanges.append))


def basic() -> set[str]:
    """The secret as it stands in HTTP Basic, without an id of ours."""
    return {b64encode(f":{CLIENT_SECRET}".encode()).decode()}


async def _heedless(asking: Coroutine[Any, Any, Any]) -> Exception | None:
    try:
        await asking
    except (Refused, Unreachable) as failed:
        return failed
    return None


async def test_the_product_keeps_its_secrets_to_itself(
    climber: Climber, stage: Stage, tmp_path: Path
) -> None:
    """Neither file nor log nor answer shows a token, also when everything has gone wrong."""
    await stage.without_dice(climber.at, climber.fake.id)
    await stage.behaviour(climber.at, delivery={"every_minutes": 0})
    company = await stage.company(climber.fake.country, {climber.at: [{}]})
    number = company["accounts"][0]["iban"] or company["accounts"][0]["number"]
    with capture_logs() as logs:
        living = await stage.connect(climber.bank.id, company, history_days=3, schedule="hourly")
        ear = Ear()
        await stage.live(timedelta(hours=2))
        ear.heard |= secrets_of(await granted(stage, living.id))
        await stage.behaviour(climber.fake.id, consent_dies_after_calls=1)
        await stage.live(timedelta(hours=6))
        ear.heard |= secrets_of(await granted(stage, living.id))
        answers = await shown(stage, living.id)
    await stage.product.journal.write(stage.database)
    files = on_disk(tmp_path)

    assert len(ear.heard) >= 2
    assert ear.found_in(files) == []
    assert ear.found_in(msgspec.json.encode([str(line) for line in logs]), number) == []
    assert "problem" in answers
    assert ear.found_in(answers, number) == []


def on_disk(folder: Path) -> bytes:
    """All that rests in the installation's files, the database's journal among it."""
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


async def granted(stage: Stage, connection_id: str) -> Grant:
    """The connection's grant, unsealed."""
    sealed = await stage.database.read(lambda tx: connections.grant(tx, connection_id))
    assert sealed is not None
    return stage.product.tokens.open(await stage.connection(connection_id), sealed)


def secrets_of(grant: Grant) -> set[str]:
    """What in a grant opens doors."""
    return {one for one in (grant.access, grant.refresh) if one}


async def shown(stage: Stage, connection_id: str) -> str:
    """What the API tells an integrator of a connection that is in trouble."""
    now = stage.clock.now()
    made = await stage.database.write(lambda tx: keys.create(tx, "acme", keys.SCOPES, now))
    app: Any = create_app(stage.product)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://gateway",
        headers={"authorization": f"Bearer {made.key}"},
    ) as client:
        path = f"/v1/connections/{connection_id}"
        told = [await client.get(path), await client.get(f"{path}/diagnosis")]
    assert [one.status_code for one in told] == [200, 200]
    return " ".join(one.text for one in told)
