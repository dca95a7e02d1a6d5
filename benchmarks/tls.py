"""What sending a GiB over TLS costs the client: Python's ssl, and what was tried to make it cost less."""

from __future__ import annotations

import os
import socket
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from certificate import write_certificates
from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from discard_server import serving
from report import Section

KIB, MIB, GIB = 1024, 1024**2, 1024**3

_RECORD = 16 * KIB
"""The most bytes of one TLS record (RFC 8446, section 5.1)."""

_BATCH = 7 * _RECORD
"""With its records' headers below 128 KiB, from which on the C library gives each buffer back to the kernel."""

_ENABLE_KTLS = 1 << 3
"""OpenSSL's SSL_OP_ENABLE_KTLS, for which Python's ssl has a name since 3.12."""

_NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
_USUAL = "ssl, 256 KiB at once"

Way = Callable[[], float]
"""Does it once, and gives the CPU seconds."""


def measure(*, quick: bool) -> list[Section]:
    """Send the same bytes by all ways in turn, some rounds long; figures are the least CPU time of each."""
    size, rounds = (32 * MIB, 3) if quick else (256 * MIB, 9)
    with tempfile.TemporaryDirectory() as name:
        for_server, for_clients = write_certificates(Path(name))
        file = Path(name, "body")
        file.write_bytes(os.urandom(size))
        with serving() as plain, serving("--certificate", for_server) as secure:
            ways = _ways(plain.address, secure.address, ssl.create_default_context(cafile=for_clients), file)
            least = dict.fromkeys(ways, float("inf"))
            for _ in range(rounds):
                for name, way in ways.items():
                    least[name] = min(least[name], way() / size * GIB)
    has_ktls = Path("/proc/net/tls_stat").exists()
    return [
        Section(
            "What was tried for TLS",
            columns=("way", f"over {_USUAL}", "CPU, s/GiB"),
            rows=[[name, f"{spent / least[_USUAL]:.2f}", f"{spent:.3f}"] for name, spent in least.items()],
            notes=[
                f"CPU time of the client alone, by AES-256-GCM, the least of {rounds} rounds of {size // MIB} MiB.",
                f"Python's ssl is built on {ssl.OPENSSL_VERSION}; the first two rows send nothing.",
                f"Kernel TLS is asked for, and this kernel {'has' if has_ktls else 'does not have'} it.",
                "Loopback's packets have 64 KiB. With 1500 bytes (measured apart) Nagle's delay and TCP_CORK cost CPU.",
                "`batches` is an SSLObject whose records go to the kernel 7 at a time.",
            ],
            chart="CPU, s/GiB",
        )
    ]


def _ways(plain: str, secure: str, context: ssl.SSLContext, file: Path) -> dict[str, Way]:
    size = file.stat().st_size
    kernel = ssl.create_default_context(cadata=b"".join(context.get_ca_certs(binary_form=True)))
    kernel.options |= _ENABLE_KTLS
    send = partial(_Wire, secure, size, context)
    ways: dict[str, Way] = {
        f"encryption alone, {_short(backend.openssl_version_text())}": partial(_encrypt, size),
        f"encryption alone, {_short(ssl.OPENSSL_VERSION)}": send().encrypt,
        "no TLS, 256 KiB at once": _Wire(plain, size, None).send,
        "ssl, 16 KiB at once": send(chunk=16 * KIB).send,
        "ssl, 64 KiB at once": send(chunk=64 * KIB).send,
        _USUAL: send().send,
        "ssl, 1 MiB at once": send(chunk=MIB).send,
        "ssl, 4 MiB at once": send(chunk=4 * MIB).send,
        f"{_USUAL}, kernel TLS": _Wire(secure, size, kernel).send,
        f"{_USUAL}, Nagle's delay": send(options=()).send,
        f"{_USUAL}, 4 MiB buffer": send(options=(_NO_DELAY, (socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * MIB))).send,
        "ssl, batches": send(chunk=MIB).send_batches,
        "ssl, from a file, 256 KiB at once": send(file=file).send,
        "ssl, from a file, 1 MiB at once": send(file=file, chunk=MIB).send,
        "ssl, from a file, batches": send(file=file, chunk=MIB).send_batches,
        "httpx, from a file, 256 KiB at once": send(file=file).send_by_httpx,
        "httpx, from a file, 1 MiB at once": send(file=file, chunk=MIB).send_by_httpx,
    }
    if hasattr(socket, "TCP_CORK"):
        ways[f"{_USUAL}, TCP_CORK"] = send(options=((socket.IPPROTO_TCP, socket.TCP_CORK, 1),)).send
    return ways


