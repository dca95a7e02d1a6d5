from typing import Literal

SpatialVideoRequestInputType = Literal["sbs", "tb"]

SPATIAL_VIDEO_REQUEST_INPUT_TYPE_VALUES: set[SpatialVideoRequestInputType] = {
    "sbs",
    "tb",
}


def check_spatial_video_request_input_type(value: str) -> SpatialVideoRequestInputType:
    if value in SPATIAL_VIDEO_REQUEST_INPUT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SPATIAL_VIDEO_REQUEST_INPUT_TYPE_VALUES!r}")
