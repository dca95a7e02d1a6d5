"""What the generated models make of Immersity's requests and replies."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from safelight_api.immersity import Client
from safelight_api.immersity.api.media import (
    convert_spatial_video,
    convert_video,
    create_animation,
    create_disparity,
    create_stereo,
    create_top_bottom,
    decode_lif,
    encode_lif,
    get_prices,
    get_upload_url,
)
from safelight_api.immersity.models import (
    AnimationRequest,
    DisparityRequest,
    ErrorReply,
    LifDecodeRequest,
    LifEncodeRequest,
    Prices,
    SpatialVideoRequest,
    StereoRequest,
    TopBottomRequest,
    Transformation,
    UploadUrl,
    VideoCallback,
    VideoRequest,
)

CLIENT = Client(base_url="https://immersity.example")
TRANSFORMATION = (Transformation, {"correlationId": "c1", "resultPresignedUrl": "https://x.example/2"})
REPLIES = {
    get_prices: (Prices, {"disparity": {"mono": 5}}),
    get_upload_url: (UploadUrl, {"url": "https://x.example/1", "urlExpiresUTC": "2026-04-28T12:00:00+00:00"}),
    create_disparity: TRANSFORMATION,
    create_animation: TRANSFORMATION,
    create_stereo: TRANSFORMATION,
    create_top_bottom: TRANSFORMATION,
    decode_lif: TRANSFORMATION,
    encode_lif: TRANSFORMATION,
    convert_video: TRANSFORMATION,
    convert_spatial_video: TRANSFORMATION,
}
PICTURE = {"inputImageUrl": "https://x.example/1"}
VIDEO = {
    "inputVideoUrl": "https://x.example/1",
    "resultPresignedUrl": "https://x.example/2",
    "videoLength": 2.5,
    "creditAmount": 10,
    "callbackUrl": "https://x.example/3",
}


def operation_of(module: Any) -> str:
    return module.__name__.rpartition(".")[2]


@pytest.mark.parametrize("status", [200, 201, 202, 299])
@pytest.mark.parametrize("module", REPLIES, ids=operation_of)
def test_every_2xx_is_read_as_the_same_reply(module: Any, status: int) -> None:
    kind, body = REPLIES[module]
    reply = module._parse_response(client=CLIENT, response=httpx.Response(status, json=body))
    assert type(reply) is kind
    assert reply.to_dict() == body


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("module", REPLIES, ids=operation_of)
def test_an_error_is_read_whatever_its_status(module: Any, status: int) -> None:
    body = {"errorCode": "NOT_ENOUGH_CREDIT_BALANCE", "message": ["too few", "credits"], "more": 1}
    reply = module._parse_response(client=CLIENT, response=httpx.Response(status, json=body))
    assert isinstance(reply, ErrorReply)
    assert reply.error_code == "NOT_ENOUGH_CREDIT_BALANCE"
    assert reply.to_dict() == body


@pytest.mark.parametrize("body", [{}, {"what": None}, {"errorCode": None, "message": "no", "statusCode": 400}])
def test_an_error_of_another_form_is_read(body: dict[str, Any]) -> None:
    assert ErrorReply.from_dict(body).to_dict() == body


@pytest.mark.parametrize("body", [{}, {"correlationId": "c1", "errorCode": "ERROR_VIDEO_LENGTH_MISMATCH", "x": [1]}])
def test_a_callback_of_any_form_is_read(body: dict[str, Any]) -> None:
    assert VideoCallback.from_dict(body).to_dict() == body


def test_the_end_of_an_upload_url_is_a_point_in_time() -> None:
    reply = {"url": "https://x.example/1", "urlExpiresUTC": "2026-04-28T12:00:00.000Z"}
    ends = datetime.datetime(2026, 4, 28, 12, tzinfo=datetime.UTC)
    assert UploadUrl.from_dict(reply).url_expires_utc == ends


@pytest.mark.parametrize(
    "reply", [{}, {"disparity": {"mono": 5}, "animation": {"gif": 5, "mp4": 7.5, "webm": 9}, "sbs": {"image": 3}}]
)
def test_prices_of_any_products_are_read(reply: dict[str, Any]) -> None:
    prices = Prices.from_dict(reply)
    assert prices.to_dict() == reply


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        (DisparityRequest, PICTURE),
        (AnimationRequest, PICTURE),
        (StereoRequest, PICTURE),
        (TopBottomRequest, PICTURE | {"inputDisparityUrl": "https://x.example/2"}),
        (LifDecodeRequest, PICTURE),
        (LifEncodeRequest, {}),
        (VideoRequest, VIDEO | {"outputWidth": 1920, "outputHeight": 1080}),
        (SpatialVideoRequest, VIDEO | {"inputType": "tb"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_not_given_is_not_sent(kind: Any, least: Mapping[str, Any]) -> None:
    assert kind.from_dict(least).to_dict() == least


def test_a_value_that_is_no_member_of_a_list_is_refused_before_it_is_sent() -> None:
    with pytest.raises(TypeError, match="webm"):
        AnimationRequest.from_dict(PICTURE | {"animationType": "webm"})


def test_an_upload_url_is_asked_for_without_what_is_not_given() -> None:
    assert get_upload_url._get_kwargs()["params"] == {}
    asked = get_upload_url._get_kwargs(file_name="a.jpg", media_type="image/jpeg", correlation_id="c1")
    assert asked["params"] == {"fileName": "a.jpg", "mediaType": "image/jpeg", "correlationId": "c1"}
