"""The sandbox as a client: it fetches inputs, puts results, and calls back, as the services do.

It runs on loopback for its own user, whose storage and webhooks are on loopback, in a private network or on the
internet: it goes where it is told to, but only by http and https, after no redirect, past no proxy, and not without an
end. And never to where clouds tell a machine its own credentials, whatever name or spelling of an address leads there.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from safelight.redaction import UnloggedURL

MOST_BYTES = 512 * 1024**2
_SECONDS = 60.0
_NEVER = tuple(
    map(
        ipaddress.ip_network,
        (
            "169.254.0.0/16",  # link-local: AWS, Azure, Google Cloud and others
            "fe80::/10",
            "fd00:ec2::/32",  # AWS, by IPv6
            "100.100.100.200/32",  # Alibaba
            "168.63.129.16/32",  # Azure
            "192.0.0.192/32",  # Oracle
        ),
    )
)


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
        if reply.headers.get("content-encoding", "identity") != "identity":
            raise Unreachable("it is packed, though it was asked to be plain")
        async for chunk in reply.aiter_raw():
            data += chunk
            if len(data) > MOST_BYTES:
                raise Unreachable(f"it is larger than {MOST_BYTES} bytes")
    return bytes(data)


async def put(url: str, data: bytes, media_type: str) -> None:
    """Write to a presigned URL.

    Raises:
        Unreachable: It takes no PUT.
    """
    status = await _status("PUT", url, data, {"Content-Type": media_type})
    if not 200 <= status < 300:
        raise Unreachable(f"PUT was answered with {status}")


async def call(
    url: str, content: bytes, *, method: str = "POST", headers: Mapping[str, str] | None = None
) -> int | None:
    """Send JSON; the status of the reply, or None if there was none."""
    headers = {"Content-Type": "application/json", **(headers or {})}
    try:
        return await _status(method, url, content, headers)
    except Unreachable:
        return None


async def _status(method: str, url: str, content: bytes, headers: Mapping[str, str]) -> int:
    # What else the reply says, and at what length, is not read.
    async with _talk(url, method) as client, client.stream(method, url, content=content, headers=headers) as reply:
        return reply.status_code


@contextlib.asynccontextmanager
async def _talk(url: str, method: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client for one exchange, whose failures become one."""
    try:
        parts = urlsplit(url)
        scheme, _ = parts.scheme.lower(), parts.port  # which is none above 65535
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
                event_hooks={"request": [_prepare]},
            ) as client,
        ):
            yield client
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, ValueError) as error:
        raise Unreachable(f"{method} failed: {type(error).__name__}") from error


async def _prepare(request: httpx.Request) -> None:
    request.url = UnloggedURL(request.url)
    request.extensions["trace"] = _look_where


async def _look_where(event: str, info: dict[str, Any]) -> None:
    """Hang up, before a byte is sent, where a connection leads to an address that is never asked.

    What is looked at is the address of the connection itself: a name may lead elsewhere the next time it is looked up.
    """
    if event == "connection.connect_tcp.complete":
        connection = info["return_value"]
        if not may_be_asked(connection.get_extra_info("server_addr")[0]):
            await connection.aclose()
            raise Unreachable("it leads to an address that the sandbox never asks")


def may_be_asked(host: str) -> bool:
    """Whether a connection's IP address is none of those at which clouds tell a machine its own credentials."""
    address = ipaddress.ip_address(host.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    return not any(address in network for network in _NEVER)


@functools.cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()
