"""What a benchmark has to say: demands first, then tables, in Markdown."""

from __future__ import annotations

import datetime
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("safelight", "httpx", "boto3", "openai", "fal-client")


@dataclass(frozen=True)
class Demand:
    """A figure that the project promises, as it was measured here."""

    what: str
    measured: float
    at_most: float
    unit: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the promise holds on this machine, in this run."""
        return self.measured <= self.at_most


@dataclass
class Section:
    """One part of the report."""

    title: str
    demands: list[Demand] = field(default_factory=list)
    columns: Sequence[str] = ()
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        notes = "\n".join(f"- {note}" for note in self.notes)
        return f"## {self.title}\n\n{table(self.columns, self.rows)}\n\n{notes}\n"


def document(sections: Iterable[Section]) -> str:
    """The whole report."""
    sections = list(sections)
    demands = [
        (
            demand.what,
            f"{demand.measured:.2f}{demand.unit}",
            f"{demand.at_most:g}{demand.unit}",
            "yes" if demand.is_met else "**no**",
        )
        for section in sections
        for demand in section.demands
    ]
    promised = table(("what", "measured", "at most", "met"), demands)
    return "\n".join([f"# Benchmarks\n\n{facts()}\n\n{promised}\n", *map(str, sections)])


def facts() -> str:
    """The day, and what was measured on what: absolute figures are this machine's."""
    versions = ", ".join(filter(None, map(_version, _PACKAGES)))
    day = datetime.datetime.now(datetime.UTC).date()
    return (
        f"{day}, {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, {versions}. Ratios carry over to other machines, absolute figures do not."
    )


def processor() -> str:
    """The processor's name, if the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    if sys.platform == "linux" and cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table that is readable as text, too."""
    lines = [list(columns), ["---"] * len(columns), *map(list, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def child_environment(**more: str) -> dict[str, str]:
    """The environment of measured processes: without proxies and without settings of the services."""
    foreign = ("_PROXY", "TELEPORT_", "SAFELIGHT_", "PYTHON", "AWS_", "OPENAI_", "FAL_")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().endswith(foreign) and not name.startswith(foreign)
    }
    return {**kept, **more}


def _version(package: str) -> str | None:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return None
