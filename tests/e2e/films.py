"""Short films for tests."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
from PIL import Image


def film(path: Path, *, seconds: int = 1, width: int = 64, height: int = 48, fps: int = 10) -> Path:
    """An MP4 of so many seconds, in which it gets brighter."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(fps))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(seconds * fps):
            picture = Image.new("RGB", (width, height), (number * 255 // (seconds * fps),) * 3)
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())
    return path
