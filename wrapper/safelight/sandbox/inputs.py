"""What was uploaded: is it usable, and which pictures are in it?

A video is not decoded: any bytes are taken for one.
"""

from __future__ import annotations

import io
import stat
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from PIL import Image, ImageOps

_MOST_ENTRIES = 50_000
_LARGEST_DIRECTORY = 300 * _MOST_ENTRIES
_MOST_BYTES = 200 * 1024**3
_MOST_BYTES_OF_AN_IMAGE = 512 * 1024**2
# Deflate reaches 1032 with nothing but zeros; photographs stay near 1.
_HIGHEST_RATIO = 200
_MOST_PIXELS = 100_000_000
_MORE_TRIES = 30
_IMAGES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


def problem_of(stream: BinaryIO | None, input_data_format: str) -> str | None:
    """The reason for which this input cannot be processed, or None.

    Args:
        stream: The whole input, or None where its bytes were discarded. It is closed.
        input_data_format: What the client said it is.
    """
    if stream is None:
        return None
    with stream:
        if input_data_format != "bulk-images":
            return None
        try:
            if not _can_be_listed(stream):
                return "INPUT_VALIDATION_FAILED"
            with zipfile.ZipFile(stream) as archive:
                if not _is_harmless(archive.infolist(), stream.seek(0, io.SEEK_END)):
                    return "INPUT_VALIDATION_FAILED"
                return None if next(pictures(archive, 1, (8, 8)), None) else "NOT_ENOUGH_FRAMES"
        except _BROKEN:
            return "INPUT_VALIDATION_FAILED"


def pictures(archive: zipfile.ZipFile, most: int, box: tuple[int, int]) -> Iterator[Image.Image]:
    """Up to `most` of the archive's pictures, spread evenly, upright, in RGB, shrunk to fit the box.

    Pictures that cannot be read are left out.
    """
    entries = sorted((entry for entry in archive.infolist() if _is_image(entry)), key=lambda entry: entry.filename)
    step = max(1, -(-len(entries) // most))
    chosen = [*entries[::step], *(entry for index, entry in enumerate(entries) if index % step)]
    given = 0
    # More than are wanted, for those which turn out to be unreadable; not all of a huge archive of them.
    for entry in chosen[: 2 * most + _MORE_TRIES]:
        if given == most:
            return
        if picture := _opened(archive, entry, box):
            given += 1
            yield picture


_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
)


def _opened(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, box: tuple[int, int]) -> Image.Image | None:
    try:
        with archive.open(entry) as stream, warnings.catch_warnings():
            # Pillow warns of pictures that may be bombs; here their pixels are counted instead.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(stream) as image:
                if image.width * image.height > _MOST_PIXELS:
                    return None
                image.draft("RGB", box)
                image.thumbnail(box)
                return ImageOps.exif_transpose(image).convert("RGB")
    except _BROKEN:
        return None


def _is_image(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    return (
        not entry.is_dir()
        and path.suffix.lower() in _IMAGES
        and not any(step.startswith((".", "__MACOSX")) for step in path.parts)
    )


def _can_be_listed(stream: BinaryIO) -> bool:
    """Whether an archive's directory is of a sane size: `zipfile` reads all of it, ten times as large in memory."""
    end = zipfile._EndRecData(stream)  # type: ignore[attr-defined]
    return end is not None and end[zipfile._ECD_SIZE] <= _LARGEST_DIRECTORY  # type: ignore[attr-defined]


def _is_harmless(entries: list[zipfile.ZipInfo], size: int) -> bool:
    """Whether nothing in the archive, which has `size` bytes, would hurt whoever unpacks it."""
    if sum(entry.compress_size for entry in entries) > size:
        return False  # the entries overlap
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
        return False
    return all(_entry_is_harmless(entry) for entry in entries)


def _entry_is_harmless(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename.replace("\\", "/")
    outside = name.startswith("/") or name[1:2] == ":" or ".." in name.split("/")
    link = stat.S_ISLNK(entry.external_attr >> 16)
    bomb = entry.file_size > _HIGHEST_RATIO * max(entry.compress_size, 1024)
    huge = _is_image(entry) and entry.file_size > _MOST_BYTES_OF_AN_IMAGE
    return not (outside or link or bomb or huge)
