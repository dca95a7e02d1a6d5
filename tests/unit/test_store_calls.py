"""What is left of a call to the store that was interrupted: nothing, as soon as the store has answered."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from safelight.bridge import Stop
from safelight.stores.calls import in_background, in_task
from tests.e2e.uploads import until


class Store:
    """Stands for what holds connections."""


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Nobody knows when it comes: connections are not left to it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Work:
    """What a store is asked to do, and fails to, once it is told to answer."""

    def __init__(self) -> None:
        self.begun, self.answer, store = threading.Event(), threading.Event(), Store()
        self.is_held = weakref.ref(store)

        def work() -> NoReturn:
            held = store
            self.begun.set()
            self.answer.wait(10)
            raise FileNotFoundError(repr(held))

        self._work: Callable[[], NoReturn] | None = work

    def take(self) -> Callable[[], NoReturn]:
        """It, which nobody else has any more."""
        work, self._work = self._work, None
        assert work is not None
        return work


@pytest.mark.usefixtures("no_collector")
def test_an_interrupted_call_holds_no_store() -> None:
    work = Work()

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    def when_it_has_begun() -> None:
        work.begun.wait(10)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR2)

    before = signal.signal(signal.SIGUSR2, interrupt)
    helper = threading.Thread(target=when_it_has_begun)
    helper.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            in_background(work.take(), stop=Stop(), seconds=None)
    finally:
        helper.join()
        signal.signal(signal.SIGUSR2, before)
    work.answer.set()
    until(lambda: work.is_held() is None)


@pytest.mark.usefixtures("no_collector")
def test_a_cancelled_call_holds_no_store() -> None:
    work = Work()

    async def main() -> None:
        call = asyncio.create_task(in_task(work.take(), stop=Stop(), seconds=None))
        await asyncio.to_thread(work.begun.wait, 10)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(main())
    work.answer.set()
    until(lambda: work.is_held() is None)


@pytest.mark.usefixtures("no_collector")
def test_a_call_that_failed_holds_no_store() -> None:
    work = Work()
    work.answer.set()
    with pytest.raises(FileNotFoundError):
        in_background(work.take(), stop=Stop(), seconds=5.0)
    until(lambda: work.is_held() is None)


@pytest.mark.usefixtures("no_collector")
def test_a_task_whose_call_failed_holds_no_store() -> None:
    work = Work()
    work.answer.set()

    async def main() -> None:
        with pytest.raises(FileNotFoundError):
            await in_task(work.take(), stop=Stop(), seconds=5.0)

    asyncio.run(main())
    until(lambda: work.is_held() is None)
