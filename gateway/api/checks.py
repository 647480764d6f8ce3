"""Slips in the details, found before any bank is asked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from litestar import Response, post
from litestar.di import NamedDependency
from msgspec import Meta, Struct

from gateway.api.answering import answer
from gateway.api.asking import AnyRequest, body, language_for
from gateway.api.operations import operation
from gateway.checks import Details, Finding, Lookups, check
from gateway.problems import ProblemError, problem
from gateway.product import OpenBank, Product
from gateway.sync.plan import bank_day
from schemas.codes import Code
from schemas.problem import Problem

TAG = "Checks"

Number = Annotated[str, Meta(max_length=64)]


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the customer typed."""

    bank: Number
    account_number: Number | None = None
    bic: Number | None = None
    iban: Number | None = None
    inn: Number | None = None
    kpp: Number | None = None
    history_from: date | None = None


class History(Struct, frozen=True, kw_only=True):
    """How far back the bank goes and how long the asked period takes to come; `eta` as ISO 8601."""

    earliest: date | None
    windows: int
    eta: timedelta
    advice_code: Code | None


class Checked(Struct, frozen=True, kw_only=True):
    """What was found; `account_kind` is what the number itself says."""

    ok: bool
    findings: list[Problem]
    account_kind: str | None
    history: History


def opened(product: Product, bank: str) -> OpenBank:
    """The bank that a body names.

    Raises:
        ProblemError: BANK_NOT_SUPPORTED.
    """
    found = product.banks.get(bank)
    if found is None:
        raise ProblemError(
            Code.BANK_NOT_SUPPORTED,
            field="bank",
            evidence={"value": bank, "known": list(product.banks)},
        )
    return found


def findings(product: Product, bank: OpenBank, details: Details) -> tuple[Finding, ...]:
    """What is wrong about details, by the bank's own date."""
    today = bank_day(bank.bank, product.clock.now())
    return check(bank.bank, details, today, lookups(product)).findings


def lookups(product: Product) -> Lookups:
    """Where the checks look names up."""
    return Lookups(tuple(each.bank for each in product.banks.values()))


@post(
    "/checks",
    status_code=200,
    opt=operation(
        "Check details before connecting",
        TAG,
        body=Wanted,
        answer=Checked,
        codes=(Code.BANK_NOT_SUPPORTED,),
    ),
)
async def made(product: NamedDependency[Product], request: AnyRequest) -> Response[bytes]:
    """Every slip at once, and how long the history will take."""
    wanted = await body(request, Wanted)
    bank = opened(product, wanted.bank).bank
    details = Details(
        account_number=wanted.account_number,
        bic=wanted.bic,
        iban=wanted.iban,
        inn=wanted.inn,
        kpp=wanted.kpp,
        history_from=wanted.history_from,
    )
    found = check(bank, details, bank_day(bank, product.clock.now()), lookups(product))
    language = language_for(request)
    return answer(
        Checked(
            ok=found.ok,
            findings=[
                problem(each.code, language=language, bank=bank.id, evidence=each.evidence)
                for each in found.findings
            ],
            account_kind=found.account_kind.value if found.account_kind else None,
            history=History(
                earliest=found.history.earliest,
                windows=found.history.windows,
                eta=found.history.eta,
                advice_code=found.history.advice_code,
            ),
        )
    )


ROUTES = (made,)
