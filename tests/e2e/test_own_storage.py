"""From file to file through the user's own storage: real stores of each kind, by both twins."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import safelight
from safelight.letsenhance import Marketplace
from safelight.sandbox import Sandbox
from tests.e2e.conftest import LinkedClock
from tests.e2e.films import film
from tests.e2e.twins import Twins
from tests.stores import Store

Client = Callable[..., Any]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(processing_seconds=5) as sandbox:
        yield sandbox


class PatientClock(LinkedClock):
    """When the client sleeps, the sandbox finishes what is due: what takes real time is not outrun."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox.clock)
        self._settle = sandbox.settle

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self._settle()


@pytest.fixture
def linked(sandbox: Sandbox) -> LinkedClock:
    return PatientClock(sandbox)


@pytest.fixture
def own(twins: Twins, store: Store, environment: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The storage of the user, who has no other."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "SAFELIGHT_STORAGE"))]:
        monkeypatch.delenv(name)
    return store.async_storage() if twins.is_async else store.storage()


def is_there(twins: Twins, storage: Any, name: str) -> bool:
    size = storage.size(name)
    return (twins.run(size) if twins.is_async else size) is not None


def test_a_picture_becomes_an_animation(
    twins: Twins, immersity: Client, own: Any, cat: Path, tmp_path: Path, sandbox: Sandbox
) -> None:
    client = immersity(storage=own)
    depth = client.disparity(cat)
    with Image.open(depth.save(tmp_path / "depth.png")) as picture:
        assert picture.size == (160, 120)
    animation = client.animation(cat, disparity=depth, animation_type="gif", animation_length=1, output_fps=10)
    with animation.open() as file, Image.open(file) as picture:
        assert getattr(picture, "n_frames", 1) == 10
    assert is_there(twins, own, f"results/{depth.correlation_id}.png")
    assert sandbox.bucket.objects == {}


def test_a_video_job_ends_when_its_result_appears(twins: Twins, immersity: Client, own: Any, tmp_path: Path) -> None:
    job = immersity(storage=own).video(
        film(tmp_path / "in.mp4"),
        video_length=1,
        credit_amount=2,
        output_width=64,
        output_height=48,
        callback_url="http://127.0.0.1:9/done",
    )
    assert job.result(timeout=600).save(tmp_path / "out.mp4").read_bytes()[4:8] == b"ftyp"


def test_inputs_are_gone_after_the_job(twins: Twins, letsenhance: Client, own: Any, cat: Path) -> None:
    removed: list[str] = []
    delete = own._delete
    own._delete = lambda name, seconds: (removed.append(name), delete(name, seconds))[1]
    letsenhance(storage=own).submit(cat, Marketplace()).result()
    assert len(removed) == 1
    assert not is_there(twins, own, removed[0])


def test_a_storage_that_may_only_be_read_is_told_before_anything_is_paid(
    twins: Twins, store: Store, own: Any, immersity: Client, cat: Path, sandbox: Sandbox
) -> None:
    make = store.async_storage if twins.is_async else store.storage
    settings = dict.fromkeys(store.credentials) | dict(store.reader)
    with pytest.raises(safelight.ConfigError, match=r"(?i)permission|may not|allow") as caught:
        immersity(storage=make(store.read_only_url, **settings)).disparity(cat)
    assert not any(secret in str(caught.value) for secret in store.reader.values() if len(secret) > 8)
    assert sandbox.count("create_disparity") == 0
