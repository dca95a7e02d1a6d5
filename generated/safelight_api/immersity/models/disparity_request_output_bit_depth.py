from typing import Literal

DisparityRequestOutputBitDepth = Literal["uint16", "uint8"]

DISPARITY_REQUEST_OUTPUT_BIT_DEPTH_VALUES: set[DisparityRequestOutputBitDepth] = {
    "uint16",
    "uint8",
}


def check_disparity_request_output_bit_depth(value: str) -> DisparityRequestOutputBitDepth:
    if value in DISPARITY_REQUEST_OUTPUT_BIT_DEPTH_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DISPARITY_REQUEST_OUTPUT_BIT_DEPTH_VALUES!r}")
