"""Replies that are cut, packed, of another kind, or say what nobody knows. A number in a name is a row of the table."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import safelight
from safelight import AsyncLetsEnhance, LetsEnhance, Progress
from safelight.letsenhance import Marketplace
from safelight.sandbox import Sandbox
from tests.conftest import FakeClock
from tests.e2e.conftest import Face
from tests.e2e.twins import Twins
from tests.faults.server import Answering, Asked, head

Client = Callable[..., Any]
CANARY = "https://s3.test/x?X-Amz-Signature=CANARY Bearer CANARY"


@pytest.fixture
def asking(twins: Twins, clock: FakeClock) -> Callable[[str], Any]:
    """A client that asks a service for its usage, by its key alone."""
    return lambda base_url: twins(LetsEnhance, AsyncLetsEnhance)(
        api_key="KEY", base_url=base_url, clock=clock, max_retries=0
    )


Asking = Callable[[str], Any]


@pytest.mark.fault(18)
@pytest.mark.parametrize("kind", ["text/html", "application/json", "image/png", ""])
def test_18_a_page_in_place_of_a_reply_is_an_error_that_shows_its_beginning_and_no_secret(
    asking: Asking, kind: str
) -> None:
    page = f"<html><title>Maintenance</title>{CANARY}</html>".encode()
    with (
        Answering(lambda asked: asked.reply(200, page, {"Content-Type": kind})) as service,
        pytest.raises(safelight.UnexpectedReply, match="Maintenance") as caught,
    ):
        asking(service.address).usage()
    assert "CANARY" not in str(caught.value) + repr(caught.value)
    assert caught.value.status == 200


@pytest.mark.fault(18)
def test_18_a_page_in_place_of_a_token_is_an_error_that_says_so(face: Face, sandbox: Sandbox) -> None:
    sandbox.fault("token", kind="garbage", body=f"<html>Sign in{CANARY}</html>", times=None)
    with pytest.raises(safelight.UnexpectedReply, match="holds no token") as caught:
        face.metadata("any")
    assert "CANARY" not in str(caught.value)


WRONG = ["{", "", "null", "[]", '"text"', "7", '{"usage": {"a":', "\xff", "NaN"]


@pytest.mark.fault(19)
@pytest.mark.parametrize("body", WRONG, ids=lambda body: repr(body[:10]))
def test_19_what_does_not_fit_the_contract_is_a_typed_error(face: Face, sandbox: Sandbox, body: str) -> None:
    sandbox.fault("share_metadata", kind="garbage", body=body.encode("latin-1") or b" ")
    with pytest.raises(safelight.UnexpectedReply, match="/metadata"):
        face.metadata("any")


@pytest.mark.fault(19)
@pytest.mark.parametrize(
    "wrong",
    [{"eid": None}, {"eid": 7}, {"created": "soon"}, {"created": 7}, {"state": None}, {"name": ["a"]}, {"state": {}}],
    ids=str,
)
def test_19_wrong_types_and_nulls_are_typed_errors_or_are_kept_as_they_are(
    face: Face, sandbox: Sandbox, video: Path, wrong: dict[str, Any]
) -> None:
    """A wait, which reads the list, never ends in anything but an error of ours."""
    eid = face.upload(video).eid
    listed = [{**told(sandbox, eid), **wrong}]
    sandbox.fault("list_captures", kind="garbage", body=json.dumps(listed), times=None)
    with pytest.raises(safelight.SafelightError) as caught:
        face.wait(eid, timeout=30)
    if isinstance(caught.value, safelight.UnexpectedReply):  # then what came is there for who can make sense of it
        assert [{**capture, "uploaded": None} for capture in caught.value.body] == [{**listed[0], "uploaded": None}]


def told(sandbox: Sandbox, eid: str) -> dict[str, Any]:
    """What the service says of a capture."""
    return dict(sandbox.teleport.captures[eid].as_json(zone=False))


@pytest.mark.fault(19)
@pytest.mark.fault("cut json")
@pytest.mark.parametrize("length", [True, False], ids=["shorter than announced", "ended by the connection"])
@pytest.mark.parametrize("keep", [0, 1, 20])
def test_19_json_that_was_cut_is_no_reply(asking: Asking, keep: int, length: bool) -> None:
    body = b'{"usage": [1, 2, 3], "more": true}'

    def cut(asked: Asked) -> None:
        headers = {"Content-Type": "application/json", **({"Content-Length": str(len(body))} if length else {})}
        asked.wire.sendall(head(200, headers) + body[:keep])
        asked.wire.close()

    kind = safelight.ConnectionFailed if length else safelight.UnexpectedReply
    with Answering(cut) as service, pytest.raises(kind):
        asking(service.address).usage()


@pytest.mark.fault(19)
def test_19_json_of_any_depth_is_a_typed_error(asking: Asking) -> None:
    deep = b"[" * 100_000
    with (
        Answering(lambda asked: asked.reply(200, deep)) as service,
        pytest.raises(safelight.UnexpectedReply, match="not JSON"),
    ):
        asking(service.address).usage()


@pytest.mark.fault(20)
@pytest.mark.fault(33)
@pytest.mark.parametrize("state", ["DREAMING", "ready", "CREATED"])
def test_20_33_a_state_that_nobody_knows_or_that_goes_back_means_wait(
    face: Face, sandbox: Sandbox, video: Path, state: str
) -> None:
    eid = face.upload(video).eid
    odd = [{**told(sandbox, eid), "state": state}]
    sandbox.fault("list_captures", kind="garbage", body=json.dumps(odd), after=2, times=3)
    seen: list[Progress] = []
    assert face.wait(eid, on_progress=seen.append).state == "READY"
    states = [progress.state for progress in seen]
    assert states[0] == "PROCESSING"
    assert states[2:5] == [state] * 3
    assert states[-1] == "READY"


@pytest.mark.fault(20)
def test_20_a_pipelines_state_that_nobody_knows_means_wait_and_is_told(letsenhance: Client, sandbox: Sandbox) -> None:
    job = letsenhance().submit(["https://pictures.test/cat.jpg"], Marketplace())
    reply = {"pipeline": {"id": int(job.id), "status": "DREAMING"}}
    sandbox.fault("get_pipeline", kind="garbage", body=json.dumps(reply), times=None)
    with pytest.raises(safelight.JobTimeout, match="DREAMING") as caught:
        job.result(timeout=60)
    assert caught.value.state == "DREAMING"


@pytest.mark.fault(33)
def test_33_a_job_that_never_ends_is_left_at_the_deadline_and_can_be_waited_for_again(
    face: Face, sandbox: Sandbox, video: Path
) -> None:
    eid = face.upload(video).eid
    begun = face.clock.monotonic()
    with pytest.raises(safelight.JobTimeout, match=eid) as caught:
        face.wait(eid, timeout=100)
    assert face.clock.monotonic() - begun == pytest.approx(100, abs=1)
    assert (caught.value.job_id, caught.value.state) == (eid, "PROCESSING")
    assert face.wait(eid).state == "READY"


def nested(content: bytes) -> bytes:
    return gzip.compress(gzip.compress(content))


@pytest.fixture
def small_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    for face in ("_sync", "_async"):
        monkeypatch.setattr(f"safelight.{face}.transport.LARGEST_REPLY", 100_000)


@pytest.mark.fault(21)
@pytest.mark.fault("bomb")
@pytest.mark.usefixtures("small_replies")
@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes), ("gzip, gzip", nested)],
    ids=["gzip", "deflate", "identity", "gzip twice"],
)
def test_21_a_reply_that_grows_without_end_is_given_up(
    asking: Asking, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    bomb = pack(b" " * 20_000_000)
    with Answering(lambda asked: asked.reply(200, bomb, {"Content-Encoding": coding})) as service:
        with pytest.raises(safelight.UnexpectedReply):
            asking(service.address).usage()
        assert {asked.headers["accept-encoding"] for asked in service.asked} == {"identity"}


@pytest.mark.fault(21)
def test_21_an_error_page_of_any_length_is_read_no_further_than_is_shown(
    face: Face, sandbox: Sandbox, video: Path
) -> None:
    sent: list[int] = []

    def endless(asked: Asked) -> None:
        asked.drop()
        asked.wire.sendall(head(400, {"Content-Type": "text/html"}))
        while True:
            sent.append(asked.wire.send(b"<p>sorry</p>" * 1000))

    with Answering(endless) as other:
        sandbox.fault("part", part=2, status=307, headers={"Location": f"{other.address}/x"})
        with pytest.raises(safelight.TransferError, match="400 <p>sorry"):
            face.upload(video, concurrency=1)
    assert sum(sent) < 20_000_000
