"""Every call to a bank goes through here: bounded in size, time and ratio, measured, journalled."""

from __future__ import annotations

import ssl
import tempfile
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from time import perf_counter
from typing import Any, Literal, Protocol

import anyio
import httpx
import msgspec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    pkcs12,
)
from msgspec import Struct

from providers.redaction import MASK, SECRET_NAMES, scrub_body, scrub_headers, scrub_url

DECODED_BYTES_MAX = 20_000_000
RATIO_MAX = 100
RATIO_FREE_BYTES = 1_000_000
"""Small answers compress well without meaning harm; the ratio counts only above this size."""
SECONDS_MAX = 60.0
IN_FLIGHT_MAX = 20
KEPT_BYTES_MAX = 8_192
SHORTEST_SECRET = 8
"""What is shorter would be found by chance in any answer."""
OUR_OWN = frozenset({"client_secret", "new_client_secret", "password"})

Trouble = Literal["timeout", "connection", "too_large", "encoding"]


class Unreachable(Exception):  # noqa: N818 - named by the situation, like its sibling Refused
    """No answer that can be read: the connection broke, the time ran out, or it would not end."""

    def __init__(self, trouble: Trouble, sentence: str) -> None:
        super().__init__(sentence)
        self.trouble = trouble


class Answer(Struct, frozen=True):
    """What came back: header names are lower case, the body is decoded and within bounds."""

    status: int
    headers: dict[str, str]
    body: bytes
    reason: str = ""

    @property
    def text(self) -> str:
        """The body as text, whatever its bytes."""
        return self.body.decode("utf-8", "replace")

    @property
    def ok(self) -> bool:
        """Whether the status is 200; other 2xx mean something of their own at each bank."""
        return self.status == httpx.codes.OK


class Exchange(Struct, frozen=True):
    """A scrubbed copy of one call, for support."""

    operation: str
    method: str
    url: str
    request_headers: dict[str, str]
    request_body: str
    status: int | None
    response_headers: dict[str, str]
    response_body: str
    milliseconds: int
    trouble: str | None = None


class Gate(Protocol):
    """Who lets a call through: pacing, breaker, bulkhead."""

    def admit(self, operation: str) -> AbstractAsyncContextManager[Any]:
        """Wait for a place; raises `Unreachable` while the bank is known to be down."""
        ...


class _Open:
    def admit(self, operation: str) -> AbstractAsyncContextManager[Any]:
        del operation
        return nullcontext()


