"""The catalogue: for each code its number, who acts, whether trying again helps, and the texts.

One TOML file per code in `catalogue/`:

    code, number, status, category, actor, retry, audience, source
    steps = ["sign_in_bank", "reconnect"]       the ids, in order, the same in every language
    [ru] [sk] [en]                              title, cause and a table `steps`: id -> text
    [banks.sber]                                optional `steps`: another order for this bank
    [banks.sber.ru] and so on                   only what differs: title, cause, texts of steps

A bank's text is the general one with the bank's words laid over it, so a bank's `steps` may name
any general id and must bring the text of every new one, in all three languages.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from schemas.codes import Code
from schemas.lookup import Index
from schemas.problem import Step

CATALOGUE = Path(__file__).with_name("catalogue")

SPOKEN_NUMBER = r"(?i)(?:mb)?[\s-]*([0-9]{4})"


class Category(StrEnum):
    """What kind of situation it is; behaviour hangs on this word, so the list is closed."""

    PROGRESS = "progress"
    WAIT = "wait"
    CUSTOMER_ACTS_AT_BANK = "customer_acts_at_bank"
    CUSTOMER_ACTS_HERE = "customer_acts_here"
    FIX_INPUT = "fix_input"
    RECONNECT = "reconnect"
    BANK_FAULT = "bank_fault"
    OPERATOR_ACTS = "operator_acts"
    INTEGRATOR_ACTS = "integrator_acts"
    PAYMENT_REVIEW = "payment_review"


class Actor(StrEnum):
    """Whose move it is."""

    CUSTOMER = "customer"
    BANK = "bank"
    INTEGRATOR = "integrator"
    OPERATOR = "operator"
    NOBODY = "nobody"


class RetryKind(StrEnum):
    """Whether the same request may be made again.

    `at`: when the time told with the problem has come; `automatic`: we do it ourselves.
    """

    NEVER = "never"
    AFTER_ACTION = "after_action"
    AT = "at"
    AUTOMATIC = "automatic"


class Audience(StrEnum):
    """Whom the texts address; this may differ from the actor, who never reads our words."""

    CUSTOMER = "customer"
    INTEGRATOR = "integrator"
    OPERATOR = "operator"


class Language(StrEnum):
    """The languages every text exists in."""

    RU = "ru"
    SK = "sk"
    EN = "en"


class Text(Struct, frozen=True):
    """What a person reads: what happened, why, and what to do in which order."""

    title: str
    cause: str
    steps: tuple[Step, ...]


class Case(Struct, frozen=True, kw_only=True):
    """Everything about one code that does not depend on the single occurrence."""

    code: Code
    number: str
    """`MB-nnnn`, for reading out over the phone."""
    status: int
    """The HTTP status when the code is an answer by itself."""
    category: Category
    actor: Actor
    retry: RetryKind
    audience: Audience
    source: str
    """Where the situation is described: a support article, a bank's dossier, our own contract."""
    texts: Mapping[Language, Text]
    banks: Mapping[str, Mapping[Language, Text]]
    """Only the banks whose words differ, with the general words already filled in."""

    def text(self, language: Language, bank: str | None = None) -> Text:
        """Speak in the words of this bank's own menus where they are known."""
        return self.banks.get(bank or "", self.texts)[language]


class CatalogueInvalidError(ValueError):
    """A file of the catalogue cannot be used; the one sentence names it."""


Line = Annotated[str, Meta(pattern=r"^\S(.*\S)?$")]
StepId = Annotated[str, Meta(pattern=r"^[a-z][a-z_]*$")]
BankId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]


class _Words(Struct, frozen=True, forbid_unknown_fields=True):
    title: Line
    cause: Line
    steps: dict[StepId, Line]


class _BankWords(Struct, frozen=True, forbid_unknown_fields=True):
    title: Line | None = None
    cause: Line | None = None
    steps: dict[StepId, Line] = {}


class _BankEntry(Struct, frozen=True, forbid_unknown_fields=True):
    ru: _BankWords
    sk: _BankWords
    en: _BankWords
    steps: tuple[StepId, ...] | None = None


class _Entry(Struct, frozen=True, forbid_unknown_fields=True):
    code: Code
    number: Annotated[str, Meta(pattern=r"^MB-[1-6][0-9]{3}$")]
    status: Annotated[int, Meta(ge=200, le=599)]
    category: Category
    actor: Actor
    retry: RetryKind
    audience: Audience
    source: Line
    steps: Annotated[tuple[StepId, ...], Meta(min_length=1)]
    ru: _Words
    sk: _Words
    en: _Words
    banks: dict[BankId, _BankEntry] = {}


