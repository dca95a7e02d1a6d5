"""The page is what the run shows: no row without a test that passed, and no test that is not there."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.faults.plugin import Held, Shown
from tests.faults.rows import ROWS

ROOT = Path(__file__).resolve().parents[2]


def report(test: str, *keys: int | str, when: Any = "call", outcome: Any = "passed", note: str = "") -> Any:
    return pytest.TestReport(
        nodeid=f"tests/e2e/test_x.py::{test}",
        location=("tests/e2e/test_x.py", 1, test),
        keywords={},
        outcome=outcome,
        longrepr=None,
        when=when,
        user_properties=[("fault", [(key, note) for key in keys])],
    )


@pytest.fixture
def complete() -> Shown:
    shown = Shown()
    shown.pytest_runtest_logreport(report("test_all", *ROWS))
    return shown


def line_of(shown: Shown, key: int) -> str:
    return next(line for line in shown.page().splitlines() if line.startswith(f"| {key} |"))


def test_a_row_links_its_tests_once_and_says_which_run_for_both_clients() -> None:
    shown = Shown()
    for case in ("blocking-a", "async-a", "async-b"):
        shown.pytest_runtest_logreport(report(f"test_7[{case}]", 7))
    shown.pytest_runtest_logreport(report("test_more[blocking]", 7, 8, note="a side of it"))
    assert line_of(shown, 7).endswith(
        "| [test_7](../tests/e2e/test_x.py) **both**<br>[test_more](../tests/e2e/test_x.py): a side of it |"
    )
    assert "test_more" in line_of(shown, 8)


@pytest.mark.parametrize(
    "other",
    [report("test_7", 7, outcome="skipped"), report("test_7", 7, when="setup"), report("test_7", 7, outcome="failed")],
    ids=["skipped", "only set up", "failed"],
)
def test_what_did_not_pass_shows_nothing(other: Any) -> None:
    shown = Shown()
    shown.pytest_runtest_logreport(other)
    assert "test_7" not in shown.page()
    assert ROWS[7] in shown.without_test()


def session(*args: str, **options: Any) -> Any:
    usual = {"keyword": "", "markexpr": "", "deselect": None, "ignore": None, "ignore_glob": None}
    option = SimpleNamespace(**{**usual, "collectonly": False, "lf": False, "maxfail": 0, **options})
    return SimpleNamespace(config=SimpleNamespace(args=list(args), option=option), exitstatus=pytest.ExitCode.OK)


def finish(shown: Shown, run: Any) -> str:
    held = Held(shown)
    held.pytest_sessionfinish(run, run.exitstatus)
    return held.told


def test_a_whole_run_that_shows_another_page_fails_with_what_to_do(complete: Shown) -> None:
    run = session("tests")
    assert finish(complete, run) == "docs/reliability.md is not what this run shows: make reliability"
    assert run.exitstatus == pytest.ExitCode.TESTS_FAILED


def test_a_whole_run_without_a_test_for_a_row_fails_with_its_name(complete: Shown) -> None:
    del complete.passed[7]
    run = session(str(ROOT / "tests"))
    assert finish(complete, run) == f"no test shows 7 ({ROWS[7].fault})"
    assert run.exitstatus == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize(
    "run",
    [
        session("tests/e2e"),
        session("tests", keyword="x"),
        session("tests", markexpr="fault"),
        session("tests", lf=True),
    ],
    ids=["a folder", "-k", "-m", "--lf"],
)
def test_a_run_of_some_tests_is_held_to_nothing(run: Any) -> None:
    assert finish(Shown(), run) == ""
    assert run.exitstatus == pytest.ExitCode.OK
