"""The body of a reply, past httpx: the same bytes, whatever pieces they come in."""

from __future__ import annotations

import itertools
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.transfer.body import body_of
from safelight.transport import new_transfer_client, tls_context

HEAD = b"HTTP/1.1 200 OK\r\n"


class Pieces(httpcore.NetworkBackend, httpcore.NetworkStream):
    """A connection on which these pieces come, each by a read of its own at the least; an error is raised."""

    def __init__(self, pieces: Iterable[bytes | Exception]) -> None:
        self._pieces = [piece for piece in pieces if piece != b""]
        self.is_closed = False

    def connect_tcp(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        return self

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return self

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        assert timeout == 60.0
        piece = self._pieces.pop(0) if self._pieces else b""
        if isinstance(piece, Exception):
            raise piece
        if piece[max_bytes:]:
            self._pieces.insert(0, piece[max_bytes:])
        return piece[:max_bytes]

    def close(self) -> None:
        self.is_closed = True

    def get_extra_info(self, info: str) -> Any:
        return None


def transport_on(wire: Pieces) -> httpx.HTTPTransport:
    transport = httpx.HTTPTransport(verify=tls_context())
    transport._pool = httpcore.ConnectionPool(tls_context(), network_backend=wire)
    return transport


@contextmanager
def reply(wire: Pieces, url: str = "http://s.test/a") -> Iterator[httpx.Response]:
    with new_transfer_client(None, connections=1) as http:
        http._transport = transport_on(wire)
        with http.stream("GET", url) as response:
            yield response


def read(wire: Pieces, url: str = "http://s.test/a") -> bytes:
    with reply(wire, url) as response:
        return b"".join(body_of(response))


def cut(wire: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(wire) + 1) for place in places), len(wire)]
    return [wire[at:end] for at, end in itertools.pairwise(bounds)]


def chunked(body: bytes) -> bytes:
    pieces = [body[at : at + 100] for at in range(0, len(body), 100)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])


@given(body=st.binary(max_size=500), places=st.lists(st.integers(0, 1000), max_size=6), after=st.binary(max_size=20))
@pytest.mark.parametrize("url", ["http://s.test/a", "https://s.test/a"])
def test_the_body_is_what_was_sent_and_nothing_behind_it(
    url: str, body: bytes, places: list[int], after: bytes
) -> None:
    wire = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert read(Pieces(cut(wire + after, places)), url) == body


@given(body=st.binary(max_size=500), places=st.lists(st.integers(0, 1000), max_size=6))
@pytest.mark.parametrize("length", [b"", b"Content-Length: 3\r\n"], ids=["", "with a length, which does not count"])
def test_a_body_in_chunks_is_taken_apart(length: bytes, body: bytes, places: list[int]) -> None:
    wire = HEAD + length + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(body)
    assert read(Pieces(cut(wire, places))) == body


def test_a_body_without_a_length_ends_with_its_connection() -> None:
    assert read(Pieces([HEAD + b"\r\nsome", b" more"])) == b"some more"


@pytest.mark.parametrize("already", [b"", b"12345"])
@pytest.mark.parametrize(
    ("end", "error"),
    [
        (b"", httpx.RemoteProtocolError),
        (httpcore.ReadTimeout("slow"), httpx.ReadTimeout),
        (httpcore.ReadError("reset"), httpx.ReadError),
    ],
    ids=["closed", "stalled", "reset"],
)
def test_a_body_that_breaks_off_is_an_error_of_httpx(
    already: bytes, end: bytes | Exception, error: type[Exception]
) -> None:
    wire = Pieces([HEAD + b"Content-Length: 10\r\n\r\n" + already, b"678", end])
    with pytest.raises(error):
        read(wire)
    assert wire.is_closed


def test_only_what_came_with_the_headers_passes_through_httpx() -> None:
    with reply(Pieces([HEAD + b"Content-Length: 1005\r\n\r\n12345", b"x" * 1000])) as response:
        assert b"".join(body_of(response)) == b"12345" + b"x" * 1000
        assert response.num_bytes_downloaded == 5


def test_what_a_users_transport_does_with_the_body_is_not_gone_past() -> None:
    class Letters(httpx.SyncByteStream):
        def __init__(self, inner: httpx.Response) -> None:
            self._inner = inner

        def __iter__(self) -> Iterator[bytes]:
            assert isinstance(self._inner.stream, httpx.SyncByteStream)
            for chunk in self._inner.stream:
                yield from (bytes([letter]) for letter in chunk)

        def close(self) -> None:
            self._inner.close()

    class Slow(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            inner = transport.handle_request(request)
            return httpx.Response(
                inner.status_code, headers=inner.headers, stream=Letters(inner), extensions=inner.extensions
            )

    transport = transport_on(Pieces([HEAD + b"Content-Length: 10\r\n\r\n12345", b"67890"]))
    with (
        transport,
        new_transfer_client(Slow(), connections=1) as http,
        http.stream("GET", "http://s.test/a") as response,
    ):
        assert b"".join(body_of(response)) == b"1234567890"
