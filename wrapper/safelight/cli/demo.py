"""`safelight demo`: an upload that is killed midway and goes on, pictures, a face and a webhook; all checked."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safelight.cli.demo_stage import Stage
from safelight.cli.output import DONE, FAILED, Line, Output, columns, on_terminal
from safelight.errors import ConfigError
from safelight.transfer.folder import IMAGE_SUFFIXES
from safelight.transfer.journal import Journal
from safelight.transfer.progress import human_bytes

if TYPE_CHECKING:
    from safelight.sandbox import Sandbox

PARTS = 48
"""About how many parts the input is cut into: enough to see which of them were sent again."""

_KILL_AT = 0.45
_LOOK = 0.02
_PATIENCE = 60.0
_DRAWN = 24
_VIEWER = "https://superspl.at/editor"
_PICTURE = (1600, 1000)
_ON_TERMINAL = (76, 40)


def run_demo(output: Output, path: Path | None, folder: Path, *, pace: float, processing_seconds: float) -> int:
    """Play the demo; the exit code.

    Args:
        output: Where it is told.
        path: What to upload; None draws pictures.
        folder: Where everything goes.
        pace: Seconds by which the sandbox delays each part.
        processing_seconds: How long the sandbox takes to make the capture, and the enhanced picture.

    Raises:
        ConfigError: There is nothing to upload, or an extra is missing.
    """
    from safelight.sandbox import Sandbox  # first: it names the extra, if that is missing

    if find_spec("obstore") is None:
        raise ConfigError('the demo needs obstore: pip install "safelight[cli,sandbox,storage]".')
    from safelight.cli.demo_checks import check
    from safelight.cli.demo_face import analyse, check_analysis, draw_face
    from safelight.cli.demo_pictures import check_pictures, first_photograph, make_pictures
    from safelight.cli.demo_webhook import check_wait, wait_by_webhook

    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="safelight-demo-") as name:
        work = Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        source = path or _draw(folder / "drawn-pictures")
        size, images = _measure(source)
        target = folder / f"{source.resolve().stem}.ply"
        chunk_size = -(-size // PARTS)
        with Sandbox(processing_seconds=processing_seconds, chunk_size=chunk_size) as sandbox:
            sandbox.fault("part", kind="delay", seconds=pace, times=None)
            command = ["teleport", "upload", str(source), "--wait", "--download", str(target)]
            stage = Stage(output, sandbox, work / "state")
            what = f"{images} images, {human_bytes(size)}" if images else human_bytes(size)
            stage.tell([("input    ", "dim"), (f"{source}: {what}", "")])
            stage.tell([("service  ", "dim"), (f"a sandbox on this machine, {sandbox.base_url}", "")])
            stage.tell(f"         it holds each part back for {pace:g} s, so that you can watch")

            stage.headline("1", "Upload, and die in the middle")
            safe = _die_midway(stage, command)
            stage.headline("2", "Give the same command again")
            stage.run(command)
            report = check(sandbox, source, target, safe)
            stage.headline("3", "Make more of one photograph: its depth, a motion, more pixels")
            photograph = first_photograph(source) or _drawn(folder / "drawn.jpg", 0.1)
            made = make_pictures(stage, photograph, folder)
            check_pictures(report, sandbox, made)
            stage.headline("4", "Analyse a face, and leave nothing of it behind")
            face = draw_face(folder / "drawn-face.jpg")
            analyse(stage, face)
            check_analysis(report, sandbox)
            stage.headline("5", "Be called when a capture is done")
            sandbox.clear_faults()
            waited = wait_by_webhook(stage, ["teleport", "upload", str(source)], processing_seconds + _PATIENCE)
            check_wait(report, waited)
    stage.headline("6", "Look, and check")
    picture = _look_at(stage, target) if report.passed else None
    for passed, text in report.findings:
        stage.tell([("✓ " if passed else "✗ ", "green" if passed else "red"), (text, "")])
    stage.tell("")
    seconds = time.monotonic() - begun
    files = {"model": target, "picture": picture, "depth": made.depth, "animation": made.animation}
    files |= {"enhanced": made.enhanced, "face": face}
    shown = {name: file and str(file) for name, file in files.items()}
    document = {**report.figures, "ok": report.passed, "seconds": round(seconds, 1), **shown}
    output.result(document, *_closing(files, seconds))
    return DONE if report.passed else FAILED


def _die_midway(stage: Stage, command: Sequence[str]) -> set[int]:
    """Run the command and kill it when enough parts have arrived; the numbers of those that its journal holds."""
    with stage.running(command) as process:
        while process.poll() is None and not _is_midway(stage.sandbox):
            time.sleep(_LOOK)
        if process.poll() is not None:
            raise click.ClickException(f"the command ended too early, with the exit code {process.returncode}.")
    safe = _journalled(stage.state)
    how = "kill -9" if hasattr(signal, "SIGKILL") else "killed"
    stage.tell([("✗ ", "red"), (f"{how}, as a crash or an empty battery would; {len(safe)} parts are safe", "")])
    return safe


def _is_midway(sandbox: Sandbox) -> bool:
    return any(len(c.parts) >= _KILL_AT * c.num_parts for c in sandbox.teleport.captures.values())


def _journalled(state: Path) -> set[int]:
    found: set[int] = set()
    for path in (state / "uploads").glob("*.sqlite"):
        journal = Journal(path.stem, path.parent)
        try:
            found |= set(journal.entry.etags) if journal.entry else set()
        finally:
            journal.close()
    return found


def _measure(source: Path) -> tuple[int, int]:
    """How many bytes there are to upload, about, and how many images."""
    if not source.exists():
        raise ConfigError(f"{source} does not exist: give a folder of photographs, a zip of them, or a video.")
    if source.is_file():
        return source.stat().st_size or 1, 0
    images = [path for path in source.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()]
    if not images:
        raise ConfigError(f"{source} holds no images: give a folder of photographs, a zip of them, or a video.")
    return sum(path.stat().st_size for path in images) or 1, len(images)


def _draw(folder: Path) -> Path:
    """Pictures for those who have no photographs at hand: ever more of the Mandelbrot set, from the seahorses out."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(_DRAWN):
        _drawn(folder / f"drawn-{index + 1:02}.jpg", 0.01 * 1.2**index, hue=360 * index // _DRAWN)
    return folder


def _drawn(file: Path, half: float, hue: int = 200) -> Path:
    """One such picture, which shows so much to each side."""
    from PIL import Image, ImageOps

    extent = (-0.745 - half, 0.112 - half * 3 / 4, -0.745 + half, 0.112 + half * 3 / 4)
    values = ImageOps.autocontrast(Image.effect_mandelbrot((640, 480), extent, 100))
    ImageOps.colorize(values, "#0b0a12", "#fff6dd", f"hsl({hue}, 80%, 45%)").save(file, quality=92)
    return file


def _look_at(stage: Stage, target: Path) -> Path:
    """Make a picture of the capture, and show it where there are colours to do so; the picture's file."""
    from safelight.cli.demo_picture import as_lines, picture_of

    picture = picture_of(target, _PICTURE)
    file = target.with_suffix(".png")
    picture.save(file)
    if on_terminal(sys.stderr) and not os.environ.get("NO_COLOR"):
        picture.thumbnail(_ON_TERMINAL)
        for line in as_lines(picture):
            stage.tell(line)
    return file


def _closing(files: Mapping[str, Path | None], seconds: float) -> list[Line]:
    about = {
        "model": f"the capture: drop it into {_VIEWER}",
        "picture": "a look at it",
        "depth": "the depth map of a photograph",
        "animation": "its animation",
        "enhanced": "the photograph with more pixels",
        "face": "the face that was analysed",
    }
    lines = columns([[(str(file), "bold"), (about[name], "")] for name, file in files.items() if file])
    lines.append(
        f"Done in {seconds:.0f} s. The sandbox only shows how it goes: the services make a 3D scene, a good depth"
    )
    lines.append("map and a better picture. Set their credentials (safelight doctor names them), then do the same.")
    return lines
