"""What went wrong, in the shape in which it leaves: RFC 9457 with the catalogue's texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.records import Trouble
from schemas.cases import Case, Language, case
from schemas.codes import Code
from schemas.problem import BankWords, Problem, Retry

CONTENT_TYPE = "application/problem+json"
ACCEPTED_MAX = 500
"""No browser sends a longer Accept-Language; the rest is not read."""

_LANGUAGES = {language.value: language for language in Language}


class ProblemError(Exception):
    """An answer that is a problem; whoever answers the caller chooses the language.

    `detail` is one sentence in English about this very occurrence; without it the catalogue's
    cause speaks. `status` overrides the catalogue where HTTP knows a word of its own (408, 415).
    """

    def __init__(
        self,
        code: Code,
        *,
        detail: str | None = None,
        evidence: Mapping[str, Any] | None = None,
        field: str | None = None,
        trouble: Trouble | None = None,
        bank: str | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code.value if detail is None else f"{code.value}: {detail}")
        self.code = code
        self.detail = detail
        self.evidence: dict[str, Any] = {} if field is None else {"field": field}
        self.evidence.update(evidence or {})
        self.trouble = trouble
        self.bank = bank
        self.status = status
        self.headers = dict(headers or {})

    def told(self, language: Language, *, instance: str, request_id: str) -> Problem:
        """The problem as one caller reads it."""
        return problem(
            self.trouble or self.code,
            language=language,
            instance=instance,
            request_id=request_id,
            bank=self.bank,
            detail=self.detail,
            evidence=self.evidence,
            status=self.status,
        )


def problem(
    what: Code | Trouble,
    *,
    language: Language,
    instance: str | None = None,
    request_id: str | None = None,
    bank: str | None = None,
    detail: str | None = None,
    evidence: Mapping[str, Any] | None = None,
    retry_at: datetime | None = None,
    status: int | None = None,
) -> Problem:
    """Tell a code, or a problem at rest, in the words of the asked language and of this bank."""
    trouble = what if isinstance(what, Trouble) else None
    known = case(trouble.code if trouble else what)  # type: ignore[arg-type]  # one or the other
    text = known.text(language, bank)
    facts = {**(trouble.evidence if trouble else {}), **(evidence or {})}
    return Problem(
        type=f"/docs/errors/{known.code.value}",
        title=text.title,
        status=status or known.status,
        detail=detail or text.cause,
        instance=instance,
        code=known.code.value,
        number=known.number,
        category=known.category.value,
        actor=known.actor.value,
        retry=Retry(known.retry.value, retry_at or (trouble.retry_at if trouble else None)),
        language=language.value,
        steps=text.steps,
        evidence=facts,
        bank=_words(bank, trouble, known),
        request_id=request_id,
    )


def _words(bank: str | None, trouble: Trouble | None, known: Case) -> BankWords | None:
    """Which bank said what, where a bank has said something at all."""
    if bank is None:
        return None
    if trouble is None:
        return BankWords(bank) if known.code is not Code.BANK_NOT_SUPPORTED else None
    return BankWords(bank, trouble.bank_status, trouble.bank_words)


def language_of(accepted: str) -> Language:
    """The best language of an Accept-Language header; English where none of ours is wanted."""
    best, found = 0.0, Language.EN
    for part in accepted[:ACCEPTED_MAX].split(","):
        tag, _, parameter = part.partition(";")
        weight = _weight(parameter)
        spoken = _LANGUAGES.get(tag.strip().lower().partition("-")[0])
        if spoken is not None and weight > best:
            best, found = weight, spoken
    return found


def _weight(parameter: str) -> float:
    """The `q` of a wish; whatever cannot be read counts as not wanted."""
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        told = float(value)
    except ValueError:
        return 0.0
    return told if name.strip() == "q" and 0 <= told <= 1 else 0.0
