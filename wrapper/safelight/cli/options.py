"""What commands of different services take alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import click

from safelight.errors import AuthError, ConfigError, OutOfCredits, SafelightError

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

FILE = click.Path()
"""A path or an address: as it was typed, but completed by the shell like a path."""

storage = click.option(
    "--storage",
    metavar="URL",
    help="Where files are put for the service to read, such as s3://bucket/prefix (or gs://, az://); by default "
    "SAFELIGHT_STORAGE.",
)


def timeout(seconds: float, text: str) -> Decorator:
    """`--timeout`, with this default and this help."""
    kind = click.FloatRange(min=0, min_open=True)
    return click.option("--timeout", type=kind, default=seconds, show_default=True, metavar="SECONDS", help=text)


def is_address(given: str) -> bool:
    """Whether it is an address rather than a path."""
    return given[:8].lower().startswith(("http://", "https://"))


def name_of(given: str) -> str:
    """What a path or an address is called."""
    return Path(unquote(urlsplit(given).path) if is_address(given) else given).name or "picture"


def check_files(given: Sequence[str], *, addresses: bool = True) -> None:
    """Make sure that all that are paths are files: asked before the first is paid for.

    Args:
        given: Paths and addresses.
        addresses: Whether the service takes addresses.

    Raises:
        UsageError: One is none.
    """
    for name in given:
        if (addresses and is_address(name)) or Path(name).is_file():
            continue
        if Path(name).is_dir():
            raise click.UsageError(f"{name} is a folder: give the files in it.")
        raise click.UsageError(f"{name} does not exist: check the path.")


def check_target(target: Path, inputs: Sequence[str]) -> None:
    """Make sure that there can be such a file, and that it is none of the inputs.

    Raises:
        ConfigError: It is a folder, or in a folder that does not exist.
        UsageError: It is an input.
    """
    from safelight.transfer.download import check_target as check

    check(target)
    for name in inputs:
        if not is_address(name) and target.exists() and target.samefile(name):
            raise click.UsageError(f"{target} is an input, and would be overwritten: give another --output.")


def target_in(output: str | None, name: str, *, many: bool = False) -> Path:
    """The file for a result.

    Args:
        output: A file; or a folder, which may be new if it ends with a slash or gets many files; by default this one.
        name: What the file is called if it is not said.
        many: Whether the output has to be a folder.

    Raises:
        UsageError: It is a file, and has to be a folder.
        ConfigError: The folder cannot be made.
    """
    if output is None:
        return Path(name)
    from safelight._sync.files import target_of

    if many and Path(output).is_file():
        raise click.UsageError(f"{output} is a file: several results need a folder.")
    return target_of(f"{output}/" if many else output, name)


def ends_all(error: SafelightError, number: int, count: int) -> bool:
    """Whether what went wrong with one of several files ends the command, or is told while it goes on.

    Args:
        error: What went wrong.
        number: Which of them it was, counted from 0.
        count: How many there are.
    """
    # What is wrong with the command or the settings shows at the first, when nothing is paid for yet.
    is_general = isinstance(error, AuthError | OutOfCredits) or (isinstance(error, ConfigError) and number == 0)
    return count == 1 or is_general


def file_facts(file: Path) -> dict[str, Any]:
    """What `--json` tells about a file that was written."""
    return {"file": str(file), "bytes": file.stat().st_size}
