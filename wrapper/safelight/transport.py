"""Building the httpx clients: one TLS context, the environment's proxies, retries, and no secrets in logs."""

from __future__ import annotations

import functools
import logging
import ssl
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from safelight._version import __version__
from safelight.errors import TransferError
from safelight.redaction import SignedURL, UnloggedURL, bare_url, redacted

USER_AGENT = f"safelight/{__version__}"
MOST_CONNECTIONS = 100
LIMITS = httpx.Limits(max_connections=2, max_keepalive_connections=2, keepalive_expiry=20.0)
"""Of one request at a time, which may need a token from another host first."""

_BEGINNING = 2000
_PIECE = 1024 * 1024
TRANSFER_IDLE = 60.0
"""Seconds in which not a byte moves, after which an attempt at a transfer is given up and made anew."""


@functools.cache
def tls_context() -> ssl.SSLContext:
    """The TLS context of all clients of the process: making one takes some 16 ms."""
    return httpx.create_ssl_context()


class _Lent(httpx.BaseTransport):
    """A transport that others use, too: it is not closed with the client that it was lent to."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._inner.handle_request(request)


def _lend_wire(response: httpx.Response) -> None:
    response.extensions["safelight_wire"] = response.extensions.get("network_stream")


def new_transfer_client(transport: httpx.BaseTransport | None, *, connections: int) -> httpx.Client:
    """A client for moving bytes to and from presigned URLs: without credentials, cookies and redirects.

    Where the transport is its own, the replies' `safelight_wire` is what they may be read from past httpx. A user's
    transport may pass `network_stream` on, and yet do something with the bytes that come.
    """
    return httpx.Client(
        transport=_Lent(transport) if transport else None,
        verify=tls_context(),
        timeout=httpx.Timeout(TRANSFER_IDLE, connect=10.0),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
        event_hooks={} if transport else {"response": [_lend_wire]},
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
        host = request.url.host.encode("idna")  # the resolver raises what httpx does not know
    except (httpx.InvalidURL, UnicodeError):
        request, host = None, b""
    if request is None or request.url.scheme not in ("http", "https") or not host or (request.url.port or 0) > 65535:
        raise TransferError("The service gave something that is no https address to transfer the file to or from.")
    request.url = UnloggedURL(request.url)
    return request


def beginning_of(response: httpx.Response) -> str:
    """The first characters of a streamed response's body, which may be an error page of any length.

    None of one that is packed though asked not to be: a few bytes of it could become gigabytes.
    """
    if response.headers.get("content-encoding", "identity") != "identity":
        return ""
    content = b""
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) >= _BEGINNING:
            break
    return content[:_BEGINNING].decode("utf-8", "replace")


def redirected(url: str, location: str) -> SignedURL:
    """Where a redirect from a presigned URL leads.

    Raises:
        TransferError: It leads nowhere, or from https to http.
    """
    try:
        target = httpx.URL(url).join(location)
    except (httpx.InvalidURL, UnicodeError):
        raise TransferError(f"{bare_url(url)} redirects to what is no address.") from None
    if not location or (httpx.URL(url).scheme == "https" and target.scheme != "https"):
        raise TransferError(f"{bare_url(url)} redirects to where a file must not be moved: {bare_url(target)}.")
    return SignedURL(target)


def unpacker(coding: str) -> Callable[[bytes], Iterator[bytes]]:
    """What unpacks the chunks of a body that is packed though asked not to be, in pieces of bounded size.

    httpx unpacks a chunk as a whole, and several codings one after the other: three times packed, a few kilobytes
    become many gigabytes before anybody can count them.

    Raises:
        httpx.DecodingError: From here where it is packed by more than one gzip or deflate; from the unpacking where it
            is damaged.
    """
    coding = coding.strip().lower()
    if coding == "identity":
        return lambda chunk: iter((chunk,))
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise httpx.DecodingError(f"the reply is packed by {coding[:40]!r}, though it was asked to be plain")
    stream = zlib.decompressobj(zlib.MAX_WBITS | 32)  # 32: either of the two

    def unpack(chunk: bytes) -> Iterator[bytes]:
        try:
            while (piece := stream.decompress(chunk, _PIECE)) or chunk:
                yield piece
                chunk = stream.unconsumed_tail
        except zlib.error as error:
            raise httpx.DecodingError(f"the reply is damaged ({error})") from error

    return unpack


def client_settings(base_url: str) -> dict[str, Any]:
    """What the clients of all services' APIs have in common."""
    # Without compression a small reply cannot become a huge one, and these replies are small.
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    return {"base_url": base_url, "headers": headers, "follow_redirects": False, "timeout": None}


class SeldomCookies(httpx.Cookies):
    """Cookies of services that hardly ever set any."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Keep the reply's cookies, if there are some."""
        if "set-cookie" in response.headers:
            super().extract_cookies(response)


def proxies_are_set() -> bool:
    """Whether the environment names a proxy."""
    return any(scheme in ("http", "https", "all") for scheme in urllib.request.getproxies())
