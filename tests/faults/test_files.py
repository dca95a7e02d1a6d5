"""Disks that are full, signals in the middle of calls, and archives that would hurt. A number is a row of the table."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import safelight
from safelight.sandbox import Sandbox
from tests.e2e.conftest import Face
from tests.e2e.uploads import PARTS, arrived_whole, counts, only, sha256


def run(script: str, sandbox: Sandbox, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own, whose environment leads to the sandbox."""
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, **sandbox.env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


FULL = """
import asyncio, resource, signal, sys
from safelight import AsyncTeleport, Teleport, TransferError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
async def upload():
    async with AsyncTeleport() as teleport:
        await teleport.upload(sys.argv[1], concurrency=2)
try:
    if sys.argv[3] == "async":
        asyncio.run(upload())
    else:
        with Teleport() as teleport:
            teleport.upload(sys.argv[1], concurrency=2)
except TransferError as error:
    print(error)
"""


@pytest.mark.fault(32)
@pytest.mark.usefixtures("held_at_the_sandbox")
@pytest.mark.parametrize("room", [0, 38_000], ids=["from the start", "on the way"])
def test_32_an_upload_whose_journal_has_no_room_says_so_and_goes_on_when_there_is(
    face: Face, sandbox: Sandbox, video: Path, state_dir: Path, room: int
) -> None:
    done = run(FULL, sandbox, video, room, "async" if face.is_async else "blocking")
    assert "free disk space" in done.stdout, done.stderr
    assert str(state_dir) in done.stdout
    noted = sum(counts(sandbox)) if sandbox.teleport.captures else 0
    assert (0 < noted < PARTS) if room else noted == 0
    face.upload(video)
    arrived_whole(sandbox, video)
    assert sum(counts(sandbox)) <= PARTS + 2  # those that were in flight when there was no room
    assert list((state_dir / "uploads").iterdir()) == []


INTERRUPTED = """
import asyncio, signal, sys
from safelight import AsyncTeleport, Teleport
seen = 0
def note(*_):
    global seen
    seen += 1
signal.signal(signal.SIGALRM, note)
signal.siginterrupt(signal.SIGALRM, True)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
async def work():
    async with AsyncTeleport() as teleport:
        capture = await teleport.wait((await teleport.upload(sys.argv[1])).eid)
        await teleport.download(capture.sid, sys.argv[2])
if sys.argv[3] == "async":
    asyncio.run(work())
else:
    with Teleport() as teleport:
        capture = teleport.wait(teleport.upload(sys.argv[1]).eid)
        teleport.download(capture.sid, sys.argv[2])
signal.setitimer(signal.ITIMER_REAL, 0)
print(seen)
"""


@pytest.mark.fault(32)
@pytest.mark.usefixtures("held_at_the_sandbox")
def test_32_signals_in_the_middle_of_every_call_change_nothing(face: Face, video: Path, tmp_path: Path) -> None:
    with Sandbox(chunk_size=256 * 1024, processing_seconds=0) as sandbox:
        done = run(INTERRUPTED, sandbox, video, tmp_path / "a.ply", "async" if face.is_async else "blocking")
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) > 50
        arrived_whole(sandbox, video)
    assert (tmp_path / "a.ply").read_bytes().startswith(b"ply\n")
    assert list(tmp_path.glob("a.ply.*")) == []


def slip(archive: zipfile.ZipFile) -> None:
    archive.writestr("../../outside.jpg", b"x")


def absolute(archive: zipfile.ZipFile) -> None:
    archive.writestr("/etc/outside.jpg", b"x")


def link(archive: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("link.jpg")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, b"/etc/passwd")


def bomb(archive: zipfile.ZipFile) -> None:
    archive.writestr("bomb.jpg", bytes(5_000_000), zipfile.ZIP_DEFLATED)


@pytest.mark.fault(27, "the service's side, as the sandbox plays it: safelight itself unpacks no archive")
@pytest.mark.parametrize("make", [slip, absolute, link, bomb], ids=lambda make: make.__name__)
def test_27_an_archive_that_would_hurt_ends_in_a_failed_job(
    blocking: Face, sandbox: Sandbox, tmp_path: Path, make: Callable[[zipfile.ZipFile], None]
) -> None:
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        make(archive)
    eid = blocking.upload(tmp_path / "images.zip").eid
    with pytest.raises(safelight.JobFailed) as caught:
        blocking.wait(eid)
    assert caught.value.reason == "INPUT_VALIDATION_FAILED"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images.zip", "state"]


@pytest.mark.fault(27)
def test_27_a_folder_becomes_an_archive_of_plain_names_and_nothing_from_outside(
    face: Face, sandbox: Sandbox, cat: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    outside = cat.rename(tmp_path / "outside.jpg")
    (folder / "deep" / "a.jpg").write_bytes(outside.read_bytes())
    (folder / "link.jpg").symlink_to(outside)
    (folder / "up").symlink_to(tmp_path, target_is_directory=True)
    face.upload(folder)
    stream = only(sandbox).upload.stream()
    assert stream is not None
    with stream, zipfile.ZipFile(stream) as archive:
        assert archive.namelist() == ["deep/a.jpg"]
        assert not [entry for entry in archive.infolist() if stat.S_ISLNK(entry.external_attr >> 16)]
    assert sha256(outside)
