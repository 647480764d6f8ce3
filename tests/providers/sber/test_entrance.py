"""What stands in the list of banks, the secret's age, and that nothing here can pay."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import httpx
import msgspec
import pytest

import providers.sber
from providers import BANKS
from providers.contract import Grant, Provider, Push, Refused
from providers.sber import ENTRANCE
from providers.sber.bank import Settings
from providers.sber.provider import Sber
from providers.sber.secret import rotate_secret, secret_age_warning, secret_days_left
from providers.transport import Wire
from schemas.codes import Code
from tests.providers.sber.conftest import Script

SOURCES = sorted(Path(providers.sber.__file__).parent.glob("*.py"))


def test_the_bank_stands_in_the_list() -> None:
    """One line of the list is all that the rest of the product knows."""
    assert BANKS["sber"] is ENTRANCE
    assert ENTRANCE.bank.id == "sber"


async def test_the_entrance_opens_a_provider() -> None:
    """Settings and a line are all that comes in."""
    async with httpx.AsyncClient() as client:
        provider: Provider = ENTRANCE.open(ENTRANCE.settings(), Wire(client))

    assert isinstance(provider, Sber)


def test_both_hosts_lie_under_one_address() -> None:
    """Their own paths keep them apart, and every setting of a host is filled."""
    hosts = ENTRANCE.hosts_at("http://127.0.0.1:8800/sber")

    assert hosts == {
        "api_url": "http://127.0.0.1:8800/sber",
        "sso_url": "http://127.0.0.1:8800/sber",
    }
    assert set(hosts) <= set(Settings.__struct_fields__)


def test_settings_are_read_from_texts() -> None:
    """They come from the environment, where everything is text."""
    texts = {"pkce": "true", "client_secret_expires_on": "2026-12-01", "token_style": "query"}

    settings = msgspec.convert(texts, Settings, strict=False)

    assert settings == Settings(
        pkce=True, client_secret_expires_on=date(2026, 12, 1), token_style="query"
    )


def test_every_limit_names_its_source() -> None:
    """A figure without a source is a rumour."""
    stated = {
        "calls_per_second", "consent_days", "day_opens_at", "increment", "max_history_days",
        "min_poll_seconds", "overlap_days", "preparing_at_once", "refresh_rotates", "window_days",
    }  # fmt: skip

    assert stated <= set(ENTRANCE.bank.sources)


def test_the_secret_is_spoken_of_from_its_thirtieth_day() -> None:
    """It dies on the fortieth, and every connection with it."""
    settings = Settings(client_secret_expires_on=date(2026, 12, 11))

    assert secret_age_warning(settings, date(2026, 11, 30)) is None
    assert "10 days left" in (secret_age_warning(settings, date(2026, 12, 1)) or "")
    assert "died" in (secret_age_warning(settings, date(2026, 12, 12)) or "")
    assert secret_days_left(settings, date(2026, 12, 12)) == -1
    assert secret_age_warning(Settings(), date(2026, 12, 1)) is None


async def test_the_secret_is_rotated_through_the_query(
    script: Script, line: Wire, settings: Settings
) -> None:
    """The bank ignores a body; what is kept of the call shows none of the three secrets."""
    script.says("/v1/change-client-secret", {"clientSecretExpiration": 40})

    last = await rotate_secret(
        line, settings, access="CANARY-a", new_secret="CANARY-n", today=date(2026, 11, 21)
    )

    assert last == date(2026, 12, 31)
    assert script.asked("/change-client-secret") == [
        {
            "access_token": "CANARY-a",
            "client_id": "10777",
            "client_secret": "CANARY-secret-1234",
            "new_client_secret": "CANARY-n",
        }
    ]
    assert "CANARY" not in repr(script.exchanges)


async def test_a_rotation_that_is_refused_says_so(
    script: Script, line: Wire, settings: Settings
) -> None:
    """The old secret goes on living, and its age with it."""
    script.says("/change-client-secret", {"error": "invalid_client"}, status=400)

    with pytest.raises(Refused) as refused:
        await rotate_secret(line, settings, access="a", new_secret="n", today=date(2026, 11, 21))

    assert refused.value.code is Code.BANK_SECRET_EXPIRED


async def test_there_are_no_pushes(sber: Sber, grant: Grant, now: datetime) -> None:
    """A platform gets none, so whatever comes is not from the bank."""
    with pytest.raises(Refused) as refused:
        await sber.notices(Push({}, b"{}"), now)

    assert refused.value.code is Code.BANK_PUSH_INVALID
    assert await sber.subscribe(grant, "https://x.test", now) is grant


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_nothing_in_this_folder_moves_money(source: Path) -> None:
    """No scope and no path of payments, payroll, acceptance or registries stands in the code."""
    text = source.read_text("utf-8")

    assert not re.search(
        r"PAY_|PAYMENT|PAYROLL|ACCEPTANCE|PAYMENTS_REGISTRY|CERTIFICATE_REQUEST", text
    )
    assert not re.search(r"/payments?\b|/payroll|/acceptance|/registr", text)
    assert set(re.findall(r"\"(/(?:fintech|ic)/[^\"]+)\"", text)) <= {
        "/ic/sso/api/v1/change-client-secret",
        "/ic/sso/api/v1/oauth/revoke",
        "/ic/sso/api/v2/oauth/authorize",
        "/ic/sso/api/v2/oauth/token",
        "/ic/sso/api/v2/oauth/user-info",
        "/fintech/api/v1/client-info",
        "/fintech/api/v2/statement/increment",
        "/fintech/api/v2/statement/summary",
        "/fintech/api/v2/statement/transactions",
    }


def test_the_scope_asks_for_reading_only() -> None:
    """Two operations, both of which read; the rest are claims about who signed."""
    operations = {word for word in Settings().scope.split() if word.isupper()}

    assert operations == {"GET_CLIENT_ACCOUNTS", "GET_STATEMENT_ACCOUNT"}
