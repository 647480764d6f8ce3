"""The pages a person clicks through, by their forms alone."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from sandbox.opening import open_company
from sandbox.state import Sandbox
from sandbox.world import Customer
from tests.sandbox.sber.partner import BACK, Partner, fields_of

SERVICES = "/sber/ic/sso/pages/services"


class Browser:
    """Fills in the one form of a page and presses one of its buttons."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.answer: Any = None

    async def open(self, url: str) -> None:
        self.answer = await self.http.get(url)

    async def submit(self, **fields: Any) -> None:
        text = self.answer.text
        action = re.search(r'<form method="post" action="([^"]+)"', text)
        ticket = re.search(r'name="ticket" value="([^"]*)"', text)
        assert action is not None
        assert ticket is not None
        form = {"ticket": unescape(ticket[1]), **fields}
        self.answer = await self.http.post(unescape(action[1]), data=form)

    @property
    def title(self) -> str:
        found = re.search(r"<h1>([^<]+)</h1>", self.answer.text)
        return found[1] if found else ""

    @property
    def back(self) -> dict[str, str]:
        location: str = self.answer.headers["location"]
        assert (self.answer.status_code, location.partition("&")[0]) == (302, BACK)
        return fields_of(location)


@pytest.fixture
def person(partner: Partner) -> Customer:
    return partner.sandbox.world.customers_of(partner.company.id)[0]


@pytest.fixture
async def browser(partner: Partner) -> Browser:
    one = Browser(partner.http)
    await one.open(partner.url())
    return one


async def signed_in(browser: Browser, person: Customer) -> None:
    await browser.submit(login=person.login.upper(), password=person.password)


async def test_a_person_signs_for_chosen_accounts(
    partner: Partner, browser: Browser, person: Customer
) -> None:
    """Sign in, tick, sign; only suitable accounts can be ticked."""
    titles = [browser.title]
    await signed_in(browser, person)
    titles.append(browser.title)
    page = browser.answer.text
    await browser.submit(account=partner.accounts[1].number, decision="sign")
    code = browser.back["code"]
    answer = await partner.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
    partner.pair = answer.json()
    asked = [(await partner.statement(accountNumber=one.number)) for one in partner.accounts]

    assert titles == ["Вход в СберБизнес", "Оферта на передачу данных"]
    assert [one.number in page for one in partner.accounts] == [True, True, False]
    assert [one.status_code for one in asked] == [403, 200, 403]


async def test_every_input_has_its_label(browser: Browser, person: Customer) -> None:
    """Keyboards, readers and browser tests find their way by labels."""
    pages = [browser.answer.text]
    await signed_in(browser, person)
    pages.append(browser.answer.text)

    for page in pages:
        ids = re.findall(r'<input (?:type="\w+" )?id="([^"]+)"', page)
        assert ids
        assert sorted(ids) == sorted(re.findall(r'<label for="([^"]+)"', page))
        assert '<html lang="ru">' in page
        assert "http://" not in page.replace('action="http://banks/', "")


async def test_a_wrong_password_asks_again(browser: Browser, person: Customer) -> None:
    """With the sentence at the form."""
    await browser.submit(login=person.login, password="wrong")

    assert browser.title == "Вход в СберБизнес"
    assert 'role="alert">Неверный логин или пароль.' in browser.answer.text


async def test_signing_needs_a_ticked_account(browser: Browser, person: Customer) -> None:
    """An offer names at least one."""
    await signed_in(browser, person)
    await browser.submit(decision="sign")

    assert "Отметьте хотя бы один счет." in browser.answer.text


async def test_refusing_goes_back_with_access_denied(browser: Browser, person: Customer) -> None:
    """The state comes along."""
    await signed_in(browser, person)
    await browser.submit(decision="refuse")

    assert (browser.back["error"], browser.back["state"]) == ("access_denied", "s" * 36)


async def test_without_signing_right_there_is_only_the_way_back(
    browser: Browser, person: Customer
) -> None:
    """A page first, access_denied after Back."""
    person.may_sign = False
    await signed_in(browser, person)
    title = browser.title
    await browser.submit(decision="back")

    assert title == "Недостаточно прав"
    assert browser.back["error_description"] == "User has no right to sign the offer"


async def test_a_blocked_person_gets_no_further(browser: Browser, person: Customer) -> None:
    """No redirect at all."""
    person.blocked = True
    await signed_in(browser, person)

    assert browser.title == "Пользователь заблокирован"
    assert "<form" not in browser.answer.text


