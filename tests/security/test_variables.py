"""Tools show the variables of a traceback's frames (rich, Sentry and others): no secret is in what they show."""

from __future__ import annotations

import copy
import itertools
import json
import logging
import os
import pickle
import secrets
import traceback
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import safelight
from safelight.sandbox import Sandbox
from safelight.storage import AsyncStorage, Storage
from tests.e2e.twins import Twins
from tests.security.conftest import ASK, CLIENTS
from tests.security.hosts import Host, Reply, Seen

Client = Callable[..., Any]

OPERATIONS = {
    "teleport": "list_captures",
    "immersity": "get_prices",
    "leiapix": "get_prices",
    "letsenhance": "get_usage",
    "hautai": "list_subjects",
}
TOKENS = {"teleport": "token", "immersity": "token", "leiapix": "token", "hautai": "login"}
FAULTS: list[dict[str, Any]] = [{"status": 500}, {"kind": "reset"}, {"kind": "garbage", "body": "[1"}]


@pytest.fixture(autouse=True)
def canaries(monkeypatch: pytest.MonkeyPatch) -> None:
    """All secrets and tokens of the sandbox begin alike."""
    numbers, real = itertools.count(), secrets.token_urlsafe
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size=8: f"{next(numbers)}CANARY{real(size)}")


@pytest.fixture
def sandbox(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    sandbox.letsenhance.api_key = "CANARY-key"
    monkeypatch.setenv("LETSENHANCE_API_KEY", "CANARY-key")
    return sandbox


def shown(error: BaseException) -> str:
    """The traceback with the variables of its frames, but for those of these tests, and of all that led to it."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    chain: list[traceback.TracebackException] = [told]
    for one in chain:
        one.stack = traceback.StackSummary.from_list([frame for frame in one.stack if "/tests/" not in frame.filename])
        chain += [other for other in (one.__cause__, one.__context__) if other is not None]
    return "".join(told.format())


def assert_clean(text: str) -> None:
    hints = ("CANARY", "X-Amz-Signature=", "X-Goog-Signature=")
    assert [line for line in text.splitlines() if any(hint in line for hint in hints)] == []


def failure(deed: Callable[[], Any]) -> safelight.SafelightError:
    with pytest.raises(safelight.SafelightError) as caught:
        deed()
    return caught.value


def test_the_canaries_are_in_use(sandbox: Sandbox) -> None:
    for name in ("TELEPORT_CLIENT_SECRET", "LETSENHANCE_API_KEY", "HAUTAI_PASSWORD", "AWS_SECRET_ACCESS_KEY"):
        assert "CANARY" in sandbox.env[name]
    with pytest.raises(AssertionError):
        assert_clean(f"x = {sandbox.env['LETSENHANCE_API_KEY']}")


def test_variables_are_really_looked_at() -> None:
    def fail(word: str) -> None:
        raise safelight.TransferError("no")

    error = failure(lambda: fail("CANARY"))
    assert "word = 'CANARY'" in "".join(
        traceback.TracebackException.from_exception(error, capture_locals=True).format()
    )


def test_failures_of_requests_show_nothing(client: Client, sandbox: Sandbox) -> None:
    for service in CLIENTS:
        for fault in FAULTS:
            sandbox.fault(OPERATIONS[service], **fault)
            assert_clean(shown(failure(lambda service=service: ASK[service](client(service)))))


def test_failures_to_get_a_token_show_nothing(client: Client, sandbox: Sandbox) -> None:
    for service, operation in TOKENS.items():
        for fault in (*FAULTS, {"status": 400}):
            sandbox.fault(operation, **{"times": None, **fault})
            assert_clean(shown(failure(lambda service=service: ASK[service](client(service)))))
            sandbox.clear_faults()


@pytest.mark.parametrize("service", OPERATIONS)
def test_a_service_that_repeats_the_credentials_is_not_quoted(client: Client, service: str, sandbox: Sandbox) -> None:
    forms = [(403, b'{"detail": %s}'), (500, b"<h1>%s"), (200, b"no JSON but %s"), (422, b"%s")]

    def repeat(seen: Seen) -> Reply:
        status, form = forms[-1]
        said = {name: seen.headers[name] for name in ("authorization", "x-api-key") if name in seen.headers}
        return Reply(status, {"Content-Type": "application/json"}, form % json.dumps(str(said)).encode())

    with Host(repeat) as host:
        own = {"token": "CANARY-token", "company_id": 1, "dataset_id": 1} if service == "hautai" else {}
        asking = client(service, base_url=host.url, **own)
        while forms:
            assert "CANARY" not in str(failure(lambda: ASK[service](asking)))
            assert "CANARY" in str(host.seen[-1].headers)
            forms.pop()


def test_failures_of_connections_show_nothing(client: Client, sandbox: Sandbox) -> None:
    for service in CLIENTS:
        assert_clean(
            shown(failure(lambda service=service: ASK[service](client(service, base_url="http://127.0.0.1:1"))))
        )


def test_failures_of_transfers_show_nothing(
    client: Client, sandbox: Sandbox, stranger: Host, video: Path, picture: Path, tmp_path: Path
) -> None:
    stranger.answer = Reply(403, body=b"no")
    signed = {"Location": f"{stranger.url}/x?X-Amz-Signature=CANARY"}
    teleport, haut = client("teleport"), client("hautai")
    subject = haut.create_subject("someone").id
    deeds: list[tuple[str, Callable[[], Any]]] = [
        ("part", lambda: teleport.upload(video, name=uuid.uuid4().hex)),
        ("picture", lambda: haut.upload(subject, front=picture)),
    ]
    faults: list[dict[str, Any]] = [{"status": 400}, {"kind": "reset"}, {"status": 307, "headers": signed}]
    for operation, deed in deeds:
        for fault in faults:
            sandbox.fault(operation, times=None, **fault)
            error = failure(deed)
            assert_clean(shown(error).replace(str(video), ""))
            sandbox.clear_faults()


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("s3://bucket", {"endpoint": "no address"}),
        ("gs://bucket", {"service_account_key": '{"private_key": "CANARY"}'}),
        ("az://bucket", {"connection_string": "AccountKey=CANARY"}),
        ("az://bucket", {"account_name": "a b", "account_key": "CANARY"}),
    ],
    ids=["s3", "gs", "az", "az name"],
)
def test_failures_to_open_a_storage_show_neither_keys_nor_the_environment(
    twins: Twins, sandbox: Sandbox, url: str, settings: dict[str, str]
) -> None:
    assert "CANARY" in os.environ["AWS_SECRET_ACCESS_KEY"]
    storage = twins(Storage, AsyncStorage)(url, **settings)
    assert_clean(shown(failure(lambda: storage.put(b"x", name="x"))))


def test_nothing_that_is_held_shows_its_secrets(sandbox: Sandbox) -> None:
    for service, (blocking, _) in CLIENTS.items():
        with blocking() as client:
            ASK[service](client)
            for thing in (client, client.api, client.__dict__, copy.copy(client).__dict__):
                assert_clean(f"{thing!r} {thing!s} {thing}")
            with pytest.raises((TypeError, AttributeError, pickle.PicklingError)) as caught:
                pickle.dumps(client)
            assert_clean(str(caught.value))


def test_no_logger_of_httpx_or_httpcore_tells_any(
    client: Client, sandbox: Sandbox, video: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for service in CLIENTS:
            ASK[service](client(service))
        client("teleport").upload(video)
    lines = [f"{record.getMessage()} {record.args}" for record in caplog.records if record.name.startswith("http")]
    assert len(lines) > 20
    assert_clean("\n".join(lines))
