"""Waiting for captures: there is no request for a single one, so all who wait share the walk through the list."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from safelight._async.job import AsyncSharedQuestion, until_told
from safelight.bridge import TaskBell
from safelight.captures import USUAL_PAGE, Ages, NotListed, failure, is_ready
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

_RECENT = 1.0
"""Seconds from one look to the next at the least, and for which the look of others will do where there is no time."""

_SHORTEST_LOOK = 5.0
_LONGEST_LOOK = 30.0
"""Seconds for one request of a look with its retries: a service that does not answer is asked again in the next."""


class AsyncCaptureWait:
    """Everybody who waits for captures of one account.

    A round is one look at the list, and whoever waits takes in its answer. The next one is due when the youngest of the
    captures that are waited for needs it (`pause_after`, by how long the service has been at work on it), a second
    after the last at the soonest. So the rounds are those of one capture, however many wait and whenever they began,
    and the end of each is noticed in time. Somebody who begins to wait looks at once if the last look is a second old;
    else that one will do, if it saw the capture, or the next.
    """

    def __init__(
        self,
        pages: Callable[..., AsyncIterator[list[Capture]]],
        clock: Clock,
        notices: Notices,
        *,
        server_now: Callable[[], float],
    ) -> None:
        self._pages = pages
        self._clock = clock
        self._notices = notices
        self._server_now = server_now
        self._wanted: dict[int, tuple[set[str], float]] = {}
        self._list = AsyncSharedQuestion(self._look, clock)
        self._depth = 0

    async def _look(self) -> dict[str, Capture]:
        """The list as far as it holds captures that anybody waits for: the walk ends with the last of them."""
        found: dict[str, Capture] = {}
        waiting = list(self._wanted.values())
        wanted = set[str]().union(*(eids for eids, _ in waiting))
        latest = max((deadline for _, deadline in waiting), default=0.0)
        left = min(_LONGEST_LOOK, max(_SHORTEST_LOOK, latest - self._clock.monotonic()))
        depth = 0
        async for page in self._pages(expected=max(self._depth, len(wanted)) + USUAL_PAGE, timeout=left):
            for capture in page:
                found[capture.eid] = capture
                if capture.eid in wanted:
                    wanted.discard(capture.eid)
                    depth = len(found)
            if not wanted:
                break
        self._depth = depth
        return found

    async def ready(
        self, eids: Iterable[str], *, timeout: float, on_progress: OnProgress | None
    ) -> AsyncGenerator[Capture]:
        """Yield each capture as it gets ready; the errors are those of `AsyncTeleport.wait_all`."""
        order = [eids] if isinstance(eids, str) else list(dict.fromkeys(eids))
        for eid in order:
            check_id("eid", eid)
        left, failures, missing = set(order), list[JobFailed](), NotListed()
        states: dict[str, str] = {}
        trouble: SafelightError | None = None
        begun = self._clock.monotonic()
        ends_at, ages = begun + timeout, Ages(begun)
        asked_at, fresh = float("-inf"), _RECENT
        bell = TaskBell()
        self._wanted[id(left)] = left, ends_at
        self._notices.listen(bell, order)
        try:
            while left:
                try:
                    asked_at, found = await self._list.answer(newest=asked_at, fresh=fresh)
                    if asked_at < begun and not left <= found.keys():  # these were not looked for
                        next_at = min(asked_at + _RECENT, ends_at)
                        await self._clock.async_sleep(max(0.0, next_at - self._clock.monotonic()))
                        since_begun = self._clock.monotonic() - begun
                        asked_at, found = await self._list.answer(newest=asked_at, fresh=since_begun)
                    trouble = None
                except (ConnectionFailed, ServerError, RateLimited) as error:
                    if trouble is None:
                        logger.warning("waiting goes on, but: %s", error)
                    asked_at, found, trouble = self._clock.monotonic(), {}, error
                now, server_now = self._clock.monotonic(), self._server_now()
                waited = now - begun
                seen = [found[eid] for eid in order if eid in left and eid in found]
                states.update((capture.eid, str(capture.state)) for capture in seen)
                _report(on_progress, waited, timeout, states)
                for capture in seen:
                    ages.note(capture, now=now, server_now=server_now)
                    if failed := failure(capture):
                        failures.append(failed)
                        left.discard(capture.eid)
                    elif is_ready(capture):
                        left.discard(capture.eid)
                        yield capture
                if trouble is None:
                    missing.check(left - found.keys(), waited)
                asked_for = getattr(trouble, "retry_after", None) or 0.0
                pause = max(self._notices.pause(left, ages.of_youngest(left)), asked_for)
                if left and waited >= timeout:
                    if trouble is not None and not states:
                        raise trouble  # the service was never reached: there is nothing else to tell
                    raise _timed_out(sorted(left), states, timeout, trouble) from trouble
                if left:
                    wake_at = min(asked_at + pause, ends_at)
                    pause_left = max(0.0, wake_at - self._clock.monotonic())
                    rang = await until_told(
                        bell,
                        self._clock,
                        pause=pause_left,
                        asked_for=asked_for,
                        ends=partial(self._notices.has_ended, left, float("inf") if asked_for else asked_at),
                    )
                    # Whatever others were told since will do, and counts as a look of one's own: rounds are common.
                    fresh = 0.0 if rang else _RECENT if wake_at == ends_at else pause
        finally:
            self._notices.leave(bell, order)
            del self._wanted[id(left)]
            if not self._wanted:
                self._list.forget()
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
