"""The demo's checks of what became of a photograph can fail, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest
from PIL import Image

from safelight.cli import demo_pictures
from safelight.cli.demo_checks import Report
from safelight.cli.demo_pictures import first_photograph

SIZE = (96, 64)


def noise(size: tuple[int, int], seed: int = 0) -> Image.Image:
    return Image.effect_noise(size, 80).rotate(seed).convert("RGB")


def film(path: Path, frames: Sequence[Image.Image]) -> Path:
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=24)
        stream.width, stream.height = frames[0].size
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_image(frame)))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("picture", "passed"),
    [
        (noise(SIZE), True),
        (noise((64, 96)), False),
        (Image.new("L", SIZE, 128), False),
    ],
)
def test_a_depth_map_of_another_size_or_without_depth(tmp_path: Path, picture: Image.Image, passed: bool) -> None:
    report = Report()
    picture.save(tmp_path / "depth.png")
    demo_pictures._check_depth(report, SIZE, tmp_path / "depth.png")
    assert report.passed == passed


@pytest.mark.parametrize(
    ("size", "count", "moves", "passed"),
    [
        (SIZE, 48, True, True),
        (SIZE, 47, True, False),
        (SIZE, 48, False, False),
        ((96, 96), 48, True, False),
    ],
)
def test_an_animation_that_ends_early_or_stands_still(
    tmp_path: Path, size: tuple[int, int], count: int, moves: bool, passed: bool
) -> None:
    still = Image.new("RGB", size, "red")
    frames = [noise(size, index) if moves else still for index in range(count)]
    report = Report()
    demo_pictures._check_animation(report, SIZE, film(tmp_path / "a.mp4", frames))
    assert report.passed == passed


@pytest.mark.parametrize(
    ("size", "passed"), [((3000, 2000), True), ((3000, 1999), True), ((3000, 3000), False), ((1500, 1000), False)]
)
def test_an_enhanced_picture_that_is_stretched_or_small(tmp_path: Path, size: tuple[int, int], passed: bool) -> None:
    report = Report()
    Image.new("RGB", size).save(tmp_path / "enhanced.jpg")
    demo_pictures._check_enhanced(report, SIZE, tmp_path / "enhanced.jpg")
    assert report.passed == passed


def test_files_that_are_none_are_told(tmp_path: Path) -> None:
    noise(SIZE).save(tmp_path / "photograph.png")
    broken = tmp_path / "broken.png"
    broken.write_text("no picture")
    missing = tmp_path / "missing.mp4"
    report = Report()
    made = demo_pictures.Made(tmp_path / "photograph.png", broken, missing, tmp_path / "none.jpg")
    demo_pictures.check_pictures(report, sandbox(), made)
    told = [text for passed, text in report.findings if not passed]
    assert [text.partition(" is not usable: ")[0] for text in told] == ["broken.png", "missing.mp4", "none.jpg"]


def sandbox(
    processed: Sequence[int] = (1, 1),
    submitted: int = 1,
    objects: Sequence[str] = ("x/results/1.png", "x/results/2.mp4"),
    deleted: int = 4,
) -> Any:
    charges = {str(number): SimpleNamespace(processed=times, credits=5) for number, times in enumerate(processed)}
    return SimpleNamespace(
        immersity=SimpleNamespace(charges=charges),
        letsenhance=SimpleNamespace(submitted=Counter(a=submitted)),
        bucket=SimpleNamespace(objects=dict.fromkeys(objects)),
        count=lambda operation: deleted if operation == "bucket_delete" else 0,
    )


@pytest.mark.parametrize(
    ("facts", "passed"),
    [
        ({}, True),
        ({"processed": (1, 2)}, False),
        ({"processed": (1, 1, 1)}, False),
        ({"submitted": 2}, False),
        ({"objects": ("x/results/1.png", "x/results/2.mp4", "x/inputs/1.jpg")}, False),
        ({"objects": ()}, False),
        ({"deleted": 0}, False),
    ],
)
def test_what_was_paid_twice_or_left_in_the_storage(facts: dict[str, Any], passed: bool) -> None:
    report = Report()
    demo_pictures._check_accounts(report, sandbox(**facts))
    demo_pictures._check_bucket(report, sandbox(**facts))
    assert report.passed == passed


def test_the_photograph_is_the_first_that_both_services_take(tmp_path: Path) -> None:
    for name in ("a.heic", "b/c.JPG", "d.png", "e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert first_photograph(tmp_path) == tmp_path / "b" / "c.JPG"
    assert first_photograph(tmp_path / "d.png") is None


def test_a_photograph_is_measured_as_it_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter to the right
    Image.new("RGB", SIZE).save(path, exif=exif)
    assert Fraction(*demo_pictures._size_of(path)) == Fraction(64, 96)
