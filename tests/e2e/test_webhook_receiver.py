"""The receiver behind uvicorn, in a process of its own, called over real sockets."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from safelight.webhooks import LARGEST_BODY, EventStore
from tests.conftest import FakeClock
from tests.e2e.receiving import receiving
from tests.webhook_calls import SECRET, Call, call

EVENTS = 4000
CONNECTIONS = 8


class Caller:
    """A service with one connection."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=30)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, made: Call) -> tuple[int, str]:
        """Make a call; the status and the word of the answer."""
        path = f"/{made.service}?{made.query}" if made.query else f"/{made.service}"
        self._connection.request(made.method, path, made.body, made.headers)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())["status"]

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def ready(job: object) -> Call:
    return call("teleport", {"eid": str(job), "sid": "s", "state": "READY"})


def handled(folder: Path) -> list[str]:
    return (folder / "handled").read_text().split()


def until(true: Callable[[], bool]) -> None:
    """Wait for another process, for as long as a busy machine may need."""
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def send(address: str, calls: Iterable[Call], answers: Counter[str]) -> None:
    """Make calls as a service does: again, until they are acknowledged."""
    with Caller(address) as caller:
        for made in calls:
            status = 0
            while status != 200:
                status, said = caller.post(made)
                answers[said] += 1
                assert status in (200, 500, 503)


@pytest.mark.fault(26)
def test_of_thousands_of_events_none_is_lost_and_each_is_handled_once(tmp_path: Path) -> None:
    fifth = range(0, EVENTS, 5)
    jobs = [*range(EVENTS), *fifth]
    random.Random(7).shuffle(jobs)
    # Beside the duplicates in between, the last ones are sent by two connections at the same time.
    shares = [[ready(job) for job in jobs[start::CONNECTIONS]] for start in range(CONNECTIONS)]
    twice = [ready(f"twice-{number}") for number in range(100)]
    answers = [Counter[str]() for _ in range(CONNECTIONS)]
    with receiving(tmp_path, failing=40) as (address, _), ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(send, [address] * CONNECTIONS, shares, answers))
        list(pool.map(send, [address] * 2, [twice] * 2, answers))
    assert Counter(handled(tmp_path)) == Counter([*map(str, range(EVENTS)), *(f"twice-{n}" for n in range(100))])
    told = sum(answers, Counter[str]())
    assert told["handled"] == EVENTS + len(twice)
    assert told["duplicate"] == len(fifth) + len(twice)
    assert told["failed"] == EVENTS / 40


@pytest.mark.fault(26)
def test_an_event_that_a_killed_receiver_was_at_is_handled_by_the_next(tmp_path: Path) -> None:
    with receiving(tmp_path) as (address, process), Caller(address) as caller, Caller(address) as other:
        assert caller.post(ready("before")) == (200, "handled")
        thread = threading.Thread(target=lambda: [suppressed(other, ready("slow"))])
        thread.start()
        until((tmp_path / "begun").exists)
        os.kill(process.pid, signal.SIGKILL)
        thread.join()
    (tmp_path / "go_on").touch()
    with receiving(tmp_path) as (address, _), Caller(address) as caller:
        assert caller.post(ready("before")) == (200, "duplicate")
        assert caller.post(ready("slow")) == (503, "running")  # nobody can know that it died, until its lease is over
        with EventStore(tmp_path / "events.sqlite", clock=FakeClock(time.time() + 301)):
            pass  # as if the store were opened later: what is over is swept out
        assert caller.post(ready("slow")) == (200, "handled")
    assert handled(tmp_path) == ["before", "slow"]


def suppressed(caller: Caller, made: Call) -> None:
    try:
        caller.post(made)
    except (OSError, http.client.HTTPException):
        return
    raise AssertionError("the receiver answered though it was killed")


def test_a_receiver_that_is_stopped_finishes_what_it_is_at(tmp_path: Path) -> None:
    told: list[tuple[int, str]] = []
    with receiving(tmp_path) as (address, process), Caller(address) as caller:
        thread = threading.Thread(target=lambda: told.append(caller.post(ready("slow"))))
        thread.start()
        until((tmp_path / "begun").exists)
        process.send_signal(signal.SIGTERM)
        until(lambda: is_closed(address))
        (tmp_path / "go_on").touch()
        thread.join()
    assert told == [(200, "handled")]
    assert handled(tmp_path) == ["slow"]


def is_closed(address: str) -> bool:
    host, port = address.split(":")
    try:
        socket.create_connection((host, int(port)), 5).close()
    except OSError:
        return True
    return False


def test_neither_token_nor_body_is_in_the_servers_log(tmp_path: Path) -> None:
    with receiving(tmp_path) as (address, _), Caller(address) as caller:
        made = call("letsenhance", {"id": 7, "url": "https://b.test/?sig=CANARY"})
        assert caller.post(made) == (200, "handled")
        assert caller.post(made.but(query="token=CANARY")) == (401, "refused")
        assert caller.post(made.but(body=b"CANARY")) == (400, "refused")
    log = (tmp_path / "log").read_text()
    assert log.count('"POST /letsenhance') == 3
    for secret in ("CANARY", SECRET, made.query):
        assert secret not in log


def test_a_large_body_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    head = f"POST /teleport HTTP/1.1\r\nHost: me\r\nContent-Length: {LARGEST_BODY + 1}\r\n\r\n"
    with receiving(tmp_path) as (address, _):
        host, port = address.split(":")
        with socket.create_connection((host, int(port)), 30) as wire:
            wire.sendall(head.encode())
            answer = b"".join(iter(lambda: wire.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"refused"' in answer


def test_a_caller_that_hangs_up_in_the_middle_is_no_error(tmp_path: Path) -> None:
    head = b"POST /teleport HTTP/1.1\r\nHost: me\r\nContent-Length: 100\r\n\r\n{"
    with receiving(tmp_path) as (address, _):
        host, port = address.split(":")
        with socket.create_connection((host, int(port)), 30) as wire:
            wire.sendall(head)
        with Caller(address) as caller:
            assert caller.post(ready("after")) == (200, "handled")
    log = (tmp_path / "log").read_text()
    assert "ERROR" not in log
    assert "Traceback" not in log
