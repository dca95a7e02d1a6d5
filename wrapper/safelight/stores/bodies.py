"""What is put into a store: a file, bytes, or a file object, read once and never whole."""

from __future__ import annotations

import io
import mimetypes
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from safelight.bridge import Stop, Stopped
from safelight.errors import ConfigError, FileChanged, TransferError
from safelight.transfer.source import CHUNK, FileSource

Putable = str | os.PathLike[str] | bytes | BinaryIO
"""What can be put into a store: a path, bytes, or a file object that is open for reading in binary mode."""


class Body:
    """The bytes of one object.

    Attributes:
        size: How many there are, or None where only reading tells.
        sent: How many were read so far.
        suffix: The suffix of the file's name, such as `.jpg`, or nothing.
        error: What ended the reading, where it was not the end.
    """

    def __init__(self, file: Putable) -> None:
        """Open a file, or take what is open.

        Raises:
            ConfigError: It is missing or empty, or nothing that can be put.
            TransferError: It cannot be read.
        """
        self.sent = 0
        self.error: BaseException | None = None
        self.size: int | None
        self._source: FileSource | None = None
        self._read: Callable[[], Iterator[bytes]]
        if isinstance(file, bytes):
            self.size, self.suffix = len(file), ""
            self._read = lambda: (file[start : start + CHUNK] for start in range(0, len(file), CHUNK))
        elif isinstance(file, str | os.PathLike):
            path = Path(file)
            self._source = source = FileSource(path)
            self.size, self.suffix = source.size, path.suffix.lower()
            self._read = lambda: source.chunks(0, source.size)
        elif isinstance(file, io.TextIOBase):
            raise ConfigError("the file object gives text: open the file in binary mode.")
        elif hasattr(file, "read"):
            self.size, self.suffix = _rest_of(file), _suffix_of(file)
            self._read = lambda: _chunks_of(file)
        else:
            raise ConfigError(
                f"{type(file).__name__} cannot be put: give a path, bytes, or a file opened in binary mode."
            )
        if self.size == 0:
            raise _empty()

    def pieces(self, stop: Stop, report: Callable[[int], object]) -> Iterator[bytes]:
        """The bytes, once; an error in between is kept in `error`, too.

        Args:
            stop: Ends it when it is set.
            report: Is told how many bytes were handed out so far.

        Raises:
            ConfigError: The file object is at its end, or is one of text.
            FileChanged: The file became shorter.
            TransferError: It cannot be read.
            Stopped: `stop` was set.
        """
        try:
            for piece in self._read():
                if stop.is_set():
                    raise Stopped
                self.sent += len(piece)
                yield piece
                report(self.sent)
            if not self.sent:
                raise _empty()
        except FileChanged:
            self.error = self._changed()
            raise self.error from None
        except GeneratorExit:  # nobody wants more
            raise
        except BaseException as error:
            self.error = error
            raise

    def check(self) -> None:
        """Raise `FileChanged` if the file was written to since it was opened."""
        try:
            if self._source is not None:
                self._source.check()
        except FileChanged:
            raise self._changed() from None

    def close(self) -> None:
        """Close what was opened here; a file object that was given stays open."""
        if self._source is not None:
            self._source.close()

    def _changed(self) -> FileChanged:
        assert self._source is not None
        return FileChanged(f"{self._source.path} changed while it was being put: put it again once it is complete.")


def content_type(name: str) -> str | None:
    """The media type of an object, told by the suffix of its name."""
    return mimetypes.guess_type(name, strict=False)[0]


def _empty() -> ConfigError:
    return ConfigError("the file is empty, or read to its end: there is nothing to put. Does it need a seek(0)?")


def _rest_of(file: BinaryIO) -> int | None:
    try:
        here = file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(here)
    except (AttributeError, OSError, ValueError):
        return None
    return end - here


def _suffix_of(file: BinaryIO) -> str:
    name = getattr(file, "name", None)
    return Path(name).suffix.lower() if isinstance(name, str) else ""


def _chunks_of(file: BinaryIO) -> Iterator[bytes]:
    while True:
        try:
            chunk = file.read(CHUNK)
        except (OSError, ValueError) as error:
            raise TransferError(f"the file object cannot be read: {error}.") from error
        if not isinstance(chunk, bytes):
            raise ConfigError("the file object gives no bytes: open the file in binary mode.")
        if not chunk:
            return
        yield chunk
