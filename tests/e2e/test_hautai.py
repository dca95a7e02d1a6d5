"""Haut.AI through both faces, over real sockets, against the sandbox and its signed addresses."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import safelight
from safelight import AsyncHautAI, Batch, HautAI
from safelight.sandbox import Sandbox
from tests.e2e.conftest import LinkedClock

Client = Callable[..., Any]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(processing_seconds=40) as sandbox:
        yield sandbox


def test_from_a_selfie_to_results_maps_and_nothing_left(
    hautai: Client, sandbox: Sandbox, selfie: Path, tmp_path: Path
) -> None:
    haut = hautai()
    subject = haut.create_subject("customer-7", biological_sex="f", meta={"shop": 3})
    reports: list[Any] = []
    batch = haut.upload(subject.id, front=selfie, on_progress=reports.append)
    assert (reports[-1].done, reports[-1].total) == (selfie.stat().st_size,) * 2
    assert str(batch) == f"{subject.id}/{batch.id}"
    results = haut.wait(batch)
    image_id = batch.images["front"]
    assert len(results) == 5
    assert {result.image_id for result in results} == {image_id}
    assert all("no diagnosis" in result.application_description for result in results)
    assert [result.result for result in haut.results(batch)] == [result.result for result in results]
    assert haut.metrics(batch).face_skin_metrics_3.all_algorithms_calculated is True
    maps = haut.aux_images(batch, image_id)
    saved = [aux.save(f"{tmp_path}/maps/") for aux in maps]
    assert {path.name for path in saved} == {"redness_map-original.png", "texture_map-original.png"}
    for path in saved:
        with Image.open(path) as picture:
            assert picture.format == "PNG"
    with maps[0].open() as file:
        assert file.read() == saved[0].read_bytes()
    assert [image.id for image in haut.images(batch)] == [haut.image(batch, image_id).id] == [image_id]
    haut.delete_image(batch, image_id)
    assert sandbox.hautai.pictures == 0
    with pytest.raises(safelight.NotFound):
        haut.image(batch, image_id)
    assert [known.name for known in haut.subjects()] == ["customer-7"]


def test_three_sides_are_one_batch(hautai: Client, sandbox: Sandbox, selfie: Path) -> None:
    haut = hautai()
    subject = haut.create_subject("x")
    with selfie.open("rb") as file:
        batch = haut.upload(subject.id, front=selfie.read_bytes(), left=str(selfie), right=file)
    assert sorted(batch.images) == ["front", "left", "right"]
    results = haut.wait(batch)
    assert {result.image_id for result in results} == set(batch.images.values())
    sides = {str(image.id): image.side_id for image in haut.images(batch)}
    assert sides == {batch.images["front"]: 1, batch.images["right"]: 2, batch.images["left"]: 3}
    assert sandbox.hautai.leaks == 0


def test_a_batch_is_taken_up_by_its_text_in_another_client(hautai: Client, selfie: Path) -> None:
    haut = hautai()
    text = str(haut.upload(haut.create_subject("x").id, front=selfie, compute=False))
    with pytest.raises(safelight.JobTimeout) as caught:
        hautai().wait(text, timeout=30)
    assert caught.value.job_id == text
    hautai().compute(text)
    assert len(hautai().wait(text)) == 5


def test_partial_results_do_not_end_a_wait(hautai: Client, sandbox: Sandbox, selfie: Path) -> None:
    haut = hautai()
    batch = haut.upload(haut.create_subject("x").id, front=selfie)
    sandbox.clock.advance(30)
    assert 0 < len(haut.results(batch)) < 5
    assert len(haut.wait(batch)) == 5


@pytest.mark.parametrize("error", ["", "No face detected"])
def test_no_face_is_told_from_not_yet(hautai: Client, sandbox: Sandbox, selfie: Path, error: str) -> None:
    haut = hautai()
    sandbox.hautai.no_face_next(error=error)
    batch = haut.upload(haut.create_subject("x").id, front=selfie)
    with pytest.raises(safelight.JobTimeout, match="PROCESSING"):
        haut.wait(batch, timeout=10)
    with pytest.raises(safelight.JobFailed, match="face") as caught:
        haut.wait(batch)
    assert caught.value.reason == "NO_FACE"
    assert caught.value.job_id == str(batch)


def test_without_the_newer_version_results_that_stay_the_same_end_the_wait(
    hautai: Client, sandbox: Sandbox, selfie: Path
) -> None:
    haut = hautai()
    sandbox.fault("get_metrics", status=404, times=None)
    assert len(haut.wait(haut.upload(haut.create_subject("x").id, front=selfie))) == 5


def test_lists_that_are_wrapped_are_read_as_well(hautai: Client, sandbox: Sandbox, selfie: Path) -> None:
    haut = hautai()
    sandbox.hautai.wrap_lists = True
    batch = haut.upload(haut.create_subject("x").id, front=selfie)
    assert len(haut.wait(batch)) == 5
    assert len(haut.images(str(batch))) == 1
    assert len(haut.aux_images(batch, batch.images["front"])) == 2


def test_subjects_are_paged(hautai: Client, sandbox: Sandbox) -> None:
    haut = hautai()
    names = [f"customer-{number}" for number in range(23)]
    for name in names:
        haut.create_subject(name)
    sandbox.clear_requests()
    assert sorted(subject.name for subject in haut.subjects()) == sorted(names)
    assert sandbox.count("list_subjects") == 3


def test_a_private_token_works_like_a_login(hautai: Client, sandbox: Sandbox, selfie: Path) -> None:
    from safelight_api.hautai.api.images import create_private_token
    from safelight_api.hautai.models import PrivateToken, PrivateTokenRequest

    with HautAI() as owner:
        told = PrivateTokenRequest.from_dict({"name": "server", "expiration_time": "2099-01-01T00:00:00Z"})
        made = create_private_token.sync(client=owner.api, body=told)
    assert isinstance(made, PrivateToken)
    sandbox.clear_requests()
    haut = hautai(token=made.data, company_id=sandbox.hautai.company_id)
    assert len(haut.wait(haut.upload(haut.create_subject("x").id, front=selfie))) == 5
    assert sandbox.count("login") == 0


def test_a_login_is_renewed_before_its_hour_is_over(
    hautai: Client, sandbox: Sandbox, linked: LinkedClock, selfie: Path
) -> None:
    haut = hautai()
    subject = haut.create_subject("x")
    for _ in range(5):
        linked.advance(1800)
        haut.upload(subject.id, front=selfie)
    assert sandbox.count("login") == 1
    assert sandbox.count("refresh_token") >= 2
    assert not [record for record in sandbox.requests if record.status == 401]


@pytest.mark.fault(13)
def test_tokens_that_end_early_are_renewed_by_whoever_notices(hautai: Client, sandbox: Sandbox, selfie: Path) -> None:
    haut = hautai()
    subject = haut.create_subject("x")
    sandbox.hautai.revoke_all()
    haut.upload(subject.id, front=selfie)
    assert sandbox.count("login") <= 2


def test_a_second_factor_is_explained(hautai: Client, sandbox: Sandbox) -> None:
    sandbox.hautai.mfa = True
    with pytest.raises(safelight.AuthError, match="HAUTAI_TOKEN") as caught:
        hautai().create_subject("x")
    assert caught.value.status == 400


def test_a_wrong_password_is_an_auth_error_that_shows_neither(hautai: Client, sandbox: Sandbox) -> None:
    with pytest.raises(safelight.AuthError, match="user name") as caught:
        hautai(username="anna", password="PASSWORD-CANARY").create_subject("x")
    assert "CANARY" not in repr(caught.value) + str(vars(caught.value))


@pytest.mark.parametrize("width", [255, 256])
def test_a_picture_is_checked_before_any_request(
    hautai: Client, sandbox: Sandbox, tmp_path: Path, selfie: Path, width: int
) -> None:
    path = tmp_path / "small.png"
    Image.linear_gradient("L").resize((width, 256)).save(path)
    haut = hautai()
    if width == 256:
        haut.upload(haut.create_subject("x").id, front=path)
        return
    with pytest.raises(safelight.ConfigError, match=r"small.png has 255x256"):
        haut.upload("any", front=selfie, left=path)
    assert sandbox.requests == []


@pytest.mark.parametrize(
    "fault",
    [
        {"operation": "picture", "status": 403, "times": None},
        {"operation": "create_upload", "status": 400, "after": 1},
        {"operation": "compute_batch", "status": 402},
        {"operation": "compute_batch", "status": 403},
    ],
)
def test_what_is_refused_leaves_nothing_behind(
    hautai: Client, sandbox: Sandbox, selfie: Path, fault: dict[str, Any]
) -> None:
    haut = hautai()
    subject = haut.create_subject("x")
    sandbox.fault(**fault)
    with pytest.raises(safelight.SafelightError):
        haut.upload(subject.id, front=selfie, left=selfie)
    assert sandbox.hautai.pictures == 0
    batches = sandbox.hautai.subjects[subject.id].batches
    assert not [picture for batch in batches.values() for picture in batch.pictures.values()]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "status"])
@pytest.mark.fault(1)
def test_a_put_whose_reply_is_lost_is_sent_again(
    hautai: Client, sandbox: Sandbox, selfie: Path, kind: str, when: str
) -> None:
    haut = hautai()
    more: dict[str, Any] = {"status": 503} if kind == "status" else {"kind": kind}
    sandbox.fault("picture", when=when, times=2, **more)
    batch = haut.upload(haut.create_subject("x").id, front=selfie)
    assert len(haut.images(batch)) == 1
    assert len(haut.wait(batch)) == 5


@pytest.mark.fault(4)
def test_an_address_that_has_expired_is_replaced(
    hautai: Client, sandbox: Sandbox, linked: LinkedClock, selfie: Path
) -> None:
    haut = hautai()
    sandbox.fault("picture", status=400, body="<Error><Code>ExpiredToken</Code></Error>")
    batch = haut.upload(haut.create_subject("x").id, front=selfie)
    assert [str(image.id) for image in haut.images(batch)] == [batch.images["front"]]
    assert sandbox.hautai.pictures == 1


@pytest.mark.fault(3)
def test_a_lost_reply_to_the_computation_is_not_asked_for_again(hautai: Client, sandbox: Sandbox, selfie: Path) -> None:
    haut = hautai()
    sandbox.fault("compute_batch", kind="reset", when="after")
    with pytest.raises(safelight.OutcomeUnknown) as caught:
        haut.upload(haut.create_subject("x").id, front=selfie)
    assert sandbox.count("compute_batch") == 1
    assert caught.value.job_id is not None
    assert len(haut.wait(caught.value.job_id)) == 5


@pytest.mark.fault(30)
def test_an_aux_image_outlives_its_address(
    hautai: Client, sandbox: Sandbox, linked: LinkedClock, selfie: Path, tmp_path: Path
) -> None:
    haut = hautai()
    batch = haut.upload(haut.create_subject("x").id, front=selfie)
    haut.wait(batch)
    image = haut.aux_images(batch, batch.images["front"])[0]
    linked.advance(3700)
    assert image.save(tmp_path / "map.png").stat().st_size > 0


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox whose analyses take no time, so that many can go by the real clock."""
    with Sandbox(processing_seconds=0) as sandbox:
        for name, value in sandbox.env.items():
            monkeypatch.setenv(name, value)
        yield sandbox


