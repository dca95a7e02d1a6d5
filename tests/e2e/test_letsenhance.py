"""Let's Enhance from file to file, by both twins, against the sandbox and its bucket."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import safelight
from safelight import AsyncLetsEnhance, LetsEnhance
from safelight.letsenhance import Marketplace, Print, RealEstate
from safelight.sandbox import Sandbox
from tests.e2e.conftest import LinkedClock

Client = Callable[..., Any]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(processing_seconds=20) as sandbox:
        yield sandbox


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for number, name in enumerate(["a.jpg", "b.png", "more/c.webp", "more/a.bmp"]):
        Image.new("RGB", (40, 30), (60 * number, 100, 200)).save(folder / name)
    return folder


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


def inputs(sandbox: Sandbox) -> list[str]:
    return [name for name in sandbox.bucket.objects if "inputs/" in name]


def test_from_a_file_to_a_larger_file(letsenhance: Client, sandbox: Sandbox, cat: Path, tmp_path: Path) -> None:
    made = letsenhance().enhance(cat, Print(width=320, height=320, dpi=300, image_format="PNG"), to=tmp_path / "b.png")
    assert made == [tmp_path / "b.png"]
    with Image.open(made[0]) as picture:
        assert picture.size == (320, 240)
        assert picture.format == "PNG"
        assert [round(dots) for dots in picture.info["dpi"]] == [300, 300]
    assert sandbox.count("submit_pipeline") == 1
    assert inputs(sandbox) == []


@pytest.mark.parametrize("kind", ["path", "text", "bytes", "file", "storage url"])
def test_a_picture_may_be_given_in_many_forms(
    letsenhance: Client, storage: Client, sandbox: Sandbox, cat: Path, tmp_path: Path, kind: str
) -> None:
    with cat.open("rb") as file:
        given: Any = {"path": cat, "text": str(cat), "bytes": cat.read_bytes(), "file": file}.get(kind)
        if given is None:
            given = storage(sandbox.env["SAFELIGHT_STORAGE"]).put(cat)
        (image,) = letsenhance().submit(given, Marketplace(width=80)).result()
    assert (image.width, image.height, image.format) == (80, 60, "JPEG")
    assert image.save(f"{tmp_path}/out/").parent == tmp_path / "out"
    with image.open() as opened, Image.open(opened) as picture:
        assert picture.size == (80, 60)


def test_several_pictures_and_operations_are_one_pipeline(
    letsenhance: Client, sandbox: Sandbox, cat: Path, photos: Path
) -> None:
    job = letsenhance().submit([cat, photos / "b.png"], RealEstate(width=80), Print(width=40, image_format="PNG"))
    images = job.result()
    assert [(image.width, image.format) for image in images] == [(40, "PNG"), (40, "PNG")]
    (pipeline,) = sandbox.letsenhance.pipelines.values()
    assert [operation["op"] for operation in pipeline.operations] == ["preset/realestate", "preset/print"]
    assert sandbox.letsenhance.submitted.total() == 2


def test_inputs_stay_if_they_are_told_to(letsenhance: Client, sandbox: Sandbox, cat: Path) -> None:
    letsenhance(keep_inputs=True).submit(cat, Marketplace()).result()
    assert len(inputs(sandbox)) == 1


def test_inputs_are_cleared_away_after_a_failure_too(letsenhance: Client, sandbox: Sandbox, cat: Path) -> None:
    sandbox.letsenhance.fail_next("no such luck")
    with pytest.raises(safelight.JobFailed, match="no such luck") as caught:
        letsenhance().submit(cat, Marketplace()).result()
    assert caught.value.reason == "no such luck"
    assert inputs(sandbox) == []
    sandbox.letsenhance.credits = 0
    with pytest.raises(safelight.OutOfCredits):
        letsenhance().submit(cat, Marketplace())
    assert inputs(sandbox) == []


@pytest.mark.fault(3)
def test_inputs_of_a_submission_whose_outcome_is_unknown_stay(letsenhance: Client, sandbox: Sandbox, cat: Path) -> None:
    sandbox.fault("submit_pipeline", kind="reset", when="after")
    with pytest.raises(safelight.OutcomeUnknown):
        letsenhance().submit(cat, Marketplace())
    assert len(sandbox.letsenhance.pipelines) == 1
    assert len(inputs(sandbox)) == 1


@pytest.mark.parametrize("name", ["cat.gif", "cat.txt", "cat.jpg"])
def test_formats_that_the_service_does_not_take_are_refused_before_they_are_sent(
    letsenhance: Client, sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    picture = io.BytesIO()
    Image.new("P", (4, 4)).save(picture, "GIF")
    (tmp_path / name).write_bytes(picture.getvalue() if name != "cat.txt" else b"hello")
    with pytest.raises(safelight.ConfigError, match="Let's Enhance takes BMP, JPEG, PNG, TIFF, WEBP"):
        letsenhance().submit(tmp_path / name, Marketplace())
    assert sandbox.requests == []


def test_a_file_that_is_not_there_is_told(letsenhance: Client, sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(safelight.ConfigError, match="does not exist"):
        letsenhance().submit(tmp_path / "no.jpg", Marketplace())
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(safelight.ConfigError, match="is empty"):
        letsenhance().submit(tmp_path / "empty.jpg", Marketplace())
    with pytest.raises(safelight.ConfigError, match="at its end"):
        letsenhance().submit(io.BytesIO(), Marketplace())
    with Path(__file__).open() as text, pytest.raises(safelight.ConfigError, match="opened with 'rb'"):
        letsenhance().submit(text, Marketplace())
    assert sandbox.requests == []


@pytest.mark.parametrize("status", [429, 200])
@pytest.mark.fault(2)
def test_the_rate_limit_is_waited_for(
    letsenhance: Client, sandbox: Sandbox, linked: LinkedClock, cat: Path, status: int
) -> None:
    sandbox.letsenhance.rate_limit = 3
    sandbox.letsenhance.rate_limit_status = status
    enhance = letsenhance()
    begun = linked.monotonic()
    for _ in range(5):
        enhance.submit(cat, Marketplace(width=20))
    assert len(sandbox.letsenhance.pipelines) == 5
    assert linked.monotonic() - begun >= 59  # the sandbox's own clock runs, too


@pytest.mark.fault(30)
def test_a_result_whose_address_has_expired_gets_another(
    letsenhance: Client, sandbox: Sandbox, linked: LinkedClock, cat: Path, tmp_path: Path
) -> None:
    (image,) = letsenhance().submit(cat, Marketplace(width=80)).result()
    first, expires_at = image.url, image.expires_at
    assert expires_at.timestamp() == pytest.approx(sandbox.clock.now() + 24 * 3600, abs=60)
    linked.advance(25 * 3600)
    sandbox.clear_requests()
    image.save(tmp_path / "b.jpg")
    assert sandbox.count("get_pipeline") == 1
    assert image.url != first
    assert image.expires_at > expires_at
    with Image.open(tmp_path / "b.jpg") as picture:
        assert picture.size == (80, 60)


def test_a_job_is_taken_up_by_its_id(letsenhance: Client, cat: Path, tmp_path: Path) -> None:
    job = letsenhance(keep_inputs=True).submit(cat, Marketplace(width=80))
    (image,) = letsenhance().job(int(job.id)).result()
    assert image.save(tmp_path / "b.jpg").exists()
    assert letsenhance().pipeline(job.id).status == "DONE"
    with pytest.raises(safelight.NotFound):
        letsenhance().pipeline(1)


def test_a_folder_is_enhanced_and_keeps_its_form(
    letsenhance: Client, sandbox: Sandbox, photos: Path, tmp_path: Path
) -> None:
    (photos / "notes.txt").write_text("not a picture")
    seen: list[safelight.Progress] = []
    out = tmp_path / "out"
    made = letsenhance().enhance(photos, Marketplace(width=20), to=out, on_progress=seen.append)
    assert [path.relative_to(out).as_posix() for path in made] == ["a.jpg", "b.jpg", "more/a.jpg", "more/c.jpg"]
    for path in made:
        with Image.open(path) as picture:
            assert picture.size == (20, 15)
    assert str(seen[-1]) == "enhancing: 4 of 4 pictures"
    assert sandbox.count("submit_pipeline") == 4
    assert inputs(sandbox) == []
    assert len(list(out.rglob("*"))) == 5


def test_one_failure_does_not_stop_the_others(
    letsenhance: Client, sandbox: Sandbox, photos: Path, tmp_path: Path
) -> None:
    (photos / "more" / "c.webp").write_bytes(b"RIFF....WEBPnot really")
    (photos / "z.png").write_bytes(b"not even nearly")
    with pytest.raises(safelight.SafelightError) as caught:
        letsenhance().enhance(photos, Marketplace(width=20), to=tmp_path / "out", concurrency=2)
    told = " ".join([str(caught.value), *caught.value.__notes__])
    assert "3 of 5 pictures were enhanced" in told
    assert "c.webp" in told
    assert "z.png" in told
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == 3
    assert inputs(sandbox) == []


@pytest.mark.fault(31)
def test_no_more_are_submitted_when_the_credits_are_spent(
    letsenhance: Client, sandbox: Sandbox, photos: Path, tmp_path: Path
) -> None:
    sandbox.letsenhance.credits = 2
    with pytest.raises(safelight.OutOfCredits):
        letsenhance().enhance(photos, Marketplace(width=20), to=tmp_path / "out", concurrency=1)
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == 2
    assert sandbox.count("submit_pipeline") == 3


def test_one_picture_for_a_folder_is_named_as_it_was(letsenhance: Client, cat: Path, tmp_path: Path) -> None:
    assert letsenhance().enhance(cat, Marketplace(width=20), to=f"{tmp_path}/new/") == [tmp_path / "new" / "cat.jpg"]
    (image,) = letsenhance().submit(cat, Marketplace(width=20)).result()
    assert image.name.startswith("cat")


def test_what_is_wrong_with_the_storage_is_not_tried_with_every_picture(
    letsenhance: Client, sandbox: Sandbox, photos: Path, tmp_path: Path
) -> None:
    sandbox.bucket.read_only = True
    with pytest.raises(safelight.ConfigError):
        letsenhance().enhance(photos, Marketplace(), to=tmp_path / "out", concurrency=1)
    assert sandbox.count("bucket_put") == 1
    assert sandbox.count("submit_pipeline") == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.fault(22)
@pytest.mark.fault("redirects")
def test_the_key_does_not_follow_a_redirect_to_another_origin(
    letsenhance: Client, sandbox: Sandbox, status: int
) -> None:
    elsewhere = {"Location": f"{sandbox.storage_url}/v1/me/usage/"}
    sandbox.fault("get_usage", status=status, headers=elsewhere, body="moved")
    sandbox.fault("submit_pipeline", status=status, headers=elsewhere, body="moved")
    enhance = letsenhance()
    with pytest.raises(safelight.UnexpectedReply, match="Check the base URL"):
        enhance.usage()
    with pytest.raises(safelight.UnexpectedReply, match="Check the base URL"):
        enhance.submit("https://pictures.test/cat.jpg", Marketplace())
    assert [record.operation for record in sandbox.requests] == ["get_usage", "submit_pipeline"]


@pytest.mark.parametrize("sources", ["folder", "list"])
def test_many_pictures_need_a_folder(letsenhance: Client, photos: Path, cat: Path, sources: str) -> None:
    with pytest.raises(safelight.ConfigError, match="is a file: many pictures need a folder"):
        letsenhance().enhance(photos if sources == "folder" else [cat], Marketplace(), to=cat)
    with pytest.raises(safelight.ConfigError, match="concurrency is 0"):
        letsenhance().enhance(photos, Marketplace(), to=photos / "out", concurrency=0)


def test_no_picture_is_replaced_by_its_result(letsenhance: Client, sandbox: Sandbox, photos: Path) -> None:
    enhance, picture = letsenhance(), photos / "a.jpg"
    before = picture.read_bytes()
    for sources, to in ((photos, photos), (picture, f"{photos}/"), ([picture], photos), (picture, picture)):
        with pytest.raises(safelight.ConfigError, match="another f"):
            enhance.enhance(sources, Marketplace(), to=to)
    assert picture.read_bytes() == before
    assert sandbox.requests == []


def test_what_has_its_result_can_be_left_out(
    letsenhance: Client, sandbox: Sandbox, photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    made = letsenhance().enhance(photos, Marketplace(width=20), to=out)
    made[1].unlink()
    sandbox.clear_requests()
    assert letsenhance().enhance(photos, Marketplace(width=20), to=out, replace=False) == made
    assert sandbox.count("submit_pipeline") == 1
    assert letsenhance().enhance(photos, Marketplace(width=20), to=out, replace=False) == made


def test_a_name_that_does_not_fit_the_format_is_told(
    letsenhance: Client, cat: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    letsenhance().enhance(cat, Marketplace(width=20), to=tmp_path / "b.jpeg")
    assert "whatever its name says" not in caplog.text
    letsenhance().enhance(cat, Marketplace(width=20), to=tmp_path / "b.png")
    assert "b.png is written as JPEG" in caplog.text


def test_results_in_a_folder_of_the_pictures_are_not_enhanced_again(letsenhance: Client, photos: Path) -> None:
    for replace in (True, False):
        made = letsenhance().enhance(
            photos, Marketplace(width=20), to=photos / ".." / "photos" / "out", replace=replace
        )
        assert len(made) == 4
    with pytest.raises(safelight.ConfigError, match="name another folder"):
        letsenhance().enhance(photos, Marketplace(width=20), to=photos / "more")


@pytest.mark.parametrize("to", ["no/such/folder/b.jpg", "cat.jpg/b.jpg", "cat.jpg/out/"])
def test_a_place_that_cannot_be_is_told_before_anything_is_paid(
    letsenhance: Client, sandbox: Sandbox, cat: Path, to: str
) -> None:
    with pytest.raises(safelight.ConfigError):
        letsenhance().enhance(cat, Marketplace(), to=f"{cat.parent}/{to}")
    assert sandbox.requests == []


def test_a_job_that_is_paid_for_is_named_when_its_picture_cannot_be_saved(
    letsenhance: Client, sandbox: Sandbox, cat: Path, tmp_path: Path
) -> None:
    sandbox.fault("object", status=403, times=None)
    for source in (cat, [cat]):
        with pytest.raises(safelight.TransferError) as caught:
            letsenhance().enhance(source, Marketplace(), to=tmp_path / ("b.jpg" if source is cat else "out"))
        assert f"job({max(sandbox.letsenhance.pipelines)}) takes it up" in " ".join(caught.value.__notes__)


def test_a_picture_that_vanishes_does_not_stop_the_others(
    letsenhance: Client, storage: Client, sandbox: Sandbox, photos: Path, tmp_path: Path
) -> None:
    seen: list[int] = []

    def vanish(_: Any) -> None:
        seen.append(1)
        (photos / "b.png").unlink(missing_ok=True)

    with pytest.raises(safelight.ConfigError, match=r"b\.png does not exist") as caught:
        letsenhance().enhance(photos, Marketplace(width=20), to=tmp_path / "out", concurrency=1, on_progress=vanish)
    assert "3 of 4 pictures" in " ".join(caught.value.__notes__)


def test_an_interrupted_thread_does_not_pay_for_what_it_was_sending(
    environment: None, sandbox: Sandbox, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.fault("bucket_put", kind="delay", seconds=0.3, times=None)
    join = threading.Thread.join

    def interrupted(thread: threading.Thread, timeout: float | None = None) -> None:
        if sandbox.count("bucket_put") + len(threading.enumerate()) > 4 and timeout:
            raise KeyboardInterrupt
        join(thread, timeout)

    with LetsEnhance() as enhance, monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "join", interrupted)
        with pytest.raises(KeyboardInterrupt):
            enhance.enhance(photos, Marketplace(), to=tmp_path / "out")
    for thread in threading.enumerate():
        if thread.name == "safelight-job":
            join(thread, 10)
            assert not thread.is_alive()
    assert sandbox.count("submit_pipeline") == 0


def test_what_the_service_may_be_reading_stays_when_the_caller_is_cancelled(
    environment: None, sandbox: Sandbox, cat: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fault("submit_pipeline", kind="delay", seconds=5)

    async def main() -> None:
        async with AsyncLetsEnhance() as enhance:
            running = asyncio.ensure_future(enhance.submit(cat, Marketplace()))
            await until(lambda: sandbox.count("bucket_head") > 0)
            await asyncio.sleep(0.2)
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    with caplog.at_level(logging.WARNING):
        asyncio.run(main())
    assert len(inputs(sandbox)) == 1
    assert "may have accepted a job" in caplog.text


def test_an_interruption_names_the_jobs_that_are_under_way(
    environment: None, sandbox: Sandbox, photos: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with AsyncLetsEnhance() as enhance:
            running = asyncio.ensure_future(enhance.enhance(photos, Marketplace(), to=tmp_path / "out"))
            await until(lambda: len(sandbox.letsenhance.pipelines) == 4)
            await asyncio.sleep(0.1)
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    with caplog.at_level(logging.WARNING):
        asyncio.run(main())
    told = caplog.text
    assert "Interrupted" in told
    assert [pipeline for pipeline in sandbox.letsenhance.pipelines if str(pipeline) not in told] == []


@pytest.mark.fault("logs")
def test_the_key_and_the_signatures_are_shown_nowhere(
    environment: None, sandbox: Sandbox, cat: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), LetsEnhance(clock=LinkedClock(sandbox.clock)) as enhance:
        (image,) = enhance.submit(cat, Marketplace(width=20)).result()
        image.save(tmp_path / "b.jpg")
        shown = repr(enhance) + repr(image) + repr(enhance.pipeline(next(iter(sandbox.letsenhance.pipelines))))
    secrets = [sandbox.env["LETSENHANCE_API_KEY"], os.environ["AWS_SECRET_ACCESS_KEY"], "X-Amz-Signature"]
    assert [secret for secret in secrets if secret in caplog.text + shown] == []
    assert "/v1/pipeline" in caplog.text
