"""What the commands print, and where."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from safelight.cli.ply import read_ply
from safelight.sandbox import Sandbox
from tests.e2e.cli.conftest import Cli


def test_an_upload_prints_its_capture_on_stdout_and_its_progress_on_stderr(
    cli: Cli, sandbox: Sandbox, video: Path
) -> None:
    done = cli("teleport", "upload", video, "--name", "Garden")

    (capture,) = sandbox.teleport.captures.values()
    assert done.returncode == 0
    (line,) = done.stdout.splitlines()
    assert capture.eid in line
    assert line.endswith("Garden")
    assert done.stderr.splitlines()[-1].startswith("uploading: 1.8 MB of 1.8 MB (100%)")
    assert "\x1b" not in done.stdout + done.stderr


def test_from_a_file_to_a_capture_in_one_command(cli: Cli, sandbox: Sandbox, video: Path, tmp_path: Path) -> None:
    done = cli("teleport", "upload", video, "--wait", "--download", "garden.ply")

    assert done.returncode == 0, done.stderr
    capture_line, file_line = done.stdout.splitlines()
    assert capture_line.startswith("READY")
    assert file_line.startswith("garden.ply")
    assert read_ply(tmp_path / "garden.ply").expected_size == (tmp_path / "garden.ply").stat().st_size
    assert f"uploaded as {next(iter(sandbox.teleport.captures))}" in done.stderr


def test_json_is_one_document_and_nothing_else(cli: Cli, sandbox: Sandbox, video: Path, tmp_path: Path) -> None:
    done = cli("teleport", "upload", video, "--download", "garden.ply", "--json")
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1

    capture = cli.document("teleport", "list")
    assert capture["eid"] in done.stdout
    assert (capture["state"], capture["name"]) == ("READY", "garden")
    got = cli.document("teleport", "download", capture["sid"], "again.ply", "--quality", "sd")
    assert got == {"sid": capture["sid"], "file": "again.ply", "bytes": (tmp_path / "again.ply").stat().st_size}
    assert got["bytes"] < (tmp_path / "garden.ply").stat().st_size


def test_the_options_reach_the_service(cli: Cli, sandbox: Sandbox, video: Path) -> None:
    bytes_of_anything = video.rename(video.with_suffix(".bin"))
    model = {"splat_count": 500000, "training_resolution": 1600, "spherical_harmonics_degrees": 0}
    parameters = json.dumps({"modelv3": {**model, "level_of_detail": False}})
    cli.document(
        "teleport",
        "upload",
        bytes_of_anything,
        *("--format", "video", "--concurrency", 1, "--no-verify", "--training-parameters", parameters),
    )
    (capture,) = sandbox.teleport.captures.values()
    assert capture.input_data_format == "video"
    assert capture.training_parameters is not None
    assert capture.training_parameters["modelv3"]["splat_count"] == 500000


def test_several_captures_are_waited_for_and_told_one_by_one(cli: Cli, video: Path) -> None:
    eids = [cli.document("teleport", "upload", video, "--name", name)["eid"] for name in ("one", "two")]
    waited = cli.documents("teleport", "wait", *eids)
    assert sorted(capture["eid"] for capture in waited) == sorted(eids)
    assert {capture["state"] for capture in waited} == {"READY"}


def test_waiting_can_end_with_the_download(cli: Cli, video: Path, tmp_path: Path) -> None:
    eid = cli.document("teleport", "upload", video)["eid"]
    done = cli("teleport", "wait", eid, "--download", "small.zip", "--profile", "sogs-sh0")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "small.zip").read_bytes().startswith(b"PK")


def test_the_list_is_aligned_and_empty_when_it_is(cli: Cli, video: Path) -> None:
    empty = cli("teleport", "list")
    assert (empty.stdout, empty.stderr) == ("", "no captures\n")
    assert cli.documents("teleport", "list") == []

    eids = [cli.document("teleport", "upload", video, "--name", name)["eid"] for name in ("a name", "b")]
    header, *rows = cli("teleport", "list").stdout.splitlines()
    assert header.split() == ["STATE", "CREATED", "EID", "SID", "NAME"]
    assert [row[header.index("EID") :].split()[0] for row in rows] == eids[::-1]
    assert [row[header.index("NAME") :] for row in rows] == ["b", "a name"]


def test_captures_are_renamed_and_deleted(cli: Cli, sandbox: Sandbox, video: Path) -> None:
    eid = cli.document("teleport", "upload", video)["eid"]
    assert cli("teleport", "rename", eid, "Roses").stdout.rstrip().endswith("Roses")

    refused = cli("teleport", "delete", eid)
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert eid in sandbox.teleport.captures

    assert cli.document("teleport", "delete", eid, "--yes") == {"deleted": eid}
    assert not sandbox.teleport.captures


def test_metadata_keeps_signatures_for_those_who_ask_for_json(cli: Cli, video: Path) -> None:
    sid = cli.document("teleport", "upload", video, "--wait")["sid"]
    shown = cli("teleport", "metadata", sid).stdout
    assert "cameras" in shown
    assert "hd.ply" in shown
    assert "?" not in shown

    found = cli.document("teleport", "metadata", sid, "--profile", "ply", "--profile", "sogs-sh0", "--quality", "sd")
    assert len(found["models"]) == 2
    assert all("X-Amz-Signature=" in model["url"] for model in found["models"])


def test_what_is_left_out_of_a_folder_is_said_in_plain_words(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.effect_noise((64, 64), 50).save(folder / "one.jpg")
    (folder / "notes.txt").write_text("no picture")
    done = cli("teleport", "upload", folder, "--json")
    assert done.returncode == 0
    assert done.stderr == "warning: left out of the upload, because not an image: notes.txt\n"


def test_a_reader_that_leaves_early_is_no_error(cli: Cli, video: Path) -> None:
    cli.document("teleport", "upload", video)
    reading, writing = os.pipe()
    os.close(reading)
    with cli.start("teleport", "list", stdout=writing) as process:
        os.close(writing)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 141
    assert err == ""


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_names_are_shown_whatever_the_encoding(cli: Cli, video: Path, encoding: str) -> None:
    done = cli("teleport", "upload", video, "--name", "Gärten \x1b[31m", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert cli.document("teleport", "list")["name"] == "Gärten \x1b[31m"
