"""Jobs that wait by the sandbox's clock: they wake when it is turned, and `settle` knows when all is done."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator

import pytest

from safelight.sandbox import SandboxClock
from safelight.sandbox.background import Background


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock(frozen=True)


@pytest.fixture
def background(clock: SandboxClock) -> Iterator[Background]:
    background = Background(clock)
    yield background
    background.close()


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop in a thread of its own, as the sandbox has one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def start(loop: asyncio.AbstractEventLoop, background: Background, *moments: float) -> list[float]:
    """A job that waits for several moments; the list of those that have come grows."""
    reached: list[float] = []

    async def job() -> None:
        for moment in moments:
            await background.until(moment)
            reached.append(moment)

    async def begin() -> None:
        background.start(job())

    asyncio.run_coroutine_threadsafe(begin(), loop).result()
    return reached


def test_a_job_goes_on_when_the_clock_is_turned_and_not_before(
    loop: asyncio.AbstractEventLoop, background: Background, clock: SandboxClock
) -> None:
    now = clock.now()
    reached = start(loop, background, now + 60, now + 120, now + 180)
    background.settle(5)
    assert reached == []
    clock.advance(59)
    background.settle(5)
    assert reached == []
    clock.advance(61)
    background.settle(5)
    assert reached == [now + 60, now + 120]
    clock.advance(600)
    background.settle(5)
    assert len(reached) == 3


def test_many_jobs_settle_together(
    loop: asyncio.AbstractEventLoop, background: Background, clock: SandboxClock
) -> None:
    jobs = [start(loop, background, clock.now() + index) for index in range(1, 51)]
    for passed in (10, 40):
        clock.advance(passed)
        background.settle(5)
    assert all(len(reached) == 1 for reached in jobs)


def test_settling_does_not_wait_for_ever(
    loop: asyncio.AbstractEventLoop, background: Background, clock: SandboxClock
) -> None:
    release = asyncio.Event()

    async def begin() -> None:
        background.start(release.wait())

    asyncio.run_coroutine_threadsafe(begin(), loop).result()
    with pytest.raises(TimeoutError, match="still at work"):
        background.settle(0.01)
    loop.call_soon_threadsafe(release.set)
    background.settle(5)


def test_a_running_clock_wakes_by_itself(loop: asyncio.AbstractEventLoop) -> None:
    clock = SandboxClock()
    begun = time.monotonic()
    asyncio.run_coroutine_threadsafe(clock.until(clock.now() + 0.05), loop).result(5)
    assert 0.04 < time.monotonic() - begun < 2
    waiting = asyncio.run_coroutine_threadsafe(clock.until(clock.now() + 3600), loop)
    clock.advance(3600)
    waiting.result(5)


def test_a_wait_that_is_cancelled_is_forgotten(loop: asyncio.AbstractEventLoop, clock: SandboxClock) -> None:
    waiting = asyncio.run_coroutine_threadsafe(clock.until(clock.now() + 60), loop)
    waiting.cancel()

    async def nothing() -> None:
        await asyncio.sleep(0)

    asyncio.run_coroutine_threadsafe(nothing(), loop).result()
    assert clock._waiting == set()
    clock.advance(60)


def test_work_happens_in_another_thread(loop: asyncio.AbstractEventLoop, background: Background) -> None:
    made = asyncio.run_coroutine_threadsafe(background.make(threading.get_ident), loop).result(5)
    assert made not in (threading.get_ident(), None)


def test_a_job_that_breaks_is_logged_and_over(
    loop: asyncio.AbstractEventLoop, background: Background, caplog: pytest.LogCaptureFixture
) -> None:
    async def job() -> None:
        raise RuntimeError("broken")

    async def begin() -> None:
        background.start(job())

    with caplog.at_level(logging.ERROR):
        asyncio.run_coroutine_threadsafe(begin(), loop).result()
        background.settle(5)
    assert "a job of the sandbox failed" in caplog.text
