"""The offline checks, told as the API tells them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from gateway.checks import Details, Lookups, check
from gateway.cli import endings
from gateway.clock import wall
from gateway.problems import problem
from gateway.sync.plan import bank_day
from providers import BANKS
from schemas.cases import Language
from schemas.codes import Code

__all__ = ["Details", "checked", "history"]


def checked(bank_id: str, details: Details, lang: str) -> dict[str, Any]:
    """The body that POST /v1/checks answers; an unknown bank ends the command."""
    language = Language(lang)
    entrance = BANKS.get(bank_id)
    if entrance is None:
        unknown = problem(
            Code.BANK_NOT_SUPPORTED,
            language=language,
            evidence={"field": "bank", "value": bank_id, "known": list(BANKS)},
        )
        endings.answered(msgspec.to_builtins(unknown))
    bank = entrance.bank
    lookups = Lookups(banks=tuple(each.bank for each in BANKS.values()))
    found = check(bank, details, bank_day(bank, wall()), lookups)
    answer: dict[str, Any] = msgspec.to_builtins(
        {
            "ok": found.ok,
            "findings": [
                problem(
                    finding.code, language=language, bank=bank_id, evidence=dict(finding.evidence)
                )
                for finding in found.findings
            ],
            "account_kind": found.account_kind,
            "history": found.history,
        }
    )
    return answer


def history(told: dict[str, Any]) -> str:
    """How far back the bank goes and how long the load takes, in one line."""
    span = msgspec.convert(told["eta"], type=timedelta)
    earliest = told["earliest"] or "no limit is known"
    hours = span.total_seconds() / 3600
    advice = f"; {told['advice_code']}" if told["advice_code"] else ""
    return f"History: from {earliest}; parts: {told['windows']}, about {hours:g} h{advice}."
