"""What Let's Enhance can do with a picture: its presets, for `LetsEnhance.submit` and `LetsEnhance.enhance`.

Fields that are not given are the service's to choose. Their ranges are those of the service's documentation, and are
checked before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import attrs

__all__ = ["Marketplace", "Operation", "Preset", "Print", "RealEstate"]


@attrs.frozen(kw_only=True)
class Preset:
    """What all presets have in common.

    Attributes:
        width: Pixels of the result. The aspect ratio is kept: a picture is never stretched.
        height: Pixels of the result.
        restoration_level: How strongly details are restored, from 1 (for good pictures) to 10 (for poor ones).
        lightai_intensity: Correction of colour and brightness, from 0.1 to 1.0.
        toneai_intensity: Correction of contrast and shadows, from 0.1 to 1.0.
        image_format: `JPEG` or `PNG`.
        quality: Of a JPEG, from 1 to 100.
    """

    op: ClassVar[str]

    width: int | None = None
    height: int | None = None
    restoration_level: int | None = None
    lightai_intensity: float | None = None
    toneai_intensity: float | None = None
    image_format: Literal["JPEG", "PNG"] | None = None
    quality: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The operation as the service reads it."""
        given = attrs.asdict(self, filter=lambda _, value: value is not None)
        return {"op": self.op, **given}


@attrs.frozen(kw_only=True)
class Marketplace(Preset):
    """For the pictures of things that are sold (`preset/marketplace`)."""

    op = "preset/marketplace"


@attrs.frozen(kw_only=True)
class RealEstate(Preset):
    """For rooms and houses (`preset/realestate`)."""

    op = "preset/realestate"


@attrs.frozen(kw_only=True)
class Print(Preset):
    """For printing (`preset/print`).

    Attributes:
        dpi: Dots per inch that the result is meant for.
    """

    op = "preset/print"

    dpi: int | None = None


Operation = Preset | Mapping[str, Any]
"""A preset, or any other operation as the service reads it: `{"op": "...", ...}`."""
