"""What the doctor finds."""

from __future__ import annotations

from typing import Literal

import attrs

Status = Literal["ok", "note", "missing", "refused", "failed"]


@attrs.frozen
class Check:
    """One thing that was looked at.

    Attributes:
        name: What it is.
        status: `ok`; `note` for what may matter; `missing` or `refused` credentials; `failed`.
        detail: What was found, and what to do about it.
    """

    name: str
    status: Status
    detail: str
