"""A server that takes uploads and throws them away: so little work that it is never what is measured.

It speaks as much of Teleport, of its object storage and of S3 as an upload needs, over HTTP/1.1 with keep-alive, one
thread for each connection. On Linux the kernel drops the bytes of a part without copying them here.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

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

_DROP = socket.MSG_TRUNC if sys.platform == "linux" else 0
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect:\s*100-continue", re.IGNORECASE)
_XML = '<?xml version="1.0" encoding="UTF-8"?>'


class Connection:
    """One client's connection."""

    def __init__(self, wire: socket.socket, address: str) -> None:
        self._wire = wire
        self._address = address
        self._received = bytearray()
        self._buffer = bytearray(1024 * 1024)

    def serve(self) -> None:
        """Answer requests until the client ends the connection."""
        self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._wire, suppress(ConnectionError):
            while self._receive_head():
                head, _, rest = bytes(self._received).partition(b"\r\n\r\n")
                self._received = bytearray(rest)
                if _EXPECT.search(head):
                    self._wire.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                method, target, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
                length = _CONTENT_LENGTH.search(head)
                body = self._receive_body(int(length[1]) if length else 0, keep=method == "POST")
                self._reply(*answer(method, target, body, self._address))

    def _receive_head(self) -> bool:
        while b"\r\n\r\n" not in self._received:
            some = self._wire.recv(65536)
            if not some:
                return False
            self._received += some
        return True

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
            count = self._wire.recv_into(self._buffer, min(left, len(self._buffer)), _DROP)
            if not count:
                raise ConnectionResetError
            left -= count
        return body

    def _reply(self, headers: Mapping[str, str], body: str) -> None:
        content = body.encode()
        lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._wire.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)


def answer(method: str, target: str, body: bytes, address: str) -> tuple[dict[str, str], str]:
    """The headers and the body of the reply to a request.

    Args:
        method: The request's.
        target: Its path and query.
        body: Its body; empty where that was thrown away.
        address: The server's own, for URLs that it gives.
    """
    path, _, query = target.partition("?")
    if path.startswith("/part/"):
        return {"ETag": ETAG}, ""
    if path.startswith("/bucket/"):
        return _answer_as_s3(method, query)
    reply: object = CAPTURE
    if path == "/oauth2/token":
        reply = {"access_token": "nobody-checks-it", "expires_in": 3600, "token_type": "bearer"}
    elif path == "/api/v1/captures" and method == "GET":
        reply = [CAPTURE]
    elif path == "/api/v1/captures":
        parts = -(-json.loads(body)["bytesize"] // PART_SIZE)
        reply = {"eid": CAPTURE["eid"], "chunk_size": PART_SIZE, "num_parts": parts}
    elif "/create-upload-url/" in path:
        url = f"{address}/part/{path.rpartition('/')[2]}?signature=none"
        reply = {"eid": CAPTURE["eid"], "upload_url": url, "chunk_size": PART_SIZE}
    return {"Content-Type": "application/json"}, json.dumps(reply)


def _answer_as_s3(method: str, query: str) -> tuple[dict[str, str], str]:
    if method == "PUT":
        return {"ETag": ETAG}, ""
    name = "InitiateMultipartUploadResult" if query == "uploads" else "CompleteMultipartUploadResult"
    facts = f"<Bucket>bucket</Bucket><Key>video</Key><UploadId>1</UploadId><ETag>{ETAG}</ETag>"
    return {"Content-Type": "application/xml"}, f"{_XML}<{name}>{facts}</{name}>"


@contextmanager
def discarding() -> Iterator[str]:
    """Run the server in a process of its own; the address where it is."""
    process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def main() -> None:
    """Print the address, and serve until standard input ends: the server does not outlive who started it."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    print(address, flush=True)

    def accept() -> None:
        while True:
            wire, _ = listener.accept()
            threading.Thread(target=Connection(wire, address).serve, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
