"""Downloads: whole under their own name, or not at all. A number in a name is a row of the fault list."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import safelight
from safelight import AsyncTeleport, Progress
from safelight.sandbox import Sandbox
from tests.e2e.conftest import PART, Face
from tests.e2e.uploads import until


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Captures are ready at once."""
    with Sandbox(chunk_size=PART, processing_seconds=0) as sandbox:
        yield sandbox


@pytest.fixture
def sid(blocking: Face, video: Path) -> str:
    capture = blocking.wait(blocking.upload(video).eid)
    assert capture.sid is not None
    return str(capture.sid)


@pytest.fixture
def original(blocking: Face, sid: str) -> bytes:
    return httpx.get(blocking.metadata(sid, profiles=["ply"]).models[0].url).content


def ranges(sandbox: Sandbox) -> list[Any]:
    return [record.facts.get("range") for record in sandbox.requests if record.operation == "object"]


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if ".part" in path.name)


def test_a_model_arrives_whole_and_alone(
    face: Face, sandbox: Sandbox, sid: str, original: bytes, tmp_path: Path
) -> None:
    seen: list[Progress] = []
    target = tmp_path / "garden.ply"
    target.write_bytes(b"an older one")
    assert face.download(sid, str(target), profile="ply", on_progress=seen.append) == target
    assert target.read_bytes() == original
    assert original.startswith(b"ply\n")
    assert leftovers(tmp_path) == []
    assert seen[-1].done == seen[-1].total == len(original)
    assert {progress.phase for progress in seen} == {"downloading"}


def test_the_smaller_form_and_the_quality_are_the_users_choice(face: Face, sid: str, tmp_path: Path) -> None:
    face.download(sid, tmp_path / "a.zip", profile="sogs-sh0")
    assert (tmp_path / "a.zip").read_bytes().startswith(b"PK")
    face.download(sid, tmp_path / "sd.ply", quality="sd")
    face.download(sid, tmp_path / "hd.ply", quality="hd")
    assert (tmp_path / "sd.ply").stat().st_size != (tmp_path / "hd.ply").stat().st_size


def test_a_capture_that_is_not_ready_or_not_known_is_an_error(face: Face, sid: str, tmp_path: Path) -> None:
    with pytest.raises(safelight.NotFound):
        face.download("nobody", tmp_path / "a.ply")
    with pytest.raises((safelight.NotFound, safelight.InvalidRequest, safelight.TransferError)):
        face.download(sid, tmp_path / "a.ply", profile="hologram")
    with pytest.raises(safelight.ConfigError, match="sid is missing"):
        face.download(None, tmp_path / "a.ply")
    assert list(tmp_path.glob("*.ply*")) == []


def test_a_place_where_no_file_can_be_is_refused_before_asking(face: Face, sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(safelight.ConfigError, match="is a folder"):
        face.download("sid", tmp_path)
    with pytest.raises(safelight.ConfigError, match="does not exist"):
        face.download("sid", tmp_path / "nowhere" / "a.ply")
    assert sandbox.requests == []


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "truncate", "keep": 100_000},
        {"kind": "reset", "when": "after"},
        {"status": 500},
        {"status": 503, "headers": {"Retry-After": "5"}},
        {"status": 403, "body": "Request has expired"},
        {"status": 429},
    ],
    ids=str,
)
@pytest.mark.fault(16)
def test_16_a_download_that_breaks_off_goes_on(
    face: Face, sandbox: Sandbox, sid: str, original: bytes, tmp_path: Path, fault: Any
) -> None:
    sandbox.fault("object", times=2, **fault)
    face.download(sid, tmp_path / "a.ply")
    assert (tmp_path / "a.ply").read_bytes() == original
    assert leftovers(tmp_path) == []


@pytest.mark.fault(16)
def test_16_what_has_arrived_is_not_fetched_again(
    face: Face, sandbox: Sandbox, sid: str, original: bytes, tmp_path: Path
) -> None:
    sandbox.clear_requests()
    sandbox.fault("object", kind="truncate", keep=100_000)
    face.download(sid, tmp_path / "a.ply")
    assert ranges(sandbox) == [None, "bytes=100000-"]


