# Made from wrapper/safelight/_async/enhancement.py by scripts/unasync.py: edit that file, then run that script.
"""From pictures to enhanced pictures: each is submitted, waited for and downloaded, many at the same time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import attrs

from safelight._sync.files import Input, are_many, is_folder, is_url, make_folder
from safelight._sync.pipeline_job import PipelineJob
from safelight.bridge import Stopped, each_in_threads
from safelight.errors import AuthError, ConfigError, JobFailed, OutOfCredits, SafelightError
from safelight.formats import suffix_of
from safelight.pipelines import holds_pictures, logger, pictures_in, targets
from safelight.redaction import redacted
from safelight.transfer.download import check_target
from safelight.transfer.progress import Progress, Reporter

if TYPE_CHECKING:
    from safelight._sync.letsenhance import LetsEnhance
    from safelight.letsenhance import Operation
    from safelight.transfer.progress import OnProgress


@attrs.define
class Enhancement:
    """One call of `LetsEnhance.enhance`.

    Attributes:
        plan: The pictures, and where each goes: a file, or (of many) a file without the suffix of its format.
        running: The jobs that were submitted and whose pictures are not saved, by their numbers in the plan.
        saved: The files that were written, likewise.
        failures: What went wrong, likewise.
    """

    service: LetsEnhance
    operations: tuple[Operation, ...]
    concurrency: int
    timeout: float
    on_progress: OnProgress | None
    replace: bool = True
    plan: list[tuple[Input, Path]] = attrs.field(init=False, factory=list)
    running: dict[int, PipelineJob] = attrs.field(init=False, factory=dict)
    saved: dict[int, Path] = attrs.field(init=False, factory=dict)
    failures: dict[int, SafelightError] = attrs.field(init=False, factory=dict)
    _ended: bool = attrs.field(init=False, default=False)
    _interrupted: bool = attrs.field(init=False, default=False)

    def run(self, sources: Input | Sequence[Input], to: str | os.PathLike[str]) -> list[Path]:
        """Enhance; the errors are those of `LetsEnhance.enhance`."""
        if not isinstance(self.concurrency, int) or self.concurrency < 1:
            raise ConfigError(f"concurrency is {self.concurrency}: give a whole number, at least 1.")
        is_one = not are_many(sources) and not _is_folder_of_pictures(sources) and not is_folder(to)
        try:
            if is_one:
                self.plan = [(cast("Input", sources), Path(to))]
                check_target(Path(to))
                if _is_itself(sources, Path(to)):
                    raise ConfigError(f"{to} is the picture itself: name another file.")
                self.saved[0] = self._one(0, exact=True, on_progress=self.on_progress)
            else:
                self.plan = _plan(sources, Path(to), replace=self.replace)
                self._many()
        except SafelightError:
            raise
        except BaseException:
            self._interrupt()
            raise
        return [self.saved[number] for number in range(len(self.plan))]

    def _many(self) -> None:
        reporter = Reporter(self.on_progress, self.service._clock)
        inputs = self.service._inputs()

        def fits(number: int) -> bool:
            try:
                inputs.check(self.plan[number][0])
            except SafelightError as error:
                self._fail(number, error)
            return number not in self.failures

        def work(number: int) -> None:
            if self._ended:
                return
            try:
                self.saved[number] = self._one(number, exact=False, on_progress=None)
            except SafelightError as error:
                # What is wrong with the account, the operations or the storage is wrong with all that follow.
                if isinstance(error, (AuthError, OutOfCredits)) or (isinstance(error, ConfigError) and fits(number)):
                    self._ended = True
                self._fail(number, error)
            done = len(self.saved) + len(self.failures)
            reporter.report(Progress(done, len(self.plan), "files", "enhancing"))

        if not self.replace:
            self.saved |= {number: file for number, (_, place) in enumerate(self.plan) if (file := _result_at(place))}
        fitting = [number for number in range(len(self.plan)) if number not in self.saved and fits(number)]
        each_in_threads(work, fitting, min(self.concurrency, max(1, len(fitting))))
        if self.failures:
            error, *others = (self.failures[number] for number in sorted(self.failures))
            error.add_note(f"{len(self.saved)} of {len(self.plan)} pictures were enhanced and saved.")
            for other in others:
                error.add_note(" ".join([str(other), *getattr(other, "__notes__", [])]))
            raise error

    def _one(self, number: int, *, exact: bool, on_progress: OnProgress | None) -> Path:
        picture, target = self.plan[number]
        clock = self.service._clock
        deadline = clock.monotonic() + self.timeout
        job = self.running[number] = self.service._submit([picture], self.operations, None, self.timeout, self._go_on)
        try:
            if self._interrupted:  # while it was submitted: it could not be named among the others
                _tell_interrupted([job])
                raise Stopped
            left = max(0.0, deadline - clock.monotonic())
            images = job.result(timeout=left, on_progress=on_progress)
            if not images:
                raise JobFailed(f"Let's Enhance gives no picture for the pipeline {job.id}.", job_id=job.id)
            if not exact:
                target = target.with_name(target.name + (suffix_of(images[0].format) or Path(images[0].name).suffix))
                make_folder(target.parent)
            elif suffix_of(images[0].format) not in ("", _usual_suffix(target)):
                logger.warning("%s is written as %s, whatever its name says.", target, images[0].format)
            saved = images[0].save(target, on_progress=on_progress)
        except JobFailed:
            del self.running[number]
            raise
        except SafelightError as error:
            error.add_note(f"It is paid for: job({job.id}) takes it up.")
            raise
        del self.running[number]
        return saved

    def _go_on(self) -> None:
        """Keep a thread that was sending inputs when the caller was interrupted from paying after that."""
        if self._interrupted:
            raise Stopped

    def _fail(self, number: int, error: SafelightError) -> None:
        picture, place = self.plan[number]
        error.add_note(f"picture: {redacted(str(picture)) if isinstance(picture, str | Path) else place.name}")
        self.failures[number] = error

    def _interrupt(self) -> None:
        self._ended = self._interrupted = True
        jobs = list(self.running.values())
        for job in jobs:
            job._give_up()
        _tell_interrupted(jobs)


def _usual_suffix(file: Path) -> str:
    return {".jpeg": ".jpg", ".jpe": ".jpg"}.get(file.suffix.lower(), file.suffix.lower())


def _plan(sources: Input | Sequence[Input], to: Path, *, replace: bool) -> list[tuple[Input, Path]]:
    """Each picture, and where its result goes; nothing of it is a picture's own place.

    Raises:
        ConfigError: There is no picture, or there can be no such folder.
    """
    if to.exists() and not to.is_dir():
        raise ConfigError(f"{to} is a file: many pictures need a folder.")
    root = Path(cast("str", sources)) if _is_folder_of_pictures(sources) else None
    if root:
        folders, pictures = {root.resolve()}, list[Input](pictures_in(root, but_not=to))
    else:
        pictures = list(cast("Sequence[Input]", sources)) if are_many(sources) else [cast("Input", sources)]
        folders = {Path(p).resolve().parent for p in pictures if isinstance(p, str | os.PathLike) and not is_url(p)}
    if not pictures:
        raise ConfigError("there is no picture: give at least one.")
    if replace and root and root.resolve() in to.resolve().parents and holds_pictures(to):
        raise ConfigError(
            f"{to} is below the pictures and holds some itself, which might be replaced: name another folder, "
            "or go on with replace=False."
        )
    if to.resolve() in folders:
        raise ConfigError(f"{to} is where the pictures are: name another folder, so that none of them is replaced.")
    make_folder(to)
    return list(zip(pictures, targets(pictures, to, root), strict=True))


def _result_at(place: Path) -> Path | None:
    """The result that an earlier call wrote to a place, which had still to get its suffix."""
    found = (place.with_name(place.name + suffix_of(name)) for name in ("JPEG", "PNG"))
    return next((file for file in found if file.exists()), None)


def _is_itself(picture: object, to: Path) -> bool:
    return isinstance(picture, str | os.PathLike) and not is_url(picture) and Path(picture).resolve() == to.resolve()


def _is_folder_of_pictures(sources: object) -> bool:
    return isinstance(sources, str | os.PathLike) and not is_url(sources) and Path(sources).is_dir()


def _tell_interrupted(jobs: Sequence[PipelineJob]) -> None:
    if ids := ", ".join(job.id for job in jobs):
        logger.warning("Interrupted: Let's Enhance goes on with %s; job(id) takes each of them up.", ids)
