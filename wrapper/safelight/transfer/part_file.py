"""The file that a download grows in: what of it is there is known after `kill -9`, too, in another process."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from safelight.bridge import Stop, Stopped
from safelight.errors import TransferError
from safelight.transfer.places import opened
from safelight.transfer.progress import human_bytes
from safelight.transfer.spans import ENDLESS, Span, Spans

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_CHUNK = 1024 * 1024
_LOOK_EVERY, SPARE = 64 * 1024 * 1024, 256 * 1024 * 1024
"""Of a file whose size nobody told: after how many bytes the disk is looked at, and how much has to stay free there."""
_NOTED = re.compile(r"[^\n\x80-\xff]+(\n\d{1,18}(\n\d{1,18}-\d{1,18})*)?", re.ASCII)
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class PartFile:
    """`NAME.part`, which gets the name `NAME` when it is whole, and `NAME.part.etag`, which tells what is in it.

    The latter's first line is the ETag of the object: only the same can be gone on with. As long as bytes come in
    order, the part file's length says how many there are. Else the second line is the object's size, and each line
    after it a span that is missing, such as `1000-2000` for the 1000 bytes from place 1000 on; these lines may lag
    behind what is there, and never say more than is on the disk.

    Attributes:
        target: The name that it gets.
        spans: What is still to come.
        md5: What the whole file's has to be, in hex, where the store tells.
        error: What the disk refused, once it did.
    """

    def __init__(self, target: Path) -> None:
        """Open the part file, and go on from what an earlier process left, if it can be told what that was.

        Raises:
            TransferError: The disk refuses, or another download writes to the same file.
        """
        self.target = target
        self.md5: str | None = None
        self.error: TransferError | None = None
        self._path = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.etag")
        self._new_note = target.with_name(target.name + ".part.new")
        self._noting = threading.Lock()
        self._digest, self._digested = hashlib.md5(usedforsecurity=False), 0
        self._looked_at = 0
        self._file = self._open()
        try:
            with self.disk():
                self.spans = self._left()
        except BaseException:
            self._file.close()
            raise

    def _open(self) -> BinaryIO:
        """The part file, locked: two that write to it would mix their bytes."""
        with self.disk():
            file = opened(self._path, os.O_RDWR)
            try:
                _lock(file)
                if os.path.samestat(os.fstat(file.fileno()), self._path.stat()):
                    return file
            except (BlockingIOError, PermissionError, FileNotFoundError):
                pass  # another has it locked, or has just given it its final name
            file.close()
        raise TransferError(f"{self._path} is being written by another download: wait for it, or choose another name.")

    def _left(self) -> Spans:
        size = os.fstat(self._file.fileno()).st_size
        note = self._note.read_text("latin-1") if self._note.exists() else ""
        etag, *rest = note.split("\n")
        if _NOTED.fullmatch(note) and not rest:
            return Spans(etag, [(size, ENDLESS)], None)
        if _NOTED.fullmatch(note):
            total, pairs = int(rest[0]), [line.partition("-") for line in rest[1:]]
            missing = [(int(at), int(end)) for at, _, end in pairs if int(at) != int(end)]
            places = [0, *(place for pair in missing for place in pair), total]
            last = missing[-1][0] if missing and missing[-1][1] == total else total
            if places == sorted(places) and total and size >= last:
                # The store is asked for a byte at least: it may have another version by now, and tells its MD5.
                spans = Spans(etag, missing or [(total - 1, total)], total)
                spans.are_shared = True
                return spans
        os.ftruncate(self._file.fileno(), 0)
        return Spans("", [(0, ENDLESS)], None)

    @contextlib.contextmanager
    def disk(self) -> Iterator[None]:
        """Tells the disk's errors; those of the caller's own callback are none."""
        try:
            yield
        except OSError as error:
            raise self._told(error) from error

    def _told(self, error: OSError) -> TransferError:
        if self.error:
            return self.error
        if error.errno in _DISK_FULL:
            for leftover in (self._path, self._note, self._new_note):
                with contextlib.suppress(OSError):
                    leftover.unlink(missing_ok=True)
        choose = "Free some space, or choose" if error.errno in _DISK_FULL else "Choose"
        self.error = TransferError(
            f"{self.target} cannot be written: {error.strerror or error}. "
            f"{choose} another place, then download it again."
        )
        return self.error

    def restart(self, etag: str, total: int | None) -> Span:
        """Throw away what is there, and begin with this version of the object; the claim of all of it."""
        self.spans.close()
        self.spans.settle()
        end = ENDLESS if total is None else total
        with self._noting, self.disk():
            if self._file.closed:
                raise Stopped
            # First what tells of them, then the bytes: a process may die in between.
            self._note.unlink(missing_ok=True)
            os.ftruncate(self._file.fileno(), 0)
            if etag:
                self._write_note(etag)
            self._digest, self._digested, self._looked_at = hashlib.md5(usedforsecurity=False), 0, 0
            spans = Spans(etag, [(0, end)], total)
            span = spans.claim(is_first=True)
            assert span is not None  # it is claimed before the others see it
            self.spans = spans
        return span

    def reset(self) -> None:
        """Throw away what is there: nothing is known of the object."""
        span = self.restart("", None)
        self.spans.release(span)

    def write(self, spans: Spans, span: Span, chunk: bytes) -> int:
        """Write what came for the span, as far as it belongs to it; how many bytes that was."""
        left = memoryview(chunk)
        while left and (count := spans.take(span, len(left))):
            self._write(left[:count], span.at - count, known_end=spans.total is not None)
            left = left[count:]
            spans.wrote(span)
        return len(chunk) - len(left)

    def _write(self, data: memoryview, at: int, *, known_end: bool) -> None:
        if not known_end and at + len(data) - self._looked_at >= _LOOK_EVERY:
            self.check_space(SPARE)
            self._looked_at = at + len(data)
        while data:
            try:
                written = _write_at(self._file.fileno(), data, at)
            except OSError as error:
                raise self._told(error) from error
            if self.md5 and at == self._digested:  # bytes that come otherwise are read again at the end
                self._digest.update(data[:written])
                self._digested += written
            data, at = data[written:], at + written

    def check_space(self, needed: int) -> None:
        """Refuse what has no room on the disk."""
        with self.disk():
            free = shutil.disk_usage(self.target.parent).free
            if needed > free:
                raise OSError(errno.ENOSPC, f"{human_bytes(needed)} are needed, {human_bytes(free)} are free")

    def note(self, *, share: bool = False) -> None:
        """Write down what is missing, if bytes come out of order; with `share`, they may from now on."""
        with self._noting:
            spans = self.spans
            if not (share or spans.are_shared) or spans.total is None:
                return
            missing = spans.missing()  # before the flush, which holds for what is there by now
            with self.disk():
                _flush(self._file.fileno())
                self._write_note("\n".join([spans.etag, str(spans.total), *(f"{at}-{end}" for at, end in missing)]))
            spans.are_shared = True

    def _write_note(self, text: str) -> None:
        with opened(self._new_note, os.O_WRONLY | os.O_TRUNC) as file:
            file.write(text.encode("ascii"))
            if "\n" in text:
                file.flush()
                os.fsync(file.fileno())
        self._new_note.replace(self._note)

    def is_right(self, stop: Stop) -> bool:
        """Whether the whole file has the MD5 that it has to have, where that is known.

        Raises:
            Stopped: `stop` was set.
        """
        if not self.md5:
            return True
        with self.disk():
            os.lseek(self._file.fileno(), self._digested, os.SEEK_SET)
            while chunk := os.read(self._file.fileno(), _CHUNK):
                if stop.is_set():
                    raise Stopped
                self._digest.update(chunk)
                self._digested += len(chunk)
        return self._digest.hexdigest() == self.md5

    def finish(self) -> None:
        """Give it its name."""
        with self.disk():
            os.fsync(self._file.fileno())
            if not _IS_WINDOWS:  # while it is locked; Windows renames no open file
                self._path.replace(self.target)
        self.close()
        with self.disk():
            if _IS_WINDOWS:
                self._path.replace(self.target)
            self._note.unlink(missing_ok=True)
            self._new_note.unlink(missing_ok=True)

    def close(self) -> None:
        """Close it, once nobody writes any more; a second time does nothing."""
        with self._noting:
            self.spans.close()
            self.spans.settle()
            self._file.close()


if sys.platform == "win32":
    import msvcrt

    _IS_WINDOWS = True

    def _lock(file: BinaryIO) -> None:
        # Others cannot read a locked byte: one that few files reach. The C library's places have 32 bits.
        os.lseek(file.fileno(), 0x7FFF_FFFF, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    _IS_WINDOWS = False

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


_flush = getattr(os, "fdatasync", os.fsync)

if hasattr(os, "pwrite"):
    _write_at = os.pwrite
else:
    _seek_lock = threading.Lock()

    def _write_at(fd: int, data: ReadableBuffer, offset: int, /) -> int:
        with _seek_lock:
            os.lseek(fd, offset, os.SEEK_SET)
            return os.write(fd, data)
