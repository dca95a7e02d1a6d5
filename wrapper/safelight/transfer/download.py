"""Fetching a file: into `NAME.part`, on from where it stopped, and under its own name only when it is whole."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import attrs
import httpx

from safelight.bridge import Stopped
from safelight.errors import ConfigError, IntegrityError, TransferError
from safelight.redaction import bare_url
from safelight.transfer.attempts import Outcome, Transfer, refused
from safelight.transfer.decide import Tries, after_failure, md5_of_etag
from safelight.transfer.progress import Progress, Reporter, human_bytes

try:
    import fcntl
except ImportError:  # Windows opens no file twice for writing and renaming
    fcntl = None  # type: ignore[assignment]

_CHUNK = 512 * 1024
_SPAN, _SLOWEST = 60.0, 1000.0
"""Seconds over which a store's speed is measured, and the bytes a second below which it is asked anew."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@attrs.define(kw_only=True)
class Download(Transfer):
    """The state of one download: `sign` gives a fresh URL of what is to be at `target`."""

    target: Path
    sign: Callable[[], str]
    _tries: Tries = attrs.field(init=False, factory=Tries)
    _furthest: int = attrs.field(init=False, default=0)
    _etag: str = attrs.field(init=False, default="")
    _md5: hashlib._Hash = attrs.field(init=False, factory=lambda: hashlib.md5(usedforsecurity=False))
    _reporter: Reporter = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._reporter = Reporter(self.on_progress, self.clock)

    @property
    def _part(self) -> Path:
        return self.target.with_name(self.target.name + ".part")

    @property
    def _version(self) -> Path:
        """Holds the ETag of what is in the part file: only the same object can be gone on with."""
        return self.target.with_name(self.target.name + ".part.etag")

    def run(self) -> None:
        """Fetch the file.

        Raises:
            TransferError: The file cannot be fetched, or the disk cannot take it.
            IntegrityError: The store keeps sending something else than it says.
            Stopped: `stop` was set.
        """
        self.stop.then(self._wires.cut)
        with contextlib.closing(self._part_file()) as file:
            self._resume(file)
            self.until_done(
                f"{self.target} could not be fetched from",
                self.sign,
                lambda url: self._fetch(url, file),
                self._tries,
                "What has arrived is kept: download it again to go on from there.",
            )
            with self._disk():
                file.flush()
                os.fsync(file.fileno())
                if fcntl:  # while it is locked; where there are no locks, an open file cannot be renamed either
                    self._part.replace(self.target)
        with self._disk():
            if not fcntl:
                self._part.replace(self.target)
            self._version.unlink(missing_ok=True)

    def _part_file(self) -> BinaryIO:
        """The part file, locked: two that append to it would mix their bytes."""
        with self._disk():
            file = self._part.open("ab")
            try:
                if fcntl:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(file.fileno()), self._part.stat()):
                    return file
            except (BlockingIOError, FileNotFoundError):
                pass  # another has it locked, or has just given it its final name
            file.close()
        raise TransferError(f"{self._part} is being written by another download: wait for it, or choose another name.")

    def _resume(self, file: BinaryIO) -> None:
        """Go on from what an earlier process left, if it can be told what that was."""
        with self._disk():
            if self._version.exists():
                self._etag = self._version.read_text("latin-1")
            if not self._etag:
                file.truncate(0)
                return
            with self._part.open("rb") as left:
                while chunk := left.read(_CHUNK):
                    self._md5.update(chunk)

    def _restart(self, file: BinaryIO, etag: str) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        # A weak ETag does not promise the same bytes (RFC 9110, section 13.1.5).
        self._etag = "" if etag.startswith("W/") else etag
        with self._disk():
            file.truncate(0)
            if self._etag:
                self._version.write_text(self._etag, "latin-1", "replace")
            else:
                self._version.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _disk(self) -> Iterator[None]:
        """Tells the disk's errors; those of the caller's own callback are none."""
        try:
            yield
        except OSError as error:
            raise self._disk_error(error) from error

    def _fetch(self, url: str, file: BinaryIO) -> Outcome:
        with self._disk():
            file.flush()
        offset = os.fstat(file.fileno()).st_size
        resume = {"Range": f"bytes={offset}-", "If-Range": self._etag} if offset and self._etag else {}
        with contextlib.closing(self.open("GET", url, headers=resume)) as response:
            if response.status_code in (200, 206):
                return self._take(response, file, offset)
            if response.status_code == 416 and response.headers.get("content-range") == f"bytes */{offset}":
                return Outcome("done")  # all of it had arrived, but for its final name
            if response.status_code == 416 and offset:
                self._restart(file, "")
                return Outcome(after_failure(self._tries), "the store has less than was already fetched")
            return refused(response, self._tries, redirects=_REDIRECTS)

    def _take(self, response: httpx.Response, file: BinaryIO, offset: int) -> Outcome:
        """Write what comes."""
        status, headers = response.status_code, response.headers
        if (coding := headers.get("content-encoding", "identity")) != "identity":
            raise TransferError(
                f"{bare_url(response.request.url)} sends {coding} though asked not to: its size is unknown."
            )
        ranged = _CONTENT_RANGE.fullmatch(headers.get("content-range", "")) if status == 206 else None
        if status == 206 and (not ranged or int(ranged[1]) != offset or headers.get("etag") != self._etag):
            self._restart(file, "")
            return Outcome(after_failure(self._tries), "the store sent another range or file than was asked for")
        if status == 200:
            self._restart(file, headers.get("etag", ""))
            offset = 0
        total = _total(headers, ranged)
        self._check_space(total, offset)
        at = marked = offset
        mark = self.clock.monotonic()
        for chunk in response.iter_bytes():  # as it comes: what is held back would be lost with the connection
            if self.stop.is_set():
                raise Stopped
            with self._disk():
                file.write(chunk)
            self._md5.update(chunk)
            at += len(chunk)
            if at > self._furthest:  # it goes forward: a bad line may break as often as it likes
                self._furthest, self._tries.failures = at, 0
            if (since := self.clock.monotonic() - mark) >= _SPAN:
                if at - marked < since * _SLOWEST:
                    return Outcome(after_failure(self._tries), f"the store sent {at - marked} bytes in {since:.0f} s")
                mark, marked = mark + since, at
            self._reporter.report(Progress(at, total, "bytes", "downloading"))
        if total is not None and at < total:
            return Outcome(after_failure(self._tries), f"the store sent {at} of {total} bytes")
        if total is not None and at > total:
            raise IntegrityError(
                f"{bare_url(response.request.url)} sent more than the {total} bytes that it announced."
            )
        self._reporter.report(Progress(at, at, "bytes", "downloading"))
        expected = md5_of_etag(headers.get("etag", ""), headers) if "x-amz-request-id" in headers else None
        if expected and expected != self._md5.hexdigest():
            self._restart(file, "")
            return Outcome(after_failure(self._tries), "the checksum of what arrived is another than the store's")
        return Outcome("done")

    def _check_space(self, total: int | None, offset: int) -> None:
        with self._disk():
            free = shutil.disk_usage(self.target.parent).free
            if total is not None and total - offset > free:
                raise OSError(errno.ENOSPC, f"{human_bytes(total - offset)} are needed, {human_bytes(free)} are free")

    def _disk_error(self, error: OSError) -> TransferError:
        if error.errno in _DISK_FULL:
            for leftover in (self._part, self._version):
                with contextlib.suppress(OSError):
                    leftover.unlink(missing_ok=True)
        choose = "Free some space, or choose" if error.errno in _DISK_FULL else "Choose"
        return TransferError(
            f"{self.target} cannot be written: {error.strerror or error}. "
            f"{choose} another place, then download it again."
        )


def check_target(target: Path) -> None:
    """Make sure that there can be such a file.

    Raises:
        ConfigError: The target is a folder, or in a folder that does not exist.
    """
    if target.is_dir():
        raise ConfigError(f"{target} is a folder: name the file to write, such as {target / 'capture.ply'}.")
    if not target.parent.is_dir():
        raise ConfigError(f"{target.parent} does not exist: make the folder first.")
    if target.exists() and not target.is_file():
        raise ConfigError(f"{target} is no regular file, and would be replaced by one: name a file.")
    if not os.access(target.parent, os.W_OK):
        raise ConfigError(f"{target.parent} cannot be written to: choose another folder.")


def _total(headers: httpx.Headers, ranged: re.Match[str] | None) -> int | None:
    if ranged:
        return None if ranged[3] == "*" else int(ranged[3])
    length = headers.get("content-length", "")
    return int(length) if length.isdigit() else None
