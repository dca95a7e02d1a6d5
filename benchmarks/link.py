"""A line of a given rate and length, as a proxy on loopback: what a transfer meets between two places.

    python benchmarks/link.py HOST PORT MBIT ROUND_TRIP_MS [CAP_MBIT]

All connections share the rate, each way for itself. Bytes arrive half a round trip after they were sent, and a new
connection costs a round trip before it carries anything. As much is under way on a connection as fits the line
(bandwidth times round trip), and no more than 10 ms of it waits before the line: who sends faster is held up, instead
of having its packets dropped as a router would do. There is no loss and no slow start.

With CAP_MBIT no single connection gets more than that, as is usual with object stores and crowded lines.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_CHUNK = 64 * 1024
_SOCKET_BUFFER = 256 * 1024
_QUEUE = 0.010
_LARGE = 1024 * 1024


class Lane:
    """One way of a line: at most so many bytes a second."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Until no more than the queue's 10 ms is before the line."""
        while (backlog := self._free - time.perf_counter()) > _QUEUE:
            time.sleep(backlog - _QUEUE)

    def take(self, count: int) -> float:
        """Put so many bytes onto the line; when the last of them leaves."""
        with self._lock:
            self._free = max(self._free, time.perf_counter()) + count / self._rate
            return self._free


class Way:
    """One way of one connection: a thread that takes bytes in, and one that lets them out when they have arrived."""

    def __init__(
        self, source: socket.socket, sink: socket.socket, lanes: Sequence[Lane], *, delay: float, window: int
    ) -> None:
        self.carried = 0
        self._source, self._sink, self._lanes = source, sink, lanes
        self._delay, self._window = delay, window
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._count = 0
        self._changed = threading.Condition()

    def run(self) -> None:
        """Carry bytes until the source ends."""
        letting_out = threading.Thread(target=self._let_out, daemon=True)
        letting_out.start()
        chunk = b"-"
        while chunk:
            for lane in self._lanes:
                lane.wait()
            with self._changed:
                self._changed.wait_for(lambda: self._count < self._window)
            try:
                chunk = self._source.recv(_CHUNK)
            except OSError:
                chunk = b""
            arrives = max(lane.take(len(chunk)) for lane in self._lanes) + self._delay
            with self._changed:
                self._under_way.append((arrives, chunk))
                self._count += len(chunk)
                self._changed.notify_all()
        letting_out.join()

    def _let_out(self) -> None:
        chunk = b"-"
        while chunk:
            with self._changed:
                self._changed.wait_for(lambda: self._under_way)
                arrives, chunk = self._under_way[0]
            if (early := arrives - time.perf_counter()) > 0:
                time.sleep(early)
            with suppress(OSError):  # who is gone reads nothing more
                if chunk:
                    self._sink.sendall(chunk)
                else:
                    self._sink.shutdown(socket.SHUT_WR)
            with self._changed:
                self._under_way.popleft()
                self._count -= len(chunk)
                self.carried += len(chunk)
                self._changed.notify_all()


class Proxy:
    """The line to one server."""

    def __init__(self, server: tuple[str, int], rate: float, round_trip: float, cap: float | None) -> None:
        self._server, self._round_trip, self._cap = server, round_trip, cap
        self._there, self._back = Lane(rate), Lane(rate)
        self._window = int(rate * round_trip) + _SOCKET_BUFFER
        self._ways: list[Way] = []
        self.listener = socket.socket()
        # Set before listening, so that connections have it: what waits in the system's buffers is not on the line.
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(128)

    def serve(self) -> None:
        """Take connections for ever."""
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def busy_connections(self) -> int:
        """How many connections have carried a MiB or more since this was last asked."""
        ways = list(self._ways)
        busy = sum(way.carried >= _LARGE for way in ways)
        for way in ways:
            way.carried = 0
        return busy

    def _connect(self, client: socket.socket) -> None:
        time.sleep(self._round_trip)
        with client, socket.create_connection(self._server) as server:
            for wire in (client, server):
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ways = [self._way(client, server, self._there), self._way(server, client, self._back)]
            self._ways += ways
            threads = [threading.Thread(target=way.run, daemon=True) for way in ways]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def _way(self, source: socket.socket, sink: socket.socket, lane: Lane) -> Way:
        lanes = [lane, Lane(self._cap)] if self._cap else [lane]
        return Way(source, sink, lanes, delay=self._round_trip / 2, window=self._window)


@dataclass
class Link:
    """A running line.

    Attributes:
        address: Where its near end is.
        process: The proxy's process.
    """

    address: str
    process: subprocess.Popen[str]

    def busy_connections(self) -> int:
        """How many connections have carried a MiB or more since this was last asked."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def linked(address: str, *, mbit: float, round_trip_ms: float, cap_mbit: float | None = None) -> Iterator[Link]:
    """Run a line to the server at this address, in a process of its own."""
    place = urlsplit(address)
    numbers = [place.hostname, place.port, mbit, round_trip_ms, *([cap_mbit] if cap_mbit else [])]
    process = subprocess.Popen(
        [sys.executable, Path(__file__), *map(str, numbers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        yield Link(f"{place.scheme}://{place.hostname}:{port}", process)
        process.stdin.close()


def main(host: str, port: str, mbit: str, round_trip_ms: str, cap_mbit: str = "") -> None:
    """Print the port, then an answer to each line of standard input; end with it."""
    cap = float(cap_mbit) * 1e6 / 8 if cap_mbit else None
    proxy = Proxy((host, int(port)), float(mbit) * 1e6 / 8, float(round_trip_ms) / 1000, cap)
    print(proxy.listener.getsockname()[1], flush=True)
    threading.Thread(target=proxy.serve, daemon=True).start()
    for _ in sys.stdin:
        print(proxy.busy_connections(), flush=True)
    os._exit(0)  # whatever is still under way


if __name__ == "__main__":
    main(*sys.argv[1:])
