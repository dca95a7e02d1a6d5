"""Uploads and jobs, one after another, in one process: `client.py FACE FOLDER ROUNDS UPLOADS JOBS`.

FACE is `blocking` or `async`; FOLDER holds what `inputs.py` put there. After each round of so many uploads and jobs it
prints a line of JSON while nothing is under way, and waits to be told to go on: that is when it can be measured.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

import attrs

from safelight import AsyncImmersity, AsyncLetsEnhance, AsyncTeleport, Immersity, LetsEnhance, Teleport
from safelight.letsenhance import Marketplace
from tests.either import at_once, either

LANES = 16
"""How many uploads and jobs are under way at the same time."""

FILM_SECONDS = 1
FILM_CREDITS = 2
_PATIENCE = 120.0

Work = Callable[["Clients", Path, int], Coroutine[Any, Any, None]]


@attrs.frozen
class Clients:
    """One of each kind."""

    teleport: Any
    letsenhance: Any
    immersity: Any


async def upload(clients: Clients, folder: Path, number: int) -> None:
    await either(clients.teleport.upload(folder / "garden.mp4", name=f"garden {number}"))


async def wait(clients: Clients, folder: Path, number: int) -> None:
    capture = await either(clients.teleport.upload(folder / "garden.mp4", name=f"wait {number}"))
    ready = await either(clients.teleport.wait(capture.eid, timeout=_PATIENCE))
    assert ready.sid


async def enhance(clients: Clients, folder: Path, number: int) -> None:
    target = folder / f"enhanced-{number}.jpg"
    await either(clients.letsenhance.enhance(folder / "cat.jpg", Marketplace(width=32), to=target, timeout=_PATIENCE))
    target.unlink()


async def video(clients: Clients, folder: Path, number: int) -> None:
    job = await either(
        clients.immersity.video(
            folder / "film.mp4",
            video_length=FILM_SECONDS,
            credit_amount=FILM_CREDITS,
            output_width=64,
            output_height=48,
            callback_url="http://127.0.0.1:9/",
        )
    )
    result = await either(job.result(timeout=_PATIENCE))
    target = await either(result.save(folder / f"video-{number}.mp4"))
    target.unlink()


KINDS: tuple[Work, ...] = (wait, enhance, video)
"""The kinds of jobs, which take turns."""


def works(round_: int, uploads: int, jobs: int) -> list[tuple[Work, int]]:
    """What is done in a round: the jobs first, so that uploads go on while they are waited for."""
    some = [(KINDS[number % len(KINDS)], number) for number in range(round_ * jobs, (round_ + 1) * jobs)]
    return some + [(upload, number) for number in range(round_ * uploads, (round_ + 1) * uploads)]


def rest(round_: int) -> None:
    """Tell that a round is over, and what the interpreter holds; return when somebody says so."""
    gc.collect()
    print(json.dumps({"round": round_, "blocks": sys.getallocatedblocks()}), flush=True)
    sys.stdin.readline()


def blocking(folder: Path, rounds: Iterable[list[tuple[Work, int]]]) -> None:
    errors: list[BaseException] = []

    def lane(left: deque[tuple[Work, int]], clients: Clients) -> None:
        try:
            while not errors:
                work, number = left.popleft()
                at_once(work(clients, folder, number))
        except IndexError:
            return
        except BaseException as error:  # noqa: BLE001 - it is raised again, where the threads are waited for
            errors.append(error)

    with Teleport() as teleport, LetsEnhance() as letsenhance, Immersity() as immersity:
        clients = Clients(teleport, letsenhance, immersity)
        for round_, some in enumerate(rounds):
            left = deque(some)
            threads = [threading.Thread(target=lane, args=(left, clients)) for _ in range(LANES)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if errors:
                raise errors[0]
            rest(round_)


async def asynchronous(folder: Path, rounds: Iterable[list[tuple[Work, int]]]) -> None:
    async def lane(left: deque[tuple[Work, int]], clients: Clients) -> None:
        while left:
            work, number = left.popleft()
            await work(clients, folder, number)

    async with AsyncTeleport() as teleport, AsyncLetsEnhance() as letsenhance, AsyncImmersity() as immersity:
        clients = Clients(teleport, letsenhance, immersity)
        for round_, some in enumerate(rounds):
            left = deque(some)
            async with asyncio.TaskGroup() as lanes:
                for _ in range(LANES):
                    lanes.create_task(lane(left, clients))
            rest(round_)


def main(face: str, folder: str, rounds: int, uploads: int, jobs: int) -> None:
    plan = (works(round_, uploads, jobs) for round_ in range(rounds))
    if face == "async":
        asyncio.run(asynchronous(Path(folder), plan))
    else:
        blocking(Path(folder), plan)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
