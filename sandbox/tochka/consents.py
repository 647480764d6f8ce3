"""Consents: made by the application, agreed to by the customer, listed for whoever asks."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from sandbox.state import Sandbox
from sandbox.tochka import refusals
from sandbox.tochka.grants import PERMISSIONS, Grant, as_told, grant_of, is_over
from sandbox.tochka.store import BANK_ID, Books, Consent
from sandbox.tochka.wire import Answer, AnyRequest, answer, customer_code, instant

CANONICAL = "/uapi/consent/v1.0/consents"
# older clients still post here, and the bank still answers
LEGACY = ("/uapi/v1.0/consents", "/uapi/open-banking/v1.0/consents")


@post([CANONICAL, *LEGACY])
async def create(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """A consent that awaits its customer; only an application with a token of its own may ask."""
    grant = grant_of(sandbox, request)
    if grant.kind == "key":
        raise refusals.forbidden_by_consent(sandbox)
    wanted = await body_of(sandbox, request)
    permissions, ends = _permissions(sandbox, wanted), _end(sandbox, wanted)
    books, now = sandbox.store(Books), sandbox.now
    consent = Consent(
        id=sandbox.uuid(),
        client_id=grant.client_id,
        application=books.clients[grant.client_id].name,
        permissions=permissions,
        created_at=now,
        updated_at=now,
        expires_at=ends,
    )
    books.consents[consent.id] = consent
    shape = _shape(consent)
    as_list = sandbox.behaviour(BANK_ID).tochka.consent_shape == "list"
    return answer(sandbox, request, {"Consent": [shape]} if as_list else shape)


@get([CANONICAL, *LEGACY])
async def listed(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """All consents that the asker may see, with whether each is still valid."""
    visible = _visible(sandbox, grant_of(sandbox, request))
    rows = [_listed(sandbox, consent) for consent in visible]
    return answer(sandbox, request, {"Consent": rows})


@get([f"{CANONICAL}/{{consent_id:str}}", "/uapi/consent/v1.0/{consent_id:str}"])
async def one(
    request: AnyRequest, sandbox: NamedDependency[Sandbox], consent_id: FromPath[str]
) -> Answer:
    """One consent, without the flag of the list."""
    consent = _found(sandbox, grant_of(sandbox, request), consent_id)
    return answer(sandbox, request, _shape(as_told(sandbox, consent)))


@get(f"{CANONICAL}/{{consent_id:str}}/child")
async def children(
    request: AnyRequest, sandbox: NamedDependency[Sandbox], consent_id: FromPath[str]
) -> Answer:
    """The consents per company below one that covers several."""
    consent = _found(sandbox, grant_of(sandbox, request), consent_id)
    rows = [
        _listed(sandbox, msgspec.structs.replace(consent, id=child, companies=[company]))
        for company, child in consent.children.items()
    ]
    return answer(sandbox, request, {"Consent": rows})


async def body_of(sandbox: Sandbox, request: AnyRequest) -> dict[str, Any]:
    """The request's object, whatever stands in it."""
    try:
        found = msgspec.json.decode(await request.body())
    except msgspec.DecodeError as error:
        raise refusals.body_refused(sandbox) from error
    if not isinstance(found, dict):
        raise refusals.body_refused(sandbox)
    return found


def object_at(sandbox: Sandbox, body: dict[str, Any], *path: str) -> dict[str, Any]:
    """The object at a path of keys, or the field check that names what is missing."""
    found: Any = body
    for depth, word in enumerate(path, start=1):
        if word not in found:
            raise refusals.field_refused(sandbox, "-".join(path[:depth]), "Field required")
        found = found[word]
        if not isinstance(found, dict):
            words = "Input should be a valid dictionary or object to extract fields from"
            raise refusals.field_refused(sandbox, "-".join(path[:depth]), words)
    checked: dict[str, Any] = found
    return checked


def _permissions(sandbox: Sandbox, body: dict[str, Any]) -> list[str]:
    asked = object_at(sandbox, body, "Data").get("permissions")
    if asked is None:
        raise refusals.field_refused(sandbox, "Data-permissions", "Field required")
    if not isinstance(asked, list):
        raise refusals.field_refused(sandbox, "Data-permissions", "Input should be a valid list")
    for place, word in enumerate(asked):
        if word not in PERMISSIONS:
            quoted = [f"'{known}'" for known in PERMISSIONS]
            words = f"Input should be {', '.join(quoted[:-1])} or {quoted[-1]}"
            raise refusals.field_refused(sandbox, f"Data-permissions-{place}", words)
    return list(dict.fromkeys(asked))


def _end(sandbox: Sandbox, body: dict[str, Any]) -> datetime | None:
    given = body["Data"].get("expirationDateTime")
    if given is None:
        return None
    try:
        end = datetime.fromisoformat(given)
    except (TypeError, ValueError) as error:
        words = "Input should be a valid datetime"
        raise refusals.field_refused(sandbox, "Data-expirationDateTime", words) from error
    if end.tzinfo is None or end <= sandbox.now:
        words = "Datetime should be in the future and have a timezone"
        raise refusals.field_refused(sandbox, "Data-expirationDateTime", words)
    return end


def _visible(sandbox: Sandbox, grant: Grant) -> list[Consent]:
    """A client sees all it asked for, a customer's token those of the companies, a key itself."""
    books = sandbox.store(Books)
    if grant.kind == "key":
        assert grant.consent is not None
        return [grant.consent]
    if grant.kind == "client":
        mine = books.consents.values()
        return [consent for consent in mine if consent.client_id == grant.client_id]
    ids = dict.fromkeys(
        consent_id
        for company in grant.companies
        for consent_id in books.consents_of.get(company.id, [])
    )
    found = [books.consents[consent_id] for consent_id in ids]
    return [consent for consent in found if consent.client_id == grant.client_id]


def _found(sandbox: Sandbox, grant: Grant, consent_id: str) -> Consent:
    consent = next((one for one in _visible(sandbox, grant) if one.id == consent_id), None)
    if consent is None:
        raise refusals.not_found(sandbox, "Consent not found")
    return consent


def _listed(sandbox: Sandbox, consent: Consent) -> dict[str, object]:
    told = as_told(sandbox, consent)
    return {**_shape(told), "isValid": not is_over(sandbox, told)}


def _shape(consent: Consent) -> dict[str, object]:
    """Fields without a value are absent."""
    shape: dict[str, object] = {
        "consentId": consent.id,
        "status": consent.status,
        "creationDateTime": instant(consent.created_at),
        "statusUpdateDateTime": instant(consent.updated_at),
        "permissions": consent.permissions,
        "applicationName": consent.application,
        "clientId": consent.client_id,
    }
    if consent.expires_at is not None:
        shape["expirationDateTime"] = instant(consent.expires_at)
    if len(consent.companies) == 1:
        shape["customerCode"] = customer_code(consent.companies[0])
    return shape


ROUTES = (create, listed, one, children)
