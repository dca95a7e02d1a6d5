from typing import Literal

StereoRequestOutputType = Literal["anaglyph", "sbs", "spatial"]

STEREO_REQUEST_OUTPUT_TYPE_VALUES: set[StereoRequestOutputType] = {
    "anaglyph",
    "sbs",
    "spatial",
}


def check_stereo_request_output_type(value: str) -> StereoRequestOutputType:
    if value in STEREO_REQUEST_OUTPUT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STEREO_REQUEST_OUTPUT_TYPE_VALUES!r}")
