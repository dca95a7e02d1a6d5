"""Services that refuse, limit, redirect, or mistake the time. A number in a test's name is a row of the table."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

import safelight
from safelight import Progress
from safelight.sandbox import Sandbox
from tests.conftest import FakeClock
from tests.e2e.conftest import PART, Face, LinkedClock
from tests.e2e.uploads import PARTS, arrived_whole, counts
from tests.faults.server import Answering, Asked

HOURS = 3600.0
Client = Callable[..., Any]


def as_date(moment: float) -> str:
    return format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True)


def asks_for(seconds: float, sandbox: Sandbox, form: str) -> dict[str, str]:
    """A Retry-After of so many seconds, by the sandbox's clock."""
    return {"Retry-After": str(seconds) if form == "seconds" else as_date(sandbox.clock.now() + seconds)}


@pytest.mark.fault(2)
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_2_a_question_is_asked_again_after_pauses_within_a_bound_that_doubles(
    face: Face, sandbox: Sandbox, status: int
) -> None:
    sandbox.fault("share_metadata", status=status, times=None)
    kind = {408: safelight.InvalidRequest, 429: safelight.RateLimited}.get(status, safelight.ServerError)
    with pytest.raises(kind):
        face.metadata("any")
    pauses = face.clock.sleeps
    if status == 429:  # it was not accepted, and only the timeout ends the tries
        assert len(pauses) > 4
        assert sum(pauses) <= 120
    else:
        assert sandbox.count("share_metadata") == 1 + len(pauses) == 5
    assert all(pause <= min(30, 0.5 * 2**number) for number, pause in enumerate(pauses))
    assert len(set(pauses)) == len(pauses)  # full jitter: many clients do not come back all at once


@pytest.mark.fault(2)
@pytest.mark.fault(15)
@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize("status", [429, 503])
def test_2_15_a_service_is_given_the_time_that_it_asks_for_whatever_the_clock_here_says(
    face: Face, sandbox: Sandbox, status: int, form: str
) -> None:
    sandbox.fault("share_metadata", status=status, headers=asks_for(40, sandbox, form))
    with pytest.raises(safelight.NotFound):
        face.metadata("nobody")
    assert len(face.clock.sleeps) == 1
    assert face.clock.sleeps[0] == pytest.approx(40, abs=2)


@pytest.mark.fault(2)
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_2_a_service_that_asks_for_more_than_the_timeout_is_the_callers_to_wait_for(
    face: Face, sandbox: Sandbox, form: str
) -> None:
    sandbox.fault("share_metadata", status=429, headers=asks_for(86400, sandbox, form))
    with pytest.raises(safelight.RateLimited, match="Try again in") as caught:
        face.metadata("any")
    assert caught.value.retry_after == pytest.approx(86400, abs=2)
    assert face.clock.sleeps == []


@pytest.mark.fault(2)
@pytest.mark.fault(15)
@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize(("asked", "given"), [(20, 20), (86400, 120)])
def test_2_15_a_store_is_given_the_time_that_it_asks_for_up_to_two_minutes(
    face: Face, sandbox: Sandbox, video: Path, asked: float, given: float, form: str
) -> None:
    headers = {**asks_for(asked, sandbox, form), "Date": as_date(sandbox.clock.now())}
    sandbox.fault("part", part=2, status=503, headers=headers)
    face.upload(video, concurrency=1)
    arrived_whole(sandbox, video)
    assert max(face.clock.sleeps) == pytest.approx(given, abs=2)


@pytest.mark.fault(13)
@pytest.mark.fault(14)
def test_13_tokens_that_end_in_the_middle_of_an_upload_are_replaced_once(
    face: Face, sandbox: Sandbox, video: Path
) -> None:
    revoked = threading.Event()

    def revoke(progress: Progress) -> None:
        if progress.done and not revoked.is_set():
            revoked.set()
            sandbox.tokens.revoke_all()

    sandbox.fault("part", seconds=0.15, times=4)
    face.upload(video, concurrency=4, on_progress=revoke)
    assert revoked.is_set()
    arrived_whole(sandbox, video)
    assert sandbox.count("token") == 2
    assert counts(sandbox) == [1] * PARTS


