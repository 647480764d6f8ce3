"""Tatra's consent resource, v1 and v3: made before the customer sees it, ended by the client."""

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from sandbox.state import Sandbox
from sandbox.tatra import gate, oauth, refusals, situations
from sandbox.tatra.refusals import AnyRequest, echoed
from sandbox.tatra.store import Books, Client, Consent, client_named

COLLECTION = ["/v1/consents", "/v3/consents"]
ONE = ["/v1/consents/{consent_id:str}", "/v3/consents/{consent_id:str}"]


@post(COLLECTION)
async def create(sandbox: NamedDependency[Sandbox], request: AnyRequest) -> Response[bytes]:
    """A fresh consent: no accounts, no dates, only whether payments may follow."""
    gate.entered(sandbox, request)
    client = _asking(sandbox, request)
    if client.usage != "TPP":
        raise refusals.operation_not_allowed()
    consent = Consent(id=sandbox.uuid(), client=client.id, created_at=sandbox.now)
    consent.combined = _combined(await request.body())
    sandbox.store(Books).consents[consent.id] = consent
    return gate.answered(
        request, {"consentId": consent.id, "consentStatus": consent.status}, status=201
    )


@get(ONE)
async def status(
    sandbox: NamedDependency[Sandbox], request: AnyRequest, consent_id: FromPath[str]
) -> Response[bytes]:
    """Only the status; what is forced on the consent shows here too, without being used up."""
    gate.entered(sandbox, request)
    consent = _known(sandbox, _asking(sandbox, request), consent_id)
    word: str = consent.standing(sandbox.now)
    forced = situations.told_now(sandbox, consent)
    if word == "valid" and forced in ("CONSENT_EXPIRED", "CONSENT_REVOKED"):
        word = "expired" if forced == "CONSENT_EXPIRED" else "revokedByPsu"
    return gate.answered(request, {"consentStatus": word})


@delete(ONE, status_code=200)
async def end(
    sandbox: NamedDependency[Sandbox], request: AnyRequest, consent_id: FromPath[str]
) -> Response[bytes]:
    """The client ends it, with a service token or the customer's; 404 when it is over already."""
    gate.entered(sandbox, request)
    access = gate.token(sandbox, request)
    client = client_named(sandbox, access.client)
    if access.consent not in (None, consent_id) or client is None:
        raise refusals.token_invalid()
    consent = _known(sandbox, client, consent_id)
    if consent.status == "terminatedByTpp":
        raise refusals.consent_unknown()
    consent.status = "terminatedByTpp"
    books = sandbox.store(Books)
    for text in [text for text, one in books.access.items() if one.consent == consent.id]:
        del books.access[text]
    for text in [text for text, one in books.renewals.items() if one.consent == consent.id]:
        del books.renewals[text]
    return Response(b"", status_code=204, headers=echoed(request))


def _asking(sandbox: Sandbox, request: AnyRequest) -> Client:
    """The client behind a service token; the old v1 took Basic as well."""
    old = "/v1/consents" in request.scope["path"]
    if old and (pair := oauth.basic(request)) is not None:
        return oauth.recognised(sandbox, *pair)
    access = gate.token(sandbox, request)
    client = client_named(sandbox, access.client)
    if client is None or access.consent is not None:
        raise refusals.token_invalid()
    return client


def _known(sandbox: Sandbox, client: Client, consent_id: str) -> Consent:
    consent = sandbox.store(Books).consents.get(consent_id)
    if consent is None or consent.client != client.id:
        raise refusals.consent_unknown()
    return consent


def _combined(body: bytes) -> bool:
    if not body.strip():
        return False
    try:
        wish = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise refusals.argument_illegal("Request body is not valid JSON") from error
    return isinstance(wish, dict) and wish.get("combinedServiceIndicator") is True
