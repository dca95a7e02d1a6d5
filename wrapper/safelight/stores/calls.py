"""Waiting for obstore: a task or a thread that is interrupted does not wait for a transfer to end.

Both twins call obstore's blocking functions, in threads. Its async ones were measured to abort about one process in
ten (0.12.1, CPython 3.11) that ends soon after: their threads let go of Python's objects while Python goes down.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from safelight.bridge import Stop

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

_LOOK_FOR_INTERRUPTS = 0.1
_GRACE = 0.5
"""Seconds in which what was stopped may clear up: obstore then tells the store to forget the parts it has."""


class TookTooLong(Exception):
    """The store did not answer in time; never leaves the package."""


async def in_task(work: Callable[[], T], *, stop: Stop, seconds: float | None) -> T:
    """Let a thread do some work; when the task is cancelled, or time is up, it is stopped.

    Args:
        work: The work.
        stop: Is set when it shall end: what feeds the store looks at it.
        seconds: How long it may take.

    Raises:
        TookTooLong: It did not come back in time.
    """
    import asyncio

    # Not `asyncio.wrap_future`: what it links is freed by nobody but the garbage collector after a cancellation, and an
    # error in it holds the store's connections.
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def tell(_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may be closed by now
            loop.call_soon_threadsafe(over.set)

    outcome = _begun(work)
    outcome.add_done_callback(tell)
    try:
        try:
            if not await _within(seconds, over):
                raise TookTooLong
        except BaseException:
            stop.set()
            await _within(_GRACE, over)
            raise
        return outcome.result()
    finally:
        del outcome  # as in `in_background`


async def _within(seconds: float | None, over: asyncio.Event) -> bool:
    import asyncio

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await over.wait()
    return over.is_set()


def in_background(work: Callable[[], T], *, stop: Stop, seconds: float | None) -> T:
    """The blocking twin of `in_task`: Ctrl-C is heard while it waits."""
    outcome, over = _begun(work), threading.Event()
    # Not `concurrent.futures.wait`: one that was interrupted links the outcome to itself.
    outcome.add_done_callback(lambda _: over.set())
    deadline = None if seconds is None else time.monotonic() + seconds
    try:
        try:
            while not over.wait(_LOOK_FOR_INTERRUPTS):
                if deadline is not None and time.monotonic() >= deadline:
                    raise TookTooLong
        except BaseException:
            stop.set()
            over.wait(_GRACE)
            raise
        return outcome.result()
    finally:
        del outcome  # an error's traceback holds this frame: it would hold the error, and both the store's connections


def _begun(work: Callable[[], T]) -> concurrent.futures.Future[T]:
    """What will come of the work, which a thread does that keeps no process alive."""
    outcome: concurrent.futures.Future[T] = concurrent.futures.Future()
    outcome.set_running_or_notify_cancel()
    threading.Thread(target=_run, args=(work, outcome), name="safelight-store", daemon=True).start()
    return outcome


def _run(work: Callable[[], T], outcome: concurrent.futures.Future[T]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:  # noqa: BLE001 - it is raised again, by whoever waits
        outcome.set_exception(error)
    finally:
        del outcome  # as above
