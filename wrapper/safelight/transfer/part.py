"""Sending parts, one after another, over one connection."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator

import attrs

from safelight.bridge import Stopped
from safelight.errors import TransferError
from safelight.redaction import bare_url
from safelight.transfer.attempts import Outcome, Transfer, TransferGone, refusal_of
from safelight.transfer.decide import Tries, after_change, after_failure, md5_of_etag
from safelight.transfer.folder import FolderSource
from safelight.transfer.line import Line
from safelight.transfer.plan import Part
from safelight.transfer.source import CHUNK, FileSource

_SMALLEST_CHUNK = 16 * 1024
_QUICK, _SLOW = 0.1, 1.0
"""Seconds for one chunk: when it takes less or more, the next is larger or smaller, so that progress shows."""


@attrs.define(kw_only=True)
class PartUpload(Transfer):
    """What one thread of an upload does.

    Attributes:
        source: The bytes.
        sign: Gives a fresh URL for a part's number.
        accepted: Is told each part's number, ETag and MD5, once the store has taken it.
        verify: Whether each part's MD5 is compared with its ETag, where that is one.
        sent: Bytes of its parts that are in the store or were handed to the network.
        moved: Bytes that were handed to the network, those that were sent again included.
        is_last: Whether the part that is being sent is its last.
    """

    source: FileSource | FolderSource
    sign: Callable[[int], str]
    accepted: Callable[[int, str, str | None], None]
    verify: bool
    sent: int = attrs.field(init=False, default=0)
    moved: int = attrs.field(init=False, default=0)
    is_last: bool = attrs.field(init=False, default=False)
    _stored: int = attrs.field(init=False, default=0)
    _chunk: int = attrs.field(init=False, default=CHUNK)

    def work(self, line: Line) -> None:
        """Send parts until there are no more.

        Raises:
            The errors of `Upload.run`.
        """
        self.stop.then(self._wires.cut)
        while following := line.take():
            part, url = following
            self._send(part, url, line)
            self._stored += part.size
            if self.is_last:
                return

    def _send(self, part: Part, ready: str, line: Line) -> None:
        """Send one part until the store has it, first to the URL that is ready, if there is one."""
        tries = Tries()

        def sign() -> str:
            nonlocal ready
            url, ready = ready, ""
            return url or self.sign(part.number)

        def attempt(url: str) -> Outcome:
            if tries == Tries():
                line.sign_ahead()
            digest = hashlib.md5(usedforsecurity=False) if self.verify else None
            self.source.check()
            size = {"Content-Length": str(part.size)}
            with contextlib.closing(self.open("PUT", url, content=self._body(part, digest), headers=size)) as response:
                if not response.is_success:
                    return self.refused(response, tries)
                self.beginning_of(response)  # there is hardly any; once read, the connection can be used again
            if self.sent - self._stored != part.size:
                return Outcome(after_failure(tries), "the store replied before all of it was sent")
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
            self.until_done(f"Part {part.number} could not be sent to", sign, attempt, tries, advice)
        except TransferGone:
            raise
        except TransferError as error:
            if told := refusal_of(error, tries):
                raise told from error
            raise

    def _body(self, part: Part, digest: hashlib._Hash | None) -> Iterator[bytes]:
        self.sent = self._stored
        begun = self.clock.monotonic()
        for chunk in self.source.chunks(part.offset, part.size, lambda: self._chunk):
            if self.stop.is_set():
                raise Stopped
            if digest is not None:
                digest.update(chunk)
            self.expect(len(chunk))
            yield chunk
            self.sent += len(chunk)
            self.moved += len(chunk)
            now = self.clock.monotonic()
            if now - begun < _QUICK:
                self._chunk = min(CHUNK, self._chunk * 2)
            elif now - begun > _SLOW:
                self._chunk = max(_SMALLEST_CHUNK, self._chunk // 2)
            begun = now
        self.expect(0)