@pytest.mark.fault(14)
def test_fifty_analyses_in_threads_cost_one_login(prompt: Sandbox, selfie: Path) -> None:
    with HautAI() as haut:
        found: list[int] = []

        def analyse(number: int) -> None:
            batch = haut.upload(haut.create_subject(f"customer-{number}").id, front=selfie)
            found.append(len(haut.wait(batch)))

        threads = [threading.Thread(target=analyse, args=(number,)) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [5] * 50
    assert prompt.count("login") == 1
    assert prompt.count("create_upload") == prompt.count("compute_batch") == 50


@pytest.mark.fault(14)
def test_fifty_analyses_in_tasks_cost_one_login(prompt: Sandbox, selfie: Path) -> None:
    async def main() -> list[int]:
        async with AsyncHautAI() as haut:

            async def analyse(number: int) -> int:
                subject = await haut.create_subject(f"customer-{number}")
                return len(await haut.wait(await haut.upload(subject.id, front=selfie)))

            return await asyncio.gather(*(analyse(number) for number in range(50)))

    assert asyncio.run(main()) == [5] * 50
    assert prompt.count("login") == 1


def test_a_cancelled_upload_takes_its_pictures_back(environment: None, sandbox: Sandbox, selfie: Path) -> None:
    sandbox.fault("picture", kind="stall", after=1, seconds=30)

    async def main() -> None:
        async with AsyncHautAI() as haut:
            subject = await haut.create_subject("x")
            task = asyncio.create_task(haut.upload(subject.id, front=selfie, left=selfie))
            for _ in range(500):
                if sandbox.hautai.pictures and sandbox.count("create_upload") == 2:
                    break
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert sandbox.hautai.pictures == 0


@pytest.mark.fault(32)
def test_nothing_of_a_picture_is_logged_or_left_in_a_file(
    hautai: Client,
    sandbox: Sandbox,
    selfie: Path,
    tmp_path: Path,
    state_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    haut = hautai()
    with caplog.at_level(logging.DEBUG):
        batch = haut.upload(haut.create_subject("x").id, front=selfie, left=selfie.read_bytes())
        results = haut.wait(batch)
        aux = haut.aux_images(batch, batch.images["front"])
        with aux[0].open() as file:
            assert file.read()
        told = repr([haut, batch, results, aux, haut.images(batch)])
    assert list(temporary.iterdir()) == []
    assert not state_dir.exists()
    password = sandbox.env["HAUTAI_PASSWORD"]
    for text in (caplog.text, told):
        assert password not in text
        assert "Signature=" not in text.replace("Signature=...", "")
        assert "JFIF" not in text
        assert "Bearer ey" not in text


def test_a_batch_of_another_subject_is_not_found(hautai: Client, selfie: Path) -> None:
    haut = hautai()
    batch = haut.upload(haut.create_subject("x").id, front=selfie)
    stranger = Batch(haut.create_subject("y").id, batch.id)
    with pytest.raises(safelight.NotFound):
        haut.images(stranger)
