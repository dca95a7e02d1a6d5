"""A receiver of webhooks under a steady load: what is lost, what is handled twice, and how long callers wait.

`python benchmarks/webhook_receiver.py FOLDER STORE` is the receiver's own process.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from report import Demand, Section, child_environment

RATE = 200
SHARE_OF_DUPLICATES = 0.2
MOST_P99_MS = 50.0

_SECRET = "a secret of the benchmark"
_CALLERS = 16
_STORES = {"sqlite": "SQLite", "memory": "memory"}


@dataclass(frozen=True)
class Run:
    """What became of the calls.

    Attributes:
        events: How many different ones were sent.
        calls: How many calls were made, duplicates among them.
        lost: Events that were never handled.
        twice: Events that were handled more than once.
        waits: Seconds from when each call was due to its answer.
        cpu: CPU seconds of the receiver, user and system, without its start.
    """

    events: int
    calls: int
    lost: int
    twice: int
    waits: Sequence[float]
    cpu: float


def measure(*, quick: bool) -> list[Section]:
    """Send 200 events a second, and a fifth of them twice, to a receiver with each store."""
    seconds = 4 if quick else 20
    section = Section(
        f"Webhooks: {RATE} events a second for {seconds} s, and {SHARE_OF_DUPLICATES:.0%} duplicates",
        columns=("store", "events", "calls", "lost", "handled twice", "p50 ms", "p99 ms", "receiver's CPU"),
        notes=[
            "The receiver is a process of its own, under uvicorn. Its handler appends each event's id to a file.",
            "Each call is signed and verified, and the store is asked before and after its handler.",
            f"{_CALLERS} connections on loopback make the calls in an even pace; duplicates come later, at random.",
            "Milliseconds count from when a call was due, so that waiting behind another call counts.",
            "CPU is the receiver's, user and system, as a share of one core.",
        ],
    )
    for store, label in _STORES.items():
        run = loaded(store, RATE * seconds)
        cuts = statistics.quantiles(run.waits, n=100)
        p50, p99 = cuts[49] * 1000, cuts[98] * 1000
        section.rows.append(
            (
                label,
                str(run.events),
                str(run.calls),
                str(run.lost),
                str(run.twice),
                f"{p50:.1f}",
                f"{p99:.1f}",
                f"{run.cpu / seconds:.0%}",
            )
        )
        section.demands += [
            Demand(f"webhooks lost, {label}", run.lost, 0),
            Demand(f"webhooks handled twice, {label}", run.twice, 0),
            Demand(f"webhooks answered, {label}, p99", p99, MOST_P99_MS, " ms"),
        ]
    return [section]


def loaded(store: str, events: int) -> Run:
    """Send so many events at the steady rate."""
    jobs = [*range(events), *random.sample(range(events), int(events * SHARE_OF_DUPLICATES))]
    # A duplicate comes after its event: half a second later, or whenever a place is drawn.
    places = [*range(events), *(random.uniform(job, events) + RATE / 2 for job in jobs[events:])]
    order = sorted(range(len(jobs)), key=places.__getitem__)
    due = [place * events / RATE / len(jobs) for place in range(len(jobs))]
    calls = list(zip(due, (jobs[index] for index in order), strict=True))
    waits: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with receiving(folder, store) as (address, finished):
            begun = time.monotonic() + 0.1
            threads = [
                threading.Thread(target=_send, args=(address, begun, calls[start::_CALLERS], waits))
                for start in range(_CALLERS)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        handled = Counter((folder / "handled").read_text().split())
    return Run(
        events=events,
        calls=len(calls),
        lost=sum(handled[str(job)] == 0 for job in range(events)),
        twice=sum(count > 1 for count in handled.values()),
        waits=waits,
        cpu=finished[0],
    )


def _send(address: str, begun: float, calls: Sequence[tuple[float, int]], waits: list[float]) -> None:
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for due, job in calls:
        body = json.dumps({"eid": str(job), "sid": "sid", "state": "READY"}).encode()
        signature = hmac.new(_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Teleport-Signature": signature}
        time.sleep(max(0.0, begun + due - time.monotonic()))
        connection.request("POST", "/teleport", body, headers)
        answer = connection.getresponse()
        answer.read()
        waits.append(time.monotonic() - begun - due)
        if answer.status != 200:
            raise RuntimeError(f"the receiver answered with {answer.status}")
    connection.close()


@contextmanager
def receiving(folder: Path, store: str) -> Iterator[tuple[str, list[float]]]:
    """Run the receiver: its address, and a list that has its CPU seconds at the end."""
    finished: list[float] = []
    command = [sys.executable, __file__, str(folder), store]
    with subprocess.Popen(
        command, env=child_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip(), finished
        process.stdin.close()
        finished.append(float(process.stdout.readline()))


def main(folder: Path, store: str) -> None:
    """Receive until standard input ends; then print the CPU seconds that it took."""
    import uvicorn

    from safelight.webhooks import Event, EventStore, WebhookReceiver

    out = os.open(folder / "handled", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def handle(event: Event) -> None:
        os.write(out, f"{event.job_id}\n".encode())

    events = EventStore(folder / "events.sqlite" if store == "sqlite" else None)
    receiver = WebhookReceiver({"teleport": _SECRET}, on_event=handle, store=events)
    server = uvicorn.Server(uvicorn.Config(receiver, ws="none", lifespan="on", log_config=None, access_log=False))
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    # Connections inherit it: else the second packet of each answer waits 40 ms for the first's acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(f"127.0.0.1:{listening.getsockname()[1]}", flush=True)
    before = _cpu()

    def ending() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=ending, daemon=True).start()
    server.run(sockets=[listening])
    print(_cpu() - before, flush=True)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
