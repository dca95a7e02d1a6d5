"""A TCP proxy that does to connections what networks do: it resets, closes, stalls, drips and slows them.

It passes bytes on and knows nothing of HTTP or TLS. Before a service and its object storage:

    with Wire() as api, Wire() as storage, Sandbox(storage_url=storage.address) as sandbox:
        api.target, storage.target = sandbox.base_url, sandbox.storage_listens_at
        storage.plan = first(3, reset(after=100_000))
        ...  # clients that are set up by the environment variables in `through(sandbox, api)`
        assert storage.struck == 3

The sandbox hands out signed URLs of the address in `storage_url`: the host is signed, so a proxy before the storage has
to be there before the sandbox is. `plan` may be set at any time; it holds for the connections that are made from then
on. A share of the connections, by a seed: `wire.plan = some(0.2, seed=7, faults=[reset(after=5000), stall()])`.
"""

from __future__ import annotations

import contextlib
import random
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

import attrs

from safelight.sandbox import Sandbox

Kind = Literal["reset", "close", "stall", "slow"]
Towards = Literal["server", "client"]

_CHUNK = 64 * 1024
_ENDED = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)
_RST = struct.pack("ii", 1, 0)


@attrs.frozen
class Fault:
    """What happens to one connection, when more than `after` bytes are to go in one direction.

    Attributes:
        kind: `reset` ends it with RST, `close` with FIN, each way; `stall` passes nothing more in this direction until
            either end gives up, or until `every` seconds are over, if that is not 0, and then ends it with RST; `slow`
            passes `piece` bytes every `every` seconds.
        towards: The direction whose bytes are counted, and that stalls or is slow.
        after: How many bytes pass unharmed; with 0 `towards="client"` the request arrives, and its reply is lost.
    """

    kind: Kind
    towards: Towards = "server"
    after: int = 0
    piece: int = _CHUNK
    every: float = 0.0


def reset(after: int = 0, towards: Towards = "server") -> Fault:
    """RST, to both ends."""
    return Fault("reset", towards, after)


def close(after: int = 0, towards: Towards = "server") -> Fault:
    """FIN, to both ends; what they still send is thrown away."""
    return Fault("close", towards, after)


def stall(after: int = 0, towards: Towards = "server", seconds: float = 0.0) -> Fault:
    """Silence: the connection stays, and nothing comes; for so many seconds, if they are given, and then RST."""
    return Fault("stall", towards, after, every=seconds)


def drip(piece: int = 1, every: float = 0.05, after: int = 0, towards: Towards = "client") -> Fault:
    """A few bytes at a time: each comes before a timeout for silence is over."""
    return Fault("slow", towards, after, piece, every)


def rate(bytes_per_second: float, after: int = 0, towards: Towards = "server") -> Fault:
    """A narrow line."""
    piece = max(1, min(_CHUNK, int(bytes_per_second / 100)))
    return Fault("slow", towards, after, piece, piece / bytes_per_second)


Plan = Callable[[int], Fault | None]
"""From a connection's number, the first is 1, to what happens to it."""


def first(count: int, fault: Fault) -> Plan:
    """The first so many connections of all."""
    return lambda number: fault if number <= count else None


def every_one(fault: Fault) -> Plan:
    """All connections."""
    return lambda number: fault


def some(share: float, *, seed: int, faults: Sequence[Fault]) -> Plan:
    """A share of the connections, and one of the faults for each: by the seed and the connection's number alone."""

    def plan(number: int) -> Fault | None:
        chance = random.Random(f"{seed}:{number}")
        return chance.choice(faults) if chance.random() < share else None

    return plan


def through(sandbox: Sandbox, api: Wire) -> dict[str, str]:
    """The sandbox's environment variables, its services reached through a wire."""
    return {name: value.replace(sandbox.base_url, api.address) for name, value in sandbox.env.items()}


@attrs.define
class Passed:
    """What became of one connection.

    Attributes:
        number: The first is 1.
        fault: What was planned.
        struck: Whether it happened: a connection may end before.
        to_server: Bytes that were passed on, and
        to_client: back.
        is_open: Whether it still is.
    """

    number: int
    fault: Fault | None
    struck: bool = False
    to_server: int = 0
    to_client: int = 0
    is_open: bool = True


class Wire:
    """The proxy, on a port of its own from the beginning; one thread passes all bytes while its block lasts.

    Attributes:
        address: Where it listens, as the start of a URL.
        target: Where it leads, as the start of a URL.
        plan: What happens to which connection.
        connections: All that were made, in their order.
    """

    def __init__(self, target: str = "", plan: Plan | None = None, *, scheme: str = "http") -> None:
        self.target = target
        self.plan = plan
        self.connections: list[Passed] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.address = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._lines: list[_Line] = []
        self._woken, self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="fault-wire", daemon=True)

    @property
    def struck(self) -> int:
        """How many connections were hit."""
        return sum(passed.struck for passed in self.connections)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wake.close()
        self._thread.join()
        self._woken.close()

    def _run(self) -> None:
        with self._listener:
            while True:
                poll, timeout = select.poll(), None
                poll.register(self._woken, select.POLLIN)
                poll.register(self._listener, select.POLLIN)
                for line in self._lines:
                    due = line.register(poll)
                    timeout = due if timeout is None else min(timeout, due)
                ready = dict(poll.poll(None if timeout is None or timeout == float("inf") else timeout * 1000 + 1))
                if self._woken.fileno() in ready:
                    break
                for line in self._lines:
                    line.move(ready)
                self._lines = [line for line in self._lines if line.passed.is_open]
                if self._listener.fileno() in ready:
                    self._accept()
        for line in self._lines:
            line.end()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        number = len(self.connections) + 1
        passed = Passed(number, self.plan(number) if self.plan else None)
        self.connections.append(passed)
        where = urlsplit(self.target)
        try:
            server = socket.create_connection((where.hostname or "", where.port or 0), timeout=5)
        except OSError:  # nobody is there any more: the client is told so by RST, as by the kernel
            passed.is_open = False
            _finish(client, _RST)
        else:
            self._lines.append(_Line(passed, client, server))


