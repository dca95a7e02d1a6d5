"""The sandbox's small decisions: ranges, time, parts on disk, archives, and its own contract reading."""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from safelight.sandbox import SandboxClock
from safelight.sandbox.contract import Contract, ContractBroken
from safelight.sandbox.front import Refused
from safelight.sandbox.inputs import pictures, problem_of
from safelight.sandbox.ranges import Unsatisfiable, asked_range
from safelight.sandbox.uploads import PartWriter, Upload


@pytest.mark.parametrize(
    ("header", "if_range", "expected"),
    [
        (None, None, None),
        ("bytes=0-0", None, (0, 1)),
        ("bytes=10-", None, (10, 100)),
        ("bytes=10-19", '"e"', (10, 20)),
        ("bytes=10-19", '"other"', None),
        ("bytes=10-19", 'W/"e"', None),
        ("bytes=90-500", None, (90, 100)),
        ("bytes=-10", None, (90, 100)),
        ("bytes=-500", None, (0, 100)),
        ("bytes=20-10", None, None),
        ("bytes=0-1,5-6", None, None),
        ("bytes=-", None, None),
        ("lines=0-1", None, None),
        ("nonsense", None, None),
    ],
)
def test_the_bytes_that_a_range_asks_for(
    header: str | None, if_range: str | None, expected: tuple[int, int] | None
) -> None:
    assert asked_range(header, if_range, '"e"', 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_without_a_single_byte_is_unsatisfiable(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        asked_range(header, None, '"e"', 100)


@given(st.text(max_size=30), st.integers(0, 200))
def test_no_range_reaches_outside(header: str, size: int) -> None:
    for text in (header, f"bytes={header}"):
        try:
            asked = asked_range(text, None, '"e"', size)
        except Unsatisfiable:
            continue
        assert asked is None or 0 <= asked[0] < asked[1] <= size


def test_a_frozen_clock_moves_only_when_it_is_moved() -> None:
    clock = SandboxClock(frozen=True)
    now, monotonic = clock.now(), clock.monotonic()
    assert (clock.now(), clock.monotonic()) == (now, monotonic)
    clock.advance(3600)
    clock.sleep(60)
    asyncio.run(clock.async_sleep(5))
    assert not clock.wait(threading.Event(), 10)
    assert clock.now() - now == pytest.approx(3675)
    assert clock.monotonic() - monotonic == pytest.approx(3675)


def test_a_frozen_clock_does_not_move_for_an_event_that_is_set() -> None:
    clock, event = SandboxClock(frozen=True), threading.Event()
    event.set()
    now = clock.now()
    assert clock.wait(event, 10)
    assert clock.now() == now


def test_a_running_clock_moves_by_itself_and_jumps_when_told() -> None:
    clock = SandboxClock()
    before = clock.now()
    clock.advance(3600)
    clock.sleep(0.001)
    assert 3600 < clock.now() - before < 3660


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="forward only"):
        SandboxClock().advance(-1)


@given(
    chunks=st.lists(st.one_of(st.binary(max_size=40), st.integers(1, 9000).map(bytes)), max_size=12),
    at=st.integers(0, 40_000),
)
def test_an_input_reads_as_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes], at: int
) -> None:
    upload = Upload("id", "/input", tmp_path_factory.mktemp("parts"))
    for number, chunk in enumerate(chunks, 1):
        writer = PartWriter(upload.folder / "arriving")
        writer.write([chunk[:7], chunk[7:]])
        writer.close()
        assert writer.md5 == hashlib.md5(chunk).hexdigest()
        upload.accept(number, writer.size, writer.md5, writer.path)
    whole = b"".join(chunks)
    stream = upload.stream()
    assert stream is not None
    with stream:
        assert stream.read() == whole
        stream.seek(at)
        assert stream.read(50) == whole[at : at + 50]
        assert stream.seek(0, io.SEEK_END) == len(whole) == upload.received
    assert upload.digest("sha256") == hashlib.sha256(whole).hexdigest()


def test_a_part_that_is_discarded_leaves_no_file(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path / "part")
    writer.write([b"half"])
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def png(size: tuple[int, int] = (8, 8)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (1, 2, 3)).save(stream, "PNG")
    return stream.getvalue()


def zipped(entries: list[tuple[str | zipfile.ZipInfo, bytes]], compression: int = zipfile.ZIP_STORED) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    stream.seek(0)
    return stream


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


GOOD = ("deep/down/a.png", png())


@pytest.mark.parametrize("name", ["/etc/a.png", "../a.png", "a/../../b.png", "C:/a.png", "..\\a.png", "\\a.png"])
def test_an_archive_with_a_name_that_leads_outside_is_refused(name: str) -> None:
    assert problem_of(zipped([GOOD, (name, png())]), "bulk-images") == "INPUT_VALIDATION_FAILED"


def test_an_archive_with_a_link_is_refused() -> None:
    assert problem_of(zipped([GOOD, (link("b.png"), b"/etc/passwd")]), "bulk-images") == "INPUT_VALIDATION_FAILED"


def test_an_archive_that_unpacks_to_much_more_is_refused() -> None:
    bomb = zipped([GOOD, ("b.txt", bytes(5_000_000))], zipfile.ZIP_DEFLATED)
    assert problem_of(bomb, "bulk-images") == "INPUT_VALIDATION_FAILED"


@pytest.mark.fault(27)
def test_an_archive_whose_entries_share_their_bytes_is_refused() -> None:
    whole = zipped([("a.png", png((300, 300))), ("b.png", b"x" * 20)]).getvalue()
    # The size of b's compressed data in the central directory, made as large as the archive.
    at = whole.index(b"PK\x01\x02", whole.index(b"PK\x01\x02") + 1) + 20
    forged = whole[:at] + len(whole).to_bytes(4, "little") + whole[at + 4 :]
    assert problem_of(io.BytesIO(forged), "bulk-images") == "INPUT_VALIDATION_FAILED"


