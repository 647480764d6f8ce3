"""The document, its page, the pages of codes, health and figures."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from gateway.api.metrics import Meter
from gateway.api.openapi import routes
from gateway.app import rooms
from schemas.cases import Language, case
from schemas.codes import Code
from tests.gateway.api.conftest import World

OUTSIDE = re.compile(r"""(?:src|href|url\()\s*=?\s*["'(]?(?:https?:)?//""", re.IGNORECASE)


async def test_the_document_lists_every_route(api: httpx.AsyncClient, world: World) -> None:
    """An endpoint that is not in the document is not reviewed, fenced or tested."""
    document = (await api.get("/openapi.json")).json()
    told = {
        (method.upper(), path) for path in document["paths"] for method in document["paths"][path]
    }
    found = {
        (each.method, each.path) for each in routes(rooms(world.product, Meter(world.product)))
    }

    assert told == found
    assert document["openapi"].startswith("3.1")
    ids = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(ids) == len(set(ids))


async def test_every_reference_of_the_document_leads_somewhere(api: httpx.AsyncClient) -> None:
    """Generators of clients stop at the first that does not."""
    answer = await api.get("/openapi.json")
    document = answer.json()
    found = set(re.findall(r'"\$ref":"#/components/(\w+)/(\w+)"', answer.text))

    assert [ref for ref in found if ref[1] not in document["components"][ref[0]]] == []


async def test_answers_are_what_the_document_says(api: httpx.AsyncClient, world: World) -> None:
    """An integrator's client is generated from it."""
    document = (await api.get("/openapi.json")).json()
    known = {
        "connection_id": world.ours.connection.id,
        "account_id": world.ours.account.id,
        "load_id": world.ours.load.id,
        "transaction_id": world.ours.transactions[0],
        "bank": "sber",
        "code": "OFFER_NOT_SIGNED",
    }
    odd = []
    tried = 0
    for path, methods in document["paths"].items():
        if not path.startswith("/v1") or "get" not in methods or path.endswith("/stream"):
            continue
        address = re.sub(r"\{(\w+)\}", lambda found: known[found[1]], path)
        answer = await api.get(address)
        schema = methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        tried += 1
        odd += [f"{path}: {error.message}" for error in _errors(document, schema, answer.json())]
    problem = (await api.get("/v1/loads/x")).json()
    odd += [
        error.message
        for error in _errors(document, {"$ref": "#/components/schemas/Problem"}, problem)
    ]

    assert tried >= 17
    assert odd == []


def _errors(document: dict[str, Any], schema: dict[str, Any], body: Any) -> list[Any]:
    whole = {**schema, "components": document["components"]}
    return list(Draft202012Validator(whole).iter_errors(body))


async def test_the_page_tells_every_operation_and_needs_nothing_from_elsewhere(
    api: httpx.AsyncClient,
) -> None:
    """It must work in a bank's closed network, and without script."""
    document = (await api.get("/openapi.json")).json()
    page = await api.get("/docs")
    missing = [path for path in document["paths"] if f"<code>{path}</code>" not in page.text]

    assert page.status_code == 200
    assert missing == []
    assert OUTSIDE.findall(page.text) == []
    assert "<script" not in page.text
    assert "script" not in page.headers["content-security-policy"]
    assert _balanced(page.text)


async def test_links_within_the_page_lead_somewhere(api: httpx.AsyncClient) -> None:
    """A shape that is named can be looked up."""
    page = (await api.get("/docs")).text
    wanted = set(re.findall(r'href="#([^"]+)"', page))
    there = set(re.findall(r'id="([^"]+)"', page))

    assert wanted - there == set()


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        if tag not in {"meta", "link", "br", "hr", "img", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.odd.append(tag)


def _balanced(page: str) -> bool:
    tags = _Tags()
    tags.feed(page)
    return not tags.open and not tags.odd


@pytest.mark.parametrize("language", Language)
async def test_every_code_has_its_page_in_every_language(world: World, language: Language) -> None:
    """A problem's `type` leads here, and so does support."""
    odd = []
    async with world.calling(**{"accept-language": language.value}) as anybody:
        index = await anybody.get("/docs/errors")
        for code in Code:
            page = await anybody.get(f"/docs/errors/{code.value}")
            title = case(code).text(language).title.replace("'", "&#39;").replace('"', "&#34;")
            if page.status_code != 200 or title not in page.text or not _balanced(page.text):
                odd.append(code)
            if f'href="/docs/errors/{code.value}"' not in index.text:
                odd.append(code)

    assert odd == []


async def test_a_code_is_found_by_its_number_and_in_a_chosen_language(world: World) -> None:
    """Somebody reads `MB-1202` out over the phone."""
    async with world.calling() as anybody:
        page = await anybody.get("/docs/errors/mb-1202", params={"lang": "ru"})
        nothing = await anybody.get("/docs/errors/MB-9999")

    assert "ACCOUNT_NOT_IN_OFFER" in page.text
    assert '<html lang="ru">' in page.text
    assert nothing.status_code == 404


async def test_the_catalogue_is_told_and_searched(api: httpx.AsyncClient) -> None:
    """The same texts as the pages, for an integrator's own help."""
    everything = (await api.get("/v1/errors", params={"limit": 500})).json()["items"]
    one = (await api.get("/v1/errors/offer_not_signed", headers={"accept-language": "ru"})).json()
    found = (await api.get("/v1/errors", params={"q": "оферта не подписана"})).json()["items"]
    by_number = (await api.get("/v1/errors", params={"q": "MB-1201"})).json()["items"]

    assert [each["code"] for each in everything] == [
        code.value for code in sorted(Code, key=lambda code: case(code).number)
    ]
    assert (one["code"], one["language"], one["number"]) == ("OFFER_NOT_SIGNED", "ru", "MB-1201")
    assert "OFFER_NOT_SIGNED" in [each["code"] for each in found[:3]]
    assert [each["code"] for each in by_number] == ["OFFER_NOT_SIGNED"]


async def test_health_needs_no_key_and_tells_a_lost_database(world: World) -> None:
    """A balancer takes the process out and leaves it living."""
    async with world.calling() as balancer:
        live = await balancer.get("/health/live")
        ready = await balancer.get("/health/ready")
        await world.product.database.close()
        lost = await balancer.get("/health/ready")
        still = await balancer.get("/health/live")

    assert (live.status_code, ready.status_code) == (200, 200)
    assert lost.status_code == 500
    assert still.status_code == 200


async def test_figures_are_grouped_and_name_nobody(api: httpx.AsyncClient, world: World) -> None:
    """Ids in labels would make a figure for each account, and tell whose it is."""
    world.product.count("sber", "BANK_REFUSAL_UNRECOGNISED")
    await api.get(f"/v1/accounts/{world.ours.account.id}")
    await api.get("/nowhere/at/all")
    await api.request("INVENTED", "/v1/banks")
    answer = await api.get("/metrics")
    told = answer.text

    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["content-type"].count("charset") == 1
    assert 'path="/v1/accounts/{account_id}",status="200"' in told
    assert 'mostik_bank_refusals_total{bank="sber",code="BANK_REFUSAL_UNRECOGNISED"} 1.0' in told
    assert world.ours.account.id not in told
    assert "nowhere" not in told
    assert "INVENTED" not in told
