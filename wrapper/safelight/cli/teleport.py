"""`safelight teleport ...`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safelight.cli.accounts import TELEPORT
from safelight.cli.captures import capture_line, capture_table, file_lines, metadata_lines
from safelight.cli.output import Output, as_document, command_again, command_like, json_option

if TYPE_CHECKING:
    from safelight import Teleport
    from safelight.transfer.progress import OnProgress

_profile = click.option(
    "--profile", default="ply", show_default=True, help="The model's form: ply, or sogs-sh0 (smaller)."
)
_quality = click.option("--quality", metavar="sd|hd", help="The model's quality; by default the service's choice.")
_timeout = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=7200.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait at the most.",
)
_file = click.Path(path_type=Path)


def connect() -> Teleport:
    """The client, with the environment's credentials.

    Raises:
        CredentialsMissing: There are none.
        ConfigError: An address in the environment is none.
    """
    TELEPORT.demand()
    from safelight import Teleport

    return Teleport()


@click.group(short_help="Videos and photographs to 3D captures.")
def teleport() -> None:
    """Teleport by Varjo: a video or a folder of photographs becomes a 3D capture.

    Needs TELEPORT_CLIENT_ID and TELEPORT_CLIENT_SECRET in the environment.
    """


def _parameters(_context: click.Context, _parameter: click.Parameter, value: str | None) -> dict[str, Any] | None:
    if value is None:
        return None
    try:
        parsed = json.loads(value)
    except ValueError as error:
        raise click.BadParameter(f"this is no JSON ({error}).") from error
    if not isinstance(parsed, dict):
        raise click.BadParameter('give a JSON object, such as {"modelv3": {...}}.')
    return parsed


@teleport.command()
@click.argument("path", type=_file)
@click.option("--name", help="The capture's name; by default the file's without its ending.")
@click.option(
    "--format",
    "input_format",
    type=click.Choice(["video", "bulk-images"]),
    help="What it is; by default by its ending. A folder, or a zip, of images is bulk-images.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    metavar="N",
    help="Parts sent at the same time; by default as many as help, from 4 to 8.",
)
@click.option("--no-resume", is_flag=True, help="Start over, even where an interrupted upload could go on.")
@click.option("--no-verify", is_flag=True, help="Do not compare the parts' checksums with the store's: less CPU.")
@click.option(
    "--training-parameters",
    callback=_parameters,
    metavar="JSON",
    help='Such as {"modelv3": {...}}; needs a paid plan.',
)
@click.option("--wait", "waits", is_flag=True, help="Wait until the capture is ready.")
@_timeout
@click.option("--download", "file", type=_file, metavar="FILE", help="Wait, then download the model to this file.")
@_profile
@_quality
@json_option
@click.pass_context
def upload(
    context: click.Context,
    output: Output,
    path: Path,
    name: str | None,
    input_format: str | None,
    concurrency: int | None,
    no_resume: bool,
    no_verify: bool,
    training_parameters: dict[str, Any] | None,
    waits: bool,
    timeout: float,
    file: Path | None,
    profile: str,
    quality: str | None,
) -> None:
    """Upload a video, a zip of images, or a folder of images.

    An upload that was interrupted, however roughly, goes on where it stopped: give the same command again.
    """
    _check_file(file)
    more: dict[str, Any] = {}
    with connect() as service:
        output.again = [command_again(context, without=["no_resume"])]
        with output.progress() as on_progress:
            capture = service.upload(
                path,
                name,
                format=input_format,
                concurrency=concurrency,
                resume=not no_resume,
                verify=not no_verify,
                on_progress=on_progress,
                training_parameters=training_parameters,
            )
        if waits or file:
            output.again = [command_like(context, wait, eids=(capture.eid,))]
            if not output.as_json:
                output.say(f"uploaded as {capture.eid}")
            with output.progress() as on_progress:
                capture = service.wait(capture.eid, timeout=timeout, on_progress=on_progress)
                if file:
                    more = _download(service, capture.sid, file, profile, quality, on_progress)
    output.result(as_document(capture, **more), capture_line(capture), *file_lines(more))


@teleport.command()
@click.argument("eids", metavar="EID...", nargs=-1, required=True)
@_timeout
@click.option("--download", "file", type=_file, metavar="FILE", help="Then download the model (of one capture).")
@_profile
@_quality
@json_option
@click.pass_context
def wait(
    context: click.Context,
    output: Output,
    eids: tuple[str, ...],
    timeout: float,
    file: Path | None,
    profile: str,
    quality: str | None,
) -> None:
    """Wait until captures are ready; each is printed when it is."""
    if file and len(eids) > 1:
        raise click.UsageError("--download takes one capture: give one EID.", context)
    _check_file(file)
    with connect() as service, output.progress() as on_progress:
        output.again = [command_again(context)]
        for capture in service.wait_all(eids, timeout=timeout, on_progress=on_progress):
            more = _download(service, capture.sid, file, profile, quality, on_progress) if file else {}
            output.result(as_document(capture, **more), capture_line(capture), *file_lines(more))


@teleport.command()
@click.argument("sid")
@click.argument("file", type=_file)
@_profile
@_quality
@json_option
@click.pass_context
def download(context: click.Context, output: Output, sid: str, file: Path, profile: str, quality: str | None) -> None:
    """Download a capture's model to FILE; goes on where an earlier download stopped."""
    with connect() as service, output.progress() as on_progress:
        output.again = [command_again(context)]
        more = _download(service, sid, file, profile, quality, on_progress)
    output.result({"sid": sid, **more}, *file_lines(more))


