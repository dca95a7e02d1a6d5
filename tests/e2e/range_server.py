"""A store that serves one object and its ranges, as slowly and as oddly as a test wants."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import attrs

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class Cut(Exception):
    """Raised by `before`: the connection is reset."""


@attrs.frozen
class Answer:
    """What is said to a request: `size` bytes of the body from place `at` on follow the headers."""

    status: int
    headers: Mapping[str, str]
    at: int = 0
    size: int = 0


@attrs.define(eq=False)
class Asked:
    """A request.

    Attributes:
        number: Counted from 0.
        range: The first byte that it wants, and the last or None; None where it wants all.
        if_range: Its If-Range.
        sent: Bytes of the body that were sent.
        is_over: Whether its reply is.
    """

    number: int
    range: tuple[int, int | None] | None
    if_range: str | None
    sent: int = 0
    is_over: bool = False


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Clients that go away are what the tests are about."""


@attrs.define(eq=False)
class RangeServer:
    """Serves `data`; to be used as a context manager.

    Attributes:
        data: The object.
        etag: Its ETag.
        headers: More headers of each reply.
        answer: What is said to a request, where that is not what a good store says.
        before: Is called with the request and the place of each piece of the body before it is sent: it may wait.
        piece: Bytes that are sent at once.
        asked: The requests so far.
    """

    data: bytes
    etag: str = '"v1"'
    headers: dict[str, str] = attrs.field(factory=dict)
    answer: Callable[[Asked], Answer | None] = lambda _: None
    before: Callable[[Asked, int], object] = lambda *_: None
    piece: int = 4096
    asked: list[Asked] = attrs.field(factory=list)
    _changed: threading.Condition = attrs.field(factory=threading.Condition)
    _server: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/object"

    def __enter__(self) -> Self:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server._serve(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait for something that requests and sent pieces bring about."""
        with self._changed:
            if not self._changed.wait_for(condition, 30):
                raise AssertionError("it never happened")

    def ranges(self) -> list[tuple[int, int | None] | None]:
        """What was asked for."""
        return [asked.range for asked in self.asked]

    def good(self, asked: Asked) -> Answer:
        """What a good store says."""
        total = len(self.data)
        headers = {"ETag": self.etag, "Accept-Ranges": "bytes", **self.headers}
        if asked.range is None or asked.if_range not in (None, self.etag):
            return Answer(200, headers, 0, total)
        at, last = asked.range
        if at >= total:
            return Answer(416, {**headers, "Content-Range": f"bytes */{total}"})
        end = total if last is None else min(last + 1, total)
        return Answer(206, {**headers, "Content-Range": f"bytes {at}-{end - 1}/{total}"}, at, end - at)

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        match = _RANGE.fullmatch(handler.headers.get("Range", ""))
        wanted = (int(match[1]), int(match[2]) if match[2] else None) if match else None
        with self._changed:
            asked = Asked(len(self.asked), wanted, handler.headers.get("If-Range"))
            self.asked.append(asked)
            self._changed.notify_all()
        answer = self.answer(asked) or self.good(asked)
        data = memoryview(self.data)
        try:
            handler.send_response(answer.status)
            for name, value in {"Content-Length": str(answer.size), **answer.headers}.items():
                handler.send_header(name, value)
            handler.end_headers()
            for at in range(answer.at, answer.at + answer.size, self.piece):
                self.before(asked, at)
                handler.wfile.write(data[at : min(at + self.piece, answer.at + answer.size)])
                with self._changed:
                    asked.sent = at + self.piece - answer.at
                    self._changed.notify_all()
        except (OSError, Cut):
            handler.close_connection = True
            with contextlib.suppress(OSError):
                handler.connection.shutdown(socket.SHUT_RDWR)
        finally:
            with self._changed:
                asked.is_over = True
                self._changed.notify_all()
