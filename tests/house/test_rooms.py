"""Who may import whom: the drawing in ARCHITECTURE.md, kept true."""

import re

import pytest

from tests.house.rooms import breaches
from tests.house.sources import ROOMS, ROOT, Module, modules, tracked

# The product reaches a bank by its addresses and cannot tell a real one from one that is not.
NOT_IN_THE_PRODUCT = re.compile(r"sandbox|fake|mock", re.IGNORECASE)

DOORS = [
    ("sandbox/world.py", "from schemas.account import Account"),
    ("sandbox/world.py", "import schemas"),
    ("sandbox/sber/routes.py", "from sandbox.tochka.refusals import gone"),
    ("sandbox/delivery.py", "from sandbox.sber import habits"),
    ("schemas/window.py", "from providers.contract import Grant"),
    ("schemas/window.py", "import httpx"),
    ("schemas/window.py", "from stdnum import luhn"),
    ("schemas/numbers/bic.py", "import litestar"),
    ("providers/sber/provider.py", "from providers.tochka.wire import Statement"),
    ("providers/sber/provider.py", "from ..tochka import wire"),
    ("providers/sber/provider.py", "from providers import BANKS"),
    ("providers/sber/provider.py", "from gateway.clock import Clock"),
    ("providers/sber/provider.py", "import sqlalchemy"),
    ("providers/oauth.py", "from providers.sber import wire"),
    ("gateway/app.py", "from providers.sber.provider import Sber"),
    ("gateway/app.py", "import providers.sber"),
    ("gateway/app.py", "from providers.refusals import Row"),
    ("gateway/app.py", "from providers.transport import _bounded"),
    ("gateway/app.py", "from sandbox.app import create_app"),
    ("gateway/api/accounts.py", "import sqlalchemy"),
    ("gateway/app.py", "from redis.asyncio import Redis"),
    ("gateway/app.py", "import pytest"),
    ("loadtests/limits.py", "from gateway.app import create_app"),
    ("loadtests/limits.py", "def late():\n    from providers import BANKS"),
    ("sandbox/app.py", "import importlib\nimportlib.import_module('schemas')"),
]

OPEN_DOORS = [
    ("schemas/numbers/iban.py", "from schwifty import IBAN"),
    ("providers/__init__.py", "from providers.sber import ENTRANCE"),
    ("providers/sber/provider.py", "from . import wire\nfrom ..contract import Grant"),
    ("providers/sber/provider.py", "from schemas.codes import Code"),
    ("gateway/app.py", "from providers import BANKS\nfrom providers.contract import Refused"),
    ("gateway/store/feed.py", "from sqlalchemy import select"),
    ("gateway/distributed.py", "import redis.asyncio"),
    ("sandbox/banks.py", "from sandbox.sber.bank import BANK"),
    ("loadtests/limits.py", "from loadtests.shapes import rows"),
]


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_keeps_to_its_doors(room: str) -> None:
    """A change stays in one room as long as the rooms know no more of each other than this."""
    found = [breach for module in modules(room) for breach in breaches(module)]

    assert found == [], "\n".join(found)


@pytest.mark.parametrize(("path", "source"), DOORS)
def test_the_plan_bites(path: str, source: str) -> None:
    """A guard that has never been seen to refuse guards nothing."""
    assert breaches(Module(path, source)) != []


@pytest.mark.parametrize(("path", "source"), OPEN_DOORS)
def test_the_plan_lets_pass_what_it_names(path: str, source: str) -> None:
    """A guard that refuses everything would be switched off within a week."""
    assert breaches(Module(path, source)) == []


def test_the_product_does_not_know_that_a_bank_may_be_invented() -> None:
    """What works here must work there with only hosts, certificates and credentials changed."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in tracked()
        if path.relative_to(ROOT).parts[0] in {"gateway", "providers"}
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if NOT_IN_THE_PRODUCT.search(line) or NOT_IN_THE_PRODUCT.search(path.name)
    ]

    assert found == [], "\n".join(found)
