"""Immersity, one request at a time: parameters, 200 and 201, lost replies. A mock transport stands for the wire."""

from __future__ import annotations

import inspect
import json
from typing import Any

import httpx
import pytest

import safelight
from safelight import Immersity, LeiaPix
from tests.conftest import FakeClock
from tests.unit.test_requests import TOKEN, Answer, Wire, reply

BASE = "https://api.immersity.test"
URL = "https://pictures.test/cat.jpg"
MAP = "https://pictures.test/cat-depth.png"
ID = "4d4eb584-a5cd-453b-8b67-567c1df26cb4"
MADE = {"correlationId": ID, "resultPresignedUrl": "https://temporary.test/1.png?X-Amz-Signature=CANARY"}


def client(wire: Wire, clock: FakeClock, kind: type[Immersity] = Immersity, **settings: Any) -> Immersity:
    settings = {"client_id": "ID", "client_secret": "S", "base_url": BASE, "token_url": TOKEN, **settings}
    return kind(transport=httpx.MockTransport(wire), clock=clock, **settings)


def sent(wire: Wire, index: int = 0) -> Any:
    return json.loads(wire.requests[index].content)


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_2xx_is_success_and_the_result_is_where_the_reply_says(clock: FakeClock, status: int) -> None:
    result = client(Wire(reply(status, MADE)), clock).disparity(URL, correlation_id=ID)
    assert result.url == MADE["resultPresignedUrl"]
    assert result.correlation_id == ID
    assert "CANARY" not in repr(result)


PAID = {
    "disparity": (
        "/api/v1/disparity",
        {"dilation": -0.01, "input_type": "image360", "output_bit_depth": "uint16"},
        {"dilation": -0.01, "inputType": "image360", "outputBitDepth": "uint16"},
    ),
    "animation": (
        "/api/v1/animation",
        {
            "disparity": MAP,
            "animation_type": "gif",
            "pattern": "0,0,0,1,1,1",
            "animation_length": 2,
            "output_width": 600,
            "output_height": 450,
            "amplitude_x": 1,
            "amplitude_y": 2,
            "amplitude_z": 0,
            "phase_x": 0,
            "phase_y": 7,
            "phase_z": 0.25,
            "gain": 1.5,
            "convergence": -1,
            "number_of_loops": 3,
            "output_fps": 24,
        },
        {
            "inputDisparityUrl": MAP,
            "animationType": "gif",
            "pattern": "0,0,0,1,1,1",
            "animationLength": 2,
            "outputWidth": 600,
            "outputHeight": 450,
            "amplitudeX": 1,
            "amplitudeY": 2,
            "amplitudeZ": 0,
            "phaseX": 0,
            "phaseY": 7,
            "phaseZ": 0.25,
            "gain": 1.5,
            "convergence": -1,
            "numberOfLoops": 3,
            "outputFps": 24,
        },
    ),
    "stereo": (
        "/api/v1/sbs",
        {
            "disparity": MAP,
            "width": 10,
            "height": 20,
            "gain": 1,
            "gain_multiplier": 2,
            "convergence": 0.5,
            "output_type": "anaglyph",
        },
        {
            "inputDisparityUrl": MAP,
            "width": 10,
            "height": 20,
            "gain": 1,
            "gainMultiplier": 2,
            "convergence": 0.5,
            "outputType": "anaglyph",
        },
    ),
    "top_bottom": (
        "/api/v1/topBottom",
        {"disparity": MAP, "width": 10, "height": 20, "gain": 1, "gain_multiplier": 2, "convergence": 0.5},
        {
            "inputDisparityUrl": MAP,
            "width": 10,
            "height": 20,
            "gain": 1,
            "gainMultiplier": 2,
            "convergence": 0.5,
        },
    ),
    "lif_decode": ("/api/v1/decode", {}, {}),
}


@pytest.mark.parametrize("method", PAID)
def test_each_parameter_is_sent_under_its_own_name_and_nothing_else_is(clock: FakeClock, method: str) -> None:
    path, given, expected = PAID[method]
    parameters = set(inspect.signature(getattr(Immersity, method)).parameters)
    assert parameters == {"self", "image", "correlation_id", "timeout", *given}
    wire = Wire(reply(201, MADE))
    getattr(client(wire, clock), method)(URL, correlation_id=ID, **given)
    assert wire.requests[0].url.path == path
    assert sent(wire) == {"inputImageUrl": URL, "correlationId": ID, **expected}


