"""A person at a real browser: the banks' pages, our documents, the fake banks' control page.

Whatever page is shown is looked at: its language, its labels, its width, where the focus is; and
no page asks anything of anybody but this machine.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.exactness.processes import Fakes, House, Template
from tests.stories.story import instant

HERE = "127.0.0.1"
PATIENCE_MS = 15_000
PASSWORDS = {"RU": "Ромашка-1", "SK": "Vinna-Cesta-2"}
BANKS: dict[str, dict[str, Any]] = {
    "RU": {
        "sber": {"accounts": [{"currency": "RUB"}, {"currency": "RUB"}]},
        "tochka": {"accounts": [{"currency": "RUB"}, {"currency": "RUB"}]},
    },
    "SK": {
        "tatra": {"accounts": [{"currency": "EUR"}]},
        "csob": {"accounts": [{"currency": "EUR"}]},
    },
}
UNLABELLED = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
    .filter(field => ![...(field.labels || [])].some(label => label.innerText.trim()))
    .map(field => field.outerHTML)"""
NAMELESS = """() => [...document.querySelectorAll("button, a")]
    .filter(one => !(one.innerText.trim() || one.getAttribute("aria-label")))
    .map(one => one.outerHTML)"""
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
OUTLINE = """() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
}"""

Json = dict[str, Any]


class _Shop(BaseHTTPRequestHandler):
    """The integrator's own page, to which customers come back."""

    def do_GET(self) -> None:
        """One page, whatever is asked."""
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(
            b'<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,">'
            b"<h1>Welcome back</h1></html>"
        )

    def log_message(self, *told: Any) -> None:
        """Say nothing."""


class Town:
    """Fake banks and gateway as processes, two companies, and a shop that connects them."""

    def __init__(self, fakes: Fakes, house: House, shop: str) -> None:
        self.fakes, self.house, self.shop = fakes, house, shop
        self.companies: dict[str, Json] = {
            country: fakes.tell(
                "/companies",
                {"country": country, "banks": banks, "customer": {"password": PASSWORDS[country]}},
            )
            for country, banks in BANKS.items()
        }

    def begin(self, bank: str, country: str) -> Json:
        """A connection that waits for its customer."""
        company = self.companies[country]
        who = {word: company[word] for word in ("name", "inn", "kpp", "ico") if company[word]}
        wish = {"bank": bank, "organisation": who, "return_url": f"{self.shop}/back?order=7"}
        made: Json = self.house.post("/connections", {**wish, "schedule": "manual"})
        return made

    def number(self, bank: str, place: int = 0) -> str:
        """An account's number or IBAN."""
        kept = [a for c in self.companies.values() for a in c["accounts"] if a["bank"] == bank]
        return str(kept[place]["iban"] or kept[place]["number"])

    def accounts(self, connection: Json) -> list[str]:
        """Which accounts can be read through a connection."""
        listed = self.house.get(f"/connections/{connection['id']}/accounts")["items"]
        return [account["iban"] or account["number"] for account in listed if account["eligible"]]


class Person:
    """Somebody with a browser, who looks at every page that is shown."""

    def __init__(self, page: Page, town: Town) -> None:
        self.page, self.town = page, town
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.context.set_default_timeout(PATIENCE_MS)
        page.context.on("request", lambda request: self.asked.append(request.url))
        page.context.on("console", self._heard)
        page.context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} at {message.location}")

    def go(self, address: str) -> None:
        """Open an address."""
        self.page.goto(address)
        self.look()

    def press(self, name: str) -> None:
        """Press a button by its whole name, and see what comes."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()
        self.look()

    def fill(self, **fields: str) -> None:
        """Fill fields by their labels; a blank in a label is an underscore here."""
        for label, text in fields.items():
            self.page.get_by_label(label.replace("_", " ")).fill(text)

    def look(self, at: Page | None = None) -> None:
        """Whatever page this is, it is fit for a person."""
        page = at or self.page
        title = page.title()
        assert page.locator("html").get_attribute("lang") in {"ru", "sk", "en"}, title
        assert page.locator("h1").count() == 1, title
        assert page.evaluate(UNLABELLED) == [], title
        assert page.evaluate(NAMELESS) == [], title
        assert not page.evaluate(TOO_WIDE), f"{title} is too wide for {page.viewport_size}"

    def tab_to(self, name: str) -> None:
        """Reach a field or a button with the tabulator alone, seeing where one is all the way."""
        for _ in range(40):
            self.page.keyboard.press("Tab")
            assert self.page.evaluate(OUTLINE) >= 2, "the focus cannot be seen"
            if self.page.evaluate(
                "name => [...(document.activeElement.labels || []), document.activeElement]"
                ".some(one => one.innerText.trim().startsWith(name))",
                name,
            ):
                return
        raise AssertionError(f"the tabulator never reaches {name}")

    def enter(self) -> None:
        """Press Enter, and see what comes."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.look()

    @property
    def told(self) -> dict[str, str]:
        """What the shop was told when the person came back."""
        self.page.wait_for_url(f"{self.town.shop}/back**")
        query = parse_qs(urlsplit(self.page.url).query)
        return {name: value for name, (value,) in query.items()}


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """The integrator's site."""
    server = ThreadingHTTPServer((HERE, 0), _Shop)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://{HERE}:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, shop: str) -> Iterator[Town]:
    """Everything that a person can reach."""
    folder = tmp_path_factory.mktemp("town")
    compiled = folder / "compiled"
    fakes = Fakes(folder, compiled, now="2026-11-20T09:00:00+00:00", speed=1, seed=1)
    house = House(folder / "house", compiled, fakes, Template(folder))
    try:
        house.start()
        house.wait_ready()
        yield Town(fakes, house, shop)
    finally:
        house.end()
        fakes.end()


