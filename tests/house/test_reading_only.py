"""Nothing here can move money: no path, no scope and no permission for it is even spelt."""

import re
from collections.abc import Iterator

import pytest

from tests.house.sources import Module, modules, texts

# Paths of the banks' interfaces under which payments are made, and words that ask leave for it.
PATHS = re.compile(
    r"/[\w.-]*(?:payments?|transfers?|payouts?|payroll|salary|direct-debits?|standing-orders?|"
    r"crypto|sbp)(?:[/?{]|$)",
    re.IGNORECASE,
)
LEAVE = re.compile(
    r"\b(?:PREMIUM_)?PIS(?:_CANC)?\b|\bPISP\w*|\bPIIS\b|\bCreatePayment\w*|\bPAY_DOC\w*|"
    r"\bPAYROLL\w*|\bSALARY\w*|\bEdit[A-Z]\w+|\bMake[A-Z]\w*Payment\w*|\bTATRAPAY\w*|"
    r"\bpayment-initiation\b"
)
LEAVE_WORDS = frozenset({"payments", "sbp", "acquiring", "cards", "special"})


def reaching(module: Module) -> Iterator[str]:
    """Every text that asks a bank for more than reading."""
    for node, text in texts(module.tree):
        words = text.split()
        in_scope = len(words) > 1 and "accounts" in words and LEAVE_WORDS & set(words)
        if PATHS.search(text) or LEAVE.search(text) or in_scope:
            yield f"{module.at(node)}: {text[:80]!r}"


def test_no_bank_is_asked_for_more_than_reading() -> None:
    """A stolen token of ours must be worth nothing to a thief."""
    found = [each for module in modules("providers", "gateway") for each in reaching(module)]

    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "/v1/payments",
        "/uapi/payment/v1.0/for-sign/{id}",
        "PREMIUM_PIS",
        "AISP PISP",
        "CreatePaymentForSign",
        "PAY_DOC_RU",
        "accounts balances customers statements sbp payments",
    ],
)
def test_asking_for_more_is_seen(text: str) -> None:
    """Each of these words opens a payment at one of the banks."""
    assert list(reaching(Module("providers/sber/provider.py", f"x = {text!r}"))) != []


@pytest.mark.parametrize(
    "text",
    ["payment_order", "paymentId", "/v2/statement/transactions", "accounts statements", "AISP"],
)
def test_reading_is_let_pass(text: str) -> None:
    """Statements speak of payments all the time."""
    assert list(reaching(Module("providers/sber/provider.py", f"x = {text!r}"))) == []
