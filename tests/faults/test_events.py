"""Webhooks that come twice, late, in another order, or from somebody else. A number in a name is a row of the table."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from safelight.sandbox import Sandbox
from safelight.webhooks import Event
from tests.e2e.conftest import Face
from tests.e2e.test_waiting_by_webhook import listening


@pytest.mark.fault(26)
def test_26_an_event_that_comes_again_late_or_after_a_newer_one_is_handled_once(
    blocking: Face, sandbox: Sandbox, video: Path
) -> None:
    handled: list[Event] = []
    with listening(sandbox, handled.append) as url:
        sandbox.teleport.webhook(f"{url}/teleport")
        eid = blocking.upload(video).eid
        sandbox.clock.advance(300)
        sandbox.settle()
        processing, ready = sandbox.deliveries
        assert [event.state for event in handled] == ["PROCESSING", "READY"]
        sandbox.clock.advance(7 * 86400)
        for delivery in (ready, processing, ready, processing):
            assert sandbox.repeat(delivery).status == 200  # so that the service stops telling it
    assert [(event.job_id, event.state) for event in handled] == [(eid, "PROCESSING"), (eid, "READY")]


@pytest.mark.fault(26)
def test_26_an_event_that_overtakes_another_makes_the_other_outdated(
    blocking: Face, sandbox: Sandbox, video: Path
) -> None:
    first: list[Event] = []
    second: list[Event] = []
    with listening(sandbox, first.append) as url:
        sandbox.teleport.webhook(f"{url}/teleport")
        blocking.upload(video)
        sandbox.clock.advance(300)
        sandbox.settle()
    processing, ready = sandbox.deliveries
    with listening(sandbox, second.append) as url:  # a receiver that has not heard of either
        for delivery in (ready, processing):
            assert sandbox.repeat(attrs.evolve(delivery, url=f"{url}/teleport")).status == 200
    assert [event.state for event in second] == ["READY"]


@pytest.mark.fault(26)
def test_26_an_event_whose_body_was_changed_on_the_way_is_refused(
    blocking: Face, sandbox: Sandbox, video: Path
) -> None:
    handled: list[Event] = []
    with listening(sandbox, handled.append) as url:
        sandbox.teleport.webhook(f"{url}/teleport")
        blocking.upload(video)
        sandbox.settle()
        (processing,) = sandbox.deliveries
        forged = attrs.evolve(processing, content=processing.content.replace(b"PROCESSING", b"READY"))
        assert sandbox.repeat(forged).status == 401
    assert [event.state for event in handled] == ["PROCESSING"]
