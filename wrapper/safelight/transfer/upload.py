"""Sending a file's parts to presigned URLs: threads that take part after part, and one that watches over them.

Memory is `concurrency` chunks of 1 MiB, and as much again in the socket's hands; it does not grow with the file, nor
with its parts.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import attrs

from safelight.bridge import Stopped
from safelight.errors import IntegrityError, TransferError, UploadExpired
from safelight.redaction import bare_url
from safelight.transfer.attempts import Outcome, Transfer, TransferGone, refused
from safelight.transfer.decide import MOST_CHANGES, MOST_URLS, Tries, after_change, md5_of_etag
from safelight.transfer.folder import FolderSource
from safelight.transfer.plan import Part
from safelight.transfer.progress import REPORT_EVERY, Progress
from safelight.transfer.source import FileSource
from safelight.transport import beginning_of

_GRACE = 0.5


@attrs.define(kw_only=True)
class Upload(Transfer):
    """The state of one upload: what is to be sent, what is in flight, what went wrong.

    Attributes:
        source: The bytes.
        parts: The parts that are still to be sent.
        done: Bytes that were accepted before.
        sign: Gives a fresh URL for a part's number; called right before the part is sent.
        accepted: Is told each part's number, ETag and MD5, once the store has taken it.
        concurrency: How many parts are sent at the same time.
        verify: Whether each part's MD5 is compared with its ETag, where that is one.
    """

    source: FileSource | FolderSource
    parts: Sequence[Part]
    done: int
    sign: Callable[[int], str]
    accepted: Callable[[int, str, str | None], None]
    concurrency: int
    verify: bool
    _sent: dict[int, int] = attrs.field(init=False, factory=dict)
    _error: BaseException | None = attrs.field(init=False, default=None)

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
        queue = deque(self.parts)
        self.stop.then(self._wires.cut)
        workers = [
            threading.Thread(target=self._work, args=(queue,), name="safelight-part", daemon=True)
            for _ in range(min(self.concurrency, len(queue)))
        ]
        try:
            for worker in workers:
                worker.start()
            while any(worker.is_alive() for worker in workers):
                for worker in workers:
                    if worker.is_alive():
                        worker.join(REPORT_EVERY)
                        break
                if self.stop.is_set() or self._error:
                    break
                self._report()
            if self._error:
                raise self._error
            if self.stop.is_set():
                raise Stopped
            self._report()
        finally:
            if any(worker.is_alive() for worker in workers):
                self._end(workers)

    def _end(self, workers: list[threading.Thread]) -> None:
        self.stop.set()
        deadline = time.monotonic() + _GRACE  # threads take real time to end, whatever clock the pauses go by
        for worker in workers:
            if worker.is_alive():  # an interrupt may come before it was started
                worker.join(max(0.0, deadline - time.monotonic()))

    def _report(self) -> None:
        if self.on_progress:
            done = self.done + sum(list(self._sent.values()))
            self.on_progress(Progress(done, self.source.size, "bytes", "uploading"))

    def _work(self, queue: deque[Part]) -> None:
        try:
            while not self.stop.is_set() and self._error is None:
                try:
                    part = queue.popleft()
                except IndexError:
                    return
                self._send(part)
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - it is raised again, in the thread that runs the upload
            self._error = self._error or error

    def _send(self, part: Part) -> None:
        """Send one part until the store has it."""
        tries = Tries()

        def attempt(url: str) -> Outcome:
            digest = hashlib.md5(usedforsecurity=False) if self.verify else None
            self.source.check()
            size = {"Content-Length": str(part.size)}
            with contextlib.closing(self.open("PUT", url, content=self._body(part, digest), headers=size)) as response:
                if not response.is_success:
                    return refused(response, tries)
                beginning_of(response)  # there is hardly any; once it is read, the connection can be used again
            self.source.check()
            etag = response.headers.get("etag", "")
            if not etag:
                raise TransferError(f"Part {part.number}: {bare_url(url)} took it without an ETag.")
            md5 = digest.hexdigest() if digest else None
            if md5 and md5_of_etag(etag, response.headers) not in (None, md5):
                return Outcome(after_change(tries), "it arrives changed")
            self.accepted(part.number, etag, md5)
            return Outcome("done")

        advice = "Upload the same file again to go on with the parts that are missing."
        try:
            self.until_done(
                f"Part {part.number} could not be sent to", lambda: self.sign(part.number), attempt, tries, advice
            )
        except TransferGone:
            raise
        except TransferError as error:
            if told := refusal_of(error, tries):
                raise told from error
            raise

    def _body(self, part: Part, digest: hashlib._Hash | None) -> Iterator[bytes]:
        sent = 0
        self._sent[part.number] = 0
        for chunk in self.source.chunks(part.offset, part.size):
            if self.stop.is_set():
                raise Stopped
            if digest is not None:
                digest.update(chunk)
            yield chunk
            sent += len(chunk)
            self._sent[part.number] = sent


def refusal_of(error: TransferError, tries: Tries) -> TransferError | None:
    """The error that says more of why the tries came to an end, where there is more to say."""
    if tries.changes >= MOST_CHANGES:
        return IntegrityError(f"{error} Something on the way alters it: try another network.")
    if tries.urls >= MOST_URLS:
        return UploadExpired(f"{error} Is this machine's clock right?")
    return None
