"""`safelight demo`: an upload that is killed midway and goes on, against a sandbox of its own, and checked."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from safelight.cli.output import DONE, FAILED, Line, Output, on_terminal
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
_DRAWN = 24
_VIEWER = "https://superspl.at/editor"
_PICTURE = (1600, 1000)
_ON_TERMINAL = (76, 40)


@attrs.frozen
class Stage:
    """Where the demo plays.

    Attributes:
        output: Tells.
        sandbox: The service.
        command: What is run, without the program's name.
        state: The folder of the upload's journal.
    """

    output: Output
    sandbox: Sandbox
    command: list[str]
    state: Path

    def tell(self, line: Line) -> None:
        """Say it, unless only figures are wanted."""
        if not self.output.as_json:
            self.output.say(line)

    def headline(self, number: str, text: str) -> None:
        """Begin another act."""
        self.tell("")
        self.tell([(f"{number}  ", "bold cyan"), (text, "bold")])

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """The command, in a process of its own, on this terminal; it does not outlive the block."""
        self.tell([("$ ", "dim"), (shlex.join(["safelight", *self.command]), "bold")])
        quiet = ["--json"] if self.output.as_json else []
        process = subprocess.Popen(  # noqa: S603 - this very program, with arguments of its own making
            [sys.executable, "-m", "safelight.cli", *self.command, *quiet],
            env={**os.environ, **self.sandbox.env, "SAFELIGHT_STATE_DIR": str(self.state)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if self.output.as_json else sys.stderr,
            start_new_session=True,  # Ctrl-C is for the demo: how to go on without its sandbox is no question
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
                if on_terminal(sys.stderr) and not self.output.as_json:
                    sys.stderr.write("\x1b[?25h\n")  # what was killed can no longer give the cursor back


def run_demo(output: Output, path: Path | None, folder: Path, *, pace: float, processing_seconds: float) -> int:
    """Play the demo; the exit code.

    Args:
        output: Where it is told.
        path: What to upload; None draws pictures.
        folder: Where the capture goes.
        pace: Seconds by which the sandbox delays each part.
        processing_seconds: How long the sandbox takes to make the capture.

    Raises:
        ConfigError: There is nothing to upload, or the extra `sandbox` is missing.
    """
    from safelight.cli.demo_checks import check
    from safelight.sandbox import Sandbox

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
            stage = Stage(output, sandbox, command, work / "state")
            what = f"{images} images, {human_bytes(size)}" if images else human_bytes(size)
            stage.tell([("input    ", "dim"), (f"{source}: {what}", "")])
            stage.tell([("service  ", "dim"), (f"a sandbox of Teleport on this machine, {sandbox.base_url}", "")])
            stage.tell(f"         it holds each part back for {pace:g} s, so that you can watch")

            stage.headline("1", "Upload, and die in the middle")
            safe = _die_midway(stage)
            stage.headline("2", "Give the same command again")
            with stage.running() as process:
                if code := process.wait():
                    raise click.ClickException(f"the command ended with the exit code {code}.")
            report = check(sandbox, source, target, safe)
    stage.headline("3", "Look, and check")
    picture = _look_at(stage, target) if report.passed else None
    for passed, text in report.findings:
        stage.tell([("✓ " if passed else "✗ ", "green" if passed else "red"), (text, "")])
    stage.tell("")
    seconds = time.monotonic() - begun
    files = {"model": str(target), "picture": picture and str(picture)}
    document = {**report.figures, "ok": report.passed, "seconds": round(seconds, 1), **files}
    output.result(document, *_closing(target, picture, seconds))
    return DONE if report.passed else FAILED


def _die_midway(stage: Stage) -> set[int]:
    """Run the command and kill it when enough parts have arrived; the numbers of those that its journal holds."""
    with stage.running() as process:
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
    from PIL import Image, ImageOps

    folder.mkdir(parents=True, exist_ok=True)
    for index in range(_DRAWN):
        half = 0.01 * 1.2**index
        extent = (-0.745 - half, 0.112 - half * 3 / 4, -0.745 + half, 0.112 + half * 3 / 4)
        values = ImageOps.autocontrast(Image.effect_mandelbrot((640, 480), extent, 100))
        picture = ImageOps.colorize(values, "#0b0a12", "#fff6dd", f"hsl({360 * index // _DRAWN}, 80%, 45%)")
        picture.save(folder / f"drawn-{index + 1:02}.jpg", quality=92)
    return folder


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


def _closing(target: Path, picture: Path | None, seconds: float) -> list[Line]:
    lines: list[Line] = [[(str(target), "bold"), (f"  the capture: drop it into {_VIEWER}", "")]]
    if picture:
        lines.append([(str(picture), "bold"), ("  a look at it", "")])
    lines.append(f"Done in {seconds:.0f} s. This sandbox hangs pictures up as a wall; Teleport makes a 3D scene:")
    lines.append("set TELEPORT_CLIENT_ID and TELEPORT_CLIENT_SECRET, then give the same command.")
    return lines
