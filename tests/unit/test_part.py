"""Sending parts over one connection: it is given up when it gets nowhere, and chunks fit its speed."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from safelight.bridge import Stop
from safelight.transfer.plan import plan_parts
from safelight.transfer.source import CHUNK, FileSource
from safelight.transfer.upload import Upload
from safelight.transport import new_transfer_client
from tests.conftest import FakeClock

SIZE = 8 * 1024 * 1024


@contextlib.contextmanager
def store(*serve: Callable[[socket.socket], object]) -> Iterator[str]:
    """A store that serves its first connection by the first function, and so on; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            for each in serve:
                wire, _ = listening.accept()
                with wire, contextlib.suppress(OSError):
                    each(wire)

        thread = threading.Thread(target=run)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join(20)
        assert not thread.is_alive()


def take(wire: socket.socket, size: int = SIZE) -> None:
    """Read a request with so large a body."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += wire.recv(65536)
    left = size - len(received.partition(b"\r\n\r\n")[2])
    while left > 0:
        left -= len(wire.recv(min(left, 1 << 20)))


def accept(wire: socket.socket) -> None:
    take(wire)
    wire.sendall(b'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: 0\r\n\r\n')


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp4"
    path.write_bytes(bytes(SIZE))
    return path


def upload(file: Path, address: str, clock: FakeClock, transport: httpx.BaseTransport | None = None) -> list[int]:
    """Send the file as one part; the numbers that were accepted."""
    source, accepted = FileSource(file), list[int]()
    try:
        Upload(
            source=source,
            parts=plan_parts(SIZE, SIZE),
            done=0,
            sign=lambda number: address,
            accepted=lambda number, etag, md5: accepted.append(number),
            concurrency=None,
            verify=False,
            new_http=lambda: new_transfer_client(transport, connections=1),
            stop=Stop(),
            on_progress=None,
            clock=clock,
        ).run()
    finally:
        source.close()
    return accepted


def test_a_store_that_drips_its_reply_is_left_and_the_part_sent_again(file: Path, clock: FakeClock) -> None:
    def drip(wire: socket.socket) -> object:
        take(wire)
        wire.settimeout(0.02)
        while True:  # until the client ends the connection
            wire.sendall(b"H")
            clock.advance(20)
            with contextlib.suppress(TimeoutError):
                return wire.recv(1)

    with store(drip, accept) as address:
        assert upload(file, address, clock) == [1]


def test_a_store_that_takes_hardly_anything_is_left_and_the_part_sent_again(file: Path, clock: FakeClock) -> None:
    def sip(wire: socket.socket) -> None:
        wire.recv(1000)
        time.sleep(0.2)  # now the chunk that nobody takes is on its way
        clock.advance(2000)
        time.sleep(0.3)  # so that the client sees it
        while wire.recv(1 << 20):  # until the client ends the connection
            pass

    with store(sip, accept) as address:
        assert upload(file, address, clock) == [1]


def test_a_store_that_drips_an_error_page_is_left_and_the_part_sent_again(file: Path, clock: FakeClock) -> None:
    def drip(wire: socket.socket) -> object:
        take(wire)
        wire.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 1900\r\n\r\n")
        wire.settimeout(0.02)
        for _ in range(500):
            wire.sendall(b"x")
            clock.advance(20)
            with contextlib.suppress(TimeoutError):
                return wire.recv(1)
        raise AssertionError("it was read for hours")

    with store(drip, accept) as address:
        assert upload(file, address, clock) == [1]


def test_a_part_that_was_not_sent_whole_is_sent_again_whatever_the_store_says(file: Path, clock: FakeClock) -> None:
    def reply_early(wire: socket.socket) -> None:
        wire.recv(1000)
        wire.sendall(b'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: 0\r\n\r\n')
        wire.shutdown(socket.SHUT_WR)
        time.sleep(0.2)  # the client finds out when it can send no more

    took_whole: list[bool] = []

    def reply(wire: socket.socket) -> None:
        accept(wire)
        took_whole.append(True)

    with store(reply_early, reply) as address:
        assert upload(file, address, clock) == [1]
    assert took_whole


@pytest.mark.parametrize(
    ("bytes_a_second", "expected"), [(1e9, CHUNK), (1e6, CHUNK), (200e3, CHUNK // 4), (1e3, 16384)]
)
def test_chunks_are_as_large_as_goes_in_about_a_second(
    file: Path, clock: FakeClock, bytes_a_second: float, expected: int
) -> None:
    chunks: list[int] = []

    class Line(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            assert isinstance(request.stream, httpx.SyncByteStream)
            for chunk in request.stream:
                chunks.append(len(chunk))
                clock.advance(len(chunk) / bytes_a_second)
            return httpx.Response(200, headers={"ETag": '"x"'})

    assert upload(file, "https://store.test/", clock, Line()) == [1]
    assert sum(chunks) == SIZE
    assert max(chunks[-3:]) == expected
