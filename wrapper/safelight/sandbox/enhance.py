"""Enhancing a picture: a real resize, and plain filters where the service has neural networks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import attrs
from PIL import Image, ImageFilter, ImageOps, ImageStat

from safelight.sandbox.pictures import as_jpeg, as_png, check_size, fitted, in_colour, opened

PRESETS = frozenset({"preset/marketplace", "preset/print", "preset/realestate"})

_USUAL_QUALITY = 85
_EXTENSIONS = {"JPEG": "jpg", "TIFF": "tif", "PNG": "png", "BMP": "bmp", "WEBP": "webp"}
# Telephones write JPEGs of several pictures, which Pillow calls MPO.
_TAKEN = (*_EXTENSIONS, "MPO")


@attrs.frozen
class Picture:
    """A picture's file.

    Attributes:
        data: The file.
        format: `JPEG`, `TIFF`, `PNG`, `BMP` or `WEBP`.
        size: Width and height in pixels.
    """

    data: bytes = attrs.field(repr=False)
    format: str
    size: tuple[int, int]

    @property
    def extension(self) -> str:
        """How names of such files end."""
        return _EXTENSIONS[self.format]

    @property
    def media_type(self) -> str:
        """The media type."""
        return f"image/{self.format.lower()}"

    def as_json(self, filename: str) -> dict[str, Any]:
        """What the service tells of every picture."""
        return {
            "ext": self.extension,
            "mps": round(self.size[0] * self.size[1] / 1e6, 2),
            "mime": self.media_type,
            "size": list(self.size),
            "width": self.size[0],
            "format": self.format,
            "height": self.size[1],
            "basename": PurePosixPath(filename).stem,
            "filename": filename,
        }


def enhance(data: bytes, operations: Sequence[Mapping[str, Any]]) -> tuple[Picture, Picture]:
    """The picture before and after.

    Args:
        data: Its file.
        operations: The pipeline's, which are done one after another.

    Raises:
        Unusable: It is no picture of a format that is taken, or the result would be too large.
    """
    image, kind = opened(data, _TAKEN)
    before = Picture(data, "JPEG" if kind == "MPO" else kind, image.size)
    profile = image.info.get("icc_profile")
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    work = image.convert("RGB") if alpha is not None else in_colour(image)
    wanted: dict[str, Any] = {}
    for operation in operations:
        work = _one(work, operation)
        wanted |= {name: operation[name] for name in ("image_format", "quality", "dpi") if name in operation}
    if alpha is not None:
        work.putalpha(alpha.resize(work.size, Image.Resampling.LANCZOS))
    options: dict[str, Any] = {"icc_profile": profile} if profile and image.mode.startswith("RGB") else {}
    if "dpi" in wanted:
        options["dpi"] = (wanted["dpi"], wanted["dpi"])
    if wanted.get("image_format", "JPEG") == "PNG":
        return before, Picture(as_png(work, **options), "PNG", work.size)
    quality = wanted.get("quality", _USUAL_QUALITY)
    return before, Picture(as_jpeg(work, quality, **options), "JPEG", work.size)


def name_of(url: str, picture: Picture) -> str:
    """What the file behind a URL is called."""
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    return name if PurePosixPath(name).suffix else f"{name or 'image'}.{picture.extension}"


def _one(image: Image.Image, operation: Mapping[str, Any]) -> Image.Image:
    level = operation.get("restoration_level", 0)
    if level:
        # What compression left behind is smoothed away before the picture grows.
        image = Image.blend(image, image.filter(ImageFilter.SMOOTH), level / 20)
    size = fitted(image.size, operation.get("width"), operation.get("height"))
    check_size(size)
    if size != image.size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    if level:
        image = image.filter(ImageFilter.UnsharpMask(radius=2, percent=15 * level, threshold=2))
    if light := operation.get("lightai_intensity"):
        image = Image.blend(image, _lit(image), light)
    if tone := operation.get("toneai_intensity"):
        image = Image.blend(image, ImageOps.equalize(image), tone / 2)
    return image


def _lit(image: Image.Image) -> Image.Image:
    """As bright as most pictures, and using all of the range."""
    mean = ImageStat.Stat(image.convert("L")).mean[0] / 255
    gamma = min(2.0, max(0.5, math.log(0.46) / math.log(min(0.98, max(0.02, mean)))))
    curve = [round(255 * (value / 255) ** gamma) for value in range(256)]
    return ImageOps.autocontrast(image.point(curve * 3), cutoff=0.5, preserve_tone=True)
