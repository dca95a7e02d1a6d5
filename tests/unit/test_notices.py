"""Waiting by webhook and by looking, together; the clock moves only by sleeping."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from safelight import LetsEnhance, Teleport
from safelight.bridge import ThreadBell
from safelight.notices import Notices, pause_after
from safelight.webhooks import Event
from tests.conftest import FakeClock
from tests.unit import test_letsenhance, test_requests
from tests.unit.test_requests import CAPTURE, Wire, reply

HOUR = 3600.0


def ready(eid: str = "eid-1") -> Event:
    return Event(service="teleport", job_id=eid, state="READY", ended=True, verified=True)


def test_an_event_rings_those_who_wait_for_its_job_and_nobody_else(clock: FakeClock) -> None:
    notices, mine, other = Notices(clock), ThreadBell(), ThreadBell()
    notices.listen(mine, ["a", "b"])
    notices.listen(other, ["c"])
    notices.tell(ready("b"))
    assert mine.wait(clock, 10)
    assert not other.wait(clock, 10)
    notices.tell(Event(service="teleport"))  # about nothing in particular, so about anything
    assert mine.wait(clock, 10)
    assert other.wait(clock, 10)
    notices.leave(mine, ["a", "b"])
    notices.tell(ready("b"))
    assert not mine.wait(clock, 10)


def test_looks_thin_out_while_events_arrive_and_come_back_when_they_stop(clock: FakeClock) -> None:
    notices = Notices(clock)
    begun = clock.monotonic()
    clock.advance(HOUR)
    assert 24 <= notices.pause(["a"], begun) <= 30
    notices.tell(ready("another"))
    assert 96 <= notices.pause(["a"], begun) <= 120
    clock.advance(901)
    assert 24 <= notices.pause(["a"], begun) <= 30


def test_a_job_that_was_told_of_is_trusted_to_be_told_of_again(clock: FakeClock) -> None:
    notices = Notices(clock)
    begun = clock.monotonic()
    notices.tell(Event(service="teleport", job_id="a", state="PROCESSING", verified=True))
    clock.advance(HOUR)
    assert 96 <= notices.pause(["a"], begun) <= 120
    assert notices.pause(["b"], begun) <= 30


def test_after_the_end_was_told_the_service_is_asked_again_soon(clock: FakeClock) -> None:
    notices = Notices(clock)
    begun = clock.monotonic()
    clock.advance(HOUR)
    notices.tell(Event(service="teleport", job_id="a", state="PROCESSING", verified=True))
    assert notices.pause(["a"], begun) >= 96
    notices.tell(ready("a"))
    assert notices.pause(["a", "b"], begun) <= 1
    clock.advance(100)
    assert 8 <= notices.pause(["a"], begun) <= 10


def test_events_that_came_before_the_wait_do_not_slow_it_down(clock: FakeClock) -> None:
    notices = Notices(clock)
    notices.tell(ready("a"))
    clock.advance(HOUR)
    assert notices.pause(["a"], clock.monotonic()) <= 1


def test_bodies_are_not_kept_but_for_failures(clock: FakeClock) -> None:
    notices = Notices(clock)
    body = {"image": "https://pictures.test/face.jpg"}
    notices.tell(Event(service="hautai", job_id="a", body=body, verified=True))
    notices.tell(
        Event(service="immersity", job_id="b", body={"errorCode": "X"}, ended=True, failed=True, verified=True)
    )
    kept, failed = notices.about("a"), notices.about("b")
    assert kept is not None
    assert kept.body == {}
    assert failed is not None
    assert failed.body == {"errorCode": "X"}


def test_an_event_that_anybody_may_have_sent_only_rings(clock: FakeClock) -> None:
    notices, bell = Notices(clock), ThreadBell()
    begun = clock.monotonic()
    clock.advance(HOUR)
    notices.listen(bell, ["a"])
    notices.tell(Event(service="immersity", job_id="a", ended=True, failed=True))
    assert bell.wait(clock, 10)
    assert notices.about("a") is None
    assert 24 <= notices.pause(["a"], begun) <= 30
    told = Event(service="immersity", job_id="a", reason="X", ended=True, failed=True, verified=True)
    notices.tell(told)
    notices.tell(Event(service="immersity", job_id="a", ended=True))
    assert notices.about("a") == told
    notices.forget("a")
    assert notices.about("a") is None


def test_only_the_newest_thousand_are_remembered(clock: FakeClock) -> None:
    notices = Notices(clock)
    for number in range(1500):
        notices.tell(ready(str(number)))
    assert notices.about("499") is None
    assert notices.about("500") is not None


def account(clock: FakeClock, *, ready_after: float, told_at: float, teleport: list[Teleport]) -> Any:
    """A capture that gets ready, and a webhook that says so."""
    begun = clock.monotonic()
    told = threading.Event()

    def answer(request: Any) -> Any:
        waited = clock.monotonic() - begun
        return reply(body=[{**CAPTURE, "state": "READY" if waited >= ready_after else "PROCESSING"}])(request)

    sleep = clock.advance

    def advance(seconds: float) -> None:
        # Of a longer pause only what leads to the call: then the bell rings.
        left = begun + told_at - clock.monotonic()
        if not told.is_set() and left <= seconds:
            sleep(max(0.0, left))
            told.set()
            teleport[0].notify(ready())
        else:
            sleep(seconds)

    clock.advance = advance  # type: ignore[method-assign]
    return answer


@pytest.mark.parametrize("told_at", [3000.0, 3004.0])
def test_whichever_comes_first_ends_the_wait(clock: FakeClock, told_at: float) -> None:
    clients: list[Teleport] = []
    wire = Wire(account(clock, ready_after=3000, told_at=told_at, teleport=clients))
    clients.append(test_requests.client(wire, clock))
    begun = clock.monotonic()
    assert clients[0].wait("eid-1").state == "READY"
    assert clock.monotonic() - begun <= told_at + 1


def test_the_end_is_looked_at_at_once_even_right_after_a_look(clock: FakeClock) -> None:
    clients: list[Teleport] = []
    wire = Wire(account(clock, ready_after=0.2, told_at=0.2, teleport=clients))
    clients.append(test_requests.client(wire, clock))
    begun = clock.monotonic()
    assert clients[0].wait("eid-1").state == "READY"
    assert clock.monotonic() - begun <= 0.3


def test_a_list_that_lags_behind_the_call_is_asked_again_soon(clock: FakeClock) -> None:
    clients: list[Teleport] = []
    wire = Wire(account(clock, ready_after=3003, told_at=3000, teleport=clients))
    clients.append(test_requests.client(wire, clock))
    begun = clock.monotonic()
    clients[0].wait("eid-1")
    assert clock.monotonic() - begun <= 3005


def test_events_of_other_services_are_ignored(clock: FakeClock) -> None:
    wire = Wire(reply(body=[{**CAPTURE, "state": "READY"}]))
    teleport = test_requests.client(wire, clock)
    teleport.notify(Event(service="letsenhance", job_id="eid-1", ended=True))
    assert teleport._notices.about("eid-1") is None
    teleport.notify(ready())
    assert teleport._notices.about("eid-1") is not None


def test_a_pipeline_is_looked_at_at_once(clock: FakeClock) -> None:
    wire = Wire(
        test_letsenhance.pipeline("PROCESSING"),
        test_letsenhance.pipeline("DONE", test_letsenhance.result("https://cdn.test/a.jpg")),
    )
    enhance: LetsEnhance = test_letsenhance.client(wire, clock)
    job = enhance.job(26082838)
    enhance.notify(Event(service="letsenhance", job_id="26082838", ended=True))
    assert len(job.result()) == 1
    assert len(clock.sleeps) == 1
    assert clock.sleeps[0] <= 1


@pytest.mark.parametrize("waited", [0.0, 5.0, 60.0, 7200.0])
def test_a_pause_is_a_tenth_of_the_wait_from_1_to_30_seconds(waited: float) -> None:
    assert 0.8 <= pause_after(waited) <= min(30.0, max(1.0, waited * 0.1))
