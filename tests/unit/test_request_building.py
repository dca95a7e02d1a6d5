"""Requests are built in a shorter way than httpx's own: nobody on the other side can tell."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import AsyncTeleport, Teleport
from safelight.requests import request_of
from safelight.transport import client_settings

BASE = "https://api.test:8443/eu"
JSON = {"Content-Type": "application/json"}

texts = st.text('aZ0 ~/?#&=+%"\\\n\0\u00e9\u20ac\U0001f4f7', max_size=9)
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
bodies = st.dictionaries(
    texts, plain | st.lists(plain, max_size=2) | st.dictionaries(texts, plain, max_size=2), max_size=4
)
queries = st.dictionaries(texts, st.booleans() | st.integers() | texts | st.lists(texts, max_size=2), max_size=3)


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200)), **client_settings(BASE)) as http:
        yield http


def seen(request: httpx.Request) -> tuple[Any, ...]:
    return request.method, request.url.raw_path, request.url, request.headers.raw, request.content


def built_by_httpx(http: httpx.Client, described: dict[str, Any]) -> tuple[Any, ...]:
    params = described.get("params") or None  # httpx makes a lone "?" of an empty query
    return seen(http.build_request(**{**described, "params": params}))


@given(method=st.sampled_from(["get", "post", "put", "patch", "delete"]), query=queries)
def test_a_request_without_a_body_has_the_bytes_that_httpx_gives_it(
    http: httpx.Client, method: str, query: dict[str, Any]
) -> None:
    described = {"method": method, "url": "/v1/jobs/1%2F2", "params": query}
    assert seen(request_of(described, http, BASE)) == built_by_httpx(http, described)


@given(body=bodies)
def test_a_request_with_a_body_has_the_bytes_that_httpx_gives_it(http: httpx.Client, body: dict[str, Any]) -> None:
    described = {"method": "post", "url": "/v1/jobs", "json": body, "headers": JSON}
    assert seen(request_of(described, http, BASE)) == built_by_httpx(http, described)


@pytest.mark.parametrize(
    "unusual",
    [{"headers": {"X-Tenant": "a"}}, {"data": {"a": "b"}}, {"content": b"raw"}, {"json": {}, "headers": {"X-A": "1"}}],
    ids=["header", "form", "bytes", "json-and-header"],
)
def test_what_the_generator_has_not_made_yet_is_left_to_httpx(http: httpx.Client, unusual: dict[str, Any]) -> None:
    described = {"method": "post", "url": "/v1/jobs", "params": {"a": 1}, **unusual}
    assert seen(request_of(described, http, BASE)) == built_by_httpx(http, described)


def test_a_number_that_json_does_not_have_is_refused(http: httpx.Client) -> None:
    with pytest.raises(ValueError, match="JSON"):
        request_of({"method": "post", "url": "/v1/jobs", "json": {"x": float("inf")}}, http, BASE)


class _Sticky:
    """Sets a cookie, as load balancers do, and notes what comes back."""

    def __init__(self) -> None:
        self.cookies: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth2/token":
            return httpx.Response(200, json={"access_token": "T", "expires_in": 3600})
        self.cookies.append(request.headers.get("cookie"))
        sets = {"set-cookie": "node=3; Path=/"} if len(self.cookies) == 1 else {}
        return httpx.Response(200, json=[], headers=sets)


def test_a_cookie_that_a_service_sets_comes_back_to_it() -> None:
    service = _Sticky()
    with Teleport("ID", "SECRET", base_url="https://teleport.test", transport=httpx.MockTransport(service)) as teleport:
        for _ in range(3):
            list(teleport.captures())
        teleport.api.get_httpx_client().get("https://elsewhere.test/")
    assert service.cookies == [None, "node=3", "node=3", None]


def test_a_cookie_that_a_service_sets_comes_back_to_it_in_the_async_twin() -> None:
    service = _Sticky()

    async def work() -> None:
        transport = httpx.MockTransport(service)
        async with AsyncTeleport("ID", "SECRET", base_url="https://teleport.test", transport=transport) as teleport:
            for _ in range(3):
                _ = [capture async for capture in teleport.captures()]

    asyncio.run(work())
    assert service.cookies == [None, "node=3", "node=3"]


def test_cookies_can_be_set_on_the_client_that_the_generated_functions_use() -> None:
    service = _Sticky()
    with Teleport("ID", "SECRET", base_url="https://teleport.test", transport=httpx.MockTransport(service)) as teleport:
        teleport.api.get_httpx_client().cookies = {"mine": "1"}
        list(teleport.captures())
    assert service.cookies == ["mine=1"]
