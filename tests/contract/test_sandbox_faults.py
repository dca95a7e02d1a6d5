"""Faults on demand, seen by plain clients."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from safelight.sandbox import Sandbox
from tests.contract.sandbox_api import Api, frozen_sandbox, wait_until

DATA = b"a video " * 300
LIST = "/api/v1/captures"


@pytest.fixture
def http(api: Api) -> httpx.Client:
    """A client that does not compare replies with the contract: these are meant to break it."""
    api.http.event_hooks = {}
    return api.http


def test_a_status_comes_as_often_as_asked_for_and_in_the_services_shape(api: Api, http: httpx.Client) -> None:
    api.sandbox.fault("list_captures", status=503, times=2, after=1, headers={"Retry-After": "1"})
    replies = [http.get(LIST) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 503, 503, 200]
    assert replies[1].headers["Retry-After"] == "1"
    assert isinstance(replies[1].json()["detail"], str)
    assert [record.fault for record in api.sandbox.requests] == [None, "status", "status", None]


def test_the_token_endpoint_and_the_store_fail_in_their_own_shapes(api: Api) -> None:
    api.sandbox.fault("token", status=500)
    assert httpx.post(api.sandbox.env["TELEPORT_TOKEN_URL"]).json()["error"] == "temporarily_unavailable"
    api.sandbox.fault("PUT part", status=503)
    url = api.part_url(api.create(1)["eid"], 1, 1)
    assert "<Code>ServiceUnavailable</Code>" in httpx.put(url, content=b"x").text
    assert httpx.put(url, content=b"x").status_code == 200


def test_a_status_can_come_after_the_request_took_effect(api: Api, http: httpx.Client) -> None:
    api.sandbox.fault("create_capture", status=502, when="after")
    assert http.post(LIST, json={"name": "x", "bytesize": 1}).status_code == 502
    assert len(api.sandbox.teleport.captures) == 1


@pytest.mark.parametrize(("when", "created"), [("before", 0), ("after", 1)])
def test_a_reset_loses_the_request_or_only_its_reply(api: Api, http: httpx.Client, when: str, created: int) -> None:
    api.sandbox.fault("create_capture", kind="reset", when=when)
    with pytest.raises(httpx.ReadError) as caught:
        http.post(LIST, json={"name": "x", "bytesize": 1})
    assert "reset" in str(caught.value)
    assert len(api.sandbox.teleport.captures) == created
    assert [record.status for record in api.sandbox.requests] == [200 if when == "after" else None]
    assert http.get(LIST).status_code == 200


def test_a_reset_in_the_middle_of_a_part_leaves_no_part() -> None:
    size = 4_000_000
    with frozen_sandbox(chunk_size=size) as api:
        eid = api.create(size)["eid"]
        api.sandbox.fault("part", kind="reset", keep=100_000)
        with pytest.raises(httpx.TransportError):
            httpx.put(api.part_url(eid, 1, size), content=bytes(size))
        assert api.sandbox.teleport.captures[eid].parts == {}


def test_a_reset_after_a_part_leaves_the_part(api: Api) -> None:
    eid = api.create(1)["eid"]
    api.sandbox.fault("part", kind="reset", when="after")
    with pytest.raises(httpx.ReadError):
        httpx.put(api.part_url(eid, 1, 1), content=b"x")
    assert api.sandbox.teleport.captures[eid].parts[1].accepted == 1


def test_a_fault_can_be_kept_for_one_part(api: Api) -> None:
    api.sandbox.fault("part", status=500, part=2)
    eid = api.create(2500)["eid"]
    statuses = [httpx.put(api.part_url(eid, number, 2500), content=b"x").status_code for number in (1, 2, 3, 2)]
    assert statuses == [200, 500, 200, 200]


def test_a_delay_is_only_a_delay(api: Api, http: httpx.Client) -> None:
    api.sandbox.fault("list_captures", seconds=0.15)
    with pytest.raises(httpx.ReadTimeout):
        http.get(LIST, timeout=0.05)
    api.sandbox.fault("list_captures", kind="delay", seconds=0.1, when="after")
    begun = time.monotonic()
    assert http.get(LIST).json() == []
    assert time.monotonic() - begun >= 0.1


@pytest.mark.parametrize(("when", "created"), [("before", 0), ("after", 1)])
def test_a_stall_says_nothing(api: Api, http: httpx.Client, when: str, created: int) -> None:
    api.sandbox.fault("create_capture", kind="stall", when=when)
    with pytest.raises(httpx.ReadTimeout):
        http.post(LIST, json={"name": "x", "bytesize": 1}, timeout=0.1)
    assert len(api.sandbox.teleport.captures) == created
    assert api.sandbox.requests[-1].fault == "stall"


def test_a_stall_can_end_by_hanging_up(api: Api, http: httpx.Client) -> None:
    api.sandbox.fault("list_captures", kind="stall", seconds=0.05)
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(LIST)


def test_a_reply_can_be_cut(api: Api, http: httpx.Client) -> None:
    url = api.model_url(api.ready(DATA), quality="sd")
    whole = httpx.get(url).content
    api.sandbox.fault("GET object", kind="truncate", keep=300)
    with httpx.stream("GET", url) as reply:
        assert int(reply.headers["Content-Length"]) == len(whole)
        pieces = reply.iter_raw()
        assert next(pieces) == whole[:300]
        with pytest.raises(httpx.RemoteProtocolError):
            next(pieces)
    api.sandbox.fault("list_captures", kind="truncate", keep=1)
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(LIST)


def test_garbage_comes_as_a_success(api: Api, http: httpx.Client) -> None:
    api.sandbox.fault("list_captures", kind="garbage", body="<html>busy</html>")
    reply = http.get(LIST)
    assert (reply.status_code, reply.text) == (200, "<html>busy</html>")
    assert reply.headers["Content-Type"].startswith("text/html")
    api.sandbox.fault("create_capture", kind="garbage", when="after")
    cut = http.post(LIST, json={"name": "x", "bytesize": 1})
    with pytest.raises(ValueError, match="Unterminated"):
        cut.json()
    assert len(api.sandbox.teleport.captures) == 1


def test_faults_can_be_taken_back(api: Api, http: httpx.Client) -> None:
    api.sandbox.fault("list_captures", status=500, times=None)
    assert [http.get(LIST).status_code for _ in range(3)] == [500, 500, 500]
    api.sandbox.clear_faults()
    assert http.get(LIST).status_code == 200


@pytest.mark.parametrize(
    ("operation", "options", "message"),
    [
        ("nothing", {"status": 500}, "there are .*complete_upload.*object, part"),
        ("part", {}, "give status"),
        ("part", {"kind": "explode"}, "a kind of status, delay, reset"),
        ("part", {"kind": "status"}, "needs status"),
        ("part", {"status": 42}, "needs status"),
        ("part", {"kind": "delay"}, "needs seconds"),
        ("part", {"status": 500, "when": "sometime"}, "before or after"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    sandbox: Sandbox, operation: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        sandbox.fault(operation, **options)  # type: ignore[arg-type]


def test_stopping_waits_for_nobody() -> None:
    """Requests that stall or are delayed end with the sandbox, and at once."""
    kinds: list[dict[str, Any]] = [{"kind": "stall"}, {"seconds": 30}, {"kind": "stall", "when": "after"}]
    with Sandbox() as sandbox, ThreadPoolExecutor(len(kinds)) as pool:
        for options in kinds:
            sandbox.fault("token", **options)
        url = sandbox.env["TELEPORT_TOKEN_URL"]
        calls = [pool.submit(httpx.post, url, data={"grant_type": "x"}, timeout=20) for _ in kinds]
        wait_until(lambda: sum(record.fault == "stall" for record in sandbox.requests) == 2)
        begun = time.monotonic()
        sandbox.close()
        assert time.monotonic() - begun < 2  # on a busy machine; the shortest of them would take ten times as long
        assert all(isinstance(call.exception(timeout=5), httpx.TransportError) for call in calls)
