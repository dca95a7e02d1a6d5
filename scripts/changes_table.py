"""Changes of a document as a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from schema_changes import Change

_LONGEST = 60


def table(changes: Iterable[Change], notes: Sequence[str] = ()) -> list[str]:
    """Lines with columns of one width each.

    Args:
        changes: What has changed.
        notes: A remark on each change, or nothing at all.
    """
    rows = [[change.impact, change.kind, change.what, change.place, _values(change), change.why] for change in changes]
    for row, note in zip(rows, notes, strict=False):
        row.append(note)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _values(change: Change) -> str:
    before, after = _shown(change.before), _shown(change.after)
    return f"{before} -> {after}" if change.kind == "changed" else before or after


def _shown(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
