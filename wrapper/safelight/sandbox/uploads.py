"""Multipart uploads: which parts have arrived, and what they make together."""

from __future__ import annotations

import hashlib
import io
import secrets
import threading
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import attrs

# Compared with what arrives, so that the holes of a sparse file stay holes.
_ZEROS = bytes(1 << 20)
_READ = 1 << 20


@attrs.frozen
class Part:
    """A part as it was last accepted.

    Attributes:
        number: From 1.
        size: Bytes.
        md5: Of its bytes, in hex: its ETag without the quotes.
        accepted: How many times this part was accepted.
        path: Where its bytes are, or None where they were discarded.
    """

    number: int
    size: int
    md5: str
    accepted: int
    path: Path | None = attrs.field(repr=False)


@attrs.define(slots=False)
class Upload:
    """One multipart upload.

    Attributes:
        id: The upload's id.
        path: The path of its object in the store.
        folder: Where its parts are kept.
        media_type: What its object is said to be, or empty.
        parts: The accepted parts by number.
        open: Whether parts are still taken.
    """

    id: str
    path: str
    folder: Path
    media_type: str = ""
    parts: dict[int, Part] = attrs.field(factory=dict)
    open: bool = True
    _lock: threading.Lock = attrs.field(factory=threading.Lock, repr=False, eq=False)

    @property
    def received(self) -> int:
        """Bytes in all accepted parts."""
        with self._lock:
            return sum(part.size for part in self.parts.values())

    @property
    def in_order(self) -> list[Part]:
        """The accepted parts by number."""
        with self._lock:
            return [self.parts[number] for number in sorted(self.parts)]

    def arriving(self) -> Path:
        """A new file for a part on its way."""
        return self.folder / f"arriving-{secrets.token_hex(8)}"

    def accept(self, number: int, size: int, md5: str, arrived: Path | None) -> None:
        """Take a whole part; one with the same number is replaced, as in S3."""
        path = None if arrived is None else self.folder / f"part-{number:05}"
        with self._lock:
            if arrived is not None and path is not None:
                arrived.replace(path)
            before = self.parts.get(number)
            self.parts[number] = Part(number, size, md5, 1 if before is None else before.accepted + 1, path)

    def digest(self, name: str) -> str | None:
        """A digest of the whole input in hex, or None where its bytes were discarded."""
        stream = self.stream()
        if stream is None:
            return None
        with stream:
            return hashlib.file_digest(cast("Any", stream), name).hexdigest()

    def stream(self) -> BinaryIO | None:
        """The whole input as one seekable file, or None where its bytes were discarded."""
        paths = [part.path for part in self.in_order]
        if any(path is None for path in paths):
            return None
        return io.BufferedReader(_Joined([path for path in paths if path is not None]), _READ)


class PartWriter:
    """Writes the bytes of one part as they come, and hashes them.

    Args:
        path: Where to; None keeps nothing but size and digest.
        sha256: Whether to take this digest, too.
    """

    def __init__(self, path: Path | None, *, sha256: bool = False) -> None:
        self.path = path
        self.size = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256() if sha256 else None
        self._file = None if path is None else path.open("wb", buffering=0)

    @property
    def md5(self) -> str:
        """The digest so far, in hex."""
        return self._md5.hexdigest()

    @property
    def sha256(self) -> str | None:
        """The digest so far, in hex, if it is taken."""
        return None if self._sha256 is None else self._sha256.hexdigest()

    def write(self, chunks: Iterable[bytes]) -> None:
        """Take the next bytes."""
        for chunk in chunks:
            self._write(chunk)

    def close(self) -> None:
        """End the file, holes at its end included."""
        if self._file is not None:
            self._file.truncate(self.size)
            self._file.close()

    def discard(self) -> None:
        """Drop what was written."""
        if self._file is not None and self.path is not None:
            self._file.close()
            self.path.unlink(missing_ok=True)

    def _write(self, data: bytes) -> None:
        self._md5.update(data)
        if self._sha256 is not None:
            self._sha256.update(data)
        self.size += len(data)
        if self._file is None:
            return
        if len(data) <= len(_ZEROS) and _ZEROS.startswith(data):
            self._file.seek(len(data), io.SEEK_CUR)
        else:
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]


class _Joined(io.RawIOBase):
    """Several files, one behind the other, as one."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._starts = [0]
        for path in paths:
            self._starts.append(self._starts[-1] + path.stat().st_size)
        self._at = 0
        self._index = -1
        self._file: io.FileIO | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._starts[-1]}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._starts[-1]:
            return 0
        index = self._index_at(self._at)
        if self._file is None or index != self._index:
            self._close_file()
            self._file, self._index = io.FileIO(self._paths[index]), index
        self._file.seek(self._at - self._starts[index])
        count = self._file.readinto(buffer) or 0
        self._at += count
        return count

    def close(self) -> None:
        self._close_file()
        super().close()

    def _index_at(self, position: int) -> int:
        # The last of several parts that start here: those before it are empty.
        return bisect_right(self._starts, position, hi=len(self._paths)) - 1

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
