"""One hundred pictures from a folder, sixteen at a time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from safelight import AsyncLetsEnhance, LetsEnhance
from safelight.clock import Clock
from safelight.letsenhance import Marketplace
from safelight.sandbox import Sandbox
from tests.e2e.twins import Twins
from tests.stores import Store

CLIENT = Path(__file__).parents[2] / "benchmarks" / "enhance_client.py"
MIB = 1024 * 1024
PICTURE = MIB // 2
COUNT = 100
MOST_GROWTH = 24 * MIB
"""Less than half of the bytes that go through: what does not stay does not add up."""


class HurriedClock(Clock):
    """Ten seconds in one: unlike a clock that tests turn, it is the same for many threads."""

    def __init__(self) -> None:
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return 10 * super().monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.sleeps.append(seconds)
        return super().wait(event, seconds / 10)

    async def async_sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        await super().async_sleep(seconds / 10)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(processing_seconds=0.2) as sandbox:
        yield sandbox


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(COUNT):
        Image.new("RGB", (32, 24), (2 * number, 100, 200)).save(folder / f"{number:03}.png")
    return folder


@pytest.fixture(params=["sandbox", "s3", "azure", "gcs"])
def storage(request: pytest.FixtureRequest, twins: Twins) -> Any:
    """Where inputs go: the sandbox's bucket, which the environment names, or a real store."""
    if request.param == "sandbox":
        return None
    store: Store = request.getfixturevalue(f"{request.param}_store")
    return store.async_storage() if twins.is_async else store.storage()


def test_each_is_submitted_once_and_no_job_is_asked_for_twice_in_a_round(
    twins: Twins, environment: None, storage: Any, sandbox: Sandbox, photos: Path, tmp_path: Path
) -> None:
    clock = HurriedClock()
    enhance = twins(LetsEnhance, AsyncLetsEnhance)(clock=clock, storage=storage)
    made = enhance.enhance(photos, Marketplace(width=16), to=tmp_path / "out", concurrency=16)
    assert [path.name for path in made] == [f"{number:03}.jpg" for number in range(COUNT)]
    assert set(sandbox.letsenhance.submitted.values()) == {1}
    assert len(sandbox.letsenhance.pipelines) == sandbox.count("submit_pipeline") == COUNT
    # Between two looks at a job lies a pause, and nothing else pauses here.
    assert sandbox.count("get_pipeline") == COUNT + len(clock.sleeps)
    polls = Counter(record.facts["id"] for record in sandbox.requests if record.operation == "get_pipeline")
    assert len(polls) == COUNT
    assert max(polls.values()) > 1
    assert {record.status for record in sandbox.requests} <= {200, 204}
    assert [name for name in sandbox.bucket.objects if "inputs/" in name] == []


@pytest.mark.parametrize("face", ["blocking", "async"])
def test_memory_does_not_grow_with_the_number_of_pictures(face: str, photos: Path, tmp_path: Path) -> None:
    for picture in photos.iterdir():  # what is behind a picture's end is sent, but not decoded
        with picture.open("ab") as file:
            file.write(os.urandom(PICTURE))
    out = tmp_path / "out"
    with Sandbox(processing_seconds=0) as sandbox:
        finished = subprocess.run(
            [sys.executable, CLIENT, face, photos, out],
            env={**os.environ, **sandbox.env},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    figures = json.loads(finished.stdout)
    print(figures)
    assert len(list(out.iterdir())) == COUNT
    assert figures["peak_rss"] - figures["peak_before"] <= MOST_GROWTH
    shutil.rmtree(photos)