@pytest.fixture(scope="module")
def browser(chromium: Path, town: Town) -> Iterator[Browser]:
    """A Chromium that talks to nobody on its own.

    It comes after the town, since its event loop in this thread lets no other run there.
    """
    assert town.house.living
    with sync_playwright() as playwright:
        quiet = ["--no-sandbox", "--disable-background-networking", "--disable-sync"]
        opened = playwright.chromium.launch(executable_path=chromium, args=quiet)
        yield opened
        opened.close()


@contextmanager
def sitting(browser: Browser, town: Town, width: int = 1200, **more: Any) -> Iterator[Person]:
    """A person at a window of this width; afterwards nothing was asked elsewhere or complained."""
    context = browser.new_context(viewport={"width": width, "height": 850}, **more)
    person = Person(context.new_page(), town)
    yield person
    context.close()
    strangers = [url for url in person.asked if urlsplit(url).hostname not in {HERE, None}]
    assert person.asked
    assert strangers == []
    assert person.complaints == []


@pytest.fixture
def person(browser: Browser, town: Town) -> Iterator[Person]:
    """Somebody at a desk."""
    with sitting(browser, town) as somebody:
        yield somebody


@pytest.fixture
def walker(browser: Browser, town: Town) -> Iterator[Person]:
    """Somebody with a phone."""
    with sitting(browser, town, width=390) as somebody:
        yield somebody


def test_an_offer_is_refused_and_later_signed_with_the_keyboard_alone(
    person: Person, town: Town
) -> None:
    """Login, boxes, signature: no mouse, the focus always in sight, and only what was ticked."""
    refusing = town.begin("sber", "RU")
    person.go(refusing["next"]["url"])
    person.fill(Логин=town.companies["RU"]["login"], Пароль="wrong")
    person.press("Войти")
    alert = person.page.get_by_role("alert").inner_text()
    person.fill(Логин=town.companies["RU"]["login"], Пароль=PASSWORDS["RU"])
    person.press("Войти")
    person.press("Отказаться")
    refused = person.told
    signing = town.begin("sber", "RU")
    person.go(signing["next"]["url"])
    keyboard = person.page.keyboard
    keyboard.type(town.companies["RU"]["login"])
    person.tab_to("Пароль")
    keyboard.type(PASSWORDS["RU"])
    person.enter()
    person.tab_to(town.number("sber", 1))
    keyboard.press("Space")
    person.tab_to("Подписать оферту")
    person.enter()

    assert alert == "Неверный логин или пароль."
    assert refused == {
        "order": "7",
        "connection": refusing["id"],
        "status": "action_required",
        "code": "AUTHORISATION_DECLINED",
    }
    assert person.told == {"order": "7", "connection": signing["id"], "status": "active"}
    assert town.accounts(signing) == [town.number("sber", 1)]


def test_company_permissions_and_term_are_chosen_at_tochka(walker: Person, town: Town) -> None:
    """On a phone: nothing ticked is asked again, then 90 days are granted and told."""
    made = town.begin("tochka", "RU")
    walker.go(made["next"]["url"])
    walker.fill(Электронная_почта=town.companies["RU"]["login"], Пароль=PASSWORDS["RU"])
    walker.press("Войти")
    page = walker.page
    legends = page.locator("legend").all_inner_texts()
    for place in (0, 1):
        page.get_by_label(town.number("tochka", place)).uncheck()
    walker.press("Разрешить")
    alert = page.get_by_role("alert").inner_text()
    page.get_by_label(town.number("tochka", 1)).uncheck()
    page.get_by_label("Срок доступа").select_option("90 дней")
    walker.press("Разрешить")
    told = walker.told
    consent = town.house.get(f"/connections/{made['id']}")["consent"]

    assert legends == [
        f"{town.companies['RU']['name']}, ИНН {town.companies['RU']['inn']}",
        "Разрешения",
    ]
    assert alert == "Выберите хотя бы один счёт"
    assert told["status"] == "active"
    assert instant(consent["expires_at"]) - instant(consent["granted_at"]) <= timedelta(days=90)
    assert instant(consent["expires_at"]) - instant(consent["granted_at"]) > timedelta(days=89)
    assert town.accounts(made)


