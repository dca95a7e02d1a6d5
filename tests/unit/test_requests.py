"""One request: credentials, retries, deadlines, and what replies turn into. A mock transport stands in for the wire."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

import safelight
from safelight import AsyncTeleport, Teleport
from safelight.replies import path_parameters
from tests.conftest import FakeClock

BASE = "https://teleport.test"
TOKEN = "https://signin.test/oauth2/token"
CAPTURE = {
    "eid": "eid-1",
    "sid": None,
    "name": "Garden",
    "created": "2025-10-06T18:55:42.733421",
    "uploaded": None,
    "state": "CREATED",
    "error_reason": None,
    "state_description": None,
    "error_reason_slug": None,
    "preview_urls": {},
    "preview_url": None,
    "viewer_url": None,
    "share_url": None,
    "share_link": None,
    "gif_url": None,
    "video_url": None,
    "share_video_url": None,
    "is_public": True,
}

Answer = Callable[[httpx.Request], httpx.Response]


class Wire:
    """Answers token requests, and gives all others to the answers in turn; the last answer stays."""

    def __init__(self, *answers: Answer | httpx.Response | Exception, token: Answer | None = None) -> None:
        self.answers = list(answers)
        self.token = token or (lambda _: httpx.Response(200, json={"access_token": "TOKEN-1", "expires_in": 3600}))
        self.requests: list[httpx.Request] = []
        self.token_requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth2/token":
            self.token_requests.append(request)
            return self.token(request)
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer


def client(wire: Wire, clock: FakeClock, **settings: Any) -> Teleport:
    settings = {"client_id": "ID", "client_secret": "SECRET-CANARY", "base_url": BASE, "token_url": TOKEN, **settings}
    return Teleport(transport=httpx.MockTransport(wire), clock=clock, **settings)


def reply(status: int = 200, body: Any = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, json=body, headers=named)


def test_timestamps_come_with_a_zone_and_unknown_states_survive(clock: FakeClock) -> None:
    wire = Wire(reply(body=[{**CAPTURE, "state": "DREAMING", "uploaded": "Mon, 06 Oct 2025 18:56:00 GMT"}]))
    (capture,) = client(wire, clock).captures()
    assert capture.created.isoformat() == "2025-10-06T18:55:42.733421+00:00"
    assert capture.uploaded is not None
    assert capture.uploaded.isoformat() == "2025-10-06T18:56:00+00:00"
    assert capture.state == "DREAMING"


def test_a_service_without_credentials_says_which_are_missing() -> None:
    with pytest.raises(safelight.ConfigError, match="TELEPORT_CLIENT_ID"):
        Teleport()
    with pytest.raises(safelight.ConfigError, match="TELEPORT_CLIENT_SECRET"):
        Teleport(client_id="ID")
    with pytest.raises(safelight.ConfigError, match="base_url"):
        Teleport(client_id="ID", client_secret="S", base_url="teleport.varjo.com")


def test_the_environment_is_read_and_arguments_win(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    monkeypatch.setenv("TELEPORT_CLIENT_ID", "from-env")
    monkeypatch.setenv("TELEPORT_CLIENT_SECRET", "secret-from-env")
    monkeypatch.setenv("TELEPORT_BASE_URL", "https://env.test/")
    monkeypatch.setenv("TELEPORT_TOKEN_URL", TOKEN)
    wire = Wire(reply(body=[]))
    teleport = Teleport(client_id="argument", transport=httpx.MockTransport(wire), clock=clock)
    assert list(teleport.captures()) == []
    assert wire.requests[0].url.host == "env.test"
    form = wire.token_requests[0].content.decode()
    assert form == "grant_type=client_credentials&client_id=argument&client_secret=secret-from-env"


def test_one_token_serves_many_requests_and_is_renewed_before_it_ends(clock: FakeClock) -> None:
    wire = Wire(reply(body=[]))
    teleport = client(wire, clock)
    for seconds in (0, 1800, 1700, 45):
        clock.advance(seconds)
        assert list(teleport.captures()) == []
    assert len(wire.token_requests) == 2
    assert wire.requests[0].headers["authorization"] == "Bearer TOKEN-1"


def test_a_refused_token_is_renewed_once(clock: FakeClock) -> None:
    tokens = iter(["OLD", "NEW", "NEWER"])
    wire = Wire(
        lambda request: httpx.Response(200 if request.headers["authorization"] == "Bearer NEW" else 401, json=[]),
        token=lambda _: httpx.Response(200, json={"access_token": next(tokens)}),
    )
    assert list(client(wire, clock).captures()) == []
    assert len(wire.token_requests) == 2
    always = Wire(reply(401, {"detail": "no"}))
    with pytest.raises(safelight.AuthError, match="Check the credentials"):
        list(client(always, clock).captures())
    assert len(always.requests) == 2


@pytest.mark.parametrize("status", [400, 401])
def test_wrong_credentials_say_so_without_the_secret(clock: FakeClock, status: int) -> None:
    wire = Wire(reply(body=[]), token=reply(status, {"error": "invalid_client"}))
    with pytest.raises(safelight.AuthError, match="invalid_client") as caught:
        list(client(wire, clock).captures())
    assert "Check the client id" in str(caught.value)
    assert "SECRET-CANARY" not in "".join(traceback.format_exception(caught.value))
    assert wire.requests == []


def test_a_failing_token_endpoint_is_asked_again(clock: FakeClock) -> None:
    answers: Iterator[httpx.Response] = iter(
        [
            httpx.Response(503),
            httpx.Response(200, text="<html>please wait</html>"),
            httpx.Response(200, json={"access_token": "T", "expires_in": 60}),
        ]
    )
    wire = Wire(reply(body=[]), token=lambda _: next(answers))
    assert list(client(wire, clock).captures()) == []
    page = Wire(reply(body=[]), token=lambda _: httpx.Response(200, text="<html>"))
    with pytest.raises(safelight.UnexpectedReply, match="holds no token"):
        list(client(page, clock).captures())
    assert len(page.token_requests) == 3


def test_many_threads_share_one_token_request(clock: FakeClock) -> None:
    barrier = threading.Barrier(16)
    wire = Wire(reply(body=[]))
    teleport = client(wire, clock)

    def work() -> None:
        barrier.wait()
        list(teleport.captures())

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wire.requests) == 16
    assert len(wire.token_requests) == 1


def test_many_tasks_share_one_token_request_and_another_loop_is_noticed(clock: FakeClock) -> None:
    wire = Wire(reply(body=[]))

    async def answer(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return wire(request)

    teleport = AsyncTeleport(
        client_id="ID",
        client_secret="S",
        base_url=BASE,
        token_url=TOKEN,
        transport=httpx.MockTransport(answer),
        clock=clock,
    )

    async def work() -> list[Any]:
        return [capture async for capture in teleport.captures()]

    async def many() -> None:
        await asyncio.gather(*(work() for _ in range(200)))

    asyncio.run(many())
    asyncio.run(many())
    assert len(wire.requests) == 400
    assert len(wire.token_requests) == 1


def test_a_client_keeps_nothing_of_event_loops_that_have_ended(clock: FakeClock) -> None:
    teleport = AsyncTeleport(
        client_id="ID",
        client_secret="S",
        base_url=BASE,
        token_url=TOKEN,
        transport=httpx.MockTransport(Wire(reply(body=[]))),
        clock=clock,
    )

    async def work() -> list[Any]:
        return [capture async for capture in teleport.captures()]

    for _ in range(5):
        asyncio.run(work())
    assert len(teleport._http._things) <= 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(clock: FakeClock, status: int) -> None:
    wire = Wire(reply(status, location="https://evil.test/?token=x"))
    with pytest.raises(safelight.UnexpectedReply):
        list(client(wire, clock).captures())
    assert [request.url.host for request in wire.requests] == ["teleport.test"]


def test_the_token_goes_to_its_own_host_only(clock: FakeClock) -> None:
    wire = Wire(reply(body=[]))
    teleport = client(wire, clock)
    http = teleport.api.get_httpx_client()
    http.get("https://elsewhere.test/api/v1/captures")
    http.get("http://teleport.test/api/v1/captures")
    http.get("https://teleport.test:8443/api/v1/captures")
    http.get("/api/v1/captures")
    assert ["authorization" in request.headers for request in wire.requests] == [False, False, False, True]


ERRORS = [
    (400, {"detail": "odd"}, safelight.InvalidRequest),
    (401, {"detail": "who?"}, safelight.AuthError),
    (402, {"errorCode": "NOT_ENOUGH_CREDIT_BALANCE"}, safelight.OutOfCredits),
    (403, {"detail": "no plan"}, safelight.AuthError),
    (404, {"detail": "gone"}, safelight.NotFound),
    (409, {"detail": "twice"}, safelight.InvalidRequest),
    (418, None, safelight.InvalidRequest),
    (429, {"detail": "slow down"}, safelight.RateLimited),
    (499, None, safelight.InvalidRequest),
    (500, {"detail": "oops"}, safelight.ServerError),
    (520, None, safelight.ServerError),
    (599, None, safelight.ServerError),
]


@pytest.mark.parametrize(("status", "body", "kind"), ERRORS)
def test_each_status_has_its_error(clock: FakeClock, status: int, body: Any, kind: type[safelight.APIError]) -> None:
    wire = Wire(reply(status, body, x_request_id="req-7"))
    with pytest.raises(kind) as caught:
        client(wire, clock, max_retries=0).rename("eid-1", "x")
    error = caught.value
    assert type(error) is kind
    assert error.status == status
    assert error.method == "PUT"
    assert error.url == f"{BASE}/api/v1/captures/eid-1"
    assert error.request_id == "req-7"
    assert error.body == body


def test_fastapis_complaints_are_read_as_a_list_and_as_a_text(clock: FakeClock) -> None:
    details = [{"loc": ["body", "name"], "msg": "field required", "type": "value_error.missing"}]
    with pytest.raises(safelight.InvalidRequest, match=r"body\.name: field required") as caught:
        client(Wire(reply(422, {"detail": details})), clock).rename("eid-1", "x")
    assert caught.value.details == details
    with pytest.raises(safelight.InvalidRequest, match="just a text"):
        client(Wire(reply(422, {"detail": "just a text"})), clock).rename("eid-1", "x")


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(200, html="<html>maintenance</html>"),
        lambda _: httpx.Response(200, text='[{"eid": "a'),
        lambda _: httpx.Response(200, content=b""),
        lambda _: httpx.Response(200, content=b"\xff\xfe\x00"),
        lambda _: httpx.Response(200, json={"not": "a list"}),
        lambda _: httpx.Response(200, json=[{"eid": "only"}]),
        lambda _: httpx.Response(200, json=[{**CAPTURE, "created": "yesterday-ish, maybe"}]),
        lambda _: httpx.Response(200, json=[None]),
        lambda _: httpx.Response(206, json=[]),
    ],
)
def test_a_reply_that_does_not_fit_is_a_typed_error(clock: FakeClock, answer: Answer) -> None:
    with pytest.raises(safelight.UnexpectedReply) as caught:
        list(client(Wire(answer), clock).captures())
    assert "/api/v1/captures" in str(caught.value)


def test_a_compressed_bomb_is_refused_before_it_is_unpacked(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight._sync.transport.LARGEST_REPLY", 100_000)
    bomb = gzip.compress(b" " * 50_000_000)
    wire = Wire(lambda _: httpx.Response(200, stream=httpx.ByteStream(bomb), headers={"content-encoding": "gzip"}))
    with pytest.raises(safelight.UnexpectedReply, match="larger than 100000 bytes"):
        list(client(wire, clock).captures())


def test_a_reply_that_drips_ends_at_the_deadline(clock: FakeClock) -> None:
    class Drip(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                clock.advance(10)
                yield b" "

    wire = Wire(lambda _: httpx.Response(200, stream=Drip()))
    begun = clock.monotonic()
    with pytest.raises(safelight.ConnectionFailed, match="too slowly"):
        list(client(wire, clock, timeout=60).captures())
    assert clock.monotonic() - begun <= 80


def test_a_rate_limit_is_waited_for(clock: FakeClock) -> None:
    wire = Wire(reply(429, retry_after="7"), reply(429, retry_after="Thu, 01 Jan 1970 00:00:00 GMT"), reply(body=[]))
    assert list(client(wire, clock).captures()) == []
    assert 7.0 <= clock.sleeps[0] <= 7.5


def test_a_wait_that_does_not_fit_into_the_timeout_is_the_callers(clock: FakeClock) -> None:
    with pytest.raises(safelight.RateLimited, match="Try again in 3600 s") as caught:
        list(client(Wire(reply(429, retry_after="3600")), clock, timeout=60).captures())
    assert caught.value.retry_after == 3600
    assert clock.sleeps == []


def test_retries_are_counted(clock: FakeClock) -> None:
    wire = Wire(reply(500))
    with pytest.raises(safelight.ServerError):
        list(client(wire, clock, max_retries=2).captures())
    assert len(wire.requests) == 3


@pytest.mark.parametrize(
    "error", [httpx.ReadError("reset"), httpx.ReadTimeout("stall"), httpx.RemoteProtocolError("x")]
)
def test_a_lost_reply_to_a_harmless_request_is_asked_for_again(clock: FakeClock, error: Exception) -> None:
    wire = Wire(error, error, reply(body=[CAPTURE]))
    assert len(list(client(wire, clock).captures())) == 1
    assert len(wire.requests) == 3


def test_a_delete_whose_first_reply_was_lost_is_a_success(clock: FakeClock) -> None:
    client(Wire(httpx.ReadError("reset"), reply(404, {"detail": "gone"})), clock).delete("eid-1")
    with pytest.raises(safelight.NotFound):
        client(Wire(reply(404, {"detail": "gone"})), clock).delete("eid-1")


def test_a_service_that_cannot_be_reached_is_named(clock: FakeClock) -> None:
    with pytest.raises(safelight.ConnectionFailed, match=r"https://teleport\.test/api/v1/captures"):
        list(client(Wire(httpx.ConnectError("refused")), clock).captures())
    lost_token = Wire(reply(body=[]), token=lambda _: (_ for _ in ()).throw(httpx.ConnectError("refused")))
    with pytest.raises(safelight.ConnectionFailed, match=r"signin\.test"):
        list(client(lost_token, clock).captures())


@pytest.mark.parametrize("eid", ["", " ", ".", "..", None])
def test_an_id_that_would_make_another_path_is_refused(clock: FakeClock, eid: Any) -> None:
    wire = Wire(reply(204))
    with pytest.raises(safelight.ConfigError, match="eid is"):
        client(wire, clock).delete(eid)
    with pytest.raises(safelight.ConfigError, match="sid is"):
        client(wire, clock).metadata(eid)
    assert wire.requests == []


def test_slashes_in_an_id_stay_in_it(clock: FakeClock) -> None:
    wire = Wire(reply(204))
    client(wire, clock).delete("../../v2?x=1#y")
    assert wire.requests[0].url.raw_path == b"/api/v1/captures/..%2F..%2Fv2%3Fx%3D1%23y"


def test_path_parameters_are_told_from_the_generated_signature() -> None:
    from safelight_api.teleport.api.captures import create_upload_url, list_captures

    assert path_parameters(create_upload_url) == ("eid", "part_no")
    assert path_parameters(list_captures) == ()


def test_pages_are_walked_to_the_short_one_and_nothing_comes_twice(clock: FakeClock) -> None:
    everything = [{**CAPTURE, "eid": f"eid-{number}"} for number in range(60)]

    def page(request: httpx.Request) -> httpx.Response:
        query = request.url.params
        start = int(query["offset"]) - (1 if query["offset"] != "0" else 0)  # one was created in between
        return httpx.Response(200, json=everything[start : start + int(query["limit"])])

    wire = Wire(page)
    eids = [capture.eid for capture in client(wire, clock).captures()]
    assert len(eids) == len(set(eids))
    assert set(eids) == {capture["eid"] for capture in everything}


def test_the_generated_client_is_authenticated_and_shows_no_secret(clock: FakeClock) -> None:
    from safelight_api.teleport.api.captures import list_captures

    teleport = client(Wire(reply(body=[CAPTURE])), clock)
    captures = list_captures.sync(client=teleport.api)
    assert isinstance(captures, list)
    for shown in (repr(teleport), repr(teleport.api), repr(vars(teleport))):
        assert "SECRET-CANARY" not in shown
        assert "TOKEN-1" not in shown


def test_a_models_repr_does_not_show_signatures_but_the_value_is_whole(clock: FakeClock) -> None:
    url = "https://cdn.test/model.ply?X-Amz-Signature=CANARY-SIGNATURE"
    metadata = {
        "eid": "eid-1",
        "name": "x",
        "segmented_capture_eid": None,
        "profile_name": "ply",
        "lod": False,
        "model_urls": [url],
        "cameras": [],
        "models": [{"url": url, "size": 1, "id": None, "aabb": None, "resolution_range": None, "parent": None}],
    }
    value = client(Wire(reply(body=metadata)), clock).metadata("sid-1")
    assert value.models[0].url == url
    assert json.dumps(value.to_dict()["model_urls"]) == json.dumps([url])
    assert "CANARY" not in repr(value)


def test_what_the_service_says_is_shown_without_signatures_and_tokens(clock: FakeClock) -> None:
    said = "cannot read https://bucket.test/a.jpg?X-Amz-Signature=CANARY with Bearer CANARY.CANARY"
    with pytest.raises(safelight.InvalidRequest) as caught:
        client(Wire(reply(400, {"detail": said})), clock).rename("eid-1", "x")
    assert "CANARY" not in str(caught.value)
    assert "https://bucket.test/a.jpg?..." in str(caught.value)


def test_nothing_secret_is_logged(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        list(client(Wire(reply(body=[CAPTURE])), clock).captures())
    assert "teleport.test" in caplog.text
    assert "CANARY" not in caplog.text
    assert "TOKEN-1" not in caplog.text


@pytest.mark.parametrize(("name", "value"), [("timeout", 0), ("timeout", -1), ("max_retries", -1)])
def test_settings_that_make_no_sense_are_refused(clock: FakeClock, name: str, value: int) -> None:
    with pytest.raises(safelight.ConfigError, match=name):
        client(Wire(reply()), clock, **{name: value})
