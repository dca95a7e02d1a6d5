"""What httpx leaves to those who use it: event loops, TLS contexts, streams that nobody read to their end."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import safelight
from safelight import AsyncTeleport, Progress
from safelight.sandbox import Sandbox
from safelight.transport import tls_context
from tests.e2e.conftest import Face
from tests.e2e.uploads import arrived_whole, until
from tests.faults.wire import Wire, every_one, first, reset

Client = Callable[..., Any]


@pytest.mark.fault("loops")
def test_an_async_client_serves_one_event_loop_after_another(sandbox: Sandbox, video: Path) -> None:
    face = Face(sandbox, is_async=True)
    teleport = AsyncTeleport(**face.settings)

    async def use() -> int:
        await teleport.upload(video)
        count = len([capture async for capture in teleport.captures()])
        await teleport.aclose()  # its loop is the only one that can close what it opened
        return count

    assert [asyncio.run(use()) for _ in range(3)] == [1, 2, 3]
    assert sandbox.count("token") == 1
    arrived = [capture.sha256 for capture in sandbox.teleport.captures.values()]
    assert len(set(arrived)) == 1


@pytest.mark.fault("loops")
def test_an_async_client_serves_event_loops_at_the_same_time(sandbox: Sandbox) -> None:
    face = Face(sandbox, is_async=True)
    teleport = AsyncTeleport(**face.settings)
    answers: list[int] = []

    async def use() -> None:
        answers.extend([len([capture async for capture in teleport.captures()]) for _ in range(5)])
        await teleport.aclose()

    threads = [threading.Thread(target=asyncio.run, args=(use(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [0] * 20


@pytest.mark.fault("tls")
def test_all_clients_of_a_process_share_one_tls_context(
    face: Face, sandbox: Sandbox, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls_context()
    made: list[object] = []
    monkeypatch.setattr(httpx._config, "create_ssl_context", lambda *_, **__: made.append(1))
    monkeypatch.setattr("ssl.SSLContext.load_verify_locations", lambda *_, **__: made.append(2))
    capture = face.wait(face.upload(video).eid)
    face.download(capture.sid, tmp_path / "a.ply")
    assert made == []


@pytest.mark.fault("streams")
def test_streams_that_are_left_in_the_middle_are_closed_and_the_client_goes_on(
    teleport: Client, sandbox: Sandbox, store: Wire, video: Path, tmp_path: Path
) -> None:
    def leave(progress: Progress) -> None:
        raise RuntimeError("mine")

    client = teleport()
    capture = client.wait(client.upload(video).eid)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="mine"):
            client.download(capture.sid, tmp_path / "a.ply", on_progress=leave)
        with pytest.raises(RuntimeError, match="mine"):
            client.upload(video, resume=False, on_progress=leave)
    gc.collect()  # what was left open is a warning, and each warning an error
    until(lambda: not any(passed.is_open for passed in store.connections))
    assert client.download(capture.sid, tmp_path / "a.ply").exists()


@pytest.mark.fault("streams")
@pytest.mark.fault(1)
def test_connections_that_broke_are_all_closed(face: Face, sandbox: Sandbox, store: Wire, video: Path) -> None:
    store.plan = first(20, reset(after=50_000))
    face.upload(video)
    arrived_whole(sandbox, video)
    store.plan = every_one(reset(after=50_000))
    with pytest.raises(safelight.TransferError):
        face.upload(video)
    gc.collect()
    until(lambda: not any(passed.is_open for passed in store.connections))
