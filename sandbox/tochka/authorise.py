"""The way from /connect/authorize back to the application, by pages or without a browser."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from litestar import Response, get, post
from litestar.di import NamedDependency

from sandbox.bank import Decision, Rejected
from sandbox.state import Sandbox
from sandbox.tochka import pages, situations
from sandbox.tochka.store import BANK_ID, AuthorisationCode, Books, Consent, Walk
from sandbox.tochka.wire import Answer, AnyRequest, form, form_fields
from sandbox.world import Account, Company, Customer

PATH = "/connect/authorize"
CODE_MINUTES = 5
DENIED = "access_denied"


class DeadEnd(Exception):  # noqa: N818 - it is a page for the customer, not a failure
    """The link cannot be followed; the sentence is for the customer."""


@get(PATH)
async def authorise_page(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """Where the application sends its customer."""
    try:
        walk = _begun(sandbox, dict(request.query_params.items()))
    except DeadEnd as dead_end:
        return pages.dead_end(str(dead_end))
    location = f"authorize/{walk.id}"
    return Response(content=b"", status_code=302, headers={"location": location})


@get(f"{PATH}/{{walk_id:str}}")
async def login_page(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """The first page of a walk that has begun."""
    walk = sandbox.store(Books).walks.get(request.path_params["walk_id"])
    if walk is None:
        return pages.dead_end("Время входа истекло. Начните подключение заново.")
    return pages.login(walk.id, _consent(sandbox, walk).application)


@post(f"{PATH}/login")
async def log_in(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """E-mail and password; then what to allow, or why not."""
    fields = await form(request)
    walk = sandbox.store(Books).walks.get(fields.get("walk", ""))
    if walk is None:
        return pages.dead_end("Время входа истекло. Начните подключение заново.")
    consent = _consent(sandbox, walk)
    person = sandbox.world.customer(fields.get("login", ""))
    if person is None or person.password != fields.get("password"):
        return pages.login(walk.id, consent.application, "Неверная почта или пароль")
    if person.blocked:
        return pages.login(walk.id, consent.application, "Вход заблокирован. Обратитесь в банк")
    walk.login = person.login
    if not person.may_sign:
        return pages.not_allowed(walk.id, consent.application)
    choices = _choices(sandbox, person)
    if not choices:
        return pages.login(walk.id, consent.application, "У вас нет счетов в Точке")
    return pages.access(walk.id, consent, choices)


@post(f"{PATH}/decision")
async def decide(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """Allow or refuse: back to the application."""
    fields = await form_fields(request)
    single = dict(fields)
    walk = sandbox.store(Books).walks.get(single.get("walk", ""))
    if walk is None:
        return pages.dead_end("Время входа истекло. Начните подключение заново.")
    consent, person = _consent(sandbox, walk), sandbox.world.customer(walk.login)
    if single.get("decision") != "allow" or person is None or not person.may_sign:
        return _back(_refused(sandbox, walk))
    ticked = {value for name, value in fields if name == "account"}
    choices = _choices(sandbox, person)
    accounts = [one for _, of in choices for one in of if one.number in ticked]
    if not accounts:
        return pages.access(walk.id, consent, choices, "Выберите хотя бы один счёт")
    rights = {value for name, value in fields if name == "right"}
    kept = {
        word
        for place, (_, behind) in enumerate(pages.GROUPS)
        if str(place) in rights
        for word in behind
    }
    days = single.get("days", "")
    return _back(
        _agreed(
            sandbox,
            walk,
            person,
            accounts,
            kept=kept,
            days=int(days) if days.isdecimal() else None,
        )
    )


async def authorise(
    sandbox: Sandbox, url: str, decision: Decision, accounts: Sequence[str]
) -> str | None:
    """The same walk without a browser; all rights are left as asked, the term too."""
    parts = urlsplit(url)
    if not parts.path.endswith(PATH):
        raise Rejected("url", f"Customers are sent to …{PATH}, not to {parts.path}.")
    try:
        walk = _begun(sandbox, dict(parse_qsl(parts.query)))
    except DeadEnd as dead_end:
        raise Rejected("url", str(dead_end)) from dead_end
    if decision == "abandon":
        return None
    if decision == "refuse":
        return _refused(sandbox, walk)
    person, chosen = _chosen(sandbox, accounts)
    walk.login = person.login
    if not person.may_sign:
        return _refused(sandbox, walk)
    if person.blocked:
        raise Rejected("accounts", f"{person.login} is blocked and cannot log in.")
    kept = set(_consent(sandbox, walk).permissions)
    return _agreed(sandbox, walk, person, chosen, kept=kept, days=None)


def _begun(sandbox: Sandbox, asked: Mapping[str, str]) -> Walk:
    books = sandbox.store(Books)
    client = books.clients.get(asked.get("client_id", ""))
    if client is None:
        raise DeadEnd("Приложение не зарегистрировано в банке.")
    redirect = urlsplit(asked.get("redirect_uri", ""))
    if redirect.scheme not in ("http", "https") or not redirect.netloc:
        raise DeadEnd("Адрес возврата не указан или указан неверно.")
    words = asked.get("response_type", "").split()
    if "code" not in words:
        raise DeadEnd("Неподдерживаемый response_type.")
    consent = books.consents.get(asked.get("consent_id", ""))
    if consent is None or consent.client_id != client.id:
        raise DeadEnd("Запрос разрешения не найден.")
    if consent.status != "AwaitingAuthorisation":
        raise DeadEnd("Этот запрос разрешения уже обработан.")
    walk = Walk(
        id=sandbox.token(24),
        client_id=client.id,
        consent_id=consent.id,
        redirect_uri=asked["redirect_uri"],
        state=asked.get("state"),
        with_token_id="id_token" in words,
    )
    books.walks[walk.id] = walk
    return walk


def _refused(sandbox: Sandbox, walk: Walk) -> str:
    consent = _consent(sandbox, walk)
    consent.status = "Rejected"
    consent.updated_at = sandbox.now
    return _denied(sandbox, walk)


def _agreed(
    sandbox: Sandbox,
    walk: Walk,
    person: Customer,
    accounts: Sequence[Account],
    *,
    kept: set[str],
    days: int | None,
) -> str:
    """The consent is given for the companies of these accounts; a code goes back."""
    companies = list(dict.fromkeys(account.company for account in accounts))
    if _declined(sandbox, companies, accounts):
        return _refused(sandbox, walk)
    books, consent, now = sandbox.store(Books), _consent(sandbox, walk), sandbox.now
    habits = sandbox.behaviour(BANK_ID)
    for company in companies:
        if books.consents_of.get(company):
            situations.cured(sandbox, company)
        books.consents_of.setdefault(company, []).append(consent.id)
    consent.status = "Authorised"
    consent.updated_at = now
    consent.login = person.login
    consent.companies = companies
    consent.accounts = [account.number for account in accounts]
    consent.permissions = [word for word in consent.permissions if word in kept]
    consent.children = {company: sandbox.uuid() for company in companies}
    consent.works_from = now + timedelta(minutes=habits.confirmation_minutes)
    term = days or habits.consent_days
    if term:
        consent.expires_at = now + timedelta(days=term)
    code = sandbox.token(32)
    books.codes[code] = AuthorisationCode(
        client_id=walk.client_id,
        consent_id=consent.id,
        redirect_uri=walk.redirect_uri,
        state=walk.state,
        expires_at=now + timedelta(minutes=habits.code_minutes or CODE_MINUTES),
    )
    extra = {"token_id": sandbox.token(32)} if walk.with_token_id else {}
    return _location(sandbox, walk, {"code": code, **extra})


def _declined(sandbox: Sandbox, companies: Sequence[str], accounts: Sequence[Account]) -> bool:
    can = {"AUTHORISATION_DECLINED"}
    places = [(company, None) for company in companies]
    keys = [(account.company, account.key) for account in accounts]
    return any(
        sandbox.injected(BANK_ID, company=company, account=key, can=can)
        for company, key in (*places, *keys)
    )


def _denied(sandbox: Sandbox, walk: Walk) -> str:
    words = "The resource owner denied the request"
    return _location(sandbox, walk, {"error": DENIED, "error_description": words})


def _location(sandbox: Sandbox, walk: Walk, told: Mapping[str, str]) -> str:
    """The way back; the walk is over with it."""
    sandbox.store(Books).walks.pop(walk.id, None)
    state = {} if walk.state is None else {"state": walk.state}
    joint = "&" if urlsplit(walk.redirect_uri).query else "?"
    return f"{walk.redirect_uri}{joint}{urlencode({**told, **state})}"


def _back(location: str) -> Answer:
    return Response(content=b"", status_code=302, headers={"location": location})


def _consent(sandbox: Sandbox, walk: Walk) -> Consent:
    return sandbox.store(Books).consents[walk.consent_id]


def _choices(sandbox: Sandbox, person: Customer) -> list[tuple[Company, list[Account]]]:
    found = [
        (sandbox.world.companies[company], sandbox.world.accounts_of(company, BANK_ID))
        for company in person.companies
    ]
    return [choice for choice in found if choice[1]]


def _chosen(sandbox: Sandbox, wanted: Sequence[str]) -> tuple[Customer, list[Account]]:
    """A person and the accounts; none named: of a company not yet connected, else the first."""
    accounts = [_named(sandbox, key) for key in wanted]
    if not accounts:
        connected = sandbox.store(Books).consents_of
        here = (one for one in sandbox.world.accounts.values() if one.bank == BANK_ID)
        companies = [account.company for account in here]
        new = [company for company in companies if company not in connected]
        if not companies:
            raise Rejected("accounts", "Nobody has an account at Tochka.")
        accounts = sandbox.world.accounts_of((new or companies)[0], BANK_ID)
    people = sandbox.world.customers_of(accounts[0].company)
    if not people:
        raise Rejected("accounts", "Nobody acts for the owner of these accounts.")
    theirs = [account for account in accounts if account.company in people[0].companies]
    return people[0], theirs


def _named(sandbox: Sandbox, key: str) -> Account:
    account = sandbox.world.account(key.partition("/")[0])
    if account is None or account.bank != BANK_ID:
        raise Rejected("accounts", f"There is no account {key} at Tochka.")
    return account


ROUTES = (authorise_page, login_page, log_in, decide)
