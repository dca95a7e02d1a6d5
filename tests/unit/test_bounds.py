"""A request that does not fit the service's contract is refused before anything is sent."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import ConfigError
from safelight.bounds import check_body
from safelight_api.immersity.api.media import convert_video, create_animation, create_disparity
from safelight_api.letsenhance.api.pipelines import submit_pipeline

URL = "https://pictures.test/cat.jpg"


def pipeline(*operations: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"source": {"http": {"url": URL}}, "operations": list(operations), "sink": {"temp_store": True}, **more}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("animationLength", 11, "animation_length is 11: give a number from 1 to 10."),
        ("animationLength", "4", "animation_length is '4': give a number from 1 to 10."),
        ("animationLength", True, "animation_length is True"),
        ("gain", math.nan, "gain is nan"),
        ("convergence", -1.01, "convergence is -1.01: give a number from -1 to 1."),
        ("outputWidth", 600.5, "output_width is 600.5: give a whole number"),
        ("outputWidth", 0, "output_width is 0: give a whole number from 1 on."),
        ("outputFps", 12, "output_fps is 12: give one of 1, 5, 10, 15, 24, 25, 30, 60."),
        ("outputFps", True, "output_fps is True: give one of 1, 5"),
        ("gain", 10**400, "give a number from 0 to 10"),
        ("animationType", "avi", "animation_type is 'avi': give one of "),
        ("numberOfLoops", 11, "number_of_loops is 11: give a whole number from 0 to 10."),
        ("inputImageUrl", 3, "input_image_url is 3: give a text."),
    ],
)
def test_what_is_out_of_its_range_is_told_with_the_range(name: str, value: Any, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_body(create_animation, {"inputImageUrl": URL, name: value})
    assert told in str(caught.value)


def test_what_is_missing_is_told() -> None:
    with pytest.raises(ConfigError, match=r"^input_image_url is missing\.$"):
        check_body(create_disparity, {})


def test_a_frame_of_a_video_is_at_most_8000_pixels_wide() -> None:
    body = {
        "inputVideoUrl": URL,
        "resultPresignedUrl": URL,
        "videoLength": 10,
        "creditAmount": 10,
        "callbackUrl": URL,
        "outputWidth": 8001,
        "outputHeight": 1080,
    }
    with pytest.raises(ConfigError, match=r"output_width is 8001: give a whole number.*8000"):
        check_body(convert_video, body)
    check_body(convert_video, {**body, "outputWidth": 8000})


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ({"op": "preset/print", "restoration_level": 0}, "operations[0].restoration_level is 0"),
        ({"op": "preset/print", "restoration_level": 11}, "whole number from 1 to 10"),
        ({"op": "preset/marketplace", "lightai_intensity": 1.1}, "operations[0].lightai_intensity is 1.1"),
        ({"op": "preset/realestate", "toneai_intensity": 0.05}, "from 0.1 to 1"),
        ({"op": "preset/marketplace", "image_format": "GIF"}, "one of 'JPEG', 'PNG'"),
        ({"op": "preset/marketplace", "quality": 101}, "operations[0].quality is 101"),
        ({"op": "preset/print", "dpi": 0}, "operations[0].dpi is 0"),
        ({"width": 100}, "operations[0].op is missing"),
    ],
)
def test_the_fields_of_a_preset_are_checked_by_its_own_form(operation: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_body(submit_pipeline, pipeline(operation))
    assert told in str(caught.value)


def test_an_operation_that_is_not_known_is_the_services_to_judge() -> None:
    check_body(submit_pipeline, pipeline({"op": "upscale/next", "strength": "any"}))


@given(
    level=st.integers(1, 10),
    light=st.floats(0.1, 1.0),
    quality=st.integers(1, 100),
    width=st.integers(1, 20_000),
)
def test_what_is_in_its_range_passes(level: int, light: float, quality: int, width: int) -> None:
    fields = {"width": width, "restoration_level": level, "lightai_intensity": light, "quality": quality}
    check_body(submit_pipeline, pipeline({"op": "preset/marketplace", **fields}))
