"""The environment's proxy is used, for requests and for transfers, by both faces."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from safelight.sandbox import Sandbox
from tests.e2e.conftest import Face

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "proxy-connection"}


class Proxy(ThreadingHTTPServer):
    """Hands plain http on, and remembers what for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.passed: list[str] = []
        self.http = httpx.Client(trust_env=False)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def _pass_on(self) -> None:
        self.server.passed.append(f"{self.command} {self.path.partition('?')[0]}")
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        reply = self.server.http.request(self.command, self.path, content=body, headers=headers)
        self.send_response(reply.status_code)
        for name, value in reply.headers.items():
            if name not in HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        self.wfile.write(reply.content)

    do_GET = do_PUT = do_POST = _pass_on  # noqa: N815 - the names that the standard library looks for

    def log_message(self, *_: object) -> None:
        """Nothing: tests are quiet."""


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    with Proxy() as proxy:
        threading.Thread(target=proxy.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.server_port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        yield proxy
        proxy.shutdown()
        proxy.http.close()


def test_everything_goes_through_the_proxy(
    proxy: Proxy, face: Face, sandbox: Sandbox, video: Path, tmp_path: Path
) -> None:
    capture = face.wait(face.upload(video).eid)
    face.download(capture.sid, tmp_path / "a.ply")
    direct = len(sandbox.requests) - len(proxy.passed)
    assert direct == 0
    assert {line.split()[0] for line in proxy.passed} == {"GET", "POST", "PUT"}
