"""Building the httpx clients: one TLS context, the environment's proxies, retries, and no secrets in logs."""

from __future__ import annotations

import functools
import logging
import ssl
import urllib.request
from typing import Any

import httpx

from safelight._async.retrying import AsyncRetryingTransport
from safelight._sync.retrying import RetryingTransport
from safelight._version import __version__
from safelight.clock import Clock
from safelight.errors import TransferError
from safelight.redaction import UnloggedURL, bare_url, redacted

USER_AGENT = f"safelight/{__version__}"
_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=20.0)
_BEGINNING = 2000
TRANSFER_IDLE = 60.0
"""Seconds in which not a byte moves, after which an attempt at a transfer is given up and made anew."""


@functools.cache
def tls_context() -> ssl.SSLContext:
    """The TLS context of all clients of the process: making one takes some 16 ms."""
    return httpx.create_ssl_context()


def new_client(
    *,
    auth: httpx.Auth,
    base_url: str,
    transport: httpx.BaseTransport | None,
    timeout: float,
    max_retries: int,
    clock: Clock,
) -> httpx.Client:
    """The blocking client of one service's API."""
    inner = transport or _default_transport()
    retrying = RetryingTransport(inner, timeout=timeout, max_retries=max_retries, clock=clock)
    return httpx.Client(auth=auth, transport=retrying, **_client_settings(base_url))


def new_async_client(
    *,
    auth: httpx.Auth,
    base_url: str,
    transport: httpx.AsyncBaseTransport | None,
    timeout: float,
    max_retries: int,
    clock: Clock,
) -> httpx.AsyncClient:
    """The async client of one service's API."""
    inner = transport or _default_async_transport()
    retrying = AsyncRetryingTransport(inner, timeout=timeout, max_retries=max_retries, clock=clock)
    return httpx.AsyncClient(auth=auth, transport=retrying, **_client_settings(base_url))


def new_transfer_client(transport: httpx.BaseTransport | None, *, connections: int) -> httpx.Client:
    """A client for moving bytes to and from presigned URLs: without credentials, cookies and redirects."""
    return httpx.Client(
        transport=transport,
        verify=True if transport else tls_context(),
        timeout=httpx.Timeout(TRANSFER_IDLE, connect=10.0),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
    )


def _without_signatures(record: logging.LogRecord) -> bool:
    record.msg, record.args = redacted(record.getMessage()), ()
    return True


logging.getLogger("httpcore.http11").addFilter(_without_signatures)  # its DEBUG lines show Location headers


def presigned_request(http: httpx.Client, method: str, url: str, **rest: Any) -> httpx.Request:
    """A request to a presigned URL, whose signature appears in no log and no repr.

    Raises:
        TransferError: What the service gave is no http or https address.
    """
    try:
        request = http.build_request(method, url, **rest)
    except httpx.InvalidURL:
        request = None
    if request is None or request.url.scheme not in ("http", "https") or not request.url.host:
        raise TransferError("The service gave something that is no https address to transfer the file to or from.")
    request.url = UnloggedURL(request.url)
    return request


def beginning_of(response: httpx.Response) -> str:
    """The first characters of a streamed response's body, which may be an error page of any length."""
    content = b""
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) >= _BEGINNING:
            break
    return content[:_BEGINNING].decode("utf-8", "replace")


def redirected(url: str, location: str) -> str:
    """Where a redirect from a presigned URL leads.

    Raises:
        TransferError: It leads nowhere, or from https to http.
    """
    target = httpx.URL(url).join(location)
    if not location or (httpx.URL(url).scheme == "https" and target.scheme != "https"):
        raise TransferError(f"{bare_url(url)} redirects to where a file must not be moved: {bare_url(target)}.")
    return str(target)


def _client_settings(base_url: str) -> dict[str, Any]:
    # Without compression a small reply cannot become a huge one, and these replies are small.
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    return {"base_url": base_url, "headers": headers, "follow_redirects": False, "timeout": None}


def _default_transport() -> httpx.BaseTransport:
    if _proxies_are_set():
        return _ThroughClient(httpx.Client(verify=tls_context(), limits=_LIMITS))
    return httpx.HTTPTransport(verify=tls_context(), limits=_LIMITS)


def _default_async_transport() -> httpx.AsyncBaseTransport:
    if _proxies_are_set():
        return _ThroughAsyncClient(httpx.AsyncClient(verify=tls_context(), limits=_LIMITS))
    return httpx.AsyncHTTPTransport(verify=tls_context(), limits=_LIMITS)


def _proxies_are_set() -> bool:
    return any(scheme in ("http", "https", "all") for scheme in urllib.request.getproxies())


class _ThroughClient(httpx.BaseTransport):
    """httpx reads HTTPS_PROXY and its kin only in a client without a transport of its own: this is such a client."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._client.send(request, stream=True)

    def close(self) -> None:
        self._client.close()


class _ThroughAsyncClient(httpx.AsyncBaseTransport):
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._client.send(request, stream=True)

    async def aclose(self) -> None:
        await self._client.aclose()
