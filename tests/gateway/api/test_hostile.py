"""Whatever is sent: a problem of ours below 500, in one shape, naming the field."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import create_app
from schemas.codes import Code
from tests.gateway.api.conftest import Furnished, World, opened

JSON = {"content-type": "application/json"}
DEEP = 2_000

BODIES: dict[str, bytes] = {
    "nothing but a brace": b"{",
    "no JSON": b"<xml/>",
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "text": b'"text"',
    "deep lists": b"[" * DEEP,
    "deep closed lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep within a field": b'{"account_id":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "broken UTF-8": b'{"account_id":"\xff\xfe"}',
    "broken UTF-8 in a name": b'{"\xff":1}',
    "a lone surrogate": b'{"account_id":"\\ud800"}',
    "NaN": b'{"account_id":NaN}',
    "Infinity": b'{"account_id":-Infinity}',
    "a number beyond floats": b'{"account_id":1e999}',
    "a number of a million digits": b'{"account_id":' + b"9" * 400_000 + b"}",
    "an unknown field": b'{"account_id":"x","from":"2026-01-01","to":"2026-01-02","id":"mine"}',
    "NUL in a text": b'{"account_id":"a\\u0000b","from":"2026-01-01","to":"2026-01-02"}',
    "a line feed in a text": b'{"account_id":"a\\nb","from":"2026-01-01","to":"2026-01-02"}',
    "an endless text": b'{"account_id":"' + b"a" * 100_000 + b'"}',
    "a number for a text": b'{"account_id":1,"from":"2026-01-01","to":"2026-01-02"}',
    "a day that is none": b'{"account_id":"x","from":"2026-02-30","to":"2026-03-02"}',
    "a day of year 0": b'{"account_id":"x","from":"0000-01-01","to":"2026-03-02"}',
    "an instant for a day": b'{"account_id":"x","from":"2026-01-01T00:00:00Z","to":"2026-03-02"}',
    "nothing at all": b"",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"account_id":"x"}'.encode("utf-16"),
}


@pytest.fixture(scope="module")
async def world(
    furnished: Furnished, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """One API for all of this module: nothing here has an effect, which is the point."""
    async with opened(furnished, tmp_path_factory.mktemp("hostile")) as made:
        yield made


def is_a_problem(answer: httpx.Response, *statuses: int) -> dict[str, Any]:
    """An answer in the one shape; its body."""
    assert answer.status_code in statuses, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told.keys() == {
        "type", "title", "status", "detail", "instance", "code", "number", "category", "actor",
        "retry", "language", "steps", "evidence", "bank", "request_id",
    }  # fmt: skip
    assert told["status"] == answer.status_code
    assert told["request_id"] == answer.headers["x-request-id"]
    assert told["code"] in Code.__members__
    assert told["steps"]
    return told


@pytest.mark.parametrize("name", BODIES)
async def test_a_bad_body_is_a_problem(api: httpx.AsyncClient, name: str) -> None:
    """Bare, the web framework answers 500 to depth and to broken UTF-8."""
    answer = await api.post("/v1/loads", content=BODIES[name], headers=JSON)

    told = is_a_problem(answer, 400)
    assert told["code"] == "REQUEST_INVALID"
    assert told["evidence"]["field"]


async def test_twins_of_a_field_do_not_both_count(api: httpx.AsyncClient, world: World) -> None:
    """JSON leaves open which one counts; here the last does, and a wrong last one is refused."""
    raw = (
        f'{{"account_id":"{world.ours.account.id}","account_id":1,'
        '"from":"2026-11-01","to":"2026-11-02"}'
    )
    answer = await api.post("/v1/loads", content=raw.encode(), headers=JSON)

    assert is_a_problem(answer, 400)["evidence"] == {"field": "account_id"}


async def test_the_field_is_named(api: httpx.AsyncClient) -> None:
    """`detail` must be enough to find the mistake."""
    answer = await api.post(
        "/v1/connections",
        json={
            "bank": "sber",
            "organisation": {"name": "A", "inn": "12345"},
            "return_url": "https://example.test/",
        },
    )

    told = is_a_problem(answer, 400)
    assert told["evidence"] == {"field": "organisation.inn"}
    assert told["detail"].startswith("organisation.inn: ")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "/relative",
        "//example.test/",
        "https://",
        "https://user:pass@example.test/",
        "https://example.test\\@evil.test/",
        "ftp://example.test/",
        "https://[::1",
        "https://example.test:99999/",
        "https://exa mple.test/",
    ],
)
async def test_customers_are_sent_only_to_web_addresses(
    api: httpx.AsyncClient, address: str
) -> None:
    """The address ends in a Location header of ours."""
    answer = await api.post(
        "/v1/connections",
        json={"bank": "sber", "organisation": {"name": "A"}, "return_url": address},
    )

    assert is_a_problem(answer, 400)["evidence"] == {"field": "return_url"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=-1", "limit"),
        ("limit=1e2", "limit"),
        ("limit=1.5", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=%EF%BC%91", "limit"),
        ("limit=1&limit=2", "limit"),
        ("limit=", "limit"),
        ("from=2026-13-01", "from"),
        ("from=2026-11-01T00:00:00Z", "from"),
        ("from=1763424000", "from"),
        ("from=", "from"),
        ("direction=in", "direction"),
        ("acount_id=x", "acount_id"),
        ("q=%00", "q"),
        ("q=" + "x" * 201, "q"),
        ("q=%FF", "query"),
        ("q=%ED%A0%80", "query"),
        ("&".join(f"a{n}=1" for n in range(100)), "query"),
        ("review=deleted", "review"),
    ],
)
async def test_a_bad_query_is_a_problem_that_names_the_field(
    api: httpx.AsyncClient, query: str, field: str
) -> None:
    """A misspelt filter that is ignored answers everything, which is the opposite of the wish."""
    answer = await api.get(f"/v1/transactions?{query}")

    assert is_a_problem(answer, 400)["evidence"] == {"field": field}


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "!!!!", "bnVsbA", "W10", "WyJ4Il0", "é", "a" * 999, "WyJ4IiwgWzEsIDJdXQ", "%00"],
)
async def test_a_made_up_cursor_is_refused(api: httpx.AsyncClient, cursor: str) -> None:
    """Cursors are ours to make."""
    odd = []
    for address in ("/v1/transactions", "/v1/changes", "/v1/connections", "/v1/loads", "/v1/banks"):
        told = is_a_problem(await api.get(address, params={"cursor": cursor}), 400)
        if told["code"] != "CURSOR_INVALID":
            odd.append(address)

    assert odd == []


@pytest.mark.parametrize("place", [[-1, "x"], [2**70, "x"], ["x"], [1.5, "x"], None, [0, "\0"]])
async def test_a_forged_place_is_refused(
    api: httpx.AsyncClient, world: World, place: object
) -> None:
    """The mark that a cursor carries is no secret, so what it marks is checked too."""
    from gateway.api.cursors import Shelf  # noqa: PLC0415 - beside its only use

    cursor = Shelf(world.ours.tenant_id, "loads", None).mark(place)
    told = is_a_problem(await api.get("/v1/loads", params={"cursor": cursor}), 400)

    assert told["code"] == "CURSOR_INVALID"


async def test_a_cursor_of_other_filters_is_refused(api: httpx.AsyncClient) -> None:
    """It would begin somewhere in the middle of another list."""
    cursor = (await api.get("/v1/transactions?limit=1")).json()["next_cursor"]
    answer = await api.get("/v1/transactions", params={"cursor": cursor, "direction": "debit"})

    assert is_a_problem(answer, 400)["code"] == "CURSOR_INVALID"


@pytest.mark.parametrize("told", [True, False], ids=["length told", "in chunks"])
async def test_a_body_of_ten_megabytes_is_refused(api: httpx.AsyncClient, *, told: bool) -> None:
    """It is refused by its size, before it is read to the end."""
    sent = 0

    async def chunks() -> Any:
        nonlocal sent
        for _ in range(160):
            sent += 65_536
            yield b" " * 65_536

    headers = {**JSON, **({"content-length": str(160 * 65_536)} if told else {})}
    answer = await api.post("/v1/loads", content=chunks(), headers=headers)

    assert is_a_problem(answer, 413)["code"] == "PAYLOAD_TOO_LARGE"


async def test_a_compressed_body_is_not_unpacked(api: httpx.AsyncClient) -> None:
    """640 bytes can hold 300 megabytes."""
    answer = await api.post(
        "/v1/loads", content=gzip.compress(b"{}"), headers={**JSON, "content-encoding": "gzip"}
    )

    assert is_a_problem(answer, 415)["evidence"] == {"field": "Content-Encoding"}


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_another_media_type_is_named(api: httpx.AsyncClient, media: str) -> None:
    """A forgotten header is the commonest first mistake."""
    answer = await api.post("/v1/loads", content=b"{}", headers={"content-type": media})

    assert is_a_problem(answer, 415)["evidence"] == {"field": "Content-Type"}


async def test_a_slow_body_ends_in_time(world: World) -> None:
    """A caller who sends a byte a minute would hold a place for ever."""
    app = create_app(world.product, body_seconds_max=0.05)
    got: list[Any] = []
    sent = False

    async def receive() -> Any:
        nonlocal sent
        if sent:
            await asyncio.sleep(60)
        sent = True
        return {"type": "http.request", "body": b"{", "more_body": True}

    async def send(message: Any) -> None:
        got.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/loads",
        "raw_path": b"/v1/loads",
        "root_path": "",
        "query_string": b"",
        "scheme": "http",
        "headers": [
            (b"host", b"mostik.test"),
            (b"content-type", b"application/json"),
            (b"authorization", f"Bearer {world.ours.key}".encode()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    async with asyncio.timeout(5):
        await app(scope, receive, send)  # type: ignore[arg-type]  # a scope by hand

    assert got[0]["status"] == 408
    assert json.loads(got[1]["body"])["code"] == "REQUEST_INVALID"


@pytest.mark.parametrize(
    "address", ["/", "/v1", "/v2/banks", "/v1/banks/x/y", "/.env", "/%2e%2e/x"]
)
async def test_an_address_that_is_none_is_told_in_our_shape(
    api: httpx.AsyncClient, address: str
) -> None:
    """Also what never reaches a handler of ours."""
    assert is_a_problem(await api.get(address), 404)["code"] == "NOT_FOUND"


async def test_a_method_that_is_none_names_those_that_are(api: httpx.AsyncClient) -> None:
    """RFC 9110 wants Allow."""
    answer = await api.request("PATCH", "/v1/loads")

    assert is_a_problem(answer, 405)["code"] == "METHOD_NOT_ALLOWED"
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


async def test_what_nobody_foresaw_says_nothing(furnished: Furnished, tmp_path: Path) -> None:
    """No stack trace, SQL or secret ever leaves."""
    async with opened(furnished, tmp_path) as world:
        await world.product.database.close()
        async with world.calling(world.ours) as client:
            answer = await client.get("/v1/banks")

    told = is_a_problem(answer, 500)
    assert told["code"] == "INTERNAL"
    assert told["evidence"] == {}
    assert "sqlite" not in answer.text.lower()
    assert "closed" not in answer.text.lower()


async def test_random_bytes_are_survived(api: httpx.AsyncClient) -> None:
    """Neither body nor query nor path may bring the process down."""
    chance = random.Random(6)
    good = json.dumps({"account_id": "x", "from": "2026-01-01", "to": "2026-01-02"}).encode()
    odd = []
    for _ in range(300):
        raw = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        answer = await api.post("/v1/loads", content=bytes(raw), headers=JSON)
        if not 400 <= answer.status_code < 500:
            odd.append((bytes(raw), answer.status_code))
        name = "".join(f"%{chance.randrange(256):02X}" for _ in range(5))
        answer = await api.get(f"/v1/accounts?{name}={name}")
        if answer.status_code != 400:
            odd.append((name.encode(), answer.status_code))

    assert odd == []


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("ru", "ru"),
        ("sk-SK,sk;q=0.9,en;q=0.8", "sk"),
        ("de-DE, ru;q=0.3, sk;q=0.7", "sk"),
        ("en;q=0.1, ru;q=0", "en"),
        ("*", "en"),
        ("fr", "en"),
        ("ru;q=abc, sk;q=0.1", "sk"),
        ("ru;q=1e999, sk", "sk"),
        (";;;,,,=", "en"),
        ("ru;q=nan", "en"),
        ("x" * 10_000, "en"),
    ],
)
async def test_people_are_spoken_to_in_their_language(
    api: httpx.AsyncClient, accepted: str, language: str
) -> None:
    """The best of those that are wanted and there; English otherwise."""
    answer = await api.get("/v1/loads/x", headers={"accept-language": accepted})

    assert is_a_problem(answer, 404)["language"] == language
    assert answer.headers["content-language"] == language


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (b"order-17", True),
        (b"x" * 128, True),
        (b"x" * 129, False),
        (b"", False),
        (b"a b", False),
        (b"a\tb", False),
        ("я".encode(), False),
    ],
)
async def test_a_sane_request_id_is_taken_and_any_other_made(
    api: httpx.AsyncClient, *, told: bytes, kept: bool
) -> None:
    """It goes into headers and logs, so it must not be able to forge either."""
    answer = await api.get("/v1/banks", headers=[("x-request-id", told)])

    assert (answer.headers["x-request-id"].encode() == told) is kept
    assert answer.headers["x-request-id"]
