"""Hours in seconds: a time that goes on when everybody waits, and a Teleport whose captures get ready as it passes."""

from __future__ import annotations

import asyncio
import json
import selectors
import threading
from bisect import bisect_right
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx

from safelight import AsyncTeleport
from safelight.clock import Clock

T = TypeVar("T")

START = 1_800_000_000.0
BASE = "https://teleport.test"
PAGES = f"{BASE}/api/v1/captures"
_TOKEN = f"{BASE}/oauth2/token"


class VirtualClock(Clock):
    """A clock that only sleeping moves. In `run`, tasks sleep side by side, and it goes on to the first alarm.

    Attributes:
        passed: Seconds since it was made.
    """

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> float:
        return START + self.passed

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if not event.is_set():
            self.passed += seconds
        return event.is_set()

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """What comes of a coroutine in an event loop of this time."""
        with asyncio.Runner(loop_factory=lambda: _VirtualLoop(self)) as runner:
            return runner.run(main)


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(_Jumping(clock))
        self._virtual = clock

    def time(self) -> float:
        return self._virtual.passed


class _Jumping(selectors.SelectSelector):
    """Where the loop would wait for an alarm, time passes instead; it waits for threads if there is no alarm."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(None if timeout is None else 0)
        if not ready and timeout:
            self._clock.passed += timeout
        return ready


class Captures:
    """A Teleport of whose captures each is uploaded at one moment and ready at another, by a virtual clock.

    They are called `0`, `1` and so on, and listed as soon as they are uploaded, the newest first.

    Args:
        trip: Seconds that each request takes.

    Attributes:
        clock: The time.
        spans: When each was uploaded and is ready, in seconds by the clock, in the order of their uploads.
        looked_at: When each walk through the list began.
        requests: How many requests for pages there were.
        largest: The most captures that were asked for in one.
    """

    def __init__(self, clock: VirtualClock, spans: Sequence[tuple[float, float]], *, trip: float = 0.1) -> None:
        self.clock = clock
        self.spans = spans
        self.looked_at: list[float] = []
        self.requests = self.largest = 0
        self._trip = trip
        self._uploaded = [uploaded for uploaded, _ in spans]
        self._texts = [(_text(n, span, ready=False), _text(n, span, ready=True)) for n, span in enumerate(spans)]

    def page(self, limit: int, offset: int) -> bytes:
        """The body of a page, at this moment."""
        now = self.clock.passed
        self.requests += 1
        self.largest = max(self.largest, limit)
        if offset == 0:
            self.looked_at.append(now)
        end = bisect_right(self._uploaded, now) - offset
        numbers = range(end - 1, max(0, end - limit) - 1, -1)
        return b"[" + b",".join(self._texts[n][now >= self.spans[n][1]] for n in numbers) + b"]"

    def client(self) -> AsyncTeleport:
        """A client of it."""

        async def answer(request: httpx.Request) -> httpx.Response:
            if str(request.url) == _TOKEN:
                return httpx.Response(200, json={"access_token": "token", "expires_in": 10**6})
            asked = request.url.params
            await asyncio.sleep(self._trip / 2)
            body = self.page(int(asked["limit"]), int(asked["offset"]))
            await asyncio.sleep(self._trip / 2)
            return httpx.Response(200, content=body, headers={"Content-Type": "application/json"})

        return AsyncTeleport(
            "id",
            "secret",
            base_url=BASE,
            token_url=_TOKEN,
            transport=httpx.MockTransport(answer),
            clock=self.clock,
        )

    def lags(self, begun: Sequence[float]) -> list[float]:
        """How long after its end each capture is noticed by a task of its own, which begins to wait for it.

        Args:
            begun: When each task begins, by the clock.
        """

        async def main() -> list[float]:
            async with self.client() as teleport:

                async def wait(number: int) -> float:
                    await self.clock.async_sleep(begun[number] - self.clock.passed)
                    await teleport.wait(str(number), timeout=10**6)
                    return self.clock.passed - max(self.spans[number][1], begun[number])

                return await asyncio.gather(*map(wait, range(len(begun))))

        return self.clock.run(main())


def _text(number: int, span: tuple[float, float], *, ready: bool) -> bytes:
    times = [datetime.fromtimestamp(START + moment, UTC).replace(tzinfo=None).isoformat() for moment in span]
    addresses = "preview_url viewer_url share_url share_link gif_url video_url share_video_url"
    nothing = f"error_reason state_description error_reason_slug {addresses}"
    capture = {
        "eid": str(number),
        "sid": f"sid-{number}" if ready else None,
        "name": f"Capture {number}",
        "created": times[0],
        "uploaded": times[0],
        "state": "READY" if ready else "PROCESSING",
        **dict.fromkeys(nothing.split()),
        "preview_urls": {},
        "is_public": False,
    }
    return json.dumps(capture).encode()