@pytest.mark.fault(16)
def test_16_another_process_goes_on_and_a_store_that_never_ends_is_told(
    face: Face, sandbox: Sandbox, sid: str, original: bytes, tmp_path: Path
) -> None:
    sandbox.fault("object", kind="truncate", keep=100_000)
    sandbox.fault("object", status=500, times=None)
    with pytest.raises(safelight.TransferError, match="go on from there"):
        face.download(sid, tmp_path / "a.ply")
    assert not (tmp_path / "a.ply").exists()
    assert leftovers(tmp_path) == ["a.ply.part", "a.ply.part.etag"]
    sandbox.clear_faults()
    sandbox.clear_requests()
    face.download(sid, tmp_path / "a.ply")
    assert ranges(sandbox) == ["bytes=100000-"]
    assert (tmp_path / "a.ply").read_bytes() == original


@pytest.mark.parametrize("etag", ['"another"', "", 'W/"weak"'])
@pytest.mark.fault(16)
def test_16_what_is_left_of_another_object_is_thrown_away(
    face: Face, sid: str, original: bytes, tmp_path: Path, etag: str
) -> None:
    (tmp_path / "a.ply.part").write_bytes(b"x" * 1000)
    (tmp_path / "a.ply.part.etag").write_text(etag)
    face.download(sid, tmp_path / "a.ply")
    assert (tmp_path / "a.ply").read_bytes() == original
    assert leftovers(tmp_path) == []


@pytest.mark.fault(16)
def test_16_a_part_file_that_is_longer_than_the_object_starts_anew(
    face: Face, sandbox: Sandbox, sid: str, original: bytes, tmp_path: Path
) -> None:
    sandbox.fault("object", kind="truncate", keep=1000)
    sandbox.fault("object", status=500, times=None)
    with pytest.raises(safelight.TransferError):
        face.download(sid, tmp_path / "a.ply")
    sandbox.clear_faults()
    with (tmp_path / "a.ply.part").open("ab") as file:
        file.truncate(len(original) + 5)
    face.download(sid, tmp_path / "a.ply")
    assert (tmp_path / "a.ply").read_bytes() == original


@pytest.mark.fault(16)
def test_16_a_part_file_that_is_already_whole_only_gets_its_name(
    face: Face, sandbox: Sandbox, sid: str, original: bytes, tmp_path: Path
) -> None:
    sandbox.fault("object", kind="truncate", keep=1000)
    sandbox.fault("object", status=500, times=None)
    with pytest.raises(safelight.TransferError):
        face.download(sid, tmp_path / "a.ply")
    sandbox.clear_faults()
    (tmp_path / "a.ply.part").write_bytes(original)
    sandbox.clear_requests()
    face.download(sid, tmp_path / "a.ply")
    assert (tmp_path / "a.ply").read_bytes() == original
    assert ranges(sandbox) == [f"bytes={len(original)}-"]


def test_two_downloads_to_one_place_do_not_mix(face: Face, sandbox: Sandbox, sid: str, tmp_path: Path) -> None:
    problems: list[BaseException] = []

    def again(progress: Progress) -> None:
        if not problems:
            other = threading.Thread(target=second)
            other.start()
            other.join()

    def second() -> None:
        try:
            Face(sandbox, is_async=False).download(sid, tmp_path / "a.ply")
        except safelight.TransferError as error:
            problems.append(error)

    face.download(sid, tmp_path / "a.ply", on_progress=again)
    assert "another download" in str(problems[0])


def test_an_error_of_the_callers_callback_is_not_taken_for_the_disks(face: Face, sid: str, tmp_path: Path) -> None:
    def fail(progress: Progress) -> None:
        raise OSError(errno.ENOSPC, "mine")

    with pytest.raises(OSError, match="mine"):
        face.download(sid, tmp_path / "a.ply", on_progress=fail)
    assert "a.ply.part" in leftovers(tmp_path)


@pytest.mark.fault(30)
def test_30_an_expired_url_is_replaced(face: Face, sandbox: Sandbox, sid: str, original: bytes, tmp_path: Path) -> None:
    sandbox.clear_requests()
    sandbox.fault("object", status=403, body="Request has expired")
    face.download(sid, tmp_path / "a.ply")
    assert sandbox.count("share_metadata") == 2
    sandbox.fault("object", status=403, times=None)
    with pytest.raises(safelight.TransferError, match="403"):
        face.download(sid, tmp_path / "b.ply")


