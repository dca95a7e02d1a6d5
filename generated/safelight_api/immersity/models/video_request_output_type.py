from typing import Literal

VideoRequestOutputType = Literal["anaglyph", "depth", "depth_exr", "sbs", "spatial", "tb"]

VIDEO_REQUEST_OUTPUT_TYPE_VALUES: set[VideoRequestOutputType] = {
    "anaglyph",
    "depth",
    "depth_exr",
    "sbs",
    "spatial",
    "tb",
}


def check_video_request_output_type(value: str) -> VideoRequestOutputType:
    if value in VIDEO_REQUEST_OUTPUT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {VIDEO_REQUEST_OUTPUT_TYPE_VALUES!r}")
