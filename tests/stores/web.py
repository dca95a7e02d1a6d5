"""Plain requests, as the imaging services make them; httpx's own functions take 20 ms each to load certificates."""

from __future__ import annotations

from typing import Any

import httpx


def request(method: str, url: str, **rest: Any) -> httpx.Response:
    """Make a request, over a connection of its own."""
    with httpx.Client(verify=False, trust_env=False) as http:  # noqa: S501 - the stores of tests speak plain http
        return http.request(method, url, **rest)


def get(url: str, **rest: Any) -> httpx.Response:
    """Make a GET request."""
    return request("GET", url, **rest)


def put(url: str, **rest: Any) -> httpx.Response:
    """Make a PUT request."""
    return request("PUT", url, **rest)


def delete(url: str, **rest: Any) -> httpx.Response:
    """Make a DELETE request."""
    return request("DELETE", url, **rest)
