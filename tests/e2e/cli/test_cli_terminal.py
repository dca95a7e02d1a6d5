"""What a person sees on a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.sandbox import Sandbox
from tests.e2e.cli.conftest import Cli, until


def test_an_upload_shows_a_bar_for_each_phase(cli: Cli, video: Path) -> None:
    with cli.on_terminal("teleport", "upload", video, "--wait", "--download", "garden.ply") as terminal:
        assert terminal.end() == 0
    shown = terminal.text.splitlines()
    for phase in ("uploading", "waiting", "downloading"):
        last = [line for line in shown if line.lstrip().startswith(phase)][-1]
        assert "━━━━" in last
        assert "READY" in last if phase == "waiting" else "100%" in last
    assert any(line.startswith("READY") for line in shown)
    assert "\x1b[?25h" in terminal.raw[terminal.raw.rindex("\x1b[?25l") :], "the cursor comes back"


def test_a_bar_tells_the_speed_and_the_remaining_time(cli: Cli, sandbox: Sandbox, video: Path) -> None:
    sandbox.fault("part", seconds=0.3, times=None)
    with cli.on_terminal("teleport", "upload", video, "--concurrency", 1) as terminal:
        until(lambda: "B/s" in terminal.text and " left" in terminal.text)
        assert terminal.process.poll() is None
        sandbox.clear_faults()
        assert terminal.end() == 0


def test_an_interrupted_bar_gives_the_terminal_back(cli: Cli, sandbox: Sandbox, video: Path) -> None:
    sandbox.fault("part", kind="stall", times=None)
    with cli.on_terminal("teleport", "upload", video) as terminal:
        until(lambda: "uploading" in terminal.text)
        terminal.process.send_signal(2)
        assert terminal.end() == 130
    assert terminal.text.splitlines()[-1].startswith("To go on: safelight teleport upload ")
    assert "Traceback" not in terminal.text
    assert terminal.raw.rindex("\x1b[?25h") > terminal.raw.rindex("\x1b[?25l")


@pytest.mark.parametrize(("setting", "colours"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_can_be_turned_off(cli: Cli, video: Path, setting: dict[str, str], colours: bool) -> None:
    with cli.on_terminal("teleport", "upload", video, "--wait", env=setting) as terminal:
        assert terminal.end() == 0
    assert ("\x1b[32mREADY" in terminal.raw) == colours
    assert ("\x1b[3" in terminal.raw or "\x1b[38;" in terminal.raw) == colours


def test_a_dumb_terminal_gets_plain_lines(cli: Cli, video: Path) -> None:
    with cli.on_terminal("teleport", "upload", video, "--wait", env={"TERM": "dumb"}) as terminal:
        assert terminal.end() == 0
    assert "\x1b" not in terminal.raw
    assert "uploading: 1.8 MB of 1.8 MB (100%)" in terminal.raw


def test_names_cannot_steer_the_terminal(cli: Cli, video: Path) -> None:
    cli.document("teleport", "upload", video, "--name", "evil \x1b]0;title\x07 [red]name")
    with cli.on_terminal("teleport", "list", columns=60) as terminal:
        assert terminal.end() == 0
    assert "\x1b]0;" not in terminal.raw
    assert "[red]name" in terminal.text.replace("\r\n", "")


@pytest.mark.parametrize(("answer", "code", "left"), [("n", 1, 1), ("y", 0, 0)])
def test_deleting_asks_first(cli: Cli, sandbox: Sandbox, video: Path, answer: str, code: int, left: int) -> None:
    eid = cli.document("teleport", "upload", video)["eid"]
    with cli.on_terminal("teleport", "delete", eid) as terminal:
        until(lambda: f"Delete {eid} for good? [y/N]" in terminal.text)
        terminal.type(f"{answer}\n")
        assert terminal.end() == code
    assert len(sandbox.teleport.captures) == left


def test_ctrl_c_at_the_question_deletes_nothing(cli: Cli, sandbox: Sandbox, video: Path) -> None:
    eid = cli.document("teleport", "upload", video)["eid"]
    with cli.on_terminal("teleport", "delete", eid) as terminal:
        until(lambda: "[y/N]" in terminal.text)
        terminal.process.send_signal(2)
        assert terminal.end() == 130
    assert eid in sandbox.teleport.captures
