"""Pictures from and to bytes, of bounded size."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageOps, PngImagePlugin

NOTE = "made by the safelight sandbox; the real service does this far better"
MOST_PIXELS = 64_000_000
_LONGEST_SIDE = 16_384
_TABLE_16_TO_8 = [value >> 8 for value in range(1 << 16)]


class Unusable(Exception):
    """Nothing can be made of an input, or not what is asked for; the message is for whoever sent it."""


def opened(data: bytes, formats: tuple[str, ...] | None = None) -> tuple[Image.Image, str]:
    """A whole picture as it is, but upright, and the name of its format.

    Args:
        data: Its file.
        formats: Pillow's names of those that are taken; any if not given.

    Raises:
        Unusable: It is no picture, or too large a one.
    """
    try:
        with Image.open(io.BytesIO(data), formats=formats) as image:
            check_size(image.size)
            upright = ImageOps.exif_transpose(image)
            upright.load()
            return upright, image.format or ""
    except Unusable:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Unusable("the picture has too many pixels") from error
    # Pillow's readers raise whatever a broken file makes them stumble over.
    except Exception as error:
        raise Unusable("this is no picture that can be read") from error


def check_size(size: tuple[int, int]) -> None:
    """Refuse what would take too long to make, or not fit into a file.

    Raises:
        Unusable: It is too large.
    """
    if max(size) > _LONGEST_SIDE or size[0] * size[1] > MOST_PIXELS:
        raise Unusable(f"{size[0]} x {size[1]} pixels are more than the sandbox makes")


def in_colour(image: Image.Image) -> Image.Image:
    """In RGB; what is transparent becomes white."""
    if image.mode == "RGB":
        return image
    if image.mode.startswith(("I", "F")):
        return in_grey(image).convert("RGB")
    if image.has_transparency_data:
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def in_grey(image: Image.Image) -> Image.Image:
    """In eight bits of grey, of 16 the upper ones."""
    if image.mode.startswith("I"):
        return image.convert("I").point(_TABLE_16_TO_8, "L")
    return image.convert("L")


def fitted(size: tuple[int, int], width: int | None, height: int | None) -> tuple[int, int]:
    """The largest size with this one's aspect ratio that is neither wider nor higher than asked for."""
    if width is None and height is None:
        return size
    factors = [asked / own for asked, own in zip((width, height), size, strict=True) if asked is not None]
    factor = min(factors)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def as_jpeg(image: Image.Image, quality: int = 92, **options: Any) -> bytes:
    """A JPEG file that says where it is from."""
    return _saved(in_colour(image), "JPEG", quality=quality, comment=NOTE, **options)


def as_png(image: Image.Image, **options: Any) -> bytes:
    """A PNG file that says where it is from."""
    facts = PngImagePlugin.PngInfo()
    facts.add_text("Comment", NOTE)
    return _saved(image, "PNG", pnginfo=facts, compress_level=1, **options)


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()
