"""Webhooks: one address and one list of events per client, probed before they are kept."""

from typing import Any
from urllib.parse import urlsplit

import httpx
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from sandbox.entry import Entry
from sandbox.state import Sandbox
from sandbox.tochka import refusals
from sandbox.tochka.consents import body_of
from sandbox.tochka.events import EVENTS, payment, trial
from sandbox.tochka.grants import Grant, as_told, grant_of, in_force, need
from sandbox.tochka.keys import published, signed, spoilt
from sandbox.tochka.store import BANK_ID, Books, Hook
from sandbox.tochka.wire import Answer, AnyRequest, answer, plain
from sandbox.world import Account

PATH = "/uapi/webhook/v1.0/{client_id:str}"
AS_TEXT = {"Content-Type": "text/plain"}
# the first try and thirty more, ten seconds apart
TRIES, EVERY_SECONDS = 31, 10.0
LONGEST_URL = 2083
TAKEN = 200
HTTPS_PORT = 443


@put(PATH)
async def create(
    request: AnyRequest, sandbox: NamedDependency[Sandbox], client_id: FromPath[str]
) -> Answer:
    """Begin to send; refused unless the address answers 200 to one test per event."""
    grant = _allowed(sandbox, request, client_id)
    habits = sandbox.behaviour(BANK_ID).tochka
    if client_id in sandbox.store(Books).hooks and habits.webhook_put_again == "refused":
        raise refusals.webhook_exists(sandbox)
    return await _kept(request, sandbox, grant)


@post(PATH)
async def edit(
    request: AnyRequest, sandbox: NamedDependency[Sandbox], client_id: FromPath[str]
) -> Answer:
    """Send elsewhere, or of other events; probed the same way."""
    grant = _allowed(sandbox, request, client_id)
    _found(sandbox, client_id)
    return await _kept(request, sandbox, grant)


@get(PATH)
async def shown(
    request: AnyRequest, sandbox: NamedDependency[Sandbox], client_id: FromPath[str]
) -> Answer:
    """The address and the events."""
    _allowed(sandbox, request, client_id)
    return answer(sandbox, request, _shape(_found(sandbox, client_id)))


@delete(PATH, status_code=200)
async def end(
    request: AnyRequest, sandbox: NamedDependency[Sandbox], client_id: FromPath[str]
) -> Answer:
    """Send nothing any more."""
    _allowed(sandbox, request, client_id)
    _found(sandbox, client_id)
    del sandbox.store(Books).hooks[client_id]
    return answer(sandbox, request, {"result": True})


@post(f"{PATH}/test_send")
async def test_send(
    request: AnyRequest, sandbox: NamedDependency[Sandbox], client_id: FromPath[str]
) -> Answer:
    """Send one invented event to the address that is kept."""
    grant = _allowed(sandbox, request, client_id)
    hook = _found(sandbox, client_id)
    event = (await body_of(sandbox, request)).get("webhookType")
    if event not in EVENTS:
        raise refusals.field_refused(sandbox, "webhookType", _known_events())
    if not await _probe(sandbox, grant, hook.url, event):
        raise refusals.webhook_probe_failed(sandbox)
    return answer(sandbox, request, {"result": True})


@get("/doc/openapi/static/keys/public")
async def public_key(sandbox: NamedDependency[Sandbox]) -> Answer:
    """One bare JWK, not a set."""
    return plain(published(sandbox.behaviour(BANK_ID).tochka.published_key))


async def on_payment(sandbox: Sandbox, account: Account, entry: Entry) -> None:
    """Tell every client whose consent covers the account; cards and pending rows are silent."""
    books = sandbox.store(Books)
    silent = entry.card is not None or entry.status == "pending"
    if silent or not books.hooks:
        return
    company = sandbox.world.companies[account.company]
    claims = payment(account, company, entry)
    for client_id in sorted(_listeners(sandbox, account)):
        hook = books.hooks.get(client_id)
        if hook is None or claims["webhookType"] not in hook.events:
            continue
        content = _signed(sandbox, claims, account).encode()
        sandbox.push(BANK_ID, hook.url, content, AS_TEXT, tries=TRIES, every_seconds=EVERY_SECONDS)


