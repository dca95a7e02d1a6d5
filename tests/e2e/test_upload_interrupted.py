"""Uploads that are killed, interrupted or cancelled go on. A number in a test's name is a row of the fault list."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from safelight import AsyncTeleport
from safelight.sandbox import Sandbox
from safelight.transfer.journal import Journal
from tests.e2e.conftest import Face
from tests.e2e.uploads import PARTS, arrived_whole, counts, only, until

pytestmark = pytest.mark.usefixtures("held_at_the_sandbox")

CHILD = """
import signal, sys
from safelight import Teleport
signal.signal(signal.SIGINT, signal.default_int_handler)  # a runner in the background may ignore it
with Teleport() as teleport:
    print("begun", flush=True)
    teleport.upload(sys.argv[1], concurrency=2)
"""


def child(sandbox: Sandbox, video: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(video)],
        env={**os.environ, **sandbox.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("parts", range(PARTS + 1))
@pytest.mark.fault(10)
@pytest.mark.fault(11)
def test_10_after_kill_9_at_any_part_only_those_in_flight_are_sent_again(
    blocking: Face, sandbox: Sandbox, video: Path, parts: int
) -> None:
    sandbox.fault("part", kind="stall", after=parts, times=None)
    process = child(sandbox, video)
    try:
        hit = "complete_upload" if parts == PARTS else "part"
        if parts == PARTS:
            sandbox.fault("complete_upload", kind="stall", when="after")
        until(
            lambda: sandbox.count("create_capture") and len(only(sandbox).parts) >= parts and is_stalled(sandbox, hit)
        )
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    finally:
        process.kill()
        process.communicate()
    sandbox.clear_faults()
    blocking.upload(video, concurrency=2)
    arrived_whole(sandbox, video)
    assert sum(counts(sandbox)) <= PARTS + 2  # at the most the two that were accepted and not yet noted


def is_stalled(sandbox: Sandbox, operation: str) -> bool:
    """Whether a request of this kind is waiting for its reply."""
    if operation == "complete_upload":
        return bool(only(sandbox).completed)
    return sandbox.count("create_upload_url") > len(only(sandbox).parts)


@pytest.mark.fault(32)
def test_32_ctrl_c_ends_an_upload_within_a_second_and_says_how_to_go_on(
    blocking: Face, sandbox: Sandbox, video: Path
) -> None:
    sandbox.fault("part", kind="stall", after=3, times=None)
    process = child(sandbox, video)
    try:
        until(lambda: sandbox.count("create_upload_url") >= 7)  # of 3 that arrived, 2 that hang, 2 that come next
        interrupted = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
        assert time.monotonic() - interrupted < 1.5  # a second, and the interpreter's own end
    finally:
        process.kill()
    assert "KeyboardInterrupt" in errors
    assert "3 parts are safe" in errors
    sandbox.clear_faults()
    blocking.upload(video)
    arrived_whole(sandbox, video)
    assert counts(sandbox) == [1] * PARTS


@pytest.mark.fault(32)
def test_32_many_cancelled_uploads_leave_no_file_open(sandbox: Sandbox, video: Path) -> None:
    face = Face(sandbox, is_async=True)

    async def main() -> None:
        async with AsyncTeleport(**face.settings) as teleport:
            for number in range(40):
                upload = asyncio.create_task(teleport.upload(video))
                for _ in range(number % 7):
                    await asyncio.sleep(0)
                upload.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await upload

    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = open_files()
    asyncio.run(main())
    until(lambda: open_files() <= before)  # the server is of this process, too, and lets go a moment later


@pytest.mark.fault(32)
def test_32_an_interrupt_while_the_threads_start_is_the_error_that_arrives(
    blocking: Face, sandbox: Sandbox, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        if thread.name == "safelight-part" and sum(t.name == "safelight-part" for t in threading.enumerate()) == 1:
            raise KeyboardInterrupt
        start(thread)

    sandbox.fault("part", kind="stall", times=None)
    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        blocking.upload(video)


@pytest.mark.fault(32)
def test_32_a_cancelled_task_ends_an_upload_within_a_second(
    sandbox: Sandbox, video: Path, caplog: pytest.LogCaptureFixture
) -> None:
    face = Face(sandbox, is_async=True)
    sandbox.fault("part", kind="stall", after=3, times=None)

    async def main() -> float:
        async with AsyncTeleport(**face.settings) as teleport:
            upload = asyncio.create_task(teleport.upload(video, concurrency=2))
            await asyncio.to_thread(until, lambda: sandbox.count("create_upload_url") >= 7)
            begun = time.monotonic()
            upload.cancel()
            with pytest.raises(asyncio.CancelledError):
                await upload
            return time.monotonic() - begun

    assert asyncio.run(main()) < 1.0
    assert "3 parts are safe" in caplog.text
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("safelight-part")] == []
    sandbox.clear_faults()
    face.upload(video)
    arrived_whole(sandbox, video)
    assert counts(sandbox) == [1] * PARTS


def test_the_event_loop_stays_responsive_while_a_file_is_sent(sandbox: Sandbox, video: Path) -> None:
    face = Face(sandbox, is_async=True)
    sandbox.fault("part", seconds=0.1, times=None)

    async def main() -> int:
        async with AsyncTeleport(**face.settings) as teleport:
            upload = asyncio.create_task(teleport.upload(video, concurrency=1))
            turns = 0
            while not upload.done():
                await asyncio.sleep(0.001)
                turns += 1
            await upload
            return turns

    assert asyncio.run(main()) > 100  # eight parts of a tenth of a second: a blocked loop would turn some ten times
    arrived_whole(sandbox, video)


def test_32_no_thread_goes_on_after_an_interrupt_while_it_is_waited_for(
    blocking: Face, sandbox: Sandbox, tmp_path: Path
) -> None:
    """CPython 3.11 and 3.12 take a running thread for dead once a `join` of it was interrupted (after bpo-45274)."""
    video = tmp_path / "short.mp4"
    video.write_bytes(b"one part")
    sandbox.fault("part", kind="stall", times=None)

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    def when_it_stalls() -> None:
        until(lambda: sandbox.count("create_upload_url"))
        time.sleep(0.2)  # it is being waited for by now
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR2)

    before = signal.signal(signal.SIGUSR2, interrupt)
    helper = threading.Thread(target=when_it_stalls)
    try:
        helper.start()
        with pytest.raises(KeyboardInterrupt):
            blocking.upload(video)
    finally:
        helper.join()
        signal.signal(signal.SIGUSR2, before)
    until(lambda: not any(thread.name == "safelight-part" for thread in threading.enumerate()))


@pytest.mark.parametrize("lost", [False, True], ids=["answered", "looked-for"])
def test_10_an_interrupt_before_a_new_capture_is_noted_leaves_no_second_one(
    face: Face, sandbox: Sandbox, video: Path, state_dir: Path, monkeypatch: pytest.MonkeyPatch, lost: bool
) -> None:
    def interrupted(journal: Journal, job_id: str, chunk_size: int) -> None:
        raise KeyboardInterrupt

    if lost:
        sandbox.fault("create_capture", kind="reset", when="after")
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "created", interrupted)
        with pytest.raises(KeyboardInterrupt):
            face.upload(video)
    face.upload(video)
    arrived_whole(sandbox, video)
    assert [path for path in state_dir.rglob("*") if path.is_file()] == []
