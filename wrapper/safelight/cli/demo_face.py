"""The demo's third part: a drawn face is analysed, and then nothing of it is left at the service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from safelight.cli.demo_checks import Report

if TYPE_CHECKING:
    from safelight.cli.demo_stage import Stage
    from safelight.sandbox import Sandbox

_SIZE = (600, 800)
_SKIN, _CHEEK, _HAIR, _LIP, _DARK, _WALL = "#e8b897", "#e2997f", "#4a3222", "#b5584e", "#33261f", "#9fb4c4"


def draw_face(file: Path) -> Path:
    """Draw what stands for a selfie: nobody's, so that no person's picture is needed."""
    picture = Image.new("RGB", _SIZE, _WALL)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((105, 60, 495, 700), fill=_HAIR)
    draw.rectangle((230, 600, 370, 800), fill=_SKIN)
    draw.ellipse((140, 130, 460, 690), fill=_SKIN)
    for middle in (205, 395):
        draw.ellipse((middle - 45, 430, middle + 45, 510), fill=_CHEEK)
    picture = picture.filter(ImageFilter.GaussianBlur(12))  # before there is anything sharp in it
    draw = ImageDraw.Draw(picture)
    for middle in (225, 375):
        draw.arc((middle - 45, 305, middle + 45, 365), 200, 340, fill=_HAIR, width=9)
        draw.ellipse((middle - 32, 350, middle + 32, 386), fill="white")
        draw.ellipse((middle - 15, 353, middle + 15, 383), fill=_DARK)
    draw.arc((275, 430, 325, 490), 20, 160, fill=_CHEEK, width=7)
    draw.chord((235, 545, 365, 605), 0, 180, fill=_LIP)
    grain = Image.effect_noise(_SIZE, 14).convert("RGB")  # skin is not smooth
    ImageChops.overlay(picture, grain).save(file, quality=92)
    return file


def analyse(stage: Stage, face: Path) -> None:
    """Have it analysed and deleted, and ask what is left.

    Raises:
        ClickException: A command fails.
    """
    stage.tell("         nobody's face: it is drawn. The sandbox measures the picture, and diagnoses nothing")
    stage.run(["haut", "analyse", str(face), "--name", "Drawn", "--delete"])
    ((subject, batches),) = ((one.id, one.batches) for one in stage.sandbox.hautai.subjects.values())
    for batch in batches:
        stage.run(["haut", "images", f"{subject}/{batch}"])


def check_analysis(report: Report, sandbox: Sandbox) -> None:
    """Compare what the service was asked with what it has.

    Args:
        report: Is added to.
        sandbox: The services.
    """
    sent, analysed = sandbox.count("picture"), sandbox.count("compute_batch")
    read = sum(record.operation == "list_results" and record.status == 200 for record in sandbox.requests)
    passed = sent == analysed == 1 and read > 0
    text = "the face was sent once and analysed once, and its results were read"
    if not passed:
        text = f"the face was sent {sent} times and analysed {analysed} times; its results were read {read} times"
    report.add(passed, text, analyses=analysed)
    left = sandbox.hautai.pictures
    gone = [record for record in sandbox.requests if record.operation == "get_image" and record.status == 404]
    text = "it is deleted: the service answers 404 for it, and keeps none of its files"
    if left or not gone:
        text = f"{left} files of it are left at the service, which said {len(gone)} times that it is gone"
    report.add(not left and bool(gone), text, face_files_left=left)
