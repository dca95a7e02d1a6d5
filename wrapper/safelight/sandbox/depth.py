"""Depth out of a flat picture, by rules of thumb: what is bright, detailed, and low in the picture is near."""

from __future__ import annotations

from array import array

import attrs
from PIL import Image, ImageChops, ImageFilter, ImageOps

from safelight.sandbox.pictures import as_png, in_colour, in_grey

_LONG_SIDE = 384
USUAL_DILATION = 0.0063


@attrs.frozen
class Depth:
    """How near everything is: 255 is nearest.

    Attributes:
        map: In eight bits of grey or in floats, coarser than its picture.
        size: The picture's size.
    """

    map: Image.Image
    size: tuple[int, int]

    def grid(self, columns: int, rows: int) -> array[float]:
        """So many values of the map, row by row: from -1, farthest, to 1."""
        small = self.map.convert("F").resize((columns, rows), Image.Resampling.BOX)
        values = array("f")
        values.frombytes(small.tobytes())
        return array("f", (value / 127.5 - 1 for value in values))

    def picture(self) -> Image.Image:
        """The map as large as its picture, in floats."""
        return self.map.convert("F").resize(self.size, Image.Resampling.BICUBIC)

    def png(self, *, bits: int = 8) -> bytes:
        """The map as a file, in 8 or 16 bits of grey."""
        if bits == 8:
            return as_png(self.picture().convert("L"))
        # Pillow reads a function of this form as a factor and a summand.
        return as_png(self.picture().point(lambda value: value * 257 + 0).convert("I").convert("I;16"))


def estimated(picture: Image.Image, *, dilation: float = USUAL_DILATION, wraps: bool = False) -> Depth:
    """The depth of a picture.

    Args:
        picture: The picture.
        dilation: By how much near things are widened, or narrowed if it is negative, as a share of the width.
        wraps: The picture goes all around, so its left and right edges are to fit.
    """
    small = picture.copy()
    small.thumbnail((_LONG_SIDE, _LONG_SIDE))
    small = in_grey(in_colour(small))
    width, height = small.size
    margin = width // 4 if wraps else 0
    if margin:
        small = _wrapped(small, margin)
    light = small.filter(ImageFilter.GaussianBlur(width / 60))
    detail = ImageChops.difference(small, small.filter(ImageFilter.GaussianBlur(2)))
    detail = ImageOps.autocontrast(detail.filter(ImageFilter.GaussianBlur(width / 30)))
    place = Image.linear_gradient("L").resize(small.size)
    depth = ImageOps.autocontrast(Image.blend(Image.blend(light, detail, 0.25), place, 0.25))
    steps = round(abs(dilation) * width)
    for _ in range(steps):
        depth = depth.filter(ImageFilter.MaxFilter(3) if dilation > 0 else ImageFilter.MinFilter(3))
    if margin:
        depth = depth.crop((margin, 0, margin + width, height))
    # Halved as floats, it has values between those of eight bits.
    return Depth(depth.convert("F").reduce(2), picture.size)


def given(disparity: Image.Image, size: tuple[int, int]) -> Depth:
    """The depth that a disparity map tells of a picture of this size."""
    if disparity.mode.startswith("I"):
        return Depth(disparity.convert("I").convert("F").point(lambda value: value * (1 / 257) + 0), size)
    return Depth(in_grey(disparity), size)


def _wrapped(image: Image.Image, margin: int) -> Image.Image:
    """The picture with a piece of its right edge before its left, and the other way round."""
    width, height = image.size
    wide = Image.new(image.mode, (width + 2 * margin, height))
    for at in (margin - width, margin, margin + width):
        wide.paste(image, (at, 0))
    return wide
