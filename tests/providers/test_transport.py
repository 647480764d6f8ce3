"""The one way to a bank holds against answers that no bank would send on purpose."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from providers import transport
from providers.contract import Refused
from providers.refusals import read, retry_after
from providers.transport import Answer, Exchange, Identity, Unreachable, Wire, client
from schemas.codes import Code

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A listener that says to each caller what the test wants."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await talk(reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        listening.close()


def saying(head: str, body: bytes = b"") -> Talk:
    """A talk of one fixed answer."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        writer.write(head.encode() + b"\r\n\r\n" + body)

    return talk


async def call(talk: Talk, **options: object) -> Answer:
    """One call of the wire to a server that talks like that."""
    async with server(talk) as base, client(Identity()) as opened:
        return await Wire(opened).call("test", "GET", base + "/x", **options)  # type: ignore[arg-type]


def zipped(size: int) -> bytes:
    return gzip.compress(b" " * size, 9)


async def test_a_small_body_that_unfolds_into_a_large_one_is_not_read_to_its_end() -> None:
    """A gzip bomb of a few kilobytes must not cost more than the bound."""
    bomb = zipped(60_000_000)

    with pytest.raises(Unreachable) as refused:
        await call(
            saying(
                f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}", bomb
            )
        )

    assert refused.value.trouble == "too_large"


async def test_a_body_packed_twice_is_refused() -> None:
    """Stacked encodings serve nobody but an attacker."""
    body = gzip.compress(zipped(100))

    with pytest.raises(Unreachable) as refused:
        await call(
            saying(
                f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: {len(body)}",
                body,
            )
        )

    assert refused.value.trouble == "encoding"


async def test_a_gzip_body_that_is_none_is_refused() -> None:
    """Wrong labels come from proxies, and must end in one of two exceptions."""
    with pytest.raises(Unreachable) as refused:
        await call(
            saying("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4", b"nope")
        )

    assert refused.value.trouble == "encoding"


async def test_an_honest_gzip_body_is_read() -> None:
    """Banks do compress long statements."""
    body = gzip.compress(b'{"a":1}')

    answer = await call(
        saying(f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}", body)
    )

    assert answer.body == b'{"a":1}'


async def test_an_endless_body_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body without an end must not fill the memory."""
    monkeypatch.setattr(transport, "DECODED_BYTES_MAX", 1_000_000)

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(1_000):
            writer.write(b"x" * 65_536)
            await writer.drain()

    with pytest.raises(Unreachable) as refused:
        await call(endless)

    assert refused.value.trouble == "too_large"


async def test_a_body_that_drips_ends_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte a second keeps every socket time-out content; the whole call has one of its own."""
    monkeypatch.setattr(transport, "SECONDS_MAX", 0.3)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    with pytest.raises(Unreachable) as refused:
        await call(drip)

    assert refused.value.trouble == "timeout"


async def test_a_redirect_is_not_followed() -> None:
    """A bank that points elsewhere must not make us call there."""
    answer = await call(
        saying("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0")
    )

    assert answer.status == 302


@pytest.mark.parametrize(
    "head",
    ["HTTP/1.1 200 OK\r\nContent-Length: 50", "HTTP/9.9 nonsense", "\x16\x03\x01 not http"],
)
async def test_a_broken_answer_is_unreachable(head: str) -> None:
    """Cut bodies and rubbish instead of HTTP are no answer."""
    with pytest.raises(Unreachable) as refused:
        await call(saying(head, b"{"))

    assert refused.value.trouble == "connection"


async def test_nobody_there_is_unreachable() -> None:
    """A closed port is the plainest trouble of all."""
    async with client(Identity()) as opened:
        with pytest.raises(Unreachable) as refused:
            await Wire(opened).call("test", "GET", "http://127.0.0.1:1/")

    assert refused.value.trouble == "connection"


