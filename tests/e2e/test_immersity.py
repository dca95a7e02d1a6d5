"""Immersity from file to file, by both twins, against the sandbox and its bucket."""

from __future__ import annotations

import asyncio
import io
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

import safelight
from safelight import AsyncImmersity, AsyncLeiaPix, Immersity, LeiaPix
from safelight.sandbox import Sandbox
from safelight.storage import AsyncStorage, Storage
from tests.e2e.conftest import LinkedClock
from tests.e2e.films import film
from tests.e2e.test_letsenhance import until
from tests.e2e.twins import Twins

Client = Callable[..., Any]
FACTS: dict[str, Any] = {"video_length": 1, "credit_amount": 2, "output_width": 64, "output_height": 48}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(processing_seconds=60) as sandbox:
        yield sandbox


@pytest.fixture
def without_storage(monkeypatch: pytest.MonkeyPatch, environment: None) -> None:
    monkeypatch.delenv("SAFELIGHT_STORAGE")


@pytest.fixture
def url(storage: Client, sandbox: Sandbox, cat: Path) -> str:
    """An address that the picture can be read from."""
    address: str = storage(sandbox.env["SAFELIGHT_STORAGE"]).put(cat, name="cat.jpg")
    return address


def names(sandbox: Sandbox, folder: str) -> list[str]:
    return [name for name in sandbox.bucket.objects if f"{folder}/" in name]


def test_a_picture_becomes_a_depth_map_an_animation_and_stereo(
    immersity: Client, sandbox: Sandbox, cat: Path, tmp_path: Path
) -> None:
    client = immersity()
    depth = client.disparity(cat)
    with Image.open(depth.save(tmp_path / "depth.png")) as picture:
        assert picture.size == (160, 120)
    animation = client.animation(cat, disparity=depth, animation_type="gif", animation_length=1, output_fps=10)
    with Image.open(animation.save(tmp_path / "cat.gif")) as picture:
        assert picture.format == "GIF"
        assert getattr(picture, "n_frames", 1) == 10
    assert client.animation(cat, animation_length=1).save(tmp_path / "cat.mp4").read_bytes()[4:8] == b"ftyp"
    for result in (client.stereo(cat, disparity=depth), client.top_bottom(cat, disparity=depth)):
        with result.open() as file, Image.open(file) as picture:
            assert sorted(picture.size) in ([120, 320], [160, 240])
    assert sandbox.count("create_disparity") == 1
    assert all(charge.processed == 1 for charge in sandbox.immersity.charges.values())
    assert names(sandbox, "inputs") == []
    assert len(names(sandbox, "results")) == 5


def test_a_picture_becomes_a_lif_file_and_a_picture_again(immersity: Client, cat: Path, tmp_path: Path) -> None:
    client = immersity()
    lif = client.lif_encode(cat, disparity=client.disparity(cat))
    with client.lif_decode(lif).open() as file, Image.open(file) as picture:
        assert picture.size == (160, 120)
    assert client.lif_encode(left_image=cat, right_image=cat).save(f"{tmp_path}/").stat().st_size > 0


@pytest.mark.parametrize("kind", ["text", "bytes", "file", "stream", "url"])
def test_a_picture_may_be_given_in_many_forms(
    immersity: Client, sandbox: Sandbox, cat: Path, url: str, kind: str
) -> None:
    with cat.open("rb") as file:
        forms = {"text": str(cat), "bytes": cat.read_bytes(), "file": file, "stream": io.BytesIO(cat.read_bytes())}
        result = immersity().disparity(forms.get(kind, url))
    assert result.url.startswith(sandbox.storage_url)
    assert names(sandbox, "results") == [f"safelight/results/{result.correlation_id}.png"]
    assert names(sandbox, "inputs") == []


def test_inputs_stay_if_they_are_told_to(immersity: Client, sandbox: Sandbox, cat: Path) -> None:
    immersity(keep_inputs=True).disparity(cat)
    assert len(names(sandbox, "inputs")) == 1


def test_without_a_storage_addresses_work_and_results_are_the_services_for_a_while(
    url: str, immersity: Client, without_storage: None, sandbox: Sandbox, cat: Path, tmp_path: Path
) -> None:
    depth = immersity().disparity(url, output_bit_depth="uint16")
    with Image.open(depth.save(tmp_path / "depth.png")) as picture:
        assert picture.size == (160, 120)
        assert picture.mode.startswith("I")
    assert immersity().animation(url, disparity=depth, animation_length=1).save(tmp_path / "cat.mp4").exists()
    with pytest.raises(safelight.ConfigError, match="SAFELIGHT_STORAGE"):
        immersity().disparity(cat)


