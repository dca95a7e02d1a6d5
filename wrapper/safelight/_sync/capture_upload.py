# Made from wrapper/safelight/_async/capture_upload.py by scripts/unasync.py: edit that file, then run that script.
"""From a file to a capture: create, send the parts, complete; and how each of these goes on after an interruption."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import httpx

from safelight.bridge import Stopped, ThreadCaller, run_here
from safelight.captures import created_since, is_uploaded
from safelight.clock import Clock
from safelight.errors import (
    ConfigError,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    ServerError,
    TransferError,
    UnexpectedReply,
)
from safelight.transfer.folder import FolderSource
from safelight.transfer.journal import Entry, Journal
from safelight.transfer.plan import Part, missing_parts, plan_parts
from safelight.transfer.progress import OnProgress, Progress, Reporter
from safelight.transfer.source import FileSource, Source, changed, digest
from safelight.transfer.upload import Upload, UploadGone
from safelight.transport import new_transfer_client
from safelight_api.teleport.api.captures import complete_upload, create_capture, create_upload_url
from safelight_api.teleport.models import (
    Capture,
    CaptureUploadedInput,
    NewCaptureInput,
    NewCaptureOutput,
    RecreateCaptureUploadUrls,
    TrainingParameters,
    UploadedPart,
    UploadUrlOutput,
)

logger = logging.getLogger("safelight")

_FORMATS = {".mp4": "video", ".mov": "video", ".m4v": "video", ".zip": "bulk-images"}
_LOOKS = 3
_PAUSE = 2.0
_SLACK = 5.0
_MOST_CREATIONS = 2


@attrs.define(kw_only=True)
class CaptureUpload:
    """One call of `upload`.

    Attributes:
        call: Makes an API request.
        pages: Walks through the account's captures.
        server_now: The service's clock.
        transport: The client's own transport, if it has one.
        clock: The time.
        account: What tells this account from others; part of the journal's name.
        concurrency: How many parts are sent at the same time.
        resume: Whether an interrupted upload goes on.
        verify: Whether parts' checksums are compared.
        on_progress: Is told how far the upload has come.
    """

    call: Callable[..., Any]
    pages: Callable[[], Iterator[list[Capture]]]
    server_now: Callable[[], float]
    transport: httpx.BaseTransport | None
    clock: Clock
    account: tuple[str, ...]
    concurrency: int
    resume: bool
    verify: bool
    on_progress: OnProgress | None

    def run(
        self,
        path: Path,
        name: str | None,
        input_format: str | None,
        training_parameters: TrainingParameters | Mapping[str, Any] | None,
    ) -> Capture:
        """Upload; the errors are those of `Teleport.upload`."""
        if self.concurrency < 1:
            raise ConfigError(f"concurrency is {self.concurrency}: give at least 1.")
        source = run_here(lambda caller: self._open(path, caller))
        try:
            wanted = NewCaptureInput(
                name=name or (source.path.name if isinstance(source, FolderSource) else source.path.stem),
                bytesize=source.size,
                input_data_format=input_format or _format_of(source),
            )
            if training_parameters is not None:
                wanted.training_parameters = _training_parameters(training_parameters)
            request = {**wanted.to_dict(), "bytesize": None}  # another size is a changed file, not another upload
            journal = Journal(digest(*self.account, source.path, json.dumps(request, sort_keys=True)))
            try:
                return self._upload(source, wanted, journal)
            except BaseException as error:
                if not isinstance(error, Exception) and (entry := journal.entry):
                    logger.warning(
                        "Interrupted: %s is not uploaded yet; %d parts are safe. "
                        "Upload it again with the same arguments to go on from there.",
                        path,
                        len(entry.etags),
                    )
                raise
            finally:
                journal.close()
        finally:
            source.close()

    def _open(self, path: Path, caller: ThreadCaller) -> Source:
        path = path.resolve()
        if not path.is_dir():
            return FileSource(path)
        reporter = Reporter(caller.callback(self.on_progress), self.clock)

        def on_read(done: int, total: int) -> None:
            if caller.stop.is_set():
                raise Stopped
            reporter.report(Progress(done, total, "bytes", "reading"))

        return FolderSource(path, on_read)

    def _upload(self, source: Source, wanted: NewCaptureInput, journal: Journal) -> Capture:
        entry = journal.entry if self.resume else None
        if entry and entry.fingerprint != source.fingerprint:
            raise changed(source.path)
        for restarted in (False, True):
            entry = self._begin(entry, source, wanted, journal)
            assert entry.job_id is not None
            assert entry.chunk_size is not None
            try:
                parts = plan_parts(source.size, entry.chunk_size)
                todo = missing_parts(parts, entry.etags)
                if todo:
                    sent = source.size - sum(part.size for part in todo)
                    self._send(entry.job_id, source, todo, sent, journal)
                capture = self._complete(entry, journal)
            except (NotFound, UploadGone) as error:
                if restarted:
                    raise TransferError(f"Teleport lost the upload of {source.path} twice: try again later.") from error
                logger.warning("Teleport no longer knows the upload %s: it starts anew.", entry.job_id)
                entry = None
            else:
                journal.remove()
                return capture
        raise AssertionError("the second round returns or raises")

    def _begin(self, entry: Entry | None, source: Source, wanted: NewCaptureInput, journal: Journal) -> Entry:
        """The journal's entry of an upload that the service knows: an earlier one's, or a new one's."""
        if entry and entry.state != "creating":
            return entry
        created = None
        if entry:  # the process ended before it heard of the creation
            created = self._look_for(wanted, self.clock.monotonic() - (self.clock.now() - entry.started))
        if created is None:
            journal.begin(source.fingerprint, self.clock.now())
            created = self._create(wanted)
        try:
            plan_parts(wanted.bytesize, created.chunk_size, created.num_parts)
        except ValueError as error:
            journal.remove()
            raise UnexpectedReply(
                f"the service's plan for the upload {created.eid} does not fit the file: {error}",
                status=200,
                method="POST",
                url="/api/v1/captures",
                body=created.to_dict(),
            ) from error
        journal.created(created.eid, created.chunk_size)
        entry = journal.entry
        assert entry is not None
        return entry

    def _create(self, wanted: NewCaptureInput) -> NewCaptureOutput:
        """Have a capture created, once: a lost reply is looked for in the list before the request is repeated."""
        begun = self.clock.monotonic()
        for attempt in range(_MOST_CREATIONS):
            try:
                created: NewCaptureOutput = self.call(create_capture, NewCaptureOutput, repeatable=False, body=wanted)
                return created
            except (OutcomeUnknown, ServerError, UnexpectedReply):
                found = self._look_for(wanted, begun)
                if found:
                    return found
                if attempt == _MOST_CREATIONS - 1:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _look_for(self, wanted: NewCaptureInput, begun: float) -> NewCaptureOutput | None:
        """What a creation made whose reply was lost, or None if it made nothing.

        Args:
            wanted: What was asked for.
            begun: When, by the monotonic clock.
        """
        for look in range(_LOOKS):
            if look:
                self.clock.sleep(_PAUSE)
            captures = [capture for page in self.pages() for capture in page]
            since = self.server_now() - (self.clock.monotonic() - begun) - _SLACK
            candidates = created_since(captures, wanted.name, since)
            if len(candidates) > 1:
                eids = ", ".join(capture.eid for capture in candidates)
                raise OutcomeUnknown(
                    f"The reply to the creation of {wanted.name!r} was lost; any of these may be it: {eids}. "
                    "Delete those that are not being uploaded, then upload again with resume=False."
                )
            if candidates:
                eid = candidates[0].eid
                url = self._part_url(eid, 1, wanted.bytesize)
                return NewCaptureOutput(eid, url.chunk_size, -(-wanted.bytesize // max(1, url.chunk_size)))
        return None

    def _send(
        self,
        eid: str,
        source: Source,
        todo: list[Part],
        sent: int,
        journal: Journal,
    ) -> None:
        def sign(number: int) -> str:
            return (self._part_url(eid, number, source.size)).upload_url

        def send(caller: ThreadCaller) -> None:
            with new_transfer_client(caller.transport(self.transport), connections=self.concurrency) as http:
                Upload(
                    source=source,
                    parts=todo,
                    done=sent,
                    sign=caller.blocking(sign),
                    accepted=journal.accepted,
                    http=http,
                    concurrency=self.concurrency,
                    verify=self.verify,
                    stop=caller.stop,
                    on_progress=caller.callback(self.on_progress),
                    clock=self.clock,
                ).run()

        run_here(send)

    def _part_url(self, eid: str, number: int, size: int) -> UploadUrlOutput:
        """A fresh URL for a part. The body's size is that of the whole file (services' facts, `create-upload-url`)."""
        body = RecreateCaptureUploadUrls(eid=eid, bytesize=size)
        for look in range(_LOOKS):
            try:
                url: UploadUrlOutput = self.call(
                    create_upload_url, UploadUrlOutput, repeatable=True, eid=eid, part_no=number, body=body
                )
                return url
            except NotFound:
                if look == _LOOKS - 1:
                    raise
                self.clock.sleep(_PAUSE)  # a new capture may not be known everywhere yet
        raise AssertionError("the last look returns or raises")

    def _complete(self, entry: Entry, journal: Journal) -> Capture:
        """Tell the service that all parts are there, once: a lost reply is looked for in the list."""
        assert entry.job_id is not None
        known = journal.entry
        assert known is not None
        body = CaptureUploadedInput(
            eid=entry.job_id,
            parts=[UploadedPart(number=number, etag=etag.strip('"')) for number, etag in sorted(known.etags.items())],
        )
        may_be_complete = known.state == "completing"
        journal.completing()
        for look in range(_LOOKS):
            if may_be_complete and (capture := self._uploaded(entry.job_id)):
                return capture
            try:
                completed: Capture = self.call(complete_upload, Capture, repeatable=False, eid=entry.job_id, body=body)
                return completed
            except (OutcomeUnknown, ServerError, UnexpectedReply, InvalidRequest, NotFound) as error:
                capture = self._uploaded(entry.job_id)  # "already completed" is a success, too
                if capture:
                    return capture
                if look == _LOOKS - 1 or isinstance(error, InvalidRequest | NotFound):
                    raise
            may_be_complete = True
            self.clock.sleep(_PAUSE)
        raise AssertionError("the last look returns or raises")

    def _uploaded(self, eid: str) -> Capture | None:
        """The capture, if the service knows that all of its parts are there."""
        for page in self.pages():
            for capture in page:
                if capture.eid == eid:
                    return capture if is_uploaded(capture) else None
        return None


def _format_of(source: Source) -> str:
    if isinstance(source, FolderSource):
        return "bulk-images"
    try:
        return _FORMATS[source.path.suffix.lower()]
    except KeyError:
        raise ConfigError(
            f"{source.path}: its ending does not tell what it is; "
            "pass format='video', or format='bulk-images' for a zip of images."
        ) from None


def _training_parameters(given: TrainingParameters | Mapping[str, Any]) -> TrainingParameters:
    if isinstance(given, TrainingParameters):
        return given
    try:
        return TrainingParameters.from_dict(given)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"training_parameters do not fit the service's contract: {error!r}.") from error
