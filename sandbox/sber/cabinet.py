"""The customer's own pages: "Управление сервисами", where a signed offer is revoked."""

from html import escape

from litestar import Response, get, post
from litestar.di import NamedDependency

from sandbox.sber import offer, walk
from sandbox.sber.books import Books, Offer
from sandbox.sber.looks import form, page
from sandbox.sber.pages import PAGES, Call, fields_of, html, one, sign_in_form
from sandbox.sber.situations import BANK
from sandbox.state import Sandbox
from sandbox.world import Customer

PATH = f"{PAGES}/services"


@get(PATH)
async def services_entrance(sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """Sign in to the list of connected services."""
    return html(sign_in_form(sandbox.url(BANK, PATH), ticket=""))


@post(PATH, status_code=200)
async def services(sandbox: NamedDependency[Sandbox], request: Call) -> Response[bytes]:
    """The connected services with their accounts; revokes the one whose button was pressed."""
    fields = await fields_of(request)
    ticket = one(fields, "ticket")
    login = sandbox.store(Books).cabinets.get(ticket, "")
    user = sandbox.world.customer(login)
    if user is None:
        user = walk.signed_in(sandbox, one(fields, "login"), one(fields, "password"))
        if user is None or user.blocked:
            action, problem = sandbox.url(BANK, PATH), "Неверный логин или пароль."
            return html(sign_in_form(action, ticket="", problem=problem))
        ticket = sandbox.token()
        sandbox.store(Books).cabinets[ticket] = user.login
    pressed = offer.connected(sandbox, user).get(one(fields, "revoke"))
    if pressed is not None:
        pressed.revoked_at = sandbox.now
    return html(_list(sandbox, ticket, user))


def _list(sandbox: Sandbox, ticket: str, user: Customer) -> str:
    connected = offer.connected(sandbox, user)
    shown = "".join(_service(sandbox, key, kept) for key, kept in connected.items())
    inside = form(sandbox.url(BANK, PATH), ticket, shown) if shown else "<p>Сервисов нет.</p>"
    return page("Подключенные сервисы", inside)


def _service(sandbox: Sandbox, key: str, kept: Offer) -> str:
    client, _, company = key.partition("|")
    accounts = "".join(f"<li>{escape(number)}</li>" for number in kept.accounts)
    name = sandbox.world.companies[company].name
    return (
        f"<h2>{escape(client)}</h2><p>{escape(name)}, оферта до {kept.expires_at:%d.%m.%Y}."
        f" Доступные счета:</p><ul>{accounts}</ul>"
        f'<button type="submit" name="revoke" value="{escape(key)}">Отозвать оферту</button>'
    )


ROUTES = (services_entrance, services)