@pytest.mark.fault(32)
def test_32_a_full_disk_leaves_nothing_and_says_so(
    blocking: Face, sid: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 1000})()
    with monkeypatch.context() as patch:
        patch.setattr("safelight.transfer.part_file.shutil.disk_usage", lambda _: usage)
        with pytest.raises(safelight.TransferError, match="Free some space"):
            blocking.download(sid, tmp_path / "a.ply")
    assert leftovers(tmp_path) == []
    assert not (tmp_path / "a.ply").exists()


LIMITED = """
import resource, signal, sys
from safelight import Teleport, TransferError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    with Teleport() as teleport:
        teleport.download(sys.argv[1], sys.argv[2])
except TransferError as error:
    print(error)
"""


@pytest.mark.fault(32)
def test_32_a_disk_that_fills_up_on_the_way_leaves_nothing(
    sandbox: Sandbox, sid: str, original: bytes, tmp_path: Path
) -> None:
    assert len(original) > 200_000
    target = tmp_path / "a.ply"
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, sid, str(target)],
        env={**os.environ, **sandbox.env},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert os.strerror(errno.EFBIG) in run.stdout
    assert "cannot be written" in run.stdout
    assert list(tmp_path.glob("a.ply*")) == []


@pytest.mark.fault(32)
def test_32_a_folder_that_cannot_be_written_is_named(blocking: Face, sid: str) -> None:
    with pytest.raises(safelight.TransferError, match="cannot be written"):
        blocking.download(sid, Path("/proc/a.ply"))


CHILD = """
import signal, sys
from safelight import Teleport
signal.signal(signal.SIGINT, signal.default_int_handler)  # a runner in the background may ignore it
with Teleport() as teleport:
    teleport.download(sys.argv[1], sys.argv[2])
"""


@pytest.mark.fault(32)
def test_32_ctrl_c_keeps_what_has_arrived(
    blocking: Face, sandbox: Sandbox, sid: str, original: bytes, tmp_path: Path
) -> None:
    sandbox.clear_requests()
    sandbox.fault("object", kind="truncate", keep=100_000)
    sandbox.fault("object", kind="stall", times=None)
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, sid, str(tmp_path / "a.ply")],
        env={**os.environ, **sandbox.env},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        part = tmp_path / "a.ply.part"
        until(lambda: part.exists() and part.stat().st_size == 100_000)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
        assert time.monotonic() - begun < 1.5
    finally:
        process.kill()
    sandbox.clear_faults()
    sandbox.clear_requests()
    blocking.download(sid, tmp_path / "a.ply")
    assert (tmp_path / "a.ply").read_bytes() == original
    assert ranges(sandbox) == ["bytes=100000-"]


@pytest.mark.fault(32)
def test_32_a_cancelled_task_ends_a_stalled_download_within_a_second(
    sandbox: Sandbox, sid: str, tmp_path: Path
) -> None:
    face = Face(sandbox, is_async=True)
    sandbox.clear_requests()
    sandbox.fault("object", kind="stall", times=None)

    async def main() -> float:
        async with AsyncTeleport(**face.settings) as teleport:
            download = asyncio.create_task(teleport.download(sid, tmp_path / "a.ply"))
            await asyncio.to_thread(until, (tmp_path / "a.ply.part").exists)
            begun = time.monotonic()
            download.cancel()
            with pytest.raises(asyncio.CancelledError):
                await download
            return time.monotonic() - begun

    assert asyncio.run(main()) < 1.0
    assert not (tmp_path / "a.ply").exists()


def test_the_file_has_the_users_usual_mode(face: Face, sid: str, tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        face.download(sid, tmp_path / "a.ply")
    finally:
        os.umask(mask)
    assert (tmp_path / "a.ply").stat().st_mode & 0o777 == 0o640


def test_memory_stays_small_while_a_model_is_fetched(face: Face, sid: str, tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    face.download(sid, tmp_path / "a.ply")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024
