"""Fetching a file: into `NAME.part`, on from where it stopped, and under its own name only when it is whole."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import attrs
import httpx

from safelight.bridge import Stop, Stopped
from safelight.clock import Clock
from safelight.errors import ConfigError, SafelightError, TransferError
from safelight.transfer.fetcher import Fetcher, Known
from safelight.transfer.pace import Pace
from safelight.transfer.part_file import PartFile
from safelight.transfer.progress import REPORT_EVERY, OnProgress, Progress, Reporter

MOST = 8
"""Connections at the most; there is one until it has been shown that more are faster."""

NOTE_SECONDS, NOTE_BYTES = 2.0, 64 * 1024 * 1024
"""How long, and how much, until what is missing is written down again: this may be lost if the process is killed."""

_LOOK_EVERY = 0.5
_GRACE = 0.5


@attrs.define(kw_only=True)
class Download:
    """The state of one download: the connections that work for it, and the file that they fill.

    Attributes:
        target: Where the file is to be.
        sign: Gives a fresh URL of it.
        new_http: Makes a client for one thread: each has a connection of its own.
        stop: Ends the download.
        on_progress: Is called in the thread that runs it.
        clock: The time.
        pace: How many connections help.
    """

    target: Path
    sign: Callable[[], str]
    new_http: Callable[[], httpx.Client]
    stop: Stop
    on_progress: OnProgress | None
    clock: Clock
    pace: Pace = attrs.field(factory=lambda: Pace(1, MOST))
    _known: Known = attrs.field(init=False, factory=Known)
    _crew: list[tuple[threading.Thread, Fetcher]] = attrs.field(init=False, factory=list)
    _moved_before: int = attrs.field(init=False, default=0)
    _most: int = attrs.field(init=False, default=MOST)
    _news: threading.Event = attrs.field(init=False, factory=threading.Event)
    _error: BaseException | None = attrs.field(init=False, default=None)
    _noted: tuple[float, int] = attrs.field(init=False, default=(0.0, 0))

    def run(self) -> None:
        """Fetch the file.

        Raises:
            TransferError: The file cannot be fetched, or the disk cannot take it.
            IntegrityError: The store keeps sending something else than it says.
            Stopped: `stop` was set.
        """
        with contextlib.closing(PartFile(self.target)) as part:
            self.stop.then(lambda: part.spans.close())
            self.stop.then(self._news.set)
            try:
                self._watch(part)
            except BaseException:
                self.stop.set()  # first: an interrupt in `is_alive` makes CPython 3.11 and 3.12 take a thread for dead
                self._end()
                if part.error is None:
                    with contextlib.suppress(TransferError):
                        part.note()
                raise
            self._end()
            part.finish()

    def _watch(self, part: PartFile) -> None:
        """Have as many connections at work as help, until the file is whole."""
        reporter = Reporter(self.on_progress, self.clock)
        self._one_more(part)
        first, _ = self._crew[0]
        is_over = False
        while not is_over:
            self._news.wait(REPORT_EVERY if self.on_progress else _LOOK_EVERY)
            self._news.clear()
            is_over = not first.is_alive()
            if self._error:
                raise self._error
            if self.stop.is_set():
                raise Stopped
            reporter.report(Progress(part.spans.done, part.spans.total, "bytes", "downloading"))
            for _, fetcher in self._crew:
                fetcher.break_off_if_overdue()
            if not is_over:
                self._staff(part)

    def _staff(self, part: PartFile) -> None:
        for gone in [member for member in self._crew[1:] if not member[0].is_alive()]:
            self._crew.remove(gone)
            self._moved_before += gone[1].moved
        now = self.clock.monotonic()
        moved = self._moved_before + sum(fetcher.moved for _, fetcher in self._crew)
        wanted = min(self._most, self.pace.wanted(now, moved)) if self._known.may_join else 1
        others = [fetcher for _, fetcher in self._crew[1:] if not fetcher.is_last]
        for fetcher in others[wanted - 1 :]:
            fetcher.is_last = True
        noted_at, noted = self._noted
        if (join := wanted - 1 > len(others) and part.spans.has_work()) or (
            now - noted_at >= NOTE_SECONDS or moved - noted >= NOTE_BYTES
        ):
            part.note(share=join)
            self._noted = now, moved
        if join:
            for _ in range(wanted - 1 - len(others)):
                self._one_more(part)

    def _one_more(self, part: PartFile) -> None:
        urls = [self._known.url] if self._crew else []
        fetcher = Fetcher(
            part=part,
            known=self._known,
            sign=lambda: urls.pop() if urls else self.sign(),
            is_first=not self._crew,
            http=self.new_http(),
            stop=self.stop,
            clock=self.clock,
        )
        thread = threading.Thread(target=self._work, args=(fetcher,), name="safelight-part", daemon=True)
        self._crew.append((thread, fetcher))
        thread.start()

    def _work(self, fetcher: Fetcher) -> None:
        try:
            with fetcher.http:
                fetcher.work()
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - it is raised again, in the thread that runs the download
            if fetcher.is_first or not isinstance(error, SafelightError) or error is fetcher.part.error:
                self._error = self._error or error
            else:
                self._most -= 1  # the others can do what it left
        finally:
            self._news.set()

    def _end(self) -> None:
        threads = [thread for thread, _ in self._crew if thread.is_alive()]  # an interrupt may come before a start
        if threads:
            self.stop.set()
        deadline = time.monotonic() + _GRACE  # threads take real time to end, whatever clock the pauses go by
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))


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
