"""Processes that serve the tests and cannot outlive them: they end when their standard input does."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs


@attrs.frozen
class Served:
    """A process that serves.

    Attributes:
        port: Where.
    """

    port: int
    _process: subprocess.Popen[str]

    def set_ahead(self, seconds: float) -> None:
        """Let its clock be ahead by so many seconds."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        _line(self._process, lambda line: line.strip() == "set")


@contextlib.contextmanager
def served(
    command: Sequence[str], port_of: Callable[[str], int | None], environment: Mapping[str, str]
) -> Iterator[Served]:
    """Start a process, and end it.

    Args:
        command: The command.
        port_of: Gives the port, from the line of its output that has it.
        environment: Its environment.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        start_new_session=True,  # Ctrl-C in a terminal would otherwise end it before the tests have cleared up
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = port_of(_line(process, lambda line: port_of(line) is not None))
        assert port is not None
        yield Served(port, process)
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _line(process: subprocess.Popen[str], wanted: Callable[[str], bool]) -> str:
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        if wanted(line):
            return line
        seen.append(line)
    raise RuntimeError(f"the server ended ({process.wait(5)}) before it was ready:\n{''.join(seen[-40:])}")
