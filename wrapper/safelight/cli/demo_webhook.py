"""The demo's fourth part: the service calls when a capture is done, and whoever waits for it looks at once."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import httpx
import uvicorn

from safelight import Teleport
from safelight.cli.demo_checks import Report
from safelight.cli.listening import bind, origin
from safelight.webhooks import WebhookReceiver

if TYPE_CHECKING:
    from safelight.cli.demo_stage import Stage
    from safelight.webhooks import Event

_AT_ONCE = 0.5
"""Seconds within which a look follows a call, on a busy machine, too; by themselves, looks are further apart."""

_LOOK = 0.01


@attrs.frozen
class Waited:
    """How a wait went; times are those of the monotonic clock.

    Attributes:
        begun: When it began.
        ended: When it was over.
        state: What the service's call said, when the capture had ended.
        called: When that call came, or None if it did not.
        looks: How often the client had looked at the capture until then.
    """

    begun: float
    ended: float
    state: str | None = None
    called: float | None = None
    looks: int = 0


def wait_by_webhook(stage: Stage, command: Sequence[str], timeout: float) -> Waited:
    """Have a capture made by a command, and meanwhile wait for it by webhook and poll together.

    Args:
        stage: Where the demo plays.
        command: The upload.
        timeout: Seconds to wait at the most.

    Raises:
        SafelightError: The capture does not get ready.
        ClickException: The command fails.
    """
    sandbox, env = stage.sandbox, stage.sandbox.env
    before, called = set(sandbox.teleport.captures), threading.Event()
    calls: list[tuple[str | None, float, int]] = []
    with Teleport(
        env["TELEPORT_CLIENT_ID"],
        env["TELEPORT_CLIENT_SECRET"],
        base_url=env["TELEPORT_BASE_URL"],
        token_url=env["TELEPORT_TOKEN_URL"],
        transport=httpx.HTTPTransport(),  # past any proxy: it is all here
    ) as teleport:

        def take(event: Event) -> None:
            if event.ended:
                calls.append((event.state, time.monotonic(), sandbox.count("list_captures")))
                called.set()
            teleport.notify(event)
            stage.tell([("← ", "cyan"), (f"webhook: {event.state}", "")])

        with _serving(WebhookReceiver({"teleport": env["TELEPORT_WEBHOOK_SECRET"]}, on_event=take)) as url:
            sandbox.teleport.webhook(f"{url}/teleport")
            stage.tell(f"         Teleport, in the sandbox, calls {url}/teleport, and signs what it says;")
            stage.tell("         whoever waits is woken by that, and looks by himself now and then")
            sandbox.clear_requests()
            with stage.running(command) as process:
                while not (eids := set(sandbox.teleport.captures) - before) and process.poll() is None:
                    time.sleep(_LOOK)
                begun = time.monotonic()
                if eids:
                    teleport.wait(*eids, timeout=timeout)
                ended = time.monotonic()
                stage.finish(process)
            called.wait(_AT_ONCE)  # where a look was quicker
    if not calls:
        return Waited(begun, ended)
    state, at, looks = calls[0]
    return Waited(begun, ended, state, at, looks)


def check_wait(report: Report, waited: Waited) -> None:
    """Whether it was the call that ended the wait."""
    if waited.called is None:
        report.add(False, "no webhook came: it was a look of the client's own that ended the wait")
        return
    lag = waited.ended - waited.called
    passed = waited.state == "READY" and abs(lag) <= _AT_ONCE
    text = f"the webhook ended the wait: it said {waited.state} after {waited.called - waited.begun:.1f} s, and "
    text += f"{1000 * lag:.0f} ms later the wait was over, with {waited.looks} looks before"
    if lag < 0 and passed:
        text = f"a look of the client's own ended the wait, {-1000 * lag:.0f} ms before the webhook said READY"
    elif not passed:
        text = f"the webhook said {waited.state}, and the wait was over {lag:.1f} s later"
    report.add(passed, text, webhook_lag_seconds=round(lag, 3), looks_before=waited.looks)


@contextlib.contextmanager
def _serving(app: Any) -> Iterator[str]:
    """The application on a free port, in a thread; the beginning of its URLs."""
    config = uvicorn.Config(app, ws="none", log_config=None, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    with bind("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), name="safelight-demo-receiver", daemon=True)
        thread.start()  # what comes before it runs waits in the socket's queue
        try:
            yield origin(listening)
        finally:
            server.should_exit = True
            thread.join()
