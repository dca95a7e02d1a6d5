"""Errors are one line, and the exit code tells what kind it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from safelight.sandbox import Sandbox
from tests.e2e.cli.conftest import Cli

CASES = {
    "a missing file": (["teleport", "upload", "nowhere.mp4"], 2, "nowhere.mp4 does not exist"),
    "an empty file": (["teleport", "upload", "empty.mp4"], 2, "is empty"),
    "an ending that says nothing": (["teleport", "upload", "thing.bin"], 2, "--format bulk-images"),
    "a folder without images": (["teleport", "upload", "nothing"], 2, "holds no images"),
    "no argument": (["teleport", "upload"], 2, "See: safelight teleport upload --help"),
    "an unknown option": (["teleport", "upload", "x.mp4", "--client-secret", "x"], 2, "No such option"),
    "an unknown command": (["teleport", "uplaod"], 2, "No such command"),
    "a number that is none": (["teleport", "upload", "x.mp4", "--concurrency", "0"], 2, "--concurrency"),
    "parameters that are no JSON": (["teleport", "upload", "x.mp4", "--training-parameters", "{"], 2, "no JSON"),
    "parameters that are no object": (["teleport", "upload", "x.mp4", "--training-parameters", "1"], 2, "JSON object"),
    "a target in no folder": (["teleport", "upload", "thing.bin", "--download", "no/a.ply"], 2, "make the folder"),
    "one file for two captures": (["teleport", "wait", "a", "b", "--download", "x.ply"], 2, "give one EID"),
    "an eid that is a path": (["teleport", "delete", "..", "--yes"], 2, "eid is '..'"),
    "an unknown eid": (["teleport", "rename", "f" * 32, "x"], 1, "404 Capture not found"),
    "an unknown sid": (["teleport", "download", "f" * 16, "x.ply"], 1, "404 Capture not found"),
    "a demo of nothing": (["demo", "nowhere"], 2, "nowhere does not exist"),
    "an unknown shell": (["completion", "tcsh"], 2, "tcsh"),
}


@pytest.mark.parametrize(("arguments", "code", "words"), CASES.values(), ids=CASES)
def test_an_error_is_one_line_with_an_exit_code(
    cli: Cli, tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "thing.bin").write_bytes(b"1")
    (tmp_path / "nothing").mkdir()
    done = cli(*arguments)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert words in line
    assert done.returncode == code


@pytest.mark.parametrize("unset", [["TELEPORT_CLIENT_ID", "TELEPORT_CLIENT_SECRET"], ["TELEPORT_CLIENT_SECRET"]])
def test_missing_credentials_are_named(cli: Cli, video: Path, unset: list[str]) -> None:
    done = cli("teleport", "upload", video, **dict.fromkeys(unset, ""))
    assert done.returncode == 3
    assert done.stderr.startswith(f"error: {' and '.join(unset)} ")


def test_a_wrong_secret_is_refused_and_not_shown(cli: Cli) -> None:
    done = cli("teleport", "list", TELEPORT_CLIENT_SECRET="canary-in-a-coal-mine")
    assert done.returncode == 3
    assert "the credentials are refused" in done.stderr
    assert "canary" not in done.stderr


def test_an_address_that_is_none_is_a_usage_error(cli: Cli) -> None:
    done = cli("teleport", "list", TELEPORT_BASE_URL="teleport.varjo.com")
    assert done.returncode == 2
    assert "TELEPORT_BASE_URL" in done.stderr


def test_a_capture_that_is_not_ready_in_time_can_be_waited_for_again(bare_cli: Cli, video: Path) -> None:
    with Sandbox(processing_seconds=300) as sandbox:
        slow = Cli({**bare_cli.env, **sandbox.env}, bare_cli.folder)
        eid = slow.document("teleport", "upload", video)["eid"]
        done = slow("teleport", "wait", eid, "--timeout", "0.1")
        assert done.returncode == 4
        assert done.stdout == ""
        assert done.stderr.splitlines()[-1] == f"To go on: safelight teleport wait --timeout 0.1 {eid}"

        sandbox.clock.advance(300)
        assert slow("teleport", "wait", eid).returncode == 0


def test_an_upload_that_times_out_waiting_says_how_to_get_the_capture(bare_cli: Cli, video: Path) -> None:
    with Sandbox(processing_seconds=300) as sandbox:
        slow = Cli({**bare_cli.env, **sandbox.env}, bare_cli.folder)
        done = slow("teleport", "upload", video, "--download", "garden.ply", "--quality", "sd", "--timeout", "0.1")
        (eid,) = sandbox.teleport.captures
        assert done.returncode == 4
        command = f"safelight teleport wait --timeout 0.1 --download garden.ply --quality sd {eid}"
        assert done.stderr.splitlines()[-1] == f"To go on: {command}"


def test_captures_that_fail_are_told_after_those_that_do_not(cli: Cli, sandbox: Sandbox, video: Path) -> None:
    eids = []
    for reason in (None, "NOT_ENOUGH_FRAMES", "CONVERSION_FAILED"):
        if reason:
            sandbox.teleport.fail_next(reason)
        eids.append(cli.document("teleport", "upload", video, "--name", str(reason))["eid"])
    done = cli("teleport", "wait", *eids, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["eid"] == eids[0]
    (line,) = done.stderr.splitlines()
    assert "NOT_ENOUGH_FRAMES" in line
    assert "CONVERSION_FAILED" in line


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_bug_is_one_line_unless_somebody_looks_for_it(cli: Cli, debug: str) -> None:
    program = (
        "import sys, safelight.cli.doctor as doctor; from safelight.cli import main;"
        "doctor.examine = lambda output: {}['canary']; sys.argv[1:] = ['doctor']; sys.exit(main())"
    )
    env = {**cli.env, "SAFELIGHT_DEBUG": debug}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    if debug:
        assert "Traceback" in done.stderr
    else:
        assert done.stderr == "error: KeyError: 'canary' (SAFELIGHT_DEBUG=1 shows where)\n"


@pytest.mark.parametrize(
    ("module", "arguments", "extra"),
    [
        ("obstore", ["immersity", "disparity", "cat.jpg"], "safelight[storage]"),
        ("obstore", ["demo"], "safelight[cli,sandbox,storage]"),
        ("PIL", ["demo"], "safelight[sandbox]"),
        ("av", ["demo"], "safelight[sandbox]"),
        ("starlette", ["sandbox"], "safelight[sandbox]"),
        ("PIL", ["haut", "analyse", "cat.jpg"], "safelight[cli,haut]"),
        ("uvicorn", ["listen", "--port", "0"], "safelight[cli,server]"),
    ],
)
def test_a_missing_extra_is_named_with_the_pip_command(
    cli: Cli, tmp_path: Path, module: str, arguments: list[str], extra: str
) -> None:
    (tmp_path / "cat.jpg").write_bytes(b"\xff\xd8\xff and more")
    program = "import sys; sys.modules[sys.argv.pop(1)] = None; from safelight.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, module, *arguments]
    done = subprocess.run(command, env=cli.env, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f'pip install "{extra}"' in done.stderr.splitlines()[-1]
