# Made from wrapper/safelight/_async/capture_wait.py by scripts/unasync.py: edit that file, then run that script.
"""Waiting for captures: there is no request for a single one, so all who wait share the walk through the list."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from safelight._sync.job import SharedQuestion, until_told
from safelight.bridge import ThreadBell
from safelight.captures import NotListed, failure, is_ready
from safelight.clock import Clock
from safelight.config import check_id
from safelight.errors import (
    ConnectionFailed,
    JobFailed,
    JobTimeout,
    RateLimited,
    SafelightError,
    ServerError,
)

if TYPE_CHECKING:
    from safelight.notices import Notices
    from safelight.transfer.progress import OnProgress
    from safelight_api.teleport.models import Capture

logger = logging.getLogger("safelight")

_SHORTEST_LOOK = 5.0
_LONGEST_LOOK = 30.0
"""Seconds for one request of a look with its retries: a service that does not answer is asked again in the next."""


class CaptureWait:
    """Everybody who waits for captures of one account."""

    def __init__(self, pages: Callable[..., Iterator[list[Capture]]], clock: Clock, notices: Notices) -> None:
        self._pages = pages
        self._clock = clock
        self._notices = notices
        self._wanted: dict[int, tuple[set[str], float]] = {}
        self._list = SharedQuestion(self._look, clock)

    def _look(self) -> dict[str, Capture]:
        """The captures that anybody waits for, as the list has them; the walk ends with the last of them."""
        found: dict[str, Capture] = {}
        latest = max((deadline for _, deadline in list(self._wanted.values())), default=0.0)
        left = min(_LONGEST_LOOK, max(_SHORTEST_LOOK, latest - self._clock.monotonic()))
        for page in self._pages(timeout=left):
            found.update((capture.eid, capture) for capture in page)
            if set[str]().union(*(eids for eids, _ in list(self._wanted.values()))) <= found.keys():
                break
        return found

    def ready(self, eids: Iterable[str], *, timeout: float, on_progress: OnProgress | None) -> Generator[Capture]:
        """Yield each capture as it gets ready; the errors are those of `Teleport.wait_all`."""
        order = [eids] if isinstance(eids, str) else list(dict.fromkeys(eids))
        for eid in order:
            check_id("eid", eid)
        left, failures, missing = set(order), list[JobFailed](), NotListed()
        states: dict[str, str] = {}
        trouble: SafelightError | None = None
        begun = self._clock.monotonic()
        asked_at, fresh = float("-inf"), 0.0
        bell = ThreadBell()
        self._wanted[id(left)] = left, begun + timeout
        self._notices.listen(bell, order)
        try:
            while left:
                try:
                    asked_at, found = self._list.answer(newest=asked_at, fresh=fresh)
                    trouble = None
                except (ConnectionFailed, ServerError, RateLimited) as error:
                    if trouble is None:
                        logger.warning("waiting goes on, but: %s", error)
                    asked_at, found, trouble = self._clock.monotonic(), {}, error
                waited = self._clock.monotonic() - begun
                states.update((eid, str(found[eid].state)) for eid in order if eid in found)
                _report(on_progress, waited, timeout, states)
                for eid in [eid for eid in order if eid in left & found.keys()]:
                    capture = found[eid]
                    if failed := failure(capture):
                        failures.append(failed)
                        left.discard(eid)
                    elif is_ready(capture):
                        left.discard(eid)
                        yield capture
                if trouble is None:
                    missing.check(left - found.keys(), waited)
                asked_for = getattr(trouble, "retry_after", None) or 0.0
                pause = max(self._notices.pause(left, begun), asked_for)
                if left and waited >= timeout:
                    if trouble is not None and not states:
                        raise trouble  # the service was never reached: there is nothing else to tell
                    raise _timed_out(sorted(left), states, timeout, trouble) from trouble
                if left:
                    wake_at = min(max(asked_at, begun) + pause, begun + timeout)
                    pause_left = max(0.0, wake_at - self._clock.monotonic())
                    rang = until_told(
                        bell,
                        self._clock,
                        pause=pause_left,
                        asked_for=asked_for,
                        ends=partial(self._notices.has_ended, left, float("inf") if asked_for else asked_at),
                    )
                    # Half a pause: those whose next look is near enough take this one, and the rounds stay common.
                    fresh = 0.0 if rang else pause / 2
        finally:
            self._notices.leave(bell, order)
            del self._wanted[id(left)]
        if failures:
            for other in failures[1:]:
                failures[0].add_note(str(other))
            raise failures[0]


def _report(on_progress: OnProgress | None, waited: float, timeout: float, states: dict[str, str]) -> None:
    if on_progress:
        from safelight.transfer.progress import Progress

        seen = ", ".join(sorted(set(states.values())))
        on_progress(Progress(waited, timeout, "seconds", "waiting", seen or None))


def _timed_out(eids: list[str], states: dict[str, str], timeout: float, trouble: SafelightError | None) -> JobTimeout:
    seen = ", ".join(f"{eid} ({states.get(eid, 'not seen')})" for eid in eids)
    last = f" At last: {trouble}" if trouble else ""
    return JobTimeout(
        f"Not ready after {timeout:.0f} s: {seen}. The service goes on with it: wait again with the same eid.{last}",
        job_id=eids[0],
        state=states.get(eids[0]),
    )
