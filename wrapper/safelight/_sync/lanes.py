# Made from wrapper/safelight/_async/lanes.py by scripts/unasync.py: edit that file, then run that script.
"""Connections to a service's API, of which each carries one request at a time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator

import httpx

from safelight.bridge import ThreadPlaces

_EXPIRY = 20.0
"""Seconds without a request, after which a connection is closed: services close theirs, too."""


class Lanes(httpx.BaseTransport):
    """Gives each request a connection of its own until its reply is read: the one that was used last, or a new one.

    In httpx's own pool a thread may close a connection as idle that another has just been given: the other's reply is
    lost, and with it the outcome of a request that costs money (httpcore's issue 1110; it takes some 20 requests at
    once). For each request the pool also looks through all of its connections, and at each of them through all again.
    """

    def __init__(self, new_lane: Callable[[], httpx.BaseTransport], *, most: int) -> None:
        """Take what makes a transport for one request at a time, and how many there may be: others wait."""
        self._new_lane = new_lane
        self._places = ThreadPlaces(most)
        self._idle: deque[tuple[httpx.BaseTransport, float]] = deque()
        self._is_closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            httpx.TransportError: There is no reply; a `PoolTimeout` if there was no place for it in time.
        """
        if not self._places.take(request.extensions.get("timeout", {}).get("pool")):
            raise httpx.PoolTimeout("all connections were in use for too long", request=request)
        lane: httpx.BaseTransport | None = None
        try:
            self._close_idle(since=time.monotonic() - _EXPIRY)
            try:
                lane, _ = self._idle.pop()
            except IndexError:
                lane = self._new_lane()
            response = lane.handle_request(request)
        except httpx.TransportError:
            self._leave(lane)
            raise
        except BaseException:
            self._drop(lane)
            raise
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _Leased(response.stream, lane, self)
        return response

    def close(self) -> None:
        """Close the connections; those in use, after it."""
        self._is_closed = True
        self._close_idle()

    def _leave(self, lane: httpx.BaseTransport | None) -> None:
        if lane is not None:
            self._idle.append((lane, time.monotonic()))
        self._places.leave()
        if self._is_closed:
            self._close_idle()

    def _drop(self, lane: httpx.BaseTransport | None) -> None:
        """Give one up that was interrupted: what httpcore thinks of its connection may be wrong for good."""
        self._places.leave()
        if lane is not None:
            lane.close()

    def _close_idle(self, since: float = float("inf")) -> None:
        """Close those that were last used before this moment."""
        while self._idle:
            try:
                lane, left_at = self._idle.popleft()
            except IndexError:  # another thread took it
                return
            if left_at >= since:
                self._idle.appendleft((lane, left_at))
                return
            lane.close()


class _Leased(httpx.SyncByteStream):
    """A reply's body, at whose end the connection is free for others."""

    def __init__(self, body: httpx.SyncByteStream, lane: httpx.BaseTransport, lanes: Lanes) -> None:
        self._body = body
        self._lane: httpx.BaseTransport | None = lane
        self._lanes = lanes
        self._is_read = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self._body
        self._is_read = True

    def close(self) -> None:
        """Free it, once."""
        lane, self._lane = self._lane, None
        is_whole = False
        try:
            self._body.close()
            is_whole = self._is_read
        finally:
            if lane is not None:
                (self._lanes._leave(lane) if is_whole else self._lanes._drop(lane))
