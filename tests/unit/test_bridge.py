"""What lets threads and tasks do the same: bells that wake, and work that is done for many things at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from safelight.bridge import TaskBell, ThreadBell, each_in_tasks, each_in_threads
from safelight.clock import SYSTEM_CLOCK
from tests.conftest import FakeClock

Each = Callable[[Callable[[Any], Any], Iterable[Any], int], None]


def in_tasks(work: Callable[[Any], Any], items: Iterable[Any], concurrency: int) -> None:
    async def run(item: Any) -> None:
        await asyncio.sleep(0)
        work(item)

    asyncio.run(each_in_tasks(run, items, concurrency))


@pytest.fixture(params=[each_in_threads, in_tasks], ids=["threads", "tasks"])
def each(request: pytest.FixtureRequest) -> Each:
    made: Each = request.param
    return made


@pytest.mark.parametrize("concurrency", [1, 3, 200])
def test_each_item_is_worked_on_once(each: Each, concurrency: int) -> None:
    done: list[int] = []
    each(done.append, range(100), concurrency)
    assert sorted(done) == list(range(100))
    each(done.append, [], concurrency)


def test_no_more_than_asked_for_are_under_way() -> None:
    lock, running, most = threading.Lock(), 0, 0

    def work(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        SYSTEM_CLOCK.sleep(0.002)
        with lock:
            running -= 1

    each_in_threads(work, range(40), 4)
    assert most == 4


def test_an_error_ends_the_work_and_is_raised(each: Each) -> None:
    done: list[int] = []

    def work(item: int) -> None:
        if item == 3:
            raise LookupError("three")
        done.append(item)

    with pytest.raises(LookupError, match="three"):
        each(work, range(1000), 2)
    assert len(done) < 1000


def test_an_interrupted_caller_begins_nothing_new(monkeypatch: pytest.MonkeyPatch) -> None:
    release, begun = threading.Event(), list[int]()

    def work(item: int) -> None:
        begun.append(item)
        release.wait(10)

    def interrupted(_thread: threading.Thread, _timeout: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "join", interrupted)
        with pytest.raises(KeyboardInterrupt):
            each_in_threads(work, range(10), 2)
    release.set()
    for thread in threading.enumerate():
        if thread.name == "safelight-job":
            thread.join(10)
    assert len(begun) <= 2


def test_a_bell_ends_a_wait_of_a_thread_and_is_then_silent(clock: FakeClock) -> None:
    bell = ThreadBell()
    threading.Timer(0.01, bell.ring).start()
    bell.wait(SYSTEM_CLOCK, 60)
    bell.wait(clock, 5)
    assert clock.sleeps == [5]


def test_a_bell_ends_a_wait_of_a_task_from_any_thread(clock: FakeClock) -> None:
    async def main() -> None:
        bell = TaskBell()
        threading.Timer(0.01, bell.ring).start()
        await bell.wait(SYSTEM_CLOCK, 60)
        bell.ring()
        await bell.wait(SYSTEM_CLOCK, 60)
        await bell.wait(clock, 5)

    asyncio.run(main())
    assert clock.sleeps == [5]


def test_a_ring_just_before_the_wait_is_heard(clock: FakeClock) -> None:
    class Ringing(set[Any]):
        def add(self, wake: Any) -> None:
            bell._rung = True  # by a thread that has just seen that nobody waits
            super().add(wake)

    bell = TaskBell()
    bell._wakes = Ringing()

    async def main() -> bool:
        return await bell.wait(clock, 60)

    assert asyncio.run(main())
    assert clock.sleeps == []


def test_a_wait_for_a_bell_can_be_cancelled() -> None:
    async def main() -> None:
        waiting = asyncio.ensure_future(TaskBell().wait(SYSTEM_CLOCK, 60))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
