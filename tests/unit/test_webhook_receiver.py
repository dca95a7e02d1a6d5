"""The receiver by itself and mounted, without a server: every promise but those about sockets."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from safelight import ConfigError
from safelight.webhooks import LARGEST_BODY, Event, EventStore, WebhookReceiver
from tests.conftest import FakeClock
from tests.webhook_calls import SECRET, Answer, Call, answer_to, answers, call, scope_of

TELEPORT = {"teleport": SECRET}


def test_an_event_is_handled_and_acknowledged() -> None:
    events: list[Event] = []
    (answer,) = answers(WebhookReceiver(TELEPORT, on_event=events.append), call("teleport"))
    assert (answer.status, answer.said) == (200, "handled")
    assert answer.headers["content-type"] == "application/json"
    assert [(event.job_id, event.state) for event in events] == [("job-1", "READY")]


def test_the_service_is_the_last_segment_of_the_path() -> None:
    events: list[Event] = []
    receiver = WebhookReceiver({**TELEPORT, "leiapix": SECRET}, on_event=events.append)

    async def main() -> list[int]:
        teleport, leiapix = call("teleport"), call("immersity").but(service="leiapix")
        paths = [(teleport, "/a/b/teleport/"), (leiapix, "/leiapix"), (leiapix, "/immersity"), (teleport, "/")]
        return [(await answer_to(receiver, made, path=path)).status for made, path in paths]

    assert asyncio.run(main()) == [200, 200, 404, 404]
    assert [event.service for event in events] == ["teleport", "immersity"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_only_posts_are_taken(method: str) -> None:
    (answer,) = answers(WebhookReceiver(TELEPORT, on_event=print), call("teleport").but(method=method))
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(("path", "method", "status"), [("/other", "POST", 404), ("/letsenhance", "GET", 405)])
def test_a_token_is_kept_from_the_servers_log_whatever_the_answer(path: str, method: str, status: int) -> None:
    receiver = WebhookReceiver({"letsenhance": SECRET}, on_event=print)
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [],
        "query_string": f"token={SECRET}".encode(),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(receiver(scope, receive, send))
    assert sent[0]["status"] == status
    assert scope["query_string"] == b""


def test_a_body_that_is_said_to_be_too_large_is_not_read() -> None:
    receiver = WebhookReceiver(TELEPORT, on_event=print)
    for length in (str(LARGEST_BODY + 1), "9" * 5000):
        made = call("teleport")
        (answer,) = answers(receiver, made.but(headers={**made.headers, "Content-Length": length}))
        assert (answer.status, answer.read, answer.headers["connection"]) == (413, 0, "close")


def test_a_body_of_unknown_length_is_read_no_further_than_the_limit() -> None:
    (answer,) = answers(WebhookReceiver(TELEPORT, on_event=print), call("teleport", b" " * 5 * LARGEST_BODY))
    assert (answer.status, answer.headers["connection"]) == (413, "close")
    assert LARGEST_BODY < answer.read <= LARGEST_BODY + 65536


def test_http_2_knows_no_connection_header() -> None:
    receiver = WebhookReceiver(TELEPORT, on_event=print)
    answer = asyncio.run(answer_to(receiver, call("teleport"), http_version="2", path="/other"))
    assert answer.status == 404
    assert "connection" not in answer.headers


@pytest.mark.parametrize("drips", [False, True])
def test_a_caller_that_is_too_slow_is_cut_off(drips: bool) -> None:
    async def receive() -> dict[str, Any]:
        await (asyncio.sleep(0) if drips else asyncio.Event().wait())
        return {"type": "http.request", "body": b"", "more_body": True}

    sent: list[Mapping[str, Any]] = []

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    receiver = WebhookReceiver(TELEPORT, on_event=print, timeout=0.01)
    asyncio.run(receiver(scope_of(call("teleport")), receive, send))
    assert sent[0]["status"] == 408


def test_a_caller_that_hangs_up_in_the_middle_gets_nothing_and_is_not_told_of(caplog: pytest.LogCaptureFixture) -> None:
    messages = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(WebhookReceiver(TELEPORT, on_event=print)(scope_of(call("teleport")), receive, send))
    assert sent == []
    assert caplog.records == []


def test_a_caller_that_does_not_wait_for_the_answer_is_not_told_of(caplog: pytest.LogCaptureFixture) -> None:
    events: list[Event] = []
    made = call("teleport")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": made.body}

    async def send(message: Mapping[str, Any]) -> None:
        raise BrokenPipeError

    asyncio.run(WebhookReceiver(TELEPORT, on_event=events.append)(scope_of(made), receive, send))
    assert len(events) == 1
    assert caplog.records == []


class Handlers:
    """All that may be given as a handler; each notes the event and the thread that it runs in."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.threads: list[threading.Thread] = []

    def plain(self, event: Event) -> None:
        self.events.append(event)
        self.threads.append(threading.current_thread())

    async def coroutine(self, event: Event) -> None:
        await asyncio.sleep(0)
        self.plain(event)

    async def __call__(self, event: Event) -> None:
        await self.coroutine(event)


