"""No secret, token or signature is in any log, message, repr or traceback: canaries are looked for in all of them."""

from __future__ import annotations

import asyncio
import itertools
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import safelight
from safelight import AsyncTeleport, Teleport
from safelight.sandbox import Sandbox
from tests.e2e.conftest import Face

CANARIES = ("CANARY", "X-Amz-", "Signature=")


@pytest.fixture(autouse=True)
def canaries(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = itertools.count()
    monkeypatch.setattr("safelight.sandbox.oauth.secrets.token_urlsafe", lambda _=0: f"CANARY-{next(numbers)}")


def assert_clean(text: str) -> None:
    found = [line for line in text.splitlines() if any(canary in line for canary in CANARIES)]
    assert found == []


def test_the_canaries_are_really_in_use(sandbox: Sandbox) -> None:
    assert sandbox.env["TELEPORT_CLIENT_SECRET"].startswith("CANARY")
    assert sandbox.tokens.issue().startswith("CANARY")


@pytest.mark.fault("logs")
def test_logs_at_debug_are_clean_from_upload_to_download(
    face: Face, sandbox: Sandbox, video: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fault("part", part=2, status=403, body="expired")
    sandbox.fault("part", part=3, kind="reset")
    sandbox.fault("object", kind="truncate", keep=1000)
    with caplog.at_level(logging.DEBUG):
        capture = face.upload(video)
        capture = face.wait(capture.eid)
        face.download(capture.sid, tmp_path / "a.ply")
    ours = [record for record in caplog.records if not record.name.startswith(("asyncio", "safelight.sandbox"))]
    assert any(record.name == "httpx" and "PUT" in record.getMessage() for record in ours)
    assert_clean("\n".join(f"{record.getMessage()} {record.args}" for record in ours))


def failures(sandbox: Sandbox) -> list[tuple[str, Callable[[], None], Callable[[Any, Path, Path], Any]]]:
    return [
        (
            "a store that refuses",
            lambda: sandbox.fault(
                "part", status=403, times=None, body="https://s.test/?X-Amz-Signature=CANARY expired"
            ),
            lambda face, video, _: face.upload(video),
        ),
        (
            "a store that fails",
            lambda: sandbox.fault("part", status=500, times=None, body="Authorization: Bearer CANARY"),
            lambda face, video, _: face.upload(video),
        ),
        (
            "a store that resets",
            lambda: sandbox.fault("part", kind="reset", times=None),
            lambda face, video, _: face.upload(video),
        ),
        (
            "a service that fails",
            lambda: sandbox.fault("create_upload_url", status=500, times=None, body='{"detail": "Bearer CANARY"}'),
            lambda face, video, _: face.upload(video),
        ),
        (
            "a reply that does not fit",
            lambda: sandbox.fault(
                "create_upload_url", kind="garbage", times=None, body='{"upload_url": "https://s.test/?sig=CANARY"}'
            ),
            lambda face, video, _: face.upload(video),
        ),
        (
            "an address that is none",
            lambda: sandbox.fault(
                "create_upload_url",
                kind="garbage",
                times=None,
                body='{"upload_url": "s3://s?sig=CANARY", "eid": "e", "chunk_size": 1}',
            ),
            lambda face, video, _: face.upload(video),
        ),
        (
            "a token endpoint that fails",
            lambda: sandbox.fault("token", status=500, times=None, body='{"error": "CANARY"}'),
            lambda face, video, _: face.upload(video),
        ),
        (
            "a token endpoint that repeats what it was told",
            lambda: sandbox.fault(
                "token", status=400, times=None, body=f'{{"error": "no {sandbox.env["TELEPORT_CLIENT_SECRET"]}"}}'
            ),
            lambda face, video, _: face.upload(video),
        ),
    ]


@pytest.mark.parametrize("number", range(8))
@pytest.mark.fault("logs")
def test_messages_reprs_and_tracebacks_of_failures_are_clean(
    face: Face, sandbox: Sandbox, video: Path, tmp_path: Path, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    _, arrange, act = failures(sandbox)[number]
    arrange()
    with caplog.at_level(logging.DEBUG), pytest.raises(safelight.SafelightError) as caught:
        act(face, video, tmp_path)
    assert_clean("".join(traceback.format_exception(caught.value)))
    assert_clean(repr(caught.value))
    assert_clean("\n".join(record.getMessage() for record in caplog.records))


def test_wrong_secrets_and_lost_tokens_are_not_told(face: Face, sandbox: Sandbox) -> None:
    face.settings["client_secret"] = "CANARY-wrong"
    with pytest.raises(safelight.AuthError) as caught:
        face.rename("eid", "x")
    assert_clean("".join(traceback.format_exception(caught.value)))


def test_reprs_of_clients_and_models_are_clean(face: Face, sandbox: Sandbox, video: Path) -> None:
    with Teleport(**face.settings) as teleport:
        capture = teleport.wait(teleport.upload(video).eid)
        assert capture.sid is not None
        for thing in (
            teleport,
            teleport.api,
            capture,
            teleport.metadata(capture.sid),
            teleport.metadata_v2(capture.sid),
        ):
            assert_clean(repr(thing))

    async def main() -> None:
        async with AsyncTeleport(**face.settings) as teleport:
            assert_clean(repr(teleport) + repr(teleport.api))

    asyncio.run(main())


def test_nothing_on_the_disk_holds_a_secret(face: Face, sandbox: Sandbox, video: Path, state_dir: Path) -> None:
    sandbox.fault("part", part=5, status=400, times=None)
    with pytest.raises(safelight.TransferError):
        face.upload(video)
    journals = list((state_dir / "uploads").iterdir())
    assert journals
    for path in journals:
        assert_clean(path.read_bytes().decode("latin-1"))
