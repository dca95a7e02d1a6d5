from typing import Literal

DisparityRequestInputType = Literal["image2d", "image360"]

DISPARITY_REQUEST_INPUT_TYPE_VALUES: set[DisparityRequestInputType] = {
    "image2d",
    "image360",
}


def check_disparity_request_input_type(value: str) -> DisparityRequestInputType:
    if value in DISPARITY_REQUEST_INPUT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DISPARITY_REQUEST_INPUT_TYPE_VALUES!r}")