def test_statements_left_unticked_are_named_when_the_person_is_back(
    person: Person, town: Town
) -> None:
    """The integrator hears at once that a tick is missing, and which to set."""
    made = town.begin("tochka", "RU")
    person.go(made["next"]["url"])
    person.fill(Электронная_почта=town.companies["RU"]["login"], Пароль=PASSWORDS["RU"])
    person.press("Войти")
    person.page.get_by_label("Получать выписки").uncheck()
    person.press("Разрешить")

    assert person.told["code"] == "PERMISSIONS_REDUCED"
    assert person.told["status"] == "action_required"


def test_a_client_of_tatra_connects_with_pid_and_password(person: Person, town: Town) -> None:
    """The own accounts are offered at once."""
    made = town.begin("tatra", "SK")
    person.go(made["next"]["url"])
    person.press("Som klientom Tatra banky")
    person.fill(PID=town.companies["SK"]["login"], Heslo=PASSWORDS["SK"])
    person.press("Prihlásiť sa")
    person.press("Potvrdiť prístup")

    assert person.told == {"order": "7", "connection": made["id"], "status": "active"}
    assert town.accounts(made) == [town.number("tatra")]


def test_who_is_no_client_registers_and_links_another_bank(walker: Person, town: Town) -> None:
    """E-mail, code, form, both agreements, ČSOB's own page: on a phone, and nothing skipped."""
    made = town.begin("tatra", "SK")
    page = walker.page
    walker.go(made["next"]["url"])
    walker.press("Nie som klientom")
    walker.fill(**{"E-mailová_adresa": "uctovnik@vinna-cesta.example"})
    walker.press("Pokračovať")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Otvoriť e-mail").click()
    mail = popup.value
    walker.look(mail)
    code = mail.locator("#code").inner_text()
    mail.close()
    walker.fill(**{"Jednorazové_heslo_z_e-mailu": "000000" if code != "000000" else "111111"})
    walker.press("Overiť")
    wrong = page.get_by_role("alert").inner_text()
    walker.fill(**{"Jednorazové_heslo_z_e-mailu": code})
    walker.press("Overiť")
    walker.fill(Meno="Jana", Priezvisko="Kováčová", Mobil="+421900123456")
    page.get_by_label("Súhlasím s návrhom zmluvy").check()
    walker.press("Dokončiť registráciu")
    half = page.get_by_role("alert").inner_text()
    walker.fill(Meno="Jana", Priezvisko="Kováčová", Mobil="+421900123456")
    page.get_by_label("Súhlasím s návrhom zmluvy").check()
    page.get_by_label("Súhlasím s využitím údajov").check()
    walker.press("Dokončiť registráciu")
    walker.press("Pridať účet z inej banky")
    page.get_by_label("ČSOB").check()
    walker.press("Pokračovať")
    walker.fill(Prihlasovacie_meno=town.companies["SK"]["login"], Heslo=PASSWORDS["SK"])
    walker.press("Potvrdiť prepojenie na 180 dní")
    offered = page.locator("label").all_inner_texts()
    walker.press("Potvrdiť prístup")

    assert wrong == "Nesprávne heslo."
    assert half == "Pre dokončenie registrácie je potrebné odsúhlasiť oba dokumenty."
    assert [label.strip() for label in offered] == [
        f"ČSOB {town.number('csob')} (EUR), platné do 19.05.2027"
    ]
    assert walker.told["status"] == "active"
    assert town.accounts(made) == [town.number("csob")]


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("width", [1200, 390])
def test_the_documents_need_nothing_from_elsewhere(
    browser: Browser, town: Town, *, script: bool, width: int
) -> None:
    """A bank's network may be closed, and a browser may forbid script: all is there to be read."""
    url = town.house.url
    with sitting(browser, town, width, java_script_enabled=script, locale="sk-SK") as reader:
        page = reader.page
        reader.go(f"{url}/docs")
        calls = page.locator("h3 .verb").count()
        words = page.locator("main").inner_text()
        page.get_by_role("link", name="/docs/errors", exact=True).click()
        page.get_by_role("link", name="MB-1201").click()
        reader.look()
        language = page.locator("html").get_attribute("lang")
        steps = page.locator("ol.steps").first.locator("li").count()
        page.get_by_role("link", name="ru", exact=True).click()
        reader.look()
        other = page.locator("html").get_attribute("lang")

    assert calls > 30
    assert "`" not in words
    assert (language, other) == ("sk", "ru")
    assert steps >= 1


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_the_control_page_loads_a_situation_and_turns_the_clock(
    browser: Browser, town: Town, *, script: bool
) -> None:
    """QA rehearses without a shell: one press loads a case, another lets half an hour pass."""
    with sitting(browser, town, java_script_enabled=script) as tester:
        page = tester.page
        tester.go(f"{town.fakes.control_url}/")
        before = page.locator("td small").count()
        early = town.fakes.now()
        tester.press("Load sber_user_blocked")
        tester.press("+ 30 minutes")
        page.get_by_label("Situation").select_option("sber BANK_UNAVAILABLE")
        tester.press("Force")
        waiting = page.locator("li").all_inner_texts()
        after = page.locator("td small").count()

    assert after == before + 1
    assert timedelta(minutes=30) <= town.fakes.now() - early < timedelta(minutes=31)
    assert "sber BANK_UNAVAILABLE, 1 left" in waiting
