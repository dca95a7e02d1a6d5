"""Uploads by several clients, side by side: to a server beside them, and through lines of several rates and lengths."""

from __future__ import annotations

import os
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from report import Demand, Section
from transfer_tables import far, missing_note, near, share_of
from transfers import GIB, MIB, Case, Line, Outcome, Place, place, shown_size

MOST_CPU = 1.10
LEAST_OF_LINE = 0.90
MOST_FOR_MD5 = 1.02
MOST_LAG_MS = 5.0
MOST_GROWTH = 1.10

_SCRIPT = "upload_client.py"
_RAW = Case("raw socket, read and send 256 KiB", "raw")
_HTTPX = Case("httpx, generator of 512 KiB, part after part", "httpx")
_HTTPX_4 = Case("httpx, 4 threads, each part's URL asked for before it", "httpx", ("--threads", 4), threads=4)
_BLOCKING = Case("**safelight**, verify=False", "safelight", threads=None)
_ASYNC = Case("**safelight async**, verify=False", "safelight-async", threads=None)
_MD5 = Case("**safelight**, as it comes (MD5)", "safelight-verify", threads=None)
_ASYNC_MD5 = Case("**safelight async**, as it comes (MD5)", "safelight-async-verify", threads=None)
_BOTO3 = Case("boto3, as it comes", "boto3", threads=None)
_BOTO3_TUNED = Case("boto3, tuned: unsigned, no CRC, 64 MiB x 2", "boto3-tuned", threads=2)
_AWSCRT = Case("awscrt, as it comes", "awscrt", threads=None)
_PEERS = [_HTTPX_4, _BOTO3, _BOTO3_TUNED, _AWSCRT]

_FAR_PART = 10 * MIB
_SHORT, _LONG = Line(1000, 20), Line(1000, 100)
_SLOW_AND_LONG = Line(100, 100)
_CAPPED = Line(1000, 20, cap_mbit=100)

_NOTES = [
    "CPU is the client's process, user and system. The file is sparse and was read before: no disk delays it.",
    "The client is made, and has sent a few bytes, before the clock starts; the clock ends when the call returns.",
    "boto3 as it comes sends 8 MiB parts from ten threads with checksums, and signs their bodies unless there is TLS.",
    "awscrt is its C library's own client, unsigned. To both the server speaks S3.",
]


def beside(*, quick: bool) -> list[Section]:
    """To a server beside the clients."""
    return [_near(quick=quick, secure=False), _near(quick=quick, secure=True), _growth(quick=quick)]


def sizes(*, quick: bool) -> list[Section]:
    """The same in parts of several sizes, from several threads."""
    return [_grid(quick=quick, secure=False), _grid(quick=quick, secure=True)]


def lines(*, quick: bool) -> list[Section]:
    """Through lines."""
    return [_far(quick=quick), _capped(quick=quick), _md5(quick=quick)]


def lag(*, quick: bool) -> list[Section]:
    """What the event loop notices of it."""
    return [_lag(quick=quick)]


def sparse_file(folder: Path, size: int) -> Path:
    """A file that reads as zeros and takes no place on the disk, where the file system can do that."""
    path = folder / f"{size}.mp4"
    path.touch()
    os.truncate(path, size)
    return path


def upload(here: Place, cases: Sequence[Case], size: int, rounds: int, *options: object) -> dict[Case, Outcome]:
    """Have all cases upload a file of this size."""
    few = here.folder / "few-bytes.mp4"
    few.write_bytes(b"a few bytes")
    file = sparse_file(here.folder, size)
    if here.line is None:  # then the file may be what limits: the operating system is to have it in memory
        here.run(_SCRIPT, "raw", here.address, file, few)
    return here.measure(cases, _SCRIPT, (file, few, *options), size, rounds)


def _near(*, quick: bool, secure: bool) -> Section:
    cases = [_RAW, _HTTPX, _HTTPX_4, _BLOCKING, _ASYNC, _MD5, _ASYNC_MD5, _BOTO3, _BOTO3_TUNED, _AWSCRT]
    size, rounds = (256 * MIB, 1) if quick else (GIB, 5)
    with place(secure=secure) as here:
        found = upload(here, cases, size, rounds)
    outcomes = {("", case): outcome for case, outcome in found.items()}
    wire = "TLS" if secure else "plain"
    section = near(f"{shown_size(size)} in parts of 64 MiB, {wire}, to a server beside it", outcomes, _RAW)
    for case in (_BLOCKING, _ASYNC):
        ratio = found[case].cpu_per_gib / found[_RAW].cpu_per_gib
        name = case.label.replace("*", "")
        section.demands.append(Demand(f"CPU of an upload over a bare read+send loop, {wire}, {name}", ratio, MOST_CPU))
    section.notes = [
        f"Of {rounds} rounds the best time, the median CPU, the worst memory; a fresh process each, on loopback.",
        *_NOTES,
        "This server's ETag is no MD5, so that the MD5 is computed here and not compared.",
        *missing_note(found, cases),
    ]
    return section