def load(folder: Path = CATALOGUE) -> dict[Code, Case]:
    """Read the whole catalogue in the order of the numbers, or refuse it naming the bad file."""
    found: dict[Code, Case] = {}
    numbers: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        case = _read(path)
        if case.number in numbers:
            raise _refused(path, f"its number {case.number} is taken by {numbers[case.number]}")
        numbers[case.number] = path.name
        found[case.code] = case
    for code in Code:
        if code not in found:
            raise _refused(folder / _file_name(code), "it is missing")
    return dict(sorted(found.items(), key=lambda pair: pair[1].number))


def _file_name(code: Code) -> str:
    return f"{code.lower()}.toml"


def _refused(path: Path, why: str) -> CatalogueInvalidError:
    return CatalogueInvalidError(f"The catalogue file {path.name} is refused: {why}.")


def _read(path: Path) -> Case:
    try:
        entry = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _Entry)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise _refused(path, str(error)) from error
    if path.name != _file_name(entry.code):
        raise _refused(path, f"it holds {entry.code}, which belongs in {_file_name(entry.code)}")
    if len(set(entry.steps)) != len(entry.steps):
        raise _refused(path, "a step is listed twice")
    return Case(
        code=entry.code,
        number=entry.number,
        status=entry.status,
        category=entry.category,
        actor=entry.actor,
        retry=entry.retry,
        audience=entry.audience,
        source=entry.source,
        texts=MappingProxyType(
            {language: _general(path, entry, language) for language in Language}
        ),
        banks=MappingProxyType(
            {
                bank: MappingProxyType(
                    {language: _special(path, entry, bank, language) for language in Language}
                )
                for bank in entry.banks
            }
        ),
    )


def _general(path: Path, entry: _Entry, language: Language) -> Text:
    words: _Words = getattr(entry, language)
    if words.steps.keys() != set(entry.steps):
        odd = ", ".join(sorted(words.steps.keys() ^ set(entry.steps)))
        raise _refused(path, f"the steps of [{language}] differ from the list in {odd}")
    return Text(words.title, words.cause, tuple(Step(i, words.steps[i]) for i in entry.steps))


def _special(path: Path, entry: _Entry, bank: str, language: Language) -> Text:
    """Lay the bank's words over the general ones."""
    general: _Words = getattr(entry, language)
    special: _BankWords = getattr(entry.banks[bank], language)
    ids = entry.banks[bank].steps or entry.steps
    texts = general.steps | special.steps
    where = f"[banks.{bank}.{language}]"
    if len(set(ids)) != len(ids):
        raise _refused(path, f"a step of [banks.{bank}] is listed twice")
    if odd := sorted((set(ids) - texts.keys()) | (special.steps.keys() - set(ids))):
        raise _refused(path, f"the steps of {where} differ from the list in {', '.join(odd)}")
    return Text(
        special.title or general.title,
        special.cause or general.cause,
        tuple(Step(i, texts[i]) for i in ids),
    )


@cache
def _all() -> Mapping[Code, Case]:
    return MappingProxyType(load())


@cache
def _numbers() -> Mapping[str, Case]:
    return MappingProxyType({known.number: known for known in _all().values()})


def case(code: Code) -> Case:
    """Look the code up; the files are read once per process."""
    return _all()[code]


def by_number(number: str) -> Case | None:
    """Find the case a person reads out: `MB-1202`, `mb 1202` and `1202` are the same."""
    spoken = re.fullmatch(SPOKEN_NUMBER, number.strip())
    return _numbers().get(f"MB-{spoken[1]}") if spoken else None


def search(words: str, language: Language | None = None) -> list[Case]:
    """Find cases by code, number or any words of their texts, best first.

    A spoken number or a whole code answers alone; without a language all three are searched.
    """
    if re.fullmatch(SPOKEN_NUMBER, words.strip()):
        numbered = by_number(words)
        return [numbered] if numbered else []
    named = _by_code(words)
    return [named] if named else [case(code) for code in _index(language).find(words)]


def _by_code(words: str) -> Case | None:
    name = re.sub(r"[\s_-]+", "_", words.strip()).upper()
    return case(Code(name)) if name in Code.__members__ else None


@cache
def _index(language: Language | None) -> Index[Code]:
    return Index(
        (known.code, weight, text)
        for known in _all().values()
        for weight, text in _searchable(known, (language,) if language else tuple(Language))
    )


def _searchable(known: Case, languages: tuple[Language, ...]) -> Iterator[tuple[float, str]]:
    """Give a case's texts with their weight: a title says more about a case than its steps."""
    yield 4, known.code
    yield 4, known.number
    for language in languages:
        general = known.texts[language]
        yield 3, general.title
        yield 2, general.cause
        for text in (general, *(words[language] for words in known.banks.values())):
            for step in text.steps:
                yield 1, step.text
