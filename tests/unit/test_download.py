"""Downloads from stores that a mock plays, for what a good store does not do."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpcore._backends.sync import SyncStream

import safelight
from safelight.bridge import Stop
from safelight.transfer import download
from safelight.transfer.download import Download, check_target
from safelight.transfer.fetcher import Known
from safelight.transfer.wires import Wires
from safelight.transport import redirected, tls_context
from tests.conftest import FakeClock

OLD, NEW = b"A" * 1000, b"B" * 1000


class Broken(httpx.SyncByteStream):
    """A body that ends early."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content
        raise httpx.ReadError("reset")


class Whole(httpx.SyncByteStream):
    """A body of another length than the headers say."""

    def __iter__(self) -> Iterator[bytes]:
        yield OLD


def fetch(target: Path, clock: FakeClock, *answers: httpx.Response) -> list[httpx.Request]:
    requests: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return left.pop(0) if len(left) > 1 else left[0]

    downloading(target, clock, answer).run()
    return requests


def downloading(target: Path, clock: FakeClock, answer: Callable[[httpx.Request], httpx.Response]) -> Download:
    return Download(
        target=target,
        sign=lambda: "https://s.test/a?sig=x",
        new_http=lambda: httpx.Client(transport=httpx.MockTransport(answer), verify=tls_context()),
        stop=Stop(),
        on_progress=None,
        clock=clock,
    )


def whole(content: bytes, **headers: str) -> httpx.Response:
    return httpx.Response(200, content=content, headers=headers)


def cut(content: bytes, at: int, **headers: str) -> httpx.Response:
    return httpx.Response(200, stream=Broken(content[:at]), headers={"content-length": str(len(content)), **headers})


def test_a_store_that_ignores_if_range_does_not_mix_two_objects(tmp_path: Path, clock: FakeClock) -> None:
    other = httpx.Response(206, content=NEW[400:], headers={"content-range": "bytes 400-999/1000", "etag": '"new"'})
    fetch(tmp_path / "a", clock, cut(OLD, 400, etag='"old"'), other, whole(NEW, etag='"new"'))
    assert (tmp_path / "a").read_bytes() == NEW


@pytest.mark.parametrize("headers", [{}, {"etag": 'W/"weak"'}])
def test_without_a_strong_etag_a_download_starts_again(
    tmp_path: Path, clock: FakeClock, headers: dict[str, str]
) -> None:
    requests = fetch(tmp_path / "a", clock, cut(OLD, 400, **headers), whole(NEW, **headers))
    assert "range" not in requests[1].headers
    assert (tmp_path / "a").read_bytes() == NEW


def test_another_range_than_the_one_asked_for_is_not_taken(tmp_path: Path, clock: FakeClock) -> None:
    wrong = httpx.Response(206, content=OLD[300:], headers={"content-range": "bytes 300-999/1000", "etag": '"e"'})
    fetch(tmp_path / "a", clock, cut(OLD, 400, etag='"e"'), wrong, whole(OLD, etag='"e"'))
    assert (tmp_path / "a").read_bytes() == OLD


MD5 = hashlib.md5(OLD, usedforsecurity=False)
OTHER = hashlib.md5(NEW, usedforsecurity=False)


def in_base64(digest: hashlib._Hash) -> str:
    return base64.b64encode(digest.digest()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        lambda md5: {"x-amz-request-id": "1", "etag": f'"{md5.hexdigest().upper()}"'},
        lambda md5: {"x-goog-hash": f"crc32c=yZRlqg==, md5={in_base64(md5)}"},
        lambda md5: {"content-md5": in_base64(md5)},
    ],
    ids=["Amazon", "Google", "Content-MD5"],
)
def test_a_checksum_that_the_store_gives_is_compared(tmp_path: Path, clock: FakeClock, headers: Any) -> None:
    fetch(tmp_path / "a", clock, whole(OLD, **headers(MD5)))
    assert (tmp_path / "a").read_bytes() == OLD
    with pytest.raises(safelight.IntegrityError, match="checksum of what arrived"):
        fetch(tmp_path / "b", clock, whole(OLD, **headers(OTHER)))
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"x-goog-hash": f"md5={in_base64(MD5)}"},
        {"x-ms-blob-content-md5": in_base64(MD5), "content-md5": in_base64(OTHER)},
    ],
    ids=["Google", "Azure"],
)
def test_the_checksum_that_comes_with_a_range_is_compared_with_the_whole(
    tmp_path: Path, clock: FakeClock, headers: dict[str, str]
) -> None:
    rest = {"content-range": "bytes 400-999/1000", "etag": '"e"', **headers}
    right = httpx.Response(206, content=OLD[400:], headers=rest)
    fetch(tmp_path / "a", clock, cut(OLD, 400, etag='"e"'), right)
    wrong = httpx.Response(206, content=NEW[400:], headers=rest)
    fetch(tmp_path / "b", clock, cut(OLD, 400, etag='"e"'), wrong, whole(OLD, etag='"e"'))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == OLD


