"""What every command says, and where: results to stdout, all else to stderr, errors as one line and an exit code."""

from __future__ import annotations

import json
import logging
import os
import re
import shlex
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click

from safelight.errors import AuthError, ConfigError, JobTimeout, OutcomeUnknown, SafelightError
from safelight.redaction import redacted

if TYPE_CHECKING:
    from safelight.transfer.progress import OnProgress

DONE, FAILED, USAGE, CREDENTIALS, TIMEOUT, INTERRUPTED = 0, 1, 2, 3, 4, 130
BROKEN_PIPE = 141
"""As the shell reports a process that SIGPIPE ended."""

Line = str | Sequence[tuple[str, str]]
"""A line, or pieces of one, each with a rich style."""

_ARGUMENTS = (
    (re.compile(r"\bresume=False\b"), "--no-resume"),
    (re.compile(r"\breplace=False\b"), "--no-replace"),
    (re.compile(r"\bjob\((\d+)\) takes it up\b"), r"safelight enhance status \1 --wait -o FILE gets it"),
    (re.compile(r"\bwith the same arguments\b"), "with the same command"),
    (re.compile(r"; job\(id\) takes each of them up\b"), ""),
    (re.compile(r"\bgive the Batch that upload returned, or its str\(\), SUBJECT/BATCH"), "give SUBJECT/BATCH"),
    (re.compile(r"\bpass \w+=\.\.\.(?: to the client)?, or set\b"), "set"),
    (re.compile(r",? or \w+=\.\.\.(?: and \w+=\.\.\.)?"), ""),  # secrets are for the environment only
)
_KEYWORD = re.compile(r"""\b(\w+)=(['"])([^'"\s]+)\2""")
_SUBJECT = re.compile(r"^(?:operations\[0\]\.)?(\w+)(?= is )")


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


def message(error: BaseException, options: Sequence[str] = ()) -> str:
    """What is said about this error, in one line.

    Args:
        error: The error.
        options: The long options of the command.
    """
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "safelight"
        return f"{error.format_message()} See: {path} --help"
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, SafelightError):
        return for_terminals(" ".join([str(error), *getattr(error, "__notes__", [])]), options)
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
    return f"{type(error).__name__}: {redacted(str(error))} (SAFELIGHT_DEBUG=1 shows where)"


def for_terminals(text: str, options: Sequence[str] = ()) -> str:
    """The library's advice, which speaks of Python arguments, in the command line's words.

    Args:
        text: The advice.
        options: The long options of the command, which are called like the arguments.
    """
    for argument, option in _ARGUMENTS:
        text = argument.sub(option, text)
    names = {option.lstrip("-").replace("-", "_"): option for option in options}
    text = _KEYWORD.sub(lambda found: f"{names[found[1]]} {found[3]}" if found[1] in names else found[0], text)
    return _SUBJECT.sub(lambda found: names.get(found[1], found[0]), text)


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
    """The streams of one command, for any of its threads.

    Attributes:
        as_json: Whether stdout gets JSON, and stderr no bars.
        again: The commands that go on where this one is, should it end now.
        options: The long options of the command that runs.
    """

    def __init__(self) -> None:
        self.as_json = False
        self.again: Sequence[str] = ()
        self.options: Sequence[str] = ()
        self._console: Any = None
        self._has_bars = False
        self._lock = threading.RLock()

    def result(self, document: Any, *lines: Line) -> None:
        """Print a result to stdout.

        Args:
            document: What `--json` prints, in one line.
            *lines: What is printed otherwise.
        """
        with self._lock:
            if self.as_json:
                sys.stdout.write(json.dumps(document) + "\n")
            else:
                for line in lines:
                    self._print(sys.stdout, line)
            sys.stdout.flush()

    def say(self, line: Line) -> None:
        """Print a line to stderr, above the bars if there are any."""
        with self._lock:
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
        handler = _Warnings(self)
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
            self.say([("error: ", "bold red"), (message(error, self.options), "")])
        # Without an id, what may have been accepted cannot be asked for again: it would be done twice.
        is_known = isinstance(error, OutcomeUnknown) and error.job_id is not None
        if code in (INTERRUPTED, TIMEOUT) or is_known:
            for command in self.again:
                self.say([("To go on: ", ""), (command, "bold")])
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

    def __init__(self, output: Output) -> None:
        super().__init__(logging.WARNING)
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        text = for_terminals(record.getMessage(), self._output.options)
        # Who pressed Ctrl-C need not be warned of it.
        label = "" if text.startswith("Interrupted") else "warning: "
        self._output.say([(label, "bold yellow"), (text, "")])


def on_terminal(stream: TextIO) -> bool:
    """Whether a person looks at it, on a terminal that can more than print lines."""
    return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def command_again(context: click.Context, without: Sequence[str] = ()) -> str:
    """The command line of this very command; what may be a secret in it, the queries of addresses, is left out.

    Args:
        context: The command's.
        without: The names of parameters to leave out.
    """
    words: list[str] = []
    each: click.Context | None = context
    while each:
        words = [each.info_name or "", *_given_words(each, without), *words]
        each = each.parent
    return shlex.join(redacted(word) if "://" in word else word for word in words)


def command_like(context: click.Context, command: click.Command, **changed: Any) -> str:
    """The command line of another command of the same group, with the options of this one that it has, too.

    Args:
        context: The command's that runs.
        command: The other, or the same again.
        **changed: Parameters of the other, as its function gets them; None leaves one out.
    """
    other = click.Context(command, parent=context.parent, info_name=command.name)
    names = [parameter.name or "" for parameter in context.command.params]
    # --json is none of the function's parameters.
    given = {name: context.params.get(name, True) for name in names if _is_given(context, name)}
    for name, value in {**given, **changed}.items():
        if name in {parameter.name for parameter in command.params} and value is not None:
            other.params[name] = value
            other.set_parameter_source(name, click.core.ParameterSource.COMMANDLINE)
    return command_again(other)


def _given_words(context: click.Context, without: Sequence[str]) -> list[str]:
    options: list[str] = []
    arguments: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        value = context.params.get(name)
        if not _is_given(context, name) or name in without:
            continue
        if isinstance(parameter, click.Argument):
            arguments += map(str, value if isinstance(value, tuple) else (value,))
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            options.append((parameter.secondary_opts if value is False else parameter.opts)[0])
        else:
            items = value if isinstance(value, tuple) else (value,)
            options += [word for item in items for word in (parameter.opts[0], str(item))]
    if any(argument.startswith("-") for argument in arguments):
        arguments.insert(0, "--")
    return [*options, *arguments]


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--json`, and hands the command its `Output` as the first argument."""

    def switch(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
        output = context.ensure_object(Output)
        output.as_json = value
        output.options = [p.opts[-1] for p in context.command.params if isinstance(p, click.Option)]

    help_text = "Print JSON on stdout, and no bars."
    option = click.option("--json", is_flag=True, expose_value=False, callback=switch, help=help_text)
    return option(click.pass_obj(command))


def as_document(model: Any, **more: Any) -> Mapping[str, Any]:
    """A generated model as JSON, with more entries."""
    return {**model.to_dict(), **more}
