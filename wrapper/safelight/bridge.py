"""Between threads and event loops: what lets one implementation serve blocking and async callers.

asyncio is imported where it is needed: those who only block do not wait for it.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

import httpx

from safelight.clock import Clock

if TYPE_CHECKING:
    import asyncio

P = ParamSpec("P")
T = TypeVar("T")

_LOOK_FOR_STOP = 0.1
_LAST_WORDS = 0.2
_GRACE = 1.0


class Stopped(BaseException):
    """Ends a thread whose work is no longer wanted; never leaves the package."""


class Stop(threading.Event):
    """An event that, when it is set, also does what it was told to."""

    def __init__(self) -> None:
        super().__init__()
        self._actions: list[Callable[[], object]] = []

    def then(self, action: Callable[[], object]) -> None:
        """Do this when the event is set; at once if it already is."""
        self._actions.append(action)
        if self.is_set():
            action()

    def set(self) -> None:
        """Set the event."""
        super().set()
        for action in self._actions:
            action()


class TaskCaller:
    """The task that waits for a working thread, as the thread sees it."""

    def __init__(self) -> None:
        import asyncio

        self.stop = Stop()
        self._loop = asyncio.get_running_loop()

    def blocking(self, function: Callable[P, Awaitable[T]]) -> Callable[P, T]:
        """A function for threads: it runs the coroutine function in the task's loop, and waits for it or `stop`."""

        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            async def run() -> T:
                return await function(*args, **kwargs)

            return self._wait_for(run())

        return call

    def callback(self, function: Callable[P, object] | None) -> Callable[P, object] | None:
        """The function, so that it runs in the task's loop and its errors arrive in the thread."""
        if function is None:
            return None

        async def call(*args: P.args, **kwargs: P.kwargs) -> object:
            return function(*args, **kwargs)

        return self.blocking(call)

    def transport(self, transport: httpx.AsyncBaseTransport | None) -> httpx.BaseTransport | None:
        """The transport, for threads to use."""
        return None if transport is None else BlockingTransport(transport, self._wait_for)

    def _wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        import asyncio
        import concurrent.futures

        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        while True:
            try:
                return future.result(_LOOK_FOR_STOP)
            except concurrent.futures.TimeoutError:
                if future.done():  # it ended just now, perhaps by a TimeoutError of its own
                    return future.result()
                if self.stop.is_set():
                    break
            except concurrent.futures.CancelledError:
                raise Stopped from None
        # What is nearly done may end by itself: a cancelled connection attempt leaves warnings behind.
        if not concurrent.futures.wait([future], _LAST_WORDS).done:
            future.cancel()
        raise Stopped


class ThreadCaller:
    """The blocking twin of `TaskCaller`: there is nothing to translate."""

    def __init__(self) -> None:
        self.stop = Stop()

    def blocking(self, function: Callable[P, T]) -> Callable[P, T]:
        """The function."""
        return function

    def callback(self, function: Callable[P, object] | None) -> Callable[P, object] | None:
        """The function."""
        return function

    def transport(self, transport: httpx.BaseTransport | None) -> httpx.BaseTransport | None:
        """The transport."""
        return transport


async def run_in_thread(work: Callable[[TaskCaller], T]) -> T:
    """Run blocking work in a thread of its own, and stop it when the task is cancelled.

    The thread is a daemon: work that hangs in the operating system keeps no process alive. On cancellation the
    caller's `stop` is set, and the thread has a second to end.
    """
    import asyncio
    import concurrent.futures

    caller = TaskCaller()
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    outcome: concurrent.futures.Future[T] = concurrent.futures.Future()

    def run() -> None:
        try:
            outcome.set_result(work(caller))
        except BaseException as error:  # noqa: BLE001 - it is raised again, in the task
            outcome.set_exception(error)
        with contextlib.suppress(RuntimeError):  # the loop may be closed by now
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=run, name="safelight-transfer", daemon=True).start()
    try:
        await ended.wait()
    except asyncio.CancelledError:
        caller.stop.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), _GRACE)
        raise
    return outcome.result()


def run_here(work: Callable[[ThreadCaller], T]) -> T:
    """The blocking twin of `run_in_thread`: the caller's own thread does the work."""
    return work(ThreadCaller())


class TaskBell:
    """Wakes the tasks that wait for some time to pass."""

    def __init__(self) -> None:
        self._rung = False
        self._wakes: set[Callable[[], object]] = set()

    def ring(self) -> None:
        """Wake them, or let the next wait end at once where there are none; may be called from any thread."""
        self._rung = not self._wakes
        for wake in list(self._wakes):
            wake()

    async def wait(self, clock: Clock, seconds: float) -> bool:
        """Wait so long, or until the bell rings; whether it did."""
        import asyncio

        loop, sleep = asyncio.get_running_loop(), asyncio.ensure_future(clock.async_sleep(seconds))

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(sleep.cancel)

        self._wakes.add(wake)  # first, so that a ring in between is heard
        try:
            if self._rung:
                return True
            await asyncio.wait([sleep])
        finally:
            self._rung = False
            self._wakes.discard(wake)
            sleep.cancel()
        return sleep.cancelled()


