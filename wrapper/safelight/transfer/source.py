"""Where an upload's bytes come from: anything that can be read at any place, again and again, without a copy."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from safelight.errors import ConfigError, FileChanged, TransferError

CHUNK = 512 * 1024
"""Bytes read and sent at once: from 256 KiB to 1 MiB there is no difference, below and above it costs CPU."""


class Source(Protocol):
    """Bytes of a known length."""

    @property
    def path(self) -> Path:
        """The file or folder that the bytes come from."""
        ...

    @property
    def size(self) -> int:
        """How many bytes there are."""
        ...

    @property
    def fingerprint(self) -> str:
        """The same for as long as the bytes are the same."""
        ...

    def chunks(self, offset: int, size: int) -> Iterator[bytes]:
        """The bytes from `offset` on, in pieces; raises `FileChanged` where they are no longer those of the start."""
        ...

    def check(self) -> None:
        """Raise `FileChanged` if the bytes are no longer those of the start."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...


class FileSource:
    """One file."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            ConfigError: It is missing, no regular file, or empty.
            TransferError: It cannot be read.
        """
        self.path = path
        self._reader = Reader(path)
        try:
            if self._reader.size == 0:
                raise ConfigError(f"{path} is empty: there is nothing to upload.")
        except ConfigError:
            self.close()
            raise
        self.size = self._reader.size
        self.fingerprint = digest(path.name, self._reader.identity)

    def chunks(self, offset: int, size: int) -> Iterator[bytes]:
        """The bytes from `offset` on."""
        return self._reader.chunks(offset, size)

    def check(self) -> None:
        """Raise `FileChanged` if the file was written to since it was opened."""
        self._reader.check()

    def close(self) -> None:
        """Close the file."""
        self._reader.close()


class Reader:
    """An open file that notices when it changes."""

    def __init__(self, path: Path) -> None:
        """Open the file; the errors are those of `FileSource`."""
        self.path = path
        self._descriptor = -1
        try:
            # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
            flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
            self._descriptor = os.open(path, flags)
            status = os.fstat(self._descriptor)
        except FileNotFoundError as error:
            raise ConfigError(f"{path} does not exist: check the path.") from error
        except OSError as error:
            self.close()
            raise TransferError(f"{path} cannot be read: {error.strerror or error}.") from error
        if not stat.S_ISREG(status.st_mode):
            self.close()
            raise ConfigError(f"{path} is not a regular file: save it to a file first.")
        self.size = status.st_size
        self.identity = identity(status)

    def check(self) -> None:
        """Raise `FileChanged` if the file was written to since it was opened."""
        if identity(os.fstat(self._descriptor)) != self.identity:
            raise changed(self.path)

    def chunks(self, offset: int, size: int) -> Iterator[bytes]:
        """The bytes from `offset` on, `size` in all."""
        end = offset + size
        while offset < end:
            try:
                chunk = _read_at(self._descriptor, min(CHUNK, end - offset), offset)
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
    return hashlib.sha256("\0".join(map(str, facts)).encode()).hexdigest()


if hasattr(os, "pread"):
    _read_at = os.pread
else:
    _seek_lock = threading.Lock()

    def _read_at(fd: int, length: int, offset: int, /) -> bytes:
        with _seek_lock:
            os.lseek(fd, offset, os.SEEK_SET)
            return os.read(fd, length)
