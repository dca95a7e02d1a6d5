# Made from wrapper/safelight/_async/job.py by scripts/unasync.py: edit that file, then run that script.
"""Waiting for something that the service works on."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Generic, TypeVar, cast

from safelight.clock import Clock
from safelight.errors import SafelightError

T = TypeVar("T")

_SHORTEST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_SHARE_OF_THE_WAIT = 0.1


def pause_after(waited: float) -> float:
    """Seconds until the next look at something that has been waited for so long: a tenth of it, from 1 s to 30 s.

    So the end of a job is noticed within a tenth of its duration; the jitter keeps many clients from looking at once.
    """
    pause = min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, waited * _SHARE_OF_THE_WAIT))
    return pause * random.uniform(0.8, 1.0)  # noqa: S311


class SharedQuestion(Generic[T]):
    """A question that many wait for the answer to: asked once at a time, and once for all of them."""

    def __init__(self, ask: Callable[[], T], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._answer: T | None = None
        self._error: SafelightError | None = None

    def answer(self, *, newest: float, fresh: float) -> tuple[float, T]:
        """When the question was asked, and the answer.

        Args:
            newest: When the newest answer that the caller knows was asked for.
            fresh: How many seconds before now an answer that will do may have been asked for.
        """
        oldest = self._clock.monotonic() - fresh
        with self._lock:
            if self._asked_at <= newest or self._asked_at < oldest:
                asked_at = self._clock.monotonic()
                try:
                    self._answer, self._error = self._ask(), None
                except SafelightError as error:  # it is the answer of all who wait
                    self._error = error
                self._asked_at = asked_at
            if self._error is not None:
                raise self._error
            return self._asked_at, cast("T", self._answer)
