"""The numbers people type (INN, KPP, BIC, account, IBAN, money) and what catches slips in them."""

from __future__ import annotations

from collections.abc import Callable


class NumberInvalid(ValueError):  # noqa: N818 - read as a sentence where it is raised
    """A number cannot be right; `word` says why in one machine word, nothing repeats the number.

    Words in use: `shape`, `region`, `checksum`, `key`, `country`, `weights`, `currency`, `digits`,
    `range`.
    """

    def __init__(self, word: str, sentence: str) -> None:
        super().__init__(sentence)
        self.word = word


def without_spaces(text: str) -> str:
    r"""The text without any white space, including the no-break spaces that copied tables bring.

    >>> without_spaces(" 7707 083\u00a0893 ")
    '7707083893'
    """
    return "".join(text.split())


def holds(check: Callable[[str], object], number: str) -> bool:
    """Whether a number passes a check that raises NumberInvalid.

    >>> from schemas.numbers import kpp
    >>> holds(kpp.validate, "773601001")
    True
    """
    try:
        check(number)
    except NumberInvalid:
        return False
    return True
