"""A server that answers byte by byte what a test says: for what no good server does."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import attrs


@attrs.define
class Asked:
    """A request whose head has been read.

    Attributes:
        method: Its method.
        target: Its path and query.
        headers: By their names in lower case.
        wire: The connection.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    wire: socket.socket = attrs.field(repr=False)
    _begun: bytes = attrs.field(repr=False)
    _left: int = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._left = int(self.headers.get("content-length", 0))

    def read(self, most: int = 1 << 40) -> bytes:
        """What is left of the body, or the first so many bytes of that."""
        most = min(most, self._left)
        some, self._begun = bytearray(self._begun[:most]), self._begun[most:]
        while len(some) < most:
            received = self.wire.recv(min(1 << 20, most - len(some)))
            if not received:
                raise ConnectionResetError
            some += received
        self._left -= most
        return bytes(some)

    def drop(self) -> int:
        """Read what is left of the body and keep nothing of it; how many bytes that was."""
        dropped, room = self._left, bytearray(1 << 20)
        self._left -= len(self._begun)
        self._begun = b""
        while self._left:
            count = self.wire.recv_into(room, min(self._left, len(room)))
            if not count:
                raise ConnectionResetError
            self._left -= count
        return dropped

    def reply(self, status: int = 200, content: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """Send a whole reply."""
        headers = {"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})}
        self.wire.sendall(head(status, headers) + content)


class Answering:
    """The server; it takes as many requests of a connection as its `answer` returns from without closing the wire.

    Attributes:
        address: Where it is.
        asked: The requests, in the order of their heads.
    """

    def __init__(self, answer: Callable[[Asked], None]) -> None:
        self.asked: list[Asked] = []
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._wires: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # closing alone wakes nobody
        self._listener.close()
        self._threads[0].join()
        for wire in self._wires:
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                wire, _ = self._listener.accept()
                self._wires.append(wire)
                thread = threading.Thread(target=self._serve, args=(wire,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, wire: socket.socket) -> None:
        with wire, contextlib.suppress(OSError):
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while wire.fileno() >= 0 and (asked := _request(wire)):
                self.asked.append(asked)
                self._answer(asked)


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """The head of a reply."""
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def _request(wire: socket.socket) -> Asked | None:
    received = b""
    while b"\r\n\r\n" not in received:
        some = wire.recv(65536)
        if not some:
            return None
        received += some
    begin, _, body = received.partition(b"\r\n\r\n")
    first, *fields = begin.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (field.split(":", 1) for field in fields)
    return Asked(method, target, {name.strip().lower(): value.strip() for name, value in pairs}, wire, body)
