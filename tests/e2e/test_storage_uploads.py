"""Uploads into a storage: memory that does not grow, files that change, stores that lose, users who interrupt."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safelight.errors import ConfigError, FileChanged, IntegrityError, TransferError
from safelight.storage import AsyncStorage, Storage
from tests.conftest import FakeClock
from tests.e2e.twins import Twins
from tests.stores import Store, web
from tests.stores.gcs_server import GCSServer
from tests.stores.scripted import Silent, answering, silent

MIB = 1024 * 1024
MOST = 120 * MIB
SOON = 2.0
"""Seconds: what is interrupted ends within one; the rest is for a busy machine."""

MEASURED = """
import asyncio, json, resource, sys
from pathlib import Path
from safelight.storage import AsyncStorage, Storage

twin, url, settings, file = sys.argv[1:]
settings = json.loads(settings)
if twin == "async":
    asyncio.run(AsyncStorage(url, **settings).put(file, name="measured"))
else:
    Storage(url, **settings).put(file, name="measured")
if sys.platform == "linux":  # where getrusage tells the parent's, if that is more
    lines = Path("/proc/self/status").read_text().splitlines()
    print(1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM:"))))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
INTERRUPTED = """
import signal, sys
from safelight.storage import Storage

signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    endpoint, file = sys.argv[1:]
    Storage("s3://pictures", endpoint=endpoint, access_key_id="a", secret_access_key="b").put(file)
except KeyboardInterrupt:
    print("interrupted")
"""


ENDING = """
import asyncio, sys
from safelight.errors import ConfigError
from safelight.storage import AsyncStorage, Storage

settings = {"endpoint": sys.argv[1], "access_key_id": "a", "secret_access_key": "b"}
for put in (Storage("s3://pictures", **settings).put, lambda file: asyncio.run(twin.put(file))):
    twin = AsyncStorage("s3://pictures", **settings)
    try:
        put(b"a picture")
    except ConfigError:
        print("refused")
"""


@pytest.fixture
def storage(gcs_store: Store, no_clouds: None, twins: Twins, clock: FakeClock) -> Any:
    settings = {"endpoint": gcs_store.endpoint, **gcs_store.credentials}
    return twins(Storage, AsyncStorage)(gcs_store.url, clock=clock, **settings)


@pytest.mark.slow
@pytest.mark.parametrize("twin", ["blocking", "async"])
def test_memory_does_not_grow_with_the_file(s3_store: Store, no_clouds: None, tmp_path: Path, twin: str) -> None:
    settings = json.dumps({"endpoint": s3_store.endpoint, **s3_store.credentials})
    peaks = []
    for size in (48 * MIB, 192 * MIB):
        file = tmp_path / "video.mp4"
        file.touch()
        os.truncate(file, size)
        command = [sys.executable, "-c", MEASURED, twin, s3_store.url, settings, file]
        peaks.append(int(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout))
    assert max(peaks) <= MOST
    assert peaks[1] <= peaks[0] + 16 * MIB


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent to a process of its own there")
@pytest.mark.fault(32)
def test_ctrl_c_ends_an_upload_at_once(no_clouds: None, tmp_path: Path) -> None:
    file = tmp_path / "video.mp4"
    file.touch()
    os.truncate(file, 64 * MIB)
    with silent() as server:
        command = [sys.executable, "-c", INTERRUPTED, server.endpoint, str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            server.wait_for_request()
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=30)[0] == "interrupted\n"
            assert process.returncode == 0
            assert time.monotonic() - begun < SOON


def test_a_cancelled_task_ends_its_upload_at_once_and_leaves_no_parts(
    gcs_store: Store, gcs_server: GCSServer, no_clouds: None
) -> None:
    under_way, read = threading.Event(), 0

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            nonlocal read
            read += size
            if read > 20 * MIB:
                under_way.set()
                time.sleep(0.01)
            return bytes(size)

    async def main() -> float:
        task = asyncio.ensure_future(gcs_store.async_storage().put(Endless(), name="endless"))  # type: ignore[arg-type]
        await asyncio.to_thread(under_way.wait)
        assert gcs_server.uploads
        begun = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - begun

    assert asyncio.run(main()) < SOON
    assert not gcs_server.uploads
    assert gcs_store.storage().size("endless") is None


def test_a_cancelled_task_does_not_wait_for_a_store_that_is_silent(no_clouds: None) -> None:
    async def main(server: Silent) -> float:
        storage = AsyncStorage("s3://pictures", endpoint=server.endpoint, access_key_id="a", secret_access_key="b")
        task = asyncio.ensure_future(storage.put(b"a picture"))
        await asyncio.to_thread(server.wait_for_request)
        begun = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - begun

    with silent() as server:
        assert asyncio.run(main(server)) < SOON


@pytest.mark.fault(17)
def test_a_store_that_is_silent_is_not_asked_for_ever(
    no_clouds: None, twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    with silent() as server:
        storage = twins(Storage, AsyncStorage)
        storage = storage("s3://pictures", endpoint=server.endpoint, access_key_id="a", secret_access_key="b")
        for module in ("_async", "_sync"):
            monkeypatch.setattr(f"safelight.{module}.storage._ANSWER_SECONDS", 0.2)
        with pytest.raises(TransferError, match=r"no answer within 0\.2 seconds"):
            storage.size("a.png")


@pytest.mark.parametrize("size", [MIB, 20 * MIB])
@pytest.mark.fault(8)
def test_a_file_that_is_written_to_meanwhile_is_noticed_and_not_kept(
    storage: Any, gcs_server: GCSServer, tmp_path: Path, size: int
) -> None:
    file = tmp_path / "video.mp4"
    file.write_bytes(bytes(size))

    def write_once(_: object) -> None:
        os.utime(file, ns=(1, 1))

    with pytest.raises(FileChanged, match=r"video\.mp4 changed while it was being put"):
        storage.put(file, name="changed.mp4", on_progress=write_once)
    assert storage.size("changed.mp4") is None


@pytest.mark.fault(9)
def test_a_file_that_becomes_shorter_is_noticed(storage: Any, gcs_server: GCSServer, tmp_path: Path) -> None:
    file = tmp_path / "video.mp4"
    file.write_bytes(bytes(20 * MIB))
    with pytest.raises(FileChanged, match=r"video\.mp4 changed while it was being put"):
        storage.put(file, name="shorter.mp4", on_progress=lambda _: os.truncate(file, MIB))
    assert storage.size("shorter.mp4") is None
    assert not gcs_server.uploads


def test_what_the_store_lost_is_noticed(storage: Any, gcs_server: GCSServer, clock: FakeClock) -> None:
    gcs_server.loses = 1
    try:
        with pytest.raises(IntegrityError, match=r"9 bytes were sent to gs://pictures/tests, and the store has 8"):
            storage.put(b"a picture", name="lost.png")
    finally:
        gcs_server.loses = 0
    assert len(clock.sleeps) == 3
    assert storage.size("lost.png") is None


def test_a_store_that_takes_a_moment_to_see_what_it_has_is_given_one(
    storage: Any, gcs_server: GCSServer, clock: FakeClock
) -> None:
    gcs_server.unseen = 2
    assert web.get(storage.put(b"a picture")).content == b"a picture"
    assert clock.sleeps == [0.5, 1.0]


def test_an_error_of_the_callback_arrives_as_it_is(storage: Any, gcs_server: GCSServer) -> None:
    def fail(_: object) -> None:
        raise LookupError("no place for it")

    with pytest.raises(LookupError, match="no place for it"):
        storage.put(bytes(20 * MIB), name="failed.bin", on_progress=fail)
    assert not gcs_server.uploads


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        (b"", "is empty"),
        (io.BytesIO(b""), "Does it need a seek"),
        (io.StringIO("text"), "binary mode"),
        ("no-such-file.png", "does not exist"),
        (Path(), "not a regular file"),
        (42, "int cannot be put: give a path"),
    ],
)
def test_what_cannot_be_put_is_refused(storage: Any, file: Any, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        storage.put(file, name="refused.png")


def test_a_file_that_cannot_be_read_says_why(storage: Any) -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError("the disk is gone")

    with pytest.raises(TransferError, match="the disk is gone"):
        storage.put(Broken())


def test_one_storage_serves_many_threads_and_event_loops(gcs_store: Store, no_clouds: None) -> None:
    blocking, twin = gcs_store.storage(), gcs_store.async_storage()
    urls: dict[int, str] = {}

    def put_blocking(number: int) -> None:
        urls[number] = blocking.put(b"%d" % number)

    def put_async(number: int) -> None:
        urls[number] = asyncio.run(twin.put(b"%d" % number))

    in_threads(put_blocking, range(8))
    in_threads(put_async, range(8, 16))
    assert [web.get(urls[number]).content for number in range(16)] == [b"%d" % number for number in range(16)]


def test_a_process_that_ends_at_once_after_an_upload_ends_well(no_clouds: None) -> None:
    """With obstore's own async functions, about one in ten is aborted: here that would be seen two times in three."""
    with answering(403, "<Error><Code>AccessDenied</Code></Error>") as endpoint:
        command = [sys.executable, "-c", ENDING, endpoint]
        for _ in range(5):
            pair = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
            assert [(process.communicate(timeout=30)[0], process.returncode) for process in pair] == 2 * [
                ("refused\nrefused\n", 0)
            ]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_is_told_that_it_cannot_use_the_storage(no_clouds: None) -> None:
    script = """
import os
from safelight.errors import ConfigError
from safelight.storage import Storage

storage = Storage("s3://pictures", access_key_id="a", secret_access_key="b")
storage.presign_get("a.png")
child = os.fork()
if child == 0:
    try:
        storage.presign_get("a.png")
    except ConfigError as error:
        os.write(1, str(error).encode())
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, timeout=30, check=True)
    assert b'multiprocessing.get_context("spawn")' in run.stdout


def in_threads(work: Callable[[int], None], numbers: range) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
