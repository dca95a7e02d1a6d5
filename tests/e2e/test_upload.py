"""Uploads survive networks, stores, services and users. A number in a test's name is a row of the fault list."""

from __future__ import annotations

import logging
import os
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

import safelight
from safelight import Progress
from safelight.sandbox import Sandbox
from tests.e2e.conftest import PART, Face
from tests.e2e.uploads import PARTS, arrived_whole, counts, only, sha256


def test_a_file_arrives_whole_and_its_journal_is_gone(
    face: Face, sandbox: Sandbox, video: Path, state_dir: Path
) -> None:
    seen: list[Progress] = []
    capture = face.upload(video, name="Garden", on_progress=seen.append)
    assert capture.name == "Garden"
    assert capture.state == "PROCESSING"
    assert capture.created.tzinfo is not None
    arrived_whole(sandbox, video)
    assert counts(sandbox) == [1] * PARTS
    assert only(sandbox).input_data_format == "video"
    assert list((state_dir / "uploads").iterdir()) == []
    assert seen[-1].done == seen[-1].total == video.stat().st_size
    assert sandbox.count("create_upload_url") == PARTS


def test_the_next_parts_url_is_asked_for_while_one_is_sent(face: Face, sandbox: Sandbox, video: Path) -> None:
    sandbox.fault("part", part=1, seconds=0.2)
    face.upload(video, concurrency=1)
    seen = [(r.operation, r.part) for r in sandbox.requests if r.operation in ("part", "create_upload_url")]
    assert seen[:3] == [("create_upload_url", 1), ("create_upload_url", 2), ("part", 1)]  # in the order of the replies
    assert len(seen) == 2 * PARTS


def test_the_same_file_again_makes_a_new_capture(face: Face, sandbox: Sandbox, video: Path) -> None:
    first = face.upload(video)
    second = face.upload(video)
    assert first.eid != second.eid
    assert first.name == second.name == "garden"


@pytest.mark.parametrize("size", [1, PART - 1, PART, PART + 1, 2 * PART])
@pytest.mark.fault(28)
def test_28_every_size_fits_its_parts(blocking: Face, sandbox: Sandbox, tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.mov"
    path.write_bytes(os.urandom(size))
    blocking.upload(path, concurrency=2)
    arrived_whole(sandbox, path)


def test_a_folder_goes_as_a_zip(face: Face, sandbox: Sandbox, tmp_path: Path) -> None:
    from PIL import Image

    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    for number in range(12):
        where = folder / "deep" if number % 2 else folder
        Image.frombytes("RGB", (160, 120), os.urandom(160 * 120 * 3)).save(where / f"{number}.png")
    phases: list[str] = []
    capture = face.upload(folder, on_progress=lambda progress: phases.append(progress.phase))
    assert capture.name == "photos"
    assert only(sandbox).input_data_format == "bulk-images"
    assert "reading" in phases
    assert face.wait(capture.eid).state == "READY"


def test_a_zip_is_images_and_anything_else_asks(blocking: Face, sandbox: Sandbox, tmp_path: Path, video: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.jpg", b"x")
    blocking.upload(tmp_path / "a.zip")
    assert only(sandbox).input_data_format == "bulk-images"
    other = video.rename(tmp_path / "garden.bin")
    with pytest.raises(safelight.ConfigError, match="format='video'"):
        blocking.upload(other)
    blocking.upload(other, format="video")


def test_training_parameters_are_sent(blocking: Face, sandbox: Sandbox, video: Path) -> None:
    wanted = {
        "modelv3": {
            "splat_count": 500_000,
            "training_resolution": 1600,
            "spherical_harmonics_degrees": 3,
            "level_of_detail": False,
        }
    }
    blocking.upload(video, training_parameters=wanted)
    assert only(sandbox).training_parameters == wanted
    with pytest.raises(safelight.ConfigError, match="training_parameters"):
        blocking.upload(video, training_parameters="modelv3")


@pytest.mark.off_spec("create_capture", "the service is to refuse what is out of bounds")
def test_training_parameters_that_are_out_of_bounds_are_refused_by_the_service(blocking: Face, video: Path) -> None:
    with pytest.raises(safelight.InvalidRequest, match="training_parameters"):
        blocking.upload(video, training_parameters={"modelv3": {"splat_count": 1}})


@pytest.mark.parametrize("path", ["missing.mp4", "empty.mp4", "empty-folder"])
@pytest.mark.fault(28)
def test_bad_input_is_refused_before_anything_is_sent(face: Face, sandbox: Sandbox, tmp_path: Path, path: str) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "empty-folder").mkdir()
    with pytest.raises(safelight.ConfigError, match=path):
        face.upload(tmp_path / path)
    assert sandbox.requests == []


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 502},
        {"status": 503, "headers": {"Retry-After": "7"}},
        {"status": 429},
        {"status": 408},
        {"kind": "reset", "keep": 1000},
        {"kind": "reset", "when": "after"},
        {"kind": "truncate", "when": "after"},
    ],
    ids=str,
)
@pytest.mark.fault(1)
@pytest.mark.fault(2)
@pytest.mark.fault("bodies")
def test_1_2_a_part_that_fails_is_sent_again_alone(face: Face, sandbox: Sandbox, video: Path, fault: Any) -> None:
    sandbox.fault("part", part=3, times=2, **fault)
    face.upload(video)
    arrived_whole(sandbox, video)
    others = [count for number, count in enumerate(counts(sandbox), start=1) if number != 3]
    assert others == [1] * (PARTS - 1)


