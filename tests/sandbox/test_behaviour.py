"""Every knob has its help, and a patch touches nothing else."""

import msgspec
import pytest

from sandbox.behaviour import Behaviour, knobs, patched


def test_every_knob_says_what_it_does() -> None:
    """QA reads the help and nothing else; a bank's own knobs are no exception."""
    silent = [knob.name for knob in knobs(Behaviour(), Behaviour()) if not knob.help]

    assert silent == []


def test_a_patch_merges_nested_tables() -> None:
    """Changing one word of the delivery keeps the others."""
    before = patched(Behaviour(), {"delivery": {"every_minutes": 5, "order": "reverse"}})
    after = patched(before, {"delivery": {"order": "forward"}, "page_rows": 7})

    assert after == patched(
        Behaviour(), {"delivery": {"every_minutes": 5, "order": "forward"}, "page_rows": 7}
    )


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"delivery": {"late_share": 1.5}}, "$.delivery.late_share"),
        ({"delivery": {"order": "sideways"}}, "$.delivery.order"),
        ({"page_rows": "many"}, "$.page_rows"),
        ({"sber": {"nonsense": 1}}, "nonsense"),
        ({"delivery": 4}, "$.delivery"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, object], place: str) -> None:
    """A typo in a knob must not pass silently."""
    with pytest.raises(msgspec.ValidationError) as error:
        patched(Behaviour(), changes)

    assert place in str(error.value)
