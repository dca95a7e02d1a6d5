"""What the processes of measured clients have in common: the clock, the profiler, and what they print."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from socket import create_connection, socket
from typing import Any
from urllib.parse import urlsplit

TICK = 0.001


def connect(address: str) -> tuple[socket, str]:
    """A connection to the server, over TLS if the address says so, and what the Host header has to be."""
    place = urlsplit(address)
    assert place.hostname is not None
    wire: socket = create_connection((place.hostname, place.port or 443))
    if place.scheme == "https":
        wire = ssl.create_default_context().wrap_socket(wire, server_hostname=place.hostname)
    return wire, place.netloc


class Lag:
    """How late an event loop wakes a task that sleeps a millisecond, over and over."""

    def __init__(self) -> None:
        self.late: list[float] = []

    async def beside(self, work: Awaitable[object]) -> None:
        """Do the work, and measure until it is done."""
        ticker = asyncio.ensure_future(self._tick())
        try:
            await work
        finally:
            ticker.cancel()

    async def _tick(self) -> None:
        while True:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            self.late.append(time.perf_counter() - due)


def cpu_seconds() -> float:
    """What all threads of this process have used, in user and system time."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_rss() -> int:
    """The largest resident set of this process so far, in bytes."""
    if sys.platform == "linux":
        # getrusage's figure outlives exec, so that it may be the parent's.
        status = Path("/proc/self/status").read_text()
        return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@contextlib.contextmanager
def profiled(to: Path | None, *, idle: bool) -> Iterator[None]:
    """Have py-spy write what this process's threads do into a file: one line for each stack, and how often it was.

    Args:
        to: The file; without one there is no profile.
        idle: Whether threads that wait are looked at, too.
    """
    if to is None:
        yield
        return
    command = [Path(sys.executable).with_name("py-spy"), "record", "--pid", os.getpid(), "--output", to]
    command += ["--format", "raw", "--function", "--native", "--threads", "--rate", 200]
    command += ["--idle"] if idle else []
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as spy:
        assert spy.stdout is not None
        spy.stdout.readline()  # that it samples now; nothing, if it may not
        yield
        spy.send_signal(signal.SIGINT)
        spy.communicate()


def add_profile_options(parser: argparse.ArgumentParser) -> None:
    """The options that `measure` is given."""
    parser.add_argument("--profile", type=Path, help="where py-spy is to write what the threads do")
    parser.add_argument("--idle", action="store_true", help="with --profile: threads that wait, too")


def measure(warm_up: Callable[[], object], work: Callable[[], object], options: argparse.Namespace) -> dict[str, Any]:
    """Do the work, after a first time for a few bytes: seconds, CPU seconds, and bytes of memory at the most."""
    made = cpu_seconds()
    warm_up()
    with profiled(options.profile, idle=options.idle):
        begun, used = time.perf_counter(), cpu_seconds()
        work()
        seconds, cpu = time.perf_counter() - begun, cpu_seconds() - used
    return {"seconds": seconds, "cpu": cpu, "first_use_cpu": used - made, "peak_rss": peak_rss()}


def finish(result: dict[str, Any]) -> None:
    """Print what was measured, and end: closing what is open is not part of the transfer."""
    sys.stdout.write(json.dumps(result))
    sys.stdout.flush()
    os._exit(0)
