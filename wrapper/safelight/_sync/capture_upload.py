# Made from wrapper/safelight/_async/capture_upload.py by scripts/unasync.py: edit that file, then run that script.
"""From a file to a capture: create, send the parts, complete; and how each of these goes on after an interruption."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from safelight.bridge import Stopped, ThreadCaller, run_here
from safelight.captures import created_since, is_uploaded
from safelight.errors import (
    APIError,
    ConfigError,
    ConnectionFailed,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    SafelightError,
    ServerError,
    TransferError,
    UnexpectedReply,
)
from safelight.transfer.attempts import TransferGone
from safelight.transfer.folder import FolderSource, is_folder
from safelight.transfer.journal import Entry, Journal
from safelight.transfer.plan import Part, missing_parts, plan_parts
from safelight.transfer.progress import OnProgress, Progress, Reporter
from safelight.transfer.source import FileSource, changed, digest
from safelight.transfer.upload import Upload
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

if TYPE_CHECKING:
    from safelight._sync.teleport import Teleport

logger = logging.getLogger("safelight")

_FORMATS = {".mp4": "video", ".mov": "video", ".m4v": "video", ".zip": "bulk-images"}
_LOOKS = 3
_PAUSE = 2.0
_SLACK = 5.0
_MOST_CREATIONS = 2


@attrs.define
class CaptureUpload:
    """One call of `Teleport.upload`."""

    teleport: Teleport
    account: str
    concurrency: int | None
    resume: bool
    verify: bool
    on_progress: OnProgress | None
    source: FileSource | FolderSource = attrs.field(init=False)
    wanted: NewCaptureInput = attrs.field(init=False)
    journal: Journal = attrs.field(init=False)

    def run(
        self,
        path: Path,
        name: str | None,
        input_format: str | None,
        training_parameters: TrainingParameters | Mapping[str, Any] | None,
    ) -> Capture:
        """Upload; the errors are those of `Teleport.upload`."""
        if self.concurrency is not None and self.concurrency < 1:
            raise ConfigError(f"concurrency is {self.concurrency}: give at least 1.")
        if is_folder(path):
            self.source = run_here(lambda caller: self._read_folder(path, caller))
        else:
            self.source = FileSource(path)
        try:
            self.wanted = self._request(name, input_format, training_parameters)
            self.journal = Journal(self._key())
            try:
                return self._upload()
            except BaseException as error:
                if not isinstance(error, Exception) and (entry := self.journal.entry):
                    logger.warning(
                        "Interrupted: %s is not uploaded yet; %d parts are safe. "
                        "Upload it again with the same arguments to go on from there.",
                        path,
                        len(entry.etags),
                    )
                raise
            finally:
                self.journal.close()
        finally:
            self.source.close()

    def _key(self) -> str:
        """What tells this upload from all others: the account, the place, and what is asked for."""
        request = {**self.wanted.to_dict(), "bytesize": None}  # another size is a changed file, not another upload
        place = os.path.abspath(self.source.path)  # noqa: PTH100 - a link is not what it leads to
        return digest(self.teleport.base_url, self.account, place, json.dumps(request, sort_keys=True))

    def _read_folder(self, path: Path, caller: ThreadCaller) -> FolderSource:
        reporter = Reporter(caller.callback(self.on_progress), self.teleport._clock)

        def on_read(done: int, total: int) -> None:
            if caller.stop.is_set():
                raise Stopped
            reporter.report(Progress(done, total, "bytes", "reading"))

        return FolderSource(path, on_read)

    def _request(
        self,
        name: str | None,
        input_format: str | None,
        training_parameters: TrainingParameters | Mapping[str, Any] | None,
    ) -> NewCaptureInput:
        place = Path(os.path.abspath(self.source.path))  # noqa: PTH100 - a link keeps its own name
        default = place.name if isinstance(self.source, FolderSource) else place.stem
        wanted = NewCaptureInput(
            name=name or default.encode("utf-8", "replace").decode(),
            bytesize=self.source.size,
            input_data_format=input_format or _format_of(self.source),
        )
        if training_parameters is not None:
            wanted.training_parameters = _training_parameters(training_parameters)
        return wanted

    def _upload(self) -> Capture:
        entry = self.journal.entry if self.resume else None
        if entry and entry.fingerprint != self.source.fingerprint:
            raise changed(self.source.path)
        for restarted in (False, True):
            entry = self._begin(entry)
            assert entry.job_id is not None
            assert entry.chunk_size is not None
            try:
                parts = plan_parts(self.source.size, entry.chunk_size)
                unsent = missing_parts(parts, entry.etags)
                if unsent:
                    self._send(entry.job_id, unsent)
                capture = self._complete(entry.job_id)
            except (NotFound, TransferGone) as error:
                if restarted:
                    raise TransferError(
                        f"Teleport lost the upload of {self.source.path} twice: try again later."
                    ) from error
                logger.warning("Teleport no longer knows the upload %s: it starts anew.", entry.job_id)
                entry = None
            else:
                self.journal.remove()
                return capture
        raise AssertionError("the second round returns or raises")

    def _begin(self, entry: Entry | None) -> Entry:
        """The journal's entry of an upload that the service knows: an earlier one's, or a new one's."""
        if entry and entry.state != "creating":
            return entry
        clock, created = self.teleport._clock, None
        if entry:  # the process ended before it heard of the creation
            created = self._look_for(clock.monotonic() - (clock.now() - entry.started))
        if created is None:
            self.journal.begin(self.source.fingerprint, clock.now())
            created = self._create()
        try:
            plan_parts(self.source.size, created.chunk_size, created.num_parts)
        except ValueError as error:
            self.journal.remove()
            raise UnexpectedReply(
                f"the service's plan for the upload {created.eid} does not fit the file: {error}",
                status=200,
                method="POST",
                url="/api/v1/captures",
                body=created.to_dict(),
            ) from error
        self.journal.created(created.eid, created.chunk_size)
        entry = self.journal.entry
        assert entry is not None
        return entry

    def _create(self) -> NewCaptureOutput:
        """Have a capture created, once: a lost reply is looked for in the list before the request is repeated."""
        begun = self.teleport._clock.monotonic()
        lost: SafelightError | None = None
        for attempt in range(_MOST_CREATIONS):
            try:
                created = self.teleport._call(create_capture, NewCaptureOutput, repeatable=False, body=self.wanted)
                if self.journal.claim(created.eid):
                    return created  # else an upload of the same name, whose own reply was lost, took it for its own
            except (OutcomeUnknown, ServerError, UnexpectedReply) as error:
                lost = error
                found = self._look_for(begun)
                if found:
                    return found
            except (APIError, ConnectionFailed):
                if attempt == 0:
                    self.journal.remove()  # refused: there is nothing to go on with
                raise
        raise lost or OutcomeUnknown(
            f"Other uploads took the captures that were created as {self.wanted.name!r}: upload again in a minute."
        )

    def _look_for(self, begun: float) -> NewCaptureOutput | None:
        """What a creation made whose reply was lost, or None if it made nothing.

        Args:
            begun: When the creation was sent, by the monotonic clock.
        """
        clock = self.teleport._clock
        for look in range(_LOOKS):
            if look:
                clock.sleep(_PAUSE)
            captures = [capture for page in self.teleport._pages() for capture in page]
            since = self.teleport._server_now() - (clock.monotonic() - begun) - _SLACK
            candidates = created_since(captures, self.wanted.name, since)
            candidates = [capture for capture in candidates if self.journal.is_free(capture.eid)]
            if len(candidates) > 1:
                eids = ", ".join(capture.eid for capture in candidates)
                raise OutcomeUnknown(
                    f"The reply to the creation of {self.wanted.name!r} was lost; any of these may be it: {eids}. "
                    "Delete those that are not being uploaded, then upload again with resume=False."
                )
            if candidates and self.journal.claim(candidates[0].eid):
                eid = candidates[0].eid
                chunk_size = (self._part_url(eid, 1)).chunk_size
                return NewCaptureOutput(eid, chunk_size, -(-self.source.size // max(1, chunk_size)))
        return None

    def _send(self, eid: str, unsent: list[Part]) -> None:
        def sign(number: int) -> str:
            return (self._part_url(eid, number)).upload_url

        def send(caller: ThreadCaller) -> None:
            transport = caller.transport(self.teleport._transport)
            Upload(
                source=self.source,
                parts=unsent,
                done=self.source.size - sum(part.size for part in unsent),
                sign=caller.blocking(sign),
                accepted=self.journal.accepted,
                concurrency=self.concurrency,
                verify=self.verify,
                new_http=lambda: new_transfer_client(transport, connections=1),
                stop=caller.stop,
                on_progress=caller.callback(self.on_progress),
                clock=self.teleport._clock,
            ).run()

        run_here(send)

    def _part_url(self, eid: str, number: int) -> UploadUrlOutput:
        """A fresh URL for a part. The body's size is that of the whole file (Teleport's API specification)."""
        body = RecreateCaptureUploadUrls(eid=eid, bytesize=self.source.size)
        for look in range(_LOOKS):
            try:
                return self.teleport._call(
                    create_upload_url, UploadUrlOutput, repeatable=True, eid=eid, part_no=number, body=body
                )
            except NotFound:
                if look == _LOOKS - 1:
                    raise
                self.teleport._clock.sleep(_PAUSE)  # a new capture may not be known everywhere yet
        raise AssertionError("the last look returns or raises")

    def _complete(self, eid: str) -> Capture:
        """Tell the service that all parts are there, once: a lost reply is looked for in the list."""
        entry = self.journal.entry
        assert entry is not None
        body = CaptureUploadedInput(
            eid=eid,
            parts=[UploadedPart(number=number, etag=_unquoted(etag)) for number, etag in sorted(entry.etags.items())],
        )
        if entry.state == "completing" and (capture := self._uploaded(eid)):
            return capture
        self.journal.completing()
        for look in range(_LOOKS):
            try:
                return self.teleport._call(complete_upload, Capture, repeatable=False, eid=eid, body=body)
            except (OutcomeUnknown, ServerError, UnexpectedReply, InvalidRequest, NotFound) as error:
                if capture := self._uploaded(eid):  # "already completed" is a success, too
                    return capture
                if isinstance(error, InvalidRequest):
                    logger.warning("Teleport refuses the upload as it is: start over with resume=False.")
                    raise
                if look == _LOOKS - 1:
                    raise
            self.teleport._clock.sleep(_PAUSE)
        raise AssertionError("the last look returns or raises")

    def _uploaded(self, eid: str) -> Capture | None:
        """The capture, if the service knows that all of its parts are there."""
        for page in self.teleport._pages():
            for capture in page:
                if capture.eid == eid:
                    return capture if is_uploaded(capture) else None
        return None


def _unquoted(etag: str) -> str:
    """What is between an ETag's quotes; a weak one has none around it, and stays as it is."""
    return etag[1:-1] if etag.startswith('"') and etag.endswith('"') else etag


def _format_of(source: FileSource | FolderSource) -> str:
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