class ThreadBell:
    """The blocking twin of `TaskBell`."""

    def __init__(self) -> None:
        self._rung = False
        self._wakes: set[threading.Event] = set()

    def ring(self) -> None:
        """Wake the threads that wait, or let the next wait end at once where there are none."""
        self._rung = not self._wakes
        for wake in list(self._wakes):
            wake.set()

    def wait(self, clock: Clock, seconds: float) -> bool:
        """Wait so long, or until the bell rings; whether it did."""
        wake = threading.Event()
        self._wakes.add(wake)  # first, so that a ring in between is heard
        try:
            return self._rung or clock.wait(wake, seconds)
        finally:
            self._rung = False
            self._wakes.discard(wake)


class TaskPlaces:
    """So many places for tasks, of which those that come later wait for one."""

    def __init__(self, count: int) -> None:
        import asyncio

        self._free = asyncio.Semaphore(count)

    async def take(self, seconds: float | None) -> bool:
        """Take a place, if there is one within so many seconds; whether there was."""
        if not self._free.locked():
            return await self._free.acquire()
        import asyncio

        try:
            async with asyncio.timeout(seconds):
                return await self._free.acquire()
        except TimeoutError:
            return False

    def leave(self) -> None:
        """Let another have the place."""
        self._free.release()


class ThreadPlaces:
    """The blocking twin of `TaskPlaces`."""

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)

    def take(self, seconds: float | None) -> bool:
        """Take a place, if there is one within so many seconds; whether there was."""
        return self._free.acquire(timeout=seconds)

    def leave(self) -> None:
        """Let another have the place."""
        self._free.release()


async def each_in_tasks(work: Callable[[T], Awaitable[object]], items: Iterable[T], concurrency: int) -> None:
    """Do some work for each item, for so many of them at the same time; the first error ends all of it."""
    import asyncio

    waiting = iter(items)

    async def take() -> None:
        for item in waiting:
            await work(item)

    takers = [asyncio.ensure_future(take()) for _ in range(concurrency)]
    try:
        for ended in asyncio.as_completed(takers):
            await ended
    finally:
        for taker in takers:
            taker.cancel()
        await asyncio.gather(*takers, return_exceptions=True)


def each_in_threads(work: Callable[[T], object], items: Iterable[T], concurrency: int) -> None:
    """The blocking twin of `each_in_tasks`: what is under way when the caller is interrupted is not waited for."""
    waiting: deque[T] = deque(items)
    errors: list[BaseException] = []

    def take() -> None:
        try:
            while waiting:
                try:
                    item = waiting.popleft()
                except IndexError:  # another thread took the last
                    return
                work(item)
        except BaseException as error:  # noqa: BLE001 - it is raised again, in the caller's thread
            waiting.clear()
            errors.append(error)

    takers = [threading.Thread(target=take, name="safelight-job", daemon=True) for _ in range(concurrency)]
    try:
        for taker in takers:
            taker.start()
        for taker in takers:
            while taker.is_alive() and not errors:
                taker.join(_LOOK_FOR_STOP)
    finally:
        waiting.clear()
    if errors:
        raise errors[0]


class PerLoop(Generic[T]):
    """One thing for each event loop: what asyncio makes serves only the loop that it was first used in."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._things: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, T] = weakref.WeakKeyDictionary()

    def get(self) -> T:
        """The running loop's thing, made when first asked for."""
        import asyncio

        loop = asyncio.get_running_loop()
        thing = self._things.get(loop)
        if thing is None:
            for old in [old for old in self._things if old.is_closed()]:
                del self._things[old]
            thing = self._things[loop] = self._make()
        return thing

    def take(self) -> T | None:
        """The running loop's thing, if it was made; the next `get` makes another."""
        import asyncio

        return self._things.pop(asyncio.get_running_loop(), None)


class Once(Generic[T]):
    """The blocking twin of `PerLoop`: one thing for all threads."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._thing: T | None = make()
        self._process = os.getpid()

    def get(self) -> T:
        """The thing; a forked process gets one of its own, because connections cannot be shared."""
        if self._thing is None or self._process != os.getpid():
            self._thing, self._process = self._make(), os.getpid()
        return self._thing

    def take(self) -> T | None:
        """The thing, if there is one; the next `get` makes another."""
        thing, self._thing = self._thing, None
        return thing


class BlockingTransport(httpx.BaseTransport):
    """Lets the threads that move bytes send through a transport that may only speak async."""

    def __init__(self, inner: httpx.AsyncBaseTransport, wait_for: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        """Take a transport, and a function that blocks until the transport's event loop has run a coroutine."""
        self._inner = inner
        self._wait_for = wait_for

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        extensions = {key: value for key, value in request.extensions.items() if key != "trace"}
        twin = httpx.Request(request.method, request.url, headers=request.headers, extensions=extensions)
        twin.url, twin.stream = request.url, _AsyncBody(request.stream)
        response = self._wait_for(self._inner.handle_async_request(twin))
        body = _BlockingBody(response.stream, self._wait_for)
        return httpx.Response(
            response.status_code, headers=response.headers, stream=body, extensions=response.extensions
        )


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, body: httpx.SyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> Any:
        for chunk in self._body:
            yield chunk


class _BlockingBody(httpx.SyncByteStream):
    def __init__(self, body: httpx.AsyncByteStream, wait_for: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._body = body
        self._wait_for = wait_for

    def __iter__(self) -> Any:
        async def following(chunks: Any) -> bytes | None:
            return await anext(chunks, None)

        chunks = aiter(self._body)
        while (chunk := self._wait_for(following(chunks))) is not None:
            yield chunk

    def close(self) -> None:
        self._wait_for(self._body.aclose())
