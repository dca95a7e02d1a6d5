"""The parts of an upload that are still to be sent, and URLs of the next ones, asked for while others are sent."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from safelight.clock import Clock
from safelight.transfer.plan import Part

_FRESH = 60.0
"""Seconds for which a URL that was asked for ahead is used: stores let them expire."""


class Ready(NamedTuple):
    """A part that is to be sent next, and its URL: "" where it is still to be asked for."""

    part: Part
    url: str
    signed_at: float


class Line:
    """Hands each part to one of several threads."""

    def __init__(self, parts: Sequence[Part], sign: Callable[[int], str], clock: Clock) -> None:
        """Line the parts up; `sign` gives a fresh URL for a part's number."""
        self._sign = sign
        self._clock = clock
        self._waiting = deque(parts)
        self._ready: deque[Ready] = deque()
        self._being_signed = 0
        self._takers = 0
        self._changed = threading.Condition()
        self._is_closed = False

    def __len__(self) -> int:
        """How many parts nobody has taken yet."""
        with self._changed:
            return len(self._waiting) + len(self._ready) + self._being_signed

    def take(self) -> tuple[Part, str] | None:
        """The next part, and its URL or ""; None where no part is left."""
        with self._changed:
            self._takers += 1
            # To wait for a URL that is under way takes less time than to ask for another, if it is for this thread.
            self._changed.wait_for(lambda: self._is_closed or self._ready or self._takers > self._being_signed)
            self._takers -= 1
            if self._is_closed:
                return None
            if self._ready:
                part, url, signed_at = self._ready.popleft()
                return part, url if self._clock.monotonic() - signed_at <= _FRESH else ""
            return (self._waiting.popleft(), "") if self._waiting else None

    def sign_ahead(self) -> None:
        """Ask for the next part's URL, in a thread of its own; to be called once for each part that was taken."""
        with self._changed:
            if self._is_closed or not self._waiting:
                return
            part = self._waiting.popleft()
            self._being_signed += 1
        threading.Thread(target=self._sign_one, args=(part,), name="safelight-url", daemon=True).start()

    def _sign_one(self, part: Part) -> None:
        asked_at = self._clock.monotonic()
        try:
            url = self._sign(part.number)
        except BaseException:  # noqa: BLE001 - who takes the part asks again, and tells what is wrong
            url = ""
        with self._changed:
            self._being_signed -= 1
            self._ready.append(Ready(part, url, asked_at))
            self._changed.notify_all()

    def close(self) -> None:
        """Hand out no more parts."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def wait_until_quiet(self, seconds: float) -> None:
        """Wait, but no longer than this, until no URL is being asked for."""
        with self._changed:
            self._changed.wait_for(lambda: not self._being_signed, seconds)
