"""Work that goes on after a reply: jobs that take time by the sandbox's clock, and wake when it is turned."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from safelight.sandbox.clock import SandboxClock

T = TypeVar("T")

_logger = logging.getLogger(__name__)


class Background:
    """The running jobs of one sandbox, and the few threads in which they work on pictures.

    Args:
        clock: The time that they wait for.
    """

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        # As many as there are processors: what is made of pictures keeps one busy, and holds them in memory.
        self._workers = ThreadPoolExecutor(os.cpu_count() or 1, "safelight-sandbox-media")
        # Each job with the moment that it waits for, or None while it is at work.
        self._jobs: dict[asyncio.Task[Any], float | None] = {}

    def start(self, job: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Let a job run by itself, to its end or to that of the sandbox."""
        task = asyncio.get_running_loop().create_task(job)
        with self._changed:
            self._jobs[task] = None
        task.add_done_callback(self._ended)
        return task

    async def make(self, work: Callable[..., T], *args: Any) -> T:
        """What `work` returns, which runs in a thread of its own while everything else goes on."""
        return await asyncio.get_running_loop().run_in_executor(self._workers, work, *args)

    async def until(self, moment: float) -> None:
        """Let the job that calls this wait until it is `moment` by the clock, by itself or because it was turned."""
        task = asyncio.current_task()
        if task in self._jobs:
            self._note(task, moment)
        await self._clock.until(moment)
        if task in self._jobs:
            self._note(task, None)

    def settle(self, seconds: float) -> None:
        """Return when all that is due by now has happened.

        Raises:
            TimeoutError: It takes longer than so many seconds of real time.
        """
        with self._changed:
            if not self._changed.wait_for(self._is_settled, seconds):
                raise TimeoutError(f"the sandbox is still at work after {seconds} s")

    async def stop(self) -> None:
        """Cancel all jobs, and return when they have put down what they held."""
        jobs = list(self._jobs)
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)

    def close(self) -> None:
        """Begin nothing more. What is being made is made to its end, but nobody waits for it."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _is_settled(self) -> bool:
        now = self._clock.now()
        return all(moment is not None and moment > now for moment in self._jobs.values())

    def _note(self, task: asyncio.Task[Any], moment: float | None) -> None:
        with self._changed:
            self._jobs[task] = moment
            self._changed.notify_all()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _logger.error("a job of the sandbox failed", exc_info=error)
        with self._changed:
            del self._jobs[task]
            self._changed.notify_all()
