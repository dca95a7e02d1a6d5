"""Texts that services choose: they move no cursor, begin no line of a log, lead out of no folder and stop no clock."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import safelight
from safelight._sync.files import target_of
from safelight.cli.output import message, printable
from safelight.errors import APIError, ConfigError, JobFailed, TransferError
from safelight.pipelines import clean_name
from safelight.redaction import redacted
from safelight.sandbox import Sandbox
from safelight.stores.refusals import Refusal
from safelight.webhooks.events import event_of
from tests.security.conftest import ASK

Client = Callable[..., Any]

ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\n2026-01-01 INFO paid\u2028\u202egnp.exe\x00\x7f\x85"
OPERATIONS = {"teleport": "list_captures", "letsenhance": "get_usage", "hautai": "list_subjects"}


def is_one_line(text: str) -> bool:
    return len(text.splitlines()) <= 1 and all(character.isprintable() or character == " " for character in text)


@pytest.mark.parametrize("service", OPERATIONS)
def test_what_a_service_says_of_an_error_is_one_line(client: Client, sandbox: Sandbox, service: str) -> None:
    asking = client(service)
    for body in (json.dumps({"detail": ESCAPES}), json.dumps({"detail": [{"msg": ESCAPES}]}), f"<h1>{ESCAPES}</h1>"):
        sandbox.fault(OPERATIONS[service], kind="status", status=400, body=body)
        with pytest.raises(safelight.SafelightError) as caught:
            ASK[service](asking)
        assert is_one_line(str(caught.value))


@pytest.mark.parametrize(
    "error",
    [
        TransferError(f"could not be sent: 400 {ESCAPES}"),
        ConfigError(f"{ESCAPES} is no id"),
        JobFailed(f"Teleport could not make the capture {ESCAPES}", job_id="x"),
        APIError(ESCAPES, status=400, method="GET", url=f"https://a.test/{ESCAPES}", request_id=ESCAPES, advice="Go."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_message_is_one_line(error: safelight.SafelightError) -> None:
    assert is_one_line(str(error))
    assert is_one_line(printable(message(error)))


def test_what_an_event_tells_is_one_line() -> None:
    for facts in (
        {"eid": "e", "state": f"FAILED{ESCAPES}", "error_reason": f"no{ESCAPES}"},
        {"eid": f"e{ESCAPES}", "state": "READY"},
    ):
        event = event_of("teleport", facts)
        assert all(is_one_line(text) for text in (event.job_id, event.state, event.reason) if text)


def test_a_store_says_nothing_in_several_lines() -> None:
    error = Exception(f"Server returned non-2xx status code: 400: <Code>X{ESCAPES}</Code><Message>{ESCAPES}</Message>")
    assert is_one_line(str(Refusal.of(error)))


@given(st.text())
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_text_survives_redaction_with_control_characters(text: str) -> None:
    assert not set(redacted(text)) & set(map(chr, [*range(32), *range(127, 160), 0x2028, 0x2029, 0x202E]))


LONG = {
    "addresses": "http://" * 100_000,
    "addresses with users": "https://a:b" * 100_000,
    "bearers": "bearer " * 100_000,
    "bearers and blanks": "bearer" + " " * 500_000 + "bearer" * 10_000,
    "signatures": "X-Amz-Signature" * 50_000,
    "questions": "http://a?" * 100_000,
    "at signs": "http://" + "@" * 500_000,
}


@pytest.mark.parametrize("kind", LONG)
def test_long_texts_take_no_long_time(kind: str) -> None:
    """Time of this thread's own, so that a busy machine does not matter; what goes back and forth takes minutes."""
    begun = time.thread_time()
    redacted(LONG[kind])
    assert time.thread_time() - begun < 3


@pytest.mark.parametrize(
    "text",
    [
        "Error performing GET u in " * 50_000,
        "<Code><Message>" * 50_000,
        "expecting '" + "a-" * 300_000,
        "Server returned error " * 50_000,
    ],
    ids=["performing", "elements", "expecting", "returned"],
)
def test_long_errors_of_stores_take_no_long_time(text: str) -> None:
    begun = time.thread_time()
    str(Refusal.of(Exception(text)))
    assert time.thread_time() - begun < 3


EVIL_NAMES = [
    "\U0001f600" * 100 + ".png",
    "../../etc/passwd",
    "..",
    "...",
    ".",
    "/etc/passwd",
    "..\\..\\evil.exe",
    "C:\\evil.exe",
    "C:evil",
    "a/b/../../../x",
    "x\x00.png",
    "x\n.png",
    "~/.ssh/id_rsa",
    "~root",
    "\\\\host\\share",
    "a" * 5000 + ".png",
    "x." + "y" * 5000,
    "\u202egnp.exe",
    "x.png/..",
    "%2e%2e%2fx",
    "\udcff.png",
    "NUL",
    "",
]


@pytest.mark.parametrize("name", EVIL_NAMES, ids=range(len(EVIL_NAMES)))
def test_a_name_that_a_service_gives_stays_in_its_folder(name: str, tmp_path: Path) -> None:
    clean = clean_name(name) or "fallback"
    target = target_of(f"{tmp_path}/", clean)
    assert target.parent == tmp_path
    assert target.resolve().parent == tmp_path.resolve()
    target.write_bytes(b"")
    assert [path.name for path in tmp_path.iterdir()] == [clean]
    assert is_one_line(clean)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_no_name_at_all_leads_out_of_a_folder(name: str) -> None:
    clean = clean_name(name)
    assert clean not in (".", "..")
    assert not set(clean) & set("/\\:\x00")
    assert len(clean.encode()) <= 255


def test_an_id_stays_one_segment_of_the_path(client: Client, sandbox: Sandbox) -> None:
    teleport = client("teleport")
    for eid in ("..", ".", " .. ", "", "a/../b", "a\r\nX-Injected: 1", "a?b=c", "a#b", "\x1b[2J", "%2e%2e"):
        with pytest.raises(safelight.SafelightError) as caught:
            teleport.rename(eid, "x")
        assert is_one_line(str(caught.value))
    asked = [record for record in sandbox.requests if record.operation != "token"]
    assert {record.operation for record in asked} == {"rename_capture", None}  # %2F is a slash to the sandbox
    assert [record.path.startswith("/api/v1/captures/") for record in asked] == [True] * 4


def test_names_in_warnings_are_one_line(
    client: Client, sandbox: Sandbox, video: Path, caplog: pytest.LogCaptureFixture
) -> None:
    created = {"eid": ESCAPES, "chunk_size": 262144, "num_parts": 2}
    sandbox.fault("create_capture", kind="garbage", body=json.dumps(created), times=None)
    with caplog.at_level(logging.WARNING), pytest.raises(safelight.SafelightError) as caught:
        client("teleport").upload(video)
    assert is_one_line(str(caught.value))
    assert all(is_one_line(record.getMessage()) for record in caplog.records if record.name == "safelight")
