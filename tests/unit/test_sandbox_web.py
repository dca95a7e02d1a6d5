"""The sandbox as a client: what it fetches, and what it does not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.sandbox import web
from safelight.sandbox.web import Unreachable, call, fetch, put


class Elsewhere:
    """A server that remembers the headers of what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        remember = self.asked

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                remember.append((self.command, self.path, dict(self.headers), body))
                self.send_response(302 if "away" in self.path else 404 if "missing" in self.path else 200)
                if "away" in self.path:
                    self.send_header("Location", "/elsewhere")
                data = b"x" * 5000 if self.command == "GET" else b""
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PUT = do_POST = _answer  # noqa: N815

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module")
def running() -> Iterator[Elsewhere]:
    elsewhere = Elsewhere()
    yield elsewhere
    elsewhere.close()


@pytest.fixture
def elsewhere(running: Elsewhere) -> Elsewhere:
    running.asked.clear()
    return running


def test_what_is_readable_is_fetched(elsewhere: Elsewhere) -> None:
    assert asyncio.run(fetch(f"{elsewhere.url}/a.png")) == b"x" * 5000


@pytest.mark.parametrize(("path", "reason"), [("/missing", "404"), ("/away", "302")])
@pytest.mark.fault(25)
def test_only_a_200_is_readable(elsewhere: Elsewhere, path: str, reason: str) -> None:
    with pytest.raises(Unreachable, match=reason):
        asyncio.run(fetch(elsewhere.url + path))
    assert len(elsewhere.asked) == 1


@pytest.mark.fault(25)
def test_what_is_too_large_is_not_read_to_its_end(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MOST_BYTES", 4999)
    with pytest.raises(Unreachable, match="larger than 4999"):
        asyncio.run(fetch(elsewhere.url))


@pytest.mark.fault(25)
def test_nobody_is_waited_for_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable, match="Timeout"):
        asyncio.run(fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/"))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "cat.png", "", "http://[", "data:,x"])
@pytest.mark.fault(25)
def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(Unreachable):
        asyncio.run(fetch(url))
    with pytest.raises(Unreachable):
        asyncio.run(put(url, b"x", "text/plain"))
    assert asyncio.run(call(url, b"{}")) is None


@given(st.text(max_size=20), st.sampled_from(["", "file:", "http:/", "javascript:", "gopher://127.0.0.1/"]))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_nothing_that_is_no_url_breaks_it(text: str, scheme: str) -> None:
    with pytest.raises(Unreachable):
        asyncio.run(fetch(scheme + text))


def test_a_result_is_put_with_its_type_and_no_credentials(elsewhere: Elsewhere) -> None:
    asyncio.run(put(f"{elsewhere.url}/out.png?X-Amz-Signature=1", b"data", "image/png"))
    ((method, _, headers, body),) = elsewhere.asked
    assert (method, headers["Content-Type"], headers["Content-Length"], body) == ("PUT", "image/png", "4", b"data")
    assert "Authorization" not in headers
    # Nothing shows that the real services send what Azure wants to hear.
    assert "x-ms-blob-type" not in headers


@pytest.mark.parametrize("path", ["/missing", "/away"])
def test_a_put_that_is_not_taken_is_an_error(elsewhere: Elsewhere, path: str) -> None:
    with pytest.raises(Unreachable, match="PUT was answered with"):
        asyncio.run(put(elsewhere.url + path, b"data", "image/png"))


def test_the_environments_proxy_is_passed_by(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert asyncio.run(fetch(elsewhere.url))
    assert asyncio.run(call(elsewhere.url, b"{}")) == 200
