"""That whatever the clients and the sandbox say to each other is compared with the specs, and that it shows."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse, Response

from safelight.letsenhance import Marketplace
from safelight.sandbox import Sandbox
from safelight.sandbox.contract import contract_of
from tests.e2e.conftest import LinkedClock
from tests.e2e.films import film
from tests.e2e.held_to_spec import Excuse, Held, called
from tests.e2e.overheard import at_the_sandbox, below_httpx
from tests.stores.scripted import answering

Client = Callable[..., Any]
JSON = {"content-type": "application/json"}
CREDENTIALS = {"Authorization": "Bearer secret-1", "X-API-KEY": "secret-1"}


def all_was_compared(service: str, held: Held, sandbox: Sandbox) -> None:
    """Every operation of the wrapper's was seen, and nothing went another way."""
    assert called(service) <= contract_of(service).operations.keys()
    assert {operation for name, operation in held.seen if name == service} >= called(service)
    known = contract_of(service).operations
    assert sum(held.seen.values()) == sum(record.operation in known for record in sandbox.requests)


def test_all_that_the_wrapper_asks_teleport_is_compared(
    teleport: Client, held: Held, sandbox: Sandbox, video: Path, tmp_path: Path
) -> None:
    client = teleport()
    capture = client.upload(video, name="Garden")
    capture = client.wait(capture.eid)
    client.download(capture.sid, tmp_path / "garden.ply")
    client.metadata(capture.sid, quality="hd", profiles=["ply"])
    client.metadata_v2(capture.sid, content_profile="ply")
    client.rename(capture.eid, "Yard")
    assert [known.name for known in client.captures()] == ["Yard"]
    client.delete(capture.eid)
    all_was_compared("teleport", held, sandbox)


def test_all_that_the_wrapper_asks_immersity_is_compared(
    immersity: Client, held: Held, sandbox: Sandbox, cat: Path, tmp_path: Path
) -> None:
    client = immersity()
    depth = client.disparity(cat)
    client.animation(cat, disparity=depth, animation_type="mp4", output_width=32, output_height=24)
    client.stereo(cat, disparity=depth)
    client.top_bottom(cat, disparity=depth)
    client.lif_decode(client.lif_encode(cat, disparity=depth))
    client.prices()
    client.upload_url(file_name="cat.jpg", media_type="image/jpeg")
    facts: dict[str, Any] = {"video_length": 1, "callback_url": "http://127.0.0.1:9/done"}
    client.video(film(tmp_path / "in.mp4"), credit_amount=2, output_width=64, output_height=48, **facts)
    client.spatial(film(tmp_path / "in.mp4", width=128), credit_amount=1, input_type="sbs", **facts)
    all_was_compared("immersity", held, sandbox)


def test_all_that_the_wrapper_asks_letsenhance_is_compared(
    letsenhance: Client, held: Held, sandbox: Sandbox, cat: Path
) -> None:
    client = letsenhance()
    client.submit(cat, Marketplace(width=80)).result()
    client.usage()
    all_was_compared("letsenhance", held, sandbox)


def test_all_that_the_wrapper_asks_hautai_is_compared(
    hautai: Client, held: Held, sandbox: Sandbox, linked: LinkedClock, selfie: Path
) -> None:
    client = hautai()
    client.create_webhook("http://127.0.0.1:9/told", "a secret for the test")
    batch = client.upload(client.create_subject("customer-7").id, front=selfie)
    client.wait(batch)
    image = batch.images["front"]
    client.metrics(batch)
    client.aux_images(batch, image)
    assert [found.id for found in client.images(batch)] == [client.image(batch, image).id]
    linked.advance(3600)  # the token's life
    client.delete_image(batch, image)
    assert len(list(client.subjects())) == 1
    all_was_compared("hautai", held, sandbox)


@pytest.fixture
def other() -> Held:
    """One that is not the tests' own: it may find something."""
    return Held()


@pytest.fixture
def listening(other: Held) -> Iterator[Held]:
    with below_httpx(other):
        yield other


def sent(method: str, path: str, *, headers: dict[str, str] = CREDENTIALS, **more: Any) -> httpx.Request:
    return httpx.Request(method, f"http://service{path}", headers=headers, **more)


