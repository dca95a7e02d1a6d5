"""Uploads of files, and to stores, that do what they should not. A number in a name is a row of the table."""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

import safelight
from safelight import Progress, Teleport
from safelight.sandbox import Sandbox
from tests.e2e.conftest import PART, Face
from tests.e2e.uploads import PARTS, arrived_whole, counts, only, sha256
from tests.faults.lenient import Lenient, number_of
from tests.faults.server import Asked
from tests.faults.wire import Wire


@pytest.mark.fault(4, "URLs are made just in time")
def test_4_urls_are_made_just_in_time_so_that_none_expires_however_long_the_upload_takes(
    video: Path, store: Wire
) -> None:
    """Each part takes longer than half of what its URL lives: of URLs that are made ahead, most would have died."""
    with Sandbox(chunk_size=PART, url_seconds=100, storage_url=store.address) as sandbox:
        store.target = sandbox.storage_listens_at

        class Slow(httpx.HTTPTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                response = super().handle_request(request)
                if request.method == "PUT":
                    sandbox.clock.advance(60)
                return response

        face = Face(sandbox, is_async=False)
        with Teleport(**face.settings, transport=Slow()) as teleport:
            teleport.upload(video, concurrency=1)
        arrived_whole(sandbox, video)
        assert {record.status for record in sandbox.requests if record.operation == "part"} == {200}


@pytest.mark.fault(4)
@pytest.mark.fault(5)
@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "AccessDenied"), (403, "ExpiredToken"), (400, "ExpiredToken"), (403, "InvalidAccessKeyId"), (401, "")],
)
def test_4_5_a_url_that_died_is_replaced_and_only_that_part_is_sent_again(
    face: Face, sandbox: Sandbox, video: Path, status: int, code: str
) -> None:
    sandbox.fault("part", part=4, status=status, body=f"<Error><Code>{code}</Code></Error>", times=2)
    face.upload(video)
    arrived_whole(sandbox, video)
    assert counts(sandbox) == [1] * PARTS
    assert sandbox.count("create_upload_url") == PARTS + 2


@pytest.mark.fault(4, "URLs have a counter of their own")
def test_4_urls_that_die_do_not_use_up_the_tries_of_a_bad_line(face: Face, sandbox: Sandbox, video: Path) -> None:
    for _ in range(3):
        sandbox.fault("part", part=4, status=403)
        sandbox.fault("part", part=4, status=500, times=3)
    sandbox.fault("part", part=4, kind="reset", times=2)
    face.upload(video)
    arrived_whole(sandbox, video)


@pytest.mark.fault(6)
@pytest.mark.parametrize(
    ("etag", "passed_on"),
    [
        ('"0123-5"', "0123-5"),  # the quotes are HTTP's; Teleport takes what is between them
        ("bare", "bare"),
        ('W/"weak"', 'W/"weak"'),
        (f'W/"{"0" * 32}"', f'W/"{"0" * 32}"'),
        (f'"{"0" * 32}-8"', f"{'0' * 32}-8"),
        ('""', ""),
    ],
)
def test_6_an_etag_that_is_no_md5_is_not_compared_and_is_passed_on_as_it_is(
    face: Face, video: Path, etag: str, passed_on: str
) -> None:
    def take(asked: Asked) -> None:
        asked.drop()
        asked.reply(headers={"ETag": etag})

    with Lenient(PART, take) as service:
        face.settings |= service.settings
        face.upload(video)
        (completed,) = service.completed
    assert [part["etag"] for part in completed["parts"]] == [passed_on] * PARTS
    assert [part["number"] for part in completed["parts"]] == [*range(1, PARTS + 1)]


@pytest.mark.fault(6)
@pytest.mark.fault(7)
@pytest.mark.parametrize(
    "headers",
    [
        {"x-amz-server-side-encryption": "aws:kms"},
        {"x-amz-server-side-encryption-customer-algorithm": "AES256"},
    ],
    ids=["kms", "customer's key"],
)
def test_6_an_etag_of_an_encrypted_part_is_not_compared(
    face: Face, sandbox: Sandbox, video: Path, headers: dict[str, str]
) -> None:
    sandbox.fault("part", part=2, status=200, when="after", headers={"ETag": f'"{"0" * 32}"', **headers})
    with pytest.raises(safelight.InvalidRequest):  # the sandbox, which does not encrypt, knows another ETag
        face.upload(video)
    assert counts(sandbox) == [1] * PARTS


def shorter(path: Path) -> None:
    os.truncate(path, 3 * PART)


def longer(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def touched(path: Path) -> None:
    os.utime(path, ns=(1, 1))


def rewritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"another beginning")


@pytest.mark.fault(8)
@pytest.mark.fault(9)
@pytest.mark.parametrize("change", [shorter, longer, touched, rewritten], ids=lambda change: change.__name__)
def test_8_9_a_file_that_changes_under_way_ends_the_upload_at_once_and_stays_a_changed_file(
    face: Face, sandbox: Sandbox, video: Path, change: Callable[[Path], None]
) -> None:
    changed = threading.Event()

    def on_progress(progress: Progress) -> None:
        if progress.done and not changed.is_set():
            changed.set()
            change(video)

    sandbox.fault("part", seconds=0.15, times=None)
    with pytest.raises(safelight.FileChanged, match="resume=False"):
        face.upload(video, concurrency=1, on_progress=on_progress)
    assert changed.is_set()
    assert face.clock.sleeps == []  # nothing is tried again
    assert sandbox.count("part") < PARTS
    assert sandbox.count("complete_upload") == 0
    sandbox.clear_faults()
    with pytest.raises(safelight.FileChanged):
        face.upload(video)
    capture = face.upload(video, resume=False)
    assert sandbox.teleport.captures[capture.eid].sha256 == sha256(video)


