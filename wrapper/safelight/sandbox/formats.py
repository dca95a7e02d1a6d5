"""Files of Gaussians: the usual binary PLY, and SOGS (pictures whose pixels are the Gaussians' numbers)."""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, features

from safelight.sandbox.gaussians import OPACITY, Splats

NOTE = "made by the safelight sandbox out of the uploaded bytes; this is no reconstruction"
# The coefficients of three more degrees, for three colours.
_REST = 45
_ROWS_AT_ONCE = 4096


def write_ply(splats: Splats, path: Path, *, degrees: int) -> None:
    """Write the layout of the original 3D Gaussian splatting, binary little-endian.

    Args:
        splats: The Gaussians.
        path: The new file.
        degrees: Of the spherical harmonics: 0, or 3, which adds 45 coefficients (all zero: nothing here shines).
    """
    rest = _REST if degrees else 0
    names = [
        *("x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"),
        *(f"f_rest_{index}" for index in range(rest)),
        *("opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"),
    ]
    header = [
        "ply",
        "format binary_little_endian 1.0",
        f"comment {NOTE}",
        f"element vertex {len(splats)}",
        *(f"property float {name}" for name in names),
        "end_header\n",
    ]
    before, after, nothing = struct.Struct("<9f"), struct.Struct("<8f"), bytes(4 * rest)
    with path.open("wb") as stream:
        stream.write("\n".join(header).encode("ascii"))
        rows: list[bytes] = []
        for position, normal, colour, scale, rotation in zip(
            _tuples(splats.positions, 3),
            _tuples(splats.normals, 3),
            _tuples(splats.colours, 3),
            _tuples(splats.scales, 3),
            _tuples(splats.rotations, 4),
            strict=True,
        ):
            rows += before.pack(*position, *normal, *colour), nothing, after.pack(OPACITY, *scale, *rotation)
            if len(rows) >= _ROWS_AT_ONCE:
                stream.write(b"".join(rows))
                rows.clear()
        stream.write(b"".join(rows))


def write_sogs(splats: Splats, path: Path) -> None:
    """Write the six files of SOGS, without higher spherical harmonics, into a zip."""
    count = len(splats)
    means = array("f", (math.copysign(math.log1p(abs(value)), value) for value in splats.positions))
    mean_low, mean_high = _bounds(means, 3)
    places = [_quantised(means[axis::3], mean_low[axis], mean_high[axis], 65535) for axis in range(3)]
    scale_low, scale_high = _bounds(splats.scales, 3)
    scales = [_quantised(splats.scales[axis::3], scale_low[axis], scale_high[axis], 255) for axis in range(3)]
    colour_low, colour_high = _bounds(splats.colours, 3)
    colours = [_quantised(splats.colours[axis::3], colour_low[axis], colour_high[axis], 255) for axis in range(3)]
    quats = bytes(byte for rotation in _tuples(splats.rotations, 4) for byte in _packed(rotation))
    kind = "webp" if features.check("webp") else "png"
    layers = {
        "means_l": _interleaved([bytes(value & 255 for value in axis) for axis in places]),
        "means_u": _interleaved([bytes(value >> 8 for value in axis) for axis in places]),
        "scales": _interleaved([bytes(axis) for axis in scales]),
        "quats": quats,
        # All are as opaque: any byte stands for the one value between its bounds.
        "sh0": _interleaved([*(bytes(axis) for axis in colours), bytes([255]) * count]),
    }
    names = {layer: f"{layer}.{kind}" for layer in layers}
    meta: dict[str, Any] = {
        "comment": NOTE,
        "means": {
            "shape": [count, 3],
            "dtype": "float32",
            "mins": mean_low,
            "maxs": mean_high,
            "files": [names["means_l"], names["means_u"]],
        },
        "scales": {
            "shape": [count, 3],
            "dtype": "float32",
            "mins": scale_low,
            "maxs": scale_high,
            "files": [names["scales"]],
        },
        "quats": {"shape": [count, 4], "dtype": "uint8", "encoding": "quaternion_packed", "files": [names["quats"]]},
        "sh0": {
            "shape": [count, 1, 4],
            "dtype": "float32",
            "mins": [*colour_low, OPACITY],
            "maxs": [*colour_high, OPACITY],
            "files": [names["sh0"]],
        },
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.comment = NOTE.encode("ascii")
        # Entries without the time of day, so that the same Gaussians make the same bytes.
        archive.writestr(zipfile.ZipInfo("meta.json"), json.dumps(meta, indent=1))
        for layer, data in layers.items():
            archive.writestr(zipfile.ZipInfo(names[layer]), _picture(data, len(data) // count, count, kind))


def _tuples(column: array[float], width: int) -> Iterator[tuple[float, ...]]:
    return zip(*[iter(column)] * width, strict=True)


def _bounds(column: array[float], width: int) -> tuple[list[float], list[float]]:
    axes = [column[axis::width] for axis in range(width)]
    return [min(axis) for axis in axes], [max(axis) for axis in axes]


def _quantised(values: array[float], low: float, high: float, levels: int) -> list[int]:
    factor = levels / (high - low) if high > low else 0.0
    return [min(levels, max(0, round((value - low) * factor))) for value in values]


def _packed(rotation: Sequence[float]) -> tuple[int, int, int, int]:
    """The three smaller components of a unit quaternion in a byte each, and which one is left out."""
    largest = max(range(4), key=lambda index: abs(rotation[index]))
    # A quaternion and its negative are the same rotation; the reader takes the one left out as positive.
    sign = 1 if rotation[largest] >= 0 else -1
    first, second, third = (
        round((sign * rotation[index] * math.sqrt(0.5) + 0.5) * 255) for index in range(4) if index != largest
    )
    return first, second, third, 252 + largest


def _interleaved(planes: Sequence[bytes]) -> bytes:
    mixed = bytearray(len(planes) * len(planes[0]))
    for index, plane in enumerate(planes):
        mixed[index :: len(planes)] = plane
    return bytes(mixed)


def _picture(data: bytes, channels: int, count: int, kind: str) -> bytes:
    """The bytes as a lossless picture, as square as possible; pixels at its end may be empty."""
    width = math.isqrt(count - 1) + 1
    height = -(-count // width)
    padded = data + bytes(channels * width * height - len(data))
    image = Image.frombytes("RGBA" if channels == 4 else "RGB", (width, height), padded)
    stream = io.BytesIO()
    if kind == "webp":
        # `exact` keeps the colours of transparent pixels, which are numbers here.
        image.save(stream, "WEBP", lossless=True, exact=True, method=0)
    else:
        image.save(stream, "PNG", compress_level=1)
    return stream.getvalue()
