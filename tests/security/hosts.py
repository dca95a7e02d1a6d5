"""Hosts that remember all that reaches them, in plain http or over TLS with certificates made for the test."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@attrs.frozen
class Seen:
    """A request, with its headers' names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def everything(self) -> str:
        """All of it as a text, to look for secrets in."""
        return f"{self.method} {self.path} {dict(self.headers)} {self.body.decode('latin-1')}"


@attrs.frozen
class Reply:
    """What a host answers."""

    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""


class Host(ThreadingHTTPServer):
    """A host at a port of its own, which is an origin of its own.

    Attributes:
        seen: The requests, in the order of their ends.
        connections: How many were made.
        url: Its address; `name` is what it is called there.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(
        self, answer: Reply | Callable[[Seen], Reply], *, tls: ssl.SSLContext | None = None, name: str = "127.0.0.1"
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.seen: list[Seen] = []
        self.connections = 0
        self._tls = tls
        self.url = f"{'https' if tls else 'http'}://{name}:{self.server_port}"

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        self.connections += 1
        if self._tls is not None:  # in the thread of the connection: the handshake waits for the client
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that hang up are what is tested."""

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Host

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, self.path, headers, body)
        self.server.seen.append(seen)
        reply = self.server.answer if isinstance(self.server.answer, Reply) else self.server.answer(seen)
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = _take  # noqa: N815 - the names that are looked for

    def log_message(self, *_: object) -> None:
        """Nothing: tests are quiet."""


@attrs.frozen
class Certificates:
    """An authority, and the certificates that it signs, in a folder."""

    folder: Path
    _key: ec.EllipticCurvePrivateKey = attrs.field(init=False, factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def authority(self) -> Path:
        """The authority's own certificate: whom clients may be told to trust."""
        path = self.folder / "authority.pem"
        if not path.exists():
            extension = x509.BasicConstraints(ca=True, path_length=0)
            made = _builder(_NAME, self._key, days=(-1, 1)).add_extension(extension, critical=True)
            path.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return path

    def server(
        self, *, host: str = "127.0.0.1", days: tuple[int, int] = (-1, 1), self_signed: bool = False
    ) -> ssl.SSLContext:
        """What a server needs that shows a certificate for this host, good between two days from today."""
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            name: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        made = _builder(_named("server"), key, issuer=_named("server") if self_signed else _NAME, days=days)
        made = made.add_extension(x509.SubjectAlternativeName([name]), critical=False)
        certificate = made.sign(key if self_signed else self._key, hashes.SHA256())
        path = self.folder / f"{certificate.serial_number}.pem"
        plain = serialization.NoEncryption()
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


_NAME = _named("an authority for tests")


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: tuple[int, int], issuer: x509.Name | None = None
) -> x509.CertificateBuilder:
    begin, end = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=day) for day in days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
