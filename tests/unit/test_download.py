"""Downloads from stores that a mock plays, for what a good store does not do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import safelight
from safelight.bridge import Stop
from safelight.transfer.download import Download, check_target
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

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        Download(
            target=target, sign=lambda: "https://s.test/a?sig=x", http=http, stop=Stop(), on_progress=None, clock=clock
        ).run()
    return requests


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


def test_the_checksum_of_an_amazon_store_is_compared(tmp_path: Path, clock: FakeClock) -> None:
    lies = {"etag": '"00000000000000000000000000000000"', "x-amz-request-id": "1"}
    with pytest.raises(safelight.TransferError, match="checksum"):
        fetch(tmp_path / "a", clock, whole(OLD, **lies))
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


def test_what_is_no_regular_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(safelight.ConfigError, match="no regular file"):
        check_target(tmp_path / "pipe")


def test_a_folder_that_cannot_be_written_to_is_told_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(safelight.ConfigError, match="cannot be written to"):
        check_target(tmp_path / "cat.jpg")