@pytest.mark.parametrize(
    "headers",
    [
        {"x-goog-hash": f"md5={in_base64(OTHER)}", "x-goog-stored-content-encoding": "gzip"},
        {"x-amz-request-id": "1", "etag": f'"{OTHER.hexdigest()}-12"'},
        {"x-amz-request-id": "1", "etag": f'"{OTHER.hexdigest()}"', "x-amz-server-side-encryption": "aws:kms"},
        {"etag": f'"{OTHER.hexdigest()}"'},
        {"content-md5": "not base64"},
        {"content-md5": base64.b64encode(b"short").decode()},
        {"x-goog-hash": "crc32c=yZRlqg=="},
    ],
    ids=["compressed", "of parts", "encrypted", "nobody's", "no base64", "no MD5", "no MD5 of Google's"],
)
def test_what_is_no_checksum_of_the_bytes_is_not_compared(
    tmp_path: Path, clock: FakeClock, headers: dict[str, str]
) -> None:
    assert len(fetch(tmp_path / "a", clock, whole(OLD, **headers))) == 1
    assert (tmp_path / "a").read_bytes() == OLD


def test_a_download_that_goes_forward_may_break_expire_and_be_redirected_as_often_as_it_likes(
    tmp_path: Path, clock: FakeClock
) -> None:
    answers = [cut(OLD, 10, etag='"e"')]
    for at in range(10, 990, 10):
        answers += [
            httpx.Response(403),
            httpx.Response(307, headers={"location": "/moved"}),
            httpx.Response(
                206,
                stream=Broken(OLD[at : at + 10]),
                headers={"content-range": f"bytes {at}-999/1000", "etag": '"e"'},
            ),
        ]
    answers.append(
        httpx.Response(206, content=OLD[990:], headers={"content-range": "bytes 990-999/1000", "etag": '"e"'})
    )
    fetch(tmp_path / "a", clock, *answers)
    assert (tmp_path / "a").read_bytes() == OLD


@pytest.mark.parametrize("content", [b"", b"x"])
@pytest.mark.parametrize("etag", ['"e"', ""])
def test_28_an_empty_file_is_a_file_too(tmp_path: Path, clock: FakeClock, content: bytes, etag: str) -> None:
    fetch(tmp_path / "a", clock, whole(content, **{"content-length": str(len(content)), "etag": etag}))
    assert (tmp_path / "a").read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def of_unknown_size(*ranges: httpx.Response) -> list[httpx.Response]:
    """The beginning of a file, these ranges of it, and that there is no more."""
    begun = httpx.Response(200, stream=Broken(OLD[:400]), headers={"etag": '"e"', "transfer-encoding": "chunked"})
    return [begun, *ranges, httpx.Response(416, headers={"content-range": "bytes */1000"})]


@pytest.mark.parametrize("total", ["1000", "*"])
def test_the_rest_of_a_file_of_unknown_size_is_fetched(tmp_path: Path, clock: FakeClock, total: str) -> None:
    rest = httpx.Response(206, content=OLD[400:], headers={"content-range": f"bytes 400-999/{total}", "etag": '"e"'})
    fetch(tmp_path / "a", clock, *of_unknown_size(rest))
    assert (tmp_path / "a").read_bytes() == OLD


def test_a_range_of_a_file_of_unknown_size_is_not_taken_for_the_rest_of_it(tmp_path: Path, clock: FakeClock) -> None:
    ranges = [
        httpx.Response(206, content=OLD[at:end], headers={"content-range": f"bytes {at}-{end - 1}/*", "etag": '"e"'})
        for at, end in [(400, 500), (500, 1000)]
    ]
    requests = fetch(tmp_path / "a", clock, *of_unknown_size(*ranges))
    assert (tmp_path / "a").read_bytes() == OLD
    assert [request.headers.get("range") for request in requests] == [None, "bytes=400-", "bytes=500-", "bytes=1000-"]


def test_a_store_that_ends_before_the_size_that_it_told_is_not_asked_for_ever(tmp_path: Path, clock: FakeClock) -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        assert len(requests) < 50
        if "range" in request.headers:
            return httpx.Response(416, headers={"content-range": "bytes */400"})
        return cut(OLD, 400, etag='"e"')

    with pytest.raises(safelight.TransferError, match="less than was already fetched"):
        downloading(tmp_path / "a", clock, answer).run()
    assert not (tmp_path / "a").exists()


def test_a_file_of_unknown_size_is_whole_when_the_reply_ends_as_it_should(tmp_path: Path, clock: FakeClock) -> None:
    fetch(tmp_path / "a", clock, httpx.Response(200, stream=Whole(), headers={"transfer-encoding": "chunked"}))
    assert (tmp_path / "a").read_bytes() == OLD