@pytest.mark.fault(4)
@pytest.mark.fault(5)
def test_4_an_expired_url_is_replaced_and_only_that_part_is_sent_again(
    face: Face, sandbox: Sandbox, video: Path
) -> None:
    expired = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
    sandbox.fault("part", part=3, status=403, body=expired)
    sandbox.fault("part", part=5, status=400, body="<Error><Code>ExpiredToken</Code></Error>")
    face.upload(video)
    arrived_whole(sandbox, video)
    assert counts(sandbox) == [1] * PARTS
    assert sandbox.count("create_upload_url") == PARTS + 2


@pytest.mark.fault(4)
def test_4_a_store_that_refuses_every_url_ends_the_upload_with_advice(
    face: Face, sandbox: Sandbox, video: Path
) -> None:
    sandbox.fault("part", status=403, times=None)
    with pytest.raises(safelight.UploadExpired, match="clock"):
        face.upload(video)
    sandbox.clear_faults()
    face.upload(video)
    arrived_whole(sandbox, video)


@pytest.mark.fault(6)
def test_6_a_part_without_an_etag_is_refused(blocking: Face, sandbox: Sandbox, video: Path) -> None:
    sandbox.fault("part", part=2, status=200, body="")
    with pytest.raises(safelight.TransferError, match="without an ETag"):
        blocking.upload(video)


@pytest.mark.fault(7)
def test_7_a_part_that_arrives_changed_is_sent_again_and_then_an_error(
    face: Face, sandbox: Sandbox, video: Path
) -> None:
    other = {"ETag": '"00000000000000000000000000000000"'}
    sandbox.fault("part", part=2, status=200, headers=other, times=2)
    face.upload(video)
    arrived_whole(sandbox, video)
    sandbox.fault("part", part=2, status=200, headers=other, times=None)
    with pytest.raises(safelight.IntegrityError, match=r"Part 2 .* 3 tries: it arrives changed"):
        face.upload(video)


@pytest.mark.fault(8)
@pytest.mark.fault(9)
def test_8_9_a_file_that_changes_while_it_is_sent_is_noticed(
    face: Face, sandbox: Sandbox, video: Path, state_dir: Path
) -> None:
    changed = threading.Event()

    def change(progress: Progress) -> None:
        if progress.done and not changed.is_set():
            changed.set()
            with video.open("r+b") as file:
                file.write(b"another beginning")

    sandbox.fault("part", seconds=0.3, times=None)
    with pytest.raises(safelight.FileChanged, match="resume=False"):
        face.upload(video, concurrency=1, on_progress=change)
    sandbox.clear_faults()
    with pytest.raises(safelight.FileChanged):
        face.upload(video)
    capture = face.upload(video, resume=False)
    assert sandbox.teleport.captures[capture.eid].sha256 == sha256(video)


