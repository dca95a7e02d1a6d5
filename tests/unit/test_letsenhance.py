"""Let's Enhance by single requests: rejections, limits, lost replies, jobs. A mock transport stands for the wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

import safelight
from safelight import LetsEnhance
from safelight.bridge import Stopped
from safelight.letsenhance import Marketplace, Preset, Print, RealEstate
from tests.conftest import FakeClock
from tests.unit.test_requests import Answer, Wire, reply

BASE = "https://api.letsenhance.test"
URL = "https://pictures.test/burger.jpg"
ACCEPTED = {"status": "ACCEPTED", "pipeline": {"id": 26082838, "notify_url": None}}
RATE_LIMITED = {"status": "REJECTED", "reason": "Too Many Requests. Rate limit exceeded."}


def client(wire: Wire, clock: FakeClock, **settings: Any) -> LetsEnhance:
    return LetsEnhance(
        api_key="KEY-CANARY", base_url=BASE, transport=httpx.MockTransport(wire), clock=clock, **settings
    )


def pipeline(status: str, *results: dict[str, Any], **more: Any) -> Answer:
    return reply(body={"pipeline": {"id": 26082838, "status": status, "results": list(results), **more}})


def result(url: str, **more: Any) -> dict[str, Any]:
    output = {"width": 1800, "height": 1200, "format": "JPEG", "filename": "burger_x.jpg", "tmp_url": url, **more}
    return {"created_at": "2021-04-26T13:46:09.14586", "input_object": {"url": URL}, "output_object": output}


def sent(wire: Wire, index: int = 0) -> Any:
    return json.loads(wire.requests[index].content)


def test_the_quick_starts_request_is_sent_as_it_is_documented(clock: FakeClock) -> None:
    wire = Wire(reply(body=ACCEPTED))
    preset = Marketplace(
        width=1800,
        height=1200,
        restoration_level=4,
        lightai_intensity=1.0,
        toneai_intensity=0.5,
        image_format="JPEG",
        quality=75,
    )
    job = client(wire, clock).submit(URL, preset, notify_url="https://your.domain/path/to/webhook")
    assert job.id == "26082838"
    assert sent(wire) == {
        "source": {"http": {"url": URL}},
        "notify_url": "https://your.domain/path/to/webhook",
        "operations": [
            {
                "op": "preset/marketplace",
                "width": 1800,
                "height": 1200,
                "restoration_level": 4,
                "lightai_intensity": 1.0,
                "toneai_intensity": 0.5,
                "image_format": "JPEG",
                "quality": 75,
            }
        ],
        "sink": {"temp_store": True},
    }
    request = wire.requests[0]
    assert (request.method, request.url.path) == ("POST", "/v1/pipeline")
    assert request.headers["x-api-key"] == "KEY-CANARY"
    assert "authorization" not in request.headers


def test_one_pipeline_carries_several_pictures_and_operations(clock: FakeClock) -> None:
    wire = Wire(reply(body=ACCEPTED))
    upscale = {"op": "upscale/next", "factor": 2}
    client(wire, clock).submit([URL, URL + "?2"], RealEstate(width=1600), Print(dpi=300), upscale)
    assert sent(wire)["source"]["http"]["url"] == [URL, URL + "?2"]
    operations = [{"op": "preset/realestate", "width": 1600}, {"op": "preset/print", "dpi": 300}, upscale]
    assert sent(wire)["operations"] == operations


@pytest.mark.parametrize("status", [200, 400, 429, 503])
def test_the_rate_limit_waits_and_goes_on_whatever_its_status(clock: FakeClock, status: int) -> None:
    wire = Wire(*[reply(status, RATE_LIMITED)] * 7, reply(body=ACCEPTED))
    job = client(wire, clock, max_retries=2).submit(URL, Marketplace())
    assert job.id == "26082838"
    assert len(wire.requests) == 8
    assert sum(clock.sleeps) > 0


def test_a_rate_limit_that_outlasts_the_timeout_is_told(clock: FakeClock) -> None:
    begun = clock.monotonic()
    with pytest.raises(safelight.RateLimited, match="Rate limit exceeded"):
        client(Wire(reply(200, RATE_LIMITED)), clock, timeout=60).submit(URL, Marketplace())
    assert clock.monotonic() - begun <= 60


def test_a_wait_for_the_rate_limit_is_no_warning(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire(*[reply(200, RATE_LIMITED)] * 30, pipeline("DONE", result("https://x.test/1")))
    assert len(client(wire, clock).job(1).result()) == 1
    assert caplog.text == ""


@pytest.mark.parametrize("status", [200, 400, 402, 403, 500])
def test_a_spent_quota_is_out_of_credits_whatever_its_status(clock: FakeClock, status: int) -> None:
    wire = Wire(reply(status, {"status": "REJECTED", "reason": "Monthly quota exceeded"}))
    with pytest.raises(safelight.OutOfCredits, match="Monthly quota exceeded"):
        client(wire, clock).submit(URL, Marketplace())
    assert len(wire.requests) == 1


def test_a_rejection_keeps_to_its_status_where_its_reason_is_not_known(clock: FakeClock) -> None:
    reason = {"status": "REJECTED", "reason": "slow down, please"}
    wire = Wire(reply(429, reason, retry_after="7"), reply(503, reason, retry_after="3"), reply(body=ACCEPTED))
    assert client(wire, clock).submit(URL, Marketplace()).id == "26082838"
    assert clock.sleeps[0] >= 7
    with pytest.raises(safelight.ServerError, match="slow down"):  # rejected: not of unknown outcome
        client(Wire(reply(500, reason)), clock).submit(URL, Marketplace())


def test_an_address_that_cannot_be_called_is_refused(clock: FakeClock) -> None:
    with pytest.raises(safelight.ConfigError, match="notify_url is 'ftp://x'"):
        client(Wire(reply(body=ACCEPTED)), clock).submit(URL, Marketplace(), notify_url="ftp://x")


@pytest.mark.parametrize("status", [200, 422])
def test_any_other_rejection_is_an_invalid_request(clock: FakeClock, status: int) -> None:
    wire = Wire(reply(status, {"status": "REJECTED", "reason": "source.http.url is not reachable"}))
    with pytest.raises(safelight.InvalidRequest, match="not reachable"):
        client(wire, clock).submit(URL, Marketplace())


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadError("reset"),
        httpx.ReadTimeout("stall"),
        reply(502, "bad gateway"),
        reply(500, {}),
        lambda _: httpx.Response(200, html="<html>hello</html>"),
        reply(200, {"status": "ACCEPTED"}),
    ],
)
def test_a_lost_reply_to_a_submission_is_never_answered_by_another(clock: FakeClock, answer: Any) -> None:
    wire = Wire(answer)
    with pytest.raises(safelight.OutcomeUnknown, match="may have accepted"):
        client(wire, clock).submit(URL, Marketplace())
    assert len(wire.requests) == 1


def test_a_submission_that_was_never_sent_is_sent_again(clock: FakeClock) -> None:
    wire = Wire(httpx.ConnectError("refused"), reply(body=ACCEPTED))
    assert client(wire, clock).submit(URL, Marketplace()).id == "26082838"


@pytest.mark.parametrize(
    ("sources", "operations", "told"),
    [
        ([], [Marketplace()], "there is no picture"),
        (URL, [], "there is no operation"),
        (URL, [Marketplace(restoration_level=11)], "restoration_level is 11"),
        (URL, [[Marketplace()]], "is no operation"),
        (URL, [Marketplace], "is no operation"),
        (URL, [Preset(width=1)], "is no operation"),
        (URL, [{"op": "x", "v": float("nan")}], "a number that JSON knows"),
        ("burger.jpg", [Marketplace()], "SAFELIGHT_STORAGE"),
        (None, [Marketplace()], "SAFELIGHT_STORAGE"),
        (b"\xff\xd8\xff", [Marketplace()], "storage="),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_sent(
    clock: FakeClock, sources: Any, operations: list[Any], told: str
) -> None:
    wire = Wire(reply(body=ACCEPTED))
    with pytest.raises(safelight.ConfigError, match=told):
        client(wire, clock).submit(sources, *operations)
    assert wire.requests == []


def test_a_job_is_waited_for_and_knows_when_its_pictures_expire(clock: FakeClock) -> None:
    url = "https://s3.test/p/burger.jpg?X-Amz-Date=20210426T134609Z&X-Amz-Expires=86400&X-Amz-Signature=CANARY"
    wire = Wire(pipeline("PROCESSING"), pipeline("DREAMING"), pipeline("DONE", result(url), result("https://x.test/2")))
    seen: list[safelight.Progress] = []
    first, second = client(wire, clock).job(26082838).result(on_progress=seen.append)
    assert (first.url, first.width, first.height, first.format) == (url, 1800, 1200, "JPEG")
    assert first.source_url == URL
    assert first.expires_at == datetime(2021, 4, 27, 13, 46, 9, tzinfo=UTC)
    assert second.expires_at == datetime(2021, 4, 27, 13, 46, 9, 145860, tzinfo=UTC)
    assert [progress.state for progress in seen] == ["PROCESSING", "DREAMING"]
    assert "CANARY" not in repr(first)
    assert [request.url.path for request in wire.requests] == ["/v1/pipeline/26082838"] * 3


def test_an_error_is_a_failed_job_with_the_pipelines_errors(clock: FakeClock) -> None:
    wire = Wire(pipeline("ERROR", errors=["cannot identify image file"]))
    with pytest.raises(safelight.JobFailed, match="cannot identify image file") as caught:
        client(wire, clock).job(26082838).result()
    assert caught.value.job_id == "26082838"
    assert caught.value.reason == "cannot identify image file"


def test_a_job_that_takes_too_long_can_be_waited_for_again(clock: FakeClock) -> None:
    with pytest.raises(safelight.JobTimeout, match="Wait again") as caught:
        client(Wire(pipeline("PROCESSING")), clock).job("26082838").result(timeout=100)
    assert (caught.value.job_id, caught.value.state) == ("26082838", "PROCESSING")
    assert sum(clock.sleeps) == pytest.approx(100)


def test_polls_thin_out_and_an_outage_is_outlasted(clock: FakeClock) -> None:
    wire = Wire(*[reply(503)] * 7, *[pipeline("PROCESSING")] * 12, pipeline("DONE", result("https://x.test/1")))
    assert len(client(wire, clock).job(1).result(timeout=600)) == 1
    assert clock.sleeps[-1] > clock.sleeps[8]


def test_a_new_job_may_be_unknown_for_a_moment_but_not_for_long(clock: FakeClock) -> None:
    late = Wire(reply(404, {}), reply(404, {}), pipeline("DONE", result("https://x.test/1")))
    assert len(client(late, clock).job(1).result()) == 1
    with pytest.raises(safelight.NotFound):
        client(Wire(reply(404, {})), clock).job(1).result()


@pytest.mark.parametrize("job_id", ["", "..", None])
def test_what_cannot_be_an_id_is_refused(clock: FakeClock, job_id: Any) -> None:
    with pytest.raises(safelight.ConfigError, match="pipeline_id"):
        client(Wire(reply()), clock).job(job_id)
    with pytest.raises(safelight.ConfigError, match="pipeline_id"):
        client(Wire(reply()), clock).pipeline(job_id)


def test_the_usage_is_told_in_whatever_form_it_comes(clock: FakeClock) -> None:
    wire = Wire(reply(body={"credits": {"used": 3}, "plan": "M"}))
    usage = client(wire, clock).usage()
    assert usage["credits"]["used"] == 3
    assert usage.to_dict() == {"credits": {"used": 3}, "plan": "M"}
    assert wire.requests[0].url.path == "/v1/me/usage/"


def test_a_picture_without_an_address_is_told_and_does_not_hide_the_others(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    wire = Wire(pipeline("DONE", result("https://x.test/1"), {"output_object": None}, {"output_object": {"ext": "x"}}))
    assert len(client(wire, clock).job(1).result()) == 1
    assert "no address for 2 of 3" in caplog.text


ODD_RESULTS: list[Any] = [
    None,
    {"output_object": "x"},
    {"output_object": {"tmp_url": 7}},
    {"input_object": URL, "output_object": {"tmp_url": "https://[odd", "filename": 7, "width": "1800"}},
    result("https://x.test/1", filename=".."),
    result("https://x.test/1", filename="a\0b" + "c" * 300 + ".jpg"),
]


@pytest.mark.parametrize("odd", ODD_RESULTS)
def test_odd_results_do_not_hide_the_others(clock: FakeClock, odd: Any) -> None:
    images = client(Wire(pipeline("DONE", odd, result("https://x.test/2"))), clock).job(1).result()
    assert images[-1].url == "https://x.test/2"
    assert all(image.name.isprintable() and 0 < len(image.name) < 120 and ".." not in image.name for image in images)


def test_pictures_of_one_name_do_not_replace_one_another(clock: FakeClock) -> None:
    wire = Wire(pipeline("DONE", result("https://x.test/1"), result("https://x.test/2")))
    assert [image.name for image in client(wire, clock).job(1).result()] == ["1-burger_x.jpg", "2-burger_x.jpg"]


def test_an_address_that_is_good_is_not_asked_for_again(clock: FakeClock) -> None:
    wire = Wire(pipeline("DONE", result("https://x.test/1")))
    (image,) = client(wire, clock).job(1).result()
    clock.advance(-clock.now() + datetime(2021, 4, 26, 14, tzinfo=UTC).timestamp())
    assert [image.fresh_url() for _ in range(3)] == ["https://x.test/1"] * 3
    assert len(wire.requests) == 1
    clock.advance(25 * 3600)
    image.fresh_url()
    assert len(wire.requests) == 2


def test_a_request_that_was_only_ever_rejected_is_not_of_unknown_outcome(clock: FakeClock) -> None:
    oversleeping = clock.sleep
    clock.sleep = lambda seconds: oversleeping(seconds + 1)  # type: ignore[method-assign]
    for _ in range(20):
        with pytest.raises((safelight.RateLimited, safelight.ConnectionFailed)):
            client(Wire(reply(429, {})), clock).submit(URL, Marketplace(), timeout=3)


def test_nothing_is_paid_for_a_caller_that_has_gone(clock: FakeClock) -> None:
    attempts: list[int] = []

    def go_on() -> None:
        attempts.append(1)
        if len(attempts) == 3:
            raise Stopped

    wire = Wire(reply(200, RATE_LIMITED))
    with pytest.raises(Stopped):
        client(wire, clock)._submit([URL], [Marketplace()], None, None, go_on)
    assert len(wire.requests) == 2


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_timeout_that_makes_no_sense_is_refused(clock: FakeClock, timeout: float) -> None:
    wire = Wire(reply(body=ACCEPTED))
    with pytest.raises(safelight.ConfigError, match="timeout is"):
        client(wire, clock).submit(URL, Marketplace(), timeout=timeout)
    with pytest.raises(safelight.ConfigError, match="timeout is"):
        client(wire, clock, timeout=timeout)
    assert wire.requests == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_key_does_not_follow_a_redirect(clock: FakeClock, status: int) -> None:
    wire = Wire(reply(status, location="https://evil.test/v1/pipeline"))
    with pytest.raises(safelight.UnexpectedReply):
        client(wire, clock).submit(URL, Marketplace())
    with pytest.raises(safelight.UnexpectedReply):
        client(wire, clock).usage()
    assert {request.url.host for request in wire.requests} == {"api.letsenhance.test"}


def test_the_key_goes_to_its_own_origin_only_and_is_shown_nowhere(clock: FakeClock) -> None:
    wire = Wire(reply(body={}))
    enhance = client(wire, clock)
    http = enhance.api.get_httpx_client()
    for url in ("https://elsewhere.test/x", "http://api.letsenhance.test/x", f"{BASE}:8443/x", f"{BASE}/x"):
        http.get(url)
    assert ["x-api-key" in request.headers for request in wire.requests] == [False, False, False, True]
    assert "KEY-CANARY" not in repr(enhance) + repr(vars(enhance)) + repr(enhance.api)


def test_a_key_that_no_header_can_hold_is_refused() -> None:
    with pytest.raises(safelight.ConfigError, match="characters") as caught:
        LetsEnhance(api_key="KEY\r\nX: y")
    assert "KEY\r" not in str(caught.value)
    with pytest.raises(safelight.ConfigError, match="LETSENHANCE_API_KEY"):
        LetsEnhance()
