"""The `safelight` command as people meet it: a process of its own, on a pipe or on a terminal."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from safelight.sandbox import Sandbox
from tests.e2e.conftest import PART

PROGRAM = [sys.executable, "-m", "safelight.cli"]
DEADLINE = 60.0  # the demo takes five seconds, and on a machine with much else to do five times as long
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Cli:
    """Runs commands against one sandbox."""

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        self.env = env
        self.folder = folder

    def __call__(self, *arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command on pipes, to its end."""
        with self.start(*arguments, env=env) as process:
            out, err = process.communicate(timeout=DEADLINE)
        return subprocess.CompletedProcess([*map(str, arguments)], process.returncode, out, err)

    def documents(self, *arguments: object) -> list[Any]:
        """What a command prints with `--json`, one document for each line."""
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def document(self, *arguments: object) -> Any:
        """The one document that a command prints with `--json`."""
        (document,) = self.documents(*arguments)
        return document

    @contextlib.contextmanager
    def start(
        self, *arguments: object, stdout: int = subprocess.PIPE, env: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[str]]:
        """Begin a command on pipes; it ends with the block."""
        process = subprocess.Popen(
            [*PROGRAM, *map(str, arguments)],
            env={**self.env, **(env or {})},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()

    @contextlib.contextmanager
    def on_terminal(
        self, *arguments: object, columns: int = 100, env: Mapping[str, str] | None = None
    ) -> Iterator[Terminal]:
        """Begin a command on a terminal; it ends with the block."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = subprocess.Popen(
            [*PROGRAM, *map(str, arguments)],
            env={**self.env, "TERM": "xterm-256color", **(env or {})},
            cwd=self.folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        terminal = Terminal(ours, process)
        try:
            yield terminal
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            terminal.close()


class Terminal:
    """What a person sees, and types."""

    def __init__(self, descriptor: int, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.raw = ""
        self._descriptor = descriptor
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """All that was shown, without colours and cursor movements."""
        return _ESCAPES.sub("", self.raw)

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def end(self) -> int:
        """Wait for the command's end; its exit code."""
        code = self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        return code

    def close(self) -> None:
        self._reader.join(DEADLINE)
        os.close(self._descriptor)

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # Linux: the last process has closed the terminal
            while chunk := os.read(self._descriptor, 65536):
                self.raw += chunk.decode("utf-8", "replace")


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "this does not happen"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _ctrl_c_works() -> Iterator[None]:
    """A shell lets its background jobs ignore Ctrl-C, and what they start inherits that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def _commands_are_held(held_at_the_sandbox: None) -> None:
    """Commands are processes of their own."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Captures are ready at once."""
    with Sandbox(chunk_size=PART, processing_seconds=0) as sandbox:
        yield sandbox


@pytest.fixture
def bare_cli(state_dir: Path, tmp_path: Path) -> Cli:
    """Without credentials, and without settings of this machine."""
    keep = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV")
    env = {name: os.environ[name] for name in keep if name in os.environ}
    env |= {"SAFELIGHT_STATE_DIR": str(state_dir), "LANG": "C.UTF-8", "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    return Cli(env, tmp_path)


@pytest.fixture
def cli(bare_cli: Cli, sandbox: Sandbox) -> Cli:
    """With the sandbox's credentials."""
    return Cli({**bare_cli.env, **sandbox.env}, bare_cli.folder)
