"""The sandbox behind wires that break, and the clients of the end-to-end tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from safelight.sandbox import Sandbox
from tests.conftest import FakeClock
from tests.e2e.conftest import (
    PART,
    Face,
    LinkedClock,
    blocking,
    cat,
    environment,
    face,
    hautai,
    held,
    held_at_the_sandbox,
    immersity,
    letsenhance,
    linked,
    selfie,
    teleport,
    twins,
    video,
)
from tests.e2e.uploads import until
from tests.faults.wire import Wire

__all__ = [
    "Face",
    "LinkedClock",
    "blocking",
    "cat",
    "environment",
    "face",
    "hautai",
    "held",
    "held_at_the_sandbox",
    "immersity",
    "letsenhance",
    "linked",
    "selfie",
    "teleport",
    "twins",
    "video",
]


TRANSFERS = ("safelight-part", "safelight-transfer", "safelight-watch", "safelight-url", "safelight-job")


class HastyClock(FakeClock):
    """A clock on which a second passes in a millisecond of real time: what comes late comes soon."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = time.monotonic()

    def now(self) -> float:
        return super().now() + 1000 * (time.monotonic() - self._begun)

    def monotonic(self) -> float:
        return super().monotonic() + 1000 * (time.monotonic() - self._begun)


@pytest.fixture
def store() -> Iterator[Wire]:
    """What stands before the sandbox's object storage."""
    with Wire() as wire:
        yield wire


@pytest.fixture
def sandbox(store: Wire) -> Iterator[Sandbox]:
    """Its URLs of stored files lead through `store`."""
    with Sandbox(chunk_size=PART, processing_seconds=300, storage_url=store.address) as sandbox:
        store.target = sandbox.storage_listens_at
        yield sandbox


@pytest.fixture
def service(sandbox: Sandbox, face: Face) -> Iterator[Wire]:
    """What stands before the sandbox's services; `face` goes through it."""
    with Wire(sandbox.base_url) as wire:
        for name in ("base_url", "token_url"):
            face.settings[name] = face.settings[name].replace(sandbox.base_url, wire.address)
        yield wire


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """No thread of a transfer outlives its test."""
    before = set(threading.enumerate())
    yield

    def left() -> list[str]:
        return [thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith(TRANSFERS)]

    until(lambda: not left())