@pytest.mark.parametrize("status", [200, 201])
def test_200_and_201_are_both_success(immersity: Client, sandbox: Sandbox, cat: Path, status: int) -> None:
    sandbox.immersity.success_status = status
    assert immersity().disparity(cat).correlation_id in sandbox.immersity.charges


@pytest.mark.parametrize("has_storage", [True, False])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.fault(3)
def test_3_a_lost_reply_is_settled_and_paid_for_once(
    immersity: Client,
    sandbox: Sandbox,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    has_storage: bool,
    when: str,
) -> None:
    if not has_storage:
        monkeypatch.delenv("SAFELIGHT_STORAGE")
    balance = sandbox.immersity.balance
    sandbox.fault("create_disparity", kind="reset", when=when)
    result = immersity().disparity(url)
    assert result.save(tmp_path / "depth.png").stat().st_size > 0
    (charge,) = sandbox.immersity.charges.values()
    assert charge.processed == 1
    assert balance - sandbox.immersity.balance == charge.credits > 0
    # With a storage the result itself tells that the first request was accepted; else the id has to.
    assert sandbox.count("create_disparity") == (1 if has_storage and when == "after" else 2)


@pytest.mark.fault(3)
def test_3_an_outcome_that_stays_unknown_is_settled_later_by_its_id(
    immersity: Client, without_storage: None, url: str, sandbox: Sandbox
) -> None:
    sandbox.fault("create_disparity", kind="reset", when="after", times=2)
    with pytest.raises(safelight.OutcomeUnknown) as caught:
        immersity().disparity(url)
    assert caught.value.job_id is not None
    result = immersity().disparity(url, correlation_id=caught.value.job_id)
    assert result.correlation_id == caught.value.job_id
    (charge,) = sandbox.immersity.charges.values()
    assert (charge.requests, charge.processed) == (3, 1)


def test_a_result_that_is_in_the_storage_is_not_asked_for_again(immersity: Client, sandbox: Sandbox, cat: Path) -> None:
    first = immersity().disparity(cat)
    again = immersity().disparity(cat, correlation_id=first.correlation_id)
    assert again.correlation_id == first.correlation_id
    assert sandbox.count("create_disparity") == 1


def test_a_call_may_take_as_long_as_its_timeout(
    immersity: Client, sandbox: Sandbox, linked: LinkedClock, cat: Path
) -> None:
    sandbox.fault("create_disparity", kind="delay", seconds=0.6)
    assert immersity(timeout=2).disparity(cat).url  # a quarter of it is what other requests may be silent for


