"""The examples in the docstrings are run, so that they stay examples."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["", ".inn", ".kpp", ".bic", ".account", ".iban", ".minor"])
def test_the_examples_in_the_docstrings_come_out(name: str) -> None:
    """A reader copies them first."""
    module = importlib.import_module(f"schemas.numbers{name}")

    failed, tried = doctest.testmod(module)

    assert failed == 0
    assert tried > 0
