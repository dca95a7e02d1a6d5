"""A server that takes uploads and throws them away, and gives models: so little work that it is not what is measured.

    python benchmarks/discard_server.py [--part-size BYTES] [--certificate FILE]

It speaks as much of Teleport, of its object storage and of S3 as transfers need, over HTTP/1.1 with keep-alive, one
thread for each connection, and over TLS if it is given a certificate. On Linux the kernel drops the bytes of a part
without copying them here, if they come without TLS. A model's id, or an S3 object's key, is its size. The URLs that it
gives lead to where the request was sent to, so that what is between the client and this server stays between them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple

PART_SIZE = 64 * 1024 * 1024
ETAG = '"discarded"'
"""No MD5 on purpose: a server that computed one would be slower than any client."""

CAPTURE = {
    "eid": "b4c0a2f6-8c55-4d3e-9a35-0d2d1f6b7f1e",
    "sid": None,
    "name": "video",
    "created": "2025-10-06T18:55:42.733421",
    "uploaded": "2025-10-06T18:56:01.104233",
    "state": "PROCESSING",
    "error_reason": None,
    "state_description": None,
    "error_reason_slug": None,
    "preview_urls": {},
    "preview_url": None,
    "viewer_url": None,
    "share_url": None,
    "share_link": None,
    "gif_url": None,
    "video_url": None,
    "share_video_url": None,
    "is_public": False,
}

METADATA = {
    "eid": CAPTURE["eid"],
    "name": "video",
    "segmented_capture_eid": None,
    "profile_name": "ply",
    "lod": False,
    "model_urls": [],
    "cameras": [],
}

_DROP = socket.MSG_TRUNC if sys.platform == "linux" else 0
_BUFFER = 1024 * 1024
_SEND = 512 * 1024
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:\s*chunked", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect:\s*100-continue", re.IGNORECASE)
_HOST = re.compile(rb"\r\nhost:\s*(\S+)", re.IGNORECASE)
_RANGE = re.compile(rb"\r\nrange:\s*bytes=(\d+)-(\d*)", re.IGNORECASE)
_IF_RANGE = re.compile(rb"\r\nif-range:\s*(\S+)", re.IGNORECASE)
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_PERIOD = 1024 * 1024 - 3
_MODEL = memoryview(random.Random(0).randbytes(_PERIOD) * 2)


def model_bytes(offset: int, count: int) -> memoryview:
    """The model's bytes from a place on: as many as are wanted, up to nearly a MiB."""
    begin = offset % _PERIOD
    return _MODEL[begin : begin + min(count, _PERIOD)]


class Reply(NamedTuple):
    """What is answered: with a body, or with a range of the model."""

    headers: Mapping[str, str]
    body: str = ""
    status: str = "200 OK"
    model: range | None = None


@dataclass(frozen=True)
class Plan:
    """What the server was told: bytes of a part, and whether it speaks TLS."""

    part_size: int = PART_SIZE
    is_secure: bool = False


