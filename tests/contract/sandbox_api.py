"""The services' operations by hand, over a client that compares every reply with the contract."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs
import httpx
from PIL import Image, ImageChops, ImageStat

from safelight.sandbox import Sandbox, SandboxClock
from safelight.sandbox.contract import check_reply, contract_of
from safelight.transport import tls_context

CHUNK = 1000
SERVICES = ("teleport", "immersity", "letsenhance", "hautai")


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
    for service in SERVICES:
        found = contract_of(service).find(response.request.method, response.request.url.path)
        if isinstance(found, tuple):
            content = response.read()
            body = json.loads(content) if content else None
            check_reply(found[0].id, response.status_code, body, service=service)


def gradient(size: tuple[int, int] = (120, 80), kind: str = "PNG", **options: Any) -> bytes:
    """A picture in which no two columns look alike, with a bright spot in its middle."""
    across = Image.linear_gradient("L").rotate(90).resize(size).point(lambda value: value * 0.5)
    image = Image.merge("RGB", (across, across, Image.new("L", size, 60)))
    width, height = size
    image.paste((250, 240, 200), (width * 3 // 8, height * 3 // 8, width * 5 // 8, height * 5 // 8))
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def opened(data: bytes) -> Image.Image:
    """A picture, read to its end."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def mean(image: Image.Image, box: tuple[int, int, int, int] | None = None) -> float:
    """How bright a picture, or a part of it, is."""
    grey = image.convert("I").convert("F") if image.mode.startswith("I") else image.convert("L")
    return ImageStat.Stat(grey.crop(box) if box else grey).mean[0]


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are from each other, from 0 to 255."""
    return mean(ImageChops.difference(one.convert("RGB"), other.convert("RGB")))


def wait_until(condition: Callable[[], bool]) -> None:
    """Return when another thread has made it so."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@attrs.frozen
class Received:
    """One call that a server got."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes


@attrs.frozen
class Receiver:
    """A server that is called: it remembers calls, and answers with the given statuses, the last one for ever."""

    url: str
    calls: list[Received]
    statuses: list[int]

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(call.content) for call in self.calls]


@contextmanager
def receiver(*statuses: int, location: str = "") -> Iterator[Receiver]:
    """A receiver while the block lasts."""
    known = Receiver("", [], list(statuses or (200,)))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            known.calls.append(Received(self.command, self.path, dict(self.headers), content))
            self._answer()

        do_PUT = do_POST  # noqa: N815 - the base class names them so

        def do_GET(self) -> None:
            known.calls.append(Received(self.command, self.path, dict(self.headers), b""))
            self._answer()

        def _answer(self) -> None:
            self.send_response(known.statuses.pop(0) if len(known.statuses) > 1 else known.statuses[0])
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield attrs.evolve(known, url=f"http://127.0.0.1:{server.server_port}/called")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@attrs.frozen
class Media:
    """Immersity's and Let's Enhance's operations by hand, over plain httpx; inputs lie in the sandbox's bucket."""

    http: httpx.Client
    sandbox: Sandbox

    def source(self, data: bytes | None = None, name: str = "cat.png") -> str:
        """A readable URL of a picture, or of other bytes."""
        self.sandbox.bucket.put(name, gradient() if data is None else data)
        return self.sandbox.bucket.url("GET", name, 3600)

    def target(self, name: str = "out.bin") -> str:
        """A writable URL."""
        return self.sandbox.bucket.url("PUT", name, 3600)

    def transform(self, path: str, **body: Any) -> httpx.Response:
        """One of Immersity's operations; the picture is `source()` if nothing else is given."""
        if path not in ("encode", "video", "spatial") and "inputImageUrl" not in body:
            body["inputImageUrl"] = self.source()
        return self.http.post(f"/api/v1/{path}", json=body)

    def made(self, path: str, **body: Any) -> bytes:
        """What one of them makes."""
        reply = self.transform(path, **body)
        assert reply.is_success, reply.text
        result = httpx.get(reply.json()["resultPresignedUrl"], verify=tls_context())
        assert result.status_code == 200
        return result.content

    def submit(self, urls: str | list[str], *operations: dict[str, Any], **more: Any) -> httpx.Response:
        """A pipeline with these operations, or with a plain one."""
        body = {"source": {"http": {"url": urls}}, "operations": operations or [MARKETPLACE], "sink": SINK, **more}
        return self.http.post("/v1/pipeline", json=body)

    def pipeline(self, number: int) -> dict[str, Any]:
        """How far it is."""
        reply = self.http.get(f"/v1/pipeline/{number}")
        assert reply.status_code == 200, reply.text
        return reply.json()["pipeline"]

    def finished(self, urls: str | list[str], *operations: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A pipeline when its time is over."""
        reply = self.submit(urls, *operations, **more)
        assert reply.status_code == 200, reply.text
        self.sandbox.clock.advance(5)
        return self.pipeline(reply.json()["pipeline"]["id"])

    def enhanced(self, data: bytes, *operations: dict[str, Any]) -> bytes:
        """What operations make of a picture."""
        (result,) = self.finished(self.source(data), *operations)["results"]
        reply = httpx.get(result["output_object"]["tmp_url"], verify=tls_context())
        assert reply.status_code == 200
        assert reply.headers["Content-Type"] == result["output_object"]["mime"]
        return reply.content


MARKETPLACE = {"op": "preset/marketplace", "width": 60, "height": 60}
SINK = {"temp_store": True}


def video_request(media: Media, callback_url: str, **changes: Any) -> dict[str, Any]:
    """What a video of two seconds is asked for by."""
    animation = media.made("animation", animationLength=2, outputFps=5, outputWidth=64, outputHeight=48)
    media.sandbox.immersity.balance = 100
    return {
        "inputVideoUrl": media.source(animation, "flat.mp4"),
        "resultPresignedUrl": media.target("deep.mp4"),
        "videoLength": 2,
        "creditAmount": 2 * media.sandbox.immersity.prices["video"]["second"],
        "callbackUrl": callback_url,
        "outputWidth": 64,
        "outputHeight": 48,
        "correlationId": "one",
        **changes,
    }


@attrs.frozen
class Api:
    """Teleport's operations by hand, over plain httpx."""

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
            part = data[start : start + CHUNK]
            reply = httpx.put(self.part_url(eid, number, len(data)), content=part, verify=tls_context())
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
    with frozen(**{"chunk_size": CHUNK, **options}) as (sandbox, client):
        client.headers["Authorization"] = f"Bearer {sandbox.tokens.issue()}"
        yield Api(client, sandbox)


@contextmanager
def frozen_media(**options: Any) -> Iterator[Media]:
    """The same, for the services that make pictures of pictures."""
    with frozen(**options) as (sandbox, client):
        client.headers["Authorization"] = f"Bearer {sandbox.immersity.tokens['immersity'].issue()}"
        client.headers["X-API-KEY"] = sandbox.letsenhance.api_key
        yield Media(client, sandbox)


@contextmanager
def frozen(**options: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    hooks = {"response": [check_against_contract]}
    with (
        Sandbox(**{"clock": SandboxClock(frozen=True), **options}) as sandbox,
        httpx.Client(base_url=sandbox.base_url, event_hooks=hooks, timeout=30, verify=tls_context()) as client,
    ):
        yield sandbox, client
