"""Reading a binary PLY of Gaussians: enough to check it, and to look at it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import attrs

_LONGEST_HEADER = 64 * 1024
_TYPES = {
    "char": "b",
    "uchar": "B",
    "short": "h",
    "ushort": "H",
    "int": "i",
    "uint": "I",
    "float": "f",
    "double": "d",
}
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">"}
_ROWS_AT_ONCE = 4096


@attrs.frozen
class Ply:
    """The header of a PLY file.

    Attributes:
        path: The file.
        count: How many vertices, here Gaussians, it says to hold.
        names: The names of their properties.
        row: How one of them is packed.
        offset: Where the first begins.
    """

    path: Path
    count: int
    names: tuple[str, ...]
    row: struct.Struct
    offset: int

    @property
    def expected_size(self) -> int:
        """How many bytes the whole file must have."""
        return self.offset + self.count * self.row.size

    def rows(self) -> Iterator[tuple[float, ...]]:
        """The properties of each vertex."""
        with self.path.open("rb") as stream:
            stream.seek(self.offset)
            left = self.count
            while left:
                content = stream.read(self.row.size * min(left, _ROWS_AT_ONCE))
                whole = len(content) // self.row.size
                if not whole:
                    raise ValueError(f"{self.path} ends before its last vertex")
                yield from self.row.iter_unpack(content[: whole * self.row.size])
                left -= whole


def read_ply(path: Path) -> Ply:
    """Read the header.

    Raises:
        ValueError: It is no binary PLY whose only element are vertices with plain properties.
    """
    with path.open("rb") as stream:
        beginning = stream.read(_LONGEST_HEADER)
    header, ended, _ = beginning.partition(b"end_header\n")
    lines = [line.split() for line in header.decode("ascii", "replace").splitlines() if not line.startswith("comment")]
    if not ended or not lines or lines[0] != ["ply"]:
        raise ValueError(f"{path} is no PLY file")
    order, count, names, codes = "", -1, [], ""
    for words in lines[1:]:
        match words:
            case ["format", kind, "1.0"] if kind in _ORDERS:
                order = _ORDERS[kind]
            case ["element", "vertex", number] if number.isdigit() and count < 0:
                count = int(number)
            case ["property", kind, name] if kind in _TYPES and count >= 0:
                codes += _TYPES[kind]
                names.append(name)
            case _:
                raise ValueError(f"{path}: {' '.join(words)!r} is not expected in the header of Gaussians")
    if not order or count < 0 or not names:
        raise ValueError(f"{path}: the header has no format, no vertices or no properties")
    return Ply(path, count, tuple(names), struct.Struct(order + codes), len(header) + len(ended))