class Connection:
    """One client's connection."""

    def __init__(self, wire: socket.socket, plan: Plan) -> None:
        self._wire = wire
        self._plan = plan
        self._received = bytearray()
        self._buffer = bytearray(_BUFFER)
        self._drop = 0 if plan.is_secure else _DROP

    def serve(self) -> None:
        """Answer requests until the client ends the connection."""
        while self._receive_until(b"\r\n\r\n"):
            head, _, rest = bytes(self._received).partition(b"\r\n\r\n")
            self._received = bytearray(rest)
            if _EXPECT.search(head):
                self._wire.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            method, target, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
            if _CHUNKED.search(head):
                body = self._receive_chunked()
            else:
                length = _CONTENT_LENGTH.search(head)
                body = self._receive_body(int(length[1]) if length else 0, keep=method == "POST")
            self._send(method, answer(method, target, body, head, self._plan))

    def _receive_until(self, mark: bytes) -> bool:
        while mark not in self._received:
            some = self._wire.recv(65536)
            if not some:
                return False
            self._received += some
        return True

    def _receive_chunked(self) -> bytes:
        """A body of unknown length, which only storage is sent: nothing of it is kept."""
        while self._receive_until(b"\r\n"):
            line, _, rest = bytes(self._received).partition(b"\r\n")
            self._received = bytearray(rest)
            size = int(line.partition(b";")[0], 16)
            if not size:
                while self._receive_until(b"\r\n"):  # trailers, and the empty line that ends them
                    line, _, rest = bytes(self._received).partition(b"\r\n")
                    self._received = bytearray(rest)
                    if not line:
                        return b""
            self._receive_body(size + 2, keep=False)
        raise ConnectionResetError

    def _receive_body(self, length: int, *, keep: bool) -> bytes:
        if keep:
            while len(self._received) < length:
                some = self._wire.recv(65536)
                if not some:
                    raise ConnectionResetError
                self._received += some
        body = bytes(self._received[:length])
        del self._received[:length]
        left = length - len(body)
        while left:
            count = self._wire.recv_into(self._buffer, min(left, len(self._buffer)), self._drop)
            if not count:
                raise ConnectionResetError
            left -= count
        return body

    def _send(self, method: str, reply: Reply) -> None:
        content = reply.body.encode()
        length = len(content) if reply.model is None else len(reply.model)
        lines = [f"HTTP/1.1 {reply.status}", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        self._wire.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        if reply.model and method == "GET":
            for offset in range(reply.model.start, reply.model.stop, _SEND):
                self._wire.sendall(model_bytes(offset, min(_SEND, reply.model.stop - offset)))


def answer(method: str, target: str, body: bytes, head: bytes, plan: Plan) -> Reply:
    """The reply to a request.

    Args:
        method: The request's.
        target: Its path and query.
        body: Its body; empty where that was thrown away.
        head: Its first line and its headers.
        plan: What the server was told.
    """
    path, _, query = target.partition("?")
    host = _HOST.search(head)
    address = f"{'https' if plan.is_secure else 'http'}://{host[1].decode('ascii') if host else ''}"
    if method in ("GET", "HEAD") and path.startswith(("/model/", "/bucket/")):
        return _model(head, int(path.rpartition("/")[2]))
    if path.startswith("/part/"):
        return Reply({"ETag": ETAG})
    if path.startswith("/bucket/"):
        return _answer_as_s3(method, query)
    reply: object = CAPTURE
    if path == "/oauth2/token":
        reply = {"access_token": "nobody-checks-it", "expires_in": 3600, "token_type": "bearer"}
    elif path == "/api/v1/captures" and method == "GET":
        reply = [CAPTURE]
    elif path == "/api/v1/captures":
        parts = -(-json.loads(body)["bytesize"] // plan.part_size)
        reply = {"eid": CAPTURE["eid"], "chunk_size": plan.part_size, "num_parts": parts}
    elif "/create-upload-url/" in path:
        url = f"{address}/part/{path.rpartition('/')[2]}?signature=none"
        reply = {"eid": CAPTURE["eid"], "upload_url": url, "chunk_size": plan.part_size}
    elif path.endswith("/metadata"):
        reply = {**METADATA, "models": [{"url": f"{address}/model/{path.split('/')[-2]}?signature=none"}]}
    return Reply({"Content-Type": "application/json"}, json.dumps(reply))


def _model(head: bytes, size: int) -> Reply:
    headers = {
        "ETag": ETAG,
        "Accept-Ranges": "bytes",
        "Content-Type": "application/octet-stream",
        "Last-Modified": "Mon, 06 Oct 2025 18:56:01 GMT",
    }
    wanted, of_version = _RANGE.search(head), _IF_RANGE.search(head)
    if not wanted or (of_version and of_version[1].decode("ascii") != ETAG):
        return Reply(headers, model=range(size))
    begin, end = int(wanted[1]), min(size, int(wanted[2]) + 1 if wanted[2] else size)
    if begin >= size:
        return Reply({**headers, "Content-Range": f"bytes */{size}"}, status="416 Range Not Satisfiable")
    headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
    return Reply(headers, status="206 Partial Content", model=range(begin, end))


def _answer_as_s3(method: str, query: str) -> Reply:
    if method == "PUT":
        return Reply({"ETag": ETAG})
    name = "InitiateMultipartUploadResult" if query == "uploads" else "CompleteMultipartUploadResult"
    facts = f"<Bucket>bucket</Bucket><Key>video</Key><UploadId>1</UploadId><ETag>{ETAG}</ETag>"
    return Reply({"Content-Type": "application/xml"}, f"{_XML}<{name}>{facts}</{name}>")


@dataclass(frozen=True)
class Server:
    """A running server: where it is, and its process."""

    address: str
    process: subprocess.Popen[str]


@contextmanager
def serving(*options: object) -> Iterator[Server]:
    """Run the server in a process of its own, with these options on its command line."""
    process = subprocess.Popen(
        [sys.executable, __file__, *map(str, options)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Server(process.stdout.readline().strip(), process)
        process.stdin.close()


@contextmanager
def discarding() -> Iterator[str]:
    """Run the server as it comes; the address where it is."""
    with serving() as server:
        yield server.address


def main() -> None:
    """Print the address, and serve until standard input ends: the server does not outlive who started it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part-size", type=int, default=PART_SIZE)
    parser.add_argument("--certificate", help="a PEM file with the key and the certificate: speak TLS")
    arguments = parser.parse_args()
    tls = None
    if arguments.certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(arguments.certificate)
    plan = Plan(arguments.part_size, is_secure=tls is not None)
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}", flush=True)

    def serve(wire: socket.socket) -> None:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with wire, suppress(OSError), tls.wrap_socket(wire, server_side=True) if tls else wire as talking:
            Connection(talking, plan).serve()

    def accept() -> None:
        while True:
            wire, _ = listener.accept()
            threading.Thread(target=serve, args=(wire,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()
    os._exit(0)  # threads that are in the middle of TLS do not survive an orderly end of the interpreter


if __name__ == "__main__":
    main()
