"""`safelight immersity ...`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safelight.cli import options
from safelight.cli.accounts import IMMERSITY, LEIAPIX
from safelight.cli.conversions import PICTURES, VIDEOS, Conversion
from safelight.cli.output import FAILED, Line, Output, columns, command_like, json_option
from safelight.errors import SafelightError
from safelight.redaction import redacted

if TYPE_CHECKING:
    from safelight import Immersity
    from safelight._sync.conversion import Result
    from safelight.transfer.progress import OnProgress

_target = click.option(
    "-o",
    "--output",
    "target",
    type=options.FILE,
    metavar="PATH",
    help="The file to write, or a folder, which may be new if it ends with a slash; by default a file here.",
)
_correlation_id = click.option(
    "--correlation-id",
    metavar="UUID",
    help="The id of a request whose outcome is unknown: asks for it again without paying twice.",
)
_patience = options.timeout(7200.0, "How long to wait at the most.")


@click.group(short_help="Depth maps, 3D animations, stereo, LIF, 3D video.")
@click.option(
    "--leiapix",
    is_flag=True,
    envvar="SAFELIGHT_LEIAPIX",
    show_envvar=True,
    help="Use LeiaPix, the service's former name: its addresses, and the LEIAPIX_... variables.",
)
def immersity(leiapix: bool) -> None:
    """Immersity AI, formerly LeiaPix: pictures become depth maps, 3D animations, stereo pictures and LIF files.

    Needs IMMERSITY_CLIENT_ID and IMMERSITY_CLIENT_SECRET in the environment, and for files on this machine an object
    storage of yours, which SAFELIGHT_STORAGE or --storage names. FILE may also be an address.
    """


def connect(context: click.Context, storage: str | None = None) -> Immersity:
    """The client, with the environment's credentials.

    Raises:
        CredentialsMissing: There are none.
        ConfigError: An address is none.
    """
    if context.parent and context.parent.params["leiapix"]:
        LEIAPIX.demand()
        from safelight import LeiaPix

        return LeiaPix(storage=storage)
    are_others = IMMERSITY.missing == [*IMMERSITY.variables] and not LEIAPIX.missing
    IMMERSITY.demand("Those of LeiaPix are set: safelight immersity --leiapix uses them. " if are_others else "")
    from safelight import Immersity

    return Immersity(storage=storage)


@immersity.command()
@json_option
@click.pass_context
def prices(context: click.Context, output: Output) -> None:
    """Show what each operation costs, in credits."""
    with connect(context) as service:
        found = service.prices().to_dict()
    output.result(found, *columns([[(name, ""), (f"{cost:g}", "bold")] for name, cost in _flat(found)]))


@immersity.command()
@click.argument("job_id", metavar="ID")
@_target
@options.storage
@_patience
@json_option
@click.pass_context
def job(
    context: click.Context, output: Output, job_id: str, target: str | None, storage: str | None, timeout: float
) -> None:
    """Wait for a video that was begun earlier, and download it.

    The storage is the one that it was begun with.
    """
    path = options.target_in(target, f"{job_id}.mp4")
    options.check_target(path, [])
    with connect(context, storage) as service:
        _finish(context, output, service, job_id, path, timeout)


def _picture_command(conversion: Conversion) -> click.Command:
    @_target
    @options.storage
    @_correlation_id
    @options.timeout(300.0, "How long each may take.")
    @json_option
    @click.pass_context
    def run(context: click.Context, /, output: Output, files: tuple[str, ...], **given: Any) -> int | None:
        return _convert(context, output, conversion, files, **given)

    is_optional = any(option.name == "left_image" for option in conversion.inputs)
    file = click.Argument(["files"], nargs=-1, required=not is_optional, type=options.FILE, metavar="FILE...")
    return _command(conversion, file)(run)


def _video_command(conversion: Conversion) -> click.Command:
    @_target
    @click.option("--wait/--no-wait", "waits", default=True, help="Wait for the video, and download it.")
    @options.storage
    @_correlation_id
    @_patience
    @json_option
    @click.pass_context
    def run(context: click.Context, /, output: Output, file: str, **given: Any) -> None:
        _begin(context, output, conversion, file, **given)

    return _command(conversion, click.Argument(["file"], type=options.FILE))(run)


def _command(conversion: Conversion, argument: click.Argument) -> Callable[[Callable[..., Any]], click.Command]:
    params = [argument, *conversion.inputs, *conversion.options]
    return click.command(conversion.name, params=params, help=conversion.about)


for _conversion in PICTURES:
    immersity.add_command(_picture_command(_conversion))
for _conversion in VIDEOS:
    immersity.add_command(_video_command(_conversion))


def _convert(
    context: click.Context,
    output: Output,
    conversion: Conversion,
    files: Sequence[str],
    *,
    target: str | None,
    storage: str | None,
    correlation_id: str | None,
    timeout: float,
    **wishes: Any,
) -> int | None:
    """Convert one file after another; what fails does not stop the others, unless it would be their end, too."""
    wishes = {name: value for name, value in wishes.items() if value is not None}
    others = [option for option in conversion.inputs if option.name in wishes]
    _check_count(context, files, others, correlation_id)
    more = [wishes[str(option.name)] for option in others]
    options.check_files([*files, *more])
    sources = files or [wishes["left_image"]]
    ending = conversion.ending.format(**wishes)
    many = len(sources) > 1
    paths = [options.target_in(target, Path(options.name_of(source)).stem + ending, many=many) for source in sources]
    for path in paths:
        options.check_target(path, [*files, *more])
        if paths.count(path) > 1:
            raise click.UsageError(f"several of the files would become {path}: convert them one by one.")
    failed = False
    with connect(context, storage) as service:
        for number, (source, path) in enumerate(zip(sources, paths, strict=True)):
            request = correlation_id or str(uuid.uuid4())
            settle = {"target": str(path), "correlation_id": request, "files": files[number : number + 1]}
            same = command_like(context, context.command, **settle)
            rest = [command_like(context, context.command, files=files[number + 1 :])] if files[number + 1 :] else []
            output.again = [same, *rest]
            try:
                with output.progress() as on_progress:
                    _show(on_progress, f"{conversion.name} of {options.name_of(source)}")
                    made = getattr(service, conversion.method)(
                        *files[number : number + 1], **wishes, correlation_id=request, timeout=timeout
                    )
                    _save(made, path, on_progress, same)
            except SafelightError as error:
                if options.ends_all(error, number, len(sources)):
                    raise
                output.again = [same]
                error.add_note(f"picture: {redacted(source)}")
                output.error(error)
                failed = True
            else:
                _tell(output, made, path)
    return FAILED if failed else None


def _check_count(
    context: click.Context, files: Sequence[str], others: Sequence[click.Option], correlation_id: str | None
) -> None:
    of_one = [option.opts[0] for option in others] + ["--correlation-id"] * bool(correlation_id)
    if len(files) > 1 and of_one:
        raise click.UsageError(f"{of_one[0]} belongs to one picture: give one FILE.", context)
    pair = {"--left-image", "--right-image"} & set(of_one)
    if len(pair) == 1 or bool(pair) == bool(files):
        raise click.UsageError("give one FILE, or --left-image and --right-image.", context)


def _begin(
    context: click.Context,
    output: Output,
    conversion: Conversion,
    file: str,
    *,
    target: str | None,
    waits: bool,
    storage: str | None,
    correlation_id: str | None,
    timeout: float,
    **wishes: Any,
) -> None:
    options.check_files([file])
    path = options.target_in(target, Path(options.name_of(file)).stem + conversion.ending)
    options.check_target(path, [file])
    request = correlation_id or str(uuid.uuid4())
    wishes = {name: value for name, value in wishes.items() if value is not None}
    with connect(context, storage) as service:
        output.again = [command_like(context, context.command, correlation_id=request)]
        begun = getattr(service, conversion.method)(file, **wishes, correlation_id=request)
        if not waits:
            output.result({"job": begun.id}, begun.id)
            output.say([("To get it: ", ""), (command_like(context, job, job_id=begun.id, target=str(path)), "bold")])
            return
        if not output.as_json:
            output.say(f"begun as {begun.id}")
        _finish(context, output, service, begun, path, timeout)


def _finish(context: click.Context, output: Output, service: Immersity, begun: Any, path: Path, timeout: float) -> None:
    begun = service.job(begun) if isinstance(begun, str) else begun
    output.again = [command_like(context, job, job_id=begun.id, target=str(path))]
    with output.progress() as on_progress:
        made = begun.result(timeout=timeout, on_progress=on_progress)
        _save(made, path, on_progress, output.again[0])
    _tell(output, made, path)


def _save(made: Result, path: Path, on_progress: OnProgress | None, again: str) -> None:
    try:
        made.save(path, on_progress=on_progress)
    except SafelightError as error:
        error.add_note(f"It is made and paid for: {again} fetches it.")
        raise


def _show(on_progress: OnProgress | None, what: str) -> None:
    """Let it be seen that something is going on: the service replies when it has done it, and not before."""
    from safelight.transfer.progress import Progress

    if on_progress:
        on_progress(Progress(0, None, "seconds", "waiting", what))


def _tell(output: Output, made: Result, path: Path) -> None:
    from safelight.redaction import bare_url
    from safelight.transfer.progress import human_bytes

    facts = options.file_facts(path)
    line: Line = [(str(path), "bold"), (f"  {human_bytes(facts['bytes'])}", ""), (f"  {made.correlation_id}", "dim")]
    output.result({"correlation_id": made.correlation_id, **facts, "url": bare_url(made.url)}, line)


def _flat(found: dict[str, Any]) -> list[tuple[str, float]]:
    rows: list[tuple[str, float]] = []
    for name, value in found.items():
        inner = _flat(value) if isinstance(value, dict) else [("", value)]
        rows += [(f"{name} {rest}".rstrip(), cost) for rest, cost in inner if isinstance(cost, int | float)]
    return rows
