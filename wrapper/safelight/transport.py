"""Building the httpx clients: one TLS context, the environment's proxies, retries, and no secrets in logs."""

from __future__ import annotations

import functools
import logging
import ssl
import urllib.request
from typing import Any

import httpx

from safelight._version import __version__
from safelight.errors import TransferError
from safelight.redaction import UnloggedURL, bare_url, redacted

USER_AGENT = f"safelight/{__version__}"
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=20.0)
_BEGINNING = 2000
TRANSFER_IDLE = 60.0
"""Seconds in which not a byte moves, after which an attempt at a transfer is given up and made anew."""


@functools.cache
def tls_context() -> ssl.SSLContext:
    """The TLS context of all clients of the process: making one takes some 16 ms."""
    return httpx.create_ssl_context()


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


def client_settings(base_url: str) -> dict[str, Any]:
    """What the clients of all services' APIs have in common."""
    # Without compression a small reply cannot become a huge one, and these replies are small.
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    return {"base_url": base_url, "headers": headers, "follow_redirects": False, "timeout": None}


def proxies_are_set() -> bool:
    """Whether the environment names a proxy."""
    return any(scheme in ("http", "https", "all") for scheme in urllib.request.getproxies())