def test_a_lif_file_is_made_of_one_picture_or_of_two(clock: FakeClock) -> None:
    wire = Wire(reply(201, MADE))
    immersity = client(wire, clock)
    immersity.lif_encode(URL, disparity=MAP, disparity_source="mono", gain=1, convergence=0, correlation_id=ID)
    assert wire.requests[0].url.path == "/api/v1/encode"
    assert sent(wire) == {
        "inputSingleImageUrl": URL,
        "inputSingleDisparityUrl": MAP,
        "inputDisparitySource": "mono",
        "gain": 1,
        "convergence": 0,
        "correlationId": ID,
    }
    immersity.lif_encode(left_image=URL, right_image=URL, left_disparity=MAP, right_disparity=MAP, correlation_id=ID)
    assert sent(wire, 1) == {
        "inputLeftImageUrl": URL,
        "inputRightImageUrl": URL,
        "inputLeftDisparityUrl": MAP,
        "inputRightDisparityUrl": MAP,
        "correlationId": ID,
    }
    two: dict[str, Any] = {"left_image": URL, "right_image": URL}
    one_eye: dict[str, Any] = {"left_image": URL}
    for wrong in ({}, one_eye, {"image": URL, **one_eye}, {"image": URL, **two}):
        with pytest.raises(safelight.ConfigError, match="left_image and right_image"):
            immersity.lif_encode(**wrong)


def test_only_what_was_given_is_sent_and_every_call_has_an_id_of_its_own(clock: FakeClock) -> None:
    wire = Wire(reply(201, MADE))
    immersity = client(wire, clock)
    for _ in range(2):
        immersity.disparity(URL)
    first, second = sent(wire), sent(wire, 1)
    assert set(first) == {"inputImageUrl", "correlationId"}
    assert first["correlationId"] != second["correlationId"]


