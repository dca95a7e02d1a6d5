"""Which bytes of a file are still to come, and which connection fetches which of them: decisions only, no I/O."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Iterable

import attrs

LEAST = 8 * 1024 * 1024
"""Bytes that a further connection gets at the least: for less it is not worth its while to open one."""

ENDLESS = sys.maxsize
"""Where a file ends whose size nobody has told."""


@attrs.define(eq=False)
class Span:
    """Bytes that one connection fetches, or that nobody fetches yet.

    Attributes:
        at: Where the next byte that comes has its place.
        end: The place behind the last byte.
        written: The place behind the last byte that is in the file.
    """

    at: int
    end: int
    written: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.written = self.at


class Spans:
    """What is still to come of one version of an object; connections claim spans of it, each in a thread of its own.

    Attributes:
        etag: The version's; "" where the store has given none that says which bytes these are.
        total: Bytes of the whole, or None while nobody knows.
        are_shared: Whether more than one connection may claim spans, so that bytes come out of order.
    """

    def __init__(self, etag: str, missing: Iterable[tuple[int, int]], total: int | None) -> None:
        """Begin with these bytes missing, each pair the first place and the one behind the last, in order."""
        self.etag = etag
        self.total = total
        self.are_shared = False
        self._free = [Span(at, end) for at, end in missing]
        self._claimed: list[Span] = []
        self._done = (ENDLESS if total is None else total) - sum(span.end - span.at for span in self._free)
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._is_closed = False

    @property
    def done(self) -> int:
        """Bytes that are in the file."""
        return self._done

    @property
    def is_closed(self) -> bool:
        """Whether nothing of this is wanted any more."""
        return self._is_closed

    def missing(self) -> list[tuple[int, int]]:
        """What is not in the file."""
        with self._changed:
            found: list[tuple[int, int]] = []
            for span in sorted([*self._free, *self._claimed], key=lambda span: span.written):
                if found and found[-1][1] == span.written:
                    found[-1] = found[-1][0], span.end
                elif span.written < span.end:
                    found.append((span.written, span.end))
            return found

    def has_work(self) -> bool:
        """Whether a further connection would find something to do."""
        with self._changed:
            return not self._is_closed and (bool(self._free) or self._largest() is not None)

    def claim(self, *, is_first: bool) -> Span | None:
        """Something to fetch: what nobody has claimed, or else the second half of the largest claim.

        Args:
            is_first: Whether this is for the first connection: where there is nothing, that one waits for what the
                others may leave undone.

        Returns:
            A span to be released when the connection is through with it; None where there is nothing (any more).
        """
        with self._changed:
            while not self._is_closed and (is_first or self.are_shared):
                if self._free:
                    span = self._free.pop(0)
                elif largest := self._largest():
                    middle = largest.end - (largest.end - largest.at) // 2
                    span, largest.end = Span(middle, largest.end), middle
                elif is_first and self._claimed:
                    self._changed.wait()
                    continue
                else:
                    break
                self._claimed.append(span)
                return span
            return None

    def _largest(self) -> Span | None:
        largest = max(self._claimed, key=lambda span: span.end - span.at, default=None)
        if self.total is None or largest is None or (largest.end - largest.at) // 2 < LEAST:
            return None
        return largest

    def take(self, span: Span, size: int) -> int:
        """How many of the next `size` bytes belong to the span; until `wrote`, they count as on their way.

        A span that ends goes on into what is free behind it: its connection may bring that, too.
        """
        with self._lock:
            if self._is_closed:
                return 0
            if span.at == span.end and (behind := next((free for free in self._free if free.at == span.end), None)):
                self._free.remove(behind)
                span.end = behind.end
            taken = min(size, span.end - span.at)
            span.at += taken
            return taken

    def wrote(self, span: Span) -> int:
        """Note that what was taken is in the file; the bytes that are in it."""
        with self._lock:
            self._done += span.at - span.written
            span.written = span.at
            if self._is_closed:
                self._changed.notify_all()
            return self._done

    def ends(self, total: int) -> None:
        """Note how many bytes there are, now that it is known."""
        with self._changed:
            self.total = total
            for span in [*self._free, *self._claimed]:
                if span.end == ENDLESS:
                    span.end = total

    def release(self, span: Span) -> None:
        """Leave what is not in the file to the others."""
        with self._changed:
            self._claimed.remove(span)
            span.at = span.written
            if span.at < span.end:
                self._free.append(span)
                self._free.sort(key=lambda free: free.at)
            for before, behind in reversed(list(itertools.pairwise(self._free))):
                if before.end == behind.at:
                    before.end = behind.end
                    self._free.remove(behind)
            self._changed.notify_all()

    def close(self) -> None:
        """Give out nothing more, and take nothing more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def settle(self) -> None:
        """Wait until what was taken before it was closed is written."""
        with self._changed:
            self._changed.wait_for(lambda: all(span.at == span.written for span in self._claimed))
