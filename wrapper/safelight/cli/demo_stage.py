"""Where the demo plays: it runs commands as a person would, in processes of their own, against the sandbox."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from safelight.cli.output import Line, Output, on_terminal

if TYPE_CHECKING:
    from safelight.sandbox import Sandbox


@attrs.frozen
class Stage:
    """Where the demo plays.

    Attributes:
        output: Tells.
        sandbox: The services.
        state: The folder of the upload's journal.
    """

    output: Output
    sandbox: Sandbox
    state: Path

    def tell(self, line: Line) -> None:
        """Say it, unless only figures are wanted."""
        if not self.output.as_json:
            self.output.say(line)

    def headline(self, number: str, text: str) -> None:
        """Begin another act."""
        self.tell("")
        self.tell([(f"{number}  ", "bold cyan"), (text, "bold")])

    def run(self, command: Sequence[str]) -> None:
        """Run a command to its end.

        Raises:
            ClickException: It fails.
        """
        with self.running(command) as process:
            self.finish(process)

    @staticmethod
    def finish(process: subprocess.Popen[bytes]) -> None:
        """Wait for a command's end.

        Raises:
            ClickException: It fails.
        """
        if code := process.wait():
            raise click.ClickException(f"the command ended with the exit code {code}.")

    @contextmanager
    def running(self, command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
        """The command, in a process of its own, on this terminal; it does not outlive the block."""
        self.tell([("$ ", "dim"), (shlex.join(["safelight", *command]), "bold")])
        quiet = ["--json"] if self.output.as_json else []
        process = subprocess.Popen(  # noqa: S603 - this very program, with arguments of its own making
            [sys.executable, "-m", "safelight.cli", *command, *quiet],
            env=self._env(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if self.output.as_json else sys.stderr,
            start_new_session=True,  # Ctrl-C is for the demo: how to go on without its sandbox is no question
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
                if on_terminal(sys.stderr) and not self.output.as_json:
                    sys.stderr.write("\x1b[?25h\n")  # what was killed can no longer give the cursor back

    def _env(self) -> dict[str, str]:
        # Settings of the user's own cloud would come before the sandbox's, or lead elsewhere.
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        own = {name: value for name, value in own.items() if not name.lower().endswith("_proxy")}  # it is all here
        files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        return {**own, **files, **self.sandbox.env, "SAFELIGHT_STATE_DIR": str(self.state)}