@pytest.mark.fault(13)
def test_13_a_token_that_is_refused_again_is_not_asked_for_again(face: Face, sandbox: Sandbox) -> None:
    sandbox.fault("share_metadata", status=401, times=None)
    with pytest.raises(safelight.AuthError, match="Check the credentials"):
        face.metadata("any")
    assert sandbox.count("share_metadata") == 2
    assert sandbox.count("token") == 2


@pytest.mark.fault(14)
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503, "headers": {"Retry-After": "9"}},
        {"kind": "garbage", "body": "<html>Please wait</html>"},
        {"kind": "garbage", "body": '{"access_token": null}'},
        {"kind": "garbage", "body": '{"access_tok'},
        {"kind": "truncate", "keep": 20},
        {"kind": "reset", "when": "after"},
        {"status": 302, "headers": {"Location": "/elsewhere"}},
    ],
    ids=str,
)
def test_14_a_token_endpoint_that_fails_is_asked_again(face: Face, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.fault("token", times=2, **fault)
    if fault.get("status") == 302:
        with pytest.raises(safelight.UnexpectedReply):
            face.metadata("nobody")
        return
    with pytest.raises(safelight.NotFound):
        face.metadata("nobody")
    assert sandbox.count("token") == 3


@pytest.mark.fault(14)
def test_14_a_token_is_replaced_a_minute_before_it_ends(
    teleport: Client, sandbox: Sandbox, linked: LinkedClock
) -> None:
    client = teleport()
    for seconds, tokens in ((0, 1), (3500, 1), (45, 2)):
        linked.advance(seconds)
        assert list(client.captures()) == []
        assert sandbox.count("token") == tokens
    assert {record.status for record in sandbox.requests} == {200}


@pytest.mark.fault(15)
@pytest.mark.parametrize("hours", [-9, 9])
def test_15_a_clock_that_is_hours_off_changes_nothing(
    face: Face, sandbox: Sandbox, video: Path, tmp_path: Path, hours: float
) -> None:
    face.clock._now = sandbox.clock.now() + hours * HOURS
    sandbox.fault("create_capture", kind="reset", when="after")  # found in the list by the service's own time
    capture = face.wait(face.upload(video).eid)
    arrived_whole(sandbox, video)
    assert face.download(capture.sid, tmp_path / "a.ply").stat().st_size > 0
    assert sandbox.count("token") == 3  # a client for each call, and a token for each
    assert 401 not in {record.status for record in sandbox.requests}


class Set(FakeClock):
    """A clock that somebody sets while it is waited by."""

    def __init__(self, by: float) -> None:
        super().__init__()
        self._by = by
        self._set = 0.0

    def now(self) -> float:
        return super().now() + self._set

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self._set += self._by


@pytest.mark.fault(15)
@pytest.mark.parametrize("hours", [-9, 9])
def test_15_a_clock_that_is_set_meanwhile_neither_ends_nor_prolongs_a_wait(
    face: Face, sandbox: Sandbox, video: Path, hours: float
) -> None:
    eid = face.upload(video).eid
    face.settings["clock"] = clock = Set(hours * HOURS)
    begun = clock.monotonic()
    with pytest.raises(safelight.JobTimeout):
        face.wait(eid, timeout=300)
    assert clock.monotonic() - begun == pytest.approx(300, abs=1)
    assert len(clock.sleeps) > 10


@pytest.mark.fault(22)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("operation", ["token", "share_metadata"])
def test_22_credentials_do_not_follow_a_redirect(face: Face, sandbox: Sandbox, operation: str, status: int) -> None:
    with Answering(lambda asked: asked.reply(content=b"{}")) as other:
        sandbox.fault(operation, status=status, headers={"Location": f"{other.address}/here"}, times=None)
        with pytest.raises(safelight.UnexpectedReply):
            face.metadata("any")
        assert other.asked == []


@pytest.mark.fault(22)
def test_22_a_password_does_not_follow_a_redirect(hautai: Client, sandbox: Sandbox) -> None:
    with Answering(lambda asked: asked.reply(content=b"{}")) as other:
        sandbox.fault("login", status=307, headers={"Location": f"{other.address}/here"}, times=None)
        with pytest.raises(safelight.UnexpectedReply):
            hautai().create_subject("x")
        assert other.asked == []


SECRETS = {"authorization", "x-api-key", "cookie", "proxy-authorization"}


@pytest.mark.fault(22)
@pytest.mark.fault(23)
@pytest.mark.parametrize("status", [307, 308])
def test_22_23_a_part_that_is_sent_elsewhere_goes_whole_and_without_credentials(
    face: Face, sandbox: Sandbox, video: Path, status: int
) -> None:
    bodies: list[bytes] = []

    def take(asked: Asked) -> None:
        bodies.append(asked.read())
        asked.reply(headers={"ETag": '"opaque"'})

    with Answering(take) as other:
        moved = {"Location": f"{other.address}/moved?signature=other", "Set-Cookie": "session=1"}
        sandbox.fault("part", part=2, status=status, headers=moved)
        with pytest.raises(safelight.InvalidRequest):  # the sandbox never got the part
            face.upload(video, concurrency=1)
    assert bodies == [video.read_bytes()[PART : 2 * PART]]
    (asked,) = other.asked
    assert asked.method == "PUT"
    assert not SECRETS & asked.headers.keys()
    assert asked.headers["content-length"] == str(PART)


@pytest.mark.fault(22)
def test_22_a_download_that_is_elsewhere_is_fetched_without_credentials(
    face: Face, sandbox: Sandbox, video: Path, tmp_path: Path
) -> None:
    capture = face.wait(face.upload(video).eid)
    with Answering(lambda asked: asked.reply(content=b"ply\n")) as other:
        for status in (301, 302, 303, 307, 308):
            sandbox.fault("object", status=status, headers={"Location": f"{other.address}/moved", "Set-Cookie": "s=1"})
            face.download(capture.sid, tmp_path / f"{status}.ply")
            assert (tmp_path / f"{status}.ply").read_bytes() == b"ply\n"
    assert len(other.asked) == 5
    assert not [asked.headers for asked in other.asked if SECRETS & asked.headers.keys()]


@pytest.mark.fault(29)
def test_29_a_capture_that_the_list_does_not_have_yet_is_waited_for(face: Face, sandbox: Sandbox, video: Path) -> None:
    eid = face.upload(video).eid
    sandbox.fault("list_captures", kind="garbage", body="[]", times=2)
    assert face.wait(eid).state == "READY"
    sandbox.fault("list_captures", kind="garbage", body="[]", times=None)
    begun = face.clock.monotonic()
    with pytest.raises(safelight.NotFound, match="no capture"):
        face.wait(eid)
    assert face.clock.monotonic() - begun < 60


@pytest.mark.fault(31)
@pytest.mark.parametrize("operation", ["create_upload_url", "complete_upload"])
def test_31_an_upload_that_is_refused_on_the_way_keeps_what_it_has(
    face: Face, sandbox: Sandbox, video: Path, operation: str
) -> None:
    sandbox.fault(operation, status=402, after=3 if operation == "create_upload_url" else 0, times=None)
    with pytest.raises(safelight.OutOfCredits, match="Buy credits"):
        face.upload(video, concurrency=1)
    assert sandbox.count(operation) <= 5
    sandbox.clear_faults()
    face.upload(video, concurrency=1)
    arrived_whole(sandbox, video)
    assert counts(sandbox) == [1] * PARTS
    assert len(sandbox.teleport.captures) == 1
