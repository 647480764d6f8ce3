"""Customers and accounts, as the consent lets them be seen."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sandbox import numbers
from sandbox.clock import start_of_day
from sandbox.state import Sandbox
from sandbox.tochka import refusals, situations
from sandbox.tochka.grants import (
    Grant,
    account_of,
    accounts_of,
    grant_of,
    need,
)
from sandbox.tochka.store import BANK_ID
from sandbox.tochka.wire import (
    Answer,
    AnyRequest,
    account_id,
    answer,
    customer_code,
    whole_instant,
)
from sandbox.world import Account, Company

OPEN_BANKING = "/uapi/open-banking/v1.0"
# an accountId has a slash in it, and clients send it raw or as %2F
ONE_ACCOUNT = f"{OPEN_BANKING}/accounts/{{number:str}}/{{bic:str}}"
SUB_TYPES = {
    "settlement": "CurrentAccount",
    "transit": "Special",
    "deposit": "Savings",
    "card": "CreditCard",
    "loan": "Loan",
    "overdraft": "Loan",
    "budget": "Special",
}
STRANGER_INN, STRANGER_KPP = "7703399790", "770301001"


@get(f"{OPEN_BANKING}/customers")
async def customers(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """The companies of the grant, and the person who gave it."""
    grant = grant_of(sandbox, request)
    consent = need(sandbox, grant, "ReadCustomerData")
    rows = [row for company in grant.companies for row in _customers(sandbox, company)]
    person = sandbox.world.customer(consent.login) if consent.login else None
    if person is not None and sandbox.behaviour(BANK_ID).tochka.personal_customer:
        whole = {"customerType": "Personal", "isResident": True, "fullName": person.name}
        rows.append({"customerCode": customer_code(person.login), **whole})
    return answer(sandbox, request, {"Customer": rows})


@get(f"{OPEN_BANKING}/customers/{{code:str}}")
async def customer(
    request: AnyRequest, sandbox: NamedDependency[Sandbox], code: FromPath[str]
) -> Answer:
    """One company; any other code is not covered by the consent."""
    grant = grant_of(sandbox, request)
    need(sandbox, grant, "ReadCustomerData")
    rows = [row for company in grant.companies for row in _customers(sandbox, company)]
    found = next((row for row in rows if row["customerCode"] == code), None)
    if found is None:
        raise refusals.forbidden_by_consent(sandbox)
    return answer(sandbox, request, found)


@get(f"{OPEN_BANKING}/accounts")
async def accounts(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """The accounts of the grant, those of other kinds and closed ones too."""
    grant = grant_of(sandbox, request)
    need(sandbox, grant, "ReadAccountsBasic", "ReadAccountsDetail")
    rows = [_account(sandbox, one) for one in listed(sandbox, grant)]
    return answer(sandbox, request, {"Account": rows})


@get([ONE_ACCOUNT.removesuffix("/{bic:str}"), ONE_ACCOUNT])
async def account(
    request: AnyRequest, sandbox: NamedDependency[Sandbox], number: FromPath[str]
) -> Answer:
    """One account; an accountId without its BIC belongs to nobody."""
    grant = grant_of(sandbox, request)
    need(sandbox, grant, "ReadAccountsBasic", "ReadAccountsDetail")
    bic = request.path_params.get("bic", "")
    found = account_of(sandbox, grant, f"{number}/{bic}")
    if found not in listed(sandbox, grant):
        raise refusals.forbidden_by_consent(sandbox)
    return answer(sandbox, request, _account(sandbox, found))


def listed(sandbox: Sandbox, grant: Grant) -> list[Account]:
    """The accounts of the grant that the bank lists."""
    known = accounts_of(sandbox, grant)
    return [
        one for one in known if "ACCOUNT_NOT_FOUND" not in situations.true_of_account(sandbox, one)
    ]


def _customers(sandbox: Sandbox, company: Company) -> list[dict[str, object]]:
    """The company's row; where one of its accounts is another's, that other's row beside it."""
    held_states = situations.true_of_company(sandbox, company.id)
    row = _customer(company)
    if "ORGANISATION_DETAILS_MISMATCH" in held_states:
        row |= {"taxCode": STRANGER_INN, "kpp": STRANGER_KPP}
    if "ACCOUNT_OF_OTHER_ORGANISATION" not in held_states:
        return [row]
    other = {
        "customerCode": _stranger_code(company.id),
        "customerType": "Business",
        "isResident": True,
        "taxCode": STRANGER_INN,
        "fullName": 'Общество с ограниченной ответственностью "Чужой Берег"',
        "shortName": 'ООО "Чужой Берег"',
        "kpp": STRANGER_KPP,
    }
    return [row, other]


def _customer(company: Company) -> dict[str, object]:
    short = company.name.replace("«", '"').replace("»", '"')
    whole = short.replace("ООО ", "Общество с ограниченной ответственностью ", 1)
    row: dict[str, object] = {
        "customerCode": customer_code(company.id),
        "customerType": "Business",
        "isResident": True,
        "taxCode": company.inn,
        "fullName": whole.replace("ИП ", "Индивидуальный предприниматель ", 1),
        "shortName": short,
        "customerOgrn": company.ogrn,
    }
    if company.kpp:
        row["kpp"] = company.kpp
    return row


def _account(sandbox: Sandbox, account: Account) -> dict[str, object]:
    states = situations.true_of_account(sandbox, account)
    foreign = "ACCOUNT_OF_OTHER_ORGANISATION" in states
    credit_card = "ACCOUNT_KIND_NOT_SUPPORTED" in states
    status = "Disabled" if account.blocked else "Enabled"
    if is_closed(sandbox, account):
        status = "Deleted"
    changed = account.closed if status == "Deleted" and account.closed else account.opened
    row: dict[str, object] = {
        "customerCode": _stranger_code(account.company)
        if foreign
        else customer_code(account.company),
        "accountId": account_id(account),
        "status": status,
        "statusUpdateDateTime": whole_instant(start_of_day(changed, account.country)),
        "currency": account.currency,
        "accountType": "Business",
        "accountSubType": "CreditCard" if credit_card else SUB_TYPES[account.kind],
        "registrationDate": account.opened.isoformat(),
        "accountDetails": [
            {
                "schemeName": "RU.CBR.AccountNumber",
                "identification": account_id(account),
                "name": "Счёт в банке Точка",
            }
        ],
    }
    if account.currency != "RUB":
        row["transitAccount"] = _transit(account)
    if sandbox.behaviour(BANK_ID).unknown_fields:
        row["isArrested"] = account.blocked
    return row


def is_closed(sandbox: Sandbox, account: Account) -> bool:
    """Whether the account is closed by now, in truth or by order."""
    over = account.closed is not None and account.closed <= sandbox.today(account)
    return over or "ACCOUNT_CLOSED" in situations.true_of_account(sandbox, account)


def _transit(account: Account) -> str:
    """The transit twin of a currency account: its digits 10-13 are 0001, its key is right."""
    draft = f"{account.number[:9]}0001{account.number[13:]}"
    return next(
        made
        for key in "0123456789"
        if numbers.account_key_holds(made := draft[:8] + key + draft[9:], account.bic)
    )


def _stranger_code(company: str) -> str:
    return customer_code(f"not {company}")


ROUTES = (customers, customer, accounts, account)
