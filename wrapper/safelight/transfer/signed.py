"""Sending one small file by one signed request, whose method and headers the service dictates."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

import attrs

from safelight.bridge import Stopped
from safelight.errors import TransferError
from safelight.transfer.attempts import Outcome, Transfer, refusal_of
from safelight.transfer.decide import Tries, after_change, after_failure, md5_of_etag, md5_of_google
from safelight.transfer.progress import Progress


class Sendable(Protocol):
    """A file that can be sent."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """All of its bytes, each time."""
        ...

    def check(self) -> None:
        """Raise `FileChanged` if it was written to since it was opened."""
        ...


class SignedRequest(NamedTuple):
    """A request that a store takes from anybody who has it, exactly as it is."""

    url: str
    method: str
    headers: Mapping[str, str]


@attrs.define(kw_only=True)
class SignedUpload(Transfer):
    """Sends one file.

    Attributes:
        file: The file.
        sign: Gives a fresh signed request.
        done: Bytes of other files that were sent before, and
        total: of all of them, for the progress.
    """

    file: Sendable
    sign: Callable[[], SignedRequest]
    done: int
    total: int
    _sent: int = attrs.field(init=False, default=0)

    def run(self) -> None:
        """Send it until the store has it; a request that the store takes no more is replaced by a fresh one.

        Raises:
            FileChanged: The file is no longer the one that was checked.
            IntegrityError: The store keeps reporting another checksum.
            UploadExpired: The store keeps refusing fresh requests.
            TransferError: The store refuses the file, or keeps failing.
            Stopped: `stop` was set.
        """
        self.stop.then(self._wires.cut)
        tries = Tries()
        request: SignedRequest | None = None

        def sign() -> str:
            nonlocal request
            request = request or self.sign()
            return request.url

        def attempt(url: str) -> Outcome:
            nonlocal request
            assert request is not None
            outcome = self._attempt(request._replace(url=url), tries)
            if outcome.following == "new url":
                request = None
            return outcome._replace(following="fail") if outcome.following == "gone" else outcome

        try:
            with self.watched():
                self.until_done(f"{self.file.name} could not be sent to", sign, attempt, tries, "Try again.")
        except TransferError as error:
            if told := refusal_of(error, tries):
                raise told from error
            raise

    def _attempt(self, request: SignedRequest, tries: Tries) -> Outcome:
        digest = hashlib.md5(usedforsecurity=False)
        self.file.check()
        headers = dict(request.headers)
        if "content-length" not in {name.lower() for name in headers}:
            headers["Content-Length"] = str(self.file.size)
        sending = self.open(request.method, request.url, content=self._body(digest), headers=headers)
        with contextlib.closing(sending) as response:
            if not response.is_success:
                return self.refused(response, tries)
            self.beginning_of(response)  # there is hardly any; once read, the connection can be used again
        if self._sent != self.file.size:
            return Outcome(after_failure(tries), "the store replied before all of it was sent")
        self.file.check()
        stored = md5_of_google(response.headers.get("x-goog-hash", ""))
        stored = stored or md5_of_etag(response.headers.get("etag", ""), response.headers)
        if stored not in (None, digest.hexdigest()):
            return Outcome(after_change(tries), "it arrives changed")
        return Outcome("done")

    def _body(self, digest: hashlib._Hash) -> Iterator[bytes]:
        self._sent = 0
        for chunk in self.file.chunks():
            if self.stop.is_set():
                raise Stopped
            digest.update(chunk)
            self.expect(len(chunk))
            yield chunk
            self._sent += len(chunk)
            if self.on_progress:
                self.on_progress(Progress(self.done + self._sent, self.total, "bytes", "uploading"))
        self.expect(0)
