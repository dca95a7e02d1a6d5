"""Where an upload's bytes come from: anything that can be read at any place, again and again, without a copy."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from safelight.errors import ConfigError, FileChanged, TransferError

CHUNK = 512 * 1024
"""Bytes read and sent at once, at the most: more leave the processor's cache before they are encrypted and sent, less
take more calls."""


class Reader:
    """An open file that can be read at any place, and that notices when it changes."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            ConfigError: It is missing, or no regular file.
            TransferError: It cannot be read.
        """
        self.path = path
        try:
            # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
            flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
            self._descriptor = os.open(path, flags)
        except (FileNotFoundError, ValueError) as error:
            raise ConfigError(f"{path} does not exist: check the path.") from error
        except OSError as error:
            raise TransferError(f"{path} cannot be read: {error.strerror or error}.") from error
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            self.close()
            raise ConfigError(f"{path} is not a regular file: save it to a file first.")
        self.size = status.st_size
        self.identity = identity(status)

    def check(self) -> None:
        """Raise `FileChanged` if the file was written to since it was opened."""
        if identity(os.fstat(self._descriptor)) != self.identity:
            raise changed(self.path)

    def chunks(self, offset: int, size: int, at_once: Callable[[], int] = lambda: CHUNK) -> Iterator[bytes]:
        """The bytes from `offset` on, `size` in all; raises `FileChanged` where there are less.

        Args:
            offset: Where to begin.
            size: How many.
            at_once: How many the next chunk may have at the most.
        """
        end = offset + size
        while offset < end:
            try:
                chunk = _read_at(self._descriptor, min(at_once(), end - offset), offset)
            except OSError as error:
                raise TransferError(f"{self.path} cannot be read: {error.strerror or error}.") from error
            if not chunk:
                raise changed(self.path)
            offset += len(chunk)
            yield chunk

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class FileSource(Reader):
    """One file to be sent."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            ConfigError: It is missing, no regular file, or empty.
            TransferError: It cannot be read.
        """
        super().__init__(path)
        if self.size == 0:
            self.close()
            raise ConfigError(f"{path} is empty: there is nothing to upload.")
        self.fingerprint = digest(path.name, self.identity)


def identity(status: os.stat_result) -> str:
    """What a write to a file, or another file in its place, changes."""
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"


def changed(path: Path) -> FileChanged:
    """The error that says that this file changed."""
    return FileChanged(
        f"{path} changed while, or since, it was being uploaded: the parts would not fit together. "
        "Upload it again with resume=False to start over."
    )


def digest(*facts: object) -> str:
    """A short name for a list of facts."""
    return hashlib.sha256("\0".join(map(str, facts)).encode("utf-8", "surrogateescape")).hexdigest()


if hasattr(os, "pread"):
    _read_at = os.pread
else:
    _seek_lock = threading.Lock()

    def _read_at(fd: int, length: int, offset: int, /) -> bytes:
        with _seek_lock:
            os.lseek(fd, offset, os.SEEK_SET)
            return os.read(fd, length)
