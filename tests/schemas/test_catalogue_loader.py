"""The loader refuses every kind of bad file with one sentence that names it."""

import shutil
from pathlib import Path

import pytest

from schemas import cases
from schemas.cases import CATALOGUE, CatalogueInvalidError

FILE = "account_not_in_offer.toml"
RU_STEP = (
    "revoke_offer = 'Если нужного счёта в списке нет, отзовите оферту: дополнить её нельзя.'\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped catalogue that a test may spoil."""
    return Path(shutil.copytree(CATALOGUE, tmp_path / "catalogue"))


def spoil(path: Path, old: str, new: str) -> None:
    """Replace the first place where the text stands; it must stand there."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('source = "seed 000"', 'source = "seed 000"\ncolour = "red"', "unknown field `colour`"),
        ("[ru]\ntitle", "[ru]\nheading = 'x'\ntitle", "unknown field `heading` - at `$.ru`"),
        ("[en]\n", "[de]\n", "unknown field `de`"),
        ('actor = "customer"\n', "", "missing required field `actor`"),
        ('actor = "customer"', 'actor = "accountant"', "Invalid enum value 'accountant'"),
        ('category = "customer_acts_at_bank"', 'category = "other"', "Invalid enum value 'other'"),
        ('retry = "after_action"', 'retry = "soon"', "Invalid enum value 'soon'"),
        ('code = "ACCOUNT_NOT_IN_OFFER"', 'code = "NO_SUCH_CODE"', "Invalid enum value"),
        ('code = "ACCOUNT_NOT_IN_OFFER"', 'code = "OFFER_EXPIRED"', "which belongs in"),
        ('number = "MB-1202"', 'number = "1202"', "matching regex"),
        ('number = "MB-1202"', 'number = "MB-1203"', "is taken by account_not_in_offer.toml"),
        ("status = 409", "status = 99", "Expected `int` >= 200"),
        ("status = 409", "status = true", "Expected `int`"),
        ("status = 409", "status = ", "Invalid value"),
        ("title = 'Účet nie je v podpísanej ponuke'", "title = ''", "at `$.sk.title`"),
        (RU_STEP, "", "the steps of [ru] differ from the list in revoke_offer"),
        (RU_STEP, RU_STEP + "dance = 'Спляшите.'\n", "the steps of [ru] differ from the list"),
        ('"revoke_offer", ', '"revoke_offer", "revoke_offer", ', "a step is listed twice"),
        ("[banks.sber]\nsteps = [\n", "[banks.sber]\nsteps = [\n'dance',\n", "[banks.sber.ru]"),
        (
            "[banks.sber]\nsteps = [\n",
            "[banks.sber]\nsteps = [\n'reconnect',\n",
            "a step of [banks.sber] is listed twice",
        ),
        (
            "[banks.sber.sk.steps]\n",
            "[banks.sber.sk.steps]\ndance = 'Tancujte.'\n",
            "the steps of [banks.sber.sk] differ from the list in dance",
        ),
        ("[banks.sber.en.steps]\n", "[banks.sber.de.steps]\n", "unknown field `de`"),
    ],
)
def test_a_bad_file_is_refused(folder: Path, old: str, new: str, why: str) -> None:
    """A half-translated or misspelt case must stop the start, not reach a customer."""
    spoil(folder / FILE, old, new)

    with pytest.raises(CatalogueInvalidError) as refused:
        cases.load(folder)

    sentence = str(refused.value)
    assert sentence.startswith("The catalogue file ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert why in sentence
    assert FILE in sentence


def test_a_language_of_a_bank_may_not_be_left_out(folder: Path) -> None:
    """Otherwise one language would silently keep the general menus."""
    path = folder / FILE
    text = path.read_text("utf-8")
    path.write_text(text[: text.index("[banks.sber.en.steps]")], "utf-8")

    with pytest.raises(CatalogueInvalidError, match=r"missing required field `en`"):
        cases.load(folder)


def test_a_missing_code_is_refused(folder: Path) -> None:
    """An answer without its case could not be spoken."""
    (folder / FILE).unlink()

    with pytest.raises(CatalogueInvalidError) as refused:
        cases.load(folder)

    assert str(refused.value) == f"The catalogue file {FILE} is refused: it is missing."


def test_a_file_that_is_not_text_is_refused(folder: Path) -> None:
    """A file saved in another encoding would show a reader nonsense."""
    (folder / FILE).write_bytes("code = 'Счёт'".encode("cp1251"))

    with pytest.raises(CatalogueInvalidError, match=FILE):
        cases.load(folder)
