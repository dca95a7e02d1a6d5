"""How many connections a transfer uses, found by trying: decisions only, no I/O."""

from __future__ import annotations

_SPAN = 2.0
"""Seconds that a new connection gets to come up to speed, and then seconds over which the speed is measured."""

_WORTH_IT = 1.1
"""How much faster more connections have to be: each costs memory, and takes from others who use the same line."""

_REST = 30.0
"""Seconds after which more connections are tried again: what held them back may be gone by then."""


class Pace:
    """How many connections should be at work.

    A single one may be held back by its round trips, or by a limit of the store or of a router on the way; where the
    line itself is the limit, more of them bring nothing.
    """

    def __init__(self, start: int, most: int) -> None:
        """Begin with `start` connections, and never want more than `most`."""
        self._most = most
        self._wanted = start
        self._proven = start
        self._speed = 0.0
        self._until: float | None = None
        self._measured_from: tuple[float, int] | None = None

    def wanted(self, now: float, moved: int) -> int:
        """How many should be at work now.

        Args:
            now: Seconds of a monotonic clock.
            moved: Bytes that all of them have moved so far.
        """
        if self._until is None:
            self._until = now + _SPAN
        elif now >= self._until:
            self._until = now + self._turn(now, moved)
        return self._wanted

    def _turn(self, now: float, moved: int) -> float:
        """Take what is next; seconds until the next turn."""
        if self._measured_from is None:
            self._measured_from = now, moved
            return _SPAN
        since, before = self._measured_from
        self._measured_from = None
        speed = (moved - before) / (now - since)
        if self._wanted > self._proven and speed < self._speed * _WORTH_IT:
            self._wanted = self._proven
            return _REST
        self._proven, self._speed = self._wanted, speed
        self._wanted = min(self._most, self._wanted + max(1, self._wanted // 2))
        return _SPAN