CAPTURE = {"name": "Garden", "bytesize": 5, "input_data_format": "video"}
WRONG_REQUESTS = {
    "a property is missing": (
        sent("POST", "/api/v1/captures", json={"name": "secret-1"}),
        "create_capture (teleport): the request: the body at $: 'bytesize' is a required property",
    ),
    "a property is of another type": (
        sent("POST", "/api/v1/captures", json={**CAPTURE, "bytesize": "secret-1"}),
        "create_capture (teleport): the request: the body at $.bytesize: type integer",
    ),
    "a property is strange": (
        sent("POST", "/api/v1/captures", json={**CAPTURE, "size": "secret-1"}),
        "create_capture (teleport): the request: the body at $: size is not in the spec",
    ),
    "a parameter is strange": (
        sent("GET", "/api/v1/captures?count=secret-1"),
        "list_captures (teleport): the request: the query has count, and the spec has not",
    ),
    "a parameter is out of bounds": (
        sent("GET", "/api/v1/captures?offset=-1"),
        "list_captures (teleport): the request: the query parameter offset at $: minimum 0",
    ),
    "a body is missing": (
        sent("POST", "/api/v1/captures"),
        "create_capture (teleport): the request: the body: MissingRequiredRequestBody",
    ),
    "there is a body": (
        sent("DELETE", "/api/v1/captures/e", content=b"secret-1"),
        "delete_capture (teleport): the request: it has a body, and the spec has none",
    ),
    "the body is no JSON": (
        sent("POST", "/api/v1/captures", content=b"secret-1", headers={**CREDENTIALS, **JSON}),
        "create_capture (teleport): the request: the body: MediaTypeDeserializeError",
    ),
    "the body is a form": (
        sent("POST", "/api/v1/captures", data={"name": "secret-1"}),
        "create_capture (teleport): the request: the body: MediaTypeNotFound",
    ),
    "a token is missing": (
        sent("GET", "/api/v1/captures", headers={}),
        "list_captures (teleport): the request: the spec asks for other credentials",
    ),
    "a key is missing": (
        sent("GET", "/v1/me/usage/", headers={}),
        "get_usage (letsenhance): the request: the spec asks for other credentials",
    ),
    "a time is not the format's": (
        sent("POST", "/api/v1/auth/private_tokens/", json={"name": "x", "expiration_time": "2100-01-01T00:00:00"}),
        "create_private_token (hautai): the request: the body at $.expiration_time: format date-time",
    ),
    "the operation is unknown": (
        sent("GET", "/api/v1/nothing?secret-1"),
        "GET /api/v1/nothing: no operation of teleport, immersity, letsenhance, hautai",
    ),
    "the method is unknown": (
        sent("PATCH", "/api/v1/captures/e"),
        "PATCH /api/v1/captures/e: no operation of teleport, immersity, letsenhance, hautai",
    ),
}
SERVICE = {f"{name}_BASE_URL": "http://service" for name in ("TELEPORT", "IMMERSITY", "LETSENHANCE", "HAUTAI")}


@pytest.mark.parametrize("what", WRONG_REQUESTS)
def test_a_wrong_request_is_told_without_what_was_in_it(what: str, other: Held) -> None:
    request, told = WRONG_REQUESTS[what]
    other.add(SERVICE)
    other.request(request)
    with pytest.raises(AssertionError) as failure:
        other.settle()
    assert told in str(failure.value).splitlines()
    assert "secret-1" not in str(failure.value)


CREATED = {"eid": "e", "chunk_size": 5, "num_parts": 1}
WRONG_REPLIES = {
    "a property is missing": (
        (200, {"json": {"eid": "secret-1"}}),
        "the body at $: 'chunk_size' is a required property",
    ),
    "a property is of another type": (
        (200, {"json": {**CREATED, "chunk_size": "secret-1"}}),
        "the body at $.chunk_size: type integer",
    ),
    "the status is not documented": ((418, {"json": {"detail": "secret-1"}}), "the spec does not have this status"),
    "the body is missing": ((200, {}), "the body: MissingData"),
    "the body is no JSON": ((200, {"content": b"secret-1", "headers": JSON}), "the body: MediaTypeDeserializeError"),
    "the body is HTML": ((200, {"html": "secret-1"}), "the body: MediaTypeNotFound"),
}


@pytest.mark.parametrize("what", WRONG_REPLIES)
def test_a_wrong_reply_is_told_without_what_was_in_it(what: str, other: Held) -> None:
    (status, content), told = WRONG_REPLIES[what]
    request = sent("POST", "/api/v1/captures", json=CAPTURE)
    other.add(SERVICE)
    aim = other.request(request)
    assert aim is not None
    other.reply(*aim, httpx.Response(status, request=request, **content))
    with pytest.raises(AssertionError) as failure:
        other.settle()
    assert f"create_capture (teleport): the reply with {status}: {told}" in str(failure.value).splitlines()
    assert "secret-1" not in str(failure.value)


def test_a_body_that_the_spec_does_not_have_is_told(other: Held) -> None:
    request = sent("DELETE", "/api/v1/captures/e")
    other.add(SERVICE)
    aim = other.request(request)
    assert aim is not None
    other.reply(*aim, httpx.Response(204, request=request, json={}))
    with pytest.raises(AssertionError, match="the reply with 204: it has a body, and the spec has none"):
        other.settle()