class _Way:
    """One direction of a connection."""

    def __init__(self, source: socket.socket, target: socket.socket, fault: Fault | None) -> None:
        self.source = source
        self.target = target
        self.fault = fault
        self.moved = 0
        self.pending = memoryview(b"")
        self.ended = False
        self.stalled = False
        self.due = 0.0

    def allowed(self) -> int:
        """How many bytes may be read at once; 0 is when the fault strikes."""
        fault = self.fault
        if fault is None:
            return _CHUNK
        if self.moved < fault.after:
            return min(_CHUNK, fault.after - self.moved)
        return fault.piece if fault.kind == "slow" else 0

    def waits_for_source(self, now: float) -> bool:
        """Whether it could take something."""
        return not (self.ended or self.stalled or self.pending) and now >= self.due


class _Line:
    """A connection: its two sockets, and what goes each way."""

    def __init__(self, passed: Passed, client: socket.socket, server: socket.socket) -> None:
        self.passed = passed
        self._drains = False
        fault = passed.fault
        self._up = _Way(client, server, fault if fault and fault.towards == "server" else None)
        self._down = _Way(server, client, fault if fault and fault.towards == "client" else None)
        for end in (client, server):
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def register(self, poll: select.poll) -> float:
        """Say what it waits for; the seconds after which it wants to be moved anyhow."""
        now, timeout = time.monotonic(), float("inf")
        for way, back in ((self._up, self._down), (self._down, self._up)):
            mask = 0
            if way.stalled:
                mask |= _ENDED  # who gives up on a stall is not heard by reading
                timeout = min(timeout, max(0.0, way.due - now)) if way.due else timeout
            elif way.waits_for_source(now):
                mask |= select.POLLIN
            elif not way.ended and not way.pending:
                timeout = min(timeout, way.due - now)
            if back.pending:
                mask |= select.POLLOUT
            if mask:
                poll.register(way.source, mask)
        return timeout

    def move(self, ready: dict[int, int]) -> None:
        """Pass on what can be."""
        try:
            for way, back in ((self._up, self._down), (self._down, self._up)):
                if not self.passed.is_open:
                    return
                seen = ready.get(way.source.fileno(), 0)
                if way.pending and ready.get(way.target.fileno(), 0) & (select.POLLOUT | _ENDED):
                    self._send(way)
                if way.stalled and (seen & _ENDED or back.ended):
                    self.end()
                elif way.stalled and way.due and time.monotonic() >= way.due:
                    self.end(_RST)
                elif seen & (select.POLLIN | _ENDED) and way.waits_for_source(time.monotonic()):
                    self._read(way)
        except BlockingIOError:
            pass
        except OSError:  # one end broke it: so does the other
            self.end(_RST)
        if self._up.ended and self._down.ended and not (self._up.pending or self._down.pending):
            self.end()

    def _read(self, way: _Way) -> None:
        allowed = way.allowed()
        if not allowed and way.source.recv(1, socket.MSG_PEEK):
            return self._strike(way)
        data = way.source.recv(allowed or 1)
        if not data:
            way.ended = True
            if not self._drains:
                way.target.shutdown(socket.SHUT_WR)
        elif not self._drains:
            if way.fault and way.fault.kind == "slow" and way.moved >= way.fault.after:
                self.passed.struck = True
                way.due = max(way.due + way.fault.every, time.monotonic())
            way.pending = memoryview(data)
            self._send(way)
        return None

    def _send(self, way: _Way) -> None:
        sent = way.target.send(way.pending)
        way.pending = way.pending[sent:]
        way.moved += sent
        if way is self._up:
            self.passed.to_server += sent
        else:
            self.passed.to_client += sent

    def _strike(self, way: _Way) -> None:
        assert way.fault is not None
        self.passed.struck = True
        match way.fault.kind:
            case "reset":
                self.end(_RST)
            case "close":
                # A socket that is closed with bytes unread sends RST: they are read, and dropped.
                self._drains = True
                for each in (self._up, self._down):
                    each.fault, each.pending = None, memoryview(b"")
                    with contextlib.suppress(OSError):
                        each.target.shutdown(socket.SHUT_WR)
            case _:
                way.stalled = True
                way.due = time.monotonic() + way.fault.every if way.fault.every else 0.0

    def end(self, linger: bytes = b"") -> None:
        """Close both sockets, in order or with RST."""
        self.passed.is_open = False
        for way in (self._up, self._down):
            _finish(way.source, linger)


def _finish(end: socket.socket, linger: bytes) -> None:
    if linger:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    end.close()
