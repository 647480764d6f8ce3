"""What holds of the whole folder: read-only, no secrets kept, everything told that is assumed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import msgspec
import pytest

import providers.tochka
from providers import BANKS
from providers.contract import Answered, Refused
from providers.tochka.bank import ASKED, BANK, Settings, hosts_at
from providers.tochka.provider import Tochka
from schemas.bank import Flow
from tests.providers.tochka.conftest import (
    ACCOUNT,
    ASK,
    BANKING,
    CONSENT_ID,
    CONSENTS,
    FORBIDDEN,
    GRANT,
    NOW,
    WANT,
    Script,
    token,
)

SOURCES = sorted(Path(providers.tochka.__file__).parent.glob("*.py"))
MOVING = re.compile(
    r"(?i)/payment|/sbp|/acquiring|/invoice|for-sign|\bpayments\b|\bsbp\b|\bacquiring\b|\bcards\b"
    r"|CreatePayment|EditSBP|MakeAcquiring|MakeCustomer|ManageInvoice|ManageGuarantee"
)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_path_scope_or_permission_moves_money(source: Path) -> None:
    """The bank has all of them beside what we read; none is even spelt."""
    tree = ast.parse(source.read_text("utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    ]

    assert [text for text in found if MOVING.search(text)] == []


def test_only_reading_and_being_called_is_asked_for() -> None:
    """The customer sees this list at the bank."""
    assert all(each.startswith("Read") or each == "ManageWebhookData" for each in ASKED)
    assert Settings().scope == "accounts balances customers statements"


def test_one_address_reaches_all_three_hosts() -> None:
    """They lie on one host in production, too."""
    fields = hosts_at("http://127.0.0.1:8800/tochka/")

    assert fields == {
        "api_base": "http://127.0.0.1:8800/tochka/uapi",
        "oauth_base": "http://127.0.0.1:8800/tochka/connect",
        "webhook_key_url": "http://127.0.0.1:8800/tochka/doc/openapi/static/keys/public",
    }
    assert msgspec.convert(fields, Settings) == Settings(**fields)


def test_every_limit_names_its_source() -> None:
    """A figure without one cannot be checked when the bank changes it."""
    stated = {
        name
        for name in BANK.capabilities.__struct_fields__
        if name.endswith(("_days", "_seconds", "_second", "_once", "_rotates", "_balances"))
        and getattr(BANK.capabilities, name) not in {None, False}
    }

    assert stated <= BANK.sources.keys()
    assert BANKS["tochka"].bank is BANK
    assert BANK.flows == (Flow.OAUTH, Flow.KEY)


async def test_no_secret_is_kept_anywhere(tochka: Tochka, script: Script) -> None:
    """Journal, evidence, words and bodies of refusals may all reach a support page."""
    said: list[str] = []
    echo = b'{"Errors":[{"message":"bearer CANARY-access-5d0c7a31 is not allowed"}]}'
    script.says(
        "POST",
        "/connect/token",
        {"access_token": "CANARY-access-a", "refresh_token": "CANARY-refresh-a"},
    )
    script.says("POST", CONSENTS, "new_consent_flat")
    script.says("GET", f"{CONSENTS}/{CONSENT_ID}", "consent")
    script.says("GET", f"{BANKING}/customers", "customers")
    script.says("POST", f"{BANKING}/statements", echo, status=400)
    script.says("GET", CONSENTS, FORBIDDEN, status=403)
    await tochka.begin(ASK, NOW)
    await tochka.resume(ASK, {"consent_id": CONSENT_ID}, Answered({"code": "CANARY-code"}), NOW)
    await tochka.renew(GRANT, NOW)
    key = msgspec.structs.replace(ASK, credentials={"token": token(iss="CANARY-client")})
    for call in (tochka.pull(GRANT, ACCOUNT, WANT, None, NOW), tochka.begin(key, NOW)):
        with pytest.raises(Refused) as refused:
            await call
        said.append(repr((refused.value.args, vars(refused.value))))
    said.extend(map(repr, script.exchanges))

    assert len(said) > 8
    assert [text for text in said if "CANARY" in text] == []
    assert [text for text in said if ACCOUNT.number and ACCOUNT.number in text] == []
