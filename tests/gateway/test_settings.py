"""What the environment says is taken as said, or refused in a sentence that names the variable."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from gateway.settings import EXPLAIN, Settings, SettingWrong, identity_of, read
from providers import BANKS

KEY = base64.b64encode(b"k" * 32).decode()


def test_without_any_setting_an_installation_can_start() -> None:
    """`mostik serve` on a fresh machine must simply work."""
    settings = read({})

    assert settings.database_url.startswith("sqlite:///")
    assert (settings.host, settings.port) == ("127.0.0.1", 8700)
    assert set(settings.banks) == set(BANKS)


def test_every_setting_is_explained_and_every_explanation_is_a_setting() -> None:
    """`mostik doctor` shows these sentences."""
    fields = {name.upper() for name in Settings.__struct_fields__ if name != "banks"}

    assert fields == set(EXPLAIN)


def test_other_programs_variables_are_left_alone() -> None:
    """Only what begins with our prefix is ours."""
    assert read({"PATH": "/bin", "DATABASE_URL": "mysql://"}) == read({})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MOSTIK_DATABASE_ULR", "sqlite:///x.db"),
        ("MOSTIK_DATABASE_URL", "mysql://x"),
        ("MOSTIK_LISTEN", "8700"),
        ("MOSTIK_LISTEN", "127.0.0.1:http"),
        ("MOSTIK_PUBLIC_URL", "mostik.example"),
        ("MOSTIK_CLOCK_URL", "ftp://clock"),
        ("MOSTIK_BANKS_URL", "banks"),
        ("MOSTIK_KEEP_WIRE_DAYS", "a month"),
        ("MOSTIK_SECRET_KEYS", "öäü"),
        ("MOSTIK_SECRET_KEYS", base64.b64encode(b"short").decode()),
        ("MOSTIK_REDIS_URL", "redis://127.0.0.1"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(variable: str, value: str) -> None:
    """A typo that is silently ignored is found in production."""
    with pytest.raises(SettingWrong) as refused:
        read({variable: value})

    assert variable in str(refused.value)
    assert "\n" not in str(refused.value)


def test_one_address_reaches_all_banks_with_the_rehearsals_client() -> None:
    """For rehearsals: every host of every bank below one address."""
    settings = read({"MOSTIK_BANKS_URL": "http://banks.example/"})
    for name, own in settings.banks.items():
        hosts = BANKS[name].hosts_at(f"http://banks.example/{name}")

        assert {field: getattr(own, field) for field in hosts} == hosts
        assert own.client_id == "mostik"


@pytest.mark.parametrize("bank", sorted(BANKS))
def test_a_banks_own_setting_wins_over_the_common_address(bank: str) -> None:
    """One real bank among rehearsed ones."""
    host = next(iter(BANKS[bank].hosts_at("http://banks.example")))
    variable = f"MOSTIK_{bank.upper()}_{host.upper()}"
    settings = read({"MOSTIK_BANKS_URL": "http://banks.example", variable: "https://real.example"})

    assert getattr(settings.banks[bank], host) == "https://real.example"


@pytest.mark.parametrize("bank", sorted(BANKS))
def test_who_we_are_in_tls_comes_from_the_banks_settings(bank: str) -> None:
    """An empty variable is no certificate."""
    identity = identity_of(read({}).banks[bank])

    assert "" not in {identity.ca_bundle, identity.certificate, identity.certificate_key}


def test_an_embedded_installation_keeps_its_keys_beside_its_database(tmp_path: Path) -> None:
    """And given ones are taken as they are."""
    beside = read({"MOSTIK_DATABASE_URL": f"sqlite:///{tmp_path}/here/mostik.db"})
    keys, just_made = beside.sealing_keys()
    given, made = read({"MOSTIK_SECRET_KEYS": KEY}).sealing_keys()

    assert (len(keys), just_made) == (1, True)
    assert [file.name for file in (tmp_path / "here").iterdir()] == ["secret.keys"]
    assert (given, made) == ([b"k" * 32], False)
