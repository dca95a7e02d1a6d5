"""A folder of images as one zip that is never written anywhere."""

from __future__ import annotations

import bisect
import io
import logging
import os
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs

from safelight.errors import ConfigError, TransferError
from safelight.transfer.source import CHUNK, Reader, changed, digest

logger = logging.getLogger("safelight")

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".heic", ".heif", ".dng", ".avif", ".jxl"}
)
_EARLIEST, _LATEST = 315_532_800, 4_354_819_199  # zip knows the years from 1980 to 2107
_MOST_NAMED = 5


@attrs.frozen
class _Segment:
    """A stretch of the zip: bytes of its own, or a whole file."""

    offset: int
    size: int
    content: bytes | Path
    identity: str = ""


class FolderSource:
    """The images of a folder and of its folders, as a zip (stored, not compressed: images do not get smaller).

    The images are read once before anything is sent, for the checksums that a zip's headers hold; from then on the
    zip's bytes are known everywhere, and any part of it can be read, and read again, from the images themselves.
    """

    def __init__(self, path: Path, on_read: Callable[[int, int], object] | None = None) -> None:
        """Read the folder through.

        Args:
            path: The folder.
            on_read: Is told how many bytes of how many have been read.

        Raises:
            ConfigError: The folder holds no images.
            TransferError: An image cannot be read.
        """
        self.path = path
        images = _images(path)
        if not images:
            raise ConfigError(f"{path} holds no images (looked for {', '.join(sorted(IMAGE_SUFFIXES))}).")
        layout = _Layout()
        total, done = sum(image.stat().st_size for image in images), 0
        # zipfile decides everything about the format; the layout only notes where it puts what.
        with zipfile.ZipFile(layout, "w", zipfile.ZIP_STORED) as archive:
            for image in images:
                reader = Reader(image)
                try:
                    with archive.open(_entry(path, image, reader.size), "w") as entry:
                        layout.begin_file(reader)
                        for chunk in reader.chunks(0, reader.size):
                            entry.write(chunk)
                            done += len(chunk)
                            if on_read:
                                on_read(done, total)
                        layout.end_file()
                    reader.check()
                finally:
                    reader.close()
        self._segments = layout.segments()
        self._offsets = [segment.offset for segment in self._segments]
        self.size = layout.size
        self.fingerprint = digest(*(segment.identity or segment.content for segment in self._segments))

    def chunks(self, offset: int, size: int, at_once: Callable[[], int] = lambda: CHUNK) -> Iterator[bytes]:
        """The zip's bytes from `offset` on, `size` in all, of which the next chunk has `at_once()` at the most."""
        end = offset + size
        index = bisect.bisect_right(self._offsets, offset) - 1
        while offset < end:
            segment = self._segments[index]
            start, stop = offset - segment.offset, min(end - segment.offset, segment.size)
            if isinstance(segment.content, bytes):
                yield segment.content[start:stop]
            else:
                yield from _slice(segment.content, segment.identity, start, stop - start, at_once)
            offset = segment.offset + stop
            index += 1

    def check(self) -> None:
        """Do nothing: each image is checked whenever it is read."""

    def close(self) -> None:
        """Do nothing: images are open only while they are read."""


def is_folder(path: Path) -> bool:
    """Whether the path is a folder; one that cannot be is none."""
    return os.path.isdir(path)  # noqa: PTH112 - pathlib's own raises for what cannot be a path


class _Layout(io.RawIOBase):
    """A file that remembers what was written to it where, but of images only their place."""

    def __init__(self) -> None:
        super().__init__()
        self._own: dict[int, bytes] = {}
        self._files: list[_Segment] = []
        self._inside_file = False
        self._position = 0
        self.size = 0

    def begin_file(self, reader: Reader) -> None:
        """What is written from here on is this image."""
        self._inside_file = True
        self._files.append(_Segment(self._position, 0, reader.path, reader.identity))

    def end_file(self) -> None:
        """What is written from here on is the zip's own."""
        self._inside_file = False

    def segments(self) -> list[_Segment]:
        """The whole zip, in order."""
        own = [_Segment(offset, len(content), content) for offset, content in self._own.items()]
        files = [segment for segment in self._files if segment.size]
        return sorted([*own, *files], key=lambda segment: segment.offset)

    def write(self, data: Any, /) -> int:
        size = len(data)
        if self._inside_file:
            self._files[-1] = attrs.evolve(self._files[-1], size=self._files[-1].size + size)
        elif size:
            self._own[self._position] = bytes(data)  # a header comes twice: again when its checksum is known
        self._position += size
        self.size = max(self.size, self._position)
        return size

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True


def _entry(folder: Path, image: Path, size: int) -> zipfile.ZipInfo:
    seconds = min(max(image.stat().st_mtime, _EARLIEST), _LATEST)
    modified = datetime.fromtimestamp(seconds, UTC).timetuple()[:6]  # not local: the zip must not change with the zone
    # Who unpacks it may take a backslash for the end of a folder's name, and a name may be no text at all.
    name = image.relative_to(folder).as_posix().replace("\\", "-").encode("utf-8", "xmlcharrefreplace").decode()
    entry = zipfile.ZipInfo(name, modified)
    entry.file_size = size  # decides whether the entry needs 64-bit sizes
    entry.external_attr = 0o644 << 16
    return entry


def _slice(path: Path, known: str, offset: int, size: int, at_once: Callable[[], int]) -> Iterator[bytes]:
    try:
        reader = Reader(path)
    except ConfigError as error:
        raise changed(path) from error
    try:
        if reader.identity != known:
            raise changed(path)
        yield from reader.chunks(offset, size, at_once)
        reader.check()
    finally:
        reader.close()


def _images(folder: Path) -> list[Path]:
    """The folder's images, sorted; what is left out is logged."""
    images: list[Path] = []
    left_out: dict[str, list[str]] = {}
    root = folder.resolve()
    for parent, folders, files in os.walk(folder, onerror=_unreadable):
        for name in sorted(folders):
            if reason := _why_not_folder(Path(parent, name)):
                folders.remove(name)
                left_out.setdefault(reason, []).append(name)
        folders.sort()
        for name in sorted(files):
            path = Path(parent, name)
            if reason := _why_not(path, root):
                left_out.setdefault(reason, []).append(str(path.relative_to(folder)))
            else:
                images.append(path)
    for reason, names in left_out.items():
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        logger.warning("left out of the upload, because %s: %s%s", reason, ", ".join(names[:_MOST_NAMED]), more)
    return images


def _unreadable(error: OSError) -> None:
    raise TransferError(f"{error.filename} cannot be read: {error.strerror or error}.") from error


def _why_not_folder(path: Path) -> str | None:
    if path.name.startswith("."):
        return "hidden"
    return "a link to a folder" if path.is_symlink() else None


def _why_not(path: Path, root: Path) -> str | None:
    if path.name.startswith("."):
        return "hidden"
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return "not an image"
    if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
        return "a link that leads outside the folder"
    return None if path.is_file() else "not a regular file"
