"""The demo's photographs: only the expected ones, and a folder that is whole or not there."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import demo_photos
import pytest
from PIL import Image


def picture() -> bytes:
    content = io.BytesIO()
    Image.linear_gradient("L").save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """pip, which "downloads" a wheel with one picture."""
    photograph = demo_photos.Photograph("ramp.png", hashlib.sha256(picture()).hexdigest(), "drawn here")
    monkeypatch.setattr(demo_photos, "PHOTOGRAPHS", [photograph])

    def download(command: list[str], *, check: bool) -> None:
        assert check
        with zipfile.ZipFile(Path(command[command.index("--dest") + 1], "some.whl"), "w") as wheel:
            wheel.writestr("skimage/data/ramp.png", picture())

    monkeypatch.setattr(subprocess, "run", download)


@pytest.mark.usefixtures("pip")
def test_the_views_pan_over_the_photograph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "demo" / "photos"
    monkeypatch.setattr(sys, "argv", ["demo_photos.py", str(folder)])
    assert demo_photos.main() == 0
    views = sorted(folder.iterdir())
    assert [view.name for view in views] == [f"ramp-{number:02}.jpg" for number in range(1, 7)]
    brightness = []
    for view in views:
        with Image.open(view) as opened:
            assert opened.width == demo_photos.WIDTH
            brightness.append(sum(opened.convert("L").resize((1, 1)).tobytes()))
    assert brightness == sorted(set(brightness)), "the ramp gets brighter downwards, and the camera goes there"
    assert "ramp.png: drawn here" in (folder.parent / "ABOUT.txt").read_text()
    assert sorted(path.name for path in folder.parent.iterdir()) == ["ABOUT.txt", "photos"]


@pytest.mark.usefixtures("pip")
def test_another_picture_than_expected_makes_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = demo_photos.Photograph("ramp.png", "0" * 64, "drawn here")
    monkeypatch.setattr(demo_photos, "PHOTOGRAPHS", [other])
    monkeypatch.setattr(sys, "argv", ["demo_photos.py", str(tmp_path / "photos")])
    assert demo_photos.main() == 1
    assert list(tmp_path.iterdir()) == [], "nothing half-made stays"
    assert "make demo FILE=" in capsys.readouterr().err


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.jpg").write_bytes(picture())
    monkeypatch.setattr(demo_photos, "make", None)
    monkeypatch.setattr(sys, "argv", ["demo_photos.py", str(tmp_path)])
    assert demo_photos.main() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["mine.jpg"]