@pytest.mark.parametrize("kind", ["plain", "coroutine", "object", "lambda"])
def test_a_handler_may_be_a_plain_or_a_coroutine_function(kind: str) -> None:
    handlers = Handlers()
    lambda_: Callable[[Event], Any] = lambda event: handlers.coroutine(event)  # noqa: E731
    handler = {"plain": handlers.plain, "coroutine": handlers.coroutine, "object": handlers, "lambda": lambda_}[kind]
    (answer,) = answers(WebhookReceiver(TELEPORT, on_event=handler), call("teleport"))
    assert answer.status == 200
    assert len(handlers.events) == 1
    assert (handlers.threads[0] is threading.main_thread()) == (kind != "plain")


@pytest.mark.parametrize("is_async", [False, True])
def test_an_event_is_not_acknowledged_before_its_handler_is_done(is_async: bool) -> None:
    order: list[str] = []
    go_on = threading.Event()

    async def main() -> None:
        loop, begun = asyncio.get_running_loop(), asyncio.Event()

        def plain(event: Event) -> None:
            loop.call_soon_threadsafe(begun.set)
            assert go_on.wait(10)
            order.append("handled")

        async def coroutine(event: Event) -> None:
            await asyncio.to_thread(plain, event)

        receiver = WebhookReceiver(TELEPORT, on_event=coroutine if is_async else plain)
        first = asyncio.create_task(answer_to(receiver, call("teleport")))
        await begun.wait()
        second = await answer_to(receiver, call("teleport"))
        assert (second.status, second.said) == (503, "running")
        assert int(second.headers["retry-after"]) > 0
        order.append("sent away")
        assert not first.done()
        go_on.set()
        assert (await first).said == "handled"
        order.append("acknowledged")
        assert (await answer_to(receiver, call("teleport"))).said == "duplicate"

    asyncio.run(main())
    assert order == ["sent away", "handled", "acknowledged"]


