"""What the demo claims, looked up on both sides: in the sandbox, and in the files here."""

from __future__ import annotations

import hashlib
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from safelight.cli.ply import read_ply
from safelight.transfer.progress import human_bytes

if TYPE_CHECKING:
    from safelight.sandbox import Sandbox
    from safelight.sandbox.captures import Capture

AT_ONCE = 4
"""Parts that an upload has in flight: the command's default."""

_GAUSSIAN = {"x", "y", "z", "f_dc_0", "opacity", "scale_0", "rot_0"}


@attrs.define
class Report:
    """What was found.

    Attributes:
        findings: Whether each claim holds, and the claim with its figures.
        figures: The figures alone.
    """

    findings: list[tuple[bool, str]] = attrs.field(factory=list)
    figures: dict[str, Any] = attrs.field(factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every claim holds."""
        return bool(self.findings) and all(passed for passed, _ in self.findings)

    def add(self, passed: bool, text: str, **figures: Any) -> None:
        """Note a claim."""
        self.findings.append((passed, text))
        self.figures.update(figures)


def check(sandbox: Sandbox, source: Path, target: Path, safe: set[int]) -> Report:
    """Compare what was sent, what arrived, and what came back.

    Args:
        sandbox: The service, which remembers every request.
        source: The file or folder that was uploaded.
        target: The file that was downloaded.
        safe: The parts that the journal held when the upload was killed.
    """
    report = Report()
    captures = list(sandbox.teleport.captures.values())
    completions = sum(capture.completed for capture in captures)
    creations = sandbox.count("create_capture")
    once = len(captures) == creations == completions == 1
    text = "one capture was created, and completed once"
    report.add(
        once,
        text if once else f"{len(captures)} captures, completed {completions} times",
        captures=len(captures),
        completions=completions,
    )
    capture = captures[-1]
    _check_parts(report, {number: part.accepted for number, part in capture.parts.items()}, capture.num_parts, safe)
    _check_input(report, capture, source)
    _check_model(report, target)
    return report


def _check_parts(report: Report, accepted: Mapping[int, int], total: int, safe: set[int]) -> None:
    again = {number for number, times in accepted.items() if times > 1}
    wasted = sorted(again & safe)
    text = f"{len(safe)} of {total} parts were safe at the kill, and none of them was sent again"
    if wasted:
        text = f"the parts {wasted} were safe at the kill, and yet were sent again"
    report.add(bool(safe) and not wasted, text, parts=total, parts_safe_at_kill=len(safe), safe_sent_again=len(wasted))
    late = total - len(safe)
    text = f"the other {late} were sent after it" if len(accepted) == total else f"only {len(accepted)} parts arrived"
    if again:
        text += f", {len(again)} of them for the second time: they had been in flight"
    report.add(len(accepted) == total and len(again) <= AT_ONCE, text, in_flight_sent_again=len(again) - len(wasted))


def _check_input(report: Report, capture: Capture, source: Path) -> None:
    stream = capture.upload.stream()
    assert stream is not None
    with stream:
        if source.is_dir():
            with zipfile.ZipFile(stream) as archive:
                names = archive.namelist()
                same = sum(archive.read(name) == (source / name).read_bytes() for name in names)
            passed, text = same == len(names) > 0, f"{same} of {len(names)} images arrived byte for byte"
            text += f", in a zip made on the way ({human_bytes(capture.received)})"
        else:
            digest = hashlib.sha256()
            with source.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
            passed = capture.sha256 == digest.hexdigest()
            text = f"{human_bytes(capture.received)} arrived, SHA-256 {'the same' if passed else 'DIFFERENT'}"
    report.add(passed, text, bytes_received=capture.received, received_identical=passed)


def _check_model(report: Report, target: Path) -> None:
    try:
        ply = read_ply(target)
        size = target.stat().st_size
        finite = sum(all(map(math.isfinite, row)) for row in ply.rows())
    except (OSError, ValueError) as error:
        report.add(False, f"the download is not usable: {error}")
        return
    passed = size == ply.expected_size and finite == ply.count > 0 and set(ply.names) >= _GAUSSIAN
    text = (
        f"{target.name} is a whole PLY, {human_bytes(size)}: {ply.count:,} Gaussians of {len(ply.names)} numbers each"
    )
    if not passed:
        text = f"{target.name} has {size} bytes instead of {ply.expected_size}; {finite} of {ply.count} rows are usable"
    report.add(passed, text, model_bytes=size, gaussians=ply.count, properties=len(ply.names))