@dataclass(frozen=True)
class _Wire:
    """One way to send so many bytes: from memory or a file, in chunks, with options of the socket."""

    address: str
    size: int
    context: ssl.SSLContext | None
    chunk: int = 256 * KIB
    file: Path | None = None
    options: tuple[tuple[int, int, int], ...] = field(default=(_NO_DELAY,))

    def send(self) -> float:
        """Send by `SSLSocket.sendall`, or without TLS."""
        wire = self._connected()
        if self.context:
            wire = self.context.wrap_socket(wire, server_hostname="localhost")
        with wire:
            return self._put(wire.sendall, lambda: wire.recv(4096))

    def send_batches(self) -> float:
        """Send by an `SSLObject`, whose records are collected and go to the kernel together."""
        with self._connected() as wire:
            tls = _Batches(wire, self.context or ssl.create_default_context())

            def send(data: bytes) -> None:
                for at in range(0, len(data), _BATCH):
                    wire.sendall(tls.encrypted(memoryview(data)[at : at + _BATCH]))

            return self._put(send, tls.receive)

    def encrypt(self) -> float:
        """Make the records, and send none."""
        with self._connected() as wire:
            tls, chunk = _Batches(wire, self.context or ssl.create_default_context()), bytes(_RECORD)
            begun = time.process_time()
            for _ in range(self.size // _RECORD):
                tls.encrypted(chunk)
            return time.process_time() - begun

    def send_by_httpx(self) -> float:
        """Send as the upload engine does: a generator, by httpx."""
        assert self.context
        begun = 0.0

        def chunks() -> Iterator[bytes]:
            nonlocal begun
            begun = time.process_time()
            yield from self._chunks()

        with httpx.Client(verify=self.context) as http:
            headers = {"Content-Length": str(self.size)}
            http.put(f"{self.address}/part/1", content=chunks(), headers=headers).raise_for_status()
            return time.process_time() - begun

    def _connected(self) -> socket.socket:
        place = urlsplit(self.address)
        wire = socket.create_connection((place.hostname or "", place.port or 0))
        for option in self.options:
            wire.setsockopt(*option)
        return wire

    def _put(self, send: Callable[[bytes], object], wait: Callable[[], object]) -> float:
        send(f"PUT /part/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: {self.size}\r\n\r\n".encode())
        begun = time.process_time()
        for chunk in self._chunks():
            send(chunk)
        wait()
        return time.process_time() - begun

    def _chunks(self) -> Iterator[bytes]:
        if self.file is None:
            chunk = bytes(self.chunk)
            for _ in range(self.size // self.chunk):
                yield chunk
            return
        with self.file.open("rb", buffering=0) as file:
            while chunk := file.read(self.chunk):
                yield chunk


def _encrypt(size: int) -> float:
    """Encrypt records by the OpenSSL that the package cryptography brings along."""
    cipher, nonce, record = AESGCM(bytes(32)), bytes(12), bytes(_RECORD)
    begun = time.process_time()
    for _ in range(size // _RECORD):
        cipher.encrypt(nonce, record, None)
    return time.process_time() - begun


class _Batches:
    """TLS over a socket, whose records are made in memory."""

    def __init__(self, wire: socket.socket, context: ssl.SSLContext) -> None:
        self._wire = wire
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")
        self._until_done(self._tls.do_handshake)
        wire.sendall(self._outgoing.read())

    def encrypted(self, data: bytes | memoryview) -> bytes:
        """The records of these bytes."""
        self._tls.write(data)
        return self._outgoing.read()

    def receive(self) -> None:
        """Wait for the reply."""
        self._until_done(lambda: self._tls.read(4096))

    def _until_done(self, step: Callable[[], object]) -> None:
        while True:
            try:
                step()
            except ssl.SSLWantReadError:
                self._wire.sendall(self._outgoing.read())
                self._incoming.write(self._wire.recv(65536))
            else:
                return


def _short(version: str) -> str:
    return " ".join(version.split()[:2])
