"""Staying alive until somebody ends it."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def wait_for_the_end() -> None:
    """Return at Ctrl-C, or when the process is asked to end; what was set up before can then be cleared away."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        while not ended.wait(3600):
            pass  # Windows' waits without an end cannot be interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
