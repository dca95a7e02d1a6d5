"""Videos: how long one is, a 3D one from a flat one, and one with a track for each eye."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs
from PIL import Image

from safelight.sandbox import depth, views
from safelight.sandbox.films import Film
from safelight.sandbox.pictures import Unusable, check_size

if TYPE_CHECKING:
    from av.container import InputContainer

_MOST_FRAMES = 3000
_USUAL_RATE = Fraction(25)
_USUAL_GAIN = -1.0
_USUAL_DILATION = 3
_FILM = "video/mp4"


@attrs.frozen
class Conversion:
    """What a flat video is made into; names and meanings are the request's."""

    output: str
    size: tuple[int, int]
    gain: float = _USUAL_GAIN
    convergence: float | None = 0.0
    dilate_ratio: int = _USUAL_DILATION
    wraps: bool = False
    bitrate: int | None = None

    @classmethod
    def of(cls, body: Any) -> Conversion:
        """The conversion that a request asks for."""
        automatic = body.get("autoConvergence", False)
        return cls(
            body.get("outputType", "sbs"),
            (body["outputWidth"], body["outputHeight"]),
            body.get("gain", _USUAL_GAIN),
            None if automatic else body.get("convergence", 0.0),
            body.get("dilateRatio", _USUAL_DILATION),
            body.get("inputType") == "image360",
            round(body["bitrate"]) if body.get("bitrate", 0) >= 1 else None,
        )


def length_of(data: bytes) -> float:
    """How many seconds a video lasts.

    Raises:
        Unusable: It is no video, or does not say.
    """
    import av  # loads the codecs; most who use the sandbox need none

    with _opened(data) as container:
        if container.duration is None:
            raise Unusable("the video does not say how long it is")
        return container.duration / av.time_base


def convert(data: bytes, conversion: Conversion) -> tuple[bytes, str]:
    """The 3D video, or the depth, as a file, and its media type.

    EXR pictures come in a zip; `spatial` has a track for each eye. Both are assumed.

    Raises:
        Unusable: It is no video, or too long or too large a one.
    """
    width, height = conversion.size
    across, down = {"sbs": (2, 1), "tb": (1, 2)}.get(conversion.output, (1, 1))
    check_size((width * across, height * down))
    with _opened(data) as container:
        film = Film(_rate(container), conversion.bitrate)
        if conversion.output == "depth_exr":
            return _exr(_depth(picture, conversion) for picture in _pictures(container)), "application/zip"
        film.write(_moment(picture, conversion) for picture in _pictures(container))
    return film.data(), _FILM


def split(data: bytes, layout: str) -> tuple[bytes, str]:
    """A stereo video, `sbs` or `tb`, with a track for each eye, and its media type.

    Raises:
        Unusable: It is no video, or too long or too large a one.
    """
    with _opened(data) as container:
        film = Film(_rate(container))
        film.write(_halves(picture, layout) for picture in _pictures(container))
    return film.data(), _FILM


def _moment(picture: Image.Image, conversion: Conversion) -> list[Image.Image]:
    """The pictures of all tracks."""
    found = _depth(picture, conversion)
    if conversion.output == "depth":
        return [found.picture().convert("L").resize(conversion.size)]
    # Its usual value is negative, a picture's positive: so it counts the other way, which is assumed.
    gain = -conversion.gain
    scene = views.scene(picture, found, size=conversion.size, gain=gain, convergence=conversion.convergence)
    left, right = views.eyes(scene)
    if conversion.output == "spatial":
        return [left, right]
    joined = {"sbs": views.side_by_side, "tb": views.top_bottom, "anaglyph": views.anaglyph}[conversion.output]
    return [joined(left, right)]


def _depth(picture: Image.Image, conversion: Conversion) -> depth.Depth:
    # The ratio is a whole number here, and a share of the width for a picture: a thousandth each is assumed.
    found = depth.estimated(picture, dilation=conversion.dilate_ratio / 1000, wraps=conversion.wraps)
    return attrs.evolve(found, size=conversion.size)


def _halves(picture: Image.Image, layout: str) -> list[Image.Image]:
    width, height = picture.size
    if layout == "tb":
        return [picture.crop((0, 0, width, height // 2)), picture.crop((0, height // 2, width, height // 2 * 2))]
    return [picture.crop((0, 0, width // 2, height)), picture.crop((width // 2, 0, width // 2 * 2, height))]


def _exr(depths: Iterator[depth.Depth]) -> bytes:
    """A zip of pictures in floats, from 0, farthest, to 1."""
    import av

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for index, found in enumerate(depths):
            image = found.picture().point(lambda value: value * (1 / 255) + 0)
            frame = av.VideoFrame(image.width, image.height, "grayf32le")
            line, rows = frame.planes[0].line_size, image.tobytes()
            padding = bytes(line - 4 * image.width)
            frame.planes[0].update(
                b"".join(rows[at : at + 4 * image.width] + padding for at in range(0, len(rows), 4 * image.width))
            )
            encoder = av.CodecContext.create("exr", "w")
            encoder.width, encoder.height, encoder.pix_fmt = image.width, image.height, "grayf32le"
            encoder.time_base = Fraction(1, 25)
            frame.pts = 0
            packets = [*encoder.encode(frame), *encoder.encode(None)]
            archive.writestr(zipfile.ZipInfo(f"{index:06}.exr"), b"".join(bytes(packet) for packet in packets))
    return stream.getvalue()


@contextmanager
def _opened(data: bytes) -> Iterator[InputContainer]:
    import av
    from av.container import InputContainer
    from av.error import FFmpegError

    try:
        with av.open(io.BytesIO(data)) as container:
            assert isinstance(container, InputContainer)
            if not container.streams.video:
                raise Unusable("there is no video in it")
            yield container
    # FFmpeg's errors are of many classes, most of them no public ones.
    except (FFmpegError, ValueError, OSError) as error:
        raise Unusable("this is no video that can be read") from error


def _pictures(container: InputContainer) -> Iterator[Image.Image]:
    for index, frame in enumerate(container.decode(video=0)):
        if index >= _MOST_FRAMES:
            raise Unusable(f"more than {_MOST_FRAMES} frames are more than the sandbox makes")
        check_size((frame.width, frame.height))
        picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
        yield picture


def _rate(container: InputContainer) -> Fraction:
    return container.streams.video[0].average_rate or _USUAL_RATE
