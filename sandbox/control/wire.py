"""What the control plane reads and answers: JSON with the culprit named."""

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from sandbox.bank import Rejected
from sandbox.state import Sandbox
from sandbox.world import Account, Company

T = TypeVar("T")
DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
AnyRequest = Request[Any, Any, Any]


def answer(content: object, status: int = 200) -> Response[bytes]:
    """JSON, Decimal as text and instants in RFC 3339."""
    return Response(
        content=msgspec.json.encode(content),
        status_code=status,
        media_type="application/json; charset=utf-8",
    )


async def read(request: AnyRequest, kind: type[T]) -> T:
    """The body as that type; an empty body is `{}`. Rejected names the field that does not fit."""
    body = await request.body() or b"{}"
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise unfit(error) from error
    except msgspec.DecodeError as error:
        raise Rejected("body", f"The body is not JSON: {error}", 400) from error


def unfit(error: msgspec.ValidationError) -> Rejected:
    """The field and the sentence out of msgspec's words."""
    sentence, _, place = str(error).partition(" - at `")
    named = re.search(r"field `([^`]+)`", sentence)
    field = place.removesuffix("`").removeprefix("$").lstrip(".")
    if named:
        field = f"{field}.{named[1]}".lstrip(".")
    return Rejected(field or "body", sentence)


def duration(text: str, field: str) -> timedelta:
    """An ISO 8601 duration of weeks, days, hours, minutes and seconds."""
    match = DURATION.fullmatch(text)
    parts = {name: float(n) for name, n in (match.groupdict() if match else {}).items() if n}
    if not parts:
        raise Rejected(field, f"{text!r} is no ISO 8601 duration such as PT30M or P180D.")
    try:
        return timedelta(**parts)
    except OverflowError as error:
        raise Rejected(field, f"{text} is longer than any clock runs.") from error


def refusal(_: AnyRequest, error: Rejected) -> Response[bytes]:
    """What a Rejected looks like on the wire."""
    body = {"status": error.status, "field": error.field, "detail": error.sentence}
    return answer(body, error.status)


def unrouted(_: AnyRequest, error: HTTPException) -> Response[bytes]:
    """No such call here, or not with this method."""
    return answer(
        {"status": error.status_code, "field": "path", "detail": error.detail}, error.status_code
    )


def account_named(sandbox: Sandbox, key: str) -> Account:
    """The account with this number or IBAN, or a 404 that says so."""
    account = sandbox.world.account(key)
    if account is None:
        raise Rejected("account", f"There is no account {key}.", 404)
    return account


def company_named(sandbox: Sandbox, key: str) -> Company:
    """The company with this id, INN or ICO, or a 404 that says so."""
    companies = sandbox.world.companies
    found = companies.get(key) or next(
        (known for known in companies.values() if key in (known.inn, known.ico) and key), None
    )
    if found is None:
        raise Rejected("company", f"There is no company {key}.", 404)
    return found


def money(amount: Decimal) -> str:
    """Two decimals, as text."""
    return f"{amount:.2f}"


def account_shape(account: Account) -> dict[str, str]:
    """An account as every call answers it."""
    return {
        "bank": account.bank,
        "number": account.number,
        "bic": account.bic,
        "iban": account.iban,
        "currency": account.currency,
        "kind": account.kind,
    }


def company_shape(sandbox: Sandbox, company: Company) -> Mapping[str, object]:
    """A company as every call answers it; `login` is the first person who acts for it."""
    people = sandbox.world.customers_of(company.id)
    return {
        "id": company.id,
        "name": company.name,
        "inn": company.inn or None,
        "kpp": company.kpp or None,
        "ico": company.ico or None,
        "login": people[0].login if people else None,
        "accounts": [account_shape(account) for account in sandbox.world.accounts_of(company.id)],
    }
