"""What webhooks tell those who wait, so that they look at once, and less often by themselves."""

from __future__ import annotations

import random
import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from safelight.clock import Clock

if TYPE_CHECKING:
    from safelight.webhooks import Event

_REMEMBERED = 1000
_TRUSTED = 900.0
"""Seconds after the last event for which more of them are expected."""

_THINNED = 4.0
_LONGEST_THINNED_PAUSE = 120.0
_SHORTEST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_SHARE_OF_THE_WAIT = 0.1


class Bell(Protocol):
    """What wakes somebody who waits."""

    def ring(self) -> None: ...


class Notices:
    """The newest event of each job, and who waits for which; for any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._newest: OrderedDict[str, tuple[Event, float]] = OrderedDict()
        self._bells: dict[str, list[Bell]] = {}
        self._heard_at = float("-inf")

    def tell(self, event: Event) -> None:
        """Wake those who wait for the event's job; all of them where it names none.

        One that anybody may have sent does no more than that.
        """
        import attrs  # only for those who are told something: importing it costs milliseconds

        now = self._clock.monotonic()
        with self._lock:
            if event.job_id is None:
                bells = [bell for some in self._bells.values() for bell in some]
            else:
                bells = list(self._bells.get(event.job_id, ()))
            if event.verified:
                self._heard_at = now
            if event.verified and event.job_id is not None:
                # Of the others nobody needs the body, which may hold addresses of pictures.
                self._newest[event.job_id] = event if event.failed else attrs.evolve(event, body={}), now
                self._newest.move_to_end(event.job_id)
                if len(self._newest) > _REMEMBERED:
                    self._newest.popitem(last=False)
        for bell in bells:
            bell.ring()

    def forget(self, job_id: str) -> None:
        """Let events so far be those of another job, which had the same id."""
        with self._lock:
            self._newest.pop(job_id, None)

    def about(self, job_id: str) -> Event | None:
        """The newest verified event of a job, if there was one."""
        with self._lock:
            event, _ = self._newest.get(job_id, (None, 0.0))
            return event

    def has_ended(self, job_ids: Iterable[str], since: float) -> bool:
        """Whether the end of one of these jobs was told after a moment of the monotonic clock."""
        with self._lock:
            told = [self._newest[job_id] for job_id in job_ids if job_id in self._newest]
        return any(event.ended and heard_at > since for event, heard_at in told)

    def listen(self, bell: Bell, job_ids: Iterable[str]) -> None:
        """Ring the bell for events of these jobs, until `leave` is called with the same."""
        with self._lock:
            for job_id in job_ids:
                self._bells.setdefault(job_id, []).append(bell)

    def leave(self, bell: Bell, job_ids: Iterable[str]) -> None:
        """Ring the bell no more."""
        with self._lock:
            for job_id in job_ids:
                self._bells[job_id].remove(bell)
                if not self._bells[job_id]:
                    del self._bells[job_id]

    def pause(self, job_ids: Iterable[str], begun: float) -> float:
        """Seconds until the next look at jobs that began, or to wait for which, at a moment of the monotonic clock.

        Longer while events arrive, or one of these jobs was told of before: its end will be told, too. Short again
        after that: what the service says when it is asked may lag behind its call.
        """
        now = self._clock.monotonic()
        with self._lock:
            told = [self._newest[job_id] for job_id in job_ids if job_id in self._newest]
        if ends := [heard_at for event, heard_at in told if event.ended or event.state is None]:
            return pause_after(now - max(begun, *ends))
        pause = pause_after(now - begun)
        is_trusted = told or now - self._heard_at <= _TRUSTED
        return min(_LONGEST_THINNED_PAUSE, pause * _THINNED) if is_trusted else pause


def pause_after(waited: float) -> float:
    """Seconds until the next look at something that has lasted for so long: a tenth of it, from 1 s to 30 s.

    It is less by 5 % to 20 %, so that many clients do not look at once, and that there is time for the look itself:
    the end of a job is noticed within a tenth of its duration, or within 2 s if that is more.
    """
    pause = min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, waited * _SHARE_OF_THE_WAIT))
    return pause * random.uniform(0.8, 0.95)  # noqa: S311 - jitter, no secret
