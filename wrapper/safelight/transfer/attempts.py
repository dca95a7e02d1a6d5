"""Trying until it is done: what sending a part and fetching a file have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import attrs
import httpx

from safelight.bridge import Stop, Stopped
from safelight.clock import Clock
from safelight.errors import ConnectionFailed, RateLimited, ServerError, TransferError
from safelight.redaction import bare_url, redacted, shown
from safelight.retry import transfer_pause
from safelight.transfer.decide import Next, Tries, after_failure, after_reply
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


@attrs.define(kw_only=True)
class Transfer:
    """Moves bytes to or from presigned URLs; `stop` ends it, and `on_progress` is called in the thread that runs it."""

    http: httpx.Client
    stop: Stop
    on_progress: OnProgress | None
    clock: Clock
    _wires: Wires = attrs.field(init=False, factory=Wires)

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
        return self.http.send(presigned_request(self.http, method, url, extensions=extensions, **request), stream=True)


def refused(response: httpx.Response, tries: Tries, **redirects: Collection[int]) -> Outcome:
    """What a reply other than the wished one means."""
    body = beginning_of(response)
    problem = f"{response.status_code} {redacted(' '.join(body.split()))[:200]}".rstrip()
    return Outcome(after_reply(response.status_code, body, tries, **redirects), problem, response.headers)
