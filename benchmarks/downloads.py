"""Downloads by several clients, side by side: from a server beside them, and through lines."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from discard_server import model_bytes
from report import Section
from transfer_tables import far, missing_note, near
from transfers import GIB, MIB, Case, Line, Outcome, Place, place, shown_size

_SCRIPT = "download_client.py"
_RAW = Case("raw socket, receive and write 256 KiB", "raw")
_HTTPX = Case("httpx, stream into a file", "httpx")
_BLOCKING = Case("**safelight**", "safelight", threads=None)
_ASYNC = Case("**safelight async**", "safelight-async", threads=None)
_BOTO3 = Case("boto3, as it comes", "boto3", threads=None)
_BOTO3_TUNED = Case("boto3, tuned: unsigned, no CRC, 64 MiB x 2", "boto3-tuned", threads=2)
_AWSCRT = Case("awscrt, as it comes", "awscrt", threads=None)
_EVERYONE = [_RAW, _HTTPX, _BLOCKING, _ASYNC, _BOTO3, _BOTO3_TUNED, _AWSCRT]

_SPOT = 64 * 1024
_MEMORY = Path("/dev", "shm")


def beside(*, quick: bool) -> list[Section]:
    """From a server beside the clients."""
    return [_near(quick=quick, secure=False), _near(quick=quick, secure=True), _disk(quick=quick)]


def lines(*, quick: bool) -> list[Section]:
    """Through lines."""
    return [_far(quick=quick), _capped(quick=quick)]


def download(here: Place, cases: Sequence[Case], size: int, rounds: int, folder: Path) -> dict[Case, Outcome]:
    """Have all cases download a model of this size into a folder, and see that each file is right."""
    target = folder / "model.ply"

    def check() -> None:
        with target.open("rb") as file:
            is_right = os.fstat(file.fileno()).st_size == size
            for offset in range(0, size, size // 100):
                file.seek(offset)
                is_right &= file.read(_SPOT) == model_bytes(offset, min(_SPOT, size - offset))
        if not is_right:
            raise SystemExit("A downloaded file is not what the server sent: no figure of it is worth anything.")
        target.unlink()

    return here.measure(cases, _SCRIPT, (size, target), size, rounds, after_each=check)


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder of files that are kept in memory, where the system has such (Linux); else in the usual place."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        yield Path(folder)


def _near(*, quick: bool, secure: bool) -> Section:
    size, rounds = (256 * MIB, 1) if quick else (GIB, 5)
    with place(secure=secure) as here, in_memory() as folder:
        found = download(here, _EVERYONE, size, rounds, folder)
    outcomes = {("", case): outcome for case, outcome in found.items()}
    wire = "TLS" if secure else "plain"
    section = near(f"{shown_size(size)}, {wire}, from a server beside it, into memory", outcomes, _RAW)
    section.notes = [
        f"Of {rounds} rounds the best time, the median CPU, the worst memory; a fresh process each, on loopback.",
        f"The file is written to {_MEMORY}: no disk delays it."
        if _MEMORY.is_dir()
        else "This system keeps no files in memory: the figures are of a disk.",
        "After each run the file's size and a hundred places in it are compared with what was sent.",
        "The client is made, and has fetched a few bytes, before the clock starts; it stops when the call returns.",
        *missing_note(found, _EVERYONE),
    ]
    return section


def _disk(*, quick: bool) -> Section:
    size, rounds = (256 * MIB, 1) if quick else (GIB, 3)
    with place() as here, tempfile.TemporaryDirectory() as folder:
        found = download(here, [_RAW, _HTTPX, _BLOCKING], size, rounds, Path(folder))
    section = near(
        f"{shown_size(size)}, plain, to a disk", {("", case): outcome for case, outcome in found.items()}, _RAW
    )
    section.notes = [
        "The same into the folder for temporary files.",
        "safelight has the disk write the file before the file gets its name. The others leave that to the system,",
        "so that what they call done may be lost with the power.",
    ]
    return section


def _far(*, quick: bool) -> Section:
    plans = [
        (Line(1000, 0), [_RAW, _HTTPX, _BLOCKING], 512 * MIB, False),
        (Line(1000, 20), [_RAW, _HTTPX, _BLOCKING], 512 * MIB, False),
        (Line(1000, 100), [_RAW, _HTTPX, _BLOCKING, _ASYNC, _BOTO3, _AWSCRT], 512 * MIB, False),
        (Line(1000, 100), [_RAW, _BLOCKING], 512 * MIB, True),
        (Line(100, 100), [_HTTPX, _BLOCKING, _BOTO3, _AWSCRT], 64 * MIB, False),
    ]
    if quick:
        plans = [(Line(1000, 100), [_HTTPX, _BLOCKING, _BOTO3], 128 * MIB, False)]
    outcomes: dict[tuple[Line, Case], Outcome] = {}
    for line, cases, size, secure in plans:
        with place(secure=secure, line=line) as here, in_memory() as folder:
            found = download(here, cases, size, 1, folder)
        for case, outcome in found.items():
            outcomes[line, Case(case.label + (", TLS" if secure else ""), case.client)] = outcome
    section = far("Through a line", outcomes)
    sizes = ", ".join(dict.fromkeys(f"{shown_size(size)} at {line}" for line, _, size, _ in plans))
    section.notes = [
        f"One run each, of {sizes}, into memory. The share counts the whole call: the question for the URL, too.",
        *missing_note(
            [case for _, case in outcomes], [case for _, cases, _, secure in plans for case in cases if not secure]
        ),
    ]
    return section


def _capped(*, quick: bool) -> Section:
    line = Line(1000, 20, cap_mbit=200)
    cases, size = [_HTTPX, _BLOCKING, _ASYNC, _BOTO3, _AWSCRT], (128 if quick else 512) * MIB
    with place(line=line) as here, in_memory() as folder:
        found = download(here, cases, size, 1, folder)
    section = far(
        "Through a line that caps each connection", {(line, case): outcome for case, outcome in found.items()}
    )
    section.notes = [f"{shown_size(size)} into memory, one run each. Only here do several connections help."]
    return section
