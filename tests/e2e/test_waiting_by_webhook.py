"""Jobs of all four services that are waited for by webhook and by looking, over real sockets, through both faces."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import safelight
from safelight.letsenhance import Print
from safelight.sandbox import Sandbox
from safelight.sandbox.server import Servers, bind, origin
from safelight.webhooks import Event, WebhookReceiver, with_token
from tests.e2e.conftest import LinkedClock
from tests.e2e.films import film

Client = Callable[..., Any]
SECRET = "an unguessable secret"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(processing_seconds=3000) as sandbox:
        yield sandbox


@contextmanager
def listening(sandbox: Sandbox, on_event: Callable[[Event], object]) -> Iterator[str]:
    """A receiver of all four services' events, and its address."""
    secrets = dict.fromkeys(("immersity", "letsenhance", "hautai"), SECRET)
    receiver = WebhookReceiver({**secrets, "teleport": sandbox.teleport.webhook_secret}, on_event=on_event)
    listener = bind("127.0.0.1", 0)
    servers = Servers([(receiver, listener)])
    servers.start()
    try:
        yield origin(listener)
    finally:
        servers.stop()


class Waiting:
    """Counts what a wait costs, and lets the webhook's event come while it sleeps."""

    def __init__(self, sandbox: Sandbox, clock: LinkedClock) -> None:
        self.events: list[Event] = []
        self.told = threading.Event()
        self._sandbox = sandbox
        self._clock = clock

    def hear(self, event: Event) -> None:
        self.events.append(event)
        if event.ended or event.state is None:
            self.told.set()

    def settle_after_each_pause(self) -> None:
        """What is due by the sandbox's clock has happened before the client looks again."""
        advance = self._clock.advance

        def settled(seconds: float) -> None:
            advance(seconds)
            self._sandbox.settle()

        self._clock.advance = settled  # type: ignore[method-assign]


@pytest.fixture
def waiting(sandbox: Sandbox, linked: LinkedClock) -> Waiting:
    waiting = Waiting(sandbox, linked)
    waiting.settle_after_each_pause()
    return waiting


@pytest.mark.parametrize("encoding", ["hex", "sha256=hex", "base64"])
def test_a_capture_is_waited_for_by_webhook(
    teleport: Client, sandbox: Sandbox, waiting: Waiting, video: Path, linked: LinkedClock, encoding: str
) -> None:
    client = teleport()

    def hear(event: Event) -> None:
        client.notify(event)
        waiting.hear(event)

    with listening(sandbox, hear) as url:
        sandbox.teleport.webhook(f"{url}/teleport", encoding=encoding)
        capture = client.upload(video)
        sandbox.settle()
        sandbox.clear_requests()
        begun = linked.monotonic()
        assert client.wait(capture.eid).state == "READY"
        took = linked.monotonic() - begun
    assert [event.state for event in waiting.events][-1] == "READY"
    assert all(event.verified for event in waiting.events)
    looks = sandbox.count("list_captures")
    with_it = looks, took
    assert took <= 3000 * 1.1
    assert looks < 70, with_it  # it is more than a hundred without events


def test_a_pipeline_is_waited_for_by_webhook_and_confirmed(
    letsenhance: Client, sandbox: Sandbox, waiting: Waiting, cat: Path
) -> None:
    client = letsenhance()

    def hear(event: Event) -> None:
        client.notify(event)
        waiting.hear(event)

    with listening(sandbox, hear) as url:
        job = client.submit(cat, Print(dpi=300, width=100), notify_url=with_token(f"{url}/letsenhance", SECRET))
        assert len(job.result(timeout=4000)) == 1
    (event,) = waiting.events
    assert (event.job_id, event.verified) == (job.id, True)
    assert client.pipeline(event.job_id).status == "DONE"


def test_a_video_that_fails_is_told_by_its_callback(
    immersity: Client, sandbox: Sandbox, waiting: Waiting, tmp_path: Path
) -> None:
    client = immersity()

    def hear(event: Event) -> None:
        client.notify(event)
        waiting.hear(event)

    with listening(sandbox, hear) as url:
        facts = {"video_length": 7, "credit_amount": 14, "output_width": 96, "output_height": 54}
        job = client.video(film(tmp_path / "in.mp4"), callback_url=with_token(f"{url}/immersity", SECRET), **facts)
        with pytest.raises(safelight.JobFailed, match="ERROR_VIDEO_LENGTH_MISMATCH"):
            job.result(timeout=4000)
    assert [(event.failed, event.verified) for event in waiting.events] == [(True, True)]


@pytest.mark.parametrize("authorization", ["bearer", "basic", "query"])
def test_an_analysis_is_waited_for_by_webhook(
    hautai: Client, sandbox: Sandbox, waiting: Waiting, selfie: Path, authorization: str, linked: LinkedClock
) -> None:
    client = hautai()

    def hear(event: Event) -> None:
        client.notify(event)
        waiting.hear(event)

    with listening(sandbox, hear) as url:
        client.create_webhook(f"{url}/hautai", SECRET, authorization=authorization)
        batch = client.upload(client.create_subject("x").id, front=selfie)
        assert len(client.wait(batch, timeout=4000)) == 5
        sandbox.settle()
    assert {(event.job_id, event.verified) for event in waiting.events} == {(batch.id, True)}


@pytest.mark.fault(26)
def test_a_forged_failure_does_not_end_a_wait(
    immersity: Client, sandbox: Sandbox, waiting: Waiting, tmp_path: Path
) -> None:
    client = immersity()
    facts = {"video_length": 1, "credit_amount": 2, "output_width": 96, "output_height": 54}
    job = client.video(film(tmp_path / "in.mp4"), callback_url="http://127.0.0.1:9/", **facts)
    client.notify(Event(service="immersity", job_id=job.id, reason="X", ended=True, failed=True, verified=False))
    job.result(timeout=4000).save(tmp_path / "out.mp4")