def token_until(time: str, held: Held) -> None:
    request = sent(
        "POST", "/api/v1/auth/private_tokens/", json={"name": "x", "expiration_time": "2100-01-01T00:00:00Z"}
    )
    held.add(SERVICE)
    aim = held.request(request)
    assert aim is not None
    token = {"id": "t", "name": "x", "data": "secret-1", "expiration_time": time}
    held.reply(*aim, httpx.Response(201, request=request, json=token))
    held.settle()


@pytest.mark.parametrize("time", ["2025-10-06T18:55:42.733421", "2025-10-06 18:55:42", "2025-10-06T18:55:42Z"])
def test_a_reply_may_leave_the_zone_out_of_a_time(time: str, other: Held) -> None:
    token_until(time, other)
    assert other.seen == {("hautai", "create_private_token"): 1}


@pytest.mark.parametrize("time", ["2025-10-06", "18:55:42", "tomorrow"])
def test_a_reply_must_tell_a_time_where_the_spec_does(time: str, other: Held) -> None:
    with pytest.raises(AssertionError, match=r"the reply with 201: the body at \$.expiration_time: format date-time"):
        token_until(time, other)


@pytest.mark.parametrize("kind", ["blocking", "async"])
def test_a_wrong_reply_that_comes_over_a_socket_fails_the_test(kind: str, listening: Held) -> None:
    async def ask(url: str) -> None:
        async with httpx.AsyncClient() as client:
            await client.get(url, headers=CREDENTIALS)

    with answering(200, '{"eid": "not a list"}', **{"Content-Type": "application/json"}) as address:
        listening.add({"TELEPORT_BASE_URL": address, "TELEPORT_TOKEN_URL": f"{address}/token"})
        for path in ("/token", "/api/v1/captures"):
            if kind == "async":
                asyncio.run(ask(address + path))
            else:
                httpx.get(address + path, headers=CREDENTIALS)
    with pytest.raises(
        AssertionError, match=r"list_captures \(teleport\): the reply with 200: the body at \$: type array"
    ):
        listening.settle()


def test_what_a_process_of_its_own_is_told_is_compared_at_the_sandbox(other: Held) -> None:
    async def nonsense(_call: Any) -> Response:
        return JSONResponse([])

    with at_the_sandbox(other), Sandbox() as sandbox:
        other.add({"LETSENHANCE_BASE_URL": sandbox.base_url})
        sandbox.letsenhance.answers = {**sandbox.letsenhance.answers, "get_usage": nonsense}
        headers = {"X-API-KEY": sandbox.letsenhance.api_key}
        request = urllib.request.Request(f"{sandbox.base_url}/v1/me/usage/", headers=headers)  # noqa: S310 - http
        with urllib.request.urlopen(request) as reply:  # noqa: S310 - likewise
            assert reply.read() == b"[]"
    with pytest.raises(
        AssertionError, match=r"get_usage \(letsenhance\): the reply with 200: the body at \$: type object"
    ):
        other.settle()


def test_a_fault_that_was_asked_for_is_none_of_the_services(listening: Held) -> None:
    with Sandbox() as sandbox:
        listening.add(sandbox.env, sandbox)
        sandbox.fault("list_captures", kind="garbage")
        httpx.get(f"{sandbox.base_url}/api/v1/captures", headers=CREDENTIALS)
    listening.settle()
    assert listening.seen == {("teleport", "list_captures"): 1}


def test_an_excuse_is_for_one_operation_and_must_be_needed(other: Held) -> None:
    other.add(SERVICE)
    excuses = [Excuse("create_capture", "it shows how")]
    other.request(sent("POST", "/api/v1/captures", json={}))
    other.settle(excuses)
    other.request(sent("POST", "/api/v1/captures", json={}))
    other.request(sent("GET", "/api/v1/nothing"))
    with pytest.raises(AssertionError, match="no operation of") as failure:
        other.settle(excuses)
    assert "create_capture" not in str(failure.value)
    other.request(sent("POST", "/api/v1/captures", json=CAPTURE))
    with pytest.raises(AssertionError, match="off_spec names what keeps to its spec: create_capture"):
        other.settle(excuses)


def test_what_is_in_no_spec_is_passed_over(other: Held) -> None:
    other.add({**SERVICE, "TELEPORT_TOKEN_URL": "http://service/oauth2/token"})
    other.request(sent("POST", "/oauth2/token", data={"grant_type": "client_credentials"}))
    other.request(httpx.Request("PUT", "http://service:81/bucket/part?signature=x", content=b"bytes"))
    other.request(httpx.Request("POST", "https://service/api/v1/captures"))
    other.settle()
    assert other.request(sent("GET", "/api/v1/captures")) is not None
