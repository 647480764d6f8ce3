"""What holds of the whole folder: read-only, no secrets kept, every call its own id."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import httpx
import msgspec
import pytest

import providers.tatra
from providers import BANKS
from providers.contract import Answered, Ask, Grant, Refused
from providers.tatra.bank import BANK, Settings, hosts_at
from providers.tatra.provider import Tatra
from providers.transport import Exchange
from schemas.window import Window
from tests.providers.tatra.script import SERVICE, Script, fixture, refusal

SOURCES = sorted(Path(providers.tatra.__file__).parent.glob("*.py"))
DOCUMENTATION = Path(__file__).parents[3] / BANK.documentation
ASK = Ask(state="s" * 40, redirect_uri="https://mostik.test/cb")
WANT = Window(date(2026, 5, 1), date(2026, 5, 12))


def texts(source: Path) -> list[str]:
    """Every text in the code that is no docstring."""
    tree = ast.parse(source.read_text("utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    ]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_path_or_scope_moves_money(source: Path) -> None:
    """The bank offers payments on the same gateway; we never name them."""
    moving = re.compile(
        r"(?i)/payments|/pain|/domestic|/sepa|PREMIUM_PIS|\bPISP?\b|PAYOUT|standing-"
    )

    assert [text for text in texts(source) if moving.search(text)] == []


def test_the_only_scope_is_reading() -> None:
    """Whoever sets another one does it against this default."""
    assert Settings().scope == "PREMIUM_AIS"


def test_one_address_reaches_everything() -> None:
    """All of the bank's paths lie below one host."""
    assert hosts_at("http://127.0.0.1:8800/tatra/") == {
        "base_url": "http://127.0.0.1:8800/tatra/premium/production"
    }


def test_the_bank_is_on_the_list() -> None:
    """And its linked banks are those that the aggregation offers."""
    assert BANKS["tatra"].bank is BANK
    assert {bank.id for bank in BANK.reaches} == {"csob", "fio", "raiffeisen", "slsp", "vub"}


def test_every_setting_and_every_limit_is_documented() -> None:
    """A switch nobody can find is a switch nobody sets."""
    page = DOCUMENTATION.read_text("utf-8")

    missing = [name for name in Settings.__struct_fields__ if f"`{name}`" not in page]
    unsourced = [
        name
        for name, value in msgspec.structs.asdict(BANK.capabilities).items()
        if value not in (False, None)
        and name not in BANK.sources
        and name not in {"stable_ids", "renewable", "day_opens_at"}
    ]
    assert (missing, unsourced) == ([], [])


async def walk(tatra: Tatra, script: Script, grant: Grant, now: datetime) -> list[Refused]:
    """Every verb once, well and badly; what was refused."""
    listed = [{"statementId": "s-1"}]
    script.says("POST /v3/consents", {"consentId": "CANARY-consent"})
    script.says("GET /v3/consents/CANARY-consent", {"consentStatus": "valid"})
    script.says("GET /v3/accounts", fixture("accounts.json"))
    script.says("POST /tasks", {"taskId": "t-1"})
    script.says("GET /tasks/t-1", {"state": "SUCCEEDED", "statements": listed})
    script.says("GET /statements/s-1", fixture("camt.xml"))
    script.says("GET /transactions", fixture("transactions.json"))
    script.says("DELETE /v3/consents/CANARY-consent", httpx.Response(204))
    await tatra.begin(ASK, now)
    memo = {"verifier": "CANARY-verifier", "consent_id": "CANARY-consent"}
    done = await tatra.resume(ASK, memo, Answered({"code": "CANARY-code"}), now)
    living = msgspec.structs.replace(done.grant, refresh="CANARY-refresh-b7e1f4c2")
    own = next(one for one in await tatra.accounts(living, now) if one.provable)
    ordered = await tatra.pull(living, own, WANT, None, now)
    await tatra.pull(living, own, WANT, ordered.mark, now)
    await tatra.renew(living, now)
    await tatra.probe(living, own, now)
    await tatra.revoke(living, now)
    echo = refusal(403, "NEW", f"Bearer {grant.access} of {own.iban}")
    script.says("GET /transactions", echo)
    script.says(
        "POST /auth/oauth/v2/token",
        httpx.Response(400, json={"error": "x", "access_token": "CANARY-x1"}),
    )
    refused = []
    for verb in (
        lambda: tatra.pull(living, own, WANT, "read", now),
        lambda: tatra.renew(living, now),
        lambda: tatra.begin(ASK, now),
    ):
        with pytest.raises(Refused) as caught:
            await verb()
        refused.append(caught.value)
    return refused


async def test_no_secret_is_kept_anywhere(
    tatra: Tatra, script: Script, grant: Grant, now: datetime
) -> None:
    """What the journal and the refusals hold may be shown to support."""
    script.says("POST /auth/oauth/v2/token", SERVICE)

    refused = await walk(tatra, script, grant, now)

    kept = "\n".join(
        [
            *(repr(exchange) for exchange in script.exchanges if isinstance(exchange, Exchange)),
            *(repr((one.args, one.words, one.body, one.evidence)) for one in refused),
        ]
    )
    # the consent's id in these paths is our test's word, not a UUID as the bank's
    assert re.findall(r"CANARY-(?!consent)[\w-]*", kept) == []
    assert "2949876543" not in kept


async def test_each_call_has_an_id_of_its_own(
    tatra: Tatra, script: Script, grant: Grant, now: datetime
) -> None:
    """A repeated id is refused as a duplicate call, and the bank's support asks for it."""
    await walk(tatra, script, grant, now)

    ids = [request.headers["x-request-id"] for request in script.requests]
    assert len(set(ids)) == len(ids)


async def test_no_consent_id_header_is_sent(
    tatra: Tatra, script: Script, grant: Grant, now: datetime
) -> None:
    """The access token names the consent; the header once led to 404."""
    await walk(tatra, script, grant, now)

    assert [request for request in script.requests if "consent-id" in request.headers] == []


@pytest.mark.parametrize("usage", ["TPP", "FAC", "FAC_BBTB"])
async def test_only_reading_is_asked_for(
    tuned: Callable[..., Tatra], script: Script, now: datetime, usage: str
) -> None:
    """Whatever the type of the application, the scope is that of account information."""
    script.says("POST /v3/consents", {"consentId": "c-1"})
    step = await tuned(usage_type=usage).begin(ASK, now)

    said = repr(step) + "".join(request.content.decode() for request in script.requests)
    assert set(re.findall(r"PREMIUM_\w+", said)) == {"PREMIUM_AIS"}
