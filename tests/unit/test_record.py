"""`make record`: it says what it will do and cost, lies about nothing, and leaves nothing half done."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import cassettes
import pytest
import record

from safelight.sandbox import Sandbox
from tests.conftest import FakeClock


@pytest.fixture
def sandbox_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> Any:
    with Sandbox() as sandbox:
        for name, value in sandbox.env.items():
            monkeypatch.setenv(name, value)
        yield sandbox


def run(service: str, folder: Path, *more: str) -> int:
    return record.main([service, "--folder", str(folder / "cassettes"), *more])


def everything_in(folder: Path) -> list[Path]:
    return [path for path in (folder / "cassettes").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("service", "variable"),
    [
        ("teleport", "TELEPORT_CLIENT_ID"),
        ("immersity", "IMMERSITY_CLIENT_ID"),
        ("leiapix", "LEIAPIX_CLIENT_ID"),
        ("letsenhance", "LETSENHANCE_API_KEY"),
        ("hautai", "HAUTAI_TOKEN"),
    ],
)
def test_without_credentials_it_says_which_and_does_nothing(
    service: str, variable: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(service, tmp_path, "--live") == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert f"set {variable}" in err
    assert err.count("\n") == 1
    assert everything_in(tmp_path) == []


def test_a_service_that_is_none_is_told_with_those_that_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("varjo", tmp_path) == 1
    assert "teleport, immersity, leiapix, letsenhance, hautai" in capsys.readouterr().err


def test_the_cost_is_told_first_and_no_is_taken_for_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("LETSENHANCE_API_KEY", "key-of-nobody")
    monkeypatch.setattr(sys, "stdin", Terminal("\n"))
    assert run("letsenhance", tmp_path, "--live") == 0
    out = capsys.readouterr().out
    assert out.index("1 credit") < out.index("Go on?") < out.index("Nothing was done.")
    assert everything_in(tmp_path) == []


def test_without_a_network_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(record, "SYSTEM_CLOCK", FakeClock())
    monkeypatch.setattr("socket.create_connection", lambda *_, **__: (_ for _ in ()).throw(OSError("no route")))
    monkeypatch.setenv("LETSENHANCE_API_KEY", "key-of-nobody")
    assert run("letsenhance", tmp_path, "--live") == 1
    err = capsys.readouterr().err
    assert "https://api.letsenhance.io/v1/me/usage/: no reply" in err
    assert err.count("\n") == 1


def test_only_the_vendors_own_addresses_are_live(
    sandbox_in_the_environment: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("hautai", tmp_path, "--live") == 0
    assert "against HAUTAI_BASE_URL" in capsys.readouterr().out
    (path,) = everything_in(tmp_path)
    assert path.name == "sandbox.yaml"
    assert cassettes.read(path)["provenance"] == "sandbox"
    assert "127.0.0.1" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "addresses",
    [
        {"TELEPORT_BASE_URL": "https://proxy.test", "TELEPORT_TOKEN_URL": "https://proxy.test/token"},
        {"TELEPORT_BASE_URL": "http://127.0.0.1:1"},
        {"TELEPORT_BASE_URL": "http://127.0.0.1:1", "TELEPORT_TOKEN_URL": "https://proxy.test/token"},
    ],
)
def test_what_is_neither_the_vendors_nor_a_sandbox_is_refused(
    addresses: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in addresses.items():
        monkeypatch.setenv(name, value)
    assert run("teleport", tmp_path, "--live") == 1
    assert "TELEPORT_BASE_URL and TELEPORT_TOKEN_URL must lead to a sandbox" in capsys.readouterr().err


def test_refused_credentials_are_told_and_nothing_is_written(
    sandbox_in_the_environment: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HAUTAI_PASSWORD", "another-password")
    assert run("hautai", tmp_path, "--live") == 3
    assert "the login is refused" in capsys.readouterr().err
    assert everything_in(tmp_path) == []


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (OSError("no space left"), 1)])
def test_what_ends_in_the_middle_leaves_nothing(
    error: BaseException,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def play(client: Any, _picture: str, _folder: Path) -> None:
        client.usage()
        raise error

    scenario = record.SCENARIOS["letsenhance"]
    monkeypatch.setitem(record.SCENARIOS, "letsenhance", attrs.evolve(scenario, play=play))
    assert run("letsenhance", tmp_path) == code
    assert "No cassette was written" in capsys.readouterr().err
    assert everything_in(tmp_path) == []


def test_a_cassette_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_from: Path, _to: Path) -> None:
        raise KeyboardInterrupt

    old = tmp_path / "cassettes" / "letsenhance" / "sandbox.yaml"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    monkeypatch.setattr(Path, "replace", interrupted)
    assert run("letsenhance", tmp_path) == 130
    assert everything_in(tmp_path) == [old]
    assert old.read_text() == "old"


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    folder, other = tmp_path / "cassettes" / "letsenhance", tmp_path / "of-somebody"
    folder.mkdir(parents=True)
    other.write_text("old")
    (folder / f".sandbox.yaml.{os.getpid()}.new").symlink_to(other)
    assert run("letsenhance", tmp_path) == 0
    assert other.read_text() == "old"
    assert [path.name for path in folder.iterdir()] == ["sandbox.yaml"]


@pytest.mark.parametrize(
    ("live", "expected"), [("LIVE=", '"$SERVICE"'), ("LIVE=1", "--live"), ("LIVE=yes", ""), ("LIVE=true", "")]
)
def test_make_takes_no_other_word_for_live(live: str, expected: str) -> None:
    make = shutil.which("make")
    assert make
    done = subprocess.run(
        [make, "--dry-run", "record", "SERVICE=hautai", live],
        cwd=record.CASSETTES.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    commands = [line for line in done.stdout.splitlines() if "scripts/record.py" in line]
    if expected:
        assert commands
        assert commands[0].rstrip().endswith(expected)
    else:
        assert done.returncode == 2
        assert "LIVE=1" in done.stderr
        assert commands == []


def test_a_capture_is_deleted_when_the_scenario_fails(
    sandbox_in_the_environment: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox_in_the_environment.fault("rename_capture", status=400)
    assert run("teleport", tmp_path, "--live") == 1
    assert sandbox_in_the_environment.teleport.captures == {}
    assert sandbox_in_the_environment.count("complete_upload") == 0


def test_the_environment_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAUTAI_TOKEN", "one-of-the-users")
    before = dict(record.os.environ)
    assert run("hautai", tmp_path) == 0
    assert dict(record.os.environ) == before
    (path,) = everything_in(tmp_path)
    assert path.stat().st_mode & 0o444 == 0o444
