"""What is known on disk of an upload that has not ended: enough to go on after `kill -9`, in another process."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from pathlib import Path
from typing import Literal

import attrs
import platformdirs

from safelight.errors import TransferError
from safelight.transfer.places import private_folder
from safelight.transfer.source import digest

State = Literal["creating", "uploading", "completing"]

_SETUP = (
    "PRAGMA locking_mode = EXCLUSIVE",  # from the first write on, the file is locked until the connection is closed
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "BEGIN EXCLUSIVE",
    """CREATE TABLE IF NOT EXISTS upload (one INTEGER PRIMARY KEY CHECK (one = 1), fingerprint TEXT NOT NULL,
        state TEXT NOT NULL, started REAL NOT NULL, job_id TEXT, chunk_size INTEGER)""",
    "CREATE TABLE IF NOT EXISTS part (number INTEGER PRIMARY KEY, etag TEXT NOT NULL, md5 TEXT)",
    "COMMIT",
)


@attrs.frozen
class Entry:
    """An upload as the journal knows it.

    Attributes:
        fingerprint: The source's, when the upload began.
        state: `creating` until the service's reply to the creation is known, then `uploading`; `completing` from the
            moment when the service may have been told that all parts are there.
        started: Seconds since 1970 by the wall clock when the creation was sent.
        job_id: The service's id of the upload; None while `creating`.
        chunk_size: Bytes of each part but the last; None while `creating`.
        etags: The ETag of each part that was accepted, as the store sent it.
    """

    fingerprint: str
    state: State
    started: float
    job_id: str | None = None
    chunk_size: int | None = None
    etags: dict[int, str] = attrs.field(factory=dict)


class Journal:
    """The journal of one upload: a SQLite file that is locked while it is open, and gone when the upload has ended.

    Every change is on the disk when its method returns. The operating system frees the lock of a process that dies.
    """

    def __init__(self, key: str, folder: Path | None = None) -> None:
        """Open or make the journal.

        Args:
            key: The same for the same upload; letters and digits.
            folder: Where journals are kept; by default `SAFELIGHT_STATE_DIR` or the user's state directory.

        Raises:
            TransferError: Another process or thread has it open, or the disk does not take it.
        """
        folder = folder or state_folder()
        self._path = folder / f"{key}.sqlite"
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        try:
            private_folder(folder)
            while self._connection is None:
                self._connection = self._open()
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise TransferError(
                    "Another process or thread is working on this very upload: wait for it, or stop it, then try again."
                ) from error
            raise self._unusable(error) from error
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error

    def _open(self) -> sqlite3.Connection | None:
        connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._path.chmod(0o600)
            for statement in _SETUP:
                connection.execute(statement)
            if self._path.exists():
                return connection
        except FileNotFoundError:
            pass  # whoever had it locked has just ended the upload and removed it
        except BaseException:
            connection.close()
            raise
        connection.close()
        return None

    def _unusable(self, error: Exception) -> TransferError:
        return TransferError(
            f"The upload's journal {self._path} cannot be used ({error}): "
            "free disk space, or set SAFELIGHT_STATE_DIR to a folder that can be written."
        )

    @property
    def entry(self) -> Entry | None:
        """The upload that was begun and not ended, or None."""
        with self._lock:
            if self._connection is None:
                return None
            row = self._run("SELECT fingerprint, state, started, job_id, chunk_size FROM upload").fetchone()
            etags = dict(self._run("SELECT number, etag FROM part ORDER BY number").fetchall())
        if row is None:
            return None
        fingerprint, state, started, job_id, chunk_size = row
        return Entry(fingerprint, state, started, job_id, chunk_size, etags)

    def begin(self, fingerprint: str, started: float) -> None:
        """Note that an upload is about to be created; what was known of an earlier one is forgotten."""
        self._give_up_claim()
        with self._lock:
            self._run("BEGIN")
            self._run("DELETE FROM part")
            self._run("REPLACE INTO upload VALUES (1, ?, 'creating', ?, NULL, NULL)", fingerprint, started)
            self._run("COMMIT")

    def claim(self, job_id: str) -> bool:
        """Make an upload of the service this journal's own; False if another journal of this machine was first."""
        try:
            claim = os.open(self._claim(job_id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(claim, "w") as file:
                file.write(self._path.stem)
        except FileExistsError:
            return self.is_free(job_id)
        except OSError as error:
            raise self._unusable(error) from error
        return True

    def is_free(self, job_id: str) -> bool:
        """Whether no other journal of this machine has claimed it.

        This one may have: in a process that ended before it could note what it had claimed.
        """
        try:
            return self._claim(job_id).read_text() == self._path.stem
        except FileNotFoundError:
            return True
        except OSError as error:
            raise self._unusable(error) from error

    def _give_up_claim(self) -> None:
        if (entry := self.entry) and entry.job_id:
            self._claim(entry.job_id).unlink(missing_ok=True)

    def _claim(self, job_id: str) -> Path:
        return self._path.with_name(digest(job_id) + ".claim")

    def created(self, job_id: str, chunk_size: int) -> None:
        """Note that the service has created the upload."""
        with self._lock:
            self._run("UPDATE upload SET state = 'uploading', job_id = ?, chunk_size = ?", job_id, chunk_size)

    def accepted(self, number: int, etag: str, md5: str | None) -> None:
        """Note that the store has taken a part."""
        with self._lock:
            if self._connection is not None:  # else the upload was stopped while this part was on its way
                self._run("REPLACE INTO part VALUES (?, ?, ?)", number, etag, md5)

    def completing(self) -> None:
        """Note that the service is about to be told that all parts are there."""
        with self._lock:
            self._run("UPDATE upload SET state = 'completing'")

    def remove(self) -> None:
        """End the upload: nothing of it stays on the disk."""
        self._give_up_claim()
        with self._lock:
            if os.name == "nt":
                self._close()  # Windows removes no open file
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            self._close()

    def close(self) -> None:
        """Unlock the journal; the upload can go on later."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        assert self._connection is not None
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise self._unusable(error) from error


def state_folder() -> Path:
    """Where journals are kept."""
    chosen = os.environ.get("SAFELIGHT_STATE_DIR")
    base = Path(chosen).expanduser() if chosen else platformdirs.user_state_path("safelight", appauthor=False)
    return base / "uploads"
