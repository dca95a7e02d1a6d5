"""`safelight enhance ...`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from safelight.cli import options
from safelight.cli.accounts import LETSENHANCE
from safelight.cli.output import TIMEOUT, Line, Output, columns, command_again, json_option

if TYPE_CHECKING:
    from safelight import LetsEnhance
    from safelight_api.letsenhance.models import Pipeline

PRESETS = {"marketplace": "Marketplace", "realestate": "RealEstate", "print": "Print"}
"""The classes of `safelight.letsenhance` by what they are called here."""

_STATES = {"DONE": "green", "ERROR": "red"}


def connect(storage: str | None = None) -> LetsEnhance:
    """The client, with the environment's key.

    Raises:
        CredentialsMissing: There is none.
        ConfigError: An address is none.
    """
    LETSENHANCE.demand()
    from safelight import LetsEnhance

    return LetsEnhance(storage=storage)


@click.group(short_help="Larger, sharper, better lit pictures.")
def enhance() -> None:
    """Let's Enhance: larger, sharper and better lit pictures.

    Needs LETSENHANCE_API_KEY in the environment, and for files on this machine an object storage of yours, which
    SAFELIGHT_STORAGE or --storage names. FILE may also be an address.
    """


def _checked(_context: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> Sequence[str]:
    for value in values:
        try:
            parsed = json.loads(value)
        except ValueError as error:
            raise click.BadParameter(f"this is no JSON ({error}).") from error
        if not isinstance(parsed, dict) or not isinstance(parsed.get("op"), str):
            raise click.BadParameter('give a JSON object, such as {"op": "preset/print", "dpi": 300}.')
    return values


@enhance.command()
@click.argument("files", nargs=-1, required=True, type=options.FILE, metavar="FILE...")
@click.option(
    "-o",
    "--output",
    "target",
    type=options.FILE,
    default="enhanced/",
    show_default=True,
    metavar="PATH",
    help="A folder for the results; for one FILE also the file to write.",
)
@click.option("--preset", type=click.Choice(list(PRESETS)), help="What the pictures are for.")
@click.option("--width", type=int, help="Pixels; the aspect ratio is kept.")
@click.option("--height", type=int, help="Pixels; the aspect ratio is kept.")
@click.option("--restoration-level", type=int, help="From 1, for good pictures, to 10, for poor ones.")
@click.option("--lightai-intensity", type=float, help="Correction of colour and brightness, from 0.1 to 1.0.")
@click.option("--toneai-intensity", type=float, help="Correction of contrast and shadows, from 0.1 to 1.0.")
@click.option("--image-format", type=click.Choice(["JPEG", "PNG"]), help="The results' format.")
@click.option("--quality", type=int, help="Of a JPEG, from 1 to 100.")
@click.option("--dpi", type=int, help="Dots per inch; with --preset print only.")
@click.option(
    "--operation",
    "operations",
    multiple=True,
    callback=_checked,
    metavar="JSON",
    help='Any other operation, {"op": ...}, after the preset or instead; may be repeated.',
)
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    default=16,
    show_default=True,
    metavar="N",
    help="Pictures under way at the same time.",
)
@click.option(
    "--replace/--no-replace",
    "replaces",
    default=True,
    help="Of many pictures, enhance those again whose results are already there; else leave them out.",
)
@options.timeout(600.0, "How long each picture may take.")
@click.option("--wait/--no-wait", "waits", default=True, help="Wait for the results; else submit, and print the ids.")
@options.storage
@json_option
@click.pass_context
def run(
    context: click.Context,
    /,
    output: Output,
    files: tuple[str, ...],
    target: str,
    preset: str | None,
    operations: Sequence[str],
    concurrency: int,
    replaces: bool,
    timeout: float,
    waits: bool,
    storage: str | None,
    **wishes: Any,
) -> int | None:
    """Enhance one picture, several, or all of a folder; each costs a credit.

    One that fails does not stop the others. With --no-wait the pictures stay in the storage until you remove them.
    """
    import safelight.letsenhance as presets
    from safelight.cli.enhancing import Enhancing, Pictures

    given = {name: value for name, value in wishes.items() if value is not None}
    wanted: list[Any] = [json.loads(operation) for operation in operations]
    if preset:
        kind = getattr(presets, PRESETS[preset])
        if "dpi" in given and preset != "print":
            raise click.UsageError("--dpi is for --preset print.", context)
        wanted.insert(0, kind(**given))
    elif given or not wanted:
        raise click.UsageError("say what is to be done: --preset, or --operation.", context)
    pictures = Pictures.of(files, target)
    with connect(storage) as service:
        enhancing = Enhancing(context, output, service, wanted, status)
        return enhancing.run(pictures, concurrency, timeout, replaces) if waits else enhancing.submit(pictures)


@enhance.command()
@click.argument("job_id", metavar="ID")
@click.option(
    "-o",
    "--output",
    "target",
    type=options.FILE,
    metavar="PATH",
    help="Download the result to this file, or into this folder; without an ending the file gets its format's.",
)
@click.option("--wait", "waits", is_flag=True, help="Wait until it is done.")
@options.timeout(600.0, "How long to wait at the most.")
@json_option
@click.pass_context
def status(
    context: click.Context, output: Output, job_id: str, target: str | None, waits: bool, timeout: float
) -> int | None:
    """Show what became of pictures that were submitted, or download them.

    --json prints everything, with the addresses of the pictures, which are signed: whoever has one can download it
    for a while. With --output, a job that is not done yet gives the exit code 4.
    """
    from safelight.cli.enhancing import save, tell

    with connect() as service:
        if not waits:
            pipeline = service.pipeline(job_id)
            if not target or pipeline.status not in _STATES:
                output.result(pipeline.to_dict(), _line(pipeline))
                if target:
                    output.say("It is not done yet: --wait waits for it.")
                return TIMEOUT if target else None
        output.again = [command_again(context)]
        with output.progress() as on_progress:
            images = service.job(job_id).result(timeout=timeout, on_progress=on_progress)
            files = save(images, target, on_progress) if target else []
        for file in files:
            tell(output, file, job=job_id)
        if not target:
            pipeline = service.pipeline(job_id)
            output.result(pipeline.to_dict(), _line(pipeline))
    return None


@enhance.command()
@json_option
def usage(output: Output) -> None:
    """Show this month's usage and quota, as the service tells them."""
    with connect() as service:
        found = service.usage().to_dict()
    output.result(found, *columns([[(name, "dim"), (str(value), "")] for name, value in _flat(found)]))


def _line(pipeline: Pipeline) -> Line:
    from safelight.pipelines import failure

    state = str(pipeline.status or "-")
    count = len(pipeline.results or [])
    failed = failure(pipeline)
    details = (failed.reason if failed else None) or f"{count} picture{'' if count == 1 else 's'}"
    return [(f"{state}  ", _STATES.get(state, "yellow")), (f"{pipeline.id}  ", ""), (details, "")]


def _flat(found: Any, name: str = "") -> list[tuple[str, Any]]:
    if not isinstance(found, dict):
        return [(name, found)]
    return [row for key, value in found.items() for row in _flat(value, f"{name} {key}".lstrip())]
