"""How a long operation is shown: a bar on a terminal, few plain lines elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from safelight.cli.output import printable
from safelight.transfer.progress import Progress, human_bytes

_WINDOW = 10.0
_STEP = 0.1
_BETWEEN_STEPS = 1.0
_SIGN_OF_LIFE = 30.0
_NARROWEST, _WIDEST = 6, 30
_BESIDES = 62
"""Columns that the longest figures, and the phase, take on a bar's line."""


class Pace:
    """The speed of one phase, over its last ten seconds."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque()

    def add(self, now: float, done: float) -> None:
        """Note that so much is done at this time; where it goes back, a part is being sent again."""
        self._samples.append((now, done))
        while len(self._samples) > 2 and now - self._samples[0][0] > _WINDOW:
            self._samples.popleft()

    @property
    def speed(self) -> float | None:
        """What is done in a second, or None while nobody can tell."""
        if not self._samples:
            return None
        (begun, before), (now, done) = self._samples[0], self._samples[-1]
        return (done - before) / (now - begun) if now - begun >= 0.2 and done > before else None

    def describe(self, left: float, unit: str = "bytes") -> str:
        """Such as `, 4.1 MB/s, 0:03 left`, for what is left; empty while nobody can tell."""
        if self.speed is None:
            return ""
        speed = f", {human_bytes(self.speed)}/s" if unit == "bytes" else ""
        return speed + (f", {minutes(left / self.speed)} left" if left else "")


def minutes(seconds: float) -> str:
    """`0:07`, `12:34` or `2:03:04`."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def is_due(*, since: float, gained: float, news: bool) -> bool:
    """Whether it is time for another plain line.

    Args:
        since: Seconds since the last line.
        gained: What was done since then, as a share of the whole.
        news: Whether something happened that happens once: the end, or another state.
    """
    return news or (gained >= _STEP and since >= _BETWEEN_STEPS) or since >= _SIGN_OF_LIFE


class PlainLines:
    """Shows progress as lines: at each tenth, at each new state, and every half minute."""

    def __init__(self, write: Callable[[str], None], now: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._now = now
        self._phase: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def __call__(self, progress: Progress) -> None:
        """Take a report."""
        now = self._now()
        if progress.phase != self._phase:
            self._phase, self._pace = progress.phase, Pace()
            self._told = now, progress
            self._ended = self._state_told = False
        since, before = now - self._told[0], self._told[1]
        if progress.unit == "seconds":
            news, gained, pace = not self._state_told or progress.state != before.state, 0.0, ""
            self._state_told = True
        else:
            self._pace.add(now, progress.done)
            total = progress.total or 0.0
            news = bool(total) and progress.done >= total and progress.phase != "reading" and not self._ended
            self._ended = self._ended or news
            gained = (progress.done - before.done) / total if total else 0.0
            pace = self._pace.describe(max(0.0, total - progress.done), progress.unit)
        if is_due(since=since, gained=gained, news=news) and (news or not self._ended):
            self._told = now, progress
            self._write(f"{progress}{pace}")


class TerminalBars:
    """Shows progress as one bar for each phase."""

    def __init__(self, console: Console, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        # What the command prints goes to its own streams, not through the bars' console.
        self._bars = Bars(
            TextColumn("{task.description:<11}"),
            BarColumn(bar_width=max(_NARROWEST, min(_WIDEST, console.width - _BESIDES)), finished_style="green"),
            _Figures(table_column=Column(no_wrap=True)),
            console=console,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._phase: str | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end_phase(succeeded=error is None)
        self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        """Take a report."""
        if progress.phase != self._phase or self._task is None:
            self._end_phase(succeeded=True)
            self._phase, self._pace = progress.phase, Pace()
            self._task = self._bars.add_task(progress.phase, total=None, report=progress, pace=self._pace)
        self._pace.add(self._now(), progress.done)
        total = None if progress.unit == "seconds" else progress.total
        self._bars.update(self._task, completed=progress.done, total=total, report=progress)

    def _end_phase(self, *, succeeded: bool) -> None:
        if self._task is None:
            return
        self._bars.stop_task(self._task)
        if self._phase == "reading" and succeeded:
            self._bars.remove_task(self._task)  # it has been worth a bar only while one had to wait for it
        elif self._phase == "waiting":
            self._bars.update(self._task, total=1, completed=1 if succeeded else 0)
        self._task = None


class _Figures(ProgressColumn):
    """What stands behind a bar."""

    def render(self, task: Task) -> Text:
        report: Progress = task.fields["report"]
        pace: Pace = task.fields["pace"]
        if report.unit == "seconds":
            return Text(f"{minutes(task.elapsed or 0)}  {printable(report.state or '')}", "progress.elapsed")
        if not report.total:
            return Text(f"{human_bytes(report.done)}{pace.describe(0)}")
        share = Text(f"{min(report.done / report.total, 1):4.0%}  ", "progress.percentage")
        if report.unit == "files":
            left = pace.describe(report.total - report.done, report.unit)
            return share.append(f"{report.done:.0f} of {report.total:.0f} pictures{left}", "default")
        if report.done >= report.total:
            return share.append(f"{human_bytes(report.total)}{pace.describe(0)}", "default")
        figures = f"{human_bytes(report.done)} of {human_bytes(report.total)}"
        return share.append(f"{figures}{pace.describe(report.total - report.done)}", "default")
