# Made from wrapper/safelight/_async/job.py by scripts/unasync.py: edit that file, then run that script.
"""Waiting for something that the service works on."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from safelight.bridge import Stopped, ThreadBell
from safelight.clock import Clock
from safelight.errors import (
    ConfigError,
    ConnectionFailed,
    JobFailed,
    JobTimeout,
    NotFound,
    RateLimited,
    SafelightError,
    ServerError,
    TransferError,
)

if TYPE_CHECKING:
    from safelight._sync.base import Service
    from safelight.transfer.progress import OnProgress

T = TypeVar("T")

logger = logging.getLogger("safelight")

_LAG = 5.0
_SHORTEST_PAUSE = 1.0
_TICK = 0.001
"""Seconds that are as good as none, and that no rounding makes last."""

_SHORTEST_LOOK = 5.0
_LONGEST_LOOK = 30.0
"""Seconds for one look with its retries: a service that does not answer is asked again in the next."""


class Job(ABC, Generic[T]):
    """Something that a service works on.

    Attributes:
        id: The service's id of it, by which it can be taken up in another process.
        state: The last state that was seen, or None.
    """

    _after_timeout: ClassVar[str] = "The service goes on with it."

    def __init__(self, job_id: str, service: Service, *, event_id: str | None = None) -> None:
        self.id = job_id
        self._event_id = event_id or job_id
        self.state: str | None = None
        self._clock = service._clock
        self._notices = service._notices
        self._bell = ThreadBell()
        self._given_up = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r}, state={self.state!r})"

    @abstractmethod
    def _look(self, timeout: float) -> T | None:
        """What the job made, or None if it is not done; sets `state`.

        Raises:
            JobFailed: The service gave it up.
        """

    def _end(self) -> None:
        """Clear away what only the job needed; called when it is done or has failed."""

    def result(self, *, timeout: float = 600.0, on_progress: OnProgress | None = None) -> T:
        """Wait until the job is done. A service that cannot be reached for a while is looked for until the timeout.

        An event of the job that is given to the client's `notify` ends the wait at once.

        Args:
            timeout: Seconds to wait at the most.
            on_progress: Is called with a `Progress` after each look.

        Raises:
            JobFailed: The service gave it up; `reason` says why.
            JobTimeout: It is not done yet: wait again, in this process or another.
            NotFound: The service knows no such job.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached at all.
        """
        if not timeout >= 0:
            raise ConfigError(f"timeout is {timeout}: give the seconds to wait at the most, 0 or more.")
        self._notices.listen(self._bell, [self._event_id])
        try:
            return self._wait(timeout, on_progress)
        finally:
            self._notices.leave(self._bell, [self._event_id])

    def _wait(self, timeout: float, on_progress: OnProgress | None) -> T:
        begun = self._clock.monotonic()
        trouble: SafelightError | None = None
        while True:
            looked_at = self._clock.monotonic()
            left = begun + timeout - looked_at
            try:
                made = self._look(min(_LONGEST_LOOK, max(_SHORTEST_LOOK, left)))
            except (ConnectionFailed, ServerError, RateLimited, TransferError, NotFound) as error:
                waited = self._clock.monotonic() - begun
                if isinstance(error, NotFound) and waited >= _LAG:  # a new job may not be known everywhere at once
                    raise
                if trouble is None and not isinstance(error, RateLimited):  # which is only a matter of time
                    logger.warning("waiting for %s goes on, but: %s", self.id, error)
                trouble = error
            except JobFailed:
                self._end()
                raise
            else:
                trouble = None
                if made is not None:
                    self._end()
                    return made
            waited = self._clock.monotonic() - begun
            if on_progress:
                from safelight.transfer.progress import Progress

                on_progress(Progress(waited, timeout, "seconds", "waiting", self.state))
            if waited >= timeout:
                raise self._timed_out(timeout, trouble) from trouble
            asked_for = getattr(trouble, "retry_after", None) or 0.0
            pause = max(self._notices.pause([self._event_id], begun), asked_for)
            until_told(
                self._bell,
                self._clock,
                pause=min(pause, timeout - waited),
                asked_for=asked_for,
                ends=partial(self._ends, looked_at, asked_for),
            )
            if self._given_up:
                raise Stopped

    def _ends(self, looked_at: float, asked_for: float) -> bool:
        """Whether there is a reason to look, or to stop, before another second has passed."""
        return self._given_up or (not asked_for and self._notices.has_ended([self._event_id], looked_at))

    def _timed_out(self, timeout: float, trouble: SafelightError | None) -> SafelightError:
        if trouble is not None and self.state is None:
            return trouble  # the service was never reached: there is nothing else to tell
        last = f" At last: {trouble}" if trouble else ""
        return JobTimeout(
            f"Not done after {timeout:.0f} s: {self.id} ({self.state or 'not seen'}). "
            f"{self._after_timeout} Wait again with the same id.{last}",
            job_id=self.id,
            state=self.state,
        )

    def _give_up(self) -> None:
        """End the waiting of another thread."""
        self._given_up = True
        self._bell.ring()


def until_told(bell: ThreadBell, clock: Clock, *, pause: float, asked_for: float, ends: Callable[[], bool]) -> bool:
    """Wait until it is time for the next look, or the bell rings; whether it did.

    However often it rings, looks are a second apart, and as far as the service asks for, unless there is a reason.

    Args:
        bell: The bell.
        clock: The time.
        pause: Seconds until the next look, if the bell does not ring.
        asked_for: Seconds that the service asks its callers to wait.
        ends: Whether there is a reason not to wait any longer after it rang.
    """
    begun, rang = clock.monotonic(), False
    least = min(pause, max(_SHORTEST_PAUSE, asked_for))
    while (left := begun + (least if rang else pause) - clock.monotonic()) > _TICK:
        rang = bell.wait(clock, left) or rang
        if rang and ends():
            break
    return rang


class SharedQuestion(Generic[T]):
    """A question that many wait for the answer to: asked once at a time, and once for all of them."""

    def __init__(self, ask: Callable[[], T], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[float, T | None, SafelightError | None] | None = None

    def answer(self, *, newest: float, fresh: float) -> tuple[float, T]:
        """When the question was asked, and the answer.

        Args:
            newest: When the newest answer that the caller knows was asked for.
            fresh: How many seconds before now an answer that will do may have been asked for.
        """
        oldest = self._clock.monotonic() - fresh
        with self._lock:
            known = self._known
            if known is None or known[0] <= newest or known[0] < oldest:
                asked_at = self._clock.monotonic()
                try:
                    known = asked_at, self._ask(), None
                except SafelightError as error:  # it is the answer of all who wait
                    known = asked_at, None, error
                self._known = known
        asked_at, answer, trouble = known
        if trouble is not None:
            raise trouble
        return asked_at, cast("T", answer)

    def forget(self) -> None:
        """Do not keep the last answer: nobody waits for another."""
        self._known = None