@pytest.mark.parametrize(
    ("method", "given", "told"),
    [
        ("disparity", {"image": URL, "dilation": 0.02}, "dilation is 0.02: give a number from -0.01 to 0.01"),
        ("animation", {"image": URL, "animation_length": 0}, "animation_length is 0"),
        ("stereo", {"image": URL, "output_type": "3d"}, "output_type is '3d'"),
        ("disparity", {"image": None}, "input_image_url is None"),
        ("disparity", {"image": URL, "timeout": -1}, "timeout is -1:"),
        ("disparity", {"image": "cat.jpg"}, "SAFELIGHT_STORAGE"),
        ("disparity", {"image": b"\xff\xd8\xff"}, 'storage="s3://bucket/prefix"'),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_paid(
    clock: FakeClock, method: str, given: dict[str, Any], told: str
) -> None:
    wire = Wire(reply(201, MADE))
    with pytest.raises(safelight.ConfigError) as caught:
        getattr(client(wire, clock), method)(**given)
    assert told in str(caught.value)
    assert wire.requests == []


def test_a_video_needs_a_storage_to_be_written_to(clock: FakeClock) -> None:
    wire = Wire(reply(201, MADE))
    facts = {"video_length": 10, "credit_amount": 10, "callback_url": "https://me.test/done"}
    with pytest.raises(safelight.ConfigError, match="SAFELIGHT_STORAGE"):
        client(wire, clock).video(URL, output_width=1920, output_height=1080, **facts)
    with pytest.raises(safelight.ConfigError, match="SAFELIGHT_STORAGE"):
        client(wire, clock).spatial(URL, **facts)
    assert wire.requests == []


LOST: list[Answer | Exception] = [
    httpx.ReadError("reset"),
    httpx.ReadTimeout("stall"),
    reply(502, None),
    lambda _: httpx.Response(200, html="<html>please wait</html>"),
]


@pytest.mark.parametrize("lost", LOST)
def test_a_lost_reply_is_asked_for_once_more_with_the_same_id(clock: FakeClock, lost: Any) -> None:
    wire = Wire(lost, reply(200, MADE))
    assert client(wire, clock).disparity(URL).url == MADE["resultPresignedUrl"]
    assert len(wire.requests) == 2
    assert sent(wire) == sent(wire, 1)


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("second", [*LOST, reply(400, {"errorCode": "TWICE"}), reply(402, {})])
def test_what_cannot_be_settled_is_unknown_and_names_the_id(clock: FakeClock, lost: Any, second: Any) -> None:
    wire = Wire(lost, second)
    with pytest.raises(safelight.OutcomeUnknown, match=f"correlation_id='{ID}'") as caught:
        client(wire, clock).disparity(URL, correlation_id=ID)
    assert caught.value.job_id == ID
    assert len(wire.requests) == 2


def test_a_failure_of_the_service_is_told_as_one(clock: FakeClock) -> None:
    wire = Wire(reply(500, {"errorCode": "INTERNAL"}))
    with pytest.raises(safelight.ServerError, match="INTERNAL") as caught:
        client(wire, clock).disparity(URL)
    assert caught.value.code == "INTERNAL"
    assert len(wire.requests) == 2


def test_a_lost_reply_that_is_followed_by_a_failure_is_unknown(clock: FakeClock) -> None:
    wire = Wire(httpx.ReadError("reset"), reply(500, {"errorCode": "DUPLICATE"}))
    with pytest.raises(safelight.OutcomeUnknown, match="correlation_id"):
        client(wire, clock).disparity(URL)


def test_a_redirect_is_no_lost_reply(clock: FakeClock) -> None:
    wire = Wire(reply(302, location="https://evil.test/"))
    with pytest.raises(safelight.UnexpectedReply):
        client(wire, clock).disparity(URL)
    assert len(wire.requests) == 1


def test_an_input_that_the_service_cannot_read_is_told_with_a_remedy(clock: FakeClock) -> None:
    with pytest.raises(safelight.InvalidRequest, match="readable with GET"):
        client(Wire(reply(400, {"errorCode": "ERROR_INPUT"})), clock).disparity(URL)


def test_a_wrong_address_of_a_storage_is_told_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFELIGHT_STORAGE", "bucket/prefix")
    with pytest.raises(safelight.ConfigError, match="SAFELIGHT_STORAGE"):
        Immersity("ID", "S")


def test_a_reply_without_a_place_is_of_unknown_outcome(clock: FakeClock) -> None:
    wire = Wire(reply(200, {"correlationId": ID, "resultPresignedUrl": None}))
    with pytest.raises(safelight.OutcomeUnknown, match="does not say where"):
        client(wire, clock).disparity(URL, correlation_id=ID)


@pytest.mark.parametrize("wrong", ["../../x", "a/b", "..", "a b"])
def test_what_cannot_be_an_id_is_refused(clock: FakeClock, wrong: str) -> None:
    wire = Wire(reply(201, MADE))
    with pytest.raises(safelight.ConfigError, match="correlation_id"):
        client(wire, clock).disparity(URL, correlation_id=wrong)
    for job_id in ("", None, wrong):
        with pytest.raises(safelight.ConfigError, match="correlation_id"):
            client(wire, clock).job(job_id)  # type: ignore[arg-type]
    assert wire.requests == []


def test_what_the_service_refuses_is_not_asked_for_again(clock: FakeClock) -> None:
    for status, code, kind in [
        (402, "NOT_ENOUGH_CREDIT_BALANCE", safelight.OutOfCredits),
        (400, "ERROR_OUTPUT_URL_IS_NOT_WRITABLE", safelight.InvalidRequest),
        (401, "UNAUTHORIZED", safelight.AuthError),
    ]:
        wire = Wire(reply(status, {"errorCode": code}))
        with pytest.raises(kind) as caught:
            client(wire, clock).disparity(URL)
        assert caught.value.code == code
        assert len(wire.requests) == (2 if status == 401 else 1)  # a token is renewed once
        assert "may put objects there" in str(caught.value) if status == 400 else True


def test_the_service_is_given_five_minutes_to_begin_its_reply(clock: FakeClock) -> None:
    wire = Wire(reply(201, MADE))
    client(wire, clock).disparity(URL)
    assert wire.requests[0].extensions["timeout"]["read"] == pytest.approx(300)
    client(wire, clock).disparity(URL, timeout=20)
    assert wire.requests[1].extensions["timeout"]["read"] == pytest.approx(20)
    client(wire, clock, timeout=60).disparity(URL)
    assert wire.requests[2].extensions["timeout"]["read"] == pytest.approx(60)


def test_leiapix_is_the_same_under_its_older_addresses(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    monkeypatch.setenv("LEIAPIX_CLIENT_ID", "leia-id")
    monkeypatch.setenv("LEIAPIX_CLIENT_SECRET", "leia-secret")
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        token = request.url.path.endswith("/token")
        return httpx.Response(200, json={"access_token": "T"} if token else MADE)

    leiapix = LeiaPix(transport=httpx.MockTransport(answer), clock=clock)
    assert leiapix.disparity(URL, correlation_id=ID).correlation_id == ID
    assert [str(request.url) for request in seen] == [
        "https://auth.leialoft.com/auth/realms/leialoft/protocol/openid-connect/token",
        "https://api.leiapix.com/api/v1/disparity",
    ]
    assert seen[0].content == b"grant_type=client_credentials&client_id=leia-id&client_secret=leia-secret"
    with pytest.raises(safelight.ConfigError, match="IMMERSITY_CLIENT_ID"):
        Immersity()


def test_immersity_is_where_its_documents_say(clock: FakeClock) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={"access_token": "T", "disparity": {"mono": 5}})

    prices = Immersity("ID", "S", transport=httpx.MockTransport(answer), clock=clock).prices()
    assert prices.to_dict()["disparity"] == {"mono": 5}
    assert seen == [
        "https://auth.immersity.ai/auth/realms/immersity/protocol/openid-connect/token",
        "https://api.immersity.ai/api/v1/prices",
    ]


def test_an_upload_url_comes_with_its_end(clock: FakeClock) -> None:
    wire = Wire(
        reply(200, {"url": "https://store.test/x?X-Amz-Signature=s", "urlExpiresUTC": "2021-04-28T12:00:00.000Z"})
    )
    place = client(wire, clock).upload_url(file_name="a b.jpg", media_type="image/jpeg")
    assert place.url_expires_utc.isoformat() == "2021-04-28T12:00:00+00:00"
    assert dict(wire.requests[0].url.params) == {"fileName": "a b.jpg", "mediaType": "image/jpeg"}
    assert "Signature" not in repr(place)
