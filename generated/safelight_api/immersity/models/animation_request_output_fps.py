from typing import Literal

AnimationRequestOutputFps = Literal[1, 5, 10, 15, 24, 25, 30, 60]

ANIMATION_REQUEST_OUTPUT_FPS_VALUES: set[AnimationRequestOutputFps] = {
    1,
    5,
    10,
    15,
    24,
    25,
    30,
    60,
}


def check_animation_request_output_fps(value: int) -> AnimationRequestOutputFps:
    if value in ANIMATION_REQUEST_OUTPUT_FPS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ANIMATION_REQUEST_OUTPUT_FPS_VALUES!r}")
