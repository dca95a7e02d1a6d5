"""The commands, and how they end."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from safelight._version import __version__
from safelight.cli import output as out
from safelight.cli.enhance import enhance
from safelight.cli.haut import haut
from safelight.cli.immersity import immersity
from safelight.cli.listen import listen
from safelight.cli.output import Output, json_option
from safelight.cli.teleport import teleport

_PROGRAM = "safelight"
_COMPLETE = "_SAFELIGHT_COMPLETE"


class _Group(click.Group):
    """Keeps from click what it would end in its own way: Ctrl-C, and a reader that has left."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise out.Interrupted from None
        except BrokenPipeError:
            raise out.ReaderGone from None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Bring a file, get a file: imaging services at the command line.

    Credentials come from the environment, never from the command line: each service's help names its variables.
    Try it without any: `safelight demo`, or `safelight sandbox`.

    \b
    Exit codes: 0 done, 1 failed, 2 usage, 3 credentials, 4 timeout, 130 interrupted.
    Completion: eval "$(safelight completion bash)", or zsh, in the shell's start-up file;
                safelight completion fish > ~/.config/fish/completions/safelight.fish
    """


cli.add_command(enhance)
cli.add_command(haut)
cli.add_command(immersity)
cli.add_command(listen)
cli.add_command(teleport)


@cli.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of the services; by default a free one.")
@click.option("--storage-port", type=click.IntRange(0, 65535), default=0, help="Of the object storage; likewise.")
@click.option(
    "--processing-seconds",
    type=click.FloatRange(0),
    default=5.0,
    show_default=True,
    help="How long a job takes: a capture, a video, an enhanced picture, an analysis.",
)
@click.option(
    "--chunk-size",
    type=click.IntRange(1),
    default=10 * 1024 * 1024,
    show_default=True,
    help="Bytes of an upload's parts.",
)
@click.option("--webhook", metavar="URL", help="Teleport's webhook. The other services are told theirs by requests.")
@json_option
def sandbox(
    output: Output, port: int, storage_port: int, processing_seconds: float, chunk_size: int, webhook: str | None
) -> None:
    """Run the services on this machine, until Ctrl-C.

    Prints the environment variables that lead safelight there: paste them into another shell. They are for this
    sandbox only. What it posts to the webhook is signed with TELEPORT_WEBHOOK_SECRET, which is one of them.
    """
    import shlex

    from safelight.cli.serving import wait_for_the_end
    from safelight.sandbox import Sandbox

    with Sandbox(
        processing_seconds=processing_seconds, chunk_size=chunk_size, port=port, storage_port=storage_port
    ) as running:
        if webhook:
            running.teleport.webhook(webhook)
        output.result(running.env, *(f"export {name}={shlex.quote(value)}" for name, value in running.env.items()))
        output.say(
            f"The sandbox listens on {running.base_url}: paste the lines above into another shell. Ctrl-C ends it."
        )
        wait_for_the_end()


@cli.command(short_help="Try everything against a sandbox.")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "--output",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default="demo-output",
    show_default=True,
    help="The folder for what is made.",
)
@click.option(
    "--pace",
    type=click.FloatRange(0),
    default=0.45,
    show_default=True,
    help="Seconds by which the sandbox delays each part, so that there is something to see.",
)
@click.option(
    "--processing-seconds",
    type=click.FloatRange(0),
    default=3.0,
    show_default=True,
    help="How long a capture, the enhanced picture and the analysis are being made.",
)
@json_option
def demo(output: Output, path: Path | None, folder: Path, pace: float, processing_seconds: float) -> int:
    """Upload to a sandbox, with a kill -9 in the middle, get the capture, and make more of one photograph.

    Then a drawn face is analysed and deleted, and a webhook tells when another capture is done.

    PATH is a folder of photographs, a zip of them, or a video; without it, some pictures are drawn. The photograph is
    the folder's first, or a drawn one. Nothing leaves this machine.
    """
    from safelight.cli.demo import run_demo

    return run_demo(output, path, folder, pace=pace, processing_seconds=processing_seconds)


@cli.command(short_help="Check credentials, network, storage and disk.")
@json_option
def doctor(output: Output) -> int:
    """Check the installation, the credentials, the network, the storage and the disk.

    Services are asked what costs nothing. Into the storage that SAFELIGHT_STORAGE names, two small objects are put,
    read and removed. Tells which variables are set, but none of their values.
    """
    from safelight.cli.doctor import examine

    return examine(output)


@cli.command(short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that completes safelight's commands in a shell.

    \b
    bash: eval "$(safelight completion bash)"   in ~/.bashrc
    zsh:  eval "$(safelight completion zsh)"    in ~/.zshrc
    fish: safelight completion fish > ~/.config/fish/completions/safelight.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(cli, {}, _PROGRAM, _COMPLETE).source())


def run(arguments: Sequence[str]) -> int:
    """Run a command line, and return its exit code; errors are told, not raised."""
    output = Output()
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")  # a name that a terminal cannot show is no reason to fail
    try:
        with output.warnings():
            try:
                code = cli.main(
                    list(arguments), prog_name=_PROGRAM, complete_var=_COMPLETE, standalone_mode=False, obj=output
                )
                sys.stdout.flush()
                return code if isinstance(code, int) else out.DONE
            except (BrokenPipeError, out.ReaderGone):
                raise
            except Exception as error:
                if out.exit_code(error) == out.FAILED and os.environ.get("SAFELIGHT_DEBUG"):
                    raise
                return output.error(error)
    except (BrokenPipeError, out.ReaderGone):
        _forget_the_streams()
        return out.BROKEN_PIPE


def _forget_the_streams() -> None:
    """Whoever read them is gone: what Python still flushes at its end goes nowhere, and quietly."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