@teleport.command("list")
@json_option
def list_captures(output: Output) -> None:
    """List the account's captures."""
    with connect() as service:
        if output.as_json:
            for capture in service.captures():
                output.result(as_document(capture))
            return
        captures = list(service.captures())
    output.result(None, *capture_table(captures))
    if not captures:
        output.say("no captures")


@teleport.command()
@click.argument("eid")
@click.argument("name")
@json_option
def rename(output: Output, eid: str, name: str) -> None:
    """Give a capture another name."""
    with connect() as service:
        capture = service.rename(eid, name)
    output.result(as_document(capture), capture_line(capture))


@teleport.command()
@click.argument("eid")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_context
def delete(context: click.Context, output: Output, eid: str, yes: bool) -> None:
    """Delete a capture for good."""
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("there is nobody to ask: --yes deletes without asking.", context)
    with connect() as service:
        if not yes and not click.confirm(f"Delete {eid} for good?", err=True):
            raise click.ClickException("nothing was deleted.")
        service.delete(eid)
    output.result({"deleted": eid}, f"deleted {eid}")


@teleport.command()
@click.argument("sid")
@click.option("--profile", "profiles", multiple=True, help="A form of the model, ply or sogs-sh0; may be repeated.")
@_quality
@json_option
def metadata(output: Output, sid: str, profiles: tuple[str, ...], quality: str | None) -> None:
    """Show what a capture consists of.

    --json prints everything, with camera poses and the models' addresses, which are signed: whoever has one can
    download the model for a while.
    """
    with connect() as service:
        found = service.metadata(sid, quality=quality, profiles=profiles or None)
    output.result(as_document(found), *metadata_lines(found))


def _check_file(file: Path | None) -> None:
    """Whether there can be such a file: asked before hours of uploading and waiting, not after."""
    if file:
        from safelight.transfer.download import check_target

        check_target(file)


def _download(
    service: Teleport,
    sid: Any,
    file: Path,
    profile: str,
    quality: str | None,
    on_progress: OnProgress | None,
) -> dict[str, Any]:
    if not isinstance(sid, str) or not sid:
        raise click.ClickException("the service gave this capture no sid, under which it could be downloaded.")
    service.download(sid, file, profile=profile, quality=quality, on_progress=on_progress)
    return {"file": str(file), "bytes": file.stat().st_size}
