"""Every setting with its value and where that came from; secrets are masked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, structs

from gateway.settings import EXPLAIN, PREFIX, Settings

MASK = "•••"
SECRET = re.compile(r"(?:^|_)(?:secret|password|secret_keys)$")
PASSWORD_IN_URL = re.compile(r"(?<=://)([^:/@\s]*):[^@/\s]+(?=@)")


class Line(Struct, frozen=True):
    """One setting as `doctor` shows it."""

    name: str
    value: str | None
    source: str
    about: str


def lines(settings: Settings, environment: Mapping[str, str] = os.environ) -> list[Line]:
    """The product's own settings in the order of the documentation, then each bank's."""
    own = [
        Line(
            PREFIX + name,
            _shown(name.lower(), getattr(settings, name.lower())),
            "environment" if environment.get(PREFIX + name) else "default",
            about,
        )
        for name, about in EXPLAIN.items()
    ]
    return [*own, *_of_banks(settings, environment)]


def _of_banks(settings: Settings, environment: Mapping[str, str]) -> Iterator[Line]:
    for bank in sorted(settings.banks):
        for option in structs.fields(settings.banks[bank]):
            name = f"{PREFIX}{bank}_{option.name}".upper()
            value = getattr(settings.banks[bank], option.name)
            source = "default"
            if environment.get(name):
                source = "environment"
            elif value != option.default:
                source = f"{PREFIX}BANKS_URL"
            yield Line(name, _shown(option.name, value), source, "")


def _shown(name: str, value: Any) -> str | None:
    """The value in a form that may stand in a support ticket."""
    if value is None or value == "":
        return None
    if SECRET.search(name):
        return MASK
    return PASSWORD_IN_URL.sub(rf"\1:{MASK}", str(value))
