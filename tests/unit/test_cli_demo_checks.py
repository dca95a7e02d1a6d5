"""The demo's checks can fail: each is given what it must not let pass."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from safelight.cli.demo_checks import Report, _check_model, _check_parts
from safelight.cli.demo_picture import as_lines, picture_of
from safelight.cli.ply import read_ply

NAMES = ("x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", "scale_0", "rot_0")
RED = (1.7, -1.7, -1.7)


def ply(path: Path, *rows: tuple[float, ...], count: int | None = None, names: tuple[str, ...] = NAMES) -> Path:
    properties = "".join(f"property float {name}\n" for name in names)
    vertices = f"element vertex {len(rows) if count is None else count}\n"
    header = f"ply\nformat binary_little_endian 1.0\ncomment by hand\n{vertices}{properties}end_header\n"
    path.write_bytes(header.encode() + b"".join(struct.pack(f"<{len(row)}f", *row) for row in rows))
    return path


def gaussian(x: float = 0.0, y: float = 0.0, z: float = 0.0, colour: tuple[float, ...] = RED) -> tuple[float, ...]:
    return (x, y, z, *colour, 3.0, -3.0, 1.0)


@pytest.mark.parametrize(
    ("accepted", "safe", "passed"),
    [
        ({1: 1, 2: 1, 3: 1, 4: 1}, {1, 2}, True),
        ({1: 1, 2: 1, 3: 2, 4: 1}, {1, 2}, True),  # the third was in flight
        ({1: 1, 2: 2, 3: 1, 4: 1}, {1, 2}, False),  # a safe part was sent again
        ({1: 1, 2: 1, 3: 1}, {1, 2}, False),  # a part is missing
        ({1: 1, 2: 1, 3: 1, 4: 1}, set(), False),  # nothing was safe: nothing was shown
    ],
)
def test_parts(accepted: dict[int, int], safe: set[int], passed: bool) -> None:
    report = Report()
    _check_parts(report, accepted, 4, safe)
    assert report.passed == passed


def test_more_parts_again_than_were_in_flight_are_too_many() -> None:
    report = Report()
    _check_parts(report, dict.fromkeys(range(1, 9), 2) | {9: 1}, 9, {9})
    assert not report.passed


def test_a_report_without_findings_is_no_success() -> None:
    assert not Report().passed


@pytest.mark.parametrize(
    ("rows", "count", "passed"),
    [
        ([gaussian(), gaussian(1)], None, True),
        ([gaussian()], 2, False),
        ([gaussian(), gaussian()], 1, False),
        ([gaussian(float("nan"))], None, False),
        ([], None, False),
    ],
)
def test_models(tmp_path: Path, rows: list[tuple[float, ...]], count: int | None, passed: bool) -> None:
    report = Report()
    _check_model(report, ply(tmp_path / "a.ply", *rows, count=count))
    assert report.passed == passed


def test_a_point_cloud_without_gaussians_is_no_capture(tmp_path: Path) -> None:
    report = Report()
    _check_model(report, ply(tmp_path / "a.ply", (0.0, 0.0, 0.0), names=("x", "y", "z")))
    assert not report.passed


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"ply\nend_header\n",
        b"ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n0\n",
        b"ply\nformat binary_little_endian 1.0\nelement vertex -1\nproperty float x\nend_header\n",
        b"ply\nformat binary_little_endian 1.0\nelement face 1\nproperty list uchar int x\nend_header\n",
        b"ply\nformat binary_little_endian 1.0\nelement vertex 1\nproperty float x\n",
    ],
)
def test_what_is_no_ply_of_gaussians_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.ply"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="ply"):
        read_ply(path)
    report = Report()
    _check_model(report, path)
    assert not report.passed


def test_big_endian_and_mixed_properties_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.ply"
    header = b"ply\nformat binary_big_endian 1.0\nelement vertex 1\nproperty uchar a\nproperty double b\nend_header\n"
    path.write_bytes(header + struct.pack(">Bd", 7, 0.5))
    assert list(read_ply(path).rows()) == [(7, 0.5)]


def test_the_picture_shows_the_nearest_gaussian_in_its_colour(tmp_path: Path) -> None:
    green = (-1.7, 1.7, -1.7)
    path = ply(tmp_path / "a.ply", gaussian(z=2.0), gaussian(z=0.0, colour=green), gaussian(x=1.0), gaussian(x=-1.0))
    picture = picture_of(path, (90, 60))
    assert picture.getpixel((picture.width // 2, picture.height // 2)) == (5, 250, 5)
    assert picture.getpixel((1, picture.height // 2)) == (250, 5, 5)
    assert picture.getpixel((picture.width // 4, picture.height // 2)) == (18, 18, 22)
    lines = as_lines(picture)
    assert len(lines) == picture.height // 2
    assert all(len(line) == picture.width for line in lines)
