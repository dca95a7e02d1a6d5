"""What a profile by py-spy says: where running threads are, and what waiting ones wait for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_MOVER = 0.1
"""The share of a thread's samples that are about moving bytes, from which on it is a thread that moves them."""

_FRAME = re.compile(r"(.+) \((.+?)(?::\d+)?\)")
_GIL = frozenset({"pthread_cond_timedwait", "pthread_cond_signal", "pthread_mutex_lock", "take_gil"})
_DISK = frozenset({"fsync", "fdatasync"})
_TO_SEND = re.compile(r"send|write")
_TO_RECEIVE = re.compile(r"recv|read")
_NETWORK = frozenset({"send", "sendto", "recv", "recvfrom", "poll", "read", "write", "ioctl"})


class Place(NamedTuple):
    """Where a thread was: the innermost function that has a name, its home, and the Python function around it."""

    function: str
    home: str
    python: str

    @property
    def waits_for(self) -> str:
        """What a thread that waits there waits for."""
        if self.function in _GIL:
            return "for Python's lock (GIL)"
        if self.function.startswith("PyThread_acquire_lock"):
            return "for another thread"
        if self.function in _DISK:
            return "for the disk"
        if self.function in _NETWORK:
            about = self.python if self.function in ("poll", "read", "write", "ioctl") else self.function
            if _TO_SEND.search(about):
                return "to send"
            if _TO_RECEIVE.search(about):
                return "to receive"
        return f"in {self}"

    def __str__(self) -> str:
        if self.function in _GIL:
            return self.waits_for
        inside = f" in `{self.python}`" if self.python and self.python != self.function else ""
        return f"`{self.function}`{inside}"


def running(profile: str) -> str:
    """Where most samples of running threads are, and their share."""
    counts: Counter[str] = Counter()
    for _, frames, count in _samples(profile):
        counts[str(_place(frames))] += count
    return _most(counts)


def waiting(profile: str) -> str:
    """What most samples of the threads that move bytes wait for, and their share.

    Threads that only wait for those that move bytes are left out.
    """
    by_thread: dict[str, Counter[str]] = {}
    moving: Counter[str] = Counter()
    for thread, frames, count in _samples(profile):
        reason = _place(frames).waits_for
        by_thread.setdefault(thread, Counter())[reason] += count
        if reason in ("to send", "to receive"):
            moving[thread] += count
    counts: Counter[str] = Counter()
    for thread, reasons in by_thread.items():
        if moving[thread] >= _MOVER * reasons.total():
            counts += reasons
    return _most(counts)


def _most(counts: Counter[str]) -> str:
    if not counts:
        return "in threads that are not Python's"
    name, count = counts.most_common(1)[0]
    return f"{name} ({count / counts.total():.0%})"


def _samples(profile: str) -> Iterator[tuple[str, Sequence[str], int]]:
    """Thread, frames from the outermost on, and number of samples of each line."""
    for line in profile.splitlines():
        stack, _, count = line.rpartition(" ")
        thread, *frames = stack.split(";")
        yield thread, frames, int(count)


def _place(frames: Sequence[str]) -> Place:
    """Where a stack ends. Of libraries without names for their functions, the last that has one, or the library."""
    found = [match.groups() for frame in frames if (match := _FRAME.fullmatch(frame))]
    if not found:
        return Place("unknown", "", "")
    python = next((function for function, home in reversed(found) if home.endswith(".py")), "")
    home = found[-1][1]
    named = [(function, where) for function, where in found if not function.startswith("0x")]
    if home.startswith("libc.so") or not home.partition(":")[0].partition(".so")[1]:
        function = named[-1][0] if named else home
    else:
        function = next((name for name, where in reversed(named) if where == home), home.partition(".so")[0])
    return Place(function, home, python)
