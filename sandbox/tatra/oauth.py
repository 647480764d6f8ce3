"""Tatra's token endpoint, and the customer who needs no browser."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from litestar import Response, post
from litestar.di import NamedDependency

from sandbox.bank import Decision, Rejected
from sandbox.state import Sandbox
from sandbox.tatra import enrolment, gate, refusals, situations
from sandbox.tatra.enrolment import SCOPE
from sandbox.tatra.refusals import AnyRequest, Refusal
from sandbox.tatra.store import (
    TATRA,
    Access,
    Books,
    Client,
    Consent,
    Renewal,
    Usage,
    client_named,
)
from sandbox.world import Company

SERVICE_LIFE = timedelta(hours=24)
ACCESS_LIFE = timedelta(hours=1)
USAGES: tuple[Usage, ...] = ("TPP", "FAC", "FAC_BBTB")


@post("/auth/oauth/v2/token", status_code=200)
async def token(sandbox: NamedDependency[Sandbox], request: AnyRequest) -> Response[bytes]:
    """Service tokens, code exchange and refresh; client by Basic or in the body."""
    gate.entered(sandbox, request)
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    client = _client(sandbox, request, form)
    grant_type = form.get("grant_type", "")
    if grant_type == "client_credentials":
        return _tokens(request, _service(sandbox, client, form))
    if grant_type == "authorization_code":
        return _tokens(request, _exchanged(sandbox, client, form))
    if grant_type == "refresh_token":
        return _tokens(request, _refreshed(sandbox, client, form))
    raise refusals.grant_type_unknown()


async def authorise(
    sandbox: Sandbox, url: str, decision: Decision, accounts: Sequence[str]
) -> str | None:
    """Walk the pages behind an authorise URL in one go, linking every bank that is needed."""
    parts = urlsplit(url)
    if not parts.path.endswith("/auth/oauth/v2/authorize"):
        raise Rejected("url", "Give the address of Tatra's authorise page.")
    params = dict(parse_qsl(parts.query, keep_blank_values=True))
    try:
        walk = enrolment.opened(sandbox, params)
    except Refusal as refusal:
        raise Rejected("url", f"The bank refuses: {refusal.body.decode()}") from refusal
    if decision == "abandon":
        return None
    if decision == "refuse":
        return enrolment.turned_away(sandbox, walk, "AUTHORISATION_DECLINED")
    ticked = enrolment.suitable(sandbox, params.get("login_hint", ""), accounts)
    people = sandbox.world.customers_of(ticked[0].company)
    if not people:
        raise Rejected("accounts", "Nobody acts for the company of these accounts.")
    login = people[0].login
    if people[0].blocked:
        raise Rejected("accounts", f"{login} is blocked and cannot log in.", 409)
    walk.login = login
    walk.at_tatra = any(account.bank == TATRA for account in ticked)
    books = sandbox.store(Books)
    if not walk.at_tatra and login not in books.registered:
        books.registered.append(login)
    for account in ticked:
        enrolment.renew_link(sandbox, account)
    return enrolment.confirmed(sandbox, walk, [account.key for account in ticked])


def mint(
    sandbox: Sandbox, company: Company, permissions: Sequence[str] | None, expires: datetime | None
) -> dict[str, Any]:
    """A client of the developer portal; the permission is its usage type, FAC where none is said.

    FAC_BBTB comes with the consent that Business banking gives.
    """
    wanted = list(permissions or ["FAC"])
    if len(wanted) != 1 or wanted[0] not in USAGES:
        raise Rejected("permissions", f"Name one usage type of {', '.join(USAGES)}.")
    client = Client(
        id=f"l7{sandbox.token(32).lower()}",
        secret=sandbox.token(32).lower(),
        usage=next(usage for usage in USAGES if usage == wanted[0]),
        company=company.id,
        secret_expires_at=expires,
    )
    sandbox.store(Books).clients[client.id] = client
    if client.usage == "FAC_BBTB":
        accounts = sandbox.world.accounts_of(company.id, TATRA)
        if not accounts:
            raise Rejected("company", f"{company.name} has no account at Tatra banka.")
        consent = Consent(id=sandbox.uuid(), client=client.id, created_at=sandbox.now)
        people = sandbox.world.customers_of(company.id)
        sandbox.store(Books).consents[consent.id] = consent
        enrolment.grant(sandbox, consent, people[0].login if people else "", accounts)
        client.consent = consent.id
    return {
        "client_id": client.id,
        "client_secret": client.secret,
        "usage_type": client.usage,
        "expires": expires,
    }


def basic(request: AnyRequest) -> tuple[str, str] | None:
    """Client id and secret of a Basic header, None without one."""
    scheme, _, blob = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(blob.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise refusals.client_not_recognised() from error
    name, _, secret = pair.partition(":")
    return unquote(name), unquote(secret)


def recognised(sandbox: Sandbox, client_id: str, secret: str) -> Client:
    """The client with this id and a living secret."""
    client = client_named(sandbox, client_id)
    if client is None or client.secret != secret:
        raise refusals.client_not_recognised()
    if client.secret_expires_at is not None and client.secret_expires_at <= sandbox.now:
        raise refusals.client_not_recognised()
    return client


def _client(sandbox: Sandbox, request: AnyRequest, form: dict[str, str]) -> Client:
    pair = basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
    return recognised(sandbox, *pair)


def _service(sandbox: Sandbox, client: Client, form: dict[str, str]) -> dict[str, Any]:
    if form.get("scope", SCOPE) != SCOPE:
        raise refusals.scope_not_allowed()
    if situations.secret_over_now(sandbox, client.company):
        raise refusals.client_not_recognised()
    text = sandbox.uuid()
    life = SERVICE_LIFE
    books = sandbox.store(Books)
    books.access[text] = Access(client=client.id, expires_at=sandbox.now + life)
    return {
        "access_token": text,
        "token_type": "Bearer",
        "expires_in": int(life.total_seconds()),
        "scope": SCOPE,
    }


def _exchanged(sandbox: Sandbox, client: Client, form: dict[str, str]) -> dict[str, Any]:
    code = sandbox.store(Books).codes.get(form.get("code", ""))
    if code is None or code.client != client.id:
        raise refusals.grant_not_valid()
    if code.used or code.expires_at <= sandbox.now:
        raise refusals.grant_not_valid("The given authorization code has expired or was used")
    if form.get("redirect_uri") != code.redirect_uri:
        raise refusals.grant_not_valid("The redirect_uri does not match")
    challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    if base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != code.challenge.rstrip("="):
        raise refusals.grant_not_valid("The code_verifier does not match")
    consent = sandbox.store(Books).consents[code.consent]
    if situations.secret_over_now(sandbox, consent.company):
        raise refusals.client_not_recognised()
    code.used = True
    return {**_access(sandbox, consent), "refresh_token": _renewal(sandbox, consent)}


def _refreshed(sandbox: Sandbox, client: Client, form: dict[str, str]) -> dict[str, Any]:
    books, offered = sandbox.store(Books), form.get("refresh_token", "")
    renewal = books.renewals.get(offered)
    if renewal is None or renewal.client != client.id or renewal.expires_at <= sandbox.now:
        raise refusals.grant_not_valid()
    consent = books.consents[renewal.consent]
    if situations.secret_over_now(sandbox, consent.company):
        raise refusals.client_not_recognised()
    if consent.standing(sandbox.now) != "valid" or situations.told_now(sandbox, consent):
        raise refusals.grant_not_valid()
    body = _access(sandbox, consent)
    rotation = sandbox.behaviour(TATRA).tatra.refresh_rotation
    if rotation == "stays":
        body["refresh_token"] = offered
    elif rotation == "rotates":
        del books.renewals[offered]
        body["refresh_token"] = _renewal(sandbox, consent, renewal.expires_at)
    return body


def _access(sandbox: Sandbox, consent: Consent) -> dict[str, Any]:
    life = gate.lifetime(sandbox.behaviour(TATRA).access_token_minutes, ACCESS_LIFE)
    text = sandbox.uuid()
    sandbox.store(Books).access[text] = Access(
        client=consent.client, consent=consent.id, expires_at=sandbox.now + life
    )
    return {
        "access_token": text,
        "token_type": "Bearer",
        "expires_in": int(life.total_seconds()),
        "scope": SCOPE,
    }


def _renewal(sandbox: Sandbox, consent: Consent, expires_at: datetime | None = None) -> str:
    days = sandbox.behaviour(TATRA).refresh_token_days
    usual = consent.expires_at or sandbox.now + timedelta(days=enrolment.CONSENT_DAYS)
    text = sandbox.uuid()
    sandbox.store(Books).renewals[text] = Renewal(
        client=consent.client,
        consent=consent.id,
        expires_at=expires_at or (sandbox.now + timedelta(days=days) if days else usual),
    )
    return text


def _tokens(request: AnyRequest, body: dict[str, Any]) -> Response[bytes]:
    found = gate.answered(request, body)
    found.headers.update({"Cache-Control": "no-store", "Pragma": "no-cache"})
    return found
