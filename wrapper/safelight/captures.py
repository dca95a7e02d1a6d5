"""What the state of a Teleport capture means: decisions only, no I/O (its states and reasons are open)."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from safelight.errors import JobFailed, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from safelight_api.teleport.models import Capture

READY = "READY"
_FAILED = frozenset({"ERROR", "FAILED"})
_NOT_YET_UPLOADED = frozenset({"CREATED", "UPLOADING"})
_LOOKS = 3
_LAG = 5.0


def is_ready(capture: Capture) -> bool:
    """Whether the capture can be downloaded."""
    return capture.state == READY


def means_failure(state: str | None, reason: object) -> bool:
    """Whether a state and a reason, or none, say that the service gave a capture up."""
    return state in _FAILED or bool(reason)


def failure(capture: Capture) -> JobFailed | None:
    """The error that a capture stands for, if the service gave it up. Any state that is not known means: wait."""
    reason = capture.error_reason or capture.error_reason_slug
    if not means_failure(capture.state, reason):
        return None
    said = f": {capture.state_description}" if capture.state_description else ""
    return JobFailed(
        f"Teleport could not make the capture {capture.eid} ({reason or capture.state}){said}. "
        "Upload other or more images, or another video.",
        job_id=capture.eid,
        reason=str(reason) if reason else None,
    )


def is_uploaded(capture: Capture) -> bool:
    """Whether the service knows that all of the capture's parts are there."""
    return capture.uploaded is not None or capture.state not in _NOT_YET_UPLOADED


def created_since(captures: Iterable[Capture], name: str, since: float) -> list[Capture]:
    """Those that may be what a creation made whose reply was lost: of this name, empty, and not older.

    Args:
        captures: The account's captures.
        name: The name that was asked for.
        since: Seconds since 1970, by the service's clock, before the creation was sent.
    """
    return [
        capture
        for capture in captures
        if capture.name == name and capture.state == "CREATED" and not is_uploaded(capture)
        if capture.created.timestamp() >= since
    ]


class NotListed:
    """How long captures may be missing from the list: a new one takes a moment to appear, and pages shift."""

    def __init__(self) -> None:
        self._missed: dict[str, tuple[int, float]] = {}

    def check(self, missing: Collection[str], waited: float) -> None:
        """Count one complete look at the list.

        Args:
            missing: The eids that were waited for, and not in the list.
            waited: Seconds since the first look.

        Raises:
            NotFound: One was missing too often in a row, and for too long.
        """
        known, self._missed = self._missed, {}
        for eid in missing:
            looks, since = known.get(eid, (0, waited))
            self._missed[eid] = looks + 1, since
        gone = sorted(e for e, (looks, since) in self._missed.items() if looks >= _LOOKS and waited - since >= _LAG)
        if gone:
            raise NotFound(
                f"this account has no capture {', '.join(gone)}",
                status=404,
                method="GET",
                url="/api/v1/captures",
                advice="Check the eid, and that these credentials own it.",
            )
