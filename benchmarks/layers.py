"""Where the time of a call goes: a look at the stack, thousands of times a second."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_EVERY = 0.0005
_OTHER = "the rest"
_LAYERS = {
    "/httpcore/_backends/": "network",
    "/httpcore2/_backends/": "network",
    "/selectors.py": "network",
    "/asyncio/": "event loop",
    "/anyio/": "event loop",
    "/safelight_api/": "models",
    "/pydantic": "models",
    "/safelight/": "wrapper",
    "/openai/": "wrapper",
    "/httpcore": "httpcore",
    "/h11/": "httpcore",
    "/httpx": "httpx",
}
"""What is in a file's path, and which layer the file belongs to; others do their caller's work."""


def shares(call: Callable[[], object], rounds: int) -> str:
    """The layers that so many calls spend their time in, the largest first."""
    with _looking() as seen:
        for _ in range(rounds):
            call()
    return _shown(seen)


async def async_shares(call: Callable[[], Awaitable[object]], rounds: int) -> str:
    """The async twin of `shares`."""
    with _looking() as seen:
        for _ in range(rounds):
            await call()
    return _shown(seen)


@contextmanager
def _looking() -> Iterator[Counter[str]]:
    seen: Counter[str] = Counter()

    def look(_: int, frame: FrameType | None) -> None:
        seen[_layer(frame)] += 1

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _EVERY, _EVERY)
    try:
        yield seen
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _layer(frame: FrameType | None) -> str:
    while frame is not None:
        path = frame.f_code.co_filename
        for part, layer in _LAYERS.items():
            if part in path:
                return layer
        frame = frame.f_back
    return _OTHER


def _shown(seen: Counter[str]) -> str:
    return ", ".join(f"{layer} {count / seen.total():.0%}" for layer, count in seen.most_common())
