"""Which bytes make which part."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

MOST_PARTS = 10_000
"""The object store's limit for one multipart upload (Amazon S3's documented quota)."""


@attrs.frozen
class Part:
    """A part of an upload: its number, counted from 1, and the bytes that it holds."""

    number: int
    offset: int
    size: int


def plan_parts(size: int, chunk_size: int, num_parts: int | None = None) -> list[Part]:
    """Cut `size` bytes into parts of `chunk_size`; the last may be shorter (as Teleport's API specification has it).

    Args:
        size: Bytes of the whole file, at least 1.
        chunk_size: Bytes of each part but the last, as the service says.
        num_parts: How many parts the service expects; it is checked.

    Raises:
        ValueError: The numbers do not fit each other.
    """
    if size < 1 or chunk_size < 1:
        raise ValueError(f"{size} bytes cannot be cut into parts of {chunk_size}")
    count = -(-size // chunk_size)
    if num_parts is not None and num_parts != count:
        raise ValueError(f"{size} bytes are {count} parts of {chunk_size}, not {num_parts}")
    if count > MOST_PARTS:
        raise ValueError(f"{size} bytes would be {count} parts of {chunk_size}, and at most {MOST_PARTS} are possible")
    return [
        Part(number, offset, min(chunk_size, size - offset))
        for number, offset in enumerate(range(0, size, chunk_size), start=1)
    ]


def missing_parts(parts: Iterable[Part], accepted: Iterable[int]) -> list[Part]:
    """The parts that are still to be sent, in order."""
    done = set(accepted)
    return [part for part in parts if part.number not in done]
