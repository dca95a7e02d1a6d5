"""What the client of Haut.AI speaks of: batches of pictures, and their sides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from safelight.errors import ConfigError, JobFailed
from safelight.redaction import redacted

if TYPE_CHECKING:
    from safelight_api.hautai.models import ImageResult

SIDES: Final[Mapping[str, int]] = {"front": 1, "right": 2, "left": 3}
"""The sides of a face, with the service's ids of them."""

REGULAR_LIGHT: Final = 1
"""The service's id of ordinary light."""

NO_FACE: Final = "NO_FACE"
"""The `reason` of a `JobFailed` where the analysis has ended and found no face."""

_LONGEST_BELIEF = 60.0
_SHORTEST_QUIET = 10.0
_QUIET_OF_UNKNOWN = 60.0
_QUIET_OF_DOUBT = 120.0
_SHARE_OF_QUIET = 0.5
"""Seconds, and the share of the time that it took until the last result came."""

_LONGEST_COMPLAINT = 300
_OF_NO_FACE = re.compile(r"(?i)\b(no|not|without|missing)\b.*\bface\b|\bface\b.*\b(no|not|missing)\b")


@attrs.frozen
class Batch:
    """Pictures of one subject that are analysed together.

    `str(batch)` is `SUBJECT/BATCH`, by which it can be taken up in another process: methods take that text as well.

    Attributes:
        subject_id: The subject's id.
        id: The service's id of the batch.
        images: The ids of its pictures by their sides, as far as this process knows them.
    """

    subject_id: str
    id: str
    images: Mapping[str, str] = attrs.field(factory=dict)

    def __str__(self) -> str:
        return f"{self.subject_id}/{self.id}"

    @classmethod
    def of(cls, given: Batch | str) -> Batch:
        """The batch, or the one that a text names.

        Raises:
            ConfigError: It names none.
        """
        if isinstance(given, Batch):
            return given
        subject_id, slash, batch_id = given.partition("/") if isinstance(given, str) else ("", "", "")
        if not (subject_id.strip() and slash and batch_id.strip()) or "/" in batch_id:
            raise ConfigError(f"batch is {given!r}: give the Batch that upload returned, or its str(), SUBJECT/BATCH.")
        return cls(subject_id.strip(), batch_id.strip())


class Patience:
    """How long to look for results where the service does not say, or cannot be believed, that they are complete.

    They come one application after another, so those that stay the same for long enough are taken for all.
    """

    def __init__(self, begun: float) -> None:
        """Begin at a moment of the monotonic clock."""
        self._begun = self._changed_at = begun
        self._counts: list[int] | None = None
        self._quiet = _SHORTEST_QUIET

    def asks(self, signal: bool | None, now: float) -> bool:
        """Whether the results are worth a request: for a minute, a signal that there is more to come is believed."""
        return signal is not False or now - self._begun >= _LONGEST_BELIEF

    def is_over(self, signal: bool | None, counts: list[int], now: float) -> bool:
        """Whether no more results are to be expected.

        Args:
            signal: Whether the service says that all are there; None where it says nothing.
            counts: How many each picture has.
            now: The moment of the look at them.
        """
        if counts != self._counts:
            if self._counts is None and any(counts):
                self._quiet = _QUIET_OF_UNKNOWN  # it began earlier, nobody knows when
            self._counts, self._changed_at = counts, now
        quiet = now - self._changed_at
        if signal:  # results may come a moment after it
            return 0 not in counts or quiet >= _SHORTEST_QUIET
        least = _QUIET_OF_DOUBT if signal is False else self._quiet
        return 0 not in counts and quiet >= max(least, (self._changed_at - self._begun) * _SHARE_OF_QUIET)


def complaint(result: ImageResult) -> str | None:
    """Why a result is none, in the service's words (clients have seen an `error` in it), or None if it is one."""
    said = result.result.get("error") if isinstance(result.result, Mapping) else None
    if not said:
        return "it went wrong" if result.is_ok is False else None
    return redacted(" ".join(str(said).split()))[:_LONGEST_COMPLAINT]


def no_result(batch: Batch, results: Sequence[ImageResult]) -> JobFailed:
    """The error that an analysis stands for that has ended without a result."""
    said = dict.fromkeys(told for told in map(complaint, results) if told)
    words = "; ".join(said)
    is_face = not words or any(map(_OF_NO_FACE.search, said))
    what = f" ({words})" if words else ": mostly there is no face to be found"
    return JobFailed(
        f"The analysis of {batch} has ended without a result{what}. "
        "Take a sharp, evenly lit picture of one whole face, upright and without glasses.",
        job_id=str(batch),
        reason=NO_FACE if is_face else words,
    )