@pytest.mark.fault(12)
def test_12_an_upload_that_the_service_forgot_starts_anew_and_says_so(
    face: Face, sandbox: Sandbox, video: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fault("part", part=6, status=400, times=None)
    with pytest.raises(safelight.TransferError):
        face.upload(video)
    eid = only(sandbox).eid
    sandbox.clear_faults()
    sandbox.teleport.forget(eid)
    with caplog.at_level(logging.WARNING, "safelight"):
        capture = face.upload(video)
    assert "starts anew" in caplog.text
    assert capture.eid != eid
    assert sandbox.teleport.captures[capture.eid].sha256 == sha256(video)


@pytest.mark.fault(17)
def test_17_a_store_that_says_nothing_is_left_and_the_part_sent_again(
    face: Face, sandbox: Sandbox, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("safelight.transport.TRANSFER_IDLE", 0.2)
    sandbox.fault("part", part=3, kind="stall", keep=1000, times=1)
    sandbox.fault("part", part=5, kind="stall", when="after", times=1)
    face.upload(video)
    arrived_whole(sandbox, video)
    assert [number for number, count in enumerate(counts(sandbox), start=1) if count != 1] == [5]


@pytest.mark.fault(23)
@pytest.mark.fault("bodies")
def test_23_a_part_follows_a_redirect_of_the_store_with_its_whole_body(
    face: Face, sandbox: Sandbox, video: Path
) -> None:
    with Sandbox() as other:
        sandbox.fault("part", part=2, status=307, headers={"Location": f"{other.storage_url}/elsewhere"})
        face.upload(video)
        assert [record.method for record in other.requests] == ["PUT"]
    arrived_whole(sandbox, video)
    sandbox.fault("part", status=307, headers={"Location": ""}, times=None)
    with pytest.raises(safelight.TransferError, match="redirects"):
        face.upload(video)


@pytest.mark.fault(24)
def test_24_an_early_refusal_is_reported_as_such(face: Face, sandbox: Sandbox, video: Path) -> None:
    sandbox.fault("part", status=411, body="<Error><Code>MissingContentLength</Code></Error>", times=None)
    with pytest.raises(safelight.TransferError, match=r"411 .*MissingContentLength"):
        face.upload(video)


def test_a_store_that_keeps_failing_ends_the_upload_and_nothing_is_lost(
    face: Face, sandbox: Sandbox, video: Path
) -> None:
    sandbox.fault("part", part=5, status=500, times=None)
    with pytest.raises(safelight.TransferError, match=r"Part 5 .* 12 tries"):
        face.upload(video, concurrency=1)
    sandbox.clear_faults()
    assert sorted(only(sandbox).parts) == [1, 2, 3, 4]
    face.upload(video)
    arrived_whole(sandbox, video)
    assert counts(sandbox) == [1] * PARTS


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset", "when": "after"},
        {"kind": "truncate", "keep": 5},
        {"kind": "garbage", "when": "after", "body": '{"eid": "a'},
        {"status": 502, "when": "after"},
        {"kind": "reset"},
        {"status": 500},
    ],
    ids=str,
)
@pytest.mark.fault(3)
def test_3_a_lost_reply_to_create_makes_one_capture(face: Face, sandbox: Sandbox, video: Path, fault: Any) -> None:
    sandbox.fault("create_capture", **fault)
    face.upload(video)
    arrived_whole(sandbox, video)


@pytest.mark.fault(3)
def test_3_captures_that_cannot_be_told_apart_are_left_to_the_user(
    face: Face, sandbox: Sandbox, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):  # from two machines: they know nothing of one another's journals
        monkeypatch.setenv("SAFELIGHT_STATE_DIR", str(tmp_path / f"machine-{number}"))
        sandbox.fault("create_upload_url", status=403)
        with pytest.raises(safelight.AuthError):
            face.upload(video, concurrency=1)
    monkeypatch.setenv("SAFELIGHT_STATE_DIR", str(tmp_path / "a third machine"))
    sandbox.fault("create_capture", kind="reset", when="after")
    with pytest.raises(safelight.OutcomeUnknown, match="resume=False") as caught:
        face.upload(video)
    assert all(eid in str(caught.value) for eid in sandbox.teleport.captures)


