"""Trying until it is done: what sending a part and fetching a file have in common."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

import attrs
import httpx

from safelight.bridge import Stop, Stopped
from safelight.clock import Clock
from safelight.errors import (
    ConnectionFailed,
    IntegrityError,
    RateLimited,
    ServerError,
    TransferError,
    UploadExpired,
)
from safelight.redaction import bare_url, redacted, shown
from safelight.retry import transfer_pause
from safelight.transfer.decide import MOST_CHANGES, MOST_URLS, Next, Tries, after_failure, after_reply
from safelight.transfer.progress import OnProgress
from safelight.transfer.wires import Wires
from safelight.transport import beginning_of, presigned_request, redirected


class TransferGone(TransferError):
    """The store no longer knows the upload; never leaves the package."""


class Outcome(NamedTuple):
    """What came of one attempt: what is next, what was wrong, and the reply's headers."""

    following: Next
    problem: str = ""
    headers: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"Outcome({self.following!r}, {self.problem!r})"  # a Location may be signed


_PATIENCE = 120.0
"""Seconds that a store may take to begin its reply."""

_LOOK_EVERY = 0.5

_SLOWEST = 1000.0
"""Bytes a second that a store has to take, whatever it says meanwhile: below that a part would take days."""


@attrs.define(kw_only=True)
class Transfer:
    """Moves bytes to or from presigned URLs; `stop` ends it, and `on_progress` is called in the thread that runs it."""

    http: httpx.Client
    stop: Stop
    on_progress: OnProgress | None = None
    clock: Clock
    _wires: Wires = attrs.field(init=False, factory=Wires)
    _overdue_at: float | None = attrs.field(init=False, default=None)

    def until_done(
        self, what: str, sign: Callable[[], str], attempt: Callable[[str], Outcome], tries: Tries, advice: str
    ) -> None:
        """Make attempts until one succeeds, with a fresh URL for each, as long as there is hope.

        Args:
            what: What could not be done, for the message.
            sign: Gives a fresh URL; a service that is away for a while is asked again.
            attempt: Makes one attempt with a URL.
            tries: What went wrong so far.
            advice: What to do if it cannot be done.

        Raises:
            TransferError: The store refuses, or keeps failing.
            TransferGone: The store no longer knows the upload.
            Stopped: `stop` was set.
        """
        url = ""
        while True:
            try:
                url = url or sign()
                outcome = attempt(url)
            except (ConnectionFailed, ServerError, RateLimited) as error:
                outcome = Outcome(after_failure(tries), str(error))
                if outcome.following == "fail":
                    raise
            except httpx.TransportError as error:
                if self.stop.is_set():
                    raise Stopped from None
                outcome = Outcome(after_failure(tries), shown(error))
            match outcome.following:
                case "done":
                    return
                case "redirect":
                    url = redirected(url, outcome.headers.get("location", ""))
                    continue
                case "gone":
                    raise TransferGone(f"{bare_url(url)} no longer knows this upload")
                case "fail":
                    raise TransferError(f"{what} {bare_url(url)} in {tries}: {outcome.problem}. {advice}")
                case "again":
                    pause = transfer_pause(tries.failures, outcome.headers, self.clock.now())
                    if self.clock.wait(self.stop, pause):
                        raise Stopped
            url = ""

    def open(self, method: str, url: str, **request: Any) -> httpx.Response:
        """Send a request, and return when the reply's headers are there."""
        extensions = {"trace": self._wires.trace}
        built = presigned_request(self.http, method, url, extensions=extensions, **request)
        self.expect(0)
        try:
            return self.http.send(built, stream=True)
        finally:
            self._overdue_at = None

    def refused(self, response: httpx.Response, tries: Tries, **redirects: Collection[int]) -> Outcome:
        """What a reply other than the wished one means."""
        body = self.beginning_of(response)
        problem = f"{response.status_code} {redacted(' '.join(body.split()))[:200]}".rstrip()
        return Outcome(after_reply(response.status_code, body, tries, **redirects), problem, response.headers)

    def beginning_of(self, response: httpx.Response) -> str:
        """The first characters of a reply's body."""
        self.expect(0)
        try:
            return beginning_of(response)
        finally:
            self._overdue_at = None

    def expect(self, size: int) -> None:
        """Note that so many bytes are about to be sent, and that after them (more of) the reply may come."""
        self._overdue_at = self.clock.monotonic() + _PATIENCE + size / _SLOWEST

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Have a thread break off what is overdue."""
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(_LOOK_EVERY):
                self.break_off_if_overdue()

        watcher = threading.Thread(target=watch, name="safelight-watch", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def break_off_if_overdue(self) -> None:
        """Cut the connection of an attempt that gets nowhere; for another thread.

        The timeouts of httpx begin anew with every byte, so that a store that takes, or says, one every now and then
        would keep an attempt alive for ever.
        """
        if (overdue_at := self._overdue_at) is not None and self.clock.monotonic() > overdue_at:
            self._overdue_at = None
            self._wires.break_off()


def refusal_of(error: TransferError, tries: Tries) -> TransferError | None:
    """The error that says more of why the tries came to an end, where there is more to say."""
    if tries.changes >= MOST_CHANGES:
        return IntegrityError(f"{error} Something on the way alters it: try another network.")
    if tries.urls >= MOST_URLS:
        return UploadExpired(f"{error} Is this machine's clock right?")
    return None
