"""Uses of the public face that are type-checked and never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, assert_type

from safelight import AsyncTeleport, JobFailed, JobTimeout, Progress, RateLimited, Teleport
from safelight_api.teleport import Client
from safelight_api.teleport.models import (
    Capture,
    CaptureMetadata,
    CaptureMetadataV2,
    CaptureState,
    TrainingParameters,
)


def show(progress: Progress) -> None:
    assert_type(progress.done, float)
    assert_type(progress.total, float | None)


def blocking(path: Path, parameters: TrainingParameters) -> None:
    with Teleport(client_id="id", client_secret="secret", timeout=30, max_retries=0) as teleport:
        assert_type(teleport, Teleport)
        capture = teleport.upload(path, name="Garden", on_progress=show, training_parameters=parameters)
        assert_type(capture, Capture)
        assert_type(capture.created, datetime)
        assert_type(capture.state, CaptureState | str)
        assert_type(capture.sid, str | None)
        assert_type(teleport.wait(capture.eid, timeout=7200, on_progress=print), Capture)
        assert_type(teleport.wait_all([capture.eid]), Iterator[Capture])
        assert_type(teleport.captures(), Iterator[Capture])
        assert_type(teleport.download("sid", "a.ply", profile="ply"), Path)
        assert_type(teleport.rename("eid", "name"), Capture)
        assert_type(teleport.metadata("sid", quality="hd", profiles=["ply"]), CaptureMetadata)
        assert_type(teleport.metadata_v2("sid", content_profile="ply"), CaptureMetadataV2)
        assert_type(teleport.api, Client)
        teleport.delete("eid")


async def asynchronous(path: Path, parameters: dict[str, Any]) -> None:
    async with AsyncTeleport() as teleport:
        assert_type(teleport, AsyncTeleport)
        assert_type(await teleport.upload(path, format="video", training_parameters=parameters), Capture)
        assert_type(await teleport.wait("eid"), Capture)
        assert_type(teleport.wait_all(["eid"]), AsyncIterator[Capture])
        assert_type(teleport.captures(), AsyncIterator[Capture])
        assert_type(await teleport.download("sid", path), Path)
        assert_type(await teleport.rename("eid", "name"), Capture)
        assert_type(await teleport.metadata("sid"), CaptureMetadata)
        assert_type(await teleport.metadata_v2("sid"), CaptureMetadataV2)
        assert_type(teleport.api, Client)
        await teleport.delete("eid")


def errors(failed: JobFailed, late: JobTimeout, limited: RateLimited) -> None:
    assert_type(failed.reason, str | None)
    assert_type(late.state, str | None)
    assert_type(limited.retry_after, float | None)
    assert_type(limited.status, int)
