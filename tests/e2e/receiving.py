"""A receiver of webhooks behind uvicorn in a process of its own: `python -m tests.e2e.receiving FOLDER [FAILING]`.

It prints its address, and serves until standard input ends. Each event that is handled is a line in FOLDER/handled;
every job whose number is divisible by FAILING fails the first time. The job `slow` takes until FOLDER/go_on exists.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from safelight.webhooks import Event, EventStore, WebhookReceiver
from tests.webhook_calls import SECRET


class Handler:
    """Notes the events, with as little work as can be."""

    def __init__(self, folder: Path, failing: int) -> None:
        self._folder = folder
        self._failing = failing
        self._failed: set[str] = set()
        self._out = os.open(folder / "handled", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def __call__(self, event: Event) -> None:
        job = event.job_id or ""
        if self._failing and job.isdigit() and int(job) % self._failing == 0 and job not in self._failed:
            self._failed.add(job)
            raise RuntimeError("the first time")
        if job == "slow":
            (self._folder / "begun").touch()
            while not (self._folder / "go_on").exists():
                time.sleep(0.005)
        os.write(self._out, f"{job}\n".encode())


def serve(folder: Path, failing: int) -> None:
    """Serve until standard input ends, and then in good order."""
    receiver = WebhookReceiver(
        {"teleport": SECRET, "letsenhance": SECRET},
        on_event=Handler(folder, failing),
        store=EventStore(folder / "events.sqlite"),
    )
    logging.basicConfig(level=logging.INFO)  # the log of requests, too, on standard error
    server = uvicorn.Server(uvicorn.Config(receiver, http="h11", ws="none", lifespan="on", log_config=None))
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    # Connections inherit it: else the second packet of each answer waits 40 ms for the first's acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(f"127.0.0.1:{listening.getsockname()[1]}", flush=True)

    def ending() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=ending, daemon=True).start()
    server.run(sockets=[listening])


@contextmanager
def receiving(folder: Path, failing: int = 0) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run it: where it listens, and its process."""
    command = [sys.executable, "-m", "tests.e2e.receiving", str(folder), str(failing)]
    with (
        (folder / "log").open("a") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process
        finally:
            assert process.stdin is not None
            process.stdin.close()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
