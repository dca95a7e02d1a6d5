"""`safelight haut ...`."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safelight.cli import options
from safelight.cli.accounts import HAUTAI
from safelight.cli.analyses import image_table, subject_table
from safelight.cli.output import FAILED, TIMEOUT, Output, as_document, command_again, json_option
from safelight.errors import AuthError, ConfigError, SafelightError

if TYPE_CHECKING:
    from safelight import HautAI

_batch = click.argument("batch", metavar="SUBJECT/BATCH")
_aux = click.option(
    "--aux",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Save the images that the analysis made, such as masks, into this folder.",
)
_delete = click.option(
    "--delete",
    "deletes",
    is_flag=True,
    help="Delete the pictures from the service when the analysis has ended, and make sure that they are gone.",
)
_patience = options.timeout(600.0, "How long each analysis may take.")


def connect() -> HautAI:
    """The client, with the environment's credentials.

    Raises:
        CredentialsMissing: There are none.
        ConfigError: The dataset's or the company's id is missing, or an address is none.
    """
    HAUTAI.demand()
    from safelight import HautAI

    return HautAI()


@click.group(short_help="Skin analysis of selfies.")
def haut() -> None:
    """Haut.AI: what a selfie tells about the skin.

    Needs HAUTAI_USERNAME and HAUTAI_PASSWORD in the environment, or HAUTAI_TOKEN (a private token) and
    HAUTAI_COMPANY_ID; and HAUTAI_DATASET_ID. Pictures stay at the service until they are deleted there: see --delete.
    """


@haut.command(short_help="Analyse selfies.")
@click.argument("files", nargs=-1, required=True, type=options.FILE, metavar="FILE...")
@click.option("--left", type=options.FILE, metavar="FILE", help="The same face from its left; with one FILE only.")
@click.option("--right", type=options.FILE, metavar="FILE", help="The same face from its right; likewise.")
@click.option("--subject", metavar="ID", help="Whom all FILEs show: see safelight haut subjects.")
@click.option(
    "--name",
    help="Make a new subject of this name, whom all FILEs show. By default each FILE gets a new subject of its own, "
    "with a random name: files are often called like people.",
)
@_aux
@_delete
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    default=8,
    show_default=True,
    metavar="N",
    help="Pictures under way at the same time.",
)
@_patience
@click.option("--wait/--no-wait", "waits", default=True, help="Wait for the results; else print SUBJECT/BATCH.")
@json_option
@click.pass_context
def analyse(
    context: click.Context,
    output: Output,
    files: tuple[str, ...],
    left: str | None,
    right: str | None,
    subject: str | None,
    name: str | None,
    aux: Path | None,
    deletes: bool,
    concurrency: int,
    timeout: float,
    waits: bool,
) -> int | None:
    """Analyse selfies: each FILE is the front picture of an analysis of its own.

    One that fails does not stop the others. Pictures need at least 256 x 256 pixels, and at most 31457280 bytes; this
    is checked before anything is sent.
    """
    from safelight.cli.analysing import Analysing, Finish

    sides = {side: file for side, file in (("left", left), ("right", right)) if file}
    if sides and len(files) > 1:
        raise click.UsageError(f"--{next(iter(sides))} belongs to one face: give one FILE.", context)
    if subject and name:
        raise click.UsageError("--subject is somebody known, --name somebody new: give one of them.", context)
    if not waits and (aux or deletes):
        raise click.UsageError(f"{'--aux' if aux else '--delete'} needs the end of the analysis: leave out --no-wait.")
    options.check_files([*files, *sides.values()], addresses=False)
    if find_spec("PIL") is None:
        raise ConfigError('pictures are checked with pillow: pip install "safelight[cli,haut]".')
    with connect() as service:
        finish = Finish(output, service, aux, deletes, timeout)
        return Analysing(context, finish, results, files, sides, subject, name, waits).run(concurrency)


@haut.command()
@_batch
@click.option("--wait", "waits", is_flag=True, help="Wait until they are there.")
@_aux
@_delete
@_patience
@json_option
@click.pass_context
def results(
    context: click.Context, output: Output, batch: str, waits: bool, aux: Path | None, deletes: bool, timeout: float
) -> int | None:
    """Show the results of an analysis that was begun earlier.

    Without --wait, --aux and --delete it does not wait: where there is nothing yet, the exit code is 4.
    """
    from safelight.cli.analysing import Finish
    from safelight.pipelines import clean_name

    with connect() as service:
        finish = Finish(output, service, aux, deletes, timeout)
        sides = finish.sides(batch)
        if not sides:
            raise click.ClickException(f"no picture of {batch} is at the service: its results are gone with them.")
        if not (waits or aux or deletes):
            found = service.results(batch)
            if found:
                finish.tell(batch, found, sides)
                return None
            output.say("There are no results yet: --wait waits for them.")
            return TIMEOUT
        output.again = [command_again(context)]
        with output.progress() as on_progress:
            finish(batch, on_progress, clean_name(batch))
    return None


@haut.command()
@json_option
def subjects(output: Output) -> None:
    """List the dataset's subjects: those whose pictures were analysed."""
    with connect() as service:
        if output.as_json:
            for subject in service.subjects():
                output.result(as_document(subject))
            return
        found = list(service.subjects())
    output.result(None, *subject_table(found))
    if not found:
        output.say("no subjects")


@haut.command()
@_batch
@json_option
def images(output: Output, batch: str) -> None:
    """List the pictures of an analysis that are at the service.

    --json prints everything, with the addresses of the pictures, which are signed: whoever has one can see the face
    for a while.
    """
    with connect() as service:
        found = service.images(batch)
    if output.as_json:
        for image in found:
            output.result(as_document(image))
        return
    output.result(None, *image_table(found))
    if not found:
        output.say("no pictures")


@haut.command(short_help="Delete pictures from the service.")
@_batch
@click.argument("image_ids", nargs=-1, metavar="[IMAGE_ID]...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_context
def delete(context: click.Context, output: Output, batch: str, image_ids: tuple[str, ...], yes: bool) -> int | None:
    """Delete pictures of an analysis from the service for good, all if none is named, and make sure they are gone."""
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("there is nobody to ask: --yes deletes without asking.", context)
    failed = False
    with connect() as service:
        ids = list(image_ids) or [str(image.id) for image in service.images(batch)]
        if not ids:
            output.say("no pictures")
            return None
        what = ids[0] if len(ids) == 1 else f"{len(ids)} pictures"
        if not yes and not click.confirm(f"Delete {what} of {batch} for good?", err=True):
            raise click.ClickException("nothing was deleted.")
        for image_id in ids:
            try:
                service.delete_image(batch, image_id)
            except SafelightError as error:
                if len(ids) == 1 or isinstance(error, AuthError):
                    raise
                output.error(error)
                failed = True
            else:
                output.result({"batch": batch, "deleted": image_id}, f"deleted {image_id}")
    return FAILED if failed else None
