"""The demo keeps what it promises."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from safelight.cli.ply import read_ply
from tests.e2e.cli.conftest import Cli

FAST = ("--pace", "0.05", "--processing-seconds", "0")


def test_the_demo_is_killed_goes_on_and_checks_itself(bare_cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for index in range(6):
        Image.effect_noise((200, 150), 60).save(folder / f"{index}.jpg")
    done = bare_cli("demo", folder, *FAST, "--output", "out")

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("$ safelight teleport upload") == 2
    assert "kill -9" in done.stderr
    assert done.stderr.count("✓ ") == 5
    assert "6 of 6 images arrived byte for byte" in done.stderr
    assert "warning" not in done.stderr
    ply = read_ply(tmp_path / "out" / "photos.ply")
    assert ply.count > 0
    assert done.stdout.splitlines()[0].startswith("out/photos.ply")
    with Image.open(tmp_path / "out" / "photos.png") as picture:
        assert picture.width > 500
    assert list(tmp_path.glob("safelight-*")) == [], "nothing stays behind"


def test_a_demo_of_one_file_tells_its_figures_in_json(bare_cli: Cli, video: Path, tmp_path: Path) -> None:
    done = bare_cli("demo", video, *FAST, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    figures = json.loads(done.stdout)
    assert figures["ok"]
    assert (figures["captures"], figures["completions"], figures["safe_sent_again"]) == (1, 1, 0)
    assert 0 < figures["parts_safe_at_kill"] < figures["parts"]
    assert figures["in_flight_sent_again"] <= 4
    assert figures["bytes_received"] == video.stat().st_size
    assert (tmp_path / figures["model"]).stat().st_size == figures["model_bytes"]


def test_a_demo_without_photographs_draws_some(bare_cli: Cli, tmp_path: Path) -> None:
    done = bare_cli("demo", *FAST, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"] == "demo-output/drawn-pictures.ply"
    assert len(list((tmp_path / "demo-output" / "drawn-pictures").glob("*.jpg"))) == 24
