"""The proxy does what it says, and leaves nothing: else the tests that rest on it would show nothing."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.uploads import until
from tests.faults.server import Answering, Asked
from tests.faults.wire import Fault, Wire, close, drip, every_one, first, rate, reset, some, stall

SENT = os.urandom(200_000)


def echo(asked: Asked) -> None:
    asked.reply(content=asked.read())


@pytest.fixture
def server() -> Iterator[Answering]:
    with Answering(echo) as server:
        yield server


def talk(wire: Wire, timeout: float = 5, body: bytes = SENT) -> bytes:
    """Send a request with a long body, and read the reply's; raises as the socket does."""
    with socket.create_connection(("127.0.0.1", int(wire.address.rpartition(":")[2])), timeout) as client:
        client.sendall(b"PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        received = b""
        while not received.endswith(body[-100:]):
            some = client.recv(65536)
            if not some:
                break
            received += some
        return received.partition(b"\r\n\r\n")[2]


def test_without_a_fault_all_passes_and_is_counted(server: Answering) -> None:
    with Wire(server.address) as wire:
        assert talk(wire) == talk(wire) == SENT
        assert [passed.number for passed in wire.connections] == [1, 2]
        assert min(passed.to_server for passed in wire.connections) > len(SENT)
        until(lambda: min(passed.to_client for passed in wire.connections) > len(SENT))


@pytest.mark.parametrize("towards", ["server", "client"])
def test_a_reset_is_a_reset_and_a_close_is_a_close(server: Answering, towards: str) -> None:
    for fault, error in ((reset(50_000, towards), ConnectionResetError), (close(50_000, towards), None)):  # type: ignore[arg-type]
        with Wire(server.address, first(1, fault)) as wire:
            with pytest.raises((ConnectionResetError, BrokenPipeError)) if error else contextlib.nullcontext():
                received = talk(wire)
                assert SENT.startswith(received)
                assert len(received) in (range(49_000, 50_000) if towards == "client" else range(1))
            (passed,) = wire.connections
            assert passed.struck
            assert (passed.to_server if towards == "server" else passed.to_client) == 50_000
            assert talk(wire) == SENT


@pytest.mark.parametrize("fault", [stall(1000), stall(1000, "client")], ids=["to the server", "to the client"])
def test_a_stall_says_nothing_until_somebody_gives_up(server: Answering, fault: Fault) -> None:
    with Wire(server.address, every_one(fault)) as wire:
        with pytest.raises(TimeoutError):
            talk(wire, 0.1, SENT[:10_000])
        until(lambda: not wire.connections[0].is_open)


@pytest.mark.parametrize(
    ("fault", "seconds"), [(drip(20_000, 0.01), 0.09), (rate(2_000_000), 0.09)], ids=["drip", "rate"]
)
def test_a_slow_line_is_slow_and_loses_nothing(server: Answering, fault: Fault, seconds: float) -> None:
    with Wire(server.address, every_one(fault)) as wire:
        begun = time.monotonic()
        assert talk(wire) == SENT
        assert time.monotonic() - begun >= seconds


def test_a_share_of_the_connections_is_the_same_each_time() -> None:
    plan, again, other = (some(0.2, seed=seed, faults=[reset(), close()]) for seed in (1, 1, 2))
    hit = [plan(number) for number in range(1000)]
    assert hit == [again(number) for number in range(1000)]
    assert hit != [other(number) for number in range(1000)]
    assert 150 < sum(fault is not None for fault in hit) < 250


def test_nothing_is_left_of_it(server: Answering) -> None:
    def left() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    before = left()
    with Wire(server.address) as wire:
        talk(wire)
    with Wire(server.address, first(1, stall())) as wire, pytest.raises(TimeoutError):
        talk(wire, 0.05)
    until(lambda: left() == before)  # the server, which is of this process, lets go a moment later
