"""The body of a reply, for the CPU time that it takes to receive it, or little more."""

from __future__ import annotations

from collections.abc import Iterator

import httpcore
import httpx

from safelight.transport import TRANSFER_IDLE

_AT_ONCE, _RECORD = 256 * 1024, 16 * 1024
"""Bytes that are read at once; TLS has no more to give than a record, and room for more of them costs CPU."""


def body_of(response: httpx.Response) -> Iterator[bytes]:
    """The body as it comes.

    httpx takes 64 KiB at a time through a parser that copies them, and several layers: that costs half as much again as
    it takes to receive and write them, and more with TLS. Where the length of the body is known, only its first piece
    comes that way, which is all that came with the headers; the rest is read from where httpx would. That goes for the
    replies of a client that lends its wire (`new_transfer_client`): a user's transport may hand on the first piece in
    several, or do something with all of them. The connection is of no use to another request afterwards.

    Raises:
        httpx.TransportError: As httpx would.
    """
    chunks = response.iter_bytes()  # kept until the end: without it, httpx closes the connection
    stream, length = response.extensions.get("safelight_wire"), response.headers.get("content-length", "")
    if (
        not isinstance(stream, httpcore.NetworkStream)
        or response.http_version != "HTTP/1.1"
        or "transfer-encoding" in response.headers
        or not length.isdigit()
    ):
        yield from chunks
        return
    first = next(chunks, b"")
    yield first
    left, at_once = int(length) - len(first), _RECORD if response.url.scheme == "https" else _AT_ONCE
    while left > 0:
        try:
            chunk = stream.read(min(left, at_once), TRANSFER_IDLE)
        except httpcore.TimeoutException as error:
            raise httpx.ReadTimeout(str(error)) from error
        except httpcore.NetworkError as error:
            raise httpx.ReadError(str(error)) from error
        if not chunk:
            raise httpx.RemoteProtocolError(f"the connection was closed with {left} bytes still to come")
        left -= len(chunk)
        yield chunk
