"""What every command says, and where: results to stdout, all else to stderr, errors as one line and an exit code."""

from __future__ import annotations

import json
import logging
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click

from safelight.errors import AuthError, ConfigError, JobTimeout, SafelightError

if TYPE_CHECKING:
    from safelight.transfer.progress import OnProgress

DONE, FAILED, USAGE, CREDENTIALS, TIMEOUT, INTERRUPTED = 0, 1, 2, 3, 4, 130
BROKEN_PIPE = 141
"""As the shell reports a process that SIGPIPE ended."""

Line = str | Sequence[tuple[str, str]]
"""A line, or pieces of one, each with a rich style."""

_ARGUMENTS = (
    (re.compile(r"\bresume=False\b"), "--no-resume"),
    (re.compile(r"\bformat='([\w-]+)'"), r"--format \1"),
    (re.compile(r"\bwith the same arguments\b"), "with the same command"),
)


class CredentialsMissing(ConfigError):
    """There are none in the environment."""


class Interrupted(Exception):
    """Ctrl-C."""


class ReaderGone(Exception):
    """Whoever read the output has left, as `head` does."""


def exit_code(error: BaseException) -> int:
    """What the process returns after this error."""
    if isinstance(error, AuthError | CredentialsMissing):
        return CREDENTIALS
    if isinstance(error, JobTimeout):
        return TIMEOUT
    if isinstance(error, ConfigError | click.UsageError):
        return USAGE
    if isinstance(error, Interrupted | KeyboardInterrupt | click.Abort):
        return INTERRUPTED
    return FAILED


def message(error: BaseException) -> str:
    """What is said about this error, in one line."""
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "safelight"
        return f"{error.format_message()} See: {path} --help"
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, SafelightError):
        return for_terminals(" ".join([str(error), *getattr(error, "__notes__", [])]))
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
    from safelight.redaction import redacted

    return f"{type(error).__name__}: {redacted(str(error))} (SAFELIGHT_DEBUG=1 shows where)"


def for_terminals(text: str) -> str:
    """The library's advice, which speaks of Python arguments, in the command line's words."""
    for argument, option in _ARGUMENTS:
        text = argument.sub(option, text)
    return text


def printable(text: str) -> str:
    """The text without control characters: names come from the service, and must not move a terminal's cursor."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def columns(rows: Sequence[Sequence[tuple[str, str]]], gap: str = "  ") -> list[Line]:
    """Aligned rows of styled cells; the last cell of a row may have any width."""
    count = max((len(row) for row in rows), default=0)
    widths = [max(len(row[index][0]) for row in rows if index < len(row)) for index in range(count)]
    return [
        [
            (text if index == len(row) - 1 else text.ljust(widths[index]) + gap, style)
            for index, (text, style) in enumerate(row)
        ]
        for row in rows
    ]


class Output:
    """The streams of one command.

    Attributes:
        as_json: Whether stdout gets JSON, and stderr no bars.
        again: The command that goes on where this one is, should it end now.
    """

    def __init__(self) -> None:
        self.as_json = False
        self.again: str | None = None
        self._console: Any = None
        self._has_bars = False

    def result(self, document: Any, *lines: Line) -> None:
        """Print a result to stdout.

        Args:
            document: What `--json` prints, in one line.
            *lines: What is printed otherwise.
        """
        if self.as_json:
            sys.stdout.write(json.dumps(document) + "\n")
        else:
            for line in lines:
                self._print(sys.stdout, line)
        sys.stdout.flush()

    def say(self, line: Line) -> None:
        """Print a line to stderr, above the bars if there are any."""
        self._print(sys.stderr, line)
        sys.stderr.flush()

    @contextmanager
    def progress(self) -> Iterator[OnProgress | None]:
        """Shows what the callable is told."""
        if self.as_json:
            yield None
            return
        shown: AbstractContextManager[OnProgress]
        if on_terminal(sys.stderr):
            from safelight.cli.progress import TerminalBars

            shown, self._has_bars = TerminalBars(self._stderr_console()), True
        else:
            from safelight.cli.progress import PlainLines

            shown = PlainLines(self.say)
        try:
            with shown as on_progress:
                yield on_progress
        finally:
            self._has_bars = False

    @contextmanager
    def warnings(self) -> Iterator[None]:
        """Shows the package's warnings as lines."""
        logger = logging.getLogger("safelight")
        handler = _Warnings(self.say)
        before, logger.propagate = logger.propagate, False
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.propagate = before

    def error(self, error: BaseException) -> int:
        """Say what went wrong, and how to go on; the exit code."""
        code = exit_code(error)
        if code != INTERRUPTED:
            self.say([("error: ", "bold red"), (message(error), "")])
        if code in (INTERRUPTED, TIMEOUT) and self.again:
            self.say([("To go on: ", ""), (self.again, "bold")])
        return code

    def _stderr_console(self) -> Any:
        if self._console is None:
            from rich.console import Console

            self._console = Console(stderr=True, highlight=False)
        return self._console

    def _print(self, stream: TextIO, line: Line) -> None:
        spans = [(line, "")] if isinstance(line, str) else line
        if not on_terminal(stream):
            stream.write("".join(printable(text) for text, _ in spans) + "\n")
            return
        from rich.console import Console
        from rich.text import Text

        text = Text.assemble(*((printable(text), style) for text, style in spans))
        console = self._stderr_console() if stream is sys.stderr or self._has_bars else Console(highlight=False)
        console.print(text, soft_wrap=True)


class _Warnings(logging.Handler):
    """The library's warnings, among what else the command says."""

    def __init__(self, say: Callable[[Line], None]) -> None:
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        text = for_terminals(record.getMessage())
        # Who pressed Ctrl-C need not be warned of it.
        label = "" if text.startswith("Interrupted") else "warning: "
        self._say([(label, "bold yellow"), (text, "")])


def on_terminal(stream: TextIO) -> bool:
    """Whether a person looks at it, on a terminal that can more than print lines."""
    return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def command_again(context: click.Context, without: Sequence[str] = ()) -> str:
    """The command line of this very command.

    Args:
        context: The command's.
        without: The names of parameters to leave out.
    """
    options: list[str] = []
    arguments: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        value = context.params.get(name)
        default = context.get_parameter_source(name) in (None, click.core.ParameterSource.DEFAULT)
        if default or name in without:
            continue
        if isinstance(parameter, click.Argument):
            arguments += [str(item) for item in (value if isinstance(value, tuple) else (value,))]
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            options.append(parameter.opts[0])
        else:
            options += [parameter.opts[0], str(value)]
    if any(argument.startswith("-") for argument in arguments):
        arguments.insert(0, "--")
    return shlex.join([*context.command_path.split(), *options, *arguments])


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--json`, and hands the command its `Output` as the first argument."""

    def switch(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
        context.ensure_object(Output).as_json = value

    help_text = "Print JSON on stdout, and no bars."
    option = click.option("--json", is_flag=True, expose_value=False, callback=switch, help=help_text)
    return option(click.pass_obj(command))


def as_document(model: Any, **more: Any) -> Mapping[str, Any]:
    """A generated model as JSON, with more entries."""
    return {**model.to_dict(), **more}
