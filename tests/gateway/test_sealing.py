"""Secrets at rest: opened only where they belong, by keys that are at hand."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sealing import KEY_BYTES, Sealer, Unsealable, keys_beside, keys_from

OLD, NEW = b"o" * KEY_BYTES, b"n" * KEY_BYTES
PLACE = ("ten_1", "con_1", "live")


@given(st.binary(max_size=2_000))
def test_what_was_sealed_is_opened_as_it_was(secret: bytes) -> None:
    """And nothing of it shows."""
    sealer = Sealer([NEW])
    sealed = sealer.seal(secret, PLACE)

    assert sealer.open(sealed, PLACE) == secret
    assert len(secret) < 8 or secret not in sealed


@pytest.mark.parametrize(
    "place",
    [
        ("ten_2", "con_1", "live"),
        ("ten_1", "con_2", "live"),
        ("ten_1", "con_1", "walk"),
        ("ten_1", "con_1"),
        ("ten_1|con_1", "live", ""),
    ],
)
def test_a_secret_moved_elsewhere_does_not_open(place: tuple[str, ...]) -> None:
    """Whoever can write to the database must not read with somebody else's grant."""
    sealer = Sealer([NEW])
    sealed = sealer.seal(b"token", PLACE)

    with pytest.raises(Unsealable, match="does not belong here"):
        sealer.open(sealed, place)


def test_not_one_byte_of_a_sealed_secret_can_be_changed() -> None:
    """An altered token must never reach a bank."""
    sealer = Sealer([NEW])
    sealed = sealer.seal(b"token", PLACE)
    for number in range(len(sealed)):
        altered = sealed[:number] + bytes([sealed[number] ^ 1]) + sealed[number + 1 :]
        with pytest.raises(Unsealable):
            sealer.open(altered, PLACE)

    with pytest.raises(Unsealable):
        sealer.open(sealed[:-1], PLACE)


def test_equal_secrets_look_different_each_time() -> None:
    """Equal bytes at rest would tell that two connections share a secret."""
    sealer = Sealer([NEW])

    assert len({sealer.seal(b"token", PLACE) for _ in range(1_000)}) == 1_000


def test_the_first_key_seals_and_every_key_opens() -> None:
    """A new key is put in front; the old one goes once nothing is sealed under it."""
    before, both, after = Sealer([OLD]), Sealer([NEW, OLD]), Sealer([NEW])
    old = before.seal(b"token", PLACE)
    new = both.seal(both.open(old, PLACE), PLACE)

    assert [both.is_current(old), both.is_current(new)] == [False, True]
    assert after.open(new, PLACE) == b"token"
    with pytest.raises(Unsealable, match="not among SECRET_KEYS"):
        after.open(old, PLACE)


def test_derived_secrets_hang_on_key_and_word() -> None:
    """A push address registered under an older key is heard while that key is kept."""
    both = Sealer([NEW, OLD])

    assert both.derive(b"push|a") == [
        Sealer([NEW]).derive(b"push|a")[0],
        *Sealer([OLD]).derive(b"push|a"),
    ]
    assert set(both.derive(b"push|a")).isdisjoint(both.derive(b"push|b"))


@pytest.mark.parametrize("keys", [[], [b"short"], [NEW, b""]])
def test_keys_of_another_length_are_refused(keys: list[bytes]) -> None:
    """A truncated key must be told at the start, not at the first secret."""
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(keys)


def test_a_setting_is_a_comma_list_of_base64() -> None:
    """With blanks, as people write lists."""
    text = ", ".join(base64.b64encode(key).decode() for key in (NEW, OLD))

    assert keys_from(text) == [NEW, OLD]
    with pytest.raises(ValueError, match="not base64"):
        keys_from("öäü")


def test_an_installation_makes_its_own_key_once_and_for_its_eyes_only(tmp_path: Path) -> None:
    """A second key would make everything sealed before unreadable."""
    folder = tmp_path / "var"
    made, first = keys_beside(folder)
    again, second = keys_beside(folder)
    mode = stat.S_IMODE((folder / "secret.keys").stat().st_mode)

    assert (first, second, made) == (True, False, again)
    assert (len(made[0]), mode) == (KEY_BYTES, 0o600)
