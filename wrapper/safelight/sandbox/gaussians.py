"""Gaussians made from the input itself: pictures become a wall around the viewer, other bytes a cloud.

It is no reconstruction. But the colours are the input's, and another input makes another model.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import BinaryIO

import attrs
from PIL import Image

# The zeroth spherical harmonic: colour = 0.5 + this * f_dc.
SH_C0 = 0.28209479177387814
_DC_OF_BYTE = [(value / 255 - 0.5) / SH_C0 for value in range(256)]
# The logistic function of it is 0.95.
OPACITY = math.log(0.95 / 0.05)

_GAP = 1.15
_FLAT = math.log(0.002)
_WINDOW = 256
_BYTES_EACH = 6

Vector = tuple[float, float, float]


@attrs.frozen
class Splats:
    """Gaussians, column by column. x is to the right, y down, z forward.

    Attributes:
        positions: Three numbers each.
        normals: Three each.
        colours: Three each: the constant term of their spherical harmonics.
        scales: Three each: natural logarithms.
        rotations: Four each: w, x, y, z.
        cameras: One pose each: 16 numbers, row by row, from camera to world.
    """

    positions: array[float] = attrs.field(factory=lambda: array("f"), repr=False)
    normals: array[float] = attrs.field(factory=lambda: array("f"), repr=False)
    colours: array[float] = attrs.field(factory=lambda: array("f"), repr=False)
    scales: array[float] = attrs.field(factory=lambda: array("f"), repr=False)
    rotations: array[float] = attrs.field(factory=lambda: array("f"), repr=False)
    cameras: list[list[float]] = attrs.field(factory=list, repr=False)

    def __len__(self) -> int:
        return len(self.positions) // 3

    def box(self) -> tuple[Vector, Vector]:
        """The smallest box around all centres."""
        axes = [self.positions[axis::3] for axis in range(3)]
        low, high = [min(axis) for axis in axes], [max(axis) for axis in axes]
        return (low[0], low[1], low[2]), (high[0], high[1], high[2])

    def add(self, count: int, *, normal: Vector, scale: Vector, rotation: Sequence[float]) -> None:
        """What `count` Gaussians have in common."""
        self.normals.extend(array("f", normal) * count)
        self.scales.extend(array("f", scale) * count)
        self.rotations.extend(array("f", rotation) * count)


def side_for(count: int, pictures: int) -> int:
    """To how many pixels pictures are shrunk, so that together they have about `count`."""
    return max(4, min(512, math.isqrt(count // max(pictures, 1))))


def from_pictures(pictures: Sequence[Image.Image]) -> Splats:
    """A wall of pictures that bends around the viewer, one Gaussian for each pixel."""
    per_row = max(1, math.ceil(math.sqrt(2 * len(pictures))))
    rows = math.ceil(len(pictures) / per_row)
    # At most 160 degrees of the circle are used.
    radius = max(1.5, per_row * _GAP / math.radians(160))
    splats = Splats()
    for index, picture in enumerate(pictures):
        row, column = divmod(index, per_row)
        in_this_row = min(per_row, len(pictures) - row * per_row)
        angle = (column - (in_this_row - 1) / 2) * _GAP / radius
        _add_picture(splats, picture, angle, (row - (rows - 1) / 2) * _GAP, radius)
    return splats


def from_bytes(stream: BinaryIO, size: int, count: int) -> Splats:
    """A cloud of about `count` Gaussians: places and colours are bytes from all over the input."""
    splats = Splats()
    windows = max(1, min(count, size // _BYTES_EACH) // _WINDOW)
    for index in range(windows):
        stream.seek(index * size // windows)
        data = stream.read(_WINDOW * _BYTES_EACH)
        # An input of a few bytes still makes one Gaussian.
        data += bytes(-len(data) % _BYTES_EACH)
        for at in range(0, len(data), _BYTES_EACH):
            x, y, z, *colour = data[at : at + _BYTES_EACH]
            splats.positions.extend((x / 127.5 - 1, y / 127.5 - 1, z / 127.5 - 1))
            splats.colours.extend(_DC_OF_BYTE[value] for value in colour)
    scale = math.log(0.02)
    splats.add(len(splats), normal=(0, 0, 0), scale=(scale, scale, scale), rotation=(1, 0, 0, 0))
    splats.cameras.append(_pose(0.0, (0.0, 0.0, -3.0)))
    return splats


def _add_picture(splats: Splats, picture: Image.Image, angle: float, height: float, radius: float) -> None:
    """Hang one picture, of which the longer side has the length 1."""
    width_px, height_px = picture.size
    pixel = 1 / max(width_px, height_px)
    sine, cosine = math.sin(angle), math.cos(angle)
    columns = []
    for column in range(width_px):
        right = (column - (width_px - 1) / 2) * pixel
        columns.append((radius * sine + right * cosine, radius * cosine - right * sine))
    for row in range(height_px):
        y = height + (row - (height_px - 1) / 2) * pixel
        for x, z in columns:
            splats.positions.extend((x, y, z))
    splats.colours.extend(_DC_OF_BYTE[value] for value in picture.tobytes())
    in_plane = math.log(0.6 * pixel)
    splats.add(
        width_px * height_px,
        normal=(-sine, 0.0, -cosine),
        scale=(in_plane, in_plane, _FLAT),
        rotation=(math.cos(angle / 2), 0.0, math.sin(angle / 2), 0.0),
    )
    splats.cameras.append(_pose(angle, (0.0, height, 0.0)))


def _pose(angle: float, place: Vector) -> list[float]:
    """A camera at `place`, turned about the vertical axis."""
    sine, cosine = math.sin(angle), math.cos(angle)
    x, y, z = place
    return [cosine, 0.0, sine, x, 0.0, 1.0, 0.0, y, -sine, 0.0, cosine, z, 0.0, 0.0, 0.0, 1.0]
