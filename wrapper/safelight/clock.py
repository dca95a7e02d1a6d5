"""The time, as an argument: tests hand in a clock of their own."""

from __future__ import annotations

import threading
import time


class Clock:
    """The system's clock."""

    def now(self) -> float:
        """Seconds since 1970 by the wall clock, which may be wrong or be set."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds by a clock that only goes forward."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait, but not after the event is set; whether it is."""
        return event.wait(seconds)

    async def async_sleep(self, seconds: float) -> None:
        """Wait, and let other tasks run."""
        import asyncio  # those who only block do not need it

        await asyncio.sleep(seconds)


SYSTEM_CLOCK = Clock()
