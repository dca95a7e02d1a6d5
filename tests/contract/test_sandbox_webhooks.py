"""What the sandbox tells of its own accord: signed or authorised as the services do, and again after a failure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from safelight import webhooks
from safelight.sandbox import Sandbox
from tests.contract.hautai_api import Haut, frozen_haut
from tests.contract.sandbox_api import Api, Received, frozen_media, frozen_sandbox, receiver, video_request

NOBODY = "http://127.0.0.1:1/"
WEBHOOK = {
    "authorization": "bearer",
    "authorization_key": "safelight",
    "authorization_value": "s3cret",
    "method": "post",
}


def register(haut: Haut, url: str, **changes: Any) -> dict[str, Any]:
    reply = haut.http.post(f"{haut.dataset}/webhooks/", json={**WEBHOOK, "url": url, **changes})
    assert reply.status_code == 201, reply.text
    return reply.json()


def header(call: Received, name: str) -> str | None:
    return next((value for key, value in call.headers.items() if key.lower() == name.lower()), None)


def pass_time(sandbox: Sandbox, minutes: float) -> None:
    """Turn the clock when all that is due has been told: what is told at once may come in any order."""
    sandbox.settle()
    sandbox.clock.advance(minutes * 60)
    sandbox.settle()


def test_a_capture_is_told_when_it_is_processed_and_when_it_is_ready(api: Api) -> None:
    with receiver() as called:
        api.sandbox.teleport.webhook(called.url)
        eid = api.upload(b"a video")
        api.sandbox.settle()
        assert called.bodies == [{"eid": eid, "sid": None, "state": "PROCESSING"}]
        api.sandbox.clock.advance(5)
        api.sandbox.settle()
    assert called.bodies[1:] == [{"eid": eid, "sid": api.listed(eid)["sid"], "state": "READY"}]


def test_a_capture_that_fails_is_told_with_its_reason(api: Api) -> None:
    api.sandbox.teleport.fail_next("NOT_ENOUGH_FRAMES")
    with receiver() as called:
        api.sandbox.teleport.webhook(called.url)
        eid = api.upload(b"a video")
        pass_time(api.sandbox, 1)
    last = called.bodies[-1]
    assert last == {"eid": eid, "sid": None, "state": "ERROR", "error_reason": "NOT_ENOUGH_FRAMES"}


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("hex", bytes.hex),
        ("sha256=hex", lambda digest: f"sha256={digest.hex()}"),
        ("base64", lambda digest: base64.b64encode(digest).decode()),
    ],
)
def test_teleport_signs_the_raw_body(api: Api, encoding: str, written: Callable[[bytes], str]) -> None:
    secret = api.sandbox.env["TELEPORT_WEBHOOK_SECRET"]
    with receiver() as called:
        api.sandbox.teleport.webhook(called.url, encoding=encoding)
        eid = api.upload(b"a video")
        pass_time(api.sandbox, 1)
    assert len(called.calls) == 2
    for call in called.calls:
        signature = header(call, "X-Teleport-Signature")
        assert signature == written(hmac.new(secret.encode(), call.content, hashlib.sha256).digest())
        assert header(call, "Content-Type") == "application/json"
        event = webhooks.parse("teleport", call.headers, call.content, secret=secret)
        assert (event.job_id, event.verified) == (eid, True)


def test_there_are_three_encodings(api: Api) -> None:
    with pytest.raises(ValueError, match="base64"):
        api.sandbox.teleport.webhook(NOBODY, encoding="rot13")


def test_without_a_webhook_nothing_is_told_and_an_organisation_has_one(api: Api) -> None:
    api.upload(b"a video")
    pass_time(api.sandbox, 1)
    assert api.sandbox.deliveries == []
    with receiver() as called:
        api.sandbox.teleport.webhook(NOBODY)
        api.sandbox.teleport.webhook(called.url)
        api.upload(b"a video")
        pass_time(api.sandbox, 1)
        assert len(called.calls) == 2


def test_a_capture_that_is_deleted_is_told_no_more(api: Api) -> None:
    with receiver() as called:
        api.sandbox.teleport.webhook(called.url)
        eid = api.upload(b"a video")
        api.sandbox.settle()
        assert api.http.delete(f"/api/v1/captures/{eid}").status_code == 204
        pass_time(api.sandbox, 60)
        assert [body["state"] for body in called.bodies] == ["PROCESSING"]


def test_each_application_tells_each_picture_with_a_link_that_lives_for_an_hour(haut: Haut) -> None:
    with receiver() as called:
        register(haut, called.url)
        image = haut.upload()
        assert haut.compute(image["image_batch_id"]).is_success
        haut.sandbox.clock.advance(3.8)
        haut.sandbox.settle()
        assert [body["application_name"] for body in called.bodies] == ["Sandbox light"]
        haut.sandbox.clock.advance(1.2)
        haut.sandbox.settle()
    assert [body["application_name"] for body in called.bodies] == ["Sandbox light", "Sandbox skin"]
    for body in called.bodies:
        assert (body["image_batch_id"], body["image_id"]) == (image["image_batch_id"], image["id"])
        assert body["application_description"] == "sandbox statistics, no diagnosis"
        link = body["images"]["original"]["signed_url"]
    told = [result for body in called.bodies for result in body["results"]]
    assert told == haut.get(image, "results/")
    haut.sandbox.clock.advance(3599)
    assert httpx.get(link).status_code == 200
    haut.sandbox.clock.advance(1)
    assert httpx.get(link).status_code == 400


@pytest.mark.parametrize(
    ("authorization", "path", "value"),
    [
        ("bearer", "/called", "Bearer s3&t"),
        ("basic", "/called", f"Basic {base64.b64encode(b'my key:s3&t').decode()}"),
        ("query", "/called?my%20key=s3%26t", None),
    ],
)
def test_the_authorization_is_the_one_that_was_registered(
    haut: Haut, authorization: str, path: str, value: str | None
) -> None:
    with receiver() as called:
        changes = {"authorization": authorization, "authorization_key": "my key", "authorization_value": "s3&t"}
        made = register(haut, called.url, **changes)
        assert made["secret_key"]
        image = haut.analysed()
        haut.sandbox.settle()
    for call in called.calls:
        assert (call.path, header(call, "Authorization")) == (path, value)
        url = f"http://127.0.0.1{call.path}"
        event = webhooks.parse("hautai", call.headers, call.content, secret=("my key", "s3&t"), url=url)
        assert (event.job_id, event.verified) == (image["image_batch_id"], True)
    assert len(called.calls) == 2


def test_the_key_joins_a_query_that_is_there(haut: Haut) -> None:
    with receiver() as called:
        register(haut, f"{called.url}?a=1", authorization="query")
        haut.analysed()
        haut.sandbox.settle()
    assert {call.path for call in called.calls} == {"/called?a=1&safelight=s3cret"}


def test_a_webhook_that_is_not_enabled_or_replaced_is_not_called(haut: Haut) -> None:
    with receiver() as old, receiver() as new:
        register(haut, old.url)
        register(haut, new.url, enabled=False)
        haut.analysed()
        haut.sandbox.settle()
        register(haut, new.url)
        haut.analysed()
        haut.sandbox.settle()
        assert (len(old.calls), len(new.calls)) == (0, 2)


def test_a_get_is_told_nothing_but_that_it_is_time(haut: Haut) -> None:
    with receiver() as called:
        register(haut, called.url, method="get", authorization="query")
        haut.analysed()
        haut.sandbox.settle()
    assert [(call.method, call.path, call.content) for call in called.calls] == [
        *[("GET", "/called?safelight=s3cret", b"")] * 2,
    ]
    assert [(delivery.method, delivery.body, delivery.status) for delivery in haut.sandbox.deliveries] == [
        *[("GET", None, 200)] * 2,
    ]


def test_a_deleted_image_is_told_no_more(haut: Haut) -> None:
    with receiver() as called:
        register(haut, called.url)
        image = haut.upload()
        assert haut.compute(image["image_batch_id"]).is_success
        assert haut.http.delete(f"{haut.batch(image)}{image['id']}/").status_code == 204
        pass_time(haut.sandbox, 60)
        assert called.calls == []


@contextmanager
def ended_teleport(url: str) -> Iterator[Sandbox]:
    with frozen_sandbox() as api:
        # Registered when the processing has begun, so that there is one event.
        api.upload(b"a video")
        api.sandbox.teleport.webhook(url)
        api.sandbox.clock.advance(5)
        yield api.sandbox


@contextmanager
def ended_immersity(url: str) -> Iterator[Sandbox]:
    with frozen_media(credits=100) as media:
        assert media.transform("video", **video_request(media, url)).is_success
        media.sandbox.clock.advance(5)
        yield media.sandbox


@contextmanager
def ended_letsenhance(url: str) -> Iterator[Sandbox]:
    with frozen_media() as media:
        media.finished(media.source(), notify_url=url)
        yield media.sandbox


@contextmanager
def ended_hautai(url: str) -> Iterator[Sandbox]:
    with frozen_haut() as haut:
        assert haut.compute(haut.upload()["image_batch_id"]).is_success
        haut.sandbox.clock.advance(4)
        haut.sandbox.settle()
        # Registered when the first application is done, so that there is one event.
        register(haut, url)
        haut.sandbox.clock.advance(1)
        yield haut.sandbox


ENDED = {
    "teleport": ended_teleport,
    "immersity": ended_immersity,
    "letsenhance": ended_letsenhance,
    "hautai": ended_hautai,
}


@pytest.mark.parametrize("service", ENDED)
def test_what_is_not_taken_is_told_again_after_3_6_and_10_minutes_and_no_more(service: str) -> None:
    with receiver(500, 404, 400) as called, ENDED[service](called.url) as sandbox:
        counts = []
        for minutes in (0, 2.9, 0.1, 5.9, 0.1, 9.9, 0.1, 600):
            pass_time(sandbox, minutes)
            counts.append(len(called.calls))
        made = sandbox.deliveries
    assert counts == [1, 1, 2, 2, 3, 3, 4, 4]
    assert [(delivery.service, delivery.status) for delivery in made] == [
        *((service, status) for status in (500, 404, 400, 400)),
    ]
    assert [round((delivery.at - made[0].at) / 60) for delivery in made] == [0, 3, 9, 19]
    # Signatures and authorizations hold for what they were made for, so they are the same.
    assert len({delivery.content for delivery in made}) == 1
    assert all(delivery.headers == made[0].headers for delivery in made)


@pytest.mark.parametrize("service", ENDED)
def test_who_has_recovered_is_left_alone(service: str) -> None:
    with receiver(503, 200) as called, ENDED[service](called.url) as sandbox:
        for minutes in (0, 3, 60):
            pass_time(sandbox, minutes)
        assert len(called.calls) == 2


@pytest.mark.parametrize("service", ENDED)
def test_where_nobody_listens_it_is_tried_four_times(service: str) -> None:
    with ENDED[service](NOBODY) as sandbox:
        pass_time(sandbox, 0)
        pass_time(sandbox, 60)
        assert [delivery.status for delivery in sandbox.deliveries] == [None] * 4


@pytest.mark.parametrize("service", ENDED)
def test_a_delivery_can_be_repeated_as_it_was(service: str) -> None:
    with receiver(200, 503) as called, ENDED[service](called.url) as sandbox:
        sandbox.settle()
        pass_time(sandbox, 1440)
        (first,) = sandbox.deliveries
        late = sandbox.repeat(first)
        assert (late.status, late.at - first.at) == (503, 1440 * 60)
        # A repetition is the tester's own: it is not tried again.
        pass_time(sandbox, 60)
        assert sandbox.deliveries == [first, late]
    one, other = called.calls
    assert one == other


def test_a_delivery_shows_neither_its_address_nor_what_it_told(haut: Haut) -> None:
    register(haut, f"{NOBODY}?token=CANARY")
    image = haut.analysed()
    haut.sandbox.settle()
    shown = repr(haut.sandbox.deliveries)
    assert "hautai" in shown
    for secret in ("CANARY", "s3cret", image["id"], "Signature"):
        assert secret not in shown
