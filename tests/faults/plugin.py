"""Gathers which tests show what is done about which fault, and holds docs/reliability.md to it.

A test names its rows by `@pytest.mark.fault(7)`, with a note if it shows only a side of it. A run of all tests fails if
a row has no test that passed, or if the document is not what the run shows; `make reliability` writes it.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.faults.rows import FAULTS, HTTPX, ROWS, Row

ROOT = Path(__file__).resolve().parents[2]
PAGE = "docs/reliability.md"
_PROPERTY = "fault"
_TWINS = (re.compile(r"\b(blocking|sync)\b"), re.compile(r"\basync\b"))
_INTRODUCTION = """\
# Reliability: each fault, and the test that shows what becomes of it

Made by `make reliability` from a run of the tests, as they are marked: nothing is edited here, and `make test` fails if
this page is not what its run shows. The tests use real sockets: the sandbox with its faults, a proxy that resets,
closes, stalls and slows connections (`tests/faults/wire.py`), and a server that says what no good one does
(`tests/faults/server.py`).

**Both** says that a test runs for the blocking and the async client.
"""
_HTTPX = """\

## What httpx leaves to its users

Measured with httpx 0.28.1, and what is done so that it bites nobody:
"""
_END = """\

## How to run it

`make test` runs all of it with the other tests; `make reliability` runs these alone and writes this page. One row:
`.venv/bin/python -m pytest tests -m fault -k test_17`.
"""


@attrs.define(eq=False)
class Shown:
    """What a run showed.

    Attributes:
        passed: The cases of each test that passed, by row and by the test's name without its case.
        failed: The tests of which a case failed.
    """

    passed: dict[int | str, dict[str, set[str]]] = attrs.field(factory=lambda: defaultdict(lambda: defaultdict(set)))
    failed: set[str] = attrs.field(factory=set)
    notes: dict[tuple[int | str, str], str] = attrs.field(factory=dict)

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in the outcome of a test's case."""
        rows: Any = dict(report.user_properties).get(_PROPERTY, ())
        if not rows:
            return
        test, _, case = report.nodeid.partition("[")
        if report.failed:
            self.failed.add(test)
        elif report.when == "call" and report.passed:
            for key, note in rows:
                self.passed[key][test].add(case)
                self.notes[key, test] = note

    def without_test(self) -> list[Row]:
        """The rows that nothing shows."""
        return [row for key, row in ROWS.items() if not self.passed.get(key)]

    def page(self) -> str:
        """The document."""
        return "\n".join(
            [_INTRODUCTION, *self._table(FAULTS), _HTTPX, *self._table(HTTPX), _END.rstrip("\n"), ""],
        )

    def _table(self, rows: Iterable[Row]) -> list[str]:
        lines = ["| # | fault | what safelight does | shown by |", "| --- | --- | --- | --- |"]
        for number, row in enumerate(rows, start=1):
            tests = "<br>".join(self._test(row.key, test) for test in sorted(self.passed.get(row.key, ())))
            lines.append(f"| {number} | {row.fault} | {row.answer} | {tests} |")
        return lines

    def _test(self, key: int | str, test: str) -> str:
        path, _, name = test.partition("::")
        both = all(any(twin.search(case) for case in self.passed[key][test]) for twin in _TWINS)
        note = self.notes[key, test]
        return f"[{name}](../{path}){' **both**' if both else ''}{f': {note}' if note else ''}"


@attrs.define
class Held:
    """Fails a run of all tests that shows something else than the document says."""

    shown: Shown
    told: str = ""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Compare, where everything was run and passed."""
        if exitstatus != pytest.ExitCode.OK or not _is_whole(session.config):
            return
        path = ROOT / PAGE
        if missing := self.shown.without_test():
            self.told = f"no test shows {', '.join(f'{row.key!r} ({row.fault})' for row in missing)}"
        elif not path.exists() or path.read_text(encoding="utf-8") != self.shown.page():
            self.told = f"{PAGE} is not what this run shows: make reliability"
        if self.told:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what is wrong."""
        if self.told:
            terminalreporter.write_line(self.told, red=True)


def _is_whole(config: pytest.Config) -> bool:
    """Whether all tests were asked for."""
    option = config.option
    some = (option.keyword, option.markexpr, option.deselect, option.ignore, option.ignore_glob, option.collectonly)
    whole = [Path(arg) for arg in config.args] in ([Path("tests")], [ROOT / "tests"])
    return whole and not any(some) and not getattr(option, "lf", False) and not option.maxfail


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each report carry the rows of its test, from a worker's process, too."""
    for item in items:
        rows = sorted({_named(item, *marker.args) for marker in item.iter_markers("fault")}, key=str)
        if rows:
            item.user_properties.append((_PROPERTY, rows))


def _named(item: pytest.Item, key: int | str, note: str = "") -> tuple[int | str, str]:
    if key not in ROWS:
        raise pytest.UsageError(f"{item.nodeid}: tests/faults/rows.py has no row {key!r}")
    return key, note


def pytest_configure(config: pytest.Config) -> None:
    """Gather in the process that has the reports of all workers."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shown = Shown()
        config.pluginmanager.register(shown, "faults-shown")
        config.pluginmanager.register(Held(shown), "faults-held")
