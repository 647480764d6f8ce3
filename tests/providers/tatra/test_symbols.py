"""Slovak symbols are found where payers really write them."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.tatra import symbols
from schemas.transaction import NO_SYMBOLS, Symbols


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("/VS2026000117/SS/KS0308", Symbols("2026000117", None, "0308")),
        ("/VS1/SS2/KS3", Symbols("1", "2", "3")),
        ("/VS/SS/KS0898", Symbols(None, None, "0898")),
        ("/VS0000000012/SS/KS0000000308", Symbols("0000000012", None, "0308")),
        ("VS2026000117", Symbols("2026000117", None, None)),
        ("NOTPROVIDED", NO_SYMBOLS),
        ("1234567890", NO_SYMBOLS),
        ("/VS12345678901/SS/KS", NO_SYMBOLS),
        ("/VS0/SS0/KS0000", NO_SYMBOLS),
    ],
)
def test_symbols_of_an_end_to_end_id(reference: str, expected: Symbols) -> None:
    """All of these shapes were measured in real statements."""
    assert symbols.from_reference(reference) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("VS: 1234567890", Symbols("1234567890", None, None)),
        ("VS:123 nájom", Symbols("123", None, None)),
        ("VS12345678/EUR12.30/", Symbols("12345678", None, None)),
        ("platba vs 0042", Symbols("0042", None, None)),
        ("FA 7 VS:17 SS:5 KS:0308", Symbols("17", "5", "0308")),
        ("5 ks 10 EUR", NO_SYMBOLS),
        ("CVS 123", NO_SYMBOLS),
        ("VS: 123456789012", NO_SYMBOLS),
        ("VS: 000000001234567890", Symbols("1234567890", None, None)),
    ],
)
def test_symbols_of_free_text(text: str, expected: Symbols) -> None:
    """Linked banks give no symbol fields, so that the text is all there is."""
    assert symbols.from_text(text) == expected


@given(st.from_regex(r"[0-9]{1,10}", fullmatch=True))
def test_leading_zeros_stay(digits: str) -> None:
    """A symbol is text; matching compares both ways, the ledger keeps what was written."""
    kept = symbols.from_reference(f"/VS{digits}/SS/KS").variable

    assert kept == (digits if digits.strip("0") else None)


@pytest.mark.parametrize("piece", ["VS:", "VS 0", "VS" + "1" * 50, "KS:1 SS:", "/VS"])
def test_a_long_text_costs_no_more_than_its_length(piece: str) -> None:
    """A payer chooses this text; it must not choose how long we think."""
    started = perf_counter()
    symbols.from_text(piece * 20_000)
    symbols.from_reference(piece * 20_000)

    assert perf_counter() - started < 2.0
