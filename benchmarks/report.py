"""What a benchmark has to say: what is promised first, then tables with ratios first, in Markdown."""

from __future__ import annotations

import datetime
import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

_PACKAGES = ("safelight", "httpx", "boto3", "awscrt", "openai", "fal-client")


@dataclass(frozen=True)
class Demand:
    """A figure that the project promises, as it was measured here.

    Attributes:
        what: What was measured.
        measured: The figure.
        limit: The most that it may be, or the least.
        unit: What it is counted in, with a space before it where one belongs there.
        at_least: Whether the limit is the least.
    """

    what: str
    measured: float
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the promise holds on this machine, in this run."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    @property
    def row(self) -> tuple[str, str, str, str]:
        """The demand as a row of the table of demands."""
        bound = "at least" if self.at_least else "at most"
        return (
            self.what,
            f"{self.measured:.2f}{self.unit}",
            f"{bound} {self.limit:g}{self.unit}",
            "yes" if self.is_met else "**no**",
        )


@dataclass
class Section:
    """One table of a part, with what is to be known about it.

    Attributes:
        title: The heading.
        demands: What is promised of the figures.
        columns: The table's heads; ratios come first after what tells the rows apart.
        rows: The cells, as they are shown. Safelight's own labels are **bold**.
        notes: How it was measured.
        chart: The column to be drawn, if any; cells without a number are left out.
        by: The columns that tell the bars apart, by default the first; with two, the first one groups them.
    """

    title: str
    demands: list[Demand] = field(default_factory=list)
    columns: Sequence[str] = ()
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    chart: str = ""
    by: Sequence[str] = ()

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """The section that `dataclasses.asdict` made these facts of."""
        return cls(**{**facts, "demands": [Demand(**demand) for demand in facts["demands"]]})

    @property
    def bars(self) -> list[tuple[str, str, float]]:
        """What is to be drawn: group, label and figure of each bar."""
        if not self.chart:
            return []
        column = self.columns.index(self.chart)
        places = [self.columns.index(name) for name in (self.by or self.columns[:1])]
        found = []
        for row in self.rows:
            with_group = ["", *(row[place] for place in places)][-2:]
            try:
                found.append((with_group[0], with_group[1], float(row[column].strip("%*x ").split()[0])))
            except (ValueError, IndexError):
                continue
        return found


@dataclass
class Part:
    """All sections of one run of one part, with the machine and the day."""

    name: str
    facts: str
    sections: list[Section]

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """The part that `as_facts` described."""
        return cls(facts["name"], facts["facts"], [Section.of(section) for section in facts["sections"]])

    def as_facts(self) -> dict[str, Any]:
        """The part as JSON can hold it."""
        return asdict(self)

    def chart_name(self, section: Section) -> str:
        """The file of a section's chart."""
        return f"{self.name}-{self.sections.index(section) + 1}.svg"

    def markdown(self, charts: str = "") -> str:
        """The part's tables, with its charts where they are in a folder."""
        blocks = [f"`.venv/bin/python benchmarks/run.py --only {self.name}`", self.facts]
        for section in self.sections:
            blocks.append(f"### {section.title}")
            if charts and section.bars:
                blocks.append(f"![{section.title}: {section.chart}]({charts}/{self.chart_name(section)})")
            blocks.append(table(section.columns, section.rows))
            if section.notes:
                blocks.append("\n".join(f"- {note}" for note in section.notes))
        return "\n\n".join(blocks) + "\n"


def demands_of(parts: Iterable[Part]) -> str:
    """The table of all that is promised."""
    rows = [(part.name, *demand.row) for part in parts for section in part.sections for demand in section.demands]
    return table(("part", "what", "measured", "promised", "met"), rows)


def facts() -> str:
    """The day, and what was measured on what: absolute figures are this machine's."""
    versions = ", ".join(filter(None, map(_version, _PACKAGES)))
    day = datetime.datetime.now(datetime.UTC).date()
    return (
        f"{day}, {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, {versions}."
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
