"""What the sandbox's Haut.AI tells of a picture: statistics of its pixels. It finds no face and diagnoses nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from PIL import Image, ImageChops, ImageFilter, ImageStat

from safelight.sandbox.pictures import Unusable, as_png, in_colour, opened

NOTE = "sandbox statistics, no diagnosis"
# What each application measures, in the order in which they are ready.
APPLICATIONS: Mapping[str, Sequence[str]] = {
    "Sandbox light": ("brightness", "contrast"),
    "Sandbox skin": ("redness", "evenness", "texture"),
}
# Those whose result is a bare number; the others' has a value for each area, as the service's newer algorithms do it.
_NUMBERS = ("brightness", "contrast")

_SMALLEST_SIDE = 256
_MEASURED_SIDE = 512
# How strongly a map shows what a mean of all pixels hardly does.
_GAIN = 4


@attrs.frozen
class Findings:
    """What was measured in one picture.

    Attributes:
        scores: From 0 to 100.
        maps: For some of them a picture that shows where, as a PNG file.
    """

    scores: Mapping[str, float]
    maps: Mapping[str, bytes] = attrs.field(repr=False)


def measure(data: bytes) -> Findings | None:
    """The findings of a picture, or None where no face can be: it is unreadable, too small, or all of one colour."""
    try:
        image = in_colour(opened(data)[0])
    except Unusable:
        return None
    if min(image.size) < _SMALLEST_SIDE or all(low == high for low, high in ImageStat.Stat(image).extrema):
        return None
    image.thumbnail((_MEASURED_SIDE, _MEASURED_SIDE))
    grey = image.convert("L")
    smooth = grey.filter(ImageFilter.GaussianBlur(8))
    red, green, blue = image.split()
    redness = ImageChops.subtract(red, ImageChops.blend(green, blue, 0.5))
    texture = ImageChops.difference(grey, grey.filter(ImageFilter.GaussianBlur(2)))
    scores = {
        "brightness": _mean(grey),
        "contrast": 2 * ImageStat.Stat(grey).stddev[0],
        "redness": _mean(redness),
        "evenness": 255 - 2 * ImageStat.Stat(smooth).stddev[0],
        "texture": _mean(texture),
    }
    maps = {name: as_png(_shown(found)) for name, found in (("redness", redness), ("texture", texture))}
    return Findings({name: round(max(0.0, value) / 2.55, 2) for name, value in scores.items()}, maps)


def result_of(name: str, score: float) -> Any:
    """A score in one of the forms in which the first version tells it: a number, or an object."""
    if name in _NUMBERS:
        return score
    metric = {"name": name.capitalize(), "tech_name": f"{name}_score", "value": score}
    return {"area_results": [{"area_name": "face", "main_metric": metric, "sub_metrics": []}], "note": NOTE}


def _mean(image: Image.Image) -> float:
    return ImageStat.Stat(image).mean[0]


def _shown(found: Image.Image) -> Image.Image:
    return found.point([min(255, value * _GAIN) for value in range(256)])
