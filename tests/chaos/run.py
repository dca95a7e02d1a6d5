"""Everything goes wrong at once, and nothing may be lost: `make chaos`, with SECONDS=60 and SEED=7 to choose.

Client processes upload, convert and download, while connections break, services fail, and the processes are killed and
started again. Prints what became of it; the exit code is 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import random
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from safelight.sandbox import Sandbox
from tests.chaos.checks import Storm, Verdict, broken, held, verdicts
from tests.chaos.plan import PART, SLOTS
from tests.chaos.slot import Slot
from tests.chaos.weather import SHARE, next_fault, wire_plan
from tests.faults.wire import Wire

SECONDS = 600.0
_SERVICES = ("TELEPORT", "IMMERSITY", "LETSENHANCE", "HAUTAI")
_API_BYTES, _STORAGE_BYTES = 4000, 1_500_000
_PROCESSING = 1.5
_FAULT_EVERY = 0.7
_LOOK_EVERY = 0.05
_LONGEST_END = 120.0
"""Seconds until all that was begun has ended, once nothing goes wrong any more."""


def chaos(seed: int, seconds: float, folder: Path) -> list[Verdict]:
    """Let it happen, and look at what became of the promises."""
    for name in ("in", "out", "notes", "ends", "logs"):
        (folder / name).mkdir()
    with ExitStack() as stack:
        wires = {name: stack.enter_context(Wire()) for name in (*_SERVICES, "storage")}
        sandbox = stack.enter_context(
            Sandbox(chunk_size=PART, processing_seconds=_PROCESSING, storage_url=wires["storage"].address)
        )
        sandbox.immersity.delay_seconds = _PROCESSING / 3
        stack.enter_context(_services_go_straight(sandbox))
        for name, wire in wires.items():
            wire.target = sandbox.storage_listens_at if name == "storage" else sandbox.base_url
            wire.plan = wire_plan(name, seed, _STORAGE_BYTES if name == "storage" else _API_BYTES)
        until = time.time() + seconds
        slots = [Slot(name, seed, until, folder, _environment(sandbox, wires), sandbox) for name in SLOTS]
        for slot in slots:
            stack.callback(slot.kill)
        _storm(seed, until, sandbox, wires, slots)
        print(_weather(sandbox, wires, slots), flush=True)
        return verdicts(Storm(seed, folder, sandbox, wires["storage"], slots))


def _storm(seed: int, until: float, sandbox: Sandbox, wires: Mapping[str, Wire], slots: list[Slot]) -> None:
    """Until all work is done: nothing new is begun after `until`, and nothing goes wrong any more."""
    chance, next_at = random.Random(f"{seed} services"), time.time()
    while not all(slot.is_done for slot in slots) and time.time() < until + _LONGEST_END:
        now = time.time()
        if now >= until:
            sandbox.clear_faults()
            for wire in wires.values():
                wire.plan = None
        elif now >= next_at:
            next_fault(sandbox, chance)
            next_at += chance.uniform(0, 2 * _FAULT_EVERY)
        for slot in slots:
            slot.look()
        time.sleep(_LOOK_EVERY)
    for slot in slots:
        slot.give_up()


@contextlib.contextmanager
def _services_go_straight(sandbox: Sandbox) -> Iterator[None]:
    """The services, which are in this process, fetch inputs and write results past the wire before the storage.

    What fails there is between the service and the storage: no client could help.
    """
    wire, straight = urlsplit(sandbox.storage_url).port, urlsplit(sandbox.storage_listens_at).port
    connect = socket.socket.connect

    def connect_straight(self: socket.socket, address: Any) -> None:
        connect(self, (address[0], straight) if address[1:] == (wire,) else address)

    with mock.patch.object(socket.socket, "connect", connect_straight):
        yield


def _environment(sandbox: Sandbox, wires: Mapping[str, Wire]) -> dict[str, str]:
    """The sandbox's, with each service behind its wire."""
    env = dict(sandbox.env)
    for service in _SERVICES:
        for name in (f"{service}_BASE_URL", f"{service}_TOKEN_URL"):
            if name in env:
                env[name] = env[name].replace(sandbox.base_url, wires[service].address)
    return env


def _weather(sandbox: Sandbox, wires: Mapping[str, Wire], slots: list[Slot]) -> str:
    connections = [one for wire in wires.values() for one in wire.connections]
    planned, struck = sum(one.fault is not None for one in connections), sum(one.struck for one in connections)
    faults = Counter(request.fault for request in sandbox.requests if request.fault)
    deaths = Counter(death.signal.name for slot in slots for death in slot.deaths)
    return (
        f"{len(connections)} connections, {planned} of them marked ({SHARE:.0%} are to be), {struck} struck; "
        f"{sum(faults.values())} of {len(sandbox.requests)} requests failed at the services; "
        f"processes ended: {deaths[signal.SIGKILL.name]} by kill -9, {deaths[signal.SIGINT.name]} by Ctrl-C"
    )


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if not asked.seconds > 0:
        print(f"--seconds is {asked.seconds:g}: give more than 0.")
        return 2
    if not Path("/proc/self/fd").is_dir():
        print("What a process holds is read from /proc, which this system does not have: run it on Linux.")
        return 1
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of each reply to a connection that is no more
    print(f"Chaos for {asked.seconds:g} s, seed {asked.seed}.", flush=True)
    folder, before = Path(tempfile.mkdtemp(prefix="safelight-chaos-")), held()
    found = chaos(asked.seed, asked.seconds, folder)
    left = [f"{count} x {name}" for name, count in (held() - before).items()]
    found.append(Verdict("nor in this one, which ran the services", "1 process", left))
    for verdict in found:
        print(f"{'BROKEN' if verdict.broken else 'kept':7} {verdict.promise:42} {verdict.looked_at}")
    if problems := broken(found):
        print("\n" + "\n".join(problems))
        print(
            f"\nAgain: make chaos SECONDS={asked.seconds:g} SEED={asked.seed}. What the clients noted is in {folder}."
        )
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
