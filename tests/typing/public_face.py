"""Uses of the public face that are type-checked and never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal, assert_type

from safelight import (
    AsyncAuxImage,
    AsyncHautAI,
    AsyncImmersity,
    AsyncLetsEnhance,
    AsyncTeleport,
    AuxImage,
    Batch,
    HautAI,
    Immersity,
    InvalidWebhook,
    JobFailed,
    JobTimeout,
    LeiaPix,
    LetsEnhance,
    OutcomeUnknown,
    Progress,
    RateLimited,
    Teleport,
)
from safelight.letsenhance import Marketplace, Print, RealEstate
from safelight.storage import AsyncStorage, Storage
from safelight.webhooks import LARGEST_BODY, Event, EventStore, WebhookReceiver, parse, with_token
from safelight_api.hautai.models import BatchMetrics, Image, ImageResult, Subject, Webhook
from safelight_api.immersity.models import Prices, UploadUrl
from safelight_api.letsenhance.models import Pipeline, Usage
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


def pictures(path: Path, file: BinaryIO) -> None:
    with Immersity(storage="s3://bucket/prefix", keep_inputs=True) as immersity:
        depth = immersity.disparity(path, output_bit_depth="uint16")
        assert_type(depth.url, str)
        assert_type(depth.correlation_id, str)
        assert_type(depth.save("depth.png", on_progress=show), Path)
        assert_type(depth.open(), BinaryIO)
        for picture in (path, "cat.jpg", b"...", file, depth):
            immersity.animation(picture, disparity=depth, animation_type="gif", output_fps=24).save("out/")
        job = immersity.video(
            path,
            video_length=10,
            credit_amount=10,
            output_width=1920,
            output_height=1080,
            callback_url="https://me.example/done",
        )
        job.notify(b"{}")
        assert_type(job.result(timeout=60).correlation_id, str)
        assert_type(immersity.job(job.id).id, str)
        assert_type(immersity.prices(), Prices)
        assert_type(immersity.upload_url(file_name="a.jpg"), UploadUrl)
    LeiaPix(storage=Storage("gs://bucket")).stereo("cat.jpg", output_type="anaglyph")


def enhanced(path: Path) -> None:
    with LetsEnhance("key", storage=Storage("az://container", expires=60)) as enhance:
        job = enhance.submit(["https://x.example/a.jpg", path], Marketplace(width=1800), RealEstate(), Print(dpi=300))
        for image in job.result(timeout=600, on_progress=show):
            assert_type(image.save("out/"), Path)
            assert_type(image.width, int | None)
            assert_type(image.expires_at, datetime | None)
        assert_type(enhance.enhance(path, {"op": "other"}, to="b.jpg", concurrency=16), list[Path])
        assert_type(enhance.pipeline(1), Pipeline)
        assert_type(enhance.usage(), Usage)


async def enhanced_asynchronously(path: Path) -> None:
    async with AsyncLetsEnhance(storage=AsyncStorage("s3://bucket")) as enhance:
        images = await (await enhance.submit(path, Marketplace())).result()
        assert_type(await images[0].save("out/"), Path)
        assert_type(await enhance.enhance([path, "https://x.example/a.jpg"], Print(), to="out"), list[Path])
    async with AsyncImmersity() as immersity:
        assert_type((await immersity.disparity(images[0])).url, str)


def faces(path: Path, data: bytes, file: BinaryIO) -> None:
    with HautAI(username="name", password="password", dataset_id=7) as haut:
        subject = haut.create_subject("customer-7", meta={"shop": 3})
        assert_type(subject, Subject)
        assert_type(haut.subjects(), Iterator[Subject])
        batch = haut.upload(subject.id, front=path, left=data, right=file, on_progress=show)
        assert_type(batch, Batch)
        results = haut.wait(str(batch), timeout=60, on_progress=show)
        assert_type(results, list[ImageResult])
        assert_type(haut.results(batch), list[ImageResult])
        assert_type(haut.metrics(batch), BatchMetrics)
        assert_type(haut.images(batch), list[Image])
        assert_type(haut.image(batch, haut.images(batch)[0].id), Image)
        (aux,) = haut.aux_images(batch, batch.images["front"])
        assert_type(aux, AuxImage)
        assert_type(aux.save("maps/"), Path)
        haut.compute(batch)
        haut.delete_image(batch, batch.images["front"])
        assert_type(haut.create_webhook("https://me.example/hooks/hautai", "secret", authorization="basic"), Webhook)


async def faces_asynchronously(path: Path) -> None:
    async with AsyncHautAI(token="token", company_id="c", dataset_id="d") as haut:
        assert_type(haut.subjects(), AsyncIterator[Subject])
        batch = await haut.upload("subject", front=path)
        assert_type(await haut.wait(batch), list[ImageResult])
        assert_type(await haut.aux_images(batch, "image"), list[AsyncAuxImage])


async def handle(event: Event) -> None:
    assert_type(event.job_id, str | None)


def webhooks(headers: dict[str, str], raw: list[tuple[bytes, bytes]], body: bytes, refused: InvalidWebhook) -> None:
    event = parse("teleport", headers, body, secret="secret")
    assert_type(event, Event)
    assert_type(event.state, str | None)
    assert_type(event.reason, str | None)
    assert_type(event.ended, bool)
    assert_type(event.key, str)
    assert_type(refused.status, int)
    largest: int = LARGEST_BODY
    parse("hautai", raw, body, secret=("key", "value"), url="/hooks?a=b")
    assert_type(parse("letsenhance", raw, body[:largest]).confirm(LetsEnhance()), Pipeline)
    assert_type(event.confirm(AsyncLetsEnhance()), Awaitable[Pipeline])
    assert_type(with_token("https://me.example/hooks/letsenhance", "secret"), str)
    with EventStore("events.sqlite", keep=86400) as store:
        assert_type(store.begin(event), Literal["new", "running", "done", "outdated"])
        store.finish(event)
        WebhookReceiver({"teleport": "secret", "letsenhance": None}, on_event=handle, store=store)
        WebhookReceiver({"hautai": ("key", "value")}, on_event=Teleport().notify)


def errors(failed: JobFailed, late: JobTimeout, limited: RateLimited, unknown: OutcomeUnknown) -> None:
    assert_type(unknown.job_id, str | None)
    assert_type(failed.reason, str | None)
    assert_type(late.state, str | None)
    assert_type(limited.retry_after, float | None)
    assert_type(limited.status, int)
