"""A server that gives one answer to all: for what a cloud is documented to say and no store here can be made to."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs


@contextlib.contextmanager
def answering(status: int, body: str, **headers: str) -> Iterator[str]:
    """The address of a server that answers with this, whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            content = body.encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the base class names them so

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@attrs.frozen
class Silent:
    """A server that takes connections and never says a word."""

    endpoint: str
    _listener: socket.socket
    _connections: list[socket.socket] = attrs.field(factory=list)

    def wait_for_request(self) -> None:
        """Wait until somebody has sent something."""
        self._connections.append(self._listener.accept()[0])
        self._connections[-1].recv(1)

    def close(self) -> None:
        for connection in (*self._connections, self._listener):
            connection.close()


@contextlib.contextmanager
def silent() -> Iterator[Silent]:
    """Run such a server."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    with contextlib.closing(Silent(f"http://127.0.0.1:{listener.getsockname()[1]}", listener)) as server:
        yield server


def closed_port() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
