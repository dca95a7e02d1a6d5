"""The sandbox's time, which tests can turn."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable

from safelight.clock import Clock


class SandboxClock(Clock):
    """Real time plus what tests add to it.

    Tokens, jobs, and the URLs that the services sign live by it; the user's bucket, whose clients sign by this
    machine's time, does not. It is also a clock for the clients: sleeping on a frozen one takes no time and moves it
    forward.

    Args:
        frozen: It never moves by itself, only by `advance` and `sleep`.
    """

    def __init__(self, *, frozen: bool = False) -> None:
        self._lock = threading.Lock()
        self._added = 0.0
        self._waiting: set[Callable[[], object]] = set()
        self._stopped_at = (super().now(), super().monotonic()) if frozen else None

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once.

        Raises:
            ValueError: The number is negative: time goes forward only.
        """
        if seconds < 0:
            raise ValueError("a clock goes forward only: advance by zero seconds or more")
        with self._lock:
            self._added += seconds
            for wake in self._waiting:
                wake()

    def now(self) -> float:
        """Seconds since 1970."""
        return (self._stopped_at[0] if self._stopped_at else super().now()) + self._added

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        return (self._stopped_at[1] if self._stopped_at else super().monotonic()) + self._added

    def sleep(self, seconds: float) -> None:
        """Wait; a frozen clock moves on instead."""
        if self._stopped_at:
            self.advance(max(seconds, 0.0))
        else:
            super().sleep(seconds)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait, but not after the event is set; whether it is. A frozen clock moves on instead."""
        if not self._stopped_at:
            return super().wait(event, seconds)
        if not event.is_set():
            self.advance(max(seconds, 0.0))
        return event.is_set()

    async def async_sleep(self, seconds: float) -> None:
        """Wait and let other tasks run; a frozen clock moves on instead."""
        if self._stopped_at:
            self.advance(max(seconds, 0.0))
            seconds = 0
        await super().async_sleep(seconds)

    async def until(self, moment: float) -> None:
        """Wait until it is `moment`, in seconds since 1970. A frozen clock has to be turned that far by somebody."""
        loop, turned = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(turned.set)

        with self._lock:
            self._waiting.add(wake)
        try:
            while (left := moment - self.now()) > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(None if self._stopped_at else left):
                        await turned.wait()
                turned.clear()
        finally:
            # Under the lock: nobody is being woken in a loop that is closed the next moment.
            with self._lock:
                self._waiting.discard(wake)
