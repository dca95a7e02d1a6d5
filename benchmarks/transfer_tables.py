"""The tables of uploads and downloads: ratios first, and what limits each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from report import Demand, Section
from transfers import Case, Line, Outcome

MOST_MEMORY = 60.0


def near(title: str, outcomes: Mapping[tuple[str, Case], Outcome], base: Case, *, group: str = "") -> Section:
    """Transfers with nothing between client and server, over what the base takes in the same group.

    Args:
        title: The heading.
        outcomes: By group and case.
        base: The case that the others are compared with.
        group: What the groups are, as a column's head; with none there is one group without a name.
    """
    section = Section(
        title,
        columns=(
            *([group] if group else []),
            "client",
            "CPU over raw",
            "time over raw",
            "CPU s/GiB",
            "MB/s",
            "peak RSS MiB",
            "limited by",
        ),
        chart="CPU over raw",
        by=(group, "client") if group else ("client",),
        demands=[_memory(title, ((case, outcome) for (_, case), outcome in outcomes.items()))],
    )
    for (name, case), outcome in outcomes.items():
        raw = outcomes[name, base]
        section.rows.append(
            (
                *([name] if group else []),
                case.label,
                f"{outcome.cpu_per_gib / raw.cpu_per_gib:.2f}",
                f"{raw.rate / outcome.rate:.2f}",
                f"{outcome.cpu_per_gib:.2f}",
                f"{outcome.rate / 1e6:.0f}",
                f"{outcome.peak_mib:.0f}",
                outcome.limited_by,
            )
        )
    return section


def far(title: str, outcomes: Mapping[tuple[Line, Case], Outcome]) -> Section:
    """Transfers through lines, over what the line could carry in that time."""
    section = Section(
        title,
        columns=("line", "client", "of the line", "MB/s", "connections", "CPU s/GiB", "peak RSS MiB", "limited by"),
        chart="of the line",
        by=("line", "client"),
        demands=[_memory(title, ((case, outcome) for (_, case), outcome in outcomes.items()))],
    )
    for (line, case), outcome in outcomes.items():
        section.rows.append(
            (
                str(line),
                case.label,
                f"{share_of(line, outcome):.1%}",
                f"{outcome.rate / 1e6:.1f}",
                str(outcome.fastest.connections),
                f"{outcome.cpu_per_gib:.2f}",
                f"{outcome.peak_mib:.0f}",
                outcome.limited_by,
            )
        )
    return section


def share_of(line: Line, outcome: Outcome) -> float:
    """How much of a line's rate the file's bytes used, from the call to its return."""
    return outcome.rate * 8 / 1e6 / line.mbit


def missing_note(cases: Iterable[Case], wanted: Iterable[Case]) -> list[str]:
    """A note on the cases that are not in a table because they are not installed."""
    labels = {case.label for case in cases}
    missing = dict.fromkeys(case.label for case in wanted if case.label not in labels)
    return [f"Not installed, so not in the table: {', '.join(missing)}. `make bench` installs them."] if missing else []


def _memory(title: str, outcomes: Iterable[tuple[Case, Outcome]]) -> Demand:
    peak = max(outcome.peak_mib for case, outcome in outcomes if case.client.startswith("safelight"))
    return Demand(f"peak RSS of safelight: {title}", peak, MOST_MEMORY, " MiB")
