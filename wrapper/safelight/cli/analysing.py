"""How `safelight haut analyse` goes about it: many faces at once, and no analysis is lost."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from safelight.bridge import each_in_threads
from safelight.cli.analyses import result_lines, side_of
from safelight.cli.output import FAILED, Line, Output, command_like
from safelight.clock import SYSTEM_CLOCK
from safelight.errors import AuthError, ConfigError, JobFailed, JobTimeout, OutcomeUnknown, SafelightError
from safelight.hautai import complaint
from safelight.pipelines import targets
from safelight.transfer.progress import Progress, Reporter

if TYPE_CHECKING:
    from safelight import Batch, HautAI
    from safelight.transfer.progress import OnProgress
    from safelight_api.hautai.models import ImageResult


@attrs.frozen
class Finish:
    """What is done when an analysis has ended.

    Attributes:
        output: Where it is told.
        service: The client.
        aux: The folder for the images that the analysis made, if they are wanted.
        deletes: Whether the pictures are deleted from the service.
        timeout: Seconds to wait for the end.
    """

    output: Output
    service: HautAI
    aux: Path | None
    deletes: bool
    timeout: float

    def __call__(self, batch: Batch | str, on_progress: OnProgress | None, stem: str, **about: str | None) -> None:
        """Wait for the results, and tell them, whatever becomes of the rest.

        Args:
            batch: The analysis.
            on_progress: Is told how the waiting goes.
            stem: What the names of the images that it made begin with.
            **about: What else is told of it.

        Raises:
            SafelightError: There are no results, an image cannot be saved, or a picture is not gone.
        """
        gone: list[str] = []
        try:
            results = self.service.wait(batch, timeout=self.timeout, on_progress=on_progress)
        except JobFailed as error:
            if self.deletes:
                self._delete_faceless(batch, error, gone)
            raise
        except SafelightError as error:
            if not isinstance(error, JobTimeout):
                error.add_note(f"safelight haut results {batch} --wait takes it up.")
            raise
        sides = self.sides(batch)
        saved: list[Path] = []
        try:
            if self.aux:
                self._save_aux(batch, sides, self.aux, stem, saved)
            if self.deletes:
                self._delete(batch, sides, gone)
        except SafelightError as error:
            if self.deletes:
                error.add_note(_to_delete(batch))
            raise
        finally:
            self.tell(batch, results, sides, saved, gone, **about)

    def sides(self, batch: Batch | str) -> dict[str, str]:
        """The sides that the pictures show, by their ids."""
        if not isinstance(batch, str):
            return {str(image_id): side for side, image_id in batch.images.items()}
        return {str(image.id): side_of(image) for image in self.service.images(batch)}

    def tell(
        self,
        batch: Batch | str,
        results: Sequence[ImageResult],
        sides: Mapping[str, str],
        saved: Sequence[Path] = (),
        gone: Sequence[str] = (),
        **about: str | None,
    ) -> None:
        """Tell the results, and what became of the pictures."""
        document = {**about, "batch": str(batch), "results": [result.to_dict() for result in results]}
        lines: list[Line] = [heading(batch, **about), *result_lines(results, sides)]
        lines += [[("  saved  ", "dim"), (str(file), "")] for file in saved]
        lines += [[("  deleted from the service  ", "dim"), (image_id, "")] for image_id in gone]
        self.output.result({**document, "aux": [str(file) for file in saved], "deleted": list(gone)}, *lines)

    def _save_aux(
        self, batch: Batch | str, sides: Mapping[str, str], folder: Path, stem: str, saved: list[Path]
    ) -> None:
        from safelight._sync.files import make_folder

        make_folder(folder)
        for image_id, side in sides.items():
            whose = f"{stem}-{side}" if len(sides) > 1 else stem
            for image in self.service.aux_images(batch, image_id):
                file = image.save(folder / f"{whose}-{image.name}")
                saved.append(file)

    def _delete_faceless(self, batch: Batch | str, error: JobFailed, gone: list[str]) -> None:
        """Delete pictures of which the service itself says that they are of no use; its silence may have an end."""
        try:
            if not any(map(complaint, self.service.results(batch))):
                error.add_note(f"What was sent is kept, as the service does not say why. {_to_delete(batch)}")
                return
            self._delete(batch, self.sides(batch), gone)
            error.add_note(f"Deleted from the service: {', '.join(gone)}.")
        except SafelightError as other:
            error.add_note(f"What was sent is not deleted: {other} {_to_delete(batch)}")

    def _delete(self, batch: Batch | str, sides: Mapping[str, str], gone: list[str]) -> None:
        for image_id in sides:
            self.service.delete_image(batch, image_id)
            gone.append(image_id)


def _to_delete(batch: Batch | str) -> str:
    return f"safelight haut delete {batch} deletes what is left there."


def heading(batch: Batch | str, **about: str | None) -> Line:
    """The line that begins what is told of an analysis."""
    known = [(f"{value}  ", "bold") for value in about.values() if value]
    return [*known, (str(batch), "dim")]


@attrs.define
class Analysing:
    """One run of the command.

    Attributes:
        context: The command's.
        finish: Ends each analysis.
        results: The command that takes up an analysis.
        files: The front pictures.
        sides: The other sides of the face.
        subject: Whom all show.
        name: What the new subject is called, whom all show.
        waits: Whether the results are waited for.
    """

    context: click.Context
    finish: Finish
    results: click.Command
    files: Sequence[str]
    sides: Mapping[str, str]
    subject: str | None
    name: str | None
    waits: bool
    _stems: Sequence[str] = attrs.field(init=False)
    _sending: set[int] = attrs.field(init=False, factory=set)
    _begun: dict[int, Batch] = attrs.field(init=False, factory=dict)
    _done: set[int] = attrs.field(init=False, factory=set)
    _failed: set[int] = attrs.field(init=False, factory=set)
    _codes: set[int] = attrs.field(init=False, factory=set)
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)
    _takes_more: bool = attrs.field(init=False, default=True)
    _is_left: bool = attrs.field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self._stems = [place.name for place in targets(self.files, Path(), None)]

    def run(self, concurrency: int) -> int | None:
        """Analyse; the exit code."""
        output = self.finish.output
        fitting = [number for number in range(len(self.files)) if self._fits(number)]
        if self.name and fitting:
            self.subject = str(self.finish.service.create_subject(self.name).id)
        try:
            with output.progress() as on_progress:
                if not self._are_many:
                    self._one(0, on_progress)
                else:
                    self._many(fitting, concurrency, Reporter(on_progress, SYSTEM_CLOCK))
        except SafelightError as error:
            output.again = self._commands_after(error)
            raise
        except (KeyboardInterrupt, BrokenPipeError) as error:
            self._is_left = True
            output.again = self._commands_that_go_on()
            if isinstance(error, BrokenPipeError) and self.finish.deletes and output.again:
                # Who has left the one stream may read the other, and does not want pictures to stay.
                output.say(f"To go on: {'; '.join(output.again)}")
            raise
        if not self.waits and self._done and not output.as_json:
            output.say("To get the results: safelight haut results SUBJECT/BATCH --wait")
        if not self._codes:
            return None
        return FAILED if self._done or len(self._codes) > 1 else self._codes.pop()

    def _many(self, fitting: Sequence[int], concurrency: int, reporter: Reporter) -> None:
        def work(number: int) -> None:
            if self._takes_more:
                self._one(number, None)
            if self._takes_more:
                ended = len(self._done) + len(self._failed)
                reporter.report(Progress(ended, len(self.files), "files", "analysing"))

        try:
            each_in_threads(work, fitting, min(concurrency, len(fitting)))
        except (KeyboardInterrupt, BrokenPipeError):
            if sending := [self.files[number] for number in sorted(self._sending)]:
                self.finish.output.say(
                    f"What was sent of {', '.join(sending)} may stay at the service, in no analysis."
                )
            raise

    @property
    def _are_many(self) -> bool:
        return len(self.files) > 1

    def _fits(self, number: int) -> bool:
        """Whether the service takes the pictures: asked before there is a subject whom nobody needs."""
        from safelight.photo import Photo

        try:
            for file in (self.files[number], *self.sides.values()):
                Photo(file, file).close()
        except SafelightError as error:
            self._fail(number, error)
            return False
        return True

    def _one(self, number: int, on_progress: OnProgress | None) -> None:
        file, service = self.files[number], self.finish.service
        try:
            subject, name = self.subject, self.name
            if subject is None:
                name = f"safelight-{uuid.uuid4().hex[:12]}"
                subject = str(service.create_subject(name).id)
            self._sending.add(number)
            try:
                left, right = self.sides.get("left"), self.sides.get("right")
                batch = service.upload(subject, front=file, left=left, right=right, on_progress=on_progress)
                self._begun[number] = batch
            finally:
                self._sending.discard(number)
            if self.waits:
                self.finish(batch, on_progress, self._stems[number], file=file, name=name)
            else:
                about = {"file": file, "name": name}
                if not self.finish.output.as_json:
                    self.finish.output.say(heading(batch, **about))
                self.finish.output.result({**about, "batch": str(batch)}, str(batch))  # alone, for other commands
        except SafelightError as error:
            self._fail(number, error, is_general=isinstance(error, AuthError | ConfigError))
        else:
            self._done.add(number)

    def _fail(self, number: int, error: SafelightError, *, is_general: bool = False) -> None:
        """Tell what went wrong with one, and go on with the others, unless it would go wrong with them, too.

        Raises:
            SafelightError: There are no others.
        """
        if not self._are_many:
            raise error
        output = self.finish.output
        with self._lock:
            self._failed.add(number)
            if self._is_left or (is_general and not self._takes_more):
                return  # it is told already
            if is_general:
                self._takes_more = False
            else:
                error.add_note(f"picture: {self.files[number]}")
            output.again = self._commands_after(error)
            self._codes.add(output.error(error))

    def _commands_that_go_on(self) -> list[str]:
        """For those that are under way, and for those that are not."""
        left = [number for number in range(len(self.files)) if number not in self._done | self._failed]
        commands = [self._take_up(str(self._begun[number])) for number in left if number in self._begun]
        if rest := tuple(self.files[number] for number in left if number not in self._begun):
            whose = {"subject": self.subject, "name": None if self.subject else self.name}
            commands.append(command_like(self.context, self.context.command, files=rest, **whose))
        return commands

    def _commands_after(self, error: SafelightError) -> list[str]:
        batch = error.job_id if isinstance(error, JobTimeout | OutcomeUnknown) else None
        return [self._take_up(batch)] if batch else []

    def _take_up(self, batch: str) -> str:
        return command_like(self.context, self.results, batch=batch, waits=True)
