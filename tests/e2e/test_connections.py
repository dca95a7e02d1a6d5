"""The connections of many requests at once, over real sockets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from safelight import AsyncLetsEnhance, LetsEnhance

MANY = 40


class Together(ThreadingHTTPServer):
    """A service that replies when as many requests have come as are to be at work at once."""

    request_queue_size = 2 * MANY
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Usage)
        self.all_are_here = threading.Barrier(MANY)
        self.connections = 0

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()


class _Usage(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Together

    def do_GET(self) -> None:
        self.server.all_are_here.wait(20)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def together() -> Iterator[Together]:
    with Together() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("face", ["blocking", "async"])
def test_many_at_once_keep_their_connections_and_lose_no_reply(together: Together, face: str) -> None:
    settings: dict[str, Any] = {"api_key": "key", "base_url": f"http://127.0.0.1:{together.server_port}"}
    rounds = 3
    if face == "async":

        async def main() -> None:
            async with AsyncLetsEnhance(**settings, max_retries=0) as enhance:
                for _ in range(rounds):
                    await asyncio.gather(*(enhance.usage() for _ in range(MANY)))

        asyncio.run(main())
    else:
        with LetsEnhance(**settings, max_retries=0) as enhance, ThreadPoolExecutor(MANY) as threads:
            for _ in range(rounds):
                list(threads.map(lambda _: enhance.usage(), range(MANY)))
    assert together.connections == MANY