def test_16_a_reply_that_only_the_end_of_its_connection_ends_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(safelight.TransferError, match="does not say where the file ends"):
        fetch(tmp_path / "a", clock, httpx.Response(200, stream=Whole()))
    assert not (tmp_path / "a").exists()


def test_more_than_was_announced_is_an_error(tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(safelight.IntegrityError, match="more than the 10 bytes"):
        fetch(tmp_path / "a", clock, httpx.Response(200, stream=Whole(), headers={"content-length": "10"}))


def test_17_a_store_that_drips_is_asked_anew(tmp_path: Path, clock: FakeClock) -> None:
    class Drip(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            for _ in range(1000):
                clock.advance(50)
                yield b"A"

    begun = clock.monotonic()
    drip = httpx.Response(200, stream=Drip(), headers={"content-length": "1000", "etag": '"e"'})
    rest = httpx.Response(206, content=OLD[2:], headers={"content-range": "bytes 2-999/1000", "etag": '"e"'})
    fetch(tmp_path / "a", clock, drip, rest)
    assert (tmp_path / "a").read_bytes() == OLD
    assert clock.monotonic() - begun < 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_but_not_from_https_to_http(tmp_path: Path, clock: FakeClock, status: int) -> None:
    moved = httpx.Response(status, headers={"location": "/b?sig=y"})
    requests = fetch(tmp_path / "a", clock, moved, whole(OLD))
    assert requests[1].url.path == "/b"
    with pytest.raises(safelight.TransferError, match="redirects"):
        fetch(tmp_path / "b", clock, httpx.Response(status, headers={"location": "http://s.test/b?sig=CANARY"}))


def test_what_is_compressed_though_asked_not_to_be_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    coded = httpx.Response(200, stream=httpx.ByteStream(OLD), headers={"content-encoding": "gzip"})
    with pytest.raises(safelight.TransferError, match="gzip"):
        fetch(tmp_path / "a", clock, coded)


def test_an_etag_of_odd_letters_does_no_harm(tmp_path: Path, clock: FakeClock) -> None:
    odd = '"\u20ac"'.encode()
    fetch(
        tmp_path / "a", clock, httpx.Response(200, content=OLD, headers=[(b"etag", odd), (b"content-length", b"1000")])
    )
    assert (tmp_path / "a").read_bytes() == OLD


def test_an_etag_that_cannot_be_sent_back_keeps_no_download_from_going_on(tmp_path: Path, clock: FakeClock) -> None:
    etag = [(b"etag", b'"caf\xe9"'), (b"content-length", b"1000")]
    broken = httpx.Response(200, stream=Broken(OLD[:400]), headers=etag)
    requests = fetch(tmp_path / "a", clock, broken, httpx.Response(200, content=OLD, headers=etag))
    assert (tmp_path / "a").read_bytes() == OLD
    assert "range" not in requests[1].headers


def test_the_connections_that_have_ended_are_not_remembered() -> None:
    wires, kept = Wires(), []
    for _ in range(3):
        with socket.socket() as wire:
            wires.trace("connection.connect_tcp.complete", {"return_value": SyncStream(wire)})
            kept.append(len(wires._sockets))
    assert kept == [1, 1, 1]


def test_where_a_file_is_fetched_from_is_in_no_repr() -> None:
    url = redirected("https://s.test/a", "https://t.test/b?sig=CANARY")
    assert url == "https://t.test/b?sig=CANARY"
    assert "CANARY" not in f"{url!r} {Known(url='https://t.test/b?sig=CANARY')!r}"


def test_ctrl_c_while_python_looks_whether_a_thread_lives_ends_it_all_the_same(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Held(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield OLD[:1]
            doing.stop.wait(30)
            yield OLD[1:]

    looks: list[threading.Thread] = []
    is_alive = threading.Thread.is_alive

    def look(thread: threading.Thread) -> bool:
        looks.append(thread)
        if len(looks) == 1:
            raise KeyboardInterrupt
        return False  # as CPython 3.11 and 3.12 have it from then on

    held = httpx.Response(200, stream=Held(), headers={"content-length": "1000"})
    doing = downloading(tmp_path / "a", clock, lambda _: held)
    monkeypatch.setattr(download, "_LOOK_EVERY", 0.001)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "is_alive", look)
            with pytest.raises(KeyboardInterrupt):
                doing.run()
        assert doing.stop.is_set()
    finally:
        doing.stop.set()
        looks[0].join(10)
    assert not is_alive(looks[0])
    assert not (tmp_path / "a").exists()


def test_what_is_no_regular_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(safelight.ConfigError, match="no regular file"):
        check_target(tmp_path / "pipe")


def test_a_folder_that_cannot_be_written_to_is_told_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(safelight.ConfigError, match="cannot be written to"):
        check_target(tmp_path / "cat.jpg")
