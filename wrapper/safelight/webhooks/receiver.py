"""An ASGI application that takes the services' calls, and hands each event on once."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import attrs

from safelight.errors import ConfigError, InvalidWebhook, SafelightError
from safelight.webhooks.checks import Secret, check_secret, service_named
from safelight.webhooks.events import Event
from safelight.webhooks.parsing import largest_body, parse, too_large
from safelight.webhooks.store import EventStore

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

T = TypeVar("T")

_MOST_AT_ONCE = 32
_RETRY_SECONDS = 60
_WITHOUT_BODY = frozenset({404, 405, 408, 413})
_EXTENSIONS = 3
"""How often a lease is extended in its time, so that one that comes late does no harm."""

logger = logging.getLogger("safelight")


@attrs.frozen
class _Reply:
    status: int
    said: str
    headers: tuple[tuple[str, str], ...] = ()


class _Gone(Exception):
    """The caller has hung up."""


class WebhookReceiver:
    """Takes the services' calls as an ASGI application: by itself, or mounted in Starlette's or FastAPI's.

        receiver = WebhookReceiver({"teleport": secret}, on_event=teleport.notify, store=EventStore("events.sqlite"))
        app.mount("/hooks", receiver)       # Teleport's webhook is https://.../hooks/teleport

    The service is the last segment of the path. A call is answered with 200 when its event has been handled, was
    handled before, or is outdated; else with a status for which the service tries again: 500 if the handler failed,
    503 while the same event is being handled. Forged and damaged calls are answered as `parse` says. Nothing of a body
    is logged.

    An event is handled to its end even if the caller hangs up meanwhile. A server that stops in good order, as uvicorn
    does, waits for those under way.

    Args:
        secrets: The secret of each service that is listened to; None for one that is to be taken without (Immersity,
            LeiaPix and Let's Enhance only). Anybody can then call in its name, even before the service does, whose
            own call is a duplicate then: look at the jobs by yourself as well.
        on_event: Is called with each new event: a plain function, in a worker thread, or a coroutine function, in
            the event loop. The same event comes again only if it raises, or if its process dies.
        store: Where handled events are known; by default the memory, which is right for a single process that may
            handle again, after a restart, what it handled before.
        timeout: Seconds that a caller may take to send its body.

    Raises:
        ConfigError: A service is none, or needs a secret.
    """

    def __init__(
        self,
        secrets: Mapping[str, Secret | None],
        *,
        on_event: Callable[[Event], object],
        store: EventStore | None = None,
        timeout: float = 30.0,
    ) -> None:
        for name, secret in secrets.items():
            check_secret(service_named(name), secret)
        if not secrets:
            raise ConfigError("secrets is empty: name the services to listen to.")
        self._secrets = dict(secrets)
        self._on_event = on_event
        call = getattr(on_event, "__call__", None)  # noqa: B004 - an object's may be a coroutine function
        self._is_async = inspect.iscoroutinefunction(on_event) or inspect.iscoroutinefunction(call)
        self._store = store or EventStore()
        self._timeout = timeout
        self._under_way: set[asyncio.Task[_Reply]] = set()
        self._handlers = ThreadPoolExecutor(_MOST_AT_ONCE, "safelight-webhook")
        # Its own, so that handlers that take long do not keep the store from being asked.
        self._librarian = ThreadPoolExecutor(1, "safelight-webhook-store")

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            with contextlib.suppress(_Gone):
                await _answer(scope, send, await self._reply(scope, receive))
        else:
            raise RuntimeError(f"the receiver serves http, not {scope['type']}")

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            kind = (await receive())["type"]
            if kind == "lifespan.shutdown":
                await asyncio.gather(*self._under_way, return_exceptions=True)
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return

    async def _reply(self, scope: MutableMapping[str, Any], receive: Receive) -> _Reply:
        query = scope.get("query_string", b"").decode("latin-1")
        scope["query_string"] = b""  # the token may be in it, and servers log what they find here after the reply
        service = scope["path"].rstrip("/").rpartition("/")[2]
        if service not in self._secrets:
            return _Reply(404, "unknown service")
        if scope["method"] != "POST":
            return _Reply(405, "wrong method", (("allow", "POST"),))
        try:
            async with asyncio.timeout(self._timeout):
                body = await _body(service, scope["headers"], receive)
            event = parse(service, scope["headers"], body, secret=self._secrets[service], url=f"?{query}")
        except TimeoutError:
            return _Reply(408, "too slow")
        except InvalidWebhook as error:
            logger.warning("A call for %s was refused with %d: %s", service, error.status, error)
            return _Reply(error.status, "refused")
        task = asyncio.create_task(self._take(event))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)  # some servers cancel a request whose caller has hung up

    async def _take(self, event: Event) -> _Reply:
        try:
            outcome = await self._noted(self._store.begin, event)
            if outcome == "done":
                return _Reply(200, "duplicate")
            if outcome == "outdated":
                return _Reply(200, "outdated")
            if outcome == "running":
                return _Reply(503, "running", (("retry-after", str(_RETRY_SECONDS)),))
        except SafelightError as error:
            logger.error("%r could not be taken: %s", event, error)
            return _Reply(500, "failed")
        try:
            await self._handle(event)
        except BaseException as error:
            where = "".join(traceback.format_tb(error.__traceback__))
            # What it says is left out: it may quote the event.
            logger.error("The handler of %r failed with %s, at\n%s", event, type(error).__name__, where)
            with self._troubles_logged(event):
                await self._noted(self._store.fail, event)
            if not isinstance(error, Exception):
                raise
            return _Reply(500, "failed")
        with self._troubles_logged(event):
            await self._noted(self._store.finish, event)
        return _Reply(200, "handled")

    async def _handle(self, event: Event) -> None:
        """Call the handler, and keep the event's lease for as long as it takes."""
        task = asyncio.ensure_future(self._called(event))
        try:
            while not (await asyncio.wait({task}, timeout=self._store.lease / _EXTENSIONS))[0]:
                with self._troubles_logged(event):
                    await self._noted(self._store.extend, event)
        except asyncio.CancelledError:
            task.cancel()
            raise
        await task

    async def _called(self, event: Event) -> None:
        if self._is_async:
            told = self._on_event(event)
        else:
            told = await asyncio.get_running_loop().run_in_executor(self._handlers, self._on_event, event)
        if inspect.isawaitable(told):  # from a plain function, too: a lambda around a coroutine function
            await told

    async def _noted(self, note: Callable[[Event], T], event: Event) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._librarian, note, event)

    @staticmethod
    @contextlib.contextmanager
    def _troubles_logged(event: Event) -> Iterator[None]:
        try:
            yield
        except SafelightError as error:
            logger.error("What became of %r could not be noted: %s", event, error)


async def _body(service: str, headers: Iterable[tuple[bytes, bytes]], receive: Receive) -> bytes:
    """The request's body, read no further than a webhook's may be."""
    for name, value in headers:
        if name.lower() == b"content-length" and value.isdigit() and int(value[:20]) > largest_body(service):
            raise too_large(service)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        body += message.get("body", b"")
        if len(body) > largest_body(service):
            raise too_large(service)
        if not message.get("more_body", False):
            return bytes(body)


async def _answer(scope: Mapping[str, Any], send: Send, reply: _Reply) -> None:
    content = json.dumps({"status": reply.said}).encode()
    headers = [("content-type", "application/json"), ("content-length", str(len(content))), *reply.headers]
    if reply.status in _WITHOUT_BODY and scope.get("http_version", "1.1").startswith("1"):
        headers.append(("connection", "close"))  # else the server reads what is left of the body
    with contextlib.suppress(OSError):  # the caller may have hung up
        await send(
            {
                "type": "http.response.start",
                "status": reply.status,
                "headers": [(name.encode(), value.encode()) for name, value in headers],
            }
        )
        await send({"type": "http.response.body", "body": content})
