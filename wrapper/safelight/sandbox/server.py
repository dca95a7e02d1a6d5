"""Listening: several applications on loopback ports, in one background thread, stopped at once."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import attrs
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from safelight.sandbox.front import CONNECTION

_START_SECONDS = 10.0
_LAST_WORDS_SECONDS = 0.2
# Longer than any client of ours keeps an idle connection, so that it is never the sandbox that drops one by accident.
_IDLE_SECONDS = 120


def bind(host: str, port: int) -> socket.socket:
    """A socket on this port, or on a free one for 0.

    Raises:
        OSError: The port is taken.
    """
    listening = socket.create_server((host, port), backlog=512)
    # Connections inherit it. Without it the second packet of each reply waits 40 ms for the first's acknowledgement:
    # asyncio sets it only for sockets that were made with the protocol's number.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def origin(listening: socket.socket) -> str:
    """The address of a bound socket as the start of a URL."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Servers:
    """Applications, each behind its socket.

    Args:
        apps: Each application with its bound socket, which is closed at the end.
        ending: Ends what the applications do besides answering, while they still listen: it may ask them.
    """

    def __init__(
        self, apps: Sequence[tuple[ASGIApp, socket.socket]], ending: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._apps = apps
        self._ending = ending
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="safelight-sandbox", daemon=True)

    def start(self) -> None:
        """Listen; returns when connections are taken.

        Raises:
            RuntimeError: The servers do not come up.
        """
        self._thread.start()
        if not self._started.wait(_START_SECONDS) or self._loop is None:
            raise RuntimeError("the sandbox's servers did not start")

    def stop(self) -> None:
        """Break every connection and end the thread."""
        if self._loop is not None and self._asked is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._asked.set)
        self._thread.join()
        for _, listening in self._apps:
            listening.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._asked, stopping = asyncio.Event(), asyncio.Event()
        listeners = [_Listener(app, stopping) for app, _ in self._apps]
        running = [
            asyncio.create_task(listener.serve(sockets=[listening]))
            for listener, (_, listening) in zip(listeners, self._apps, strict=True)
        ]
        for listener in listeners:
            await listener.listening.wait()
        self._loop = asyncio.get_running_loop()
        self._started.set()
        await self._asked.wait()
        if self._ending is not None:
            await self._ending()
        stopping.set()
        await asyncio.gather(*running)


class _QuietProtocol(H11Protocol):
    """uvicorn's own, but it logs no requests: signatures are in their addresses."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False


class _Listener(uvicorn.Server):
    """uvicorn without its ticking: it sleeps until it is stopped, and then does not wait for anybody."""

    def __init__(self, app: ASGIApp, stopping: asyncio.Event) -> None:
        self._app = app
        self._stopping = stopping
        self.listening = asyncio.Event()
        super().__init__(
            uvicorn.Config(
                self._with_connection,
                loop="asyncio",
                interface="asgi3",
                http=_QuietProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=_IDLE_SECONDS,
            )
        )

    async def _with_connection(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[CONNECTION] = _Socket(self, scope.get("client"), self._stopping)
        await self._app(scope, receive, send)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        if tasks := set(self.server_state.tasks):
            _, late = await asyncio.wait(tasks, timeout=_LAST_WORDS_SECONDS)
            for task in late:
                task.cancel()

    def transport(self, client: tuple[str, int] | None) -> asyncio.Transport | None:
        """The transport of the connection from this address."""
        for connection in self.server_state.connections:
            if connection.transport.get_extra_info("peername") == client:
                return connection.transport
        return None


@attrs.frozen
class _Socket:
    """The socket below one request, for the faults that break it."""

    _listener: _Listener
    _client: tuple[str, int] | None
    stopping: asyncio.Event

    def reset(self) -> None:
        """End the connection with a TCP RST."""
        if transport := self._listener.transport(self._client):
            # A socket that is closed while it lingers for zero seconds sends RST instead of FIN.
            linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()

    def close(self) -> None:
        """End the connection in order, after what is still to be sent."""
        if transport := self._listener.transport(self._client):
            transport.close()
