"""The eight operations by hand, and a client that compares every reply with the contract."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import httpx
from PIL import Image

from safelight.sandbox import Sandbox, SandboxClock
from safelight.sandbox.contract import check_reply, contract_of

CHUNK = 1000


def picture(colour: tuple[int, int, int] = (255, 0, 0), size: tuple[int, int] = (24, 16)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    return stream.getvalue()


def archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as target:
        for name, data in entries.items():
            target.writestr(name, data)
    return stream.getvalue()


def check_against_contract(response: httpx.Response) -> None:
    """Compare a reply with what the contract says of its request."""
    found = contract_of("teleport").find(response.request.method, response.request.url.path)
    if isinstance(found, tuple):
        content = response.read()
        body = json.loads(content) if content else None
        check_reply(found[0].id, response.status_code, body)


@attrs.frozen
class Api:
    """The eight operations by hand, over plain httpx."""

    http: httpx.Client
    sandbox: Sandbox

    def create(self, size: int, format_: str = "video") -> dict[str, Any]:
        reply = self.http.post(
            "/api/v1/captures", json={"name": "Garden", "bytesize": size, "input_data_format": format_}
        )
        assert reply.status_code == 200
        return reply.json()

    def part_url(self, eid: str, number: int, size: int) -> str:
        reply = self.http.post(
            f"/api/v1/captures/{eid}/create-upload-url/{number}", json={"eid": eid, "bytesize": size}
        )
        assert reply.status_code == 200, reply.text
        return reply.json()["upload_url"]

    def put_parts(self, eid: str, data: bytes) -> list[dict[str, Any]]:
        parts = []
        for number, start in enumerate(range(0, len(data), CHUNK), 1):
            reply = httpx.put(self.part_url(eid, number, len(data)), content=data[start : start + CHUNK])
            assert reply.status_code == 200, reply.text
            parts.append({"number": number, "etag": reply.headers["ETag"].strip('"')})
        return parts

    def complete(self, eid: str, parts: list[dict[str, Any]]) -> httpx.Response:
        return self.http.post(f"/api/v1/captures/{eid}/uploaded", json={"eid": eid, "parts": parts})

    def upload(self, data: bytes, format_: str = "video") -> str:
        eid = self.create(len(data), format_)["eid"]
        reply = self.complete(eid, self.put_parts(eid, data))
        assert reply.status_code == 200, reply.text
        return eid

    def listed(self, eid: str) -> dict[str, Any]:
        return next(item for item in self.http.get("/api/v1/captures").json() if item["eid"] == eid)

    def ready(self, data: bytes, format_: str = "video") -> str:
        eid = self.upload(data, format_)
        self.sandbox.clock.advance(5)
        sid = self.listed(eid)["sid"]
        assert isinstance(sid, str)
        return sid

    def model_url(self, sid: str, **query: Any) -> str:
        reply = self.http.get(f"/share/{sid}/metadata", params=query)
        assert reply.status_code == 200, reply.text
        return reply.json()["models"][0]["url"]


@contextmanager
def frozen_sandbox(**options: Any) -> Iterator[Api]:
    """A sandbox whose time stands still."""
    options = {"clock": SandboxClock(frozen=True), "chunk_size": CHUNK, **options}
    hooks = {"response": [check_against_contract]}
    with Sandbox(**options) as sandbox, httpx.Client(base_url=sandbox.base_url, event_hooks=hooks) as client:
        client.headers["Authorization"] = f"Bearer {sandbox.tokens.issue()}"
        yield Api(client, sandbox)
