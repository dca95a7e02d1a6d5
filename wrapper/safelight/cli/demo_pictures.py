"""The demo's second half: one photograph becomes a depth map, an animation and a larger picture, and is checked."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from PIL import Image, ImageChops, ImageOps

from safelight.cli.demo_checks import Report

if TYPE_CHECKING:
    from safelight.cli.demo_stage import Stage
    from safelight.sandbox import Sandbox

WIDTH = 3000
"""Pixels of the enhanced picture."""

_SECONDS, _FPS, _FRAME_WIDTH = 2, 24, 960
_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
# The photograph for each command, and the depth map for one; Let's Enhance keeps its result itself.
_INPUTS, _RESULTS = 4, 2
# A depth map with fewer greys than these is a flat one.
_FEWEST_GREYS = 16


@attrs.frozen
class Made:
    """The files.

    Attributes:
        photograph: What all are made of.
        depth: The depth map.
        animation: The animation.
        enhanced: The larger picture.
    """

    photograph: Path
    depth: Path
    animation: Path
    enhanced: Path


def first_photograph(source: Path) -> Path | None:
    """The first picture of a folder that both services take."""
    if not source.is_dir():
        return None
    return min(
        (path for path in source.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file()), default=None
    )


def make_pictures(stage: Stage, photograph: Path, folder: Path) -> Made:
    """Run the commands.

    Args:
        stage: Where the demo plays.
        photograph: What to make it of.
        folder: Where it goes.

    Raises:
        ClickException: A command fails.
    """
    stem = photograph.resolve().stem
    width, height = _size_of(photograph)
    made = Made(
        photograph, folder / f"{stem}-depth.png", folder / f"{stem}-animation.mp4", folder / f"{stem}-enhanced.jpg"
    )
    source, depth = str(photograph), str(made.depth)
    size = ["--output-width", str(_FRAME_WIDTH), "--output-height", str(round(_FRAME_WIDTH * height / width))]
    length = ["--animation-length", str(_SECONDS), "--output-fps", str(_FPS)]
    stage.run(["immersity", "disparity", source, "-o", depth])
    stage.run(["immersity", "animation", source, "--disparity", depth, *size, *length, "-o", str(made.animation)])
    wish = ["--preset", "marketplace", "--width", str(WIDTH)]
    stage.run(["enhance", "run", source, *wish, "--image-format", "JPEG", "-o", str(made.enhanced)])
    return made


def check_pictures(report: Report, sandbox: Sandbox, made: Made) -> None:
    """Compare what was asked for with the files, and with what the services and the storage say.

    Args:
        report: Is added to.
        sandbox: The services.
        made: The files.
    """
    size = _size_of(made.photograph)
    checks = {made.depth: _check_depth, made.animation: _check_animation, made.enhanced: _check_enhanced}
    for file, check in checks.items():
        try:
            check(report, size, file)
        except (OSError, ValueError) as error:
            report.add(False, f"{file.name} is not usable: {error}")
    _check_accounts(report, sandbox)
    _check_bucket(report, sandbox)


def _size_of(picture: Path) -> tuple[int, int]:
    """As it is seen, upright."""
    with Image.open(picture) as opened:
        return ImageOps.exif_transpose(opened).size


def _check_depth(report: Report, size: tuple[int, int], file: Path) -> None:
    with Image.open(file) as depth:
        depth.load()
        greys = sum(map(bool, depth.convert("L").histogram()))
    width, height = depth.size
    report.add(
        depth.size == size and greys >= _FEWEST_GREYS,
        f"{file.name} has the photograph's {width} x {height} pixels, in {greys} greys"
        if depth.size == size
        else f"{file.name} has {width} x {height} pixels instead of {size[0]} x {size[1]}",
        depth_size=[width, height],
        depth_greys=greys,
    )


def _check_animation(report: Report, size: tuple[int, int], file: Path) -> None:
    import av

    with av.open(file) as container:
        frames: list[Image.Image] = [frame.to_image() for frame in container.decode(video=0)]  # type: ignore[no-untyped-call]
    moves = len(frames) > 1 and any(ImageChops.difference(frames[0], frame).getbbox() for frame in frames[1:])
    expected = _SECONDS * _FPS
    wide = bool(frames) and abs(Fraction(*frames[0].size) - Fraction(*size)) < Fraction(1, 50)
    text = f"{file.name} has {len(frames)} of {expected} frames"
    if moves and wide:
        text += f", {frames[0].width} x {frames[0].height}, and moves"
    report.add(len(frames) == expected and moves and wide, text, animation_frames=len(frames))


def _check_enhanced(report: Report, size: tuple[int, int], file: Path) -> None:
    with Image.open(file) as enhanced:
        enhanced.load()
    (width, height), exact = enhanced.size, WIDTH * size[1] / size[0]
    passed = width == WIDTH and abs(height - exact) <= 1
    text = f"{file.name}: from {size[0]} x {size[1]} to {width} x {height} pixels, with the same aspect ratio"
    if not passed:
        text = f"{file.name} has {width} x {height} pixels, and should have {WIDTH} x {exact:.0f}"
    report.add(passed, text, enhanced_size=[width, height])


def _check_accounts(report: Report, sandbox: Sandbox) -> None:
    charges = list(sandbox.immersity.charges.values())
    once = [charge for charge in charges if charge.processed == 1 and charge.credits > 0]
    paid, pictures = sum(charge.credits for charge in charges), list(sandbox.letsenhance.submitted.values())
    passed = len(once) == len(charges) == 2 and pictures == [1]
    text = f"each was paid for once: {paid:g} credits of Immersity's, {sum(pictures)} of Let's Enhance's"
    if not passed:
        text = f"{len(once)} of {len(charges)} conversions, and pictures {pictures} times, were paid for"
    report.add(passed, text, immersity_credits=paid, enhance_credits=sum(pictures))


def _check_bucket(report: Report, sandbox: Sandbox) -> None:
    names = list(sandbox.bucket.objects)
    left = [name for name in names if "/inputs/" in name]
    removed = sandbox.count("bucket_delete")
    text = f"the storage held {removed} inputs for a while, and keeps the {len(names)} results"
    if left:
        text = f"{len(left)} inputs are still in the storage"
    passed = not left and removed >= _INPUTS and len(names) == _RESULTS
    report.add(passed, text, inputs_removed=removed, inputs_left=len(left), results=len(names))
