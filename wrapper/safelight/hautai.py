"""What the client of Haut.AI speaks of: batches of pictures, and their sides."""

from __future__ import annotations

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

_LONGEST_COMPLAINT = 300


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
    is_face = not words or any("face" in told.lower() for told in said)
    what = f" ({words})" if words else ": mostly there is no face to be found"
    return JobFailed(
        f"The analysis of {batch} has ended without a result{what}. "
        "Take a sharp, evenly lit picture of one whole face, upright and without glasses.",
        job_id=str(batch),
        reason=NO_FACE if is_face else words,
    )