def _grid(*, quick: bool, secure: bool) -> Section:
    parts, most = ([10], 2) if quick else ([8, 10, 64], 8)
    cases = [
        Case(f"**{label}**, {threads} thread{'s' * (threads > 1)}", client, ("--threads", threads), threads)
        for label, client in (("safelight", "safelight"), ("safelight async", "safelight-async"))
        for threads in (1, 2, 4, 8)
        if threads <= most
    ]
    outcomes: dict[tuple[str, Case], Outcome] = {}
    size, rounds = (256 * MIB, 1) if quick else (GIB, 1)
    for mib in parts:
        with place(secure=secure, part_size=mib * MIB) as here:
            found = upload(here, [_RAW, *cases], size, rounds, "--part-size", mib * MIB)
        outcomes |= {(f"{mib} MiB", case): outcome for case, outcome in found.items()}
    wire = "TLS" if secure else "plain"
    section = near(f"{shown_size(size)} in parts of several sizes, {wire}, verify=False", outcomes, _RAW, group="part")
    section.notes = [
        "One run each. The raw socket sends from one thread, whatever the parts.",
        "The number of threads is given by `concurrency=`; left out, it is found while uploading.",
    ]
    return section


def _far(*, quick: bool) -> Section:
    """Not all clients on all lines: peers where they are told apart, all lines with safelight."""
    everyone = [_RAW, _HTTPX_4, _BLOCKING, _ASYNC, _BOTO3, _BOTO3_TUNED, _AWSCRT]
    some = [_RAW, _HTTPX_4, _BLOCKING]
    plans = [
        (Line(1000, 0), some, 512 * MIB, False),
        (_SHORT, everyone, 512 * MIB, False),
        (_LONG, everyone, GIB, False),
        (Line(100, 0), [_BLOCKING], 64 * MIB, False),
        (Line(100, 20), some, 64 * MIB, False),
        (_SLOW_AND_LONG, everyone, 128 * MIB, False),
        (_LONG, [_HTTPX_4, _BLOCKING, _ASYNC], GIB, True),
    ]
    if quick:
        plans = [(_LONG, [_HTTPX_4, _BLOCKING, _AWSCRT], 256 * MIB, False)]
    outcomes: dict[tuple[Line, Case], Outcome] = {}
    for line, cases, size, secure in plans:
        with place(secure=secure, part_size=_FAR_PART, line=line) as here:
            found = upload(here, cases, size, 1, "--part-size", _FAR_PART)
        suffix = ", TLS" if secure else ""
        for case, outcome in found.items():
            labelled = Case(case.label + suffix, case.client, case.options, case.threads)
            outcomes[line, labelled] = outcome
    section = far("Through a line, in parts of 10 MiB", outcomes)
    for (line, case), outcome in outcomes.items():
        if line.round_trip_ms == 100 and case.client.startswith("safelight"):
            name = f"share of the line used, {line}, {case.label}".replace("*", "")
            section.demands.append(Demand(name, share_of(line, outcome), LEAST_OF_LINE, at_least=True))
    shown_sizes = ", ".join(dict.fromkeys(f"{shown_size(size)} at {line}" for line, _, size, _ in plans))
    section.notes = [
        f"One run each, of {shown_sizes}. The share counts the whole call: creating, signing, sending, completing.",
        "The line is `benchmarks/link.py`: half a round trip each way, one rate for all connections, no loss.",
        "The raw socket sends part after part, without asking for URLs. boto3 and awscrt choose their own part sizes.",
        "Not in the table: peers on the lines where nobody is slow.",
        *missing_note(
            [case for _, case in outcomes], [case for _, cases, _, secure in plans for case in cases if not secure]
        ),
    ]
    return section


def _capped(*, quick: bool) -> Section:
    fixed = [
        Case(f"**safelight**, {threads} threads", "safelight", ("--threads", threads), threads) for threads in (4, 8)
    ]
    cases = [_HTTPX_4, *fixed, _BLOCKING, _ASYNC, _BOTO3, _AWSCRT]
    if quick:
        cases = [fixed[0], _BLOCKING]
    size = (128 if quick else 512) * MIB
    with place(part_size=_FAR_PART, line=_CAPPED) as here:
        found = upload(here, cases, size, 1, "--part-size", _FAR_PART)
    section = far(
        "Through a line that caps each connection", {(_CAPPED, case): outcome for case, outcome in found.items()}
    )
    section.notes = [
        f"{shown_size(size)} in parts of 10 MiB, one run each. More connections help here, and only here.",
        "Without `concurrency=`, safelight finds by trying how many connections help, and pays for the trying.",
    ]
    return section


