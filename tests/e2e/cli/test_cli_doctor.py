"""`safelight doctor` finds what is wrong, and tells no secret."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from safelight.sandbox import Sandbox
from tests.e2e.cli.conftest import Cli, until


def statuses(document: Any) -> dict[str, str]:
    return {check["name"]: check["status"] for check in document["checks"]}


def test_a_healthy_installation(cli: Cli, sandbox: Sandbox) -> None:
    document = cli.document("doctor")
    assert document["ok"]
    found = statuses(document)
    assert found.pop("state folder space") in ("ok", "note")
    assert found.pop("current folder space") in ("ok", "note")
    assert set(found.values()) == {"ok"}
    assert {"teleport credentials", "teleport address", "teleport access", "state folder"} <= found.keys()

    shown = cli("doctor")
    assert shown.returncode == 0
    secret = sandbox.env["TELEPORT_CLIENT_SECRET"]
    assert secret not in shown.stdout + shown.stderr + str(document)
    assert sandbox.env["TELEPORT_CLIENT_ID"] not in shown.stdout


@pytest.mark.parametrize(
    ("env", "code", "check", "status", "words"),
    [
        ({"TELEPORT_CLIENT_SECRET": ""}, 3, "teleport credentials", "missing", "TELEPORT_CLIENT_SECRET"),
        ({"TELEPORT_CLIENT_SECRET": "canary"}, 3, "teleport access", "refused", "credentials are refused"),
        ({"TELEPORT_BASE_URL": "http://127.0.0.1:1"}, 1, "teleport address", "failed", "cannot be reached"),
        ({"TELEPORT_BASE_URL": "nonsense"}, 1, "teleport address", "failed", "TELEPORT_BASE_URL"),
        ({"TELEPORT_TOKEN_URL": "http://127.0.0.1:1"}, 1, "teleport access", "failed", "no reply"),
        ({"SAFELIGHT_STATE_DIR": "/dev/null/state"}, 1, "state folder", "failed", "SAFELIGHT_STATE_DIR"),
        ({"NO_PROXY": "user:canary@proxy"}, 0, "proxies", "note", "NO_PROXY"),
    ],
)
def test_what_is_wrong_is_named(cli: Cli, env: dict[str, str], code: int, check: str, status: str, words: str) -> None:
    done = cli("doctor", **env)
    assert done.returncode == code
    (line,) = [line for line in done.stdout.splitlines() if check in line and line.startswith(status)]
    assert words in line
    assert "canary" not in done.stdout + done.stderr


def test_interrupted_uploads_are_listed(cli: Cli, sandbox: Sandbox, video: Path) -> None:
    sandbox.fault("part", kind="stall", after=2, times=None)
    with cli.start("teleport", "upload", video) as process:
        until(lambda: any(len(capture.parts) == 2 for capture in sandbox.teleport.captures.values()))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    (eid,) = sandbox.teleport.captures
    (check,) = [check for check in cli.document("doctor")["checks"] if check["name"] == "interrupted upload"]
    assert eid in check["detail"]
    assert "2 parts are safe" in check["detail"]


def test_a_terminal_gets_signs(cli: Cli) -> None:
    with cli.on_terminal("doctor", env={"TELEPORT_CLIENT_ID": ""}) as terminal:
        assert terminal.end() == 3
    lines = terminal.text.splitlines()
    assert lines[0].startswith("✓")
    assert any(line.startswith("✗") and "TELEPORT_CLIENT_ID" in line for line in lines)