async def test_a_second_visit_goes_on_or_signs_anew(partner: Partner, person: Customer) -> None:
    """The list of accounts cannot be edited: revoke and sign again."""
    await partner.connect([partner.number])
    browser = Browser(partner.http)
    await browser.open(partner.url())
    await signed_in(browser, person)
    title, page = browser.title, browser.answer.text
    await browser.submit(decision="revoke")
    revoked = await partner.statement()
    await browser.submit(account=partner.accounts[1].number, decision="sign")
    signed = browser.back
    await browser.open(partner.url())
    await signed_in(browser, person)
    await browser.submit(decision="go_on")

    assert title == "Оферта уже подписана"
    assert partner.number in page
    assert revoked.status_code == 403
    assert "code" in signed
    assert "code" in browser.back


async def test_a_person_of_several_companies_chooses_one(
    sandbox: Sandbox, partner: Partner, browser: Browser, person: Customer
) -> None:
    """Radio buttons, one of them chosen already."""
    other = open_company(sandbox, country="RU", banks={"sber": [{"currency": "RUB"}]})
    person.companies.append(other.id)
    await signed_in(browser, person)
    title = browser.title
    await browser.submit(company="stranger")
    again = browser.title
    await browser.submit(company=other.id)

    assert title == again == "Выберите организацию"
    assert other.inn in browser.answer.text
    assert partner.number not in browser.answer.text


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("BANK_CONFIRMATION_PENDING", "Заявка принята"),
        ("NO_SIGNING_RIGHT", "Недостаточно прав"),
        ("AUTHORISATION_DECLINED", ""),
    ],
)
async def test_orders_strike_the_pages_as_well(
    partner: Partner, browser: Browser, person: Customer, code: str, title: str
) -> None:
    """A browser test meets the same situations as a script."""
    await signed_in(browser, person)
    partner.order(code)
    await browser.submit(account=partner.number, decision="sign")

    assert browser.title == title
    assert browser.answer.status_code == (200 if title else 302)


async def test_a_person_without_accounts_here_is_told_so(
    sandbox: Sandbox, browser: Browser
) -> None:
    """Nothing to offer, and no way on."""
    bare = open_company(sandbox, country="RU")
    person = sandbox.world.customers_of(bare.id)[0]
    await signed_in(browser, person)

    assert browser.title == "Нет доступных организаций"


async def test_only_loans_make_no_offer(sandbox: Sandbox, browser: Browser) -> None:
    """The platform set offers settlement accounts only."""
    company = open_company(sandbox, country="RU", banks={"sber": [{"kind": "loan"}]})
    await signed_in(browser, sandbox.world.customers_of(company.id)[0])

    assert browser.title == "Нет доступных счетов"


async def test_an_own_company_signs_nothing(
    partner: Partner, browser: Browser, person: Customer
) -> None:
    """Straight back with a code."""
    partner.behave(sber={"contract": "company"})
    await signed_in(browser, person)

    assert "code" in browser.back


@pytest.mark.parametrize("page", ["sign-in", "organisation", "offer"])
async def test_a_lost_session_says_how_to_go_on(partner: Partner, page: str) -> None:
    """A reload after the end, or a forged ticket."""
    answer = await partner.http.post(f"/sber/ic/sso/pages/{page}", data={"ticket": "x"})

    assert answer.status_code == 400
    assert "Сессия истекла" in answer.text


async def test_the_newer_authorize_path_works_too(partner: Partner) -> None:
    """Seen where oauthVersion is set."""
    query = dict(parse_qsl(partner.url().partition("?")[2]))
    answer = await partner.http.get("/sber/ic/sbbid/api/v2/oauth/authorize", params=query)

    assert answer.status_code == 200


async def test_an_offer_is_revoked_under_connected_services(
    partner: Partner, person: Customer
) -> None:
    """Where the seeds send the customer; the bank shuts the data at once."""
    await partner.connect()
    browser = Browser(partner.http)
    await browser.open(SERVICES)
    await browser.submit(login=person.login, password="wrong")
    wrong = browser.answer.text
    await signed_in(browser, person)
    listed = browser.answer.text
    await browser.submit(revoke=f"mostik|{partner.company.id}")

    assert "Неверный логин или пароль." in wrong
    assert partner.number in listed
    assert "Сервисов нет." in browser.answer.text
    assert (await partner.statement()).status_code == 403
    assert (await partner.refresh()).json()["error"] == "invalid_grant"


async def test_a_customer_without_a_browser_abandons_or_names_wrong_accounts(
    partner: Partner,
) -> None:
    """The control plane's way through the same decisions."""
    refused = await partner.authorise("refuse")

    assert await partner.authorise("abandon") is None
    assert refused["error"] == "access_denied"
