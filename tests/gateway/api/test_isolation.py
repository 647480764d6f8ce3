"""No tenant sees another's: every operation of the document, with every id that it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.gateway.api.conftest import World, key_for

ID_PLACES = {
    "connection_id": "con_",
    "account_id": "acc_",
    "load_id": "load_",
    "transaction_id": "txn_",
    "organisation_id": "org_",
}
NOT_OURS = {"bank", "code", "secret"}
"""Path parameters that name no tenant's thing."""

BODIES: dict[str, dict[str, Any]] = {
    "/v1/loads": {"from": "2026-11-10", "to": "2026-11-11"},
    "/v1/connections": {"bank": "sber", "return_url": "https://example.test/"},
    "/v1/connections/{connection_id}/accounts": {"selected": []},
    "/v1/accounts/{account_id}/anchor": {"date": "2026-11-10", "balance": "1.00"},
}
MALFORMED = ("x", "acc_", "con_" + "z" * 24, "..", "%00", "%FF", "%F0%9F%92%A9", "'%20OR%201=1--")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation under /v1."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path.startswith("/v1/"):
                yield method.upper(), path, operation


def query_ids(operation: dict[str, Any]) -> list[str]:
    """The ids that an operation takes in its query."""
    return [
        told["name"]
        for told in operation["parameters"]
        if told.get("in") == "query" and told["name"] in ID_PLACES
    ]


def ids_of(world: World) -> dict[str, str]:
    """The other tenant's ids by the name of the parameter."""
    theirs = world.theirs
    return {
        "connection_id": theirs.connection.id,
        "account_id": theirs.account.id,
        "load_id": theirs.load.id,
        "transaction_id": theirs.transactions[0],
        "organisation_id": theirs.connection.organisation.id,
    }


def unknown(theirs: str) -> str:
    """An id of the same form that nobody has."""
    return theirs[:-6] + "000000"


def plain(answer: httpx.Response, asked: str) -> bytes:
    """An answer without what must differ: its own id, and the id that was asked for."""
    text = answer.text.replace(asked, "ID").replace(answer.headers["x-request-id"], "REQUEST")
    return f"{answer.status_code} {answer.headers['content-type']} {text}".encode()


async def test_every_id_in_every_path_is_fenced(api: httpx.AsyncClient, world: World) -> None:
    """A foreign id answers exactly like an unknown one, byte for byte."""
    document = (await api.get("/openapi.json")).json()
    foreign = ids_of(world)
    tried = 0
    for method, path, _ in operations(document):
        names = re.findall(r"\{(\w+)\}", path)
        for name in (name for name in names if name not in NOT_OURS):
            answers = []
            for value in (foreign[name], unknown(foreign[name])):
                address = path.replace("{" + name + "}", value)
                body = BODIES.get(path) if method in {"POST", "PUT"} else None
                answers.append(plain(await api.request(method, address, json=body), value))
            tried += 1

            assert answers[0].startswith(b"404 application/problem+json"), (method, path)
            assert answers[0] == answers[1], (method, path)
    assert tried >= 17


async def test_every_id_in_every_query_is_fenced(api: httpx.AsyncClient, world: World) -> None:
    """A filter by a foreign id must not even tell that it exists."""
    document = (await api.get("/openapi.json")).json()
    foreign = ids_of(world)
    tried = 0
    for method, path, operation in operations(document):
        for name in query_ids(operation):
            answers = []
            for value in (foreign[name], unknown(foreign[name])):
                answer = await api.request(method, path, params={name: value})
                answers.append(plain(answer, value))
            tried += 1

            assert answers[0].startswith(b"404"), (path, name)
            assert answers[0] == answers[1], (path, name)
    assert tried >= 5


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        ("/v1/loads", {"account_id": "account_id"}, "account_id"),
        ("/v1/connections", {"organisation_id": "organisation_id"}, "organisation_id"),
        ("/v1/transactions/review", {"confirm": ["transaction_id"]}, "confirm[0]"),
        ("/v1/transactions/review", {"reject": ["transaction_id"]}, "reject[0]"),
        ("/v1/transactions/review", {"restore": ["transaction_id"]}, "restore[0]"),
    ],
)
async def test_every_id_in_a_body_is_fenced(
    api: httpx.AsyncClient, world: World, address: str, body: dict[str, Any], field: str
) -> None:
    """Bodies carry ids too."""
    foreign = ids_of(world)
    answers = []
    for alter in (str, unknown):
        wish = {
            **BODIES.get(address, {}),
            **{
                name: [alter(foreign[each]) for each in told]
                if isinstance(told, list)
                else alter(foreign[told])
                for name, told in body.items()
            },
        }
        answers.append(await api.post(address, json=wish))

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["evidence"] == {"field": field}
    assert plain(answers[0], "-") == plain(answers[1], "-")


