"""A process that does the items of its slot: `client.py SLOT SEED UNTIL FOLDER`; it may be killed and started again.

It begins nothing new after UNTIL (seconds since 1970). It makes a file when it is ready to be interrupted. At its end,
interrupted or not, it writes down what it still holds: threads and sockets.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from safelight import (
    AsyncHautAI,
    AsyncImmersity,
    AsyncLetsEnhance,
    AsyncTeleport,
    ConnectionFailed,
    FileChanged,
    HautAI,
    Immersity,
    IntegrityError,
    JobTimeout,
    LetsEnhance,
    OutcomeUnknown,
    RateLimited,
    SafelightError,
    ServerError,
    Teleport,
    TransferError,
    UnexpectedReply,
)
from tests.chaos.notes import Notes
from tests.chaos.plan import SLOTS, Item, Lane
from tests.chaos.work import SCRIPTS, Clients, Task
from tests.either import at_once

BLOCKING = (Teleport, Immersity, LetsEnhance, HautAI)
TWINS = (AsyncTeleport, AsyncImmersity, AsyncLetsEnhance, AsyncHautAI)
TIMEOUT = 24.0
"""Seconds for an API request with its retries: a silence is given up after a quarter of it."""

_MOST_TROUBLES = 25
_GRACE = 5.0
"""Seconds: what an interrupt leaves waiting for a silent store ends with the silence, and one more try."""

# What networks and services in trouble may lead to; all else is a defect.
_EXPECTED = (
    ConnectionFailed,
    JobTimeout,
    OutcomeUnknown,
    RateLimited,
    ServerError,
    TransferError,
    UnexpectedReply,
)
_DEFECTS = (FileChanged, IntegrityError)


async def do(item: Item, notes: Notes, clients: Clients, folder: Path, pause: Any) -> None:
    """One item to its end, however often it has to be begun."""
    while notes.end is None:
        try:
            await SCRIPTS[item.kind](Task(item, notes, clients, folder))
            if notes.end is None:
                notes.add("done")
        except SafelightError as error:
            troubles = sum(note["what"] == "trouble" for note in notes.all)
            told = " ".join([repr(error), *getattr(error, "__notes__", [])])
            if not isinstance(error, _EXPECTED) or isinstance(error, _DEFECTS) or troubles >= _MOST_TROUBLES:
                notes.add("failed", error=told)
                return
            notes.add("trouble", error=told)
            await pause()


async def work(lane: Lane, seed: int, until: float, clients: Clients, folder: Path, pause: Any) -> None:
    """The lane's items, from the first that has not ended."""
    for item in lane.items(seed):
        path = folder / "notes" / f"{item.name}.jsonl"
        if time.time() >= until and not path.exists():
            return
        await do(item, Notes(path), clients, folder, pause)


def blocking(lane: Lane, seed: int, until: float, folder: Path) -> None:
    async def pause() -> None:
        time.sleep(0.2)  # noqa: ASYNC251 - there is no event loop here

    with ExitStack() as stack:
        clients = Clients(*(stack.enter_context(kind(timeout=TIMEOUT)) for kind in BLOCKING))
        at_once(work(lane, seed, until, clients, folder, pause))


async def asynchronous(lanes: tuple[Lane, ...], seed: int, until: float, folder: Path) -> None:
    async def pause() -> None:
        await asyncio.sleep(0.2)

    async with AsyncExitStack() as stack:
        clients = Clients(*[await stack.enter_async_context(kind(timeout=TIMEOUT)) for kind in TWINS])
        # Not gather: after the first lane that is cancelled it would not wait for the others to clear up.
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(work(lane, seed, until, clients, folder, pause))


def left_over() -> dict[str, Any]:
    """The threads and sockets that are still there, after a moment for those that are about to end."""
    deadline = time.monotonic() + _GRACE
    while (left := _held())["threads"] or left["sockets"]:
        if time.monotonic() >= deadline:
            break
        time.sleep(0.02)
    return left


def _held() -> dict[str, Any]:
    threads = [
        f"{thread.name} at {_place(sys._current_frames().get(thread.ident or 0))}"
        for thread in threading.enumerate()
        if thread is not threading.main_thread()
    ]
    sockets = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            leads_to = str(entry.readlink())
        except OSError:
            continue
        # Others than TCP's are asyncio's own, which an interrupt at the very end of its loop leaves behind.
        if leads_to.startswith("socket:") and (port := _port(leads_to.removeprefix("socket:[").removesuffix("]"))):
            sockets.append(f"{leads_to} to port {port}")
    return {"threads": threads, "sockets": sockets}


def _place(frame: FrameType | None) -> str:
    """Where a thread is, the innermost call first."""
    calls = reversed(traceback.extract_stack(frame)) if frame else []
    return " < ".join(f"{Path(call.filename).name}:{call.lineno}" for call in calls)


def _port(inode: str) -> int | None:
    """The port that a TCP connection leads to; None for another socket."""
    for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[9] == inode:
            return int(fields[2].rpartition(":")[2], 16)
    return None


def main(slot: str, seed: int, until: float, folder: Path) -> int:
    """Work; the exit code is that of Ctrl-C, or 0."""
    logging.basicConfig(filename=folder / "logs" / f"{slot}.txt", format="%(asctime)s %(message)s")
    faulthandler.register(signal.SIGUSR1)  # for a harness that waits in vain
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what is started in the background may ignore it
    lanes: Mapping[str, tuple[Lane, ...]] = SLOTS
    end = folder / "ends" / f"{slot}-{os.getpid()}"
    code = 0
    try:
        end.with_suffix(".ready").touch()
        if slot.startswith("async"):
            asyncio.run(asynchronous(lanes[slot], seed, until, folder))
        else:
            (lane,) = lanes[slot]
            blocking(lane, seed, until, folder)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # there is nothing left to interrupt
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    end.with_suffix(".json").write_text(json.dumps(left_over()))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])))
