"""What `doctor` tries: database, Redis, clock, secrets and certificates."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import Certificate, load_pem_x509_certificates
from msgspec import Struct

from gateway.clock import FollowedClock, wall
from gateway.settings import Settings, identity_of
from gateway.store import schema, standing
from providers.transport import Identity

SOON = timedelta(days=30)
"""A certificate takes the banks weeks to replace, so it is told that early."""
OTHERS = 0o077


class Check(Struct, frozen=True):
    """One thing that was tried."""

    id: str
    state: Literal["passed", "failed", "skipped"]
    detail: str


def every(settings: Settings) -> list[Check]:
    """Try everything; nothing is made or changed, and no bank is asked."""
    checks = [_database(settings), _secret_keys(settings), _redis(settings), _clock(settings)]
    for bank in sorted(settings.banks):
        own = settings.banks[bank]
        checks += _certificates(bank, identity_of(own))
        checks += _client_secret(bank, own)
    return checks


def _database(settings: Settings) -> Check:
    found = standing.look(settings.database_url)
    embedded = settings.database_url.startswith("sqlite:///")
    match found.state:
        case "ready":
            return Check("database", "passed", f"answers; tables at {found.told}")
        case "unreachable":
            return Check("database", "failed", f"cannot be used: {found.told}")
        case "absent" if embedded:
            return Check("database", "skipped", "is made at the first start")
        case "absent":
            return Check("database", "failed", "has no tables yet: mostik migrate")
    told = f"tables at {found.told}, this version speaks {schema.HEAD}"
    return Check("database", "failed", f"{told}: mostik migrate, or the newer version")


def _secret_keys(settings: Settings) -> Check:
    if settings.secret_keys:
        return Check("secret_keys", "passed", "given by the environment")
    file = settings.folder / "secret.keys"
    if not file.exists():
        return Check("secret_keys", "skipped", f"{file} is made at the first start")
    mode = file.stat().st_mode & 0o777
    if mode & OTHERS:
        return Check(
            "secret_keys", "failed", f"others may read {file} (mode {mode:04o}): chmod 600"
        )
    return Check("secret_keys", "passed", f"{file}, mode {mode:04o}")


def _redis(settings: Settings) -> Check:
    if settings.redis_url is None:
        return Check("redis", "skipped", "not set: one process does all")
    try:
        from gateway import distributed  # noqa: PLC0415 - Redis is an extra
    except ImportError:
        return Check("redis", "failed", "the extra mostik[redis] is not installed")
    trouble = asyncio.run(distributed.trouble(settings.redis_url))
    return Check("redis", "failed" if trouble else "passed", trouble or "answers")


def _clock(settings: Settings) -> Check:
    if settings.clock_url is None:
        return Check("clock", "passed", f"this machine's: {wall():%Y-%m-%dT%H:%M:%SZ}")
    try:
        told, speed = asyncio.run(_told(settings.clock_url))
    except httpx.HTTPError as silent:
        return Check("clock", "failed", f"does not answer: {silent or type(silent).__name__}")
    drift = told - wall()
    ahead = "ahead" if drift >= timedelta(0) else "behind"
    apart = f"{round(abs(drift).total_seconds())} s {ahead} of this machine"
    return Check("clock", "passed", f"{told:%Y-%m-%dT%H:%M:%SZ} at speed {speed:g}, {apart}")


async def _told(url: str) -> tuple[datetime, float]:
    clock = FollowedClock(url, httpx.AsyncClient(trust_env=False))
    try:
        await clock.ask()
        return clock.now(), clock.speed
    finally:
        await clock.stop()


def _certificates(bank: str, identity: Identity) -> Iterator[Check]:
    name = f"{bank}.certificate"
    if identity.certificate is None:
        yield Check(name, "skipped", "none is set")
    else:
        yield _expiry(name, identity.certificate, identity.certificate_password)
    if identity.ca_bundle is not None:
        yield _expiry(f"{bank}.ca_bundle", identity.ca_bundle, None)


def _expiry(name: str, path: str, password: str | None) -> Check:
    """When the first certificate of a file ends to be valid."""
    try:
        content = Path(path).read_bytes()
        found = _read(content, password)
    except (OSError, ValueError) as odd:
        return Check(name, "failed", f"{path} cannot be read: {odd}")
    if not found:
        return Check(name, "failed", f"{path} holds no certificate")
    ends = min(certificate.not_valid_after_utc for certificate in found)
    return _until(name, ends)


def _read(content: bytes, password: str | None) -> list[Certificate]:
    if b"-----BEGIN" in content:
        return load_pem_x509_certificates(content)
    held = pkcs12.load_pkcs12(content, password.encode() if password else None)
    return [held.cert.certificate] if held.cert else []


def _client_secret(bank: str, own: Any) -> Iterator[Check]:
    """The last day of a client secret, where the bank's settings know of one."""
    last: date | None = getattr(own, "client_secret_expires_on", None)
    if last is not None:
        ends = datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=1)
        yield _until(f"{bank}.client_secret", ends)


def _until(name: str, ends: datetime) -> Check:
    left = ends - wall()
    if left <= timedelta(0):
        return Check(name, "failed", f"ended on {ends:%Y-%m-%d}")
    told = f"until {ends:%Y-%m-%d}, {left.days} days"
    return Check(name, "passed", f"{told}: renew it now" if left < SOON else told)
