"""Sending a file's parts to presigned URLs: threads that take part after part, and one that watches over them.

Memory is a chunk of at most 512 KiB for each thread; it does not grow with the file, nor with its parts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import attrs
import httpx

from safelight.bridge import Stop, Stopped
from safelight.clock import Clock
from safelight.transfer.folder import FolderSource
from safelight.transfer.line import Line
from safelight.transfer.pace import Pace
from safelight.transfer.part import PartUpload
from safelight.transfer.plan import Part
from safelight.transfer.progress import REPORT_EVERY, OnProgress, Progress
from safelight.transfer.source import FileSource

_FEWEST, _MOST = 4, 8
"""Connections at the beginning, and at the most, where the caller names no number: 4 fill a line of 1 Gbit/s at a round
trip of 100 ms with parts of 10 MiB, as each is idle for a round trip between two parts."""

_GRACE = 0.5


@attrs.define(kw_only=True)
class Upload:
    """The state of one upload: what is to be sent, what is in flight, what went wrong.

    Attributes:
        source: The bytes.
        parts: The parts that are still to be sent.
        done: Bytes that were accepted before.
        sign: Gives a fresh URL for a part's number; called while the part before is sent, or right before this one.
        accepted: Is told each part's number, ETag and MD5, once the store has taken it.
        concurrency: How many parts are sent at the same time; None for as many as help.
        verify: Whether each part's MD5 is compared with its ETag, where that is one.
        new_http: Makes a client for one thread: each has a connection of its own.
        stop: Ends the upload.
        on_progress: Is called in the thread that runs it.
        clock: The time.
    """

    source: FileSource | FolderSource
    parts: Sequence[Part]
    done: int
    sign: Callable[[int], str]
    accepted: Callable[[int, str, str | None], None]
    concurrency: int | None
    verify: bool
    new_http: Callable[[], httpx.Client]
    stop: Stop
    on_progress: OnProgress | None
    clock: Clock
    _line: Line = attrs.field(init=False)
    _pace: Pace = attrs.field(init=False)
    _crew: list[tuple[threading.Thread, PartUpload]] = attrs.field(init=False, factory=list)
    _sent: int = attrs.field(init=False, default=0)
    _moved: int = attrs.field(init=False, default=0)
    _error: BaseException | None = attrs.field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self._line = Line(self.parts, self.sign, self.clock)
        self._pace = Pace(self.concurrency or _FEWEST, self.concurrency or _MOST)

    def run(self) -> None:
        """Send the parts.

        Raises:
            FileChanged: The file is no longer the one that the upload began with.
            IntegrityError: The store keeps reporting another checksum.
            UploadExpired: The store keeps refusing fresh URLs.
            TransferGone: The store no longer knows the upload.
            TransferError: The store refuses a part, or keeps failing.
            Stopped: `stop` was set.
        """
        self.stop.then(self._line.close)
        try:
            while self._error is None and not self.stop.is_set():
                working = self._staff()
                if not working:
                    break
                working[0].join(REPORT_EVERY)
                for _, sender in self._crew:
                    sender.break_off_if_overdue()
                self._report()
            if self._error:
                raise self._error
            if self.stop.is_set():
                raise Stopped
            self._report()
        except BaseException:
            self.stop.set()  # in any case: a thread whose join was interrupted seems dead to CPython 3.11 and 3.12
            raise
        finally:
            self._end()

    def _staff(self) -> list[threading.Thread]:
        """Have as many threads at work as help; those that are."""
        ended = [(thread, sender) for thread, sender in self._crew if not thread.is_alive()]
        self._crew = [each for each in self._crew if each not in ended]
        self._sent += sum(sender.sent for _, sender in ended)
        self._moved += sum(sender.moved for _, sender in ended)
        moved = self._moved + sum(sender.moved for _, sender in self._crew)
        wanted = self._pace.wanted(self.clock.monotonic(), moved)
        for _, sender in self._crew[wanted:]:
            sender.is_last = True
        for _ in range(min(wanted - len(self._crew), len(self._line))):
            self._one_more()
        return [thread for thread, _ in self._crew]

    def _one_more(self) -> None:
        sender = PartUpload(
            source=self.source,
            sign=self.sign,
            accepted=self.accepted,
            verify=self.verify,
            http=self.new_http(),
            stop=self.stop,
            clock=self.clock,
        )
        thread = threading.Thread(target=self._work, args=(sender,), name="safelight-part", daemon=True)
        self._crew.append((thread, sender))
        thread.start()

    def _work(self, sender: PartUpload) -> None:
        try:
            with sender.http:
                sender.work(self._line)
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - it is raised again, in the thread that runs the upload
            self._error = self._error or error

    def _end(self) -> None:
        threads = [thread for thread, _ in self._crew if thread.is_alive()]  # an interrupt may come before a start
        if threads or len(self._line):
            self.stop.set()
        deadline = time.monotonic() + _GRACE  # threads take real time to end, whatever clock the pauses go by
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._line.wait_until_quiet(max(0.0, deadline - time.monotonic()))

    def _report(self) -> None:
        if self.on_progress:
            done = self.done + self._sent + sum(sender.sent for _, sender in self._crew)
            self.on_progress(Progress(done, self.source.size, "bytes", "uploading"))