async def test_foreign_accounts_cannot_be_chosen(api: httpx.AsyncClient, world: World) -> None:
    """The own connection with somebody else's account."""
    address = f"/v1/connections/{world.ours.connection.id}/accounts"
    answers = [
        await api.put(address, json={"selected": [value]})
        for value in (world.theirs.account.id, unknown(world.theirs.account.id))
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert plain(answers[0], world.theirs.account.id) == plain(
        answers[1], unknown(world.theirs.account.id)
    )


async def test_lists_hold_only_ones_own(api: httpx.AsyncClient, world: World) -> None:
    """The widest question answers nothing of the neighbour."""
    theirs = [*ids_of(world).values(), *world.theirs.transactions, world.theirs.tenant_id]
    document = (await api.get("/openapi.json")).json()
    lists = [
        path for method, path, _ in operations(document) if method == "GET" and "{" not in path
    ]
    told = [(await api.get(path, params={"limit": 500})).text for path in lists]

    assert len(lists) >= 7
    assert [each for text in told for each in theirs if each in text] == []


async def test_a_foreign_cursor_is_answered_like_a_made_up_one(
    api: httpx.AsyncClient, world: World
) -> None:
    """A cursor tells nothing, not even that it is somebody's."""
    async with world.calling(world.theirs) as client:
        theirs = (await client.get("/v1/transactions", params={"limit": 1})).json()["next_cursor"]
        feed = (await client.get("/v1/changes", params={"limit": 1})).json()["next_cursor"]
    answers = [
        await api.get("/v1/transactions", params={"cursor": theirs}),
        await api.get("/v1/transactions", params={"cursor": "bWFkZSB1cA"}),
        await api.get("/v1/changes", params={"cursor": feed}),
    ]

    assert [answer.json()["code"] for answer in answers] == ["CURSOR_INVALID"] * 3
    assert plain(answers[0], "-") == plain(answers[1], "-")


async def test_another_tenants_idempotency_key_never_replays(
    api: httpx.AsyncClient, world: World
) -> None:
    """Keys are chosen by integrators and collide: `1`, `test`, a date."""
    told = {"idempotency-key": "1"}
    ours = await api.post("/v1/transactions/review", json={}, headers=told)
    async with world.calling(world.theirs) as client:
        theirs = await client.post(
            "/v1/transactions/review",
            json={"confirm": world.theirs.transactions[:1]},
            headers=told,
        )

    assert (ours.status_code, theirs.status_code) == (200, 200)
    assert "idempotency-replayed" not in theirs.headers
    assert [row["id"] for row in theirs.json()["items"]] == world.theirs.transactions[:1]


@pytest.mark.parametrize("value", MALFORMED)
async def test_a_malformed_id_is_a_problem_and_never_a_failure(
    api: httpx.AsyncClient, value: str
) -> None:
    """Whatever stands in a path was typed by somebody."""
    document = (await api.get("/openapi.json")).json()
    odd = []
    for method, path, _ in operations(document):
        names = [name for name in re.findall(r"\{(\w+)\}", path) if name not in NOT_OURS]
        if names:
            address = path.replace("{" + names[0] + "}", value)
            body = BODIES.get(path) if method in {"POST", "PUT"} else None
            answer = await api.request(method, address, json=body)
            if answer.status_code not in {400, 404, 405} and ".." not in value:
                odd.append((method, path, answer.status_code))
            if answer.status_code >= 500:
                odd.append((method, path, answer.status_code))

    assert odd == []


async def test_every_operation_wants_a_key(world: World) -> None:
    """An endpoint that forgot to ask would stand open for ever."""
    async with world.calling() as stranger:
        document = (await stranger.get("/openapi.json")).json()
        answers = {
            (method, path): await stranger.request(method, re.sub(r"\{\w+\}", "x", path))
            for method, path, _ in operations(document)
        }

    assert {answer.status_code for answer in answers.values()} == {401}
    assert all("www-authenticate" in answer.headers for answer in answers.values())


async def test_a_reading_key_changes_nothing(world: World) -> None:
    """Consoles and reports get a key that can do no harm."""
    reading = await key_for(world.product, "ours", "read")
    writing = await key_for(world.product, "ours", "write")
    odd = []
    async with world.calling() as client:
        document = (await client.get("/openapi.json")).json()
        for method, path, _ in operations(document):
            address = re.sub(r"\{\w+\}", "x", path)
            wrong = writing if method == "GET" else reading
            answer = await client.request(
                method, address, headers={"authorization": f"Bearer {wrong.key}"}
            )
            scope = "read" if method == "GET" else "write"
            if answer.status_code != 403 or answer.json()["evidence"]["scope"] != scope:
                odd.append((method, path, answer.status_code))

    assert odd == []


async def test_a_revoked_key_is_refused_at_once(world: World) -> None:
    """No cache remembers it: whoever revokes a key is in a hurry."""
    from gateway.store import keys  # noqa: PLC0415 - beside its only use

    made = await key_for(world.product, "ours", "read")
    async with world.calling(authorization=f"Bearer {made.key}") as client:
        before = await client.get("/v1/banks")
        await world.product.database.write(lambda tx: keys.revoke(tx, made.id, world.clock.now()))
        after = await client.get("/v1/banks")

    assert (before.status_code, after.status_code) == (200, 401)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic bWs6", "mk_x", "Bearer mk_" + "x" * 5000, "Bearer mk_\xe9"],
)
async def test_an_odd_key_is_no_key(world: World, header: str) -> None:
    """All of these mean the same: unauthenticated."""
    async with world.calling() as client:
        answer = await client.get(
            "/v1/banks", headers=[("authorization", header.encode("latin-1"))]
        )

    assert answer.status_code == 401
    assert answer.json()["code"] == "UNAUTHENTICATED"
