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
    assert done.stderr.count("$ safelight teleport upload") == 3
    assert "kill -9" in done.stderr
    assert done.stderr.count("✓ ") == 13
    assert done.stderr.count("$ safelight immersity ") == 2
    assert done.stderr.count("$ safelight enhance run ") == 1
    assert done.stderr.count("$ safelight haut ") == 2
    assert "sandbox statistics, no diagnosis" in done.stderr
    assert "no pictures" in done.stderr.split("$ safelight haut images ")[1]
    assert "← webhook: READY" in done.stderr
    assert "6 of 6 images arrived byte for byte" in done.stderr
    assert "warning" not in done.stderr
    ply = read_ply(tmp_path / "out" / "photos.ply")
    assert ply.count > 0
    assert done.stdout.splitlines()[0].startswith("out/photos.ply")
    with Image.open(tmp_path / "out" / "photos.png") as picture:
        assert picture.width > 500
    assert [line.split()[0] for line in done.stdout.splitlines()[:6]] == [
        "out/photos.ply",
        "out/photos.png",
        "out/0-depth.png",
        "out/0-animation.mp4",
        "out/0-enhanced.jpg",
        "out/drawn-face.jpg",
    ]
    with Image.open(tmp_path / "out" / "0-depth.png") as depth:
        assert depth.size == (200, 150)
    with Image.open(tmp_path / "out" / "0-enhanced.jpg") as enhanced:
        assert enhanced.size == (3000, 2250)
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
    assert figures["animation_frames"] == 48
    assert (figures["immersity_credits"], figures["enhance_credits"]) == (10, 1)
    assert (figures["inputs_removed"], figures["inputs_left"], figures["results"]) == (4, 0, 2)
    assert (figures["analyses"], figures["face_files_left"]) == (1, 0)
    assert abs(figures["webhook_lag_seconds"]) <= 0.5
    assert all((tmp_path / figures[name]).exists() for name in ("depth", "animation", "enhanced"))


def test_a_demo_without_photographs_draws_some_and_minds_no_cloud_of_the_users_own(
    bare_cli: Cli, tmp_path: Path
) -> None:
    own = {"AWS_PROFILE": "nobody", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1", "AWS_SESSION_TOKEN": "x"}
    own["HTTP_PROXY"] = "http://127.0.0.1:9"  # the demo never leaves the machine
    done = bare_cli("demo", *FAST, "--json", **own, SAFELIGHT_STORAGE="s3://elsewhere", SAFELIGHT_LEIAPIX="1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"] == "demo-output/drawn-pictures.ply"
    assert len(list((tmp_path / "demo-output" / "drawn-pictures").glob("*.jpg"))) == 24
