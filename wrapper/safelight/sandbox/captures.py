"""What the sandbox's Teleport knows of a capture."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from safelight.clock import Clock
from safelight.sandbox.uploads import Part, Upload

REASONS = {
    "NOT_ENOUGH_FRAMES": "The input has too few usable images.",
    "INPUT_VALIDATION_FAILED": "The input is not what its format says.",
    "CONVERSION_FAILED": "The input could not be converted.",
    "POSE_REFINEMENT_FAILED": "The camera positions could not be found.",
}


@attrs.define(slots=False, eq=False)
class Capture:
    """One capture, as the server sees it.

    Attributes:
        eid: Its id.
        name: Its name.
        bytesize: The announced size of the input.
        chunk_size: The size of every part but the last.
        num_parts: How many parts there are to be.
        input_data_format: What the input is said to be.
        training_parameters: What was sent along, or None.
        created: Seconds since 1970.
        uploaded: The same of its completion, or None.
        completed: How often a completion was accepted.
        inspected: Whether the input has been looked at: before, nothing is known of how it ends.
        error_reason: Why it fails or will fail, or None.
        announced_sid: The id under which it is shared, once it is ready.
    """

    eid: str
    name: str
    bytesize: int
    chunk_size: int
    num_parts: int
    input_data_format: str
    training_parameters: Mapping[str, Any] | None
    created: float
    upload: Upload = attrs.field(repr=False)
    _clock: Clock = attrs.field(alias="clock", repr=False)
    _processing_seconds: float = attrs.field(alias="processing_seconds")
    uploaded: float | None = None
    completed: int = 0
    inspected: bool = False
    error_reason: str | None = None
    announced_sid: str = attrs.field(factory=lambda: secrets.token_hex(8), repr=False)
    _digests: dict[str, str | None] = attrs.field(factory=dict, init=False, repr=False)

    @property
    def state(self) -> str:
        """`CREATED`, `UPLOADING`, `PROCESSING`, `READY` or `ERROR`, at this moment."""
        if self.uploaded is None:
            return "UPLOADING" if self.upload.parts else "CREATED"
        if not self.inspected or self._clock.now() < self.uploaded + self._processing_seconds:
            return "PROCESSING"
        return "ERROR" if self.error_reason else "READY"

    @property
    def sid(self) -> str | None:
        """The id under which it is shared: None until it is ready."""
        return self.announced_sid if self.state == "READY" else None

    @property
    def parts(self) -> Mapping[int, Part]:
        """The accepted parts by number, each with how many times it was accepted."""
        return self.upload.parts

    @property
    def received(self) -> int:
        """Bytes of the input that have arrived."""
        return self.upload.received

    @property
    def md5(self) -> str | None:
        """Of the whole input, in hex, after completion. Reads all of it once; None where bytes are discarded."""
        return self._digest("md5")

    @property
    def sha256(self) -> str | None:
        """Of the whole input, in hex, after completion. Reads all of it once; None where bytes are discarded."""
        return self._digest("sha256")

    def part_size(self, number: int) -> int:
        """How many bytes this part must have."""
        return min(self.chunk_size, self.bytesize - (number - 1) * self.chunk_size)

    def as_json(self, *, zone: bool) -> dict[str, Any]:
        """The capture as the service tells it.

        Args:
            zone: Whether timestamps carry their zone.
        """
        failed = self.error_reason if self.state == "ERROR" else None
        return {
            "eid": self.eid,
            "sid": self.sid,
            "name": self.name,
            "created": _written(self.created, zone),
            "uploaded": None if self.uploaded is None else _written(self.uploaded, zone),
            "state": self.state,
            "error_reason": failed,
            "state_description": REASONS.get(failed, "Processing failed.") if failed else None,
            "error_reason_slug": failed.lower().replace("_", "-") if failed else None,
            "preview_urls": {},
            "preview_url": None,
            "viewer_url": None,
            "share_url": None,
            "share_link": None,
            "gif_url": None,
            "video_url": None,
            "share_video_url": None,
            "is_public": False,
        }

    def _digest(self, name: str) -> str | None:
        if self.uploaded is None:
            return None
        if name not in self._digests:
            self._digests[name] = self.upload.digest(name)
        return self._digests[name]


def _written(moment: float, zone: bool) -> str:
    """`2025-10-06T18:55:42.733421`: the service leaves out the zone, which is UTC."""
    time = datetime.fromtimestamp(moment, UTC)
    return (time if zone else time.replace(tzinfo=None)).isoformat(timespec="microseconds")
