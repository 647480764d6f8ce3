"""The pages a person walks: a client of Tatra, or of another bank through One banking."""

import re
from datetime import timedelta

import httpx
import pytest

from sandbox.state import Sandbox
from sandbox.world import Account, Company
from tests.sandbox.tatra.caller import BASE, Caller, returned


class Browser:
    """Follows redirects within the bank, keeps the page and the address it was sent to."""

    def __init__(self, caller: Caller) -> None:
        self.http = caller.http
        self.page = ""
        self.at = ""
        self.location = ""

    async def open(self, url: str) -> None:
        self._take(await self.http.get(url))
        await self._follow()

    async def send(self, step: str, **form: str | list[str]) -> None:
        self.location = ""
        action = re.search(rf'action="([^"]+/{step})"', self.page)
        assert action, f"no form for {step}: {self.page}"
        self._take(await self.http.post(action[1], data=form))
        await self._follow()

    async def _follow(self) -> None:
        while self.location.startswith("/"):
            self.at, self.location = self.location, ""
            self._take(await self.http.get(self.at))

    def _take(self, answer: httpx.Response) -> None:
        self.location = answer.headers.get("location", "")
        self.page = answer.text or self.page


@pytest.fixture
async def browser(caller: Caller) -> Browser:
    opened = Browser(caller)
    await opened.open(caller.url(f"PREMIUM_AIS:{await caller.consent()}"))
    return opened


async def mailed_code(browser: Browser, caller: Caller) -> str:
    address = re.search(r'href="([^"]+/mail)"', browser.page)
    assert address
    mail = (await caller.http.get(address[1])).text
    code = re.search(r'id="code">(\d{6})<', mail)
    assert code
    return code[1]


async def to_the_registration(browser: Browser, caller: Caller, login: str) -> None:
    await browser.send("start", who="other")
    await browser.send("email", email=login)
    await browser.send("code", code=await mailed_code(browser, caller))


async def registered(browser: Browser) -> None:
    await browser.send(
        "registration",
        first_name="Eva",
        last_name="Nová",
        phone="+421902000000",
        contract="yes",
        data_use="yes",
    )


async def test_a_client_of_tatra_ticks_accounts(
    browser: Browser, caller: Caller, company: Company, own: Account
) -> None:
    """PID, password, accounts, and back with a code that opens just those."""
    login = caller.sandbox.world.customers_of(company.id)[0].login
    await browser.send("start", who="client")
    await browser.send("login", pid=login, password="rehearsal")
    page = browser.page
    await browser.send("hub", account=[own.iban])
    tokens = (await caller.exchange(returned(browser.location)["code"])).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    listed = await caller.http.get(f"{BASE}/v3/accounts", headers=headers)

    assert own.iban in page
    assert len(listed.json()["accounts"]) == 1


async def test_a_wrong_password_is_told(browser: Browser) -> None:
    """And the form stays."""
    await browser.send("start", who="client")
    await browser.send("login", pid="nobody", password="x")

    assert "Nesprávne prihlasovacie údaje" in browser.page
    assert 'name="pid"' in browser.page


async def test_a_client_of_another_bank_registers_and_links_it(
    browser: Browser, caller: Caller, company: Company, other: Account
) -> None:
    """E-mail, code, form with two agreements, bank, that bank's own page, yes."""
    login = caller.sandbox.world.customers_of(company.id)[0].login
    await to_the_registration(browser, caller, login)
    await registered(browser)
    empty = browser.page
    await browser.send("another")
    await browser.send("bank", bank="csob")
    confirm = browser.page
    await browser.send("link", login=login, password="rehearsal")
    await browser.send("hub", account=[other.iban])
    tokens = await caller.exchange(returned(browser.location)["code"])

    assert "nemáte prepojený žiadny účet" in empty
    assert "ČSOB" in confirm
    assert tokens.status_code == 200


async def test_without_both_agreements_nobody_gets_further(
    browser: Browser, caller: Caller, company: Company
) -> None:
    """Giving up there comes back as an unfinished registration."""
    login = caller.sandbox.world.customers_of(company.id)[0].login
    await to_the_registration(browser, caller, login)
    form = {"first_name": "Eva", "last_name": "Nová", "phone": "1"}
    await browser.send("registration", **form, contract="yes")
    page = browser.page
    await browser.send("cancel")

    assert "oba dokumenty" in page
    assert returned(browser.location)["error"] == "access_denied"
    assert "registration was not completed" in returned(browser.location)["error_description"]


async def test_the_third_wrong_code_ends_it(browser: Browser) -> None:
    """The client reads that the code was rejected."""
    await browser.send("start", who="other")
    await browser.send("email", email="eva@example.test")
    for _ in range(2):
        await browser.send("code", code="wrong")
    page = browser.page
    await browser.send("code", code="wrong")

    assert "Nesprávne heslo" in page
    assert returned(browser.location)["error_description"] == "Verification code was rejected"


async def test_a_code_is_too_old_after_ten_minutes(
    browser: Browser, caller: Caller, sandbox: Sandbox
) -> None:
    """A new one may be sent."""
    await browser.send("start", who="other")
    await browser.send("email", email="eva@example.test")
    code = await mailed_code(browser, caller)
    sandbox.clock.advance(timedelta(minutes=11))
    await browser.send("code", code=code)
    page = browser.page
    await browser.send("again")
    await browser.send("code", code=await mailed_code(browser, caller))

    assert "Platnosť hesla vypršala" in page
    assert "Registrácia" in browser.page


async def test_cancel_on_the_first_page_is_a_refusal(browser: Browser) -> None:
    """The customer said no."""
    await browser.send("cancel")

    assert returned(browser.location)["error"] == "access_denied"
    assert returned(browser.location)["state"] == "s1"


async def test_a_page_left_open_too_long_is_over(browser: Browser, sandbox: Sandbox) -> None:
    """A quarter of an hour."""
    sandbox.clock.advance(timedelta(minutes=16))
    await browser.open(browser.at)

    assert "už nie je platná" in browser.page


async def test_every_field_has_a_label(browser: Browser) -> None:
    """For keyboards, readers and browser tests."""
    await browser.send("start", who="client")
    fields = re.findall(r'<input id="(\w+)"', browser.page)

    assert fields == ["pid", "password"]
    assert all(f'<label for="{field}">' in browser.page for field in fields)
