"""The sandbox as a client: it fetches inputs, puts results, and calls back, as the services do.

It runs on loopback for its own user, and goes where it is told to; but only by http and https, after no redirect, past
no proxy, and not without an end.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ssl
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

import httpx

from safelight.redaction import UnloggedURL

MOST_BYTES = 512 * 1024**2
_SECONDS = 60.0


class Unreachable(Exception):
    """What a URL leads to cannot be had; the message is for whoever gave the URL."""


async def fetch(url: str) -> bytes:
    """All bytes of what is readable at a URL.

    Raises:
        Unreachable: Why it is not.
    """
    data = bytearray()
    async with _talk(url, "GET") as client, client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as reply:
        if reply.status_code != 200:
            raise Unreachable(f"GET was answered with {reply.status_code}")
        async for chunk in reply.aiter_bytes():
            data += chunk
            if len(data) > MOST_BYTES:
                raise Unreachable(f"it is larger than {MOST_BYTES} bytes")
    return bytes(data)


async def put(url: str, data: bytes, media_type: str) -> None:
    """Write to a presigned URL.

    Raises:
        Unreachable: It takes no PUT.
    """
    async with _talk(url, "PUT") as client:
        reply = await client.put(url, content=data, headers={"Content-Type": media_type})
    if not reply.is_success:
        raise Unreachable(f"PUT was answered with {reply.status_code}")


async def call(
    url: str, content: bytes, *, method: str = "POST", headers: Mapping[str, str] | None = None
) -> int | None:
    """Send JSON; the status of the reply, or None if there was none."""
    headers = {"Content-Type": "application/json", **(headers or {})}
    try:
        async with _talk(url, method) as client:
            return (await client.request(method, url, content=content, headers=headers)).status_code
    except Unreachable:
        return None


@contextlib.asynccontextmanager
async def _talk(url: str, method: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client for one exchange, whose failures become one."""
    try:
        scheme = urlsplit(url).scheme.lower()
        if scheme not in ("http", "https"):
            raise Unreachable("only http and https are spoken")
        # A store of certificates takes longer to load than most exchanges take.
        verify = _certificates() if scheme == "https" else False
        # The client's limit is for each step, the other for all.
        async with (
            asyncio.timeout(_SECONDS),
            httpx.AsyncClient(
                timeout=_SECONDS,
                verify=verify,
                trust_env=False,
                follow_redirects=False,
                event_hooks={"request": [_hide_signature]},
            ) as client,
        ):
            yield client
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, ValueError) as error:
        raise Unreachable(f"{method} failed: {type(error).__name__}") from error


async def _hide_signature(request: httpx.Request) -> None:
    request.url = UnloggedURL(request.url)


@functools.cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()
