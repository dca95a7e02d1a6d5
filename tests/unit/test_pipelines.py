"""What Let's Enhance's replies mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import ConfigError
from safelight.pipelines import expires_at, failure, pictures_in, status_of, targets
from safelight_api.letsenhance.models import Pipeline

RATE = "Too Many Requests. Rate limit exceeded."


def rejection(reason: Any) -> bytes:
    return json.dumps({"status": "REJECTED", "reason": reason}).encode()


@pytest.mark.parametrize("status", [200, 201, 400, 500, 503])
@pytest.mark.parametrize(
    ("reason", "stands_for"),
    [(RATE, 429), ("Monthly quota exceeded", 402), ("Not enough credits", 402)],
)
def test_a_rejection_means_the_same_whatever_its_status(status: int, reason: str, stands_for: int) -> None:
    assert status_of(status, rejection(reason)) == stands_for


@pytest.mark.parametrize(("status", "stands_for"), [(200, 400), (422, 422), (401, 401), (500, 500), (429, 429)])
def test_any_other_rejection_is_the_requests_fault(status: int, stands_for: int) -> None:
    assert status_of(status, rejection("url: not an image")) == stands_for
    assert status_of(status, rejection(None)) == stands_for
    assert status_of(status, rejection("op white_balance is unknown")) == stands_for


@given(status=st.integers(100, 599), body=st.binary(max_size=40))
def test_what_is_no_rejection_keeps_its_status(status: int, body: bytes) -> None:
    for text in (body, b"REJECTED" + body, json.dumps(["REJECTED"]).encode(), b'{"status": "DONE", "x": "REJECTED"}'):
        assert status_of(status, text) == status


def test_only_error_is_failure_and_its_errors_are_the_reason() -> None:
    for status in ("PROCESSING", "DONE", "DREAMING", None):
        assert failure(Pipeline.from_dict({"id": 7, "status": status} if status else {"id": 7})) is None
    failed = failure(
        Pipeline.from_dict({"id": 7, "status": "ERROR", "errors": ["bad format", {"code": 3}], "error": 9})
    )
    assert failed is not None
    assert (failed.job_id, failed.reason) == ("7", "bad format; {'code': 3}; 9")
    silent = failure(Pipeline.from_dict({"id": 7, "status": "ERROR", "errors": [], "error": None}))
    assert silent is not None
    assert silent.reason is None
    said = "cannot fetch https://me:CANARY@b.test/k.jpg?X-Amz-Signature=CANARY"
    for errors in (said, [said]):
        told = failure(Pipeline.from_dict({"id": 7, "status": "ERROR", "errors": errors}))
        assert told is not None
        assert told.reason == "cannot fetch https://b.test/k.jpg?..."


def test_an_address_expires_as_its_signature_says_or_after_a_day() -> None:
    made = datetime(2021, 4, 6, 11, 22, 57, tzinfo=UTC)
    signed = "https://s3.test/p/1.jpg?X-Amz-Date=20210406T112257Z&X-Amz-Expires=3600&X-Amz-Signature=x"
    assert expires_at(signed, made) == datetime(2021, 4, 6, 12, 22, 57, tzinfo=UTC)
    assert expires_at("https://s3.test/p/1.jpg", made) == datetime(2021, 4, 7, 11, 22, 57, tzinfo=UTC)
    assert expires_at("https://[odd", None) is None
    assert expires_at("https://s3.test/p/1.jpg?X-Amz-Date=soon&X-Amz-Expires=x", None) is None


def test_a_folders_pictures_are_found_and_what_is_left_out_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("b.JPG", "a.png", "deep/c.webp", "notes.txt", ".hidden.jpg", ".git/d.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert [path.relative_to(tmp_path).as_posix() for path in pictures_in(tmp_path)] == [
        "a.png",
        "b.JPG",
        "deep/c.webp",
    ]
    assert "notes.txt" in caplog.text
    (tmp_path / "deep" / "empty").mkdir()
    with pytest.raises(ConfigError, match="holds no pictures"):
        pictures_in(tmp_path / "deep" / "empty")


def test_no_two_results_have_the_same_place(tmp_path: Path) -> None:
    pictures = [tmp_path / "a.jpg", tmp_path / "a.png", tmp_path / "deep/a.jpg", tmp_path / "b.jpg"]
    names = [path.relative_to("out").as_posix() for path in targets(pictures, Path("out"), tmp_path)]
    assert names == ["a", "a-png", "deep/a", "b"]
    others = [
        "https://x.test/cat%20one.jpg?sig=1",
        b"...",
        "/one/a.jpg",
        "/two/a.jpg",
        "/three/a.jpg",
        "https://x.test",
    ]
    names = [path.relative_to("out").as_posix() for path in targets(others, Path("out"), None)]
    assert names == ["cat one", "picture-2", "a", "a-jpg", "a-2", "picture-6"]


def test_names_fit_every_file_system() -> None:
    odd = [
        "https://x.test/a%00b.jpg",
        "https://x.test/" + "a" * 300 + ".jpg",
        "https://x.test/..",
        "https://x.test/CON:.jpg",
    ]
    names = [path.name for path in targets([*odd, "A.jpg", "a.png"], Path("out"), None)]
    assert names == ["a-b", "a" * 100, "picture-3", "CON-", "A", "a-png"]


def test_many_pictures_of_one_name_take_no_longer_for_that() -> None:
    places = targets([f"/{number}/a.jpg" for number in range(300)] + list("bcd") * 3000, Path("out"), None)
    assert len(set(places)) == 9300


@given(st.lists(st.sampled_from(["a.jpg", "a.png", "b.jpg", "https://x.test/a.jpg", b"x"]), max_size=12))
def test_places_are_always_distinct(pictures: list[Any]) -> None:
    places = targets(pictures, Path("out"), None)
    assert len(set(places)) == len(places) == len(pictures)