@pytest.mark.fault(3)
def test_3_a_lost_reply_never_takes_the_capture_of_another_upload_of_the_same_name(
    face: Face, sandbox: Sandbox, video: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / video.name
    other.parent.mkdir()
    other.write_bytes(b"\0\0\0\x18ftypmp42" + os.urandom(3 * PART))
    sandbox.fault("part", status=400)
    with pytest.raises(safelight.TransferError):
        face.upload(other, concurrency=1)  # its capture exists, and is empty
    sandbox.fault("create_capture", status=502)
    capture = face.upload(video)
    assert sandbox.teleport.captures[capture.eid].sha256 == sha256(video)
    capture = face.upload(other)
    assert sandbox.teleport.captures[capture.eid].sha256 == sha256(other)
    assert len(sandbox.teleport.captures) == 2


def test_a_refused_creation_leaves_nothing_to_go_on_with(face: Face, sandbox: Sandbox, video: Path) -> None:
    right = face.settings["client_secret"]
    face.settings["client_secret"] = "wrong"
    with pytest.raises(safelight.AuthError):
        face.upload(video)
    face.settings["client_secret"] = right
    os.utime(video, (1, 1))
    face.upload(video)
    arrived_whole(sandbox, video)
    assert sandbox.count("list_captures") == 0


@pytest.mark.fault(29)
def test_29_a_completion_that_is_not_known_yet_makes_no_second_capture(
    face: Face, sandbox: Sandbox, video: Path
) -> None:
    sandbox.fault("complete_upload", status=404)
    face.upload(video)
    arrived_whole(sandbox, video)


@pytest.mark.fault(2)
def test_2_a_service_that_is_away_for_a_while_is_waited_for(face: Face, sandbox: Sandbox, video: Path) -> None:
    sandbox.fault("create_upload_url", kind="reset", after=3, times=20)
    face.upload(video, concurrency=1)
    arrived_whole(sandbox, video)


@pytest.mark.fault(2)
def test_2_a_huge_retry_after_of_the_store_is_capped(face: Face, sandbox: Sandbox, video: Path) -> None:
    sandbox.fault("part", part=2, status=503, headers={"Retry-After": "86400"})
    face.upload(video)
    assert max(face.clock.sleeps) <= 120


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset", "when": "after"},
        {"kind": "truncate", "keep": 5},
        {"kind": "garbage", "when": "after"},
        {"status": 504, "when": "after"},
        {"kind": "reset"},
        {"status": 500},
    ],
    ids=str,
)
@pytest.mark.fault(11)
def test_11_a_lost_reply_to_complete_completes_once(face: Face, sandbox: Sandbox, video: Path, fault: Any) -> None:
    sandbox.fault("complete_upload", **fault)
    assert face.upload(video).uploaded is not None
    arrived_whole(sandbox, video)


@pytest.mark.fault(31)
def test_31_a_refusal_is_not_repeated(face: Face, sandbox: Sandbox, video: Path) -> None:
    sandbox.fault("create_capture", status=403, body='{"detail": "not in your plan"}')
    with pytest.raises(safelight.AuthError, match="not in your plan"):
        face.upload(video)
    assert sandbox.count("create_capture") == 1
    face.upload(video)
    arrived_whole(sandbox, video)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ('{"eid": "x", "chunk_size": 1000, "num_parts": 3}', "not 3"),
        ('{"eid": "x", "chunk_size": 0, "num_parts": 1}', "cannot be cut"),
        ('{"eid": "x", "chunk_size": 1, "num_parts": 1836008}', "at most 10000"),
    ],
)
@pytest.mark.fault(34)
def test_34_a_plan_that_does_not_fit_the_file_is_refused_before_sending(
    face: Face, sandbox: Sandbox, video: Path, answer: str, why: str
) -> None:
    sandbox.fault("create_capture", kind="garbage", body=answer)
    with pytest.raises(safelight.UnexpectedReply, match=why):
        face.upload(video)
    assert sandbox.count("create_upload_url") == 0
    face.upload(video)
    arrived_whole(sandbox, video)


@pytest.mark.fault(29)
def test_29_a_new_capture_may_be_unknown_for_a_moment(face: Face, sandbox: Sandbox, video: Path) -> None:
    sandbox.fault("create_upload_url", status=404, times=2)
    face.upload(video, concurrency=1)
    arrived_whole(sandbox, video)
    assert sandbox.count("create_capture") == 1


@pytest.mark.fault(10)
def test_two_uploads_of_one_file_at_the_same_time_are_refused(face: Face, sandbox: Sandbox, video: Path) -> None:
    problems: list[Exception] = []

    def again(progress: Progress) -> None:
        if not problems:
            try:
                Face(sandbox, is_async=False).upload(video) if not face.is_async else in_thread(sandbox, video)
            except safelight.TransferError as error:
                problems.append(error)

    face.upload(video, on_progress=again)
    assert "Another process or thread" in str(problems[0])
    arrived_whole(sandbox, video)


def in_thread(sandbox: Sandbox, video: Path) -> None:
    raised: list[Exception] = []

    def work() -> None:
        try:
            Face(sandbox, is_async=False).upload(video)
        except safelight.TransferError as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    raise raised[0]


def test_an_error_in_the_callers_callback_ends_the_upload_and_arrives(
    face: Face, sandbox: Sandbox, video: Path
) -> None:
    class Mine(Exception):
        pass

    def fail(progress: Progress) -> None:
        raise Mine

    with pytest.raises(Mine):
        face.upload(video, on_progress=fail)
    face.upload(video)
    arrived_whole(sandbox, video)
