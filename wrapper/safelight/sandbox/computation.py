"""The sandbox's Haut.AI at work: pictures are measured, and the webhook is told, in their time."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from safelight.sandbox.analyses import Replies, authorised
from safelight.sandbox.background import Background
from safelight.sandbox.clock import SandboxClock
from safelight.sandbox.courier import Courier, as_bytes
from safelight.sandbox.front import Refused
from safelight.sandbox.google import GoogleBucket
from safelight.sandbox.skin import measure
from safelight.sandbox.subjects import Batch, Picture, Subject

# As public clients of the service have seen it.
_NO_FACE = "No face detected"

_logger = logging.getLogger(__name__)


class Computation:
    """Whatever is computed.

    Args:
        bucket: Keeps the pictures and what is made of them.
        replies: Words what the webhook is told.
        background: Where the work is done.
        courier: Calls the webhook.
        clock: Decides how far everything is.
        seconds: How long a picture takes.

    Attributes:
        webhook: What is called when an application has computed a picture, as it was registered. May be set.
        faceless: For each coming computation that is to find no face, what its results say of it. May be changed.
    """

    def __init__(
        self,
        *,
        bucket: GoogleBucket,
        replies: Replies,
        background: Background,
        courier: Courier,
        clock: SandboxClock,
        seconds: float,
    ) -> None:
        self.webhook: Mapping[str, Any] | None = None
        self.faceless: list[str] = []
        self._bucket = bucket
        self._replies = replies
        self._background = background
        self._courier = courier
        self._clock = clock
        self._seconds = seconds

    def begin(self, subject: Subject, batch: Batch) -> None:
        """Compute the pictures that have come since the last time: a repetition computes nothing twice.

        Raises:
            Refused: 400, there are none and never were.
        """
        kept = self._bucket.objects
        waiting = [picture for picture in batch.pictures.values() if picture.started is None and picture.key in kept]
        if not waiting and not batch.started():
            raise Refused(400, "No picture of this batch has been uploaded.")
        if not waiting:
            return
        error = self.faceless.pop(0) if self.faceless else None
        batch.computations += 1
        for picture in waiting:
            picture.started, picture.seconds = self._clock.now(), self._seconds
        self._background.start(self._process(subject, batch, waiting, error))

    async def measured(self, pictures: Sequence[Picture]) -> None:
        """Return when what is due by the clock has been measured; that this machine needs a moment more is not told."""
        for picture in pictures:
            if picture.ready(self._clock.now()):
                await picture.over.wait()

    async def _process(self, subject: Subject, batch: Batch, pictures: Sequence[Picture], error: str | None) -> None:
        """Measure pictures, and tell the webhook in time. `error` is None where faces may be found."""
        for picture in pictures:
            try:
                await self._measure(batch, picture, error)
            except Exception:
                # Whoever waits for the batch must see it end.
                _logger.exception("a picture could not be measured")
            finally:
                picture.over.set()
        events = [(moment, name, picture) for picture in pictures for name, moment in picture.due().items()]
        for moment, name, picture in sorted(events, key=itemgetter(0)):
            await self._background.until(moment)
            if picture.id in batch.pictures:
                self._tell(self._replies.event(subject, batch, picture, name))

    async def _measure(self, batch: Batch, picture: Picture, error: str | None) -> None:
        stored = self._bucket.objects.get(picture.key)
        if error is not None:
            picture.error = error
        elif stored is not None:
            findings = await self._background.make(measure, stored.data)
            if picture.id not in batch.pictures:
                return  # a picture that was deleted meanwhile leaves nothing behind
            if findings is None:
                picture.error = _NO_FACE
                return
            picture.findings = findings
            for name, data in findings.maps.items():
                self._bucket.keep(picture.map_key(name), data, "image/png")

    def _tell(self, event: Mapping[str, Any]) -> None:
        if self.webhook is None or not self.webhook["enabled"]:
            return
        url, headers = authorised(self.webhook)
        method = self.webhook["method"].upper()
        # What the service tells by GET is not known.
        content = b"" if method == "GET" else as_bytes(event)
        self._courier.send("hautai", url, content, method=method, headers=headers)