class Wire:
    """One bank's line: the only place from which a provider speaks."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        gate: Gate | None = None,
        journal: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._client = client
        self._gate: Gate = gate or _Open()
        self._journal = journal

    async def call(
        self,
        operation: str,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] | None = None,
        form: Mapping[str, str] | None = None,
        json: Any = None,
        auth: tuple[str, str] | None = None,
    ) -> Answer:
        """Send one request and read its whole answer; `params` keep their order.

        Raises:
            Unreachable: when no whole answer came within the bounds.
        """
        request = self._client.build_request(
            method,
            httpx.URL(url, params=list(params)) if params else url,
            headers={"Accept": "application/json", **(headers or {}), "Accept-Encoding": "gzip"},
            data=dict(form) if form is not None else None,
            content=msgspec.json.encode(json) if json is not None else None,
        )
        if json is not None:
            request.headers["Content-Type"] = "application/json"
        async with self._gate.admit(operation):
            started = perf_counter()
            try:
                answer = await self._send(request, auth)
            except Unreachable as trouble:
                self._keep(operation, request, None, started, trouble.trouble)
                raise
            answer = _unrepeated(answer, _sent(headers, params, form, auth))
            self._keep(operation, request, answer, started, None)
        return answer

    async def _send(self, request: httpx.Request, auth: tuple[str, str] | None) -> Answer:
        basic = httpx.BasicAuth(*auth) if auth else None
        try:
            with anyio.fail_after(SECONDS_MAX):
                response = await self._client.send(request, stream=True, auth=basic)
                try:
                    body = await _bounded(response)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException) as slow:
            raise Unreachable("timeout", f"no whole answer in {SECONDS_MAX:g} s") from slow
        except (httpx.TransportError, httpx.InvalidURL, ssl.SSLError, OSError) as broken:
            raise Unreachable("connection", type(broken).__name__) from broken
        return Answer(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            body,
            response.reason_phrase,
        )

    def _keep(
        self,
        operation: str,
        request: httpx.Request,
        answer: Answer | None,
        started: float,
        trouble: str | None,
    ) -> None:
        if self._journal is None:
            return
        form = request.headers.get("content-type", "").startswith("application/x-www-form")
        self._journal(
            Exchange(
                operation=operation,
                method=request.method,
                url=scrub_url(str(request.url)),
                request_headers=scrub_headers(dict(request.headers)),
                request_body=(
                    scrub_url("?" + request.content.decode("utf-8", "replace"))[1:]
                    if form
                    else scrub_body(request.content)
                ),
                status=answer.status if answer else None,
                response_headers=scrub_headers(answer.headers) if answer else {},
                response_body=_kept(answer) if answer else "",
                milliseconds=round((perf_counter() - started) * 1000),
                trouble=trouble,
            )
        )


def _sent(
    headers: Mapping[str, str] | None,
    params: Sequence[tuple[str, str]] | None,
    form: Mapping[str, str] | None,
    auth: tuple[str, str] | None,
) -> list[tuple[str, str]]:
    """What of a call opens doors, by the name under which it was sent."""
    fields = [*(params or ()), *(form or {}).items()]
    fields += [(name, value.rpartition(" ")[2]) for name, value in (headers or {}).items()]
    if auth is not None:
        fields += [
            ("client_secret", auth[1]),
            ("authorization", b64encode(":".join(auth).encode()).decode()),
        ]
    return [
        (name.lower(), value)
        for name, value in fields
        if name.lower() in SECRET_NAMES and len(value) >= SHORTEST_SECRET
    ]


def _unrepeated(answer: Answer, sent: Iterable[tuple[str, str]]) -> Answer:
    """A bank may repeat what it was sent: ours never belongs there, a token not in a refusal."""
    body, headers = answer.body, answer.headers
    for name, secret in sent:
        if name in OUR_OWN or answer.status >= httpx.codes.BAD_REQUEST:
            body = body.replace(secret.encode(), MASK.encode())
            headers = {word: value.replace(secret, MASK) for word, value in headers.items()}
    return msgspec.structs.replace(answer, body=body, headers=headers)


def _kept(answer: Answer) -> str:
    """What support is shown of a body: refusals whole, good pages by their size."""
    if answer.ok and len(answer.body) > KEPT_BYTES_MAX:
        return f"<{len(answer.body)} bytes>"
    return scrub_body(answer.body)


async def _bounded(response: httpx.Response) -> bytes:
    """Read a body without letting a small one unfold into a large one."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", ""}:
        raise Unreachable("encoding", "a content encoding that was not asked for")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if encoding == "gzip" else None
    parts: list[bytes] = []
    came = size = 0
    async for chunk in response.aiter_raw():
        came += len(chunk)
        left = chunk
        while left:
            if unpack is None:
                part, left = left, b""
            else:
                try:
                    part = unpack.decompress(left, 65_536)
                except zlib.error as broken:
                    raise Unreachable("encoding", "a gzip body that is not gzip") from broken
                left = unpack.unconsumed_tail
            size += len(part)
            if size > DECODED_BYTES_MAX:
                raise Unreachable("too_large", f"more than {DECODED_BYTES_MAX} bytes")
            if size > RATIO_FREE_BYTES and size > RATIO_MAX * came:
                raise Unreachable("too_large", f"unfolds more than {RATIO_MAX} times")
            parts.append(part)
    return b"".join(parts)


class Identity(Struct, frozen=True):
    """Who we are in TLS towards one bank; paths of files, all optional."""

    ca_bundle: str | None = None
    certificate: str | None = None
    """A .p12 or .pfx container, or a PEM chain."""
    certificate_key: str | None = None
    certificate_password: str | None = None


def client(identity: Identity) -> httpx.AsyncClient:
    """The one client of a bank: no redirects, all four timeouts, at most 20 calls in flight."""
    limits = httpx.Limits(max_connections=IN_FLIGHT_MAX, max_keepalive_connections=IN_FLIGHT_MAX)
    return httpx.AsyncClient(
        verify=context(identity),
        limits=limits,
        timeout=httpx.Timeout(30.0, connect=10.0, pool=10.0),
        follow_redirects=False,
        trust_env=False,
    )


def context(identity: Identity) -> ssl.SSLContext:
    """TLS 1.2 or later with our certificate, if any, and the bank's own roots beside the usual."""
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if identity.ca_bundle:
        made.load_verify_locations(identity.ca_bundle)
    if identity.certificate:
        _load_own(made, identity)
    return made


def _load_own(made: ssl.SSLContext, identity: Identity) -> None:
    path = Path(identity.certificate or "")
    password = identity.certificate_password
    if path.suffix.lower() not in {".p12", ".pfx"}:
        made.load_cert_chain(path, identity.certificate_key, password)
        return
    secret = password.encode() if password else None
    key, certificate, chain = pkcs12.load_key_and_certificates(path.read_bytes(), secret)
    if key is None or certificate is None:
        sentence = f"{path.name} holds no key with its certificate"
        raise ValueError(sentence)
    # The ssl module reads files only: the key is written encrypted under a password of the moment,
    # into a file that only we can read and that is gone when this function returns.
    passing = ssl.RAND_bytes(24).hex()
    with tempfile.NamedTemporaryFile("wb", suffix=".pem") as file:
        file.write(
            key.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passing.encode())
            )
        )
        for link in (certificate, *chain):
            file.write(link.public_bytes(Encoding.PEM))
        file.flush()
        made.load_cert_chain(file.name, password=passing)
