"""The pages a customer clicks through, and the same walk without a browser."""

import re
from datetime import timedelta

import httpx
import pytest

from sandbox.bank import Rejected
from sandbox.opening import open_company
from sandbox.tochka.bank import BANK
from tests.sandbox.tochka.conftest import READING, Caller, returned

FORM = {"days": "90", "right": ["0", "1", "2", "3", "4"]}


async def opened(caller: Caller, consent_id: str, **changes: str) -> tuple[str, httpx.Response]:
    """The walk's id and its first page."""
    first = await caller.http.get(caller.link(consent_id, **changes))
    assert first.status_code == 302
    page = await caller.http.get(f"/connect/{first.headers['location']}")
    found = re.search(r'name="walk" value="(\w+)"', page.text)
    assert found is not None
    return found[1], page


async def logged_in(caller: Caller, walk: str, password: str = "rehearsal") -> httpx.Response:
    person = caller.sandbox.world.customers_of(caller.company.id)[0]
    fields = {"walk": walk, "login": person.login, "password": password}
    return await caller.http.post("/connect/authorize/login", data=fields)


async def test_a_person_allows_some_of_it_for_a_while(caller: Caller) -> None:
    """Account, right and term are the person's choice, and the consent says so."""
    consent_id = await caller.consent()
    walk, page = await opened(caller, consent_id)
    choice = await logged_in(caller, walk)
    first, second = caller.accounts
    fields = {"walk": walk, "decision": "allow", "account": [first.number], **FORM}
    fields["right"] = ["0", "1", "2"]
    back = await caller.http.post("/connect/authorize/decision", data=fields)
    told = returned(back.headers["location"])
    tokens = (await caller.exchange(told["code"])).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    listed = await caller.http.get("/uapi/open-banking/v1.0/accounts", headers=headers)
    consents = await caller.http.get("/uapi/consent/v1.0/consents", headers=headers)
    consent = consents.json()["Data"]["Consent"][0]

    assert "Mostik" in page.text
    assert first.number in choice.text
    assert second.number in choice.text
    assert "Получать выписки" in choice.text
    assert (back.status_code, told["state"]) == (302, "s1")
    assert [one["accountId"][:20] for one in listed.json()["Data"]["Account"]] == [first.number]
    assert consent["permissions"] == READING[:4]
    assert consent["expirationDateTime"] == "2027-02-18T09:00:00.000000+00:00"


async def test_a_person_refuses(caller: Caller) -> None:
    """The application hears access_denied, and the consent is Rejected."""
    consent_id = await caller.consent()
    walk, _ = await opened(caller, consent_id)
    await logged_in(caller, walk)
    fields = {"walk": walk, "decision": "refuse"}
    back = await caller.http.post("/connect/authorize/decision", data=fields)
    path = f"/uapi/consent/v1.0/consents/{consent_id}"
    consent = (await caller.http.get(path, headers=await caller.own())).json()["Data"]

    assert returned(back.headers["location"])["error"] == "access_denied"
    assert consent["status"] == "Rejected"


async def test_pages_can_be_used_without_a_mouse(caller: Caller) -> None:
    """Every field has a label, and nothing is loaded from elsewhere."""
    walk, page = await opened(caller, await caller.consent())
    choice = await logged_in(caller, walk)

    for html in (page.text, choice.text):
        ids = set(re.findall(r'<(?:input|select) id="(\w+)"', html))
        assert ids == set(re.findall(r'<label for="(\w+)"', html))
        assert '<html lang="ru">' in html
        assert not re.search(r'(src|href)=(?!"data:)', html)


async def test_a_wrong_password_asks_again(caller: Caller) -> None:
    """The page stays, with the reason."""
    walk, _ = await opened(caller, await caller.consent())
    page = await logged_in(caller, walk, "wrong")

    assert "Неверная почта или пароль" in page.text


async def test_without_an_account_nothing_is_allowed(caller: Caller) -> None:
    """An empty choice is no consent."""
    walk, _ = await opened(caller, await caller.consent())
    await logged_in(caller, walk)
    fields = {"walk": walk, "decision": "allow", **FORM}
    page = await caller.http.post("/connect/authorize/decision", data=fields)

    assert page.status_code == 200
    assert "Выберите хотя бы один счёт" in page.text


