from typing import Literal

ImageFormat = Literal["JPEG", "PNG"]

IMAGE_FORMAT_VALUES: set[ImageFormat] = {
    "JPEG",
    "PNG",
}


def check_image_format(value: str) -> ImageFormat:
    if value in IMAGE_FORMAT_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {IMAGE_FORMAT_VALUES!r}")
