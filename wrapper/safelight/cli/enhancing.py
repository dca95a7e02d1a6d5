"""How `safelight enhance run` goes about it: it tells what was saved and what failed, and loses no job."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from safelight.cli import options
from safelight.cli.output import FAILED, Output, command_like
from safelight.errors import ConfigError, JobTimeout, SafelightError
from safelight.redaction import redacted

if TYPE_CHECKING:
    from safelight import LetsEnhance
    from safelight._sync.enhancement import Enhancement
    from safelight._sync.pipeline_job import EnhancedImage
    from safelight.letsenhance import Operation
    from safelight.transfer.progress import OnProgress


@attrs.frozen
class Pictures:
    """What is enhanced, and where it goes.

    Attributes:
        source: A folder; one picture, whose result is the file `to`; or pictures, whose results go into the folder.
        to: The file or the folder.
    """

    source: str | list[str]
    to: str

    @classmethod
    def of(cls, files: Sequence[str], target: str) -> Pictures:
        """Read the command line.

        Raises:
            UsageError: A picture is missing, or would be overwritten.
            ConfigError: There can be no such file.
        """
        first = files[0]
        is_folder = len(files) == 1 and not options.is_address(first) and Path(first).is_dir()
        if not is_folder:
            options.check_files(files)
        if len(files) == 1 and not is_folder and not target.endswith("/") and not Path(target).is_dir():
            options.check_target(Path(target), files)
            return cls(first, target)
        if Path(target).is_file():
            raise click.UsageError(f"{target} is a file: several results need a folder.")
        local = [Path(name) for name in files if not options.is_address(name)]
        if Path(target).resolve() in [path.resolve() if is_folder else path.resolve().parent for path in local]:
            raise click.UsageError(f"{target} is the pictures' own folder: give another --output, to overwrite none.")
        return cls(first if is_folder else list(files), target)

    def each(self) -> list[tuple[str | Path, Path]]:
        """Each picture, and where its result goes, without the suffix that its format gives it."""
        from safelight.pipelines import pictures_in, targets

        if isinstance(self.source, str):
            if not Path(self.source).is_dir():
                return [(self.source, Path(self.to))]
            pictures: Sequence[str | Path] = pictures_in(Path(self.source), but_not=Path(self.to))
            return list(zip(pictures, targets(pictures, Path(self.to), Path(self.source)), strict=True))
        return list(zip(self.source, targets(self.source, Path(self.to), None), strict=True))


@attrs.frozen
class Enhancing:
    """One run of the command.

    Attributes:
        context: The command's.
        output: Where it is told.
        service: The client.
        operations: What is done with each picture.
        status: The command that takes up a job.
    """

    context: click.Context
    output: Output
    service: LetsEnhance
    operations: Sequence[Operation]
    status: click.Command

    def run(self, pictures: Pictures, concurrency: int, timeout: float, replace: bool) -> int | None:
        """Enhance the pictures, and save the results; the exit code."""
        from safelight._sync.enhancement import Enhancement

        work = Enhancement(self.service, tuple(self.operations), concurrency, timeout, None, replace)
        try:
            self._enhance(work, pictures)
        except KeyboardInterrupt:
            self.output.again = [self._take_up(job.id, work.plan[n][1]) for n, job in sorted(work.running.items())]
            if len(work.plan) > len(work.running) + len(work.saved):  # those that were not submitted
                self.output.again.append(command_like(self.context, self.context.command, replaces=False))
            raise
        except SafelightError as error:
            if work.failures:
                return self._tell_failures(work, error)
            if isinstance(error, JobTimeout):
                self.output.again = [self._take_up(error.job_id, Path(pictures.to))]
            raise
        return None

    def submit(self, pictures: Pictures) -> int | None:
        """Submit the pictures, and tell the jobs' ids; the exit code."""
        plan = pictures.each()
        failed = False
        for number, (picture, _) in enumerate(plan):
            try:
                job = self.service.submit(picture, *self.operations)
            except SafelightError as error:
                if options.ends_all(error, number, len(plan)):
                    raise
                error.add_note(f"picture: {redacted(str(picture))}")
                self.output.error(error)
                failed = True
            else:
                shown = redacted(str(picture))
                self.output.result({"job": job.id, "picture": shown}, [(job.id, "bold"), (f"  {shown}", "")])
        if not self.output.as_json:
            self.output.say("To get one: safelight enhance status ID --wait -o FILE")
        return FAILED if failed else None

    def _enhance(self, work: Enhancement, pictures: Pictures) -> None:
        try:
            with self.output.progress() as work.on_progress:
                work.saved = dict(enumerate(work.run(pictures.source, pictures.to)))
        finally:
            for number, file in sorted(work.saved.items()):
                tell(self.output, file, picture=redacted(str(work.plan[number][0])))

    def _tell_failures(self, work: Enhancement, error: SafelightError) -> int:
        """Tell each failure in a line of its own: in the error, the first has the others in its notes."""
        summary = error.__notes__[-len(work.failures)]
        del error.__notes__[-len(work.failures) :]
        codes, told = set(), set()
        for number, failure in sorted(work.failures.items()):
            picture, place = work.plan[number]
            # What is wrong with the command, or with the settings, is wrong for each picture.
            text = str(failure).replace(str(picture), "") if isinstance(failure, ConfigError) else number
            if text in told:
                continue
            told.add(text)
            self.output.again = [self._take_up(failure.job_id, place)] if isinstance(failure, JobTimeout) else []
            codes.add(self.output.error(failure))
        if len(work.plan) > 1 and not self.output.as_json:
            self.output.say(summary)
        return FAILED if work.saved or len(codes) > 1 else codes.pop()

    def _take_up(self, job_id: str, place: Path) -> str:
        """The command that fetches a job's result to its place, whose folder is there then."""
        place.parent.mkdir(parents=True, exist_ok=True)
        return command_like(self.context, self.status, job_id=job_id, target=str(place), waits=True)


def save(images: Sequence[EnhancedImage], target: str, on_progress: OnProgress | None) -> list[Path]:
    """Download a job's results; the files.

    Raises:
        UsageError: There are several, and the target is a file.
        ConfigError: There can be no such file.
        TransferError: The bytes do not arrive.
    """
    from safelight.formats import suffix_of
    from safelight.pipelines import targets

    files = []
    names = targets([image.name for image in images], Path(), None)
    for image, name in zip(images, names, strict=True):
        suffix = suffix_of(image.format) or Path(image.name).suffix
        path = options.target_in(target, f"{name}{suffix}", many=len(images) > 1)
        if not (mimetypes.guess_type(path.name)[0] or "").startswith("image/"):
            path = path.with_name(path.name + suffix)
        files.append(image.save(path, on_progress=on_progress))
    return files


def tell(output: Output, file: Path, **facts: Any) -> None:
    """Tell of a file that was written."""
    from safelight.transfer.progress import human_bytes

    about = options.file_facts(file)
    output.result({**facts, **about}, [(str(file), "bold"), (f"  {human_bytes(about['bytes'])}", "")])
