"""`safelight doctor` finds what is wrong, and tells no secret."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from safelight.sandbox import Sandbox
from tests.e2e.cli.conftest import Cli, until
from tests.stores import Store


def statuses(document: Any) -> dict[str, str]:
    return {check["name"]: check["status"] for check in document["checks"]}


def test_a_healthy_installation(cli: Cli, sandbox: Sandbox) -> None:
    document = cli.document("doctor")
    assert document["ok"]
    found = statuses(document)
    assert found.pop("state folder space") in ("ok", "note")
    assert found.pop("current folder space") in ("ok", "note")
    assert found.pop("storage host") == "note", "it is on this machine"
    assert set(found.values()) == {"ok"}
    services = ("teleport", "immersity", "leiapix", "letsenhance", "hautai")
    assert {f"{name} {what}" for name in services for what in ("credentials", "address", "access")} <= found.keys()
    assert {"state folder", "extras"} <= found.keys()
    assert sandbox.immersity.charges == {}
    assert sandbox.letsenhance.pipelines == {}
    assert sandbox.hautai.subjects == {}

    shown = cli("doctor")
    assert shown.returncode == 0
    for name, value in sandbox.env.items():
        if re.search("SECRET|KEY|_ID$|PASSWORD|USERNAME", name):
            assert value not in shown.stdout + shown.stderr + str(document)


def test_the_storage_is_tested_by_a_round_trip(cli: Cli, sandbox: Sandbox) -> None:
    lines = [line for line in cli("doctor").stdout.splitlines() if "  storage " in line]
    steps = ["put", "read", "presigned PUT", "read back", "delete"]
    assert [line[: line.index("storage ")].strip() for line in lines] == ["ok"] * 5 + ["note"]
    for step, line in zip(steps, lines, strict=False):
        assert f"  storage {step} " in line
        assert line.endswith(" s")
    assert sandbox.bucket.objects == {}
    assert sandbox.count("bucket_put") == sandbox.count("bucket_delete") == 2


def test_the_round_trip_works_with_the_store_of_each_cloud(cli: Cli, store: Store) -> None:
    done = cli("doctor", "--json", **store.environment)
    assert done.returncode == 0, done.stdout
    steps = ["put", "read", "presigned PUT", "read back", "delete"]
    found = statuses(json.loads(done.stdout))
    assert [found[f"storage {step}"] for step in steps] == ["ok"] * 5


def test_a_clock_that_is_off_is_told_with_the_store_of_each_cloud(cli: Cli, store: Store) -> None:
    with store.ahead(-20 * 60):  # Google takes what a clock that is behind has signed
        done = cli("doctor", **store.environment)
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("failed")]
    assert "clock" in line


@pytest.mark.parametrize(
    ("env", "step", "words"),
    [
        ({"SAFELIGHT_STORAGE": "bucket"}, "storage", "SAFELIGHT_STORAGE: "),
        ({"SAFELIGHT_STORAGE": "s3://nowhere/x"}, "storage put", "no bucket nowhere"),
        ({"AWS_SECRET_ACCESS_KEY": "canary"}, "storage put", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ({"AWS_REGION": "eu-west-3"}, "storage put", "AWS_REGION"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "storage put", "check the endpoint"),
    ],
)
def test_a_wrong_storage_is_told_with_its_remedy(cli: Cli, env: dict[str, str], step: str, words: str) -> None:
    done = cli("doctor", **env)
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("failed")]
    assert f"  {step} " in line
    assert words in line
    assert "canary" not in line
    assert "=..." not in line, "what is no option of this command"
    assert "immersity access" in done.stdout, "the services are not to blame"


def test_a_read_only_storage_and_a_wrong_clock_are_told_apart(cli: Cli, sandbox: Sandbox) -> None:
    def failure() -> str:
        done = cli("doctor")
        assert done.returncode == 1
        return next(line for line in done.stdout.splitlines() if line.startswith("failed"))

    sandbox.bucket.read_only = True
    assert "s3:PutObject" in failure()
    sandbox.bucket.read_only = False
    sandbox.bucket.skew_seconds = 20 * 60
    assert "This machine's clock " in failure()


@pytest.mark.parametrize(("operation", "step"), [("bucket_get", "storage read"), ("bucket_delete", "storage delete")])
def test_a_right_that_is_missing_shows_at_its_step(cli: Cli, sandbox: Sandbox, operation: str, step: str) -> None:
    sandbox.fault(operation, status=403, times=None)
    found = statuses(json.loads(cli("doctor", "--json").stdout))
    assert found[step] == "failed"
    sandbox.clear_faults()
    if operation == "bucket_get":
        assert sandbox.bucket.objects == {}, "what was put is removed, even so"
        assert "storage presigned PUT" not in found


def test_without_a_storage_it_is_told_what_it_is_for(cli: Cli) -> None:
    done = cli("doctor", SAFELIGHT_STORAGE="")
    assert done.returncode == 0
    (line,) = [line for line in done.stdout.splitlines() if "SAFELIGHT_STORAGE" in line]
    assert line.startswith("note")
    assert "s3://bucket/prefix" in line


def test_services_that_are_not_used_are_no_failure(cli: Cli, sandbox: Sandbox) -> None:
    unused = ("TELEPORT_", "IMMERSITY_", "LEIAPIX_", "HAUTAI_")
    others = {name: "" for name in sandbox.env if name.startswith(unused)}
    done = cli("doctor", "--json", **others)
    assert done.returncode == 0, done.stdout
    found = statuses(json.loads(done.stdout))
    assert found["teleport credentials"] == found["immersity credentials"] == found["hautai credentials"] == "note"
    assert found["letsenhance access"] == "ok"
    assert not {"teleport address", "leiapix credentials"} & found.keys()


def test_without_any_credentials_all_are_missing(cli: Cli, sandbox: Sandbox) -> None:
    nothing = {
        name: "" for name in sandbox.env if name.endswith(("_ID", "_SECRET", "_API_KEY", "_USERNAME", "_PASSWORD"))
    }
    done = cli("doctor", "--json", **nothing)
    assert done.returncode == 3
    found = statuses(json.loads(done.stdout))
    assert {found[f"{name} credentials"] for name in ("teleport", "immersity", "letsenhance", "hautai")} == {"missing"}
    assert found["immersity address"] == "ok"


@pytest.mark.parametrize(
    ("env", "code", "check", "status", "words"),
    [
        ({"TELEPORT_CLIENT_SECRET": ""}, 3, "teleport credentials", "missing", "TELEPORT_CLIENT_SECRET"),
        ({"TELEPORT_CLIENT_SECRET": "canary"}, 3, "teleport access", "refused", "credentials are refused"),
        ({"IMMERSITY_CLIENT_ID": ""}, 3, "immersity credentials", "missing", "IMMERSITY_CLIENT_ID"),
        ({"IMMERSITY_CLIENT_SECRET": "canary"}, 3, "immersity access", "refused", "credentials are refused"),
        ({"LETSENHANCE_API_KEY": "canary"}, 3, "letsenhance access", "refused", "Check the credentials"),
        ({"HAUTAI_PASSWORD": ""}, 3, "hautai credentials", "missing", "HAUTAI_PASSWORD"),
        ({"HAUTAI_PASSWORD": "canary"}, 3, "hautai access", "refused", "the login is refused"),
        ({"HAUTAI_DATASET_ID": ""}, 1, "hautai access", "failed", "set HAUTAI_DATASET_ID in the environment"),
        ({"HAUTAI_DATASET_ID": "nowhere"}, 1, "hautai access", "failed", "check HAUTAI_DATASET_ID"),
        ({"HAUTAI_TOKEN": "canary"}, 1, "hautai access", "failed", "set HAUTAI_COMPANY_ID"),
        ({"HAUTAI_TOKEN": "canary"}, 1, "hautai credentials", "ok", "set: HAUTAI_TOKEN"),
        ({"LETSENHANCE_BASE_URL": "http://127.0.0.1:1"}, 1, "letsenhance address", "failed", "cannot be reached"),
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
    with cli.start("teleport", "upload", video, "--concurrency", 1) as process:
        # Each part's URL is asked for while the one before is sent: who asks for a fourth has noted two parts.
        until(lambda: sandbox.count("create_upload_url") == 4)
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
