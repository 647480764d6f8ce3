"""The bank's own sandbox under /sandbox/v2: constant answers, whatever is asked."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency

from sandbox.state import Sandbox
from sandbox.tochka import refusals
from sandbox.tochka.wire import Answer, AnyRequest, answer

BASE = "/sandbox/v2/open-banking/v1.0"
TOKENS = ("sandbox.jwt.token", "working_token")
CUSTOMER_CODE = "1234567ab"
ACCOUNT_ID = "12345123451234512345/044525104"
AT = "2019-01-01T06:06:06.364000+00:00"
CUSTOMER = {
    "customerCode": CUSTOMER_CODE,
    "customerType": "Business",
    "isResident": True,
    "taxCode": "660000000000",
    "fullName": "Индивидуальный Предприниматель Тест",
    "shortName": "ИП Тест",
    "customerOgrn": "319665800211661",
}
ACCOUNT = {
    "customerCode": CUSTOMER_CODE,
    "accountId": ACCOUNT_ID,
    "status": "Enabled",
    "statusUpdateDateTime": "2019-01-01T06:06:06+00:00",
    "currency": "RUB",
    "accountType": "Business",
    "accountSubType": "CurrentAccount",
    "registrationDate": "2019-01-01",
    "accountDetails": [
        {
            "schemeName": "RU.CBR.AccountNumber",
            "identification": ACCOUNT_ID,
            "name": "Счёт в банке Точка",
        }
    ],
}
BALANCES = [
    {
        "accountId": ACCOUNT_ID,
        "creditDebitIndicator": "Debit",
        "type": kind,
        "dateTime": AT,
        "Amount": {"amount": amount, "currency": "RUB"},
    }
    for kind, amount in (("OpeningAvailable", 1500), ("ClosingAvailable", 1400), ("Expected", 100))
]
ORDERED = {
    "accountId": ACCOUNT_ID,
    "statementId": "23489",
    "status": "Created",
    "startDateTime": "2019-01-01",
    "endDateTime": "2019-01-31",
    "creationDateTime": AT,
}
READY = {
    **ORDERED,
    "status": "Ready",
    "startDateBalance": 1000,
    "endDateBalance": 1500,
    "Transaction": [
        {
            "transactionId": "23489;1",
            "paymentId": "abcd-11234",
            "creditDebitIndicator": "Credit",
            "status": "Booked",
            "documentNumber": "123456",
            "transactionTypeCode": "Платежное поручение",
            "documentProcessDate": "2019-01-10",
            "description": "Оплата по договору 1",
            "Amount": {"amount": 500, "amountNat": 500, "currency": "RUB"},
            "DebtorParty": {"inn": "660000000000", "name": "ИП Тест", "kpp": "0"},
            "DebtorAccount": {
                "schemeName": "RU.CBR.PAN",
                "identification": "40802810500000000001",
            },
            "DebtorAgent": {
                "schemeName": "RU.CBR.BIK",
                "identification": "044525225",
                "accountIdentification": "30101810400000000225",
                "name": "ПАО СБЕРБАНК",
            },
        }
    ],
}


@get([f"{BASE}/customers", f"{BASE}/customers/{{code:str}}"])
async def customers(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """The one customer, in a list or alone."""
    alone = "code" in request.path_params
    return _told(request, sandbox, CUSTOMER if alone else {"Customer": [CUSTOMER]})


@get([f"{BASE}/accounts", f"{BASE}/accounts/{{number:str}}/{{bic:str}}"])
async def accounts(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """The one account, in a list or alone."""
    alone = "bic" in request.path_params
    return _told(request, sandbox, ACCOUNT if alone else {"Account": [ACCOUNT]})


@get([f"{BASE}/balances", f"{BASE}/accounts/{{number:str}}/{{bic:str}}/balances"])
async def balances(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """Its balances."""
    return _told(request, sandbox, {"Balance": BALANCES})


@get(f"{BASE}/accounts/{{number:str}}/{{bic:str}}/authorized-card-transactions")
async def card_holds(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """No card operations."""
    return _told(request, sandbox, {"Transactions": []})


@post(f"{BASE}/statements")
async def order(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """Always the same order."""
    return _told(request, sandbox, {"Statement": ORDERED})


@get([f"{BASE}/statements", f"{BASE}/accounts/{{number:str}}/{{bic:str}}/statements/{{known:str}}"])
async def statements(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Answer:
    """Always the same statement, ready."""
    return _told(request, sandbox, {"Statement": [READY]})


def _told(request: AnyRequest, sandbox: Sandbox, content: dict[str, Any]) -> Answer:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token.strip() not in TOKENS:
        raise refusals.forbidden_by_consent(sandbox)
    return answer(sandbox, request, content)


ROUTES = (customers, accounts, balances, card_holds, order, statements)
