"""The front door of every port: find the operation, let faults happen, answer, remember."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Protocol

import attrs
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from safelight.clock import Clock
from safelight.sandbox.faults import Fault, Faults
from safelight.sandbox.log import RequestLog, RequestRecord

CONNECTION = "safelight.connection"


@attrs.frozen
class Target:
    """What a request is aimed at.

    Attributes:
        operation: Its name, or None where the path exists and the method does not.
        facts: What the path and the query say.
        allow: The methods that the path has.
    """

    operation: str | None
    facts: Mapping[str, Any] = attrs.field(factory=dict)
    allow: Sequence[str] = ()


class Refused(Exception):
    """A request is refused; the service gives the refusal its own shape.

    Attributes:
        status: The HTTP status.
        detail: What is wrong: a sentence, or a service's own structure.
        code: The service's error code, where it has codes.
        headers: More headers.
    """

    def __init__(self, status: int, detail: Any, *, code: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.code = code
        self.headers = dict(headers or {})


class Service(Protocol):
    """One service behind a front door."""

    @property
    def name(self) -> str: ...

    @property
    def operations(self) -> frozenset[str]: ...

    def recognise(self, request: Request) -> Target | None:
        """What the request is aimed at, or None if the path is not this service's."""

    async def answer(self, target: Target, request: Request) -> Response:
        """Do what is asked for.

        Raises:
            Refused: It cannot be done.
        """
        ...

    def refusal(self, refused: Refused) -> Response:
        """The refusal as this service words it."""
        ...


class Connection(Protocol):
    """The socket below a request."""

    @property
    def stopping(self) -> asyncio.Event: ...

    def reset(self) -> None: ...

    def close(self) -> None: ...


class Front:
    """An ASGI application: several services behind one port."""

    def __init__(self, services: Sequence[Service], *, log: RequestLog, faults: Faults, clock: Clock) -> None:
        self._services = services
        self._log = log
        self._faults = faults
        self._clock = clock

    @property
    def operations(self) -> frozenset[str]:
        """All operations that faults can hit."""
        return frozenset().union(*(service.operations for service in self._services))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        service, target = self._find(request)
        record = RequestRecord(
            service.name, request.method, request.url.path, target.operation, status=None, facts=target.facts
        )
        fault = self._faults.take(target.operation, record.part)
        exchange = _Exchange(service, target, request, send, self._log, record, self._clock)
        try:
            await (exchange.serve() if fault is None else exchange.go_wrong(fault))
        except ClientDisconnect:
            self._log.add(record)

    def _find(self, request: Request) -> tuple[Service, Target]:
        for service in self._services:
            if target := service.recognise(request):
                return service, target
        return self._services[0], Target(None)


@attrs.frozen
class _Exchange:
    """One request and its reply."""

    _service: Service
    _target: Target
    _request: Request
    _send: Send
    _log: RequestLog
    _record: RequestRecord
    _clock: Clock

    async def serve(self) -> None:
        await self._reply(await self._answer())

    async def go_wrong(self, fault: Fault) -> None:
        response = await self._answer() if fault.when == "after" else None
        if fault.kind == "delay":
            await self._pause(fault.seconds)
            await self._reply(response or await self._answer(), fault)
        elif fault.kind in ("status", "garbage"):
            await self._reply(self._replacement(fault), fault)
        elif fault.kind == "truncate" and response is not None:
            await self._reply_in_part(response, fault)
        else:
            await self._fall_silent(response, fault)

    async def _answer(self) -> Response:
        try:
            if self._target.operation is None:
                if self._target.allow:
                    raise Refused(405, "Method Not Allowed", headers={"Allow": ", ".join(self._target.allow)})
                raise Refused(404, "Not Found")
            return await self._service.answer(self._target, self._request)
        except Refused as refused:
            return self._service.refusal(refused)

    def _replacement(self, fault: Fault) -> Response:
        if fault.kind == "status" and fault.body is None:
            response = self._service.refusal(Refused(fault.status or 500, "The sandbox was asked for this fault."))
        else:
            body = fault.body or b""
            kind = "text/html" if body.lstrip().startswith(b"<") else "application/json"
            response = Response(body, fault.status or 200, media_type=kind)
        response.headers.update(fault.headers)
        return response

    async def _reply(self, response: Response, fault: Fault | None = None) -> None:
        # Remembered first: whoever has the reply finds the record.
        self._remember(response.status_code, fault)
        self._sign(response)
        await response(self._request.scope, self._request.receive, self._send)

    async def _reply_in_part(self, response: Response, fault: Fault) -> None:
        self._remember(response.status_code, fault)
        self._sign(response)
        await response(self._request.scope, self._request.receive, _cut(self._send, fault.keep or 0))
        self._connection().close()
        await self._until_closed()

    async def _fall_silent(self, response: Response | None, fault: Fault) -> None:
        if response is None:
            await self._read(fault.keep)
        self._remember(None if response is None else response.status_code, fault)
        connection = self._connection()
        if fault.kind == "stall":
            await self._pause(fault.seconds)
            connection.close()
        else:
            connection.reset()
        await self._until_closed()

    def _remember(self, status: int | None, fault: Fault | None) -> None:
        self._log.add(attrs.evolve(self._record, status=status, fault=fault.kind if fault else None))

    def _sign(self, response: Response) -> None:
        response.headers["date"] = format_datetime(datetime.fromtimestamp(self._clock.now(), UTC), usegmt=True)
        response.headers["server"] = "safelight-sandbox"
        response.headers["x-request-id"] = secrets.token_hex(8)

    async def _read(self, count: int | None) -> None:
        """Read so many bytes of the body, or all of it."""
        if count == 0:
            return
        read = 0
        async for chunk in self._request.stream():
            read += len(chunk)
            if count is not None and read >= count:
                return

    async def _pause(self, seconds: float | None) -> None:
        connection = self._request.scope.get(CONNECTION)
        if connection is None:
            await asyncio.sleep(seconds or 0)
            return
        try:
            async with asyncio.timeout(seconds):
                await connection.stopping.wait()
        except TimeoutError:
            return

    async def _until_closed(self) -> None:
        # A server that sees its application return without a whole reply would answer 500 in its place.
        while (await self._request.receive())["type"] != "http.disconnect":
            pass

    def _connection(self) -> Connection:
        connection: Connection | None = self._request.scope.get(CONNECTION)
        if connection is None:
            raise RuntimeError("faults of the connection need a connection: use Sandbox(), not the application alone")
        return connection


def _cut(send: Send, keep: int) -> Send:
    """A `send` that passes `keep` bytes of the body on, and neither the rest nor its end."""
    left = keep

    async def cut(message: Message) -> None:
        nonlocal left
        if message["type"] == "http.response.body":
            body = message.get("body", b"")[:left]
            left -= len(body)
            message = {"type": "http.response.body", "body": body, "more_body": True}
        await send(message)

    return cut
