"""What the command line decides: codes, words, lines. No process, no terminal."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

import safelight
from safelight import cli
from safelight.cli.output import (
    CredentialsMissing,
    Interrupted,
    Output,
    columns,
    command_again,
    command_like,
    exit_code,
    for_terminals,
    json_option,
    message,
    printable,
)
from safelight.cli.progress import Pace, PlainLines, is_due, minutes
from safelight.transfer.progress import Progress
from tests.conftest import FakeClock

MB = 1_000_000


def api_error(kind: type[safelight.APIError], status: int) -> safelight.APIError:
    return kind("no", status=status, method="GET", url="https://example.com/x")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (safelight.ConfigError("x"), 2),
        (click.UsageError("x"), 2),
        (CredentialsMissing("x"), 3),
        (api_error(safelight.AuthError, 401), 3),
        (api_error(safelight.AuthError, 403), 3),
        (safelight.JobTimeout("x", job_id="1"), 4),
        (safelight.JobFailed("x", job_id="1"), 1),
        (api_error(safelight.NotFound, 404), 1),
        (api_error(safelight.OutOfCredits, 402), 1),
        (safelight.ConnectionFailed("x"), 1),
        (safelight.OutcomeUnknown("x"), 1),
        (safelight.TransferError("x"), 1),
        (safelight.FileChanged("x"), 1),
        (OSError(28, "No space left on device"), 1),
        (ZeroDivisionError(), 1),
        (Interrupted(), 130),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: BaseException, code: int) -> None:
    assert exit_code(error) == code


def test_every_public_error_has_an_exit_code_of_the_table() -> None:
    kinds = [kind for name in safelight.__all__ if isinstance(kind := getattr(safelight, name), type)]
    errors = [kind for kind in kinds if issubclass(kind, Exception)]
    assert len(errors) > 15
    for kind in errors:
        assert exit_code(kind.__new__(kind)) in (1, 2, 3, 4)


def test_messages_are_one_line_and_speak_of_options() -> None:
    changed = safelight.FileChanged("a.mp4 changed. Upload it again with resume=False to start over.")
    assert message(changed) == "a.mp4 changed. Upload it again with --no-resume to start over."
    assert for_terminals("pass format='video', or format='bulk-images' for a zip", ["--format"]) == (
        "pass --format video, or --format bulk-images for a zip"
    )
    options = ["--storage", "--correlation-id", "--width"]
    assert for_terminals('pass storage="s3://bucket/prefix" (or gs://) or set', options) == (
        "pass --storage s3://bucket/prefix (or gs://) or set"
    )
    assert for_terminals("Ask again with correlation_id='1-2', by which", options) == (
        "Ask again with --correlation-id 1-2, by which"
    )
    for subject in ("width", "operations[0].width"):
        assert for_terminals(f"{subject} is 0: give a whole number from 1 on.", options).startswith("--width is 0: ")
    assert for_terminals("set AWS_REGION, or region=....") == "set AWS_REGION."
    assert for_terminals("x is missing: pass x=..., or set X_Y in the environment.") == (
        "x is missing: set X_Y in the environment."
    )
    assert for_terminals("pass dataset_id=... to the client, or set HAUTAI_DATASET_ID") == "set HAUTAI_DATASET_ID"
    assert for_terminals("batch is 'x': give the Batch that upload returned, or its str(), SUBJECT/BATCH.") == (
        "batch is 'x': give SUBJECT/BATCH."
    )
    assert for_terminals("set A and B, or C, or one=... and two=....") == "set A and B, or C."
    for text in ("operations[1].width is 0", "height is 0", "a width is 0", "pass token=... and set"):
        assert for_terminals(text, options) == text
    failed = safelight.JobFailed("one", job_id="1")
    failed.add_note("two")
    assert message(failed) == "one two"
    assert message(FileNotFoundError(2, "No such file or directory", "x")) == "x: No such file or directory"
    leaky = ValueError("https://store/x?X-Amz-Signature=canary")
    assert "canary" not in message(leaky)
    assert message(leaky).startswith("ValueError: ")


@given(st.text())
def test_what_is_printed_moves_no_cursor(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) == len(text)


def test_columns_are_aligned() -> None:
    rows = [[("a", ""), ("bbb", ""), ("c", "")], [("aaaa", ""), ("b", ""), ("ccc", "")]]
    lines = ["".join(text for text, _ in line) for line in columns(rows)]
    assert lines == ["a     bbb  c", "aaaa  b    ccc"]
    assert columns([]) == []


@click.group()
def program() -> None:
    """A program."""


@program.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--name")
@click.option("--again", is_flag=True)
@click.option("--count", type=int, default=4)
@click.pass_context
def task(context: click.Context, paths: tuple[Path, ...], name: str | None, again: bool, count: int) -> tuple[str, str]:
    return command_again(context), command_again(context, without=["again"])


@program.group()
@click.option("--old", is_flag=True, envvar="SAFELIGHT_TEST_OLD")
def service(old: bool) -> None:
    """A service."""


@service.command()
@click.argument("url")
@click.option("--wait/--no-wait", default=True)
@click.option("--each", multiple=True)
@click.option("--output")
@click.pass_context
def begin(context: click.Context, url: str, wait: bool, each: tuple[str, ...], output: str | None) -> tuple[str, str]:
    return command_again(context), command_like(context, finish, job="7", output="b.png")


@service.command()
@click.argument("job")
@click.option("--output")
@click.option("--each", multiple=True)
def finish(job: str, output: str | None, each: tuple[str, ...]) -> None:
    """Get it."""


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@given(
    paths=st.lists(WORDS.map(lambda text: text.strip("/") or "x"), max_size=2),
    name=st.none() | WORDS,
    again=st.booleans(),
    count=st.none() | st.integers(0, 9),
)
def test_the_printed_command_is_the_one_that_was_given(
    paths: list[str], name: str | None, again: bool, count: int | None
) -> None:
    arguments = ["task", *(["--again"] if again else []), *(["--name", name] if name else [])]
    arguments += ["--count", str(count)] if count is not None else []
    first, without = program.main([*arguments, "--", *paths], prog_name="program", standalone_mode=False)
    again_first, again_without = program.main(shlex.split(first)[1:], prog_name="program", standalone_mode=False)
    assert (again_first, again_without) == (first, without)
    assert ("--again" in shlex.split(first)) >= again
    assert [*map(str, map(Path, paths))] == shlex.split(first)[-len(paths) :] or not paths


def test_the_groups_options_and_the_siblings_are_printed_too() -> None:
    arguments = ["service", "--old", "begin", "a.png", "--no-wait", "--each", "x", "--each", "y z"]
    assert program.main(arguments, prog_name="program", standalone_mode=False) == (
        "program service --old begin --no-wait --each x --each 'y z' a.png",
        "program service --old finish --output b.png --each x --each 'y z' 7",
    )


def test_who_wants_json_is_told_a_command_that_gives_json() -> None:
    @click.command("fetch")
    @click.argument("job")
    @json_option
    @click.pass_context
    def fetch(context: click.Context, output: Output, job: str) -> tuple[str, str]:
        return command_again(context), command_like(context, context.command, job="7")

    told = fetch.main(["--json", "6"], prog_name="fetch", standalone_mode=False, obj=Output())
    assert told == ("fetch --json 6", "fetch --json 7")


def test_what_the_environment_sets_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFELIGHT_TEST_OLD", "1")
    again, _ = program.main(["service", "begin", "a.png"], prog_name="program", standalone_mode=False)
    assert again == "program service begin a.png"


def test_a_printed_command_holds_no_signature() -> None:
    url = "https://store.example/cat.jpg?X-Amz-Signature=canary"
    again, _ = program.main(["service", "begin", url], prog_name="program", standalone_mode=False)
    assert again == "program service begin 'https://store.example/cat.jpg?...'"


@pytest.mark.parametrize(
    ("since", "gained", "news", "due"),
    [
        (0.0, 0.0, True, True),
        (0.5, 0.5, False, False),
        (1.0, 0.1, False, True),
        (29.0, 0.09, False, False),
        (30.0, 0.0, False, True),
    ],
)
def test_plain_lines_are_few(since: float, gained: float, news: bool, due: bool) -> None:
    assert is_due(since=since, gained=gained, news=news) == due


def test_a_long_upload_in_a_pipe_is_told_at_each_tenth_and_once_at_the_end(clock: FakeClock) -> None:
    lines: list[str] = []
    show = PlainLines(lines.append, clock.monotonic)
    for megabytes in range(101):
        show(Progress(megabytes * MB, 100 * MB, "bytes", "uploading"))
        clock.advance(0.5)
    show(Progress(100 * MB, 100 * MB, "bytes", "uploading"))
    assert len(lines) == 10
    assert lines[4] == "uploading: 50.0 MB of 100.0 MB (50%), 2.0 MB/s, 0:25 left"
    assert lines[-1] == "uploading: 100.0 MB of 100.0 MB (100%), 2.0 MB/s"


def test_waiting_in_a_pipe_is_told_at_each_state_and_every_half_minute(clock: FakeClock) -> None:
    lines: list[str] = []
    show = PlainLines(lines.append, clock.monotonic)
    for seconds in range(0, 70, 5):
        show(Progress(seconds, 7200, "seconds", "waiting", "PROCESSING" if seconds < 65 else "READY"))
        clock.advance(5)
    assert lines == [
        "waiting: 0 s, PROCESSING",
        "waiting: 30 s, PROCESSING",
        "waiting: 60 s, PROCESSING",
        "waiting: 65 s, READY",
    ]


def test_many_pictures_in_a_pipe_are_told_at_each_tenth(clock: FakeClock) -> None:
    lines: list[str] = []
    show = PlainLines(lines.append, clock.monotonic)
    for done in range(101):
        show(Progress(done, 100, "files", "enhancing"))
        clock.advance(0.5)
    assert len(lines) == 10
    assert lines[1] == "enhancing: 20 of 100 pictures, 0:40 left"
    assert lines[-1] == "enhancing: 100 of 100 pictures"


def test_a_short_read_of_a_folder_is_not_worth_a_line(clock: FakeClock) -> None:
    lines: list[str] = []
    show = PlainLines(lines.append, clock.monotonic)
    for done in (1, 5, 9):
        show(Progress(done, 9, "bytes", "reading"))
    assert lines == []


def test_the_pace_forgets_what_is_long_ago_and_what_an_earlier_process_sent() -> None:
    pace = Pace()
    assert pace.speed is None
    pace.add(100, 50 * MB)
    assert pace.describe(1) == ""
    pace.add(101, 52 * MB)
    assert pace.speed == 2 * MB
    assert pace.describe(4 * MB) == ", 2.0 MB/s, 0:02 left"
    pace.add(102, 51 * MB)  # a part is sent again
    assert pace.speed == 0.5 * MB
    for second in range(103, 130):
        pace.add(second, 52 * MB)
    assert pace.speed is None


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (754, "12:34"), (7384, "2:03:04")])
def test_times_read_like_a_clock(seconds: float, text: str) -> None:
    assert minutes(seconds) == text


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (safelight.JobTimeout("late", job_id="1"), True),
        (safelight.OutcomeUnknown("lost", job_id="1"), True),
        (Interrupted(), True),
        (safelight.OutcomeUnknown("lost, and nobody knows it by an id"), False),
        (safelight.JobFailed("no", job_id="1"), False),
        (safelight.ConfigError("wrong"), False),
    ],
)
def test_how_to_go_on_is_told_where_one_can(capsys: pytest.CaptureFixture[str], error: Exception, told: bool) -> None:
    output = Output()
    output.again = ["safelight one", "safelight two"]
    output.error(error)
    lines = capsys.readouterr().err.splitlines()
    assert (lines[-2:] == ["To go on: safelight one", "To go on: safelight two"]) == told
    assert len(lines) - 2 * told == (not isinstance(error, Interrupted))


def test_results_are_json_or_lines(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.result({"a": "ä"}, "line", [("two ", "bold"), ("pieces\x1b", "")])
    output.as_json = True
    output.result({"a": "ä"}, "line")
    first, second, third = capsys.readouterr().out.splitlines()
    assert (first, second) == ("line", "two pieces\N{REPLACEMENT CHARACTER}")
    assert json.loads(third) == {"a": "ä"}
    assert third.isascii()


def test_without_the_extra_the_pip_command_is_named_and_the_version_still_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "_EXTRA", ("no_such_module",))
    monkeypatch.setattr(sys, "argv", ["safelight", "--version"])
    assert cli.main() == 0
    assert capsys.readouterr().out == f"safelight {safelight.__version__}\n"
    monkeypatch.setattr(sys, "argv", ["safelight", "teleport", "list"])
    assert cli.main() == 2
    told = capsys.readouterr()
    assert 'pip install "safelight[cli]"' in told.err
    assert told.out == ""
