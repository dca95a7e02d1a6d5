"""Where requests and replies pass by: below httpx, and at the sandbox's front door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from starlette.datastructures import URL
from starlette.types import Message, Receive, Scope, Send

from safelight.sandbox.front import Front
from tests.e2e.held_to_spec import Held


@contextmanager
def below_httpx(held: Held) -> Iterator[None]:
    """Compare what the clients of this process send and get, of both kinds, each of their attempts."""
    blocking, with_tasks = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    def send(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        judge = _judge(held, request)
        return _overheard(blocking(self, request), judge)

    async def asend(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        judge = _judge(held, request)
        return _overheard(await with_tasks(self, request), judge)

    httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request = send, asend
    try:
        yield
    finally:
        httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request = blocking, with_tasks


@contextmanager
def at_the_sandbox(held: Held) -> Iterator[None]:
    """Compare what this process's sandboxes get and send: for clients that are processes of their own."""
    serve = Front.__call__

    async def overhear(self: Front, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not held.knows(address := httpx.URL(str(URL(scope=scope)))):
            return await serve(self, scope, receive, send)
        got, said, head = bytearray(), bytearray(), dict[str, Any]()
        headers = [(name.decode(), value.decode()) for name, value in scope["headers"]]
        # A request that is refused unread has not been seen, and cannot be compared.
        whole = dict(headers).get("content-length", "0") == "0"

        async def hear() -> Message:
            nonlocal whole
            message = await receive()
            if message["type"] == "http.request":
                got.extend(message.get("body", b""))
                whole = not message.get("more_body", False)
            return message

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                head.update(message)
            else:
                said.extend(message.get("body", b""))
                if not message.get("more_body", False) and whole:
                    compare()  # before its end is sent, after which the test may end
            await send(message)

        def compare() -> None:
            request = httpx.Request(scope["method"], address, headers=headers, content=bytes(got))
            if judge := _judge(held, request):
                judge(httpx.Response(head["status"], headers=head["headers"], content=bytes(said)))

        return await serve(self, scope, hear, say)

    Front.__call__ = overhear
    try:
        yield
    finally:
        Front.__call__ = serve


def _judge(held: Held, request: httpx.Request) -> Callable[[httpx.Response], None] | None:
    aim = held.request(request)
    if aim is None:
        return None

    def judge(reply: httpx.Response) -> None:
        reply.request = request
        held.reply(*aim, reply)

    return judge


def _overheard(reply: httpx.Response, judge: Callable[[httpx.Response], None] | None) -> httpx.Response:
    if judge is not None:

        def read(content: bytes) -> None:
            judge(httpx.Response(reply.status_code, headers=reply.headers, content=content))

        reply.stream = _Stream(reply.stream, read)
    return reply


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A reply's body, told when it has been read to its end; one that breaks off is not told."""

    def __init__(self, stream: Any, read: Callable[[bytes], None]) -> None:
        self._stream = stream
        self._read = read

    def __iter__(self) -> Iterator[bytes]:
        chunks = []
        for chunk in self._stream:
            chunks.append(chunk)
            yield chunk
        self._read(b"".join(chunks))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = []
        async for chunk in self._stream:
            chunks.append(chunk)
            yield chunk
        self._read(b"".join(chunks))

    def close(self) -> None:
        self._stream.close()

    async def aclose(self) -> None:
        await self._stream.aclose()
