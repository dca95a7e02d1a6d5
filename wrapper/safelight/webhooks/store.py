"""Which events were handled: so that duplicates and replays are known, in whatever process they arrive."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from safelight.clock import SYSTEM_CLOCK, Clock
from safelight.errors import ConfigError
from safelight.webhooks.events import Event

Outcome = Literal["new", "running", "done", "outdated"]

_DAY = 86400.0
_TIDY_EVERY = 3600.0
_MARK = 0x5AFE11
_BUSY_SECONDS = 10.0
_BUSY_PAUSE = 0.01
_SETUP = (
    """CREATE TABLE IF NOT EXISTS event (key TEXT PRIMARY KEY, job TEXT, ended INTEGER NOT NULL, done INTEGER NOT NULL,
        until REAL NOT NULL, owner TEXT NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS event_job ON event (job) WHERE ended AND done",
    "CREATE INDEX IF NOT EXISTS event_until ON event (until)",
    f"PRAGMA application_id = {_MARK}",
    "COMMIT",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",  # what a power failure takes is handled again; kill -9 takes nothing
)


class EventStore:
    """What is known of the events of the last weeks: keys, jobs and times, nothing of what the services told.

    For any number of threads and, with a path, processes of one machine. Before an event is handled, it is begun, and
    only what is `new` is handled; then it is finished, or has failed:

        outcome = store.begin(event)
        if outcome == "new":
            try:
                handle(event)
            except Exception:
                store.fail(event)
                raise
            store.finish(event)

    Args:
        path: A file of its own, which is made if need be; by default the memory, for a single process.
        keep: Seconds for which a handled event is remembered. Services try again for minutes; longer is for replays.
        lease: Seconds for which an event that was begun belongs to who began it: after that, it is taken to have
            died, and the event is new again. `extend` begins them anew.
        clock: The time, for tests.

    Raises:
        ConfigError: From here and all methods: the file cannot be read or written, or is something else.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        keep: float = 30 * _DAY,
        lease: float = 300.0,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        if not (keep > 0 and lease > 0):
            raise ConfigError(f"keep is {keep}, lease is {lease}: give seconds, more than 0.")
        self.lease = lease
        self._path = None if path is None else Path(path)
        self._keep = keep
        self._clock = clock
        self._lock = threading.Lock()
        self._tidied_at = float("-inf")
        self._inherited: list[sqlite3.Connection] = []
        with self._usable():
            self._connection = self._open()
            self._tidy(clock.now())

    def begin(self, event: Event) -> Outcome:
        """Claim an event.

        Returns:
            `new`: handle it. `running`: another is at it. `done`: it was handled, and this one is a duplicate or a
            replay. `outdated`: it tells of a job whose end was handled already, as calls may overtake one another.
        """
        now = self._clock.now()
        with self._transaction() as connection:
            known = connection.execute(
                "SELECT done FROM event WHERE key = ? AND until > ?", (event.key, now)
            ).fetchone()
            if known:
                return "done" if known[0] else "running"
            if not event.ended and self._has_ended(connection, event, now):
                return "outdated"
            self._note(connection, event, done=False, until=now + self.lease)
            return "new"

    def extend(self, event: Event) -> None:
        """Begin the lease of an event anew: its handling goes on."""
        with self._transaction() as connection:
            until = self._clock.now() + self.lease
            mine = (until, event.key, self._owner)
            connection.execute("UPDATE event SET until = ? WHERE key = ? AND NOT done AND owner = ?", mine)

    def finish(self, event: Event) -> None:
        """Note that an event was handled."""
        now = self._clock.now()
        with self._transaction() as connection:
            self._note(connection, event, done=True, until=now + self._keep)
            if now - self._tidied_at > _TIDY_EVERY:
                self._tidy(now)

    def fail(self, event: Event) -> None:
        """Note that an event could not be handled: it is new again when the service tells it again."""
        with self._transaction() as connection:
            mine = (event.key, self._owner)
            connection.execute("DELETE FROM event WHERE key = ? AND NOT done AND owner = ?", mine)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # it was never opened
            self._connection.close()

    def _open(self) -> sqlite3.Connection:
        if self._path is not None:
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            if not self._path.is_file():
                raise FileExistsError("it is no file")
        connection = sqlite3.connect(
            ":memory:" if self._path is None else self._path,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            deadline = time.monotonic() + _BUSY_SECONDS
            while not _is_set_up(connection, self._path, last=time.monotonic() > deadline):
                time.sleep(_BUSY_PAUSE)
        except BaseException:
            connection.close()
            raise
        self._process = os.getpid()
        self._owner = uuid.uuid4().hex  # whose lease has ended gives up nothing of who took it over
        return connection

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._usable(), self._lock:
            if self._process != os.getpid():
                # A connection must not be used across a fork, nor be closed: that is the parent's to do.
                self._inherited.append(self._connection)
                self._connection = self._open()
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(
                f"The store of events {self._path or 'in memory'} cannot be used ({error}): name a file of its own "
                "in a folder that exists and can be written."
            ) from error

    @staticmethod
    def _has_ended(connection: sqlite3.Connection, event: Event, now: float) -> bool:
        query = "SELECT 1 FROM event WHERE job = ? AND ended AND done AND until > ?"
        return connection.execute(query, (_job(event), now)).fetchone() is not None

    def _note(self, connection: sqlite3.Connection, event: Event, *, done: bool, until: float) -> None:
        values = (event.key, _job(event), event.ended, done, until, self._owner)
        connection.execute("REPLACE INTO event VALUES (?, ?, ?, ?, ?, ?)", values)

    def _tidy(self, now: float) -> None:
        self._connection.execute("DELETE FROM event WHERE until <= ?", (now,))
        self._tidied_at = now


def _is_set_up(connection: sqlite3.Connection, path: Path | None, *, last: bool) -> bool:
    """Make what is missing; False if another process is at it, for which SQLite does not always wait by itself."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        mark = connection.execute("PRAGMA application_id").fetchone()[0]
        if mark != _MARK and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise sqlite3.DatabaseError("it is another program's database")
        if path is not None:
            path.chmod(0o600)  # SQLite gives the files beside it the same mode
        for statement in _SETUP:
            connection.execute(statement)
    except sqlite3.OperationalError as error:
        if last or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return False
    return True


def _job(event: Event) -> str | None:
    return None if event.job_id is None else f"{event.service} {event.job_id}"
