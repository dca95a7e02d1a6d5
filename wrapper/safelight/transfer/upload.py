"""Sending a file's parts to presigned URLs: threads that take part after part, and one that watches over them.

Memory is `concurrency` chunks of 512 KiB, and as much again in the socket's hands; it does not grow with the file, nor
with its parts.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs
import httpx

from safelight.bridge import Stop, Stopped
from safelight.clock import Clock
from safelight.errors import ConnectionFailed, IntegrityError, RateLimited, ServerError, TransferError, UploadExpired
from safelight.redaction import bare_url, redacted, shown
from safelight.retry import transfer_pause
from safelight.transfer.decide import Tries, after_change, after_failure, after_reply, md5_of_etag
from safelight.transfer.folder import FolderSource
from safelight.transfer.plan import Part
from safelight.transfer.progress import REPORT_EVERY, OnProgress, Progress
from safelight.transfer.source import FileSource
from safelight.transfer.wires import Wires
from safelight.transport import beginning_of, presigned_request, redirected

_GRACE = 0.5


class UploadGone(TransferError):
    """The store no longer knows the upload; never leaves the package."""


@attrs.define(kw_only=True)
class Upload:
    """The state of one upload: what is to be sent, what is in flight, what went wrong.

    Attributes:
        source: The bytes.
        parts: The parts that are still to be sent.
        done: Bytes that were accepted before.
        sign: Gives a fresh URL for a part's number; called right before the part is sent.
        accepted: Is told each part's number, ETag and MD5, once the store has taken it.
        http: Sends.
        concurrency: How many parts are sent at the same time.
        verify: Whether each part's MD5 is compared with its ETag, where that is one.
        stop: Ends the upload when it is set.
        on_progress: Is called in the thread that runs the upload.
        clock: For pauses.
    """

    source: FileSource | FolderSource
    parts: Sequence[Part]
    done: int
    sign: Callable[[int], str]
    accepted: Callable[[int, str, str | None], None]
    http: httpx.Client
    concurrency: int
    verify: bool
    stop: Stop
    on_progress: OnProgress | None
    clock: Clock
    _sent: dict[int, int] = attrs.field(init=False, factory=dict)
    _error: BaseException | None = attrs.field(init=False, default=None)
    _wires: Wires = attrs.field(init=False, factory=Wires)

    def run(self) -> None:
        """Send the parts.

        Raises:
            FileChanged: The file is no longer the one that the upload began with.
            IntegrityError: The store keeps reporting another checksum.
            UploadExpired: The store keeps refusing fresh URLs.
            UploadGone: The store no longer knows the upload.
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
                self.accepted(part.number, *self._send(part))
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - it is raised again, in the thread that runs the upload
            self._error = self._error or error

    def _send(self, part: Part) -> tuple[str, str | None]:
        """Send one part until the store has it: its ETag, and its MD5 if that was computed."""
        tries = Tries()
        url = ""
        while True:
            headers: httpx.Headers | dict[str, str] = {}
            try:
                url = url or self.sign(part.number)
                digest = hashlib.md5(usedforsecurity=False) if self.verify else None
                status, headers, body = self._put(part, url, digest)
            except (ConnectionFailed, ServerError, RateLimited) as error:
                following = after_failure(tries)
                if following == "fail":
                    raise
                problem = str(error)
            except httpx.TransportError as error:
                if self.stop.is_set():
                    raise Stopped from None
                problem, following = shown(error), after_failure(tries)
            else:
                problem = f"{status} {redacted(' '.join(body.split()))[:200]}".rstrip()
                following = after_reply(status, body, tries)
                if following == "done":
                    md5 = digest.hexdigest() if digest else None
                    etag = headers.get("etag", "")
                    if self._is_intact(part, url, etag, headers, md5):
                        return etag, md5
                    problem, following = "it arrives changed", after_change(tries)
            if following == "gone":
                raise UploadGone(f"{bare_url(url)} no longer knows this upload")
            if following == "fail":
                raise self._failure(part, url, problem, tries)
            if following == "redirect":
                url = redirected(url, headers.get("location", ""))
                continue
            url = ""
            if following == "again" and self.clock.wait(
                self.stop, transfer_pause(tries.failures, headers, self.clock.now())
            ):
                raise Stopped

    def _put(self, part: Part, url: str, digest: hashlib._Hash | None) -> tuple[int, httpx.Headers, str]:
        self.source.check()
        request = presigned_request(
            self.http,
            "PUT",
            url,
            content=self._body(part, digest),
            headers={"Content-Length": str(part.size)},
            extensions={"trace": self._wires.trace},
        )
        response = self.http.send(request, stream=True)
        try:
            body = beginning_of(response)
        finally:
            response.close()
        self.source.check()
        return response.status_code, response.headers, body

    def _is_intact(self, part: Part, url: str, etag: str, headers: Mapping[str, str], md5: str | None) -> bool:
        if not etag:
            raise TransferError(f"Part {part.number}: {bare_url(url)} took it without an ETag.")
        return md5 is None or md5_of_etag(etag, headers) in (None, md5)

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

    def _failure(self, part: Part, url: str, problem: str, tries: Tries) -> TransferError:
        what = f"Part {part.number} could not be sent to {bare_url(url)}"
        advice = "Upload the same file again to go on with the parts that are missing."
        if tries.changes:
            return IntegrityError(
                f"{what}: it arrives changed, {tries.changes} times so far: something on the way alters it. "
                "Upload the same file again over another network."
            )
        if tries.urls:
            return UploadExpired(
                f"{what}: the store refuses fresh URLs ({problem}). Is this machine's clock right? {advice}"
            )
        return TransferError(f"{what}, in {max(1, tries.failures)} tries: {problem}. {advice}")
