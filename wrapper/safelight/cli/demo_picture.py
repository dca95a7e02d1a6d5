"""A look at a capture without a viewer: its Gaussians as coloured squares, seen from behind the cameras."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw

from safelight.cli.output import Line
from safelight.cli.ply import read_ply

_PROPERTIES = ("x", "y", "z", "scale_0", "f_dc_0", "f_dc_1", "f_dc_2")
# The zeroth spherical harmonic: a Gaussian's colour is 0.5 + this * f_dc.
_SH_C0 = 0.28209479177387814
_BACKGROUND = (18, 18, 22)
_DISTANCE = 1.2


class _Dot(NamedTuple):
    depth: float
    across: float
    down: float
    radius: float
    colour: tuple[int, int, int]


def picture_of(path: Path, box: tuple[int, int]) -> Image.Image:
    """The capture in perspective, as large as the box lets it be.

    Raises:
        ValueError: It is no PLY of Gaussians.
    """
    dots = _projected(path)
    half_across = max(abs(dot.across) + dot.radius for dot in dots)
    half_down = max(abs(dot.down) + dot.radius for dot in dots)
    scale = min(box[0] / half_across, box[1] / half_down) / 2
    width, height = (max(1, int(2 * half * scale)) for half in (half_across, half_down))
    picture = Image.new("RGB", (width, height), _BACKGROUND)
    draw = ImageDraw.Draw(picture)
    for dot in dots:
        x, y, half = dot.across * scale + width / 2, dot.down * scale + height / 2, dot.radius * scale
        draw.rectangle((x - half, y - half, x + half, y + half), fill=dot.colour)
    return picture


def as_lines(picture: Image.Image) -> list[Line]:
    """The picture in half blocks: each character shows two pixels, one above the other."""
    lines: list[Line] = []
    for top in range(0, picture.height - 1, 2):
        pairs = ((_hex(picture, x, top), _hex(picture, x, top + 1)) for x in range(picture.width))
        lines.append([("▀", f"{upper} on {lower}") for upper, lower in pairs])
    return lines


def _projected(path: Path) -> list[_Dot]:
    """The Gaussians as they are seen, the farthest first."""
    ply = read_ply(path)
    places = [ply.names.index(name) for name in _PROPERTIES]
    rows = [[row[place] for place in places] for row in ply.rows()]
    if not rows:
        raise ValueError(f"{path} holds no Gaussians")
    low, high = ([side(row[axis] for row in rows) for axis in range(3)] for side in (min, max))
    centre_x, centre_y = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
    eye = low[2] - _DISTANCE * (max(high[axis] - low[axis] for axis in range(3)) or 1.0)
    dots = []
    for x, y, z, size, red, green, blue in rows:
        depth = z - eye
        colour = _byte(red), _byte(green), _byte(blue)
        dots.append(_Dot(depth, (x - centre_x) / depth, (y - centre_y) / depth, math.exp(size) / depth, colour))
    dots.sort(reverse=True)
    return dots


def _byte(constant: float) -> int:
    return max(0, min(255, round(255 * (0.5 + _SH_C0 * constant))))


def _hex(picture: Image.Image, x: int, y: int) -> str:
    pixel = picture.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return "#" + "".join(f"{int(value):02x}" for value in pixel)