async def test_nobody_can_agree_without_having_logged_in(caller: Caller) -> None:
    """A walk knows whether its person was there."""
    walk, _ = await opened(caller, await caller.consent())
    fields = {"walk": walk, "decision": "allow", "account": [caller.accounts[0].number], **FORM}
    back = await caller.http.post("/connect/authorize/decision", data=fields)

    assert returned(back.headers["location"])["error"] == "access_denied"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"client_id": "nobody"}, "не зарегистрировано"),
        ({"consent_id": "none"}, "не найден"),
        ({"redirect_uri": "javascript:alert(1)"}, "Адрес возврата"),
        ({"response_type": "token"}, "response_type"),
    ],
)
async def test_a_broken_link_sends_nobody_back(
    caller: Caller, changes: dict[str, str], sentence: str
) -> None:
    """Where the address cannot be trusted, the customer stays with the bank."""
    page = await caller.http.get(caller.link(await caller.consent(), **changes))

    assert page.status_code == 400
    assert sentence in page.text


async def test_a_consent_is_agreed_to_once(caller: Caller) -> None:
    """The same link again is over."""
    live = await caller.connected()
    page = await caller.http.get(caller.link(live.consent_id))

    assert page.status_code == 400
    with pytest.raises(Rejected, match="обработан"):
        await BANK.authorise(caller.sandbox, caller.link(live.consent_id), "approve", ())


async def test_without_a_browser_a_person_may_refuse_or_walk_away(caller: Caller) -> None:
    """Refusal comes back with the state; who walks away comes back with nothing."""
    refused = await BANK.authorise(
        caller.sandbox, caller.link(await caller.consent()), "refuse", ()
    )
    abandoned = await BANK.authorise(
        caller.sandbox, caller.link(await caller.consent()), "abandon", ()
    )

    assert returned(refused)["error"] == "access_denied"
    assert returned(refused)["state"] == "s1"
    assert abandoned is None


async def test_who_may_not_sign_cannot_agree(caller: Caller) -> None:
    """The page says so and leads back; without a browser it is a refusal."""
    caller.sandbox.world.customers_of(caller.company.id)[0].may_sign = False
    walk, _ = await opened(caller, await caller.consent())
    page = await logged_in(caller, walk)
    location = await BANK.authorise(
        caller.sandbox, caller.link(await caller.consent()), "approve", ()
    )

    assert "нет права подписи" in page.text
    assert returned(location)["error"] == "access_denied"


async def test_a_person_of_two_companies_gives_both(caller: Caller) -> None:
    """One consent, a child for each company, and the header picks one."""
    other = open_company(caller.sandbox, country="RU", banks={"tochka": [{}]})
    person = caller.sandbox.world.customers_of(caller.company.id)[0]
    person.companies.append(other.id)
    theirs = caller.sandbox.world.accounts_of(other.id)
    live = await caller.connected(*caller.accounts, *theirs)
    listed = (await live.read("/open-banking/v1.0/customers"))["Customer"]
    codes = [one["customerCode"] for one in listed if one["customerType"] == "Business"]
    narrowed = await live.read("/open-banking/v1.0/accounts", CustomerCode=codes[1])
    same = await live.read("/open-banking/v1.0/accounts", **{"customer-code": codes[1]})
    wrong = await live.get("/open-banking/v1.0/accounts", CustomerCode="399999999")
    children = await live.read(f"/consent/v1.0/consents/{live.consent_id}/child")

    assert len(codes) == 2
    assert [one["accountId"][:20] for one in narrowed["Account"]] == [theirs[0].number]
    assert narrowed == same
    assert (wrong.status_code, wrong.json()["Errors"][0]["message"]) == (
        403,
        "Forbidden by consent",
    )
    assert [one["customerCode"] for one in children["Consent"]] == codes


async def test_a_yes_may_take_effect_later(caller: Caller) -> None:
    """Until then the consent still awaits, and data is a 403."""
    caller.behave(confirmation_minutes=15)
    live = await caller.connected()
    early = await live.get("/open-banking/v1.0/accounts")
    consent = (await live.read("/consent/v1.0/consents"))["Consent"][0]
    caller.sandbox.clock.advance(timedelta(minutes=15))
    later = await live.get("/open-banking/v1.0/accounts")

    assert (early.status_code, later.status_code) == (403, 200)
    assert consent["status"] == "AwaitingAuthorisation"
