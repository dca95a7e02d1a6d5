"""A picture that is to be analysed: checked before anything is sent, without decoding all of it or copying it."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from safelight.errors import ConfigError, TransferError
from safelight.formats import HEAD, format_of
from safelight.transfer.source import CHUNK, FileSource

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

Picture = str | os.PathLike[str] | bytes | BinaryIO
"""What can be given as a picture: a path, bytes, or a file that is open for reading in binary mode."""

LARGEST_PHOTO = 31_457_280
"""Bytes (seed 004, "Image requirements": 30MB; its `X-Goog-Content-Length-Range` says the same)."""

SHORTEST_SIDE = 256
"""Pixels (seed 004, "Image requirements")."""

_MOST_PIXELS_DECODED = 100_000_000
_MOST_PIXELS_PROGRESSIVE = 25_000_000
_MOST_SCANS = 100
_START_OF_SCAN, _END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"
_TAIL = 8 * 1024 * 1024
"""Bytes at a JPEG's end in which its picture ends: phones put films after it."""

_EXIF_ORIENTATION = 0x0112
UPRIGHT = 1
"""The EXIF orientation of a picture whose pixels are stored as they are looked at."""


class Photo:
    """A picture that Haut.AI takes.

    Attributes:
        name: What it is called in messages.
        size: Bytes.
        width: Pixels, as they are stored.
        height: Pixels, as they are stored.
        orientation: By EXIF, from 1 (upright) to 8: how the pixels have to be turned to be looked at.
    """

    def __init__(self, given: Picture, name: str) -> None:
        """Open and check a picture.

        Args:
            given: The picture.
            name: What it is called where it is no path.

        Raises:
            ConfigError: It is missing, or none, or does not fit the service's rules.
            TransferError: It cannot be read.
        """
        self._source: FileSource | None = None
        self._data = b""
        if isinstance(given, str | os.PathLike):
            self.name = os.fspath(given)
            self._source = FileSource(Path(given))
            self.size = self._source.size
        else:
            self.name = name
            self._data = given if isinstance(given, bytes) else _read(given, name)
            self.size = len(self._data)
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def _check(self) -> None:
        if not self.size:
            raise ConfigError(f"{self.name} is empty, or read to its end: does it need a seek(0)?")
        if self.size > LARGEST_PHOTO:
            raise ConfigError(
                f"{self.name} has more than {LARGEST_PHOTO} bytes, which is what Haut.AI takes at most. "
                "Save it smaller; 3 to 5 MB are best."
            )
        with Path(self.name).open("rb") if self._source else io.BytesIO(self._data) as file:
            (self.width, self.height), self.orientation = _facts(file, self.name)
        if min(self.width, self.height) < SHORTEST_SIDE:
            raise ConfigError(
                f"{self.name} has {self.width}x{self.height} pixels: "
                f"Haut.AI takes {SHORTEST_SIDE}x{SHORTEST_SIDE} and more. Take a larger picture."
            )

    def chunks(self) -> Iterator[bytes]:
        """All of its bytes.

        Raises:
            FileChanged: The file became shorter.
            TransferError: It cannot be read.
        """
        if self._source:
            return self._source.chunks(0, self.size)
        return (self._data[start : start + CHUNK] for start in range(0, self.size, CHUNK))

    def check(self) -> None:
        """Raise `FileChanged` if the file was written to since it was opened."""
        if self._source:
            self._source.check()

    def close(self) -> None:
        """Close the file, if it was opened here."""
        if self._source:
            self._source.close()


def _read(file: BinaryIO, name: str) -> bytes:
    """The rest of a file object, up to one byte more than the service takes."""
    try:
        data = file.read(LARGEST_PHOTO + 1)
    except AttributeError as error:
        raise ConfigError(
            f"{name} is a {type(file).__name__}: give a path, bytes, or a file opened in binary mode."
        ) from error
    except (OSError, ValueError) as error:
        raise TransferError(f"{name} cannot be read: {error}.") from error
    if not isinstance(data, bytes):
        raise ConfigError(f"{name} gives no bytes: open the file in binary mode.")
    return data


def _facts(file: BinaryIO, name: str) -> tuple[tuple[int, int], int]:
    """The pixels and the EXIF orientation of a picture; no document says which formats the service takes.

    Raises:
        ConfigError: It is none, or damaged, or Pillow is missing.
    """
    try:
        from PIL import JpegImagePlugin, PngImagePlugin, WebPImagePlugin
    except ModuleNotFoundError as error:
        raise ConfigError("Pictures of faces are checked by Pillow: pip install 'safelight[haut]'") from error

    # Not by Image.open, which warns of sizes that this never decodes.
    kinds: dict[str, type[ImageFile]] = {
        "JPEG": JpegImagePlugin.JpegImageFile,
        "PNG": PngImagePlugin.PngImageFile,
        "WEBP": WebPImagePlugin.WebPImageFile,  # which looks through the file when it is opened
    }
    kind = format_of(file.read(HEAD))
    file.seek(0)
    if kind not in kinds:
        raise ConfigError(f"{name} is {kind or 'of an unknown format'}: save it as {', '.join(kinds)}.")
    try:
        with kinds[kind](file) as image:
            size, orientation = image.size, _orientation(image.info.get("exif") or b"")
            if kind == "JPEG" and _is_cheap(image, file):
                image.draft("L", (1, 1))  # an eighth of the pixels each way, which only a whole file has
                image.load()
            elif kind == "JPEG":
                length = file.seek(0, os.SEEK_END)
                file.seek(max(0, length - _TAIL))
                if _END_OF_IMAGE not in file.read():
                    raise OSError("its end is missing")
            elif kind == "PNG":
                image.verify()  # the checksums of all its parts
    except Exception as error:  # a decoder that meets what it never expected may raise anything
        raise ConfigError(f"{name} is damaged ({type(error).__name__}: {error}): save it anew.") from error
    return size, orientation


def _is_cheap(image: ImageFile, file: BinaryIO) -> bool:
    """Whether a JPEG can be decoded in little memory and time; a progressive one is held whole, and worked through for
    each of its scans, however small it is to become.
    """
    pixels = image.width * image.height
    if "progressive" not in image.info:
        return pixels <= _MOST_PIXELS_DECODED
    here = file.tell()
    file.seek(0)
    scans = sum(chunk.count(_START_OF_SCAN) for chunk in iter(lambda: file.read(CHUNK), b""))
    file.seek(here)
    return pixels <= _MOST_PIXELS_PROGRESSIVE and scans <= _MOST_SCANS


def _orientation(raw: bytes) -> int:
    from PIL.Image import Exif

    exif = Exif()
    with contextlib.suppress(Exception):  # a damaged EXIF block hides only the orientation
        exif.load(raw)
        found = exif.get(_EXIF_ORIENTATION)
        if isinstance(found, int) and 1 <= found <= 8:
            return found
    return UPRIGHT
