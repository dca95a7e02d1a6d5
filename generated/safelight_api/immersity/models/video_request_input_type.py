from typing import Literal

VideoRequestInputType = Literal["image360", "regular"]

VIDEO_REQUEST_INPUT_TYPE_VALUES: set[VideoRequestInputType] = {
    "image360",
    "regular",
}


def check_video_request_input_type(value: str) -> VideoRequestInputType:
    if value in VIDEO_REQUEST_INPUT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {VIDEO_REQUEST_INPUT_TYPE_VALUES!r}")