@pytest.mark.fault(27)
def test_an_archive_with_too_many_entries_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight.sandbox.inputs._MOST_ENTRIES", 10)
    for more, problem in ((9, None), (10, "INPUT_VALIDATION_FAILED")):
        entries = zipped([GOOD, *((f"{index}.txt", b"") for index in range(more))])
        assert problem_of(entries, "bulk-images") == problem


@pytest.mark.parametrize(
    "entries",
    [[], [("notes.txt", b"text")], [("a.png", b"no picture")], [(".hidden.png", png())], [("__MACOSX/a.png", png())]],
)
def test_an_archive_without_a_usable_picture_has_not_enough(entries: list[tuple[str, bytes]]) -> None:
    assert problem_of(zipped([*entries]), "bulk-images") == "NOT_ENOUGH_FRAMES"


def test_a_good_archive_and_any_video_have_no_problem() -> None:
    assert problem_of(zipped([GOOD, ("notes.txt", b"left out")]), "bulk-images") is None
    assert problem_of(io.BytesIO(b"any bytes"), "video") is None


def test_pictures_are_spread_over_the_archive_and_shrunk() -> None:
    entries: list[tuple[str | zipfile.ZipInfo, bytes]] = [
        (f"{index:02}.png", b"broken" if index == 0 else png((100, 10 + index))) for index in range(20)
    ]
    with zipfile.ZipFile(zipped(entries)) as archive:
        found = list(pictures(archive, 5, (50, 50)))
    assert [picture.size for picture in found] == [(50, 7), (50, 9), (50, 11), (50, 13), (50, 6)]


CONTRACT = Contract(
    {
        "openapi": "3.1.0",
        "paths": {
            "/things/{id}/{count}": {
                "parameters": [{"$ref": "#/components/parameters/Id"}],
                "post": {
                    "operationId": "touch",
                    "parameters": [
                        {"name": "count", "in": "path", "required": True, "schema": {"type": "integer", "maximum": 9}},
                        {"name": "share", "in": "query", "required": True, "schema": {"type": "number"}},
                        {"name": "tag", "in": "query", "schema": {"$ref": "#/components/schemas/Tags"}},
                        {"name": "on", "in": "query", "schema": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}},
                    ],
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}},
                    "responses": {
                        "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}},
                        "204": {"description": "nothing"},
                        "4XX": {"$ref": "#/components/responses/Bad"},
                    },
                },
            }
        },
        "components": {
            "parameters": {"Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}},
            "responses": {"Bad": {"content": {"application/json": {"schema": {"type": "object"}}}}},
            "schemas": {
                "Tags": {"type": "array", "items": {"type": "integer"}},
                "Body": {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": ["string", "null"]}}},
            },
        },
    }
)


def read(query: list[tuple[str, str]], body: bytes = b"", path: str = "/things/x/3") -> Any:
    found = CONTRACT.find("POST", path)
    assert isinstance(found, tuple)
    return CONTRACT.read_request(found[0], found[1], query, "application/json; charset=utf-8", body)


def test_parameters_become_values_of_their_types() -> None:
    call = read([("share", "0.5"), ("tag", "1"), ("tag", "2"), ("on", "True"), ("unknown", "x")])
    assert call.path == {"id": "x", "count": 3}
    assert call.query == {"share": 0.5, "tag": [1, 2], "on": True}
    assert call.body is None


@pytest.mark.parametrize(
    ("query", "body", "path", "places"),
    [
        ([], b"", "/things/x/3", [["query", "share"]]),
        ([("share", "much")], b"", "/things/x/3", [["query", "share"]]),
        ([("share", "1"), ("tag", "1"), ("tag", "x")], b"", "/things/x/3", [["query", "tag", 1]]),
        ([("share", "1"), ("on", "perhaps")], b"", "/things/x/3", [["query", "on"]]),
        ([("share", "1")], b"", "/things/x/10", [["path", "count"]]),
        ([("share", "1")], b"{}", "/things/x/1", [["body", "a"], ["body", "b"]]),
        ([("share", "1")], b'{"a": 1, "b": 1}', "/things/x/1", [["body", "a"]]),
    ],
)
def test_what_does_not_fit_is_named(query: list[tuple[str, str]], body: bytes, path: str, places: list[Any]) -> None:
    with pytest.raises(Refused) as caught:
        read(query, body, path)
    assert caught.value.status == 422
    assert [complaint["loc"] for complaint in caught.value.detail] == places


@pytest.mark.parametrize(
    ("status", "body"), [(200, {"a": None, "b": 1}), (204, None), (404, {}), (422, {"detail": "no"})]
)
def test_a_reply_of_the_contract_passes(status: int, body: Any) -> None:
    CONTRACT.check_reply("touch", status, body)


@pytest.mark.parametrize(
    ("status", "body"), [(200, {"a": 1, "b": 1}), (200, {}), (200, None), (204, {}), (201, {}), (500, {}), (400, [])]
)
def test_a_reply_outside_the_contract_does_not(status: int, body: Any) -> None:
    with pytest.raises(ContractBroken):
        CONTRACT.check_reply("touch", status, body)


def test_a_path_is_told_from_a_method() -> None:
    assert CONTRACT.find("GET", "/things/x/3") == ["POST"]
    assert CONTRACT.find("POST", "/things/x") == []
    assert CONTRACT.find("POST", "/things/x/y/3") == []
