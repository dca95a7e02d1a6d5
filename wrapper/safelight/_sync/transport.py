# Made from wrapper/safelight/_async/transport.py by scripts/unasync.py: edit that file, then run that script.
"""The httpx client of a service's API, and the transport that sends a request until its reply is final."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import httpx

from safelight._sync.lanes import Lanes
from safelight.clock import Clock
from safelight.retry import IDEMPOTENT_METHODS, pause_after_error, pause_after_reply
from safelight.transport import (
    LIMITS,
    MOST_CONNECTIONS,
    SeldomCookies,
    client_settings,
    proxies_are_set,
    tls_context,
    unpacker,
)

LARGEST_REPLY = 64 * 1024 * 1024
"""Bytes, decoded: no reply of these services comes near, a compressed bomb does."""

StatusOf = Callable[[int, bytes], int]
"""From the status and the body of a reply to the status that the reply stands for."""

_CONNECT_TIMEOUT = 10.0
_IDLE_SHARE = 0.25
_SHORTEST_IDLE = 0.05


def new_client(
    *,
    auth: httpx.Auth,
    base_url: str,
    transport: httpx.BaseTransport | None,
    timeout: float,
    max_retries: int,
    clock: Clock,
    status_of: StatusOf,
) -> httpx.Client:
    """The client of one service's API."""
    retrying = RetryingTransport(
        transport or _default_transport(), timeout=timeout, max_retries=max_retries, clock=clock, status_of=status_of
    )
    return _ApiClient(auth=auth, transport=retrying, **client_settings(base_url))


class _ApiClient(httpx.Client):
    """A client that looks for cookies only in replies that set some: httpx looks in all, which takes it 16 us each.

    It follows no redirect unless its user, who has it from the generated client, says so for a request.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._seldom = SeldomCookies()

    @property
    def cookies(self) -> httpx.Cookies:
        return self._seldom

    @cookies.setter
    def cookies(self, cookies: Any) -> None:
        self._seldom = SeldomCookies(cookies)

    def _redirect_headers(self, request: httpx.Request, url: httpx.URL, method: str) -> httpx.Headers:
        headers = super()._redirect_headers(request, url, method)
        if (url.scheme, url.netloc) != (request.url.scheme, request.url.netloc):
            headers.pop("X-API-KEY", None)  # of the headers with credentials, httpx takes out Authorization only
        return headers


def _default_transport() -> httpx.BaseTransport:
    def new_lane() -> httpx.BaseTransport:
        if proxies_are_set():
            return _ThroughClient(httpx.Client(verify=tls_context(), limits=LIMITS))
        return httpx.HTTPTransport(verify=tls_context(), limits=LIMITS)

    return Lanes(new_lane, most=MOST_CONNECTIONS)


class _ThroughClient(httpx.BaseTransport):
    """httpx reads HTTPS_PROXY and its kin only in a client without a transport of its own: this is such a client."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._client.send(request, stream=True)

    def close(self) -> None:
        self._client.close()


class RetryingTransport(httpx.BaseTransport):
    """Retries what may be retried, reads replies to their end, and keeps to a deadline for all of it.

    A request says by its extension `safelight` how it is to be treated: `{"repeatable": bool, "timeout": seconds,
    "patient": bool, "go_on": callable, "lost": callable}`. One without is repeatable if its method is idempotent; a
    patient one gives the service all of its timeout to begin to reply; `go_on` is called before each attempt, and may
    raise; `lost` is called with the error where there is no reply. How often a request is sent again is bounded by
    `max_retries`, and where the service only says that there are too many requests, by the timeout alone.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        timeout: float,
        max_retries: int,
        clock: Clock,
        status_of: StatusOf = lambda status, _body: status,
    ) -> None:
        self._inner = inner
        self._status_of = status_of
        self._timeout = timeout
        self._max_retries = max_retries
        self._clock = clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, again where that helps and does no harm.

        Raises:
            httpx.TransportError: There is no reply; the deadline's end is a `httpx.ReadTimeout`.
        """
        wishes: dict[str, Any] = request.extensions.get("safelight", {})
        timeout: float = wishes.get("timeout", self._timeout)
        can_be_sent_again = isinstance(request.stream, httpx.ByteStream)
        repeatable = wishes.get("repeatable", request.method in IDEMPOTENT_METHODS) and can_be_sent_again
        retries = self._max_retries if can_be_sent_again else 0
        deadline = self._clock.monotonic() + timeout
        attempt = 0
        while True:
            if go_on := wishes.get("go_on"):
                go_on()
            pause: float | None
            try:
                response = self._attempt(request, timeout, deadline, patient=wishes.get("patient", False))
            except httpx.TransportError as error:
                pause = pause_after_error(error, attempt=attempt, repeatable=repeatable)
                if pause is None or attempt >= retries or not self._fits(pause, deadline):
                    if lost := wishes.get("lost"):
                        lost(error)
                    raise
            else:
                pause = pause_after_reply(
                    response.status_code,
                    response.headers,
                    attempt=attempt,
                    repeatable=repeatable,
                    now=self._clock.now(),
                )
                spent = attempt >= retries and not (retries and response.status_code == 429)
                if pause is None or spent or not self._fits(pause, deadline):
                    response.extensions["safelight_retried"] = attempt > 0
                    return response
            attempt += 1
            self._clock.sleep(pause)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _fits(self, pause: float, deadline: float) -> bool:
        return self._clock.monotonic() + pause < deadline

    def _attempt(self, request: httpx.Request, timeout: float, deadline: float, *, patient: bool) -> httpx.Response:
        left = deadline - self._clock.monotonic()
        if left <= 0:
            raise httpx.ConnectTimeout("the timeout was over before the request was sent")
        idle = max(_SHORTEST_IDLE, min(timeout * _IDLE_SHARE, left))
        request.extensions = {
            **request.extensions,
            "timeout": {
                "connect": min(_CONNECT_TIMEOUT, idle),
                "read": left if patient else idle,
                "write": idle,
                "pool": left,
            },
        }
        response = self._inner.handle_request(request)
        stream = response.stream
        assert isinstance(stream, httpx.SyncByteStream)
        try:
            if "content-encoding" not in response.headers:
                body = self._read(stream, deadline)
                response.status_code = self._status_of(response.status_code, body)
                response.stream = httpx.ByteStream(body)
                return response
            # It was asked to be plain and is not: unpacked here, piece by piece, it cannot grow without bound.
            body = self._read(stream, deadline, unpacker(response.headers["content-encoding"]))
        finally:
            stream.close()
        del response.headers["content-encoding"]
        status = self._status_of(response.status_code, body)
        return httpx.Response(status, headers=response.headers, stream=httpx.ByteStream(body))

    def _read(
        self,
        chunks: Iterable[bytes],
        deadline: float,
        unpack: Callable[[bytes], Iterable[bytes]] = lambda chunk: (chunk,),
    ) -> bytes:
        read: list[bytes] = []
        size = 0
        for chunk in chunks:
            for piece in unpack(chunk):
                read.append(piece)
                size += len(piece)
                if size > LARGEST_REPLY:
                    raise httpx.DecodingError(f"the reply is larger than {LARGEST_REPLY} bytes")
            if self._clock.monotonic() > deadline:
                raise httpx.ReadTimeout("the reply came too slowly for the timeout")
        return b"".join(read)
