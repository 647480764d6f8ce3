"""The pages a person clicks through: sign in, choose the organisation, sign the offer."""

from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from sandbox.sber import offer, walk
from sandbox.sber.books import Books, Walk
from sandbox.sber.looks import form, page, ticks
from sandbox.sber.refusals import HTML, Refusal
from sandbox.sber.situations import BANK
from sandbox.state import Sandbox
from sandbox.world import Company, Customer

Call = Request[Any, Any, Any]
PAGES = "/ic/sso/pages"


@get(
    [
        "/ic/sso/api/v1/oauth/authorize",
        "/ic/sso/api/v2/oauth/authorize",
        "/ic/sbbid/api/{version:str}/oauth/authorize",
    ]
)
async def authorize(sandbox: NamedDependency[Sandbox], request: Call) -> Response[bytes]:
    """Where a partner sends its customer: the sign-in page, or an error back."""
    try:
        begun = walk.begun(sandbox, dict(request.query_params.items()))
    except Refusal as refusal:
        return refusal.response()
    ticket = sandbox.token()
    sandbox.store(Books).walks[ticket] = begun
    return _sign_in(sandbox, ticket)


@post(f"{PAGES}/sign-in", status_code=200)
async def sign_in(sandbox: NamedDependency[Sandbox], request: Call) -> Response[bytes]:
    """Login and password; then the organisation, where there are several."""
    fields = await fields_of(request)
    ticket, way = _way(sandbox, fields)
    if way is None:
        return _lost()
    user = walk.signed_in(sandbox, one(fields, "login"), one(fields, "password"))
    if user is None:
        return _sign_in(sandbox, ticket, "Неверный логин или пароль.")
    if user.blocked:
        return _dead_end("Пользователь заблокирован", "Обратитесь в отделение банка.")
    way.login = user.login
    companies = walk.companies_here(sandbox, user)
    if not companies:
        words = "У вас нет организаций, обслуживаемых в СберБизнес."
        return _dead_end("Нет доступных организаций", words)
    if len(companies) > 1:
        return _organisations(sandbox, ticket, companies)
    return _entered(sandbox, ticket, way, user, companies[0])


@post(f"{PAGES}/organisation", status_code=200)
async def organisation(sandbox: NamedDependency[Sandbox], request: Call) -> Response[bytes]:
    """One of the organisations that the customer acts for."""
    fields = await fields_of(request)
    ticket, way = _way(sandbox, fields)
    user = sandbox.world.customer(way.login) if way is not None else None
    if way is None or user is None:
        return _lost()
    companies = walk.companies_here(sandbox, user)
    named = one(fields, "company")
    chosen = next((company for company in companies if company.id == named), None)
    if chosen is None:
        return _organisations(sandbox, ticket, companies)
    return _entered(sandbox, ticket, way, user, chosen)


@post(f"{PAGES}/offer", status_code=200)
async def offer_page(sandbox: NamedDependency[Sandbox], request: Call) -> Response[bytes]:
    """Sign, refuse, go back, go on under the old offer, or revoke it and choose again."""
    fields = await fields_of(request)
    ticket, way = _way(sandbox, fields)
    if way is None or not way.company:
        return _lost()
    decision = one(fields, "decision")
    if decision == "refuse":
        return _sent(sandbox, ticket, walk.refused(way))
    if decision == "back":
        return _sent(sandbox, ticket, walk.turned_away(way))
    standing = offer.standing(sandbox, way.client_id, way.company)
    if decision == "go_on" and standing is not None:
        return _sent(sandbox, ticket, walk.gone_on(sandbox, way))
    if decision == "revoke":
        if standing is not None:
            standing.revoked_at = sandbox.now
        return _offer(sandbox, ticket, way)
    return _signing(sandbox, ticket, way, fields.get("account", ()))


def _signing(sandbox: Sandbox, ticket: str, way: Walk, ticked: Sequence[str]) -> Response[bytes]:
    """The yes of the customer, unless the page was ordered to do something else."""
    user = sandbox.world.customer(way.login)
    may = [account.key for account in offer.suitable(sandbox, way.company)]
    named = [key for key in ticked if key in may]
    if not named:
        return _offer(sandbox, ticket, way, "Отметьте хотя бы один счет.")
    ordered = walk.ordered_at_the_page(sandbox, way)
    if ordered == "AUTHORISATION_DECLINED":
        return _sent(sandbox, ticket, walk.refused(way))
    if ordered == "BANK_CONFIRMATION_PENDING":
        words = "Подключение услуги займет 15–30 минут. Вы можете закрыть страницу."
        return _dead_end("Заявка принята", words)
    if ordered == "NO_SIGNING_RIGHT" or user is None or not user.may_sign:
        return _no_right(sandbox, ticket)
    return _sent(sandbox, ticket, walk.signed(sandbox, way, named))


def _entered(
    sandbox: Sandbox, ticket: str, way: Walk, user: Customer, company: Company
) -> Response[bytes]:
    """Signed in for an organisation: on to its offer, or straight back to the partner."""
    way.company = company.id
    if not offer.needs_offer(sandbox):
        return _sent(sandbox, ticket, walk.gone_on(sandbox, way))
    standing = offer.standing(sandbox, way.client_id, way.company)
    if standing is not None:
        return _signed_before(sandbox, ticket, way, standing.accounts)
    if not user.may_sign:
        return _no_right(sandbox, ticket)
    return _offer(sandbox, ticket, way)


