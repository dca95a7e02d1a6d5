from typing import Literal

AnimationRequestAnimationType = Literal["gif", "mp4"]

ANIMATION_REQUEST_ANIMATION_TYPE_VALUES: set[AnimationRequestAnimationType] = {
    "gif",
    "mp4",
}


def check_animation_request_animation_type(value: str) -> AnimationRequestAnimationType:
    if value in ANIMATION_REQUEST_ANIMATION_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ANIMATION_REQUEST_ANIMATION_TYPE_VALUES!r}")
