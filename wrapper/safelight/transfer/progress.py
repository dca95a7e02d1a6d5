"""How far a long operation has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import attrs

from safelight.clock import Clock

REPORT_EVERY = 0.1
"""Seconds between two reports."""

Phase = Literal["reading", "uploading", "waiting", "downloading", "enhancing", "analysing"]


@attrs.frozen
class Progress:
    """One report of a long operation.

    Attributes:
        done: How much is done, in `unit`. It may go back when a part is sent again.
        total: How much there is, in `unit`, or None where nobody knows.
        unit: `bytes` for transfers; `seconds` for waiting, where `done` is the time waited; `files` for many pictures.
        phase: `reading` (a folder is read through before it is sent), `uploading`, `waiting`, `downloading`,
            `enhancing` or `analysing`.
        state: The last state that the service reported, while waiting.
    """

    done: float
    total: float | None
    unit: Literal["bytes", "seconds", "files"]
    phase: Phase
    state: str | None = None

    def __str__(self) -> str:
        if self.unit == "seconds":
            return f"{self.phase}: {self.done:.0f} s" + (f", {self.state}" if self.state else "")
        if self.unit == "files":
            return f"{self.phase}: {self.done:.0f} of {self.total or 0:.0f} pictures"
        if not self.total:
            return f"{self.phase}: {human_bytes(self.done)}"
        return f"{self.phase}: {human_bytes(self.done)} of {human_bytes(self.total)} ({self.done / self.total:.0%})"


OnProgress = Callable[[Progress], object]


def human_bytes(count: float) -> str:
    """`12.3 MB` for 12345678; powers of 1000, as link speeds and file managers count."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


class Reporter:
    """Passes progress on, but not more often than anybody can read."""

    def __init__(self, on_progress: OnProgress | None, clock: Clock) -> None:
        self._on_progress = on_progress
        self._clock = clock
        self._last = float("-inf")

    def report(self, progress: Progress) -> None:
        """Pass it on if the last is long enough ago, or if it is the end."""
        if self._on_progress is None:
            return
        now = self._clock.monotonic()
        if now - self._last >= REPORT_EVERY or progress.done == progress.total:
            self._last = now
            self._on_progress(progress)
