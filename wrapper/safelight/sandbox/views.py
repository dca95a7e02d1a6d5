"""A picture with depth, seen from elsewhere: near things move more than far ones."""

from __future__ import annotations

import io
from array import array

import attrs
from PIL import Image

from safelight.sandbox.depth import Depth
from safelight.sandbox.pictures import NOTE, as_jpeg, in_colour

# By what share of the width the nearest things move when the eye moves by one, and the gain is one.
_STEP = 0.02
USUAL_GAIN = 1.0
_CELL = 16
_MOST_CELLS = 32


@attrs.frozen
class Scene:
    """A picture with depth.

    Attributes:
        picture: The picture, in RGB.
        gain: How much everything moves.
        convergence: The depth that does not move, from -1, farthest, to 1.
    """

    picture: Image.Image
    gain: float
    convergence: float
    _columns: int
    _rows: int
    _near: array[float] = attrs.field(repr=False)

    def seen_from(self, x: float, y: float = 0.0, z: float = 0.0) -> Image.Image:
        """The picture as an eye sees it that has moved to the right, down, and forward."""
        width, height = self.picture.size
        columns, rows = self._columns, self._rows
        places: list[tuple[float, float]] = []
        for index, near in enumerate(self._near):
            row, column = divmod(index, columns + 1)
            strength = _STEP * self.gain * (near - self.convergence)
            at_x, at_y = column * width / columns, row * height / rows
            at_x += strength * (x * width - z * (at_x - width / 2))
            at_y += strength * (y * width - z * (at_y - height / 2))
            # What lies beyond the edges is not known: the picture is stretched there.
            places.append((min(max(at_x, 0.0), float(width)), min(max(at_y, 0.0), float(height))))
        cells = []
        for row in range(rows):
            top, bottom = row * height // rows, (row + 1) * height // rows
            for column in range(columns):
                first = row * (columns + 1) + column
                corners = (first, first + columns + 1, first + columns + 2, first + 1)
                box = (column * width // columns, top, (column + 1) * width // columns, bottom)
                cells.append((box, tuple(value for corner in corners for value in places[corner])))
        return self.picture.transform((width, height), Image.Transform.MESH, cells, Image.Resampling.BILINEAR)


def scene(
    picture: Image.Image,
    depth: Depth,
    *,
    size: tuple[int, int] | None = None,
    gain: float | None = None,
    convergence: float | None = None,
) -> Scene:
    """A scene to look at.

    Args:
        picture: The picture.
        depth: Its depth.
        size: How large views are to be; as the picture if not given.
        gain: How much everything moves; `USUAL_GAIN` if not given.
        convergence: The depth that does not move; the mean depth if not given.
    """
    picture = in_colour(picture)
    if size is not None and size != picture.size:
        picture = picture.resize(size, Image.Resampling.BILINEAR)
    columns, rows = (max(1, min(_MOST_CELLS, length // _CELL)) for length in picture.size)
    near = depth.grid(columns + 1, rows + 1)
    mean = sum(near) / len(near)
    return Scene(
        picture, USUAL_GAIN if gain is None else gain, mean if convergence is None else convergence, columns, rows, near
    )


def eyes(looked_at: Scene) -> tuple[Image.Image, Image.Image]:
    """What the left and the right eye see."""
    return looked_at.seen_from(-0.5), looked_at.seen_from(0.5)


def side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    """Both in one picture of twice the width."""
    return _joined(left, right, (left.width, 0))


def top_bottom(left: Image.Image, right: Image.Image) -> Image.Image:
    """Both in one picture of twice the height, the left one on top."""
    return _joined(left, right, (0, left.height))


def anaglyph(left: Image.Image, right: Image.Image) -> Image.Image:
    """Both in one picture for glasses that are red and cyan."""
    return Image.merge("RGB", (left.getchannel("R"), right.getchannel("G"), right.getchannel("B")))


def pair_file(left: Image.Image, right: Image.Image) -> bytes:
    """Both as pictures of their own in one file, a Multi-Picture Object: what `spatial` is for the sandbox."""
    stream = io.BytesIO()
    left.save(stream, "MPO", save_all=True, append_images=[right], quality=92, comment=NOTE)
    return stream.getvalue()


def stereo(looked_at: Scene, output: str) -> bytes:
    """A stereo picture as a file: `sbs`, `tb`, `anaglyph` or `spatial`."""
    left, right = eyes(looked_at)
    if output == "spatial":
        return pair_file(left, right)
    joined = {"sbs": side_by_side, "tb": top_bottom, "anaglyph": anaglyph}[output]
    return as_jpeg(joined(left, right))


def _joined(left: Image.Image, right: Image.Image, at: tuple[int, int]) -> Image.Image:
    both = Image.new("RGB", (left.width + at[0], left.height + at[1]))
    both.paste(left, (0, 0))
    both.paste(right, at)
    return both
