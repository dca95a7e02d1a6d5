"""Ctrl-C: at once, and with the command that goes on."""

from __future__ import annotations

import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest

from safelight.sandbox import Sandbox
from tests.e2e.cli.conftest import Cli, until
from tests.e2e.conftest import PART

SOON = 2.0
"""Seconds: an interrupted upload ends within one; the rest is for a busy machine."""


def interrupt(process: subprocess.Popen[str]) -> tuple[str, str]:
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - begun < SOON
    assert process.returncode == 130
    return out, err


def stall_after(sandbox: Sandbox, parts: int) -> None:
    sandbox.fault("part", kind="stall", after=parts, times=None)


@pytest.mark.parametrize("options", [[], ["--no-resume"]])
@pytest.mark.fault(32)
def test_an_interrupted_upload_goes_on_with_the_command_that_it_prints(
    cli: Cli, sandbox: Sandbox, video: Path, tmp_path: Path, options: list[str]
) -> None:
    odd_name = video.rename(tmp_path / "-a garden.mp4").name
    stall_after(sandbox, 3)
    with cli.start("teleport", "upload", "--name", "It's", "--concurrency", 1, *options, "--", odd_name) as process:
        # Each part's URL is asked for while the one before is sent: who asks for a fifth has noted three parts.
        until(lambda: sandbox.count("create_upload_url") == 5)
        out, err = interrupt(process)

    interrupted, go_on = err.splitlines()[-2:]
    assert out == ""
    assert interrupted.startswith("Interrupted: ")
    assert "3 parts are safe" in interrupted
    program, *arguments = shlex.split(go_on.removeprefix("To go on: "))
    assert program == "safelight"
    assert "--no-resume" not in arguments

    sandbox.clear_faults()
    resumed = cli(*arguments)
    assert resumed.returncode == 0, resumed.stderr
    (capture,) = sandbox.teleport.captures.values()
    assert (capture.name, capture.completed, capture.received) == ("It's", 1, 7 * PART + 1000)
    assert sum(part.accepted for part in capture.parts.values()) == 8


@pytest.mark.fault(32)
def test_interrupted_waiting_goes_on_with_the_eid(bare_cli: Cli, video: Path) -> None:
    with Sandbox(processing_seconds=300) as sandbox:
        slow = Cli({**bare_cli.env, **sandbox.env}, bare_cli.folder)
        with slow.start("teleport", "upload", str(video), "--download", "garden.ply") as process:
            until(lambda: sandbox.count("list_captures"))
            _, err = interrupt(process)
        (eid,) = sandbox.teleport.captures
        assert err.splitlines()[-1] == f"To go on: safelight teleport wait --download garden.ply {eid}"


@pytest.mark.fault(32)
def test_an_interrupted_download_goes_on_where_it_was(cli: Cli, sandbox: Sandbox, video: Path, tmp_path: Path) -> None:
    sid = cli.document("teleport", "upload", video, "--wait")["sid"]
    sandbox.fault("object", kind="stall", when="after")
    with cli.start("teleport", "download", sid, "garden.ply") as process:
        until(lambda: (tmp_path / "garden.ply.part").exists())
        _, err = interrupt(process)
    assert err.splitlines()[-1] == f"To go on: safelight teleport download {sid} garden.ply"
    assert not (tmp_path / "garden.ply").exists()
