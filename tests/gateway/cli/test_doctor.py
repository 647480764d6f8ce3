"""`doctor`: settings, surroundings, certificates."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from gateway.clock import wall
from gateway.settings import EXPLAIN
from tests.gateway.cli.conftest import Shell


def certificate(path: Path, ends: datetime, password: bytes | None = None) -> str:
    """Write a certificate with this end: a PEM file, or with a password a container."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mostik")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=400))
        .not_valid_after(ends)
        .sign(key, SHA256())
    )
    if password is None:
        path.write_bytes(made.public_bytes(Encoding.PEM))
    else:
        sealed = BestAvailableEncryption(password)
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"mostik", key, made, None, sealed))
    return str(path)


def examined(shell: Shell, **settings: str) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Exit code, settings by name, checks by id."""
    done = shell("doctor", "--json", **settings)
    told = json.loads(done.stdout)
    lines = {line["name"]: line for line in told["settings"]}
    return done.exit_code, lines, {check["id"]: check for check in told["checks"]}


def test_every_setting_is_listed_with_its_source(shell: Shell) -> None:
    """What is in force, and who said so."""
    _, lines, _ = examined(shell, LISTEN="127.0.0.1:9000", BANKS_URL="http://127.0.0.1:8800")

    assert {f"MOSTIK_{name}" for name in EXPLAIN} <= set(lines)
    assert lines["MOSTIK_LISTEN"]["source"] == "environment"
    assert lines["MOSTIK_PUBLIC_URL"]["source"] == "default"
    assert lines["MOSTIK_SBER_API_URL"]["value"] == "http://127.0.0.1:8800/sber"
    assert lines["MOSTIK_SBER_API_URL"]["source"] == "MOSTIK_BANKS_URL"


def test_no_secret_is_shown(shell: Shell) -> None:
    """The output goes into tickets and chats."""
    canary = "c4n4ry" * 3
    sealed = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
    done = shell(
        "doctor",
        "--json",
        SECRET_KEYS=sealed,
        SBER_CLIENT_ID="77",
        SBER_CLIENT_SECRET=canary,
        SBER_CERTIFICATE_PASSWORD=canary,
        DATABASE_URL=f"postgresql://mostik:{canary}@127.0.0.1:1/none",
        REDIS_URL=f"redis://:{canary}@127.0.0.1:1/0",
        TATRA_CLIENT_SECRET=canary,
    )
    told = done.stdout + done.stderr

    assert canary not in told
    assert sealed not in told
    assert "mostik:•••@127.0.0.1" in told


def test_a_fresh_installation_is_well(shell: Shell) -> None:
    """Nothing is set and nothing is there yet: `serve` makes it, so nothing is wrong."""
    code, _, checks = examined(shell)

    assert code == 0
    assert checks["database"]["state"] == "skipped"
    assert not Path("var").exists()


def test_tables_are_looked_at(shell: Shell) -> None:
    """The commonest fault after an update."""
    shell("migrate")
    _, _, checks = examined(shell)

    assert checks["database"]["state"] == "passed"


def test_the_first_failure_is_named(shell: Shell) -> None:
    """A monitor shows one line."""
    done = shell("doctor", DATABASE_URL="postgresql://127.0.0.1:1/none")

    assert done.exit_code == 1
    assert done.stderr.startswith("database: ")


def test_a_postgresql_without_tables_fails_with_the_remedy(shell: Shell, postgres_url: str) -> None:
    """`serve` does not migrate what others use."""
    code, _, checks = examined(shell, DATABASE_URL=postgres_url)

    assert code == 1
    assert "mostik migrate" in checks["database"]["detail"]


def test_redis_is_asked(shell: Shell, postgres_url: str, redis_url: str) -> None:
    """Workers wait in vain for a broker that is somewhere else."""
    shell("migrate", DATABASE_URL=postgres_url)
    code, _, checks = examined(shell, DATABASE_URL=postgres_url, REDIS_URL=redis_url)
    away, _, missed = examined(shell, DATABASE_URL=postgres_url, REDIS_URL="redis://127.0.0.1:1/0")

    assert (code, checks["redis"]["state"]) == (0, "passed")
    assert (away, missed["redis"]["state"]) == (1, "failed")


def test_a_clock_that_does_not_answer_fails(shell: Shell) -> None:
    """A rehearsal without its clock would run in real time."""
    code, _, checks = examined(shell, CLOCK_URL="http://127.0.0.1:1/control/v1/clock")

    assert (code, checks["clock"]["state"]) == (1, "failed")


def test_keys_that_others_may_read_fail(shell: Shell) -> None:
    """They open every token in the database."""
    Path("var").mkdir()
    Path("var/secret.keys").write_text("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=")
    Path("var/secret.keys").chmod(0o644)
    code, _, checks = examined(shell)
    Path("var/secret.keys").chmod(0o600)
    repaired, _, _ = examined(shell)

    assert (code, repaired) == (1, 0)
    assert "0644" in checks["secret_keys"]["detail"]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (400, ("passed", "until")),
        (10, ("passed", "renew it now")),
        (-1, ("failed", "ended on")),
    ],
)
@pytest.mark.parametrize("password", [None, "pass-word"])
def test_the_end_of_a_certificate_is_told_in_time(
    shell: Shell, tmp_path: Path, days: int, told: tuple[str, str], password: str | None
) -> None:
    """A bank's certificate takes weeks to renew, and its last day comes without a word."""
    path = certificate(
        tmp_path / "own.p12",
        wall() + timedelta(days=days, minutes=1),
        password.encode() if password else None,
    )
    protected = {"SBER_CERTIFICATE_PASSWORD": password} if password else {}
    _, _, checks = examined(shell, SBER_CERTIFICATE=path, **protected)

    assert checks["sber.certificate"]["state"] == told[0]
    assert told[1] in checks["sber.certificate"]["detail"]


def test_a_certificate_that_cannot_be_opened_fails(shell: Shell, tmp_path: Path) -> None:
    """Missing, of another kind, under another password: the bank would hang up without a word."""
    path = tmp_path / "own.p12"
    absent = examined(shell, SBER_CERTIFICATE=str(path))
    certificate(path, wall() + timedelta(days=9), b"right")
    locked = examined(shell, SBER_CERTIFICATE=str(path), SBER_CERTIFICATE_PASSWORD="wrong")
    path.write_text("rubbish")
    rubbish = examined(shell, SBER_CERTIFICATE=str(path))

    assert [code for code, _, _ in (absent, locked, rubbish)] == [1, 1, 1]


def test_the_last_day_of_a_client_secret_is_told(shell: Shell) -> None:
    """Sber's secrets die after forty days, and every call with them."""
    soon = (wall() + timedelta(days=5)).date().isoformat()
    _, _, checks = examined(shell, SBER_CLIENT_SECRET_EXPIRES_ON=soon)
    code, _, ended = examined(shell, SBER_CLIENT_SECRET_EXPIRES_ON="2026-01-31")

    assert "renew it now" in checks["sber.client_secret"]["detail"]
    assert (code, ended["sber.client_secret"]["state"]) == (1, "failed")


def test_people_get_tables(shell: Shell) -> None:
    """Without --json it is read by somebody."""
    done = shell("doctor")

    assert "MOSTIK_DATABASE_URL" in done.stdout
    assert "secret_keys" in done.stdout