def _md5(*, quick: bool) -> Section:
    size, rounds = (128 * MIB, 1) if quick else (512 * MIB, 2)
    with place(part_size=_FAR_PART, line=_SHORT) as here:
        found = upload(here, [_BLOCKING, _MD5, _ASYNC, _ASYNC_MD5], size, rounds, "--part-size", _FAR_PART)
    section = Section(
        f"MD5 on and off at {_SHORT}",
        columns=("client", "time over verify=False", "time, s", "CPU s/GiB", "limited by"),
        notes=[f"Best of {rounds} rounds of {shown_size(size)} in parts of 10 MiB, in turn."],
        chart="time over verify=False",
    )
    for off, on in ((_BLOCKING, _MD5), (_ASYNC, _ASYNC_MD5)):
        least = found[off].fastest.seconds
        for case in (off, on):
            seconds = found[case].fastest.seconds
            section.rows.append(
                (
                    case.label,
                    f"{seconds / least:.3f}",
                    f"{seconds:.2f}",
                    f"{found[case].cpu_per_gib:.2f}",
                    found[case].limited_by,
                )
            )
        name = on.label.replace("*", "")
        section.demands.append(
            Demand(f"time over verify=False at {_SHORT}, {name}", found[on].fastest.seconds / least, MOST_FOR_MD5)
        )
    return section


def _lag(*, quick: bool) -> Section:
    parts, size, rounds = ([8], 256 * MIB, 1) if quick else ([8, 64], GIB, 3)
    cases = [
        Case(case.label + threads_label, case.client, ("--lag", *options), threads=case.threads)
        for case in (_ASYNC, _ASYNC_MD5)
        for threads_label, options in (("", ()), (", 8 threads", ("--threads", 8)))
    ]
    section = Section(
        f"How late the event loop is while {shown_size(size)} is uploaded over TLS",
        columns=("part", "client", "p99 ms", "p50 ms", "worst ms", "MB/s", "limited by"),
        notes=[
            "A task of the same event loop sleeps a millisecond, over and over: how late it wakes.",
            f"Each the median of {rounds} runs; the worst is that of all runs.",
            "The server is beside it, so that the CPU is what is scarce.",
        ],
        chart="p99 ms",
        by=("part", "client"),
    )
    for mib in parts:
        with place(secure=True, part_size=mib * MIB) as here:
            found = upload(here, cases, size, rounds)
        for case, outcome in found.items():
            p50, p99 = (statistics.median(run.lag[cut] for run in outcome.runs) * 1000 for cut in ("p50", "p99"))
            worst = max(run.lag["max"] for run in outcome.runs) * 1000
            section.rows.append(
                (
                    f"{mib} MiB",
                    case.label,
                    f"{p99:.1f}",
                    f"{p50:.1f}",
                    f"{worst:.1f}",
                    f"{outcome.rate / 1e6:.0f}",
                    outcome.limited_by,
                )
            )
            name = f"event loop late, p99, TLS, parts of {mib} MiB, {case.label}".replace("*", "")
            section.demands.append(Demand(name, p99, MOST_LAG_MS, " ms"))
    return section


def _growth(*, quick: bool) -> Section:
    large = (2 if quick else 6) * GIB
    section = Section(
        f"Memory for 1 GiB and for {large // GIB} GiB",
        columns=("client", "growth", "peak RSS MiB, 1 GiB", f"peak RSS MiB, {large // GIB} GiB", "limited by"),
        notes=["The peak is that of the whole process, interpreter and imports included."],
    )
    with place() as here:
        peaks: list[Mapping[Case, Outcome]] = [
            upload(here, [_BLOCKING, _ASYNC, _ASYNC_MD5], size, 1) for size in (GIB, large)
        ]
    for case, last in peaks[1].items():
        small, growth = peaks[0][case].peak_mib, last.peak_mib / peaks[0][case].peak_mib
        section.rows.append((case.label, f"{growth:.2f}", f"{small:.1f}", f"{last.peak_mib:.1f}", last.limited_by))
        name = case.label.replace("*", "")
        section.demands.append(Demand(f"peak RSS for {large // GIB} GiB over 1 GiB, {name}", growth, MOST_GROWTH))
    return section
