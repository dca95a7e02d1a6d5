"""What clients do in several processes, in forked ones, in many threads, and in one event loop after another."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from safelight import AsyncImmersity, AsyncTeleport, HautAI, Immersity, LetsEnhance, Teleport, TransferError
from safelight.letsenhance import Marketplace
from safelight.sandbox import Sandbox
from tests.e2e.conftest import Face
from tests.e2e.twins import Twins
from tests.e2e.uploads import arrived_whole, sha256, until

pytestmark = pytest.mark.usefixtures("held_at_the_sandbox")


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_has_connections_of_its_own(sandbox: Sandbox, blocking: Face) -> None:
    with Teleport(**blocking.settings) as teleport:
        assert list(teleport.captures()) == []
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(writer, str(len(list(teleport.captures()))).encode())
            finally:
                os._exit(0)
        os.close(writer)
        assert [list(teleport.captures()) for _ in range(5)] == [[]] * 5
        with os.fdopen(reader) as answer:
            assert answer.read() == "0"
        os.waitpid(child, 0)


THREADS = 64


def in_threads(work: Callable[[int], Any]) -> list[Any]:
    """What 64 threads make of their numbers, all of them at the same time."""
    made: dict[int, Any] = {}
    together = threading.Barrier(THREADS)

    def run(number: int) -> None:
        together.wait()
        made[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [made.get(number) for number in range(THREADS)]


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Its jobs take no time, so that clients may go by the real clock: a test's is no good for many at once."""
    with Sandbox(processing_seconds=0) as sandbox:
        for name, value in sandbox.env.items():
            monkeypatch.setenv(name, value)
        yield sandbox


@pytest.mark.fault(13)
@pytest.mark.fault(14)
def test_64_threads_share_one_client_and_one_token(prompt: Sandbox) -> None:
    with Teleport() as teleport:
        assert in_threads(lambda _: len(list(teleport.captures()))) == [0] * THREADS
    assert prompt.count("token") == 1


def test_64_threads_upload_with_one_client(prompt: Sandbox, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.mp4" for number in range(THREADS)]
    for number, file in enumerate(files):
        file.write_bytes(bytes([number]) * (1000 + number))
    with Teleport() as teleport:
        captures = in_threads(lambda number: teleport.upload(files[number]))
    arrived = [prompt.teleport.captures[capture.eid].sha256 for capture in captures]
    assert arrived == [sha256(file) for file in files]
    assert prompt.count("create_capture") == THREADS
    assert prompt.count("token") == 1


def test_64_threads_download_with_one_client(prompt: Sandbox, video: Path, tmp_path: Path) -> None:
    with Teleport() as teleport:
        capture = teleport.wait(teleport.upload(video).eid)
        files = in_threads(lambda number: teleport.download(str(capture.sid), tmp_path / f"{number}.ply", quality="sd"))
    assert len({sha256(file) for file in files}) == 1


def test_64_threads_convert_pictures_with_one_client(prompt: Sandbox, cat: Path, tmp_path: Path) -> None:
    with Immersity() as immersity:
        results = in_threads(lambda number: immersity.disparity(cat, correlation_id=f"thread-{number}"))
        files = in_threads(lambda number: results[number].save(tmp_path / f"{number}.png"))
    assert len({sha256(file) for file in files}) == 1
    assert [charge.processed for charge in prompt.immersity.charges.values()] == [1] * THREADS
    assert prompt.count("token") == 1


def test_64_threads_enhance_pictures_with_one_client(prompt: Sandbox, cat: Path, tmp_path: Path) -> None:
    with LetsEnhance() as letsenhance:
        files = in_threads(
            lambda number: letsenhance.enhance(cat, Marketplace(width=32), to=tmp_path / f"{number}.jpg")
        )
    assert [file.name for (file,) in files] == [f"{number}.jpg" for number in range(THREADS)]
    assert sorted(prompt.letsenhance.submitted.values()) == [1] * THREADS


def test_64_threads_upload_portraits_with_one_client_and_one_login(prompt: Sandbox, selfie: Path) -> None:
    with HautAI() as hautai:
        subjects = in_threads(lambda number: hautai.create_subject(f"thread {number}"))
        batches = in_threads(lambda number: hautai.upload(subjects[number].id, front=selfie, compute=False))
    assert len({batch.id for batch in batches}) == THREADS
    assert prompt.count("picture") == THREADS
    assert prompt.count("login") == 1


def test_one_event_loop_after_another_uses_a_client_for_requests_and_transfers(
    sandbox: Sandbox, blocking: Face, video: Path, tmp_path: Path
) -> None:
    teleport = AsyncTeleport(**blocking.settings)

    async def use(name: str) -> bytes:
        try:
            capture = await teleport.wait((await teleport.upload(video, name)).eid)
            return (await teleport.download(str(capture.sid), tmp_path / name, quality="sd")).read_bytes()
        finally:
            await teleport.aclose()

    assert len(asyncio.run(use("first"))) == len(asyncio.run(use("second")))
    assert [capture.completed for capture in sandbox.teleport.captures.values()] == [1, 1]


def test_of_two_processes_on_one_file_one_works_and_the_other_says_so(
    sandbox: Sandbox, blocking: Face, video: Path
) -> None:
    sandbox.fault("part", kind="stall", times=None)
    script = "import sys, safelight; safelight.Teleport().upload(sys.argv[1])"
    other = subprocess.Popen([sys.executable, "-c", script, str(video)], env={**os.environ, **sandbox.env})
    try:
        until(lambda: sandbox.count("create_upload_url"))
        with pytest.raises(TransferError, match="Another process or thread is working on this very upload"):
            blocking.upload(video)
        assert sandbox.count("create_capture") == 1
    finally:
        other.kill()
        other.wait()
    sandbox.clear_faults()
    blocking.upload(video)
    arrived_whole(sandbox, video)


def test_a_closed_client_keeps_no_connection_to_its_storage(
    twins: Twins, environment: None, sandbox: Sandbox, cat: Path
) -> None:
    before = connections_to(sandbox.storage_listens_at)
    client = twins(Immersity, AsyncImmersity)()
    gc.collect()
    gc.disable()  # nobody knows when it comes: what is closed is not left to it
    try:
        result = client.disparity(cat, correlation_id="held")  # looks for an object first, which is not there
        assert connections_to(sandbox.storage_listens_at) > before
        client.aclose() if hasattr(client, "aclose") else client.close()
        until(lambda: connections_to(sandbox.storage_listens_at) == before)
    finally:
        gc.enable()
    assert client.disparity(cat, correlation_id="held").name == result.name  # it opens them again


def connections_to(address: str) -> int:
    """How many connections of this process lead there."""
    port = f":{urlsplit(address).port:04X}"
    there = [line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    inodes = {fields[9] for fields in there if fields[2].endswith(port)}
    mine = [str(entry.readlink()) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()]
    return sum(link.removeprefix("socket:[").rstrip("]") in inodes for link in mine)
