"""What the environment tells the installation: every variable, its default, its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from gateway.sealing import Sealer, keys_beside, keys_from
from providers import BANKS
from providers.transport import Identity

PREFIX = "MOSTIK_"
REHEARSAL_CLIENT = ("mostik", "rehearsal")


class SettingWrong(Exception):  # noqa: N818 - said of a setting
    """A setting is missing or cannot be right; the sentence names it."""


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of one installation; `explain` tells each one's meaning."""

    database_url: str = "sqlite:///var/mostik.db"
    redis_url: str | None = None
    secret_keys: str | None = None
    public_url: str = "http://127.0.0.1:8700"
    listen: str = "127.0.0.1:8700"
    clock_url: str | None = None
    banks_url: str | None = None
    log_level: str = "info"
    keep_wire_days: int = 30
    banks: dict[str, Any] = field(default_factory=dict)
    """Bank id -> its own settings Struct."""

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on."""
        return int(self.listen.rpartition(":")[2])

    @property
    def folder(self) -> Path:
        """Where an embedded installation keeps its files."""
        if self.database_url.startswith("sqlite:///"):
            return Path(self.database_url.removeprefix("sqlite:///")).parent
        return Path("var")

    def sealing_keys(self) -> tuple[list[bytes], bool]:
        """The keys for secrets at rest, and whether they have just been made."""
        if self.secret_keys:
            return keys_from(self.secret_keys), False
        return keys_beside(self.folder)


EXPLAIN = {
    "DATABASE_URL": "where the truth is kept: sqlite:///path or postgresql://…",
    "REDIS_URL": "set to run workers in processes of their own; unset, one process does all",
    "SECRET_KEYS": "keys for secrets at rest, base64 of 32 bytes, comma list: the first encrypts,"
    " all decrypt; unset, an embedded installation makes one beside its database",
    "PUBLIC_URL": "the address under which banks and browsers reach this installation",
    "LISTEN": "address and port to listen on",
    "CLOCK_URL": "follow a virtual clock; for tests and rehearsals only",
    "BANKS_URL": "one address under which every bank is reached, as {BANKS_URL}/{bank}",
    "LOG_LEVEL": "debug, info, warning or error",
    "KEEP_WIRE_DAYS": "how many days scrubbed copies of bank calls are kept for support",
}


def read(environment: Mapping[str, str]) -> Settings:
    """The settings that an environment gives.

    Raises:
        SettingWrong: with one sentence that names the variable.
    """
    own: dict[str, Any] = {}
    for name in EXPLAIN:
        value = environment.get(PREFIX + name)
        if value:
            own[name.lower()] = value
    banks = {bank: _bank(bank, environment, own.get("banks_url")) for bank in BANKS}
    known = {PREFIX + name for name in EXPLAIN} | {
        f"{PREFIX}{bank.upper()}_{option.upper()}"
        for bank, entrance in BANKS.items()
        for option in entrance.settings.__struct_fields__
    }
    for name in environment:
        if name.startswith(PREFIX) and name not in known and not name.startswith(_TESTING):
            sentence = f"{name} is not a setting; `mostik doctor` lists them all"
            raise SettingWrong(sentence)
    settings: Settings = _convert(Settings, {**own, "banks": banks}, PREFIX)
    _check(settings)
    return settings


_TESTING = (PREFIX + "TEST_", PREFIX + "KILL_AT", PREFIX + "KEY", PREFIX + "URL")


def _bank(bank: str, environment: Mapping[str, str], banks_url: str | None) -> Any:
    entrance = BANKS[bank]
    prefix = f"{PREFIX}{bank.upper()}_"
    given: dict[str, Any] = {}
    if banks_url:
        given.update(entrance.hosts_at(f"{banks_url.rstrip('/')}/{bank}"))
    for option in entrance.settings.__struct_fields__:
        value = environment.get(prefix + option.upper())
        if value:
            given[option] = value
    if banks_url and "client_id" not in given and "client_secret" not in given:
        given["client_id"], given["client_secret"] = REHEARSAL_CLIENT
    return _convert(entrance.settings, given, prefix)


def _convert(shape: Any, given: Mapping[str, Any], prefix: str) -> Any:
    try:
        return msgspec.convert(dict(given), type=shape, strict=False)
    except msgspec.ValidationError as odd:
        sentence = str(odd)
        option = sentence.rpartition("$.")[2].strip("`") if "$." in sentence else ""
        raise SettingWrong(f"{prefix}{option.upper()}: {sentence}") from odd


def _check(settings: Settings) -> None:
    host, _, port = settings.listen.rpartition(":")
    if not host or not port.isdecimal():
        raise SettingWrong("MOSTIK_LISTEN must be address:port, such as 127.0.0.1:8700")
    if not settings.database_url.startswith(("sqlite:///", "postgresql://")):
        raise SettingWrong("MOSTIK_DATABASE_URL must begin with sqlite:/// or postgresql://")
    for name in ("public_url", "clock_url", "banks_url"):
        value = getattr(settings, name)
        if value is not None and not value.startswith(("http://", "https://")):
            raise SettingWrong(f"{PREFIX}{name.upper()} must be an http or https address")
    try:
        if settings.secret_keys:
            Sealer(keys_from(settings.secret_keys))
    except ValueError as odd:
        raise SettingWrong(f"{PREFIX}{odd}") from odd
    if settings.redis_url and settings.database_url.startswith("sqlite"):
        raise SettingWrong(
            "MOSTIK_REDIS_URL is for several processes, which need MOSTIK_DATABASE_URL at postgresql://"
        )


def identity_of(bank_settings: Any) -> Identity:
    """Who we are in TLS towards a bank, by its settings."""
    return Identity(
        ca_bundle=getattr(bank_settings, "ca_bundle", None) or None,
        certificate=getattr(bank_settings, "certificate", None) or None,
        certificate_key=getattr(bank_settings, "certificate_key", None) or None,
        certificate_password=getattr(bank_settings, "certificate_password", None) or None,
    )
