"""Writing MP4: one or several tracks of pictures."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from PIL import Image

from safelight.sandbox.pictures import NOTE

if TYPE_CHECKING:
    import av
    from av.container import OutputContainer


class Film:
    """An MP4 file in the making.

    Args:
        fps: Frames a second.
        bitrate: Bits a second; by quality if not given.
    """

    def __init__(self, fps: int | Fraction, bitrate: int | None = None) -> None:
        self._fps = Fraction(fps).limit_denominator(90_000)
        self._bitrate = bitrate
        self._stream = io.BytesIO()

    def write(self, moments: Iterable[Sequence[Image.Image]]) -> None:
        """Write all moments, each with one picture for every track. Sides become even, as the codec wants them."""
        import av  # loads the codecs; most who use the sandbox need none

        with av.open(self._stream, "w", format="mp4") as container:
            container.metadata["comment"] = NOTE
            tracks: list[av.VideoStream] = []
            for moment in moments:
                tracks = tracks or [self._track(container, picture.size) for picture in moment]
                for track, picture in zip(tracks, moment, strict=True):
                    even = picture.crop((0, 0, track.width, track.height)).convert("RGB")
                    container.mux(track.encode(_from_image(even)))
            for track in tracks:
                container.mux(track.encode(None))

    def data(self) -> bytes:
        """The file."""
        return self._stream.getvalue()

    def _track(self, container: OutputContainer, size: tuple[int, int]) -> av.VideoStream:
        import av

        # Not every build of FFmpeg has the better encoder.
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        options = {"preset": "ultrafast"} if codec == "libx264" else {}
        track = container.add_stream(codec, rate=self._fps, options=options)
        assert isinstance(track, av.VideoStream)
        track.width, track.height = (max(2, length // 2 * 2) for length in size)
        track.pix_fmt = "yuv420p"
        if self._bitrate:
            track.bit_rate = self._bitrate
        return track


def _from_image(picture: Image.Image) -> av.VideoFrame:
    import av

    convert: Any = av.VideoFrame.from_image  # it has no types
    frame: av.VideoFrame = convert(picture)
    return frame
