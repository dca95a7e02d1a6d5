"""Waiting, with a clock that only sleeping moves."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import safelight
from safelight import Progress
from safelight.clock import Clock
from safelight.notices import pause_after
from tests.conftest import FakeClock
from tests.unit.test_requests import CAPTURE, Wire, client, reply


class Account:
    """A list of captures that changes as time passes: each becomes READY, or something else, at its moment."""

    def __init__(self, clock: Clock, **becomes: tuple[float, dict[str, Any]]) -> None:
        self.clock = clock
        self.begun = clock.monotonic()
        self.becomes = becomes
        self.walks = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        waited = self.clock.monotonic() - self.begun
        captures = []
        for eid, (moment, final) in self.becomes.items():
            state = final if waited >= moment else {"state": "PROCESSING"}
            captures.append({**CAPTURE, "eid": eid, **state})
        offset, limit = int(request.url.params["offset"]), int(request.url.params["limit"])
        self.walks += offset == 0
        return httpx.Response(200, json=captures[offset : offset + limit])


READY = {"state": "READY", "sid": "sid-1", "uploaded": "2025-10-06T18:56:00"}


def test_a_wait_ends_when_the_capture_is_ready(clock: FakeClock) -> None:
    account = Account(clock, a=(600, READY))
    seen: list[Progress] = []
    begun = clock.monotonic()
    capture = client(Wire(account), clock).wait("a", on_progress=seen.append)
    assert capture.sid == "sid-1"
    assert 600 <= clock.monotonic() - begun <= 660
    assert {progress.phase for progress in seen} == {"waiting"}
    assert seen[0].state == "PROCESSING"
    assert seen[-1].state == "READY"


@given(st.floats(0, 1e6))
def test_pauses_grow_with_the_wait_from_one_to_thirty_seconds(waited: float) -> None:
    assert 0.8 <= pause_after(waited) <= 28.5
    assert pause_after(waited) <= 0.95 * max(1.0, waited * 0.1)


@pytest.mark.parametrize(
    ("final", "reason"),
    [
        ({"state": "ERROR", "error_reason": "NOT_ENOUGH_FRAMES"}, "NOT_ENOUGH_FRAMES"),
        ({"state": "ERROR", "error_reason": "A_NEW_REASON", "state_description": "too dark"}, "A_NEW_REASON"),
        ({"state": "FAILED", "error_reason_slug": "conversion-failed"}, "conversion-failed"),
        ({"state": "PROCESSING", "error_reason": "CONVERSION_FAILED"}, "CONVERSION_FAILED"),
        ({"state": "ERROR"}, None),
    ],
)
def test_a_failure_tells_its_reason(clock: FakeClock, final: dict[str, Any], reason: str | None) -> None:
    with pytest.raises(safelight.JobFailed, match="a") as caught:
        client(Wire(Account(clock, a=(10, final))), clock).wait("a")
    assert caught.value.reason == reason
    assert caught.value.job_id == "a"


def test_states_that_nobody_knows_mean_wait(clock: FakeClock) -> None:
    with pytest.raises(safelight.JobTimeout, match="DREAMING") as caught:
        client(Wire(Account(clock, a=(0, {"state": "DREAMING"}))), clock).wait("a", timeout=100)
    assert caught.value.state == "DREAMING"
    assert caught.value.job_id == "a"
    assert isinstance(caught.value, TimeoutError)


def test_a_timeout_is_kept_and_the_last_look_is_at_its_end(clock: FakeClock) -> None:
    begun = clock.monotonic()
    assert client(Wire(Account(clock, a=(99.5, READY))), clock).wait("a", timeout=100).state == "READY"
    with pytest.raises(safelight.JobTimeout, match="wait again"):
        client(Wire(Account(clock, a=(1000, READY))), clock).wait("a", timeout=100)
    assert clock.monotonic() - begun <= 100 + 100


def test_an_eid_that_the_account_does_not_have_is_told_soon(clock: FakeClock) -> None:
    begun = clock.monotonic()
    with pytest.raises(safelight.NotFound, match="no capture nobody"):
        client(Wire(Account(clock, a=(0, READY))), clock).wait("nobody")
    assert clock.monotonic() - begun < 15


def test_a_capture_that_appears_late_is_waited_for(clock: FakeClock) -> None:
    empty = reply(body=[])
    wire = Wire(empty, empty, reply(body=[{**CAPTURE, "eid": "a", **READY}]))
    assert client(wire, clock).wait("a").state == "READY"


def test_a_service_that_is_away_for_a_while_is_looked_for_again(clock: FakeClock) -> None:
    wire = Wire(*[httpx.ConnectError("tunnel")] * 20, reply(503), reply(body=[{**CAPTURE, "eid": "a", **READY}]))
    assert client(wire, clock).wait("a").state == "READY"


def test_a_service_that_is_never_reached_is_the_error_and_one_that_is_lost_is_told(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(safelight.ConnectionFailed, match="tunnel"):
        client(Wire(httpx.ConnectError("tunnel")), clock).wait("a", timeout=300)
    assert caplog.text.count("waiting goes on, but") == 1
    seen = reply(body=[{**CAPTURE, "eid": "a", "state": "PROCESSING"}])
    with pytest.raises(safelight.JobTimeout, match="tunnel") as caught:
        client(Wire(seen, httpx.ConnectError("tunnel")), clock).wait("a", timeout=300)
    assert isinstance(caught.value.__cause__, safelight.ConnectionFailed)
    assert caught.value.state == "PROCESSING"


def test_wrong_credentials_end_a_wait_at_once(clock: FakeClock) -> None:
    with pytest.raises(safelight.AuthError):
        client(Wire(reply(403, {"detail": "no"})), clock).wait("a")


@pytest.mark.parametrize("eid", ["", " ", ".", "..", None])
def test_an_eid_that_cannot_be_is_refused(clock: FakeClock, eid: Any) -> None:
    with pytest.raises(safelight.ConfigError, match="eid"):
        client(Wire(reply(body=[])), clock).wait(eid)


def test_wait_all_yields_each_as_it_gets_ready(clock: FakeClock) -> None:
    account = Account(clock, a=(300, READY), b=(5, READY), c=(100, READY))
    assert [capture.eid for capture in client(Wire(account), clock).wait_all(["a", "b", "c", "b"])] == ["b", "c", "a"]
    assert list(client(Wire(account), clock).wait_all([])) == []


def test_a_failed_one_does_not_keep_the_others_from_coming(clock: FakeClock) -> None:
    failed = {"state": "ERROR", "error_reason": "NOT_ENOUGH_FRAMES"}
    account = Account(clock, a=(5, failed), b=(50, READY), c=(60, failed))
    arrived = []
    with pytest.raises(safelight.JobFailed, match="capture a") as caught:
        arrived.extend(capture.eid for capture in client(Wire(account), clock).wait_all(["a", "b", "c"]))
    assert arrived == ["b"]
    assert "capture c" in caught.value.__notes__[0]


def test_wait_all_names_those_that_are_not_ready_in_time(clock: FakeClock) -> None:
    account = Account(clock, a=(5, READY), b=(5000, READY))
    with pytest.raises(safelight.JobTimeout, match=r"b \(PROCESSING\)"):
        list(client(Wire(account), clock).wait_all(["a", "b"], timeout=60))


def test_two_who_wait_for_the_same_do_not_disturb_each_other(clock: FakeClock) -> None:
    teleport = client(Wire(Account(clock, a=(100, READY), b=(200, READY))), clock)
    both, one = teleport.wait_all(["a", "b"]), teleport.wait_all(["a", "b"])
    assert next(both).eid == "a"
    assert next(one).eid == "a"
    one.close()  # type: ignore[attr-defined]
    assert [capture.eid for capture in both] == ["b"]
    assert teleport.wait("b").state == "READY"


def test_a_rate_limit_that_is_longer_than_a_pause_is_kept(clock: FakeClock) -> None:
    wire = Wire(reply(429, retry_after="500"), reply(body=[{**CAPTURE, "eid": "a", **READY}]))
    begun = clock.monotonic()
    assert client(wire, clock).wait("a").state == "READY"
    assert 500 <= clock.monotonic() - begun <= 510


def rounds_of_one(clock: FakeClock, moment: float) -> int:
    account = Account(clock, a=(moment, READY))
    client(Wire(account), clock).wait("a")
    return account.walks


def test_a_hundred_in_wait_all_cost_one_walk_a_round(clock: FakeClock) -> None:
    account = Account(clock, **{f"eid-{n}": (300, READY) for n in range(100)})
    assert len(list(client(Wire(account), clock).wait_all(f"eid-{n}" for n in range(100)))) == 100
    assert account.walks <= rounds_of_one(clock, 300) * 1.5


def test_a_hundred_threads_cost_one_walk_a_round() -> None:
    clock = ThreadsClock(100)
    account = Account(clock, **{f"eid-{n}": (300, READY) for n in range(100)})
    teleport = client(Wire(account), clock)  # type: ignore[arg-type]
    states: list[Any] = []

    def work(eid: str) -> None:
        try:
            states.append(teleport.wait(eid).state)
        finally:
            clock.leave()

    threads = [threading.Thread(target=work, args=(f"eid-{n}",)) for n in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert states == ["READY"] * 100
    assert account.walks <= rounds_of_one(FakeClock(), 300) * 1.5


class ThreadsClock(Clock):
    """The time of many threads: when all of them sleep, it goes on to the first alarm."""

    def __init__(self, threads: int) -> None:
        self._changed = threading.Condition()
        self._awake = threads
        self._now = 1_800_000_000.0
        self._alarms: list[float] = []

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.sleep(seconds)
        return event.is_set()

    def sleep(self, seconds: float) -> None:
        with self._changed:
            alarm = self._now + seconds
            self._alarms.append(alarm)
            self._awake -= 1
            self._go_on()
            while self._now < alarm:
                self._changed.wait(30)

    def leave(self) -> None:
        with self._changed:
            self._awake -= 1
            self._go_on()

    def _go_on(self) -> None:
        if self._awake == 0 and self._alarms:
            self._now = min(self._alarms)
            due = [alarm for alarm in self._alarms if alarm <= self._now]
            self._alarms = [alarm for alarm in self._alarms if alarm > self._now]
            self._awake += len(due)
            self._changed.notify_all()


def test_a_short_wait_is_not_held_up_by_a_service_that_does_not_answer(clock: FakeClock) -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        timeout = request.extensions["timeout"]["read"]
        clock.advance(timeout)
        raise httpx.ReadTimeout("silence")

    begun = clock.monotonic()
    with pytest.raises(safelight.ConnectionFailed):
        client(Wire(silent), clock).wait("a", timeout=5)
    assert clock.monotonic() - begun < 15