async def test_the_kept_copy_holds_no_secret() -> None:
    """Support reads what was said, and must not be able to use it."""
    kept: list[Exchange] = []
    token, account = "tok-" + "a1" * 20, "40702810938000012345"
    body = f'{{"access_token":"{token}","account":"{account}","purpose":"Аренда, Иванов"}}'.encode()
    async with (
        server(saying(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}", body)) as base,
        client(Identity()) as opened,
    ):
        await Wire(opened, journal=kept.append).call(
            "test",
            "POST",
            f"{base}/accounts/{account}?code={token}",
            headers={"Authorization": f"Bearer {token}"},
            form={"client_secret": token, "grant_type": "refresh_token", "refresh_token": token},
        )

    text = repr(kept)

    assert len(kept) == 1
    assert [secret for secret in (token, account, "Иванов") if secret in text] == []
    assert "refresh_token" in text  # what was said stays readable


@pytest.mark.parametrize(
    "body", [b"", b"[" * 5_000, b"\xff\xfe{}", b'{"a": NaN}', b"<html></html>", b'{"a":']
)
def test_a_good_answer_that_does_not_decode_is_a_changed_format(body: bytes) -> None:
    """Rubbish under a 200 has one name, whatever kind of rubbish it is."""
    with pytest.raises(Refused) as refused:
        read(Answer(200, {}, body), dict[str, int])

    assert refused.value.code is Code.BANK_FORMAT_CHANGED


@pytest.mark.parametrize(
    ("told", "seconds"), [("7", 7.0), ("", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None)]
)
def test_a_wait_that_a_bank_asks_for_is_read(told: str, seconds: float | None) -> None:
    """RFC 9110 knows seconds and dates; banks send seconds."""
    wait = retry_after(Answer(429, {"retry-after": told}, b""))

    assert (wait.total_seconds() if wait else None) == seconds


class Authority:
    """A certificate authority of the moment, with certificates for both sides."""

    def __init__(self, folder: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test root")])
        self._folder = folder
        self.root = self._signed(self._key, self._name, None)
        self.bundle = folder / "root.pem"
        self.bundle.write_bytes(self.root.public_bytes(Encoding.PEM))

    def issue(self, name: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return key, self._signed(key, subject, name)

    def _signed(
        self, key: ec.EllipticCurvePrivateKey, subject: x509.Name, host: str | None
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        )
        if host:
            made = made.add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
                critical=False,
            ).add_extension(
                x509.ExtendedKeyUsage(
                    [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
                ),
                critical=False,
            )
        return made.sign(self._key, hashes.SHA256())

    def listening(self) -> ssl.SSLContext:
        """A server that demands a certificate of ours."""
        key, certificate = self.issue("127.0.0.1")
        file = self._folder / "server.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(file)
        made.load_verify_locations(self.bundle)
        made.verify_mode = ssl.CERT_REQUIRED
        return made


@pytest.mark.parametrize("form", ["p12", "pem"])
async def test_a_bank_that_demands_our_certificate_gets_it(tmp_path: Path, form: str) -> None:
    """Sber hands out a .p12 with a password, others PEM; both must open the door."""
    authority = Authority(tmp_path)
    key, certificate = authority.issue("FINTECH01")
    if form == "p12":
        file = tmp_path / "ours.p12"
        file.write_bytes(
            pkcs12.serialize_key_and_certificates(
                b"ours", key, certificate, [authority.root], BestAvailableEncryption(b"word")
            )
        )
    else:
        file = tmp_path / "ours.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word"))
            + certificate.public_bytes(Encoding.PEM)
        )
    identity = Identity(
        ca_bundle=str(authority.bundle), certificate=str(file), certificate_password="word"
    )

    async with (
        server(saying("HTTP/1.1 200 OK\r\nContent-Length: 2", b"{}"), authority.listening()) as url,
        client(identity) as opened,
    ):
        answer = await Wire(opened).call("test", "GET", url)

    assert answer.status == 200


async def test_without_our_certificate_that_bank_is_unreachable(tmp_path: Path) -> None:
    """A handshake that fails is told as a connection that could not be made, not as a crash."""
    authority = Authority(tmp_path)

    async with (
        server(saying("HTTP/1.1 200 OK\r\nContent-Length: 2", b"{}"), authority.listening()) as url,
        client(Identity(ca_bundle=str(authority.bundle))) as opened,
    ):
        with pytest.raises(Unreachable) as refused:
            await Wire(opened).call("test", "GET", url)

    assert refused.value.trouble == "connection"


async def test_a_bank_under_a_strange_root_is_not_believed(tmp_path: Path) -> None:
    """Verification is never off: a server that our bundle does not know gets no request."""
    authority = Authority(tmp_path)

    async with (
        server(saying("HTTP/1.1 200 OK\r\nContent-Length: 2", b"{}"), authority.listening()) as url,
        client(Identity()) as opened,
    ):
        with pytest.raises(Unreachable) as refused:
            await Wire(opened).call("test", "GET", url)

    assert refused.value.trouble == "connection"
