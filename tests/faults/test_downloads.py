"""Stores that cut, mix up, pack, or never end what they send. A number in a test's name is a row of the table."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import safelight
from safelight.sandbox import Sandbox
from tests.e2e.conftest import PART, Face
from tests.faults.server import Answering, Asked, head
from tests.faults.wire import Fault, Wire, close, reset

OLD, NEW = os.urandom(300_000), os.urandom(300_000)
CUT = 100_000
SID = "of any capture"
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class Shop:
    """A store of one object, whose first reply breaks off, and which is not as good as it should be.

    Args:
        then: What the object is after that; before it is `OLD`.
        etags: What either is called; nothing if empty.
        ranges: Whether it knows ranges.
        condition: Whether it knows If-Range.
        shift: How many bytes too early its ranges begin.
    """

    def __init__(
        self,
        then: bytes = OLD,
        *,
        etags: tuple[str, str] = ('"old"', '"old"'),
        ranges: bool = True,
        condition: bool = True,
        shift: int = 0,
    ) -> None:
        self.asked: list[Asked] = []
        self._objects = (OLD, then)
        self._etags = etags
        self._ranges = ranges
        self._condition = condition
        self._shift = shift

    def __call__(self, asked: Asked) -> None:
        later = bool(self.asked)
        self.asked.append(asked)
        content, etag = self._objects[later], self._etags[later]
        headers = {"ETag": etag} if etag else {}
        wanted = _RANGE.fullmatch(asked.headers.get("range", ""))
        same = not self._condition or asked.headers.get("if-range", etag) == etag
        if wanted and self._ranges and same:
            begin, end = int(wanted[1]) - self._shift, min(int(wanted[2] or len(content)), len(content) - 1)
            headers["Content-Range"] = f"bytes {begin}-{end}/{len(content)}"
            return asked.reply(206, content[begin : end + 1], headers)
        asked.wire.sendall(head(200, {"Content-Length": str(len(content)), **headers}))
        asked.wire.sendall(content if later else content[:CUT])
        if not later:
            asked.wire.close()
        return None


def sold_by(sandbox: Sandbox, address: str, size: int = len(OLD)) -> None:
    """Let the addresses of models lead to another store."""
    box = {"min": [0, 0, 0], "max": [1, 1, 1]}
    url = f"{address}/model.ply?signature=CANARY"
    model = {"url": url, "size": size, "id": None, "aabb": box, "resolution_range": None, "parent": None}
    empty = ("segmented_capture_eid", "hdr_mode", "tmo_parameters", "video_trajectory", "reposition_data")
    body = {
        **dict.fromkeys(empty),
        "eid": "e",
        "sid": "s",
        "name": "n",
        "profile_name": "ply",
        "lod": False,
        "nominal_ev": 0,
        "model_urls": [url],
        "cameras": [],
        "models": [model],
    }
    sandbox.fault("share_metadata", kind="garbage", body=json.dumps(body), times=None)


@pytest.fixture
def fetch(face: Face, sandbox: Sandbox, tmp_path: Path) -> Callable[..., bytes]:
    """Download from a store; what arrived under its final name, when nothing else is left."""

    def fetch(answer: Callable[[Asked], None], size: int = len(OLD)) -> bytes:
        with Answering(answer) as shop:
            sold_by(sandbox, shop.address, size)
            face.download(SID, tmp_path / "a.ply")
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith("a.ply")] == ["a.ply"]
        return (tmp_path / "a.ply").read_bytes()

    return fetch


Fetch = Callable[..., bytes]


@pytest.mark.fault(16)
def test_16_a_download_that_broke_off_goes_on_from_there(fetch: Fetch) -> None:
    shop = Shop()
    assert fetch(shop) == OLD
    assert len(shop.asked) >= 2
    again = [asked.headers for asked in shop.asked[1:]]
    assert int(_RANGE.fullmatch(again[0]["range"])[1]) <= CUT  # type: ignore[index]
    assert {headers["if-range"] for headers in again} == {'"old"'}
    assert {asked.headers["accept-encoding"] for asked in shop.asked} == {"identity"}


@pytest.mark.fault(16)
@pytest.mark.parametrize(
    "shop",
    [
        {"etags": ('"old"', '"new"')},
        {"etags": ('"old"', '"new"'), "condition": False},
        {"etags": ("", "")},
        {"etags": ('W/"same"', 'W/"same"')},
        {"etags": ('"old"', '"new"'), "ranges": False},
    ],
    ids=["another object", "If-Range ignored", "no ETag", "weak ETag", "ranges ignored"],
)
def test_16_two_versions_are_never_mixed(fetch: Fetch, shop: dict[str, Any]) -> None:
    assert fetch(Shop(NEW, **shop)) == NEW


@pytest.mark.fault(16)
def test_16_a_store_that_answers_a_range_with_all_of_it_is_listened_to_from_the_start(fetch: Fetch) -> None:
    assert fetch(Shop(ranges=False)) == OLD


@pytest.mark.fault(16)
def test_16_another_range_than_the_one_asked_for_is_not_written(face: Face, sandbox: Sandbox, tmp_path: Path) -> None:
    with Answering(Shop(shift=1)) as shop:
        sold_by(sandbox, shop.address)
        try:
            face.download(SID, tmp_path / "a.ply")
        except safelight.TransferError:
            assert not (tmp_path / "a.ply").exists()
        else:
            assert (tmp_path / "a.ply").read_bytes() == OLD


@pytest.mark.fault(16)
def test_16_what_is_not_what_the_store_says_gets_no_name(face: Face, sandbox: Sandbox, tmp_path: Path) -> None:
    lies = {"ETag": f'"{hashlib.md5(NEW).hexdigest()}"', "x-amz-request-id": "1"}
    with Answering(lambda asked: asked.reply(200, OLD, lies)) as shop:
        sold_by(sandbox, shop.address)
        with pytest.raises(safelight.TransferError, match="checksum"):
            face.download(SID, tmp_path / "a.ply")
    assert not (tmp_path / "a.ply").exists()


@pytest.mark.fault(16)
@pytest.mark.fault("cut json")
def test_16_a_body_whose_end_only_the_connection_marks_is_refused(face: Face, sandbox: Sandbox, tmp_path: Path) -> None:
    def cut(asked: Asked) -> None:
        asked.wire.sendall(head(200, {"ETag": '"old"', "Connection": "close"}) + OLD[:CUT])
        asked.wire.close()

    with Answering(cut) as shop:
        sold_by(sandbox, shop.address)
        with pytest.raises(safelight.TransferError, match="does not say where the file ends"):
            face.download(SID, tmp_path / "a.ply")
    assert not (tmp_path / "a.ply").exists()


@pytest.mark.fault(16)
@pytest.mark.fault(1)
@pytest.mark.parametrize("fault", [reset(CUT, "client"), close(CUT, "client")], ids=["reset", "close"])
def test_16_a_connection_that_breaks_loses_nothing(
    face: Face, sandbox: Sandbox, store: Wire, video: Path, tmp_path: Path, fault: Fault
) -> None:
    capture = face.wait(face.upload(video).eid)
    whole = face.download(capture.sid, tmp_path / "whole.ply").read_bytes()
    begun = len(store.connections)
    store.plan = lambda number: fault if number <= begun + 3 else None
    face.download(capture.sid, tmp_path / "a.ply")
    assert (tmp_path / "a.ply").read_bytes() == whole
    assert store.struck == 3
    # What has arrived is not fetched again, but for what was in the sockets when they broke.
    assert sum(passed.to_client for passed in store.connections[begun:]) < len(whole) + 4 * CUT


@pytest.mark.fault(21)
@pytest.mark.fault("bomb")
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_21_what_is_packed_though_asked_not_to_be_is_not_unpacked(
    face: Face, sandbox: Sandbox, tmp_path: Path, coding: str
) -> None:
    bomb = gzip.compress(bytes(2_000_000))
    with Answering(lambda asked: asked.reply(200, bomb, {"Content-Encoding": coding, "ETag": '"e"'})) as shop:
        sold_by(sandbox, shop.address)
        with pytest.raises(safelight.TransferError, match=coding):
            face.download(SID, tmp_path / "a.ply")
    assert not (tmp_path / "a.ply").exists()


@pytest.mark.fault(25)
@pytest.mark.parametrize("address", ["file:///etc", "ftp://127.0.0.1", "http://", "//127.0.0.1", "gopher://x"])
def test_25_results_are_fetched_and_parts_sent_by_http_only(
    face: Face, sandbox: Sandbox, video: Path, tmp_path: Path, address: str
) -> None:
    sold_by(sandbox, address)
    with pytest.raises(safelight.TransferError, match="no https address"):
        face.download(SID, tmp_path / "a.ply")
    assert not (tmp_path / "a.ply").exists()
    url = {"eid": "any", "upload_url": f"{address}/part", "chunk_size": PART}
    sandbox.fault("create_upload_url", kind="garbage", body=json.dumps(url), times=None)
    with pytest.raises(safelight.TransferError, match="no https address"):
        face.upload(video)


@pytest.fixture(autouse=True)
def no_half_file(tmp_path: Path) -> Iterator[None]:
    """Whatever happens, what has the final name is whole."""
    yield
    if (tmp_path / "a.ply").exists():
        assert (tmp_path / "a.ply").stat().st_size >= len(OLD)
