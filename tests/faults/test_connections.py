"""Connections that break, fall silent, or say a byte now and then. A number in a test's name is a row of the table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import safelight
from safelight.sandbox import Sandbox
from tests.e2e.conftest import PART, Face
from tests.e2e.uploads import PARTS, arrived_whole, counts
from tests.faults.conftest import HastyClock
from tests.faults.wire import Fault, Wire, close, drip, every_one, first, rate, reset, stall

BREAKS = [
    reset(after=100_000),
    close(after=100_000),
    reset(after=0, towards="client"),
    close(after=0, towards="client"),
    reset(after=20, towards="client"),
]


def told(fault: Fault) -> str:
    return f"{fault.kind}-{fault.towards}-{fault.after}"


@pytest.mark.fault(1)
@pytest.mark.fault("no deadline")
@pytest.mark.parametrize("fault", BREAKS, ids=told)
def test_1_a_part_whose_connection_breaks_is_sent_again_alone_and_from_its_beginning(
    face: Face, sandbox: Sandbox, store: Wire, video: Path, fault: Fault
) -> None:
    store.plan = first(1, fault)
    face.upload(video, concurrency=1)
    arrived_whole(sandbox, video)
    assert store.struck == 1
    assert store.connections[0].to_server == (100_000 if fault.towards == "server" else pytest.approx(PART, rel=0.01))
    # A part whose reply was lost has arrived, and arrives once more; one that broke off has not.
    assert counts(sandbox) == [1 if fault.towards == "server" else 2] + [1] * (PARTS - 1)


@pytest.mark.fault(1)
@pytest.mark.parametrize("fault", [reset(after=200_000), close(after=200_000)], ids=told)
def test_1_a_part_may_break_again_and_again(
    face: Face, sandbox: Sandbox, store: Wire, video: Path, fault: Fault
) -> None:
    store.plan = first(9, fault)
    face.upload(video)
    arrived_whole(sandbox, video)
    assert counts(sandbox) == [1] * PARTS
    assert store.struck == 9


@pytest.mark.fault(1)
@pytest.mark.parametrize("fault", [reset(), close(), *BREAKS[2:]], ids=told)
def test_1_a_question_whose_connection_breaks_is_asked_again(
    face: Face, sandbox: Sandbox, service: Wire, fault: Fault
) -> None:
    service.plan = first(2, fault)
    with pytest.raises(safelight.NotFound):
        face.metadata("nobody")
    assert service.struck == 2


@pytest.mark.fault(17)
@pytest.mark.fault(14)
@pytest.mark.fault("no deadline")
@pytest.mark.parametrize("what", ["the token", "the reply"])
def test_17_a_service_that_says_a_byte_now_and_then_is_not_listened_to_past_the_timeout(
    face: Face, service: Wire, what: str
) -> None:
    with pytest.raises(safelight.NotFound):
        face.metadata("nobody")
    whole = service.connections[0].to_client
    service.plan = every_one(drip(piece=1, every=0.002, after=10 if what == "the token" else whole - 60))
    face.settings |= {"clock": HastyClock(), "timeout": 40, "max_retries": 0}
    with pytest.raises(safelight.ConnectionFailed, match="too slowly"):
        face.metadata("nobody")


@pytest.mark.fault(17)
@pytest.mark.parametrize("towards", ["server", "client"])
def test_17_a_service_that_falls_silent_is_asked_again(
    face: Face, sandbox: Sandbox, service: Wire, towards: Any
) -> None:
    face.settings["timeout"] = 0.8
    service.plan = first(1, stall(towards=towards))
    with pytest.raises(safelight.NotFound):
        face.metadata("nobody")
    assert service.struck == 1


@pytest.mark.fault(17)
@pytest.mark.fault("no deadline")
@pytest.mark.parametrize(
    "fault", [drip(piece=1, every=0.01), rate(20_000)], ids=["the reply drips", "the line is narrow"]
)
def test_17_a_part_that_gets_nowhere_is_sent_again(
    face: Face, sandbox: Sandbox, store: Wire, video: Path, fault: Fault
) -> None:
    face.settings["clock"] = HastyClock()
    store.plan = first(1, fault)
    face.upload(video, concurrency=1)
    arrived_whole(sandbox, video)
    assert store.struck == 1
    assert len(store.connections) >= 2


@pytest.mark.fault(17)
@pytest.mark.fault("no deadline")
def test_17_a_download_that_drips_is_asked_for_anew_and_goes_on(
    face: Face, sandbox: Sandbox, store: Wire, video: Path, tmp_path: Path
) -> None:
    capture = face.wait(face.upload(video).eid)
    before = len(store.connections)
    store.plan = lambda number: drip(piece=20, every=0.001, after=2000) if number == before + 1 else None
    face.settings |= {"clock": HastyClock(), "timeout": 1e6}  # of which the sandbox takes some to make the model
    face.download(capture.sid, tmp_path / "a.ply")
    assert (tmp_path / "a.ply").read_bytes().startswith(b"ply\n")
    assert len(store.connections) == before + 2
    assert 2000 < store.connections[before].to_client < 100_000