def _sign_in(sandbox: Sandbox, ticket: str, problem: str = "") -> Response[bytes]:
    action = sandbox.url(BANK, f"{PAGES}/sign-in")
    return html(sign_in_form(action, ticket=ticket, problem=problem))


def sign_in_form(action: str, *, ticket: str, problem: str = "") -> str:
    """The page that asks for login and password and posts them there."""
    inside = (
        '<label for="login">Логин</label>'
        '<input id="login" name="login" type="email" autocomplete="username" required autofocus>'
        '<label for="password">Пароль</label>'
        '<input id="password" name="password" type="password"'
        ' autocomplete="current-password" required>'
        '<button type="submit">Войти</button>'
    )
    return page("Вход в СберБизнес", form(action, ticket, inside), problem)


def _organisations(sandbox: Sandbox, ticket: str, companies: Sequence[Company]) -> Response[bytes]:
    rows = [
        (company.id, f"{company.name}, ИНН {company.inn}", place == 0)
        for place, company in enumerate(companies)
    ]
    inside = ticks("Организация", "company", rows, kind="radio")
    inside += '<button type="submit">Продолжить</button>'
    action = sandbox.url(BANK, f"{PAGES}/organisation")
    return html(page("Выберите организацию", form(action, ticket, inside)))


def _offer(sandbox: Sandbox, ticket: str, way: Walk, problem: str = "") -> Response[bytes]:
    company = sandbox.world.companies[way.company]
    accounts = offer.suitable(sandbox, way.company)
    if not accounts:
        words = "У организации нет счетов, доступных для подключения."
        return _dead_end("Нет доступных счетов", words)
    rows = [
        (account.key, f"{account.number} ({account.currency}), {account.name}", False)
        for account in accounts
    ]
    inside = (
        f"<p>{escape(company.name)}, ИНН {escape(company.inn)}</p>"
        f"<p>Сервис «{escape(way.client_id)}» просит доступ к выпискам по счетам организации."
        " Доступ получит только к отмеченным счетам.</p>"
        + ticks("Счета, к которым предоставляется доступ", "account", rows, kind="checkbox")
        + '<button type="submit" name="decision" value="sign">Подписать оферту</button>'
        '<button type="submit" name="decision" value="refuse" class="second">Отказаться</button>'
    )
    action = sandbox.url(BANK, f"{PAGES}/offer")
    return html(page("Оферта на передачу данных", form(action, ticket, inside), problem))


def _signed_before(
    sandbox: Sandbox, ticket: str, way: Walk, accounts: Sequence[str]
) -> Response[bytes]:
    listed = "".join(f"<li>{escape(number)}</li>" for number in accounts)
    inside = (
        f"<p>Сервису «{escape(way.client_id)}» доступны счета:</p><ul>{listed}</ul>"
        "<p>Изменить список нельзя: отзовите оферту и подпишите ее заново.</p>"
        '<button type="submit" name="decision" value="go_on">Продолжить</button>'
        '<button type="submit" name="decision" value="revoke" class="second">'
        "Отозвать и подписать заново</button>"
    )
    action = sandbox.url(BANK, f"{PAGES}/offer")
    return html(page("Оферта уже подписана", form(action, ticket, inside)))


def _no_right(sandbox: Sandbox, ticket: str) -> Response[bytes]:
    inside = (
        "<p>Подписать оферту может только руководитель или представитель с правом подписи.</p>"
        '<button type="submit" name="decision" value="back">Вернуться в сервис</button>'
    )
    action = sandbox.url(BANK, f"{PAGES}/offer")
    return html(page("Недостаточно прав", form(action, ticket, inside)))


def _dead_end(title: str, words: str) -> Response[bytes]:
    return html(page(title, f"<p>{escape(words)}</p>"))


def _lost() -> Response[bytes]:
    words = "<p>Вернитесь в сервис и начните подключение заново.</p>"
    return html(page("Сессия истекла", words), 400)


def _sent(sandbox: Sandbox, ticket: str, location: str) -> Response[bytes]:
    sandbox.store(Books).walks.pop(ticket, None)
    return Response(content=b"", status_code=302, headers={"Location": location})


def html(text: str, status: int = 200) -> Response[bytes]:
    """A page as an answer, kept by nobody."""
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response(content=text.encode(), status_code=status, media_type=HTML, headers=headers)


def _way(sandbox: Sandbox, fields: dict[str, list[str]]) -> tuple[str, Walk | None]:
    ticket = one(fields, "ticket")
    return ticket, sandbox.store(Books).walks.get(ticket)


async def fields_of(request: Call) -> dict[str, list[str]]:
    """The fields of a posted form; a name may have several values."""
    fields: dict[str, list[str]] = {}
    body = (await request.body()).decode("utf-8", "replace")
    for name, value in parse_qsl(body, keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return fields


def one(fields: dict[str, list[str]], name: str) -> str:
    """The first value of a field, empty when it is not there."""
    return fields.get(name, [""])[0]


ROUTES = (authorize, sign_in, organisation, offer_page)