@pytest.mark.fault(8)
def test_8_another_file_in_its_place_is_a_changed_file(face: Face, sandbox: Sandbox, video: Path) -> None:
    sandbox.fault("part", part=6, status=400, times=None)
    with pytest.raises(safelight.TransferError):
        face.upload(video)
    sandbox.clear_faults()
    before = video.stat()
    twin = video.with_name("twin")
    twin.write_bytes(b"\0" * before.st_size)
    os.utime(twin, ns=(before.st_atime_ns, before.st_mtime_ns))
    twin.replace(video)
    with pytest.raises(safelight.FileChanged):
        face.upload(video)


@pytest.mark.fault(12)
@pytest.mark.parametrize("times", [1, None])
def test_12_an_upload_that_the_store_forgot_starts_anew_and_says_so_once(
    face: Face, sandbox: Sandbox, video: Path, caplog: pytest.LogCaptureFixture, times: int | None
) -> None:
    gone = "<Error><Code>NoSuchUpload</Code></Error>"
    sandbox.fault("part", part=5, status=404, body=gone, times=times)
    if times is None:
        with pytest.raises(safelight.TransferError, match=r"lost the upload .* twice"):
            face.upload(video)
        return
    capture = face.upload(video)
    assert caplog.text.count("starts anew") == 1
    assert len(sandbox.teleport.captures) == 2
    assert sandbox.teleport.captures[capture.eid].sha256 == sha256(video)


@pytest.mark.fault(24)
@pytest.mark.fault("early reply")
@pytest.mark.parametrize("ending", ["reads on", "closes", "resets"])
@pytest.mark.parametrize(("status", "kind"), [(413, safelight.TransferError), (403, safelight.UploadExpired)])
def test_24_a_refusal_that_comes_while_a_large_part_is_sent_is_reported(
    face: Face, tmp_path: Path, ending: str, status: int, kind: type[Exception]
) -> None:
    """The store answers after 64 KiB of 24 MiB, which is more than sockets hold."""
    path = tmp_path / "large.mp4"
    path.touch()
    os.truncate(path, 24 * 1024 * 1024)

    def refuse(asked: Asked) -> None:
        asked.read(65536)
        asked.reply(status, b"<Error><Code>Refused</Code></Error>")
        if ending == "closes":
            asked.wire.shutdown(socket.SHUT_WR)
        if ending == "resets":
            asked.wire.close()  # with bytes unread, which sends RST
        else:
            asked.drop()

    with Lenient(path.stat().st_size, refuse) as service:
        face.settings |= service.settings
        with pytest.raises(kind, match=rf"{status} .*Refused"):
            face.upload(path)
        assert len(service.puts) == (1 if status == 413 else 4)


@pytest.mark.fault(28)
@pytest.mark.parametrize("size", [1, PART - 1, PART, PART + 1, 4 * PART], ids=str)
def test_28_every_size_fits_its_parts(face: Face, sandbox: Sandbox, tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.mov"
    path.write_bytes(os.urandom(size))
    face.upload(path)
    arrived_whole(sandbox, path)
    assert [part.size for part in only(sandbox).upload.in_order] == [
        min(PART, size - at) for at in range(0, size, PART)
    ]


@pytest.mark.fault(28)
def test_28_an_empty_file_is_refused_before_anything_is_sent(face: Face, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "a.mov").touch()
    with pytest.raises(safelight.ConfigError, match="is empty"):
        face.upload(tmp_path / "a.mov")
    assert sandbox.requests == []


@pytest.mark.fault(28)
@pytest.mark.fault(10)
@pytest.mark.parametrize(
    ("size", "chunk_size", "parts"),
    [(9_999 * 1000 + 1, 1000, 10_000), (5 * 1024**3 + 1, 8 * 1024**2, 641)],
    ids=["ten thousand parts", "more than five gigabytes"],
)
def test_28_the_last_of_very_many_bytes_arrive_where_they_belong(
    face: Face, tmp_path: Path, size: int, chunk_size: int, parts: int
) -> None:
    """As in a process after one that sent all but three parts: those are what no smaller file has."""
    path = tmp_path / "a.mov"
    path.touch()
    os.truncate(path, size)
    with path.open("r+b") as file:
        file.seek(-1001, os.SEEK_END)
        file.write(ending := os.urandom(1001))
    arrived: dict[int, tuple[int, bytes]] = {}

    def take(asked: Asked) -> None:
        number, body = number_of(asked), asked.read()
        if number == 1:
            return asked.reply(400)
        arrived[number] = len(body), body[-1001:]
        return asked.reply(headers={"ETag": f'"{number}"'})

    with Lenient(chunk_size, take) as service:
        face.settings |= service.settings
        with pytest.raises(safelight.TransferError):
            face.upload(path, concurrency=1)
        (journal,) = (Path(os.environ["SAFELIGHT_STATE_DIR"]) / "uploads").glob("*.sqlite")
        with contextlib.closing(sqlite3.connect(journal)) as opened, opened:
            sent = ((number, f'"{number}"') for number in range(1, parts - 2))
            opened.executemany("REPLACE INTO part VALUES (?, ?, NULL)", sent)
        face.upload(path)
        (created,), (completed,) = service.created, service.completed
    assert created["bytesize"] == size
    assert {number: length for number, (length, _) in arrived.items()} == {
        parts - 2: chunk_size,
        parts - 1: chunk_size,
        parts: 1,
    }
    assert arrived[parts - 1][1][-1000:] + arrived[parts][1] == ending
    assert [part["number"] for part in completed["parts"]] == [*range(1, parts + 1)]
    assert [part["etag"] for part in completed["parts"]] == [str(number) for number in range(1, parts + 1)]
