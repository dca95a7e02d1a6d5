"""Animations: a scene seen by an eye that moves, as GIF or MP4."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
from PIL import Image

from safelight.sandbox.films import Film
from safelight.sandbox.pictures import NOTE, Unusable
from safelight.sandbox.views import Scene

_AXES = "XYZ"
_USUAL_PHASES = {"X": 0.0, "Y": 0.25, "Z": 0.25}
_USUAL_SECONDS = 4.0
# `auto`: as many frames a second as are made in about a second.
_PIXELS_IN_A_SECOND = 40_000_000
_PIXELS_LIKE_A_FRAME = 300_000
_AUTOMATIC = {"mp4": (24, 15, 10, 5), "gif": (10, 5)}
_MOST_PIXELS = 1_500_000_000
_MOST_PLACES = 1000


@attrs.frozen
class Motion:
    """How an animation moves.

    Attributes:
        places: Where the eye is in each frame: to the right, down, forward.
        fps: Frames a second.
        plays: How often all frames are shown.
    """

    places: Sequence[tuple[float, float, float]]
    fps: int
    plays: int


def motion_of(parameters: Mapping[str, Any], size: tuple[int, int]) -> Motion:
    """The motion that a request's parameters describe.

    A phase is read in turns, and a loop as one more showing of all frames: both are assumed.

    Args:
        parameters: Of the request, by their names.
        size: Of the frames.

    Raises:
        Unusable: The pattern cannot be read, or there would be too many frames.
    """
    plays = 1 + parameters.get("numberOfLoops", 0)
    pattern = _pattern(parameters["pattern"]) if "pattern" in parameters else None
    seconds = parameters.get("animationLength", _USUAL_SECONDS)
    pixels = size[0] * size[1]
    fps = parameters.get("outputFps")
    if fps is None:
        choices = _AUTOMATIC[parameters.get("animationType", "mp4")]
        cost = seconds * plays * (pixels + _PIXELS_LIKE_A_FRAME)
        fps = next((fps for fps in choices if fps * cost <= _PIXELS_IN_A_SECOND), choices[-1])
    places = pattern or _swaying(max(1, round(seconds * fps)), parameters)
    if len(places) * plays * pixels > _MOST_PIXELS:
        raise Unusable("so many frames of this size are more than the sandbox makes")
    return Motion(places, fps, plays)


def gif(scene: Scene, motion: Motion) -> bytes:
    """The animation as GIF, which keeps time in hundredths of a second."""
    frames = [scene.seen_from(*place).quantize(256, Image.Quantize.FASTOCTREE) for place in motion.places]
    ends = [round(100 * (index + 1) / motion.fps) for index in range(len(frames))]
    durations = [10 * (end - begin) for begin, end in zip([0, *ends], ends, strict=False)]
    stream = io.BytesIO()
    options: dict[str, Any] = {"loop": motion.plays - 1} if motion.plays > 1 else {}
    frames[0].save(
        stream, "GIF", save_all=True, append_images=frames[1:], duration=durations, comment=NOTE.encode(), **options
    )
    return stream.getvalue()


def mp4(scene: Scene, motion: Motion) -> bytes:
    """The animation as MP4; every loop is in it."""
    film = Film(motion.fps)
    film.write([frame] for frame in _frames(scene, motion))
    return film.data()


def _frames(scene: Scene, motion: Motion) -> Iterator[Image.Image]:
    for _ in range(motion.plays):
        for place in motion.places:
            yield scene.seen_from(*place)


def _swaying(count: int, parameters: Mapping[str, Any]) -> list[tuple[float, float, float]]:
    """One period along each axis, from the phase on."""
    axes = []
    for axis in _AXES:
        amplitude = parameters.get(f"amplitude{axis}", 1)
        phase = parameters.get(f"phase{axis}", _USUAL_PHASES[axis])
        axes.append([amplitude * math.sin(2 * math.pi * (index / count + phase)) for index in range(count)])
    return list(zip(*axes, strict=True))


def _pattern(text: str) -> list[tuple[float, float, float]]:
    """`{x1,y1,z1,x2,...}`: with or without the braces."""
    try:
        values = [float(value) for value in text.strip().removeprefix("{").removesuffix("}").split(",")]
    except ValueError:
        values = []
    if not values or len(values) % 3 or not all(math.isfinite(value) for value in values):
        raise Unusable("pattern must be numbers between commas, three for each frame")
    if len(values) > 3 * _MOST_PLACES:
        raise Unusable(f"pattern has more than {_MOST_PLACES} frames")
    return list(zip(values[::3], values[1::3], values[2::3], strict=True))