def test_an_upload_that_takes_long_leaves_the_request_its_time(
    immersity: Client, sandbox: Sandbox, linked: LinkedClock, cat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = immersity()
    store = AsyncStorage.store if "Async" in repr(client) else Storage.store

    def slowly(*arguments: Any) -> Any:
        linked.advance(400)
        return store(*arguments)

    monkeypatch.setattr(AsyncStorage if "Async" in repr(client) else Storage, "store", slowly)
    assert client.disparity(cat).url


def test_a_video_whose_result_is_there_is_not_paid_for_again(
    immersity: Client, sandbox: Sandbox, tmp_path: Path
) -> None:
    video = film(tmp_path / "in.mp4")
    client = immersity()
    job = client.video(video, callback_url="http://127.0.0.1:9/done", **FACTS)
    job.result(timeout=600)
    again = client.video(video, callback_url="http://127.0.0.1:9/done", correlation_id=job.id, **FACTS)
    assert again.result().correlation_id == job.id
    assert sandbox.count("convert_video") == 1


def test_a_storage_that_cannot_be_looked_at_shows_before_a_video_is_paid_for(
    immersity: Client, sandbox: Sandbox, storage: Client, tmp_path: Path
) -> None:
    url = storage(sandbox.env["SAFELIGHT_STORAGE"]).put(film(tmp_path / "in.mp4"))
    for operation in ("bucket_head", "bucket_get"):
        sandbox.fault(operation, status=403, times=None)
    with pytest.raises(safelight.ConfigError):
        immersity().video(url, callback_url="http://127.0.0.1:9/done", **FACTS)
    assert sandbox.count("convert_video") == 0


def test_a_paid_result_whose_address_cannot_be_signed_is_named(
    immersity: Client, cat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = immersity()
    kind = AsyncStorage if "Async" in repr(client) else Storage
    sign = kind.presign_get

    def away(self: Any, name: str, **more: Any) -> Any:
        if "results/" in name:
            raise safelight.TransferError("the store is away")
        return sign(self, name, **more)

    monkeypatch.setattr(kind, "presign_get", away)
    with pytest.raises(safelight.TransferError) as caught:
        client.disparity(cat)
    assert "correlation_id=" in " ".join(caught.value.__notes__)


def test_a_result_that_is_there_counts_for_more_than_a_callback(
    immersity: Client, sandbox: Sandbox, tmp_path: Path
) -> None:
    job = immersity().video(film(tmp_path / "in.mp4"), callback_url="http://127.0.0.1:9/done", **FACTS)
    job.result(timeout=600)
    job.notify({"errorCode": "X", "errorMessage": "\x1b[2J" + "long " * 1000})
    assert job.result().url


def test_a_hiccup_of_the_storage_does_not_end_a_wait(immersity: Client, sandbox: Sandbox, tmp_path: Path) -> None:
    job = immersity().video(film(tmp_path / "in.mp4"), callback_url="http://127.0.0.1:9/done", **FACTS)
    sandbox.fault("bucket_head", status=400, times=1)
    assert job.result(timeout=600).url


def test_an_interruption_tells_how_to_get_what_is_paid_for(
    environment: None, sandbox: Sandbox, cat: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fault("create_disparity", kind="delay", seconds=5)

    async def main() -> None:
        async with AsyncImmersity() as immersity:
            running = asyncio.ensure_future(immersity.disparity(cat))
            await until(lambda: sandbox.count("bucket_head") >= 1)
            await asyncio.sleep(0.2)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

    asyncio.run(main())
    assert "correlation_id=" in caplog.text
    assert len(names(sandbox, "inputs")) == 1


@pytest.mark.fault(31)
def test_31_spent_credits_are_told_and_nothing_is_left_behind(immersity: Client, sandbox: Sandbox, cat: Path) -> None:
    sandbox.immersity.balance = 4
    with pytest.raises(safelight.OutOfCredits, match="Buy credits") as caught:
        immersity().disparity(cat)
    assert caught.value.code == "NOT_ENOUGH_CREDIT_BALANCE"
    assert sandbox.bucket.objects == {}


def test_a_picture_that_cannot_be_read_is_told(immersity: Client, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").write_bytes(b"\xff\xd8\xff but no picture")
    with pytest.raises(safelight.InvalidRequest) as caught:
        immersity().disparity(tmp_path / "cat.jpg")
    assert caught.value.code
    assert sandbox.bucket.objects == {}


def test_a_storage_that_the_service_cannot_write_to_is_told_with_its_remedy(
    immersity: Client, sandbox: Sandbox, url: str
) -> None:
    sandbox.bucket.read_only = True
    with pytest.raises(safelight.InvalidRequest, match="may put objects there") as caught:
        immersity().disparity(url)
    assert caught.value.code == "ERROR_OUTPUT_URL_IS_NOT_WRITABLE"
    assert sandbox.immersity.charges[next(iter(sandbox.immersity.charges))].credits == 0


def test_prices_and_upload_addresses(immersity: Client, sandbox: Sandbox) -> None:
    client = immersity()
    assert client.prices().to_dict() == sandbox.immersity.prices
    place = client.upload_url(file_name="cat.jpg", media_type="image/jpeg")
    assert place.url_expires_utc.timestamp() == pytest.approx(sandbox.clock.now() + 24 * 3600, abs=60)
    assert httpx.put(place.url, content=b"cat").status_code == 200
    assert httpx.get(place.url).status_code == 403


def test_a_video_job_ends_when_its_result_appears(
    immersity: Client, sandbox: Sandbox, linked: LinkedClock, tmp_path: Path
) -> None:
    job = immersity().video(film(tmp_path / "in.mp4"), callback_url="http://127.0.0.1:9/done", **FACTS)
    assert len(names(sandbox, "inputs")) == 1
    seen: list[safelight.Progress] = []
    result = job.result(timeout=600, on_progress=seen.append)
    assert result.correlation_id == job.id == job.correlation_id
    assert result.save(f"{tmp_path}/out/").read_bytes()[4:8] == b"ftyp"
    assert {progress.state for progress in seen} == {"PROCESSING"}
    assert names(sandbox, "inputs") == []
    assert sandbox.immersity.charges[job.id].processed == 1


def test_a_video_job_is_taken_up_by_its_id(immersity: Client, sandbox: Sandbox, tmp_path: Path) -> None:
    video = film(tmp_path / "in.mp4", width=128)
    facts = {"video_length": 1, "credit_amount": 1, "callback_url": "http://127.0.0.1:9/done"}
    job = immersity().spatial(video, input_type="sbs", **facts)
    assert immersity().job(job.id).result(timeout=600).save(tmp_path / "out.mp4").exists()


def test_a_callback_ends_a_job_that_failed(
    immersity: Client, sandbox: Sandbox, linked: LinkedClock, tmp_path: Path
) -> None:
    wrong = {**FACTS, "video_length": 5, "credit_amount": 10}
    job = immersity().video(film(tmp_path / "in.mp4"), callback_url="http://127.0.0.1:9/done", **wrong)
    linked.advance(120)
    sandbox.settle()
    (callback,) = sandbox.immersity.callbacks
    job.notify(callback.body)
    with pytest.raises(safelight.JobFailed, match="ERROR_VIDEO_LENGTH_MISMATCH") as caught:
        job.result()
    assert caught.value.reason == "ERROR_VIDEO_LENGTH_MISMATCH"
    assert names(sandbox, "inputs") == []
    assert sandbox.immersity.charges[job.id].credits == 0


def test_a_job_that_failed_is_begun_again_under_the_same_id(
    immersity: Client, sandbox: Sandbox, linked: LinkedClock, tmp_path: Path
) -> None:
    client, video = immersity(), film(tmp_path / "in.mp4")
    wrong = {**FACTS, "video_length": 5, "credit_amount": 10}
    job = client.video(video, callback_url="http://127.0.0.1:9/done", **wrong)
    linked.advance(120)
    sandbox.settle()
    job.notify(sandbox.immersity.callbacks[0].body)
    again = client.video(video, callback_url="http://127.0.0.1:9/done", correlation_id=job.id, **FACTS)
    assert again.result(timeout=600).save(tmp_path / "out.mp4").exists()


def test_a_callback_wakes_the_one_who_waits(environment: None, sandbox: Sandbox, tmp_path: Path) -> None:
    async def main() -> str:
        async with AsyncImmersity() as immersity:  # by the real clock: without the bell it would wait for seconds
            job = await immersity.video(film(tmp_path / "in.mp4"), callback_url="http://127.0.0.1:9/", **FACTS)
            waiting = asyncio.ensure_future(job.result(timeout=600))
            await until(lambda: sandbox.count("bucket_head") >= 2)
            sandbox.clock.advance(60)
            await asyncio.to_thread(sandbox.settle)
            job.notify(b'{"correlationId": "%s"}' % job.id.encode())
            return (await asyncio.wait_for(waiting, 0.9)).correlation_id

    assert asyncio.run(main()) in sandbox.immersity.charges


@pytest.mark.parametrize("body", [b"<html>", b"[]", '{"correlationId": "another"}'])
def test_a_callback_that_is_not_the_jobs_is_refused(immersity: Client, body: Any) -> None:
    job = immersity().job("some-id")
    with pytest.raises(safelight.ConfigError, match="callback"):
        job.notify(body)


@pytest.mark.fault(33)
def test_a_video_that_takes_too_long_can_be_waited_for_again(
    immersity: Client, sandbox: Sandbox, tmp_path: Path
) -> None:
    job = immersity().video(film(tmp_path / "in.mp4"), callback_url="http://127.0.0.1:9/done", **FACTS)
    with pytest.raises(safelight.JobTimeout, match="Wait again") as caught:
        job.result(timeout=10)
    assert caught.value.job_id == job.id
    assert job.result(timeout=600).url


def test_leiapix_goes_to_its_own_hosts_with_its_own_credentials(
    twins: Twins, environment: None, sandbox: Sandbox, linked: LinkedClock, cat: Path
) -> None:
    assert twins(LeiaPix, AsyncLeiaPix)(clock=linked).disparity(cat).correlation_id in sandbox.immersity.charges
    assert [record.path for record in sandbox.requests if record.operation == "token"] == [
        "/auth/realms/leialoft/protocol/openid-connect/token"
    ]


@pytest.mark.fault(14)
def test_two_hundred_calls_at_once_share_one_token_request(
    environment: None, sandbox: Sandbox, cat: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (8, 6), (200, 100, 50)).save(tmp_path / "dot.jpg")

    async def main() -> list[str]:
        async with AsyncImmersity() as immersity:
            calls = (immersity.disparity(tmp_path / "dot.jpg") for _ in range(200))
            return [result.correlation_id for result in await asyncio.gather(*calls)]

    sandbox.immersity.balance = 200 * 5
    assert len(set(asyncio.run(main()))) == 200
    assert sandbox.count("token") == 1
    assert sandbox.count("create_disparity") == 200
    assert sandbox.immersity.balance == 0
    assert names(sandbox, "inputs") == []


def test_no_secret_and_no_signature_is_shown(
    environment: None, sandbox: Sandbox, cat: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), Immersity(clock=LinkedClock(sandbox.clock)) as immersity:
        result = immersity.disparity(cat)
        result.save(tmp_path / "depth.png")
        shown = repr(immersity) + repr(vars(immersity)) + repr(result) + repr(immersity.upload_url())
    secrets = [os.environ["IMMERSITY_CLIENT_SECRET"], os.environ["AWS_SECRET_ACCESS_KEY"], "X-Amz-Signature"]
    assert [secret for secret in secrets if secret in caplog.text + shown] == []
    assert "/api/v1/disparity" in caplog.text
