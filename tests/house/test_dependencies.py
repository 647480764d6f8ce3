"""What is installed is what the lock says, and nothing that changes others behind our back."""

import importlib.metadata
import re
import tomllib
import warnings

import httpx
import pytest
from authlib.deprecate import AuthlibDeprecationWarning

from tests.house.sources import ROOT

LOCK = (ROOT / "requirements.lock").read_text("utf-8")


def pinned() -> set[str]:
    """The distributions in the lock."""
    return set(re.findall(r"^([a-z0-9._-]+)==", LOCK, re.MULTILINE))


def wanted() -> set[str]:
    """The distributions that pyproject.toml asks for, extras and what builds the project too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    lines = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(line for extra in extras for line in extra),
    ]
    return {re.split(r"[^A-Za-z0-9._-]", line)[0].lower() for line in lines}


def test_httpx2_is_not_installed() -> None:
    """Where it is, authlib silently takes it for its base, and our bounds and fixtures miss it."""
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.distribution("httpx2")


def test_authlib_stands_on_the_client_that_we_bound() -> None:
    """The transport's limits hold for httpx; a client of another family would escape them."""
    with warnings.catch_warnings():
        # It recommends the very package that must not be here, and has asked always to be heard.
        warnings.simplefilter("ignore", AuthlibDeprecationWarning)
        from authlib.integrations import httpx_client  # noqa: PLC0415 - warns when imported

    assert issubclass(httpx_client.AsyncOAuth2Client, httpx.AsyncClient)


def test_the_lock_holds_everything_that_is_asked_for() -> None:
    """Else the install without dependencies leaves a hole; `make lock` writes the lock anew."""
    assert sorted(wanted() - pinned()) == []


def test_every_pin_has_its_hashes() -> None:
    """A file that somebody replaced at its origin must not install."""
    blocks = re.split(r"\n(?=[a-z0-9])", LOCK.strip())

    assert [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_lock_names_no_origin() -> None:
    """Where files come from is the business of whoever installs."""
    found = [line for line in LOCK.splitlines() if "://" in line or line.startswith("-")]

    assert found == [], "\n".join(found)
