"""Teleport's captures, what their states mean, and how their list is walked: decisions only, no I/O."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from safelight.errors import ConnectionFailed, InvalidRequest, JobFailed, NotFound, ServerError, UnexpectedReply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from safelight.errors import SafelightError
    from safelight_api.teleport.models import Capture

READY = "READY"
# No sets: what the service says in place of a state may not be hashable.
_FAILED = ("ERROR", "FAILED")
_NOT_YET_UPLOADED = ("CREATED", "UPLOADING")
_LOOKS = 3
_LAG = 5.0

USUAL_PAGE = 25
"""Captures in a page, if nothing else is asked for (documented): what the service is known to take."""

_SIZES = (1000, 500, 250, 200, 100, 50, USUAL_PAGE)
_MOST_IDLE = 3
"""Pages in a row that add nothing, after which a walk ends: a service might give the same one for ever."""


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


class Ages:
    """Since when the service has been at work on captures, as far as looks at the list tell.

    That of a wait says little: one that is taken up again may be about a capture that is hours old.
    """

    def __init__(self, begun: float) -> None:
        """Begin at a moment of the monotonic clock."""
        self._begun = begun
        self._since: dict[str, float] = {}

    def note(self, capture: Capture, *, now: float, server_now: float) -> None:
        """Take in a look at one.

        Args:
            capture: As the list has it.
            now: The moment by the monotonic clock.
            server_now: The moment by the service's clock, in seconds since 1970.
        """
        if capture.eid in self._since or not is_uploaded(capture):
            return
        # The parser lets odd values through where there may be none; a clock that is wrong makes no capture younger.
        told = server_now - capture.uploaded.timestamp() if isinstance(capture.uploaded, datetime) else 0.0
        self._since[capture.eid] = now - max(0.0, told)

    def of_youngest(self, eids: Iterable[str]) -> float:
        """When the work on the youngest of them began, by the monotonic clock."""
        return max((self._since.get(eid, self._begun) for eid in eids), default=self._begun)


class PageSizes:
    """How many captures one client asks for in a page: the documents name no maximum, so the service is tried.

    Attributes:
        taken: The largest number that the service took.
        largest: The largest that it has not refused.
    """

    def __init__(self) -> None:
        self.taken = USUAL_PAGE
        self.largest = _SIZES[0]

    def refuse(self, limit: int, most: int | None = None) -> None:
        """Ask for so many no more.

        Args:
            limit: What the service would not take.
            most: What it said that it would take.
        """
        smaller = next(size for size in _SIZES if size < limit)
        self.largest = most if most is not None and USUAL_PAGE <= most < limit else smaller
        if self.taken >= limit:  # it has changed its mind
            self.taken = USUAL_PAGE


class Walk:
    """One walk through the list: what to ask for next, and what a page adds.

    The list changes meanwhile, and is asked for by places in it. So a page begins with the last capture of the one
    before: where it does not, captures were removed before that place, others moved up past it, and the walk steps
    back. Every capture that is there throughout is found, unless the service gives it another place among the rest, or
    the list changes faster than it is read.

    A service may refuse a page's size (`goes_on_after`), or give less than was asked for without a word: then a page
    is the last when it is shorter than another one that was.

    Attributes:
        offset: Where the next page begins.
        limit: How many captures to ask for.
        is_over: Whether there is no next page.
    """

    def __init__(self, sizes: PageSizes, expected: int = 0) -> None:
        """Begin at the top.

        Args:
            sizes: What the client knows of the service.
            expected: How many captures are likely to be needed. The first page is as large; a size that was never
                taken is only tried after it, where it can be told from a service that is out of order.
        """
        self.offset = 0
        self.limit = min(sizes.taken, max(USUAL_PAGE, expected))
        self.is_over = False
        self._sizes = sizes
        self._is_careful = False
        self._longest = USUAL_PAGE
        self._seen: set[str] = set()
        self._idle = self._furthest = 0

    def take(self, page: list[Capture]) -> list[Capture]:
        """The captures of a page that are new; none where something is to be read again."""
        limit, self._sizes.taken = self.limit, max(self._sizes.taken, self.limit)
        self.limit = self._sizes.taken if self._is_careful else self._sizes.largest
        joins = self.offset == 0 or (page and page[0].eid in self._seen)
        if not joins and self._idle < _MOST_IDLE:
            self._idle += 1
            self.offset = max(0, self.offset - min(self.limit, self._longest) + 1) if self._idle == 1 else 0
            return []
        new = [capture for capture in page if capture.eid not in self._seen]
        self._seen.update(capture.eid for capture in new)
        end = self.offset + len(page)
        self._idle = 0 if new else self._idle + (end > self._furthest)  # what is read again adds nothing
        self._furthest = max(self._furthest, end)
        self._longest = max(self._longest, len(page))
        self.is_over = len(page) < min(limit, self._longest) or self._idle > _MOST_IDLE
        self.offset += max(0, len(page) - 1)
        return new

    def goes_on_after(self, error: SafelightError) -> bool:
        """Whether the page is to be asked for again, in another size, after this error."""
        if self.limit <= USUAL_PAGE:
            return False
        if isinstance(error, InvalidRequest):
            self._sizes.refuse(self.limit, _most_said(error))
        elif self.limit > self._sizes.taken and isinstance(error, ServerError | UnexpectedReply | ConnectionFailed):
            self._sizes.refuse(self.limit)
            self._is_careful = True
        else:
            return False
        self.limit = self._sizes.taken if self._is_careful or self.offset == 0 else self._sizes.largest
        return True


def _most_said(error: InvalidRequest) -> int | None:
    """The limit that a refusal names, as FastAPI's do: `Input should be less than or equal to 100`."""
    for detail in error.details:
        where, numbers = detail.get("loc"), re.findall(r"\d+", str(detail.get("msg")))
        if isinstance(where, list) and "limit" in where and len(numbers) == 1:
            return int(numbers[0])
    return None