@pytest.mark.parametrize("is_async", [False, True])
def test_a_handler_that_fails_has_the_event_again_and_its_words_are_not_logged(
    is_async: bool, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[Event] = []

    def handle(event: Event) -> None:
        tries.append(event)
        if len(tries) < 3:
            words = f"cannot make sense of {event.body}"
            raise ValueError(words)

    async def coroutine(event: Event) -> None:
        handle(event)

    receiver = WebhookReceiver({"hautai": SECRET}, on_event=coroutine if is_async else handle)
    told = answers(receiver, *[call("hautai")] * 4)
    assert [(answer.status, answer.said) for answer in told] == [
        (500, "failed"),
        (500, "failed"),
        (200, "handled"),
        (200, "duplicate"),
    ]
    assert len(tries) == 3
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert "job-1" in caplog.text
    assert "ValueError" in caplog.text
    assert "in handle" in caplog.text
    assert "CANARY" not in caplog.text
    assert "cannot make sense" not in caplog.text


def test_a_refused_call_is_logged_without_what_it_sent(caplog: pytest.LogCaptureFixture) -> None:
    (answer,) = answers(WebhookReceiver({"hautai": SECRET}, on_event=print), call("hautai", secret="CANARY"))
    assert answer.status == 401
    assert answer.body == b'{"status": "refused"}'
    assert "hautai" in caplog.text
    assert "401" in caplog.text
    for secret in ("CANARY", SECRET, "b.test"):
        assert secret not in caplog.text


def test_a_store_that_breaks_lets_the_service_try_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store, events = EventStore(tmp_path / "events.sqlite"), list[Event]()

    def handle(event: Event) -> None:
        events.append(event)
        store.close()

    receiver = WebhookReceiver(TELEPORT, on_event=handle, store=store)
    told = answers(receiver, call("teleport"), call("teleport", {"eid": "another"}))
    # The first was handled, though it could not be noted: to have it again would be worse.
    assert [(answer.status, answer.said) for answer in told] == [(200, "handled"), (500, "failed")]
    assert len(events) == 1
    assert caplog.text.count("events.sqlite") == 2


def test_a_handler_that_takes_long_keeps_its_lease(clock: FakeClock) -> None:
    store = EventStore(lease=0.003, clock=clock)
    extensions: list[float] = []
    go_on = threading.Event()
    extend = store.extend

    async def main() -> None:
        loop, kept = asyncio.get_running_loop(), asyncio.Event()

        def extended(event: Event) -> None:
            if len(extensions) < 2:
                clock.advance(0.002)
                extensions.append(clock.now())
            else:
                loop.call_soon_threadsafe(kept.set)
            extend(event)

        store.extend = extended  # type: ignore[method-assign]
        receiver = WebhookReceiver(TELEPORT, on_event=lambda event: go_on.wait(10), store=store)
        first = asyncio.create_task(answer_to(receiver, call("teleport")))
        async with asyncio.timeout(10):
            await kept.wait()
        assert (await answer_to(receiver, call("teleport"))).said == "running"
        go_on.set()
        assert (await first).said == "handled"

    asyncio.run(main())


def test_an_event_is_handled_to_its_end_though_its_request_is_cancelled() -> None:
    events: list[str] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def handle(event: Event) -> None:
        begun.set()
        await go_on.wait()
        events.append(event.key)

    receiver = WebhookReceiver(TELEPORT, on_event=handle)

    async def main() -> None:
        request = asyncio.create_task(answer_to(receiver, call("teleport")))
        await begun.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        said: list[str] = []
        living = asyncio.create_task(receiver({"type": "lifespan"}, shutdown, recorded(said)))
        for _ in range(10):
            await asyncio.sleep(0)
        assert said == []  # the server's end waits for the event
        go_on.set()
        await living
        assert said == ["lifespan.shutdown.complete"]
        assert (await answer_to(receiver, call("teleport"))).said == "duplicate"

    asyncio.run(main())
    assert len(events) == 1


async def shutdown() -> dict[str, Any]:
    return {"type": "lifespan.shutdown"}


def recorded(said: list[str]) -> Callable[[Mapping[str, Any]], Any]:
    async def send(message: Mapping[str, Any]) -> None:
        said.append(message["type"])

    return send


def test_a_server_starts_and_stops_it() -> None:
    messages = ["lifespan.startup", "lifespan.shutdown"]
    said: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": messages.pop(0)}

    asyncio.run(WebhookReceiver(TELEPORT, on_event=print)({"type": "lifespan"}, receive, recorded(said)))
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_websocket_is_not_what_it_serves() -> None:
    with pytest.raises(RuntimeError, match="not websocket"):
        asyncio.run(WebhookReceiver(TELEPORT, on_event=print)({"type": "websocket"}, shutdown, recorded([])))


def test_a_store_may_be_shared_by_receivers(clock: FakeClock) -> None:
    store, events = EventStore(clock=clock), list[Event]()
    told = [answers(WebhookReceiver(TELEPORT, on_event=events.append, store=store), call("teleport"))[0] for _ in "ab"]
    assert [answer.said for answer in told] == ["handled", "duplicate"]
    assert len(events) == 1


def mounted(receiver: WebhookReceiver) -> Starlette:
    return Starlette(routes=[Mount("/hooks", receiver)])


@pytest.mark.parametrize("wrap", [lambda receiver: receiver, mounted], ids=["by itself", "mounted in Starlette"])
def test_the_token_is_not_left_where_a_server_logs_it(wrap: Callable[[WebhookReceiver], Any]) -> None:
    made = call("letsenhance")
    scope = scope_of(made) | {"path": "/hooks/letsenhance", "root_path": ""}
    answer = asyncio.run(in_scope(wrap(WebhookReceiver({"letsenhance": SECRET}, on_event=print)), made, scope))
    assert answer.status == 200
    assert scope["query_string"] == b""


async def in_scope(app: Any, made: Call, scope: dict[str, Any]) -> Answer:
    async def passed_on(_: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return await answer_to(passed_on, made)


def test_it_can_be_mounted_in_starlette() -> None:
    events: list[Event] = []
    app = mounted(WebhookReceiver(TELEPORT, on_event=events.append))

    async def calls() -> AsyncIterator[int]:
        for path in ("/hooks/teleport", "/hooks/teleport/", "/hooks/other", "/teleport"):
            yield (await answer_to(app, call("teleport"), path=path, root_path="")).status

    async def main() -> list[int]:
        return [status async for status in calls()]

    assert asyncio.run(main()) == [200, 200, 404, 404]
    assert len(events) == 1


def test_secrets_are_checked_when_it_is_made() -> None:
    with pytest.raises(ConfigError, match="TELEPORT_WEBHOOK_SECRET"):
        WebhookReceiver({"letsenhance": None, "teleport": None}, on_event=print)


def test_unverified_events_are_handed_on_as_such(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    events: list[Event] = []
    (answer,) = answers(
        WebhookReceiver({"letsenhance": None}, on_event=events.append), call("letsenhance").but(query="")
    )
    assert answer.status == 200
    assert [event.verified for event in events] == [False]