def _listeners(sandbox: Sandbox, account: Account) -> set[str]:
    books = sandbox.store(Books)
    found: set[str] = set()
    for consent_id in books.consents_of.get(account.company, []):
        consent = as_told(sandbox, books.consents[consent_id])
        covers = consent.accounts is None or account.number in consent.accounts
        allows = "ManageWebhookData" in consent.permissions and in_force(sandbox, consent)
        if covers and allows:
            found.add(consent.client_id)
    return found


def _signed(sandbox: Sandbox, claims: dict[str, object], account: Account) -> str:
    """The body of a push, its signature wrong by order or by chance."""
    habits = sandbox.behaviour(BANK_ID)
    token = signed(claims, habits.tochka.signing_key)
    key, company = account.key, account.company
    can = {"BANK_PUSH_INVALID"}
    ordered = sandbox.injected(BANK_ID, account=key, company=company, can=can)
    wrong = ordered is not None or sandbox.chance(habits.push_bad_signature_share)
    return spoilt(token) if wrong else token


def _allowed(sandbox: Sandbox, request: AnyRequest, client_id: str) -> Grant:
    grant = grant_of(sandbox, request)
    need(sandbox, grant, "ManageWebhookData")
    if grant.client_id != client_id:
        raise refusals.forbidden_by_consent(sandbox)
    return grant


def _found(sandbox: Sandbox, client_id: str) -> Hook:
    hook = sandbox.store(Books).hooks.get(client_id)
    if hook is None:
        raise refusals.not_found(sandbox, "Webhook not found")
    return hook


async def _kept(request: AnyRequest, sandbox: Sandbox, grant: Grant) -> Answer:
    body = await body_of(sandbox, request)
    hook = Hook(url=_url(sandbox, body), events=_events(sandbox, body))
    for event in hook.events:
        if not await _probe(sandbox, grant, hook.url, event):
            raise refusals.webhook_probe_failed(sandbox)
    sandbox.store(Books).hooks[grant.client_id] = hook
    return answer(sandbox, request, _shape(hook))


async def _probe(sandbox: Sandbox, grant: Grant, url: str, event: str) -> bool:
    """Whether the address takes one test event with exactly 200."""
    claims = trial(event, grant.companies[0], sandbox.clock.today("RU"))
    content = signed(claims, sandbox.behaviour(BANK_ID).tochka.signing_key).encode()
    try:
        status = (await sandbox.http.post(url, content=content, headers=AS_TEXT)).status_code
    except httpx.HTTPError:
        status = 0
    target = httpx.URL(url)
    sandbox.journal.note(
        at=sandbox.now,
        bank=BANK_ID,
        method="POST",
        path=f"{target.scheme}://{target.netloc.decode()}{target.path}",
        query=target.params.multi_items(),
        status=status,
        direction="out",
    )
    return status == TAKEN


def _url(sandbox: Sandbox, body: dict[str, Any]) -> str:
    url = body.get("url")
    if url is None:
        raise refusals.field_refused(sandbox, "url", "Field required")
    parts = urlsplit(url) if isinstance(url, str) and 1 <= len(url) <= LONGEST_URL else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise refusals.field_refused(sandbox, "url", "Input should be a valid URL")
    strict = sandbox.behaviour(BANK_ID).tochka.webhook_https_only
    if strict and (parts.scheme != "https" or parts.port not in (None, HTTPS_PORT)):
        raise refusals.field_refused(sandbox, "url", "URL scheme should be 'https' on port 443")
    return str(url)


def _events(sandbox: Sandbox, body: dict[str, Any]) -> list[str]:
    """Under `webhooksList`; one integrator had to write `webhooks_list`, so both are taken."""
    events = body.get("webhooksList", body.get("webhooks_list"))
    if events is None:
        raise refusals.field_refused(sandbox, "webhooksList", "Field required")
    if not isinstance(events, list):
        raise refusals.field_refused(sandbox, "webhooksList", "Input should be a valid list")
    for place, event in enumerate(events):
        if event not in EVENTS:
            raise refusals.field_refused(sandbox, f"webhooksList-{place}", _known_events())
    return list(dict.fromkeys(events))


def _known_events() -> str:
    quoted = [f"'{event}'" for event in EVENTS]
    return f"Input should be {', '.join(quoted[:-1])} or {quoted[-1]}"


def _shape(hook: Hook) -> dict[str, object]:
    return {"webhooksList": hook.events, "url": hook.url}


ROUTES = (create, edit, shown, end, test_send, public_key)
