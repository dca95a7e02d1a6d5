"""The sandbox's Let's Enhance: pipelines, quota, rate, webhooks; the client compares every reply with the contract."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from safelight.sandbox.contract import contract_of
from tests.contract.sandbox_api import MARKETPLACE, Media, frozen_media, gradient, receiver

REQUESTS = [("POST", "/v1/pipeline"), ("GET", "/v1/pipeline/1"), ("GET", "/v1/me/usage/")]
LIMITED = {"status": "REJECTED", "reason": "Too Many Requests. Rate limit exceeded."}


def rejection(reply: httpx.Response) -> tuple[int, str]:
    body = reply.json()
    assert body["status"] == "REJECTED"
    return reply.status_code, body["reason"]


def test_the_requests_above_are_all_operations() -> None:
    contract = contract_of("letsenhance")
    found = [contract.find(*request) for request in REQUESTS]
    assert {match[0].id for match in found if isinstance(match, tuple)} == set(contract.operations)


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize("key", [None, "", "nonsense", "n\u00f6"])
def test_no_operation_works_without_the_key(media: Media, method: str, path: str, key: str | None) -> None:
    del media.http.headers["X-API-KEY"]
    headers: dict[bytes, bytes] = {} if key is None else {b"X-API-KEY": key.encode()}
    reply = media.http.request(method, path, headers=headers)
    assert rejection(reply)[0] == 401


def test_a_pipeline_goes_from_accepted_to_done(media: Media) -> None:
    source = media.source()
    body = media.submit(source).json()
    assert body["status"] == "ACCEPTED"
    number = body["pipeline"]["id"]
    assert body["pipeline"]["status"] == "PROCESSING"
    media.sandbox.clock.advance(4.9)
    assert media.pipeline(number)["status"] == "PROCESSING"
    assert media.pipeline(number)["results"] == []
    media.sandbox.clock.advance(0.2)
    done = media.pipeline(number)
    assert done["status"] == "DONE"
    assert done["errors"] == []
    assert done["source"] == {"http": {"url": [source]}}
    assert done["operations"] == [MARKETPLACE]


def test_a_result_tells_the_picture_before_and_after(media: Media) -> None:
    source = media.source(gradient((120, 80), "JPEG"), "dir/burger.jpg")
    (result,) = media.finished(source)["results"]
    before, after = result["input_object"], result["output_object"]
    assert before["url"] == source
    assert [before[name] for name in ("ext", "format", "mime", "filename", "basename")] == [
        *("jpg", "JPEG", "image/jpeg", "burger.jpg", "burger"),
    ]
    assert (before["size"], before["width"], before["height"], before["mps"]) == ([120, 80], 120, 80, 0.01)
    assert before["tmp_url"] is None
    assert (after["size"], after["width"], after["height"]) == ([60, 40], 60, 40)
    assert after["url"] is None
    assert after["s3_bucket"] == "leapi-tmp-us-east-1"
    assert re.fullmatch(r"p/\d+/burger_[\w-]+\.jpg", after["s3_key"])
    assert after["s3_key"].endswith(after["filename"])
    assert httpx.get(after["tmp_url"]).headers["Content-Type"] == "image/jpeg"


def test_timestamps_have_no_zone_and_five_or_six_digits_of_the_second(media: Media) -> None:
    pipeline = media.finished(media.source())
    for name in ("submitted_at", "started_at", "finished_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", pipeline[name])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{5}", pipeline["results"][0]["created_at"])


def test_a_result_lives_for_a_day_and_a_fetch_gives_a_fresh_url(media: Media) -> None:
    pipeline = media.finished(media.source())

    def url(pipeline: dict[str, Any]) -> str:
        return pipeline["results"][0]["output_object"]["tmp_url"]

    old = url(pipeline)
    media.sandbox.clock.advance(24 * 3600 - 1)
    assert httpx.get(old).status_code == 200
    media.sandbox.clock.advance(1)
    assert httpx.get(old).status_code == 403
    assert httpx.get(url(media.pipeline(pipeline["id"]))).status_code == 200


def test_without_a_temporary_store_there_is_no_url(media: Media) -> None:
    (result,) = media.finished(media.source(), sink={})["results"]
    assert result["output_object"]["tmp_url"] is None
    assert result["output_object"]["size"] == [60, 40]


def test_several_sources_have_a_result_each_and_cost_a_credit_each(media: Media) -> None:
    urls = [media.source(gradient((120, 80 + index)), f"{index}.png") for index in range(3)]
    pipeline = media.finished(urls)
    assert [result["input_object"]["url"] for result in pipeline["results"]] == urls
    assert media.sandbox.letsenhance.credits == 10_000 - 3
    assert media.sandbox.letsenhance.submitted == dict.fromkeys(urls, 1)


def test_a_source_that_fails_makes_the_pipeline_fail_and_says_why(media: Media) -> None:
    urls = [media.source(), "http://127.0.0.1:1/a.png", media.source(b"no picture", "b.png")]
    pipeline = media.finished(urls)
    assert pipeline["status"] == "ERROR"
    assert len(pipeline["results"]) == 1
    assert [error.partition(": ")[2] for error in pipeline["errors"]] == [
        "GET failed: ConnectError",
        "this is no picture that can be read",
    ]
    assert not any("Signature" in error for error in pipeline["errors"])


def test_a_format_that_is_not_taken_fails(media: Media) -> None:
    assert media.finished(media.source(gradient(kind="GIF")))["status"] == "ERROR"


def test_a_failure_can_be_planned(media: Media) -> None:
    media.sandbox.letsenhance.fail_next("out of memory")
    pipeline = media.finished(media.source())
    assert (pipeline["status"], pipeline["errors"]) == ("ERROR", ["out of memory"])
    assert media.finished(media.source())["status"] == "DONE"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda body: body.pop("source"), "source"),
        (lambda body: body["source"]["http"].update(url=[]), "url"),
        (lambda body: body.update(operations=[]), "operations"),
        (lambda body: body["operations"][0].update(restoration_level=11), "restoration_level"),
        (lambda body: body["operations"][0].update(image_format="GIF"), "image_format"),
        (lambda body: body["operations"][0].update(op="preset/nothing"), "preset/nothing"),
    ],
)
def test_an_invalid_request_is_rejected_by_name_and_costs_nothing(
    media: Media, change: Callable[[dict[str, Any]], object], name: str
) -> None:
    body = {"source": {"http": {"url": media.source()}}, "operations": [dict(MARKETPLACE)]}
    change(body)
    status, reason = rejection(media.http.post("/v1/pipeline", json=body))
    assert status == 400
    assert name in reason
    assert media.sandbox.letsenhance.credits == 10_000
    assert media.sandbox.letsenhance.pipelines == {}


def test_a_quota_that_is_spent_is_402() -> None:
    with frozen_media(credits=3) as media:
        url = media.source()
        assert media.submit([url, url]).status_code == 200
        assert rejection(media.submit([url, url]))[0] == 402
        assert media.submit(url).status_code == 200
        assert rejection(media.submit(url))[0] == 402
        usage = media.http.get("/v1/me/usage/").json()
        assert usage["credits"] == {"used": 3, "remaining": 0, "quota": 3}


@pytest.mark.parametrize("status", [429, 200])
def test_the_rate_is_limited_within_any_minute_and_for_all_requests(status: int) -> None:
    with frozen_media(rate_limit=2) as media:
        media.sandbox.letsenhance.rate_limit_status = status
        usage = "/v1/me/usage/"
        assert media.http.get(usage).status_code == 200
        media.sandbox.clock.advance(30)
        assert media.submit(media.source()).json()["status"] == "ACCEPTED"
        for reply in (media.http.get(usage), media.submit(media.source()), media.http.get("/v1/pipeline/1")):
            assert (reply.status_code, reply.json()) == (status, LIMITED)
        media.sandbox.clock.advance(30)
        assert "credits" in media.http.get(usage).json()
        assert media.http.get(usage).json() == LIMITED
        assert len(media.sandbox.letsenhance.pipelines) == 1


def test_unknown_pipelines_paths_and_methods_are_told_in_the_services_shape(media: Media) -> None:
    assert rejection(media.http.get("/v1/pipeline/1"))[0] == 404
    assert rejection(media.http.get("/v1/pipeline/x"))[0] == 400
    assert rejection(media.http.get("/v1/nothing")) == (404, "Not Found")
    assert rejection(media.http.delete("/v1/pipeline"))[0] == 405


def test_the_webhook_is_called_once_when_it_is_answered(media: Media) -> None:
    with receiver(204) as called:
        pipeline = media.finished(media.source(), notify_url=called.url)
        media.sandbox.settle()
        media.sandbox.clock.advance(3600)
        media.sandbox.settle()
    (body,) = called.bodies
    assert body["id"] == pipeline["id"]
    assert body["pipeline"]["status"] == "DONE"
    assert [note.status for note in media.sandbox.letsenhance.pipelines[pipeline["id"]].notifications] == [204]


def test_the_webhook_is_not_called_before_the_pipeline_is_over(media: Media) -> None:
    with receiver() as called:
        media.submit(media.source(), notify_url=called.url)
        media.sandbox.clock.advance(4)
        media.sandbox.settle()
        assert called.bodies == []


def test_a_webhook_that_fails_is_called_again_after_3_6_and_10_minutes_and_no_more(media: Media) -> None:
    with receiver(500, 404, 400) as called:
        pipeline = media.finished(media.source(), notify_url=called.url)
        counts = []
        for minutes in (0, 2.9, 0.1, 5.9, 0.1, 9.9, 0.1, 600):
            media.sandbox.clock.advance(minutes * 60)
            media.sandbox.settle()
            counts.append(len(called.bodies))
    assert counts == [1, 1, 2, 2, 3, 3, 4, 4]
    notes = media.sandbox.letsenhance.pipelines[pipeline["id"]].notifications
    assert [note.status for note in notes] == [500, 404, 400, 400]
    minutes = [round((note.at - notes[0].at) / 60) for note in notes]
    assert minutes == [0, 3, 9, 19]


def test_a_webhook_that_recovers_is_left_alone(media: Media) -> None:
    with receiver(503, 200) as called:
        media.finished(media.source(), notify_url=called.url)
        media.sandbox.settle()
        media.sandbox.clock.advance(3600)
        media.sandbox.settle()
        assert len(called.bodies) == 2


def test_a_webhook_that_nobody_serves_is_tried_four_times(media: Media) -> None:
    pipeline = media.finished(media.source(), notify_url="http://127.0.0.1:1/")
    media.sandbox.clock.advance(3600)
    media.sandbox.settle()
    notes = media.sandbox.letsenhance.pipelines[pipeline["id"]].notifications
    assert [note.status for note in notes] == [None] * 4


def test_a_submission_whose_reply_is_lost_is_still_a_pipeline(media: Media) -> None:
    media.sandbox.fault("submit_pipeline", when="after", kind="reset")
    with pytest.raises(httpx.ReadError):
        media.submit(media.source())
    assert len(media.sandbox.letsenhance.pipelines) == 1
    assert media.sandbox.letsenhance.credits == 9_999


def test_faults_come_in_the_services_shape(media: Media) -> None:
    media.sandbox.fault("submit_pipeline", status=403)
    assert rejection(media.submit(media.source()))[0] == 403
    media.sandbox.fault("submit_pipeline", status=503)
    failed = media.submit(media.source())
    assert (failed.status_code, list(failed.json())) == (503, ["reason"])  # a failure is no rejection
    media.sandbox.fault("object", status=500)
    (result,) = media.finished(media.source())["results"]
    assert httpx.get(result["output_object"]["tmp_url"]).status_code == 500
    assert media.sandbox.count("object") == 1


def test_stopping_in_the_middle_of_the_work_leaves_nothing_open() -> None:
    """What is left open is a warning, and warnings are errors here."""
    for pipelines in range(5):
        with frozen_media() as media:
            for _ in range(pipelines):
                media.submit([media.source()] * 3, notify_url="http://127.0.0.1:1/")
        gc.collect()
