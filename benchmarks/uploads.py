"""Uploads of a large file to a server that discards it, by several clients, side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from discard_server import discarding
from report import Demand, Section, child_environment

MIB = 1024 * 1024
GIB = 1024 * MIB
MOST_CPU = 1.25
MOST_MEMORY = 80.0
MOST_GROWTH = 1.10

_CLIENT = Path(__file__).with_name("upload_client.py")
_LABELS = {
    "raw": "raw socket, read and send 256 KiB",
    "httpx": "httpx, generator of 512 KiB, part after part",
    "safelight": "**safelight**, verify=False",
    "safelight-async": "**safelight async**, verify=False",
    "safelight-verify": "**safelight**, as it comes (MD5)",
    "safelight-async-verify": "**safelight async**, as it comes (MD5)",
    "boto3": "boto3, as it comes",
}


@dataclass(frozen=True)
class Run:
    """One upload in a process of its own.

    Attributes:
        seconds: Wall time.
        cpu: CPU seconds of the process, user and system.
        first_use_cpu: CPU seconds of the client's first upload, of a few bytes, which came before.
        peak_rss: Bytes of memory at the most, over the process's life.
    """

    seconds: float
    cpu: float
    first_use_cpu: float
    peak_rss: int


@dataclass(frozen=True)
class Best:
    """The best of several runs, each figure for itself: what disturbs a run only ever makes it worse."""

    rate: float
    cpu_per_gib: float
    first_use_cpu: float
    peak_rss: float

    @classmethod
    def of(cls, runs: Iterable[Run], size: int) -> Best:
        """The best figures; of memory the worst, in MiB."""
        runs = list(runs)
        return cls(
            rate=size / min(run.seconds for run in runs) / 1e6,
            cpu_per_gib=min(run.cpu for run in runs) * GIB / size,
            first_use_cpu=min(run.first_use_cpu for run in runs),
            peak_rss=max(run.peak_rss for run in runs) / MIB,
        )


def upload_once(client: str, address: str, file: Path) -> Run:
    """Have a fresh process upload the file; its journal is kept beside it."""
    warm_up = file.with_name("warm-up.mp4")
    warm_up.write_bytes(b"a few bytes")
    finished = subprocess.run(
        [sys.executable, _CLIENT, client, address, file, warm_up],
        env=child_environment(SAFELIGHT_STATE_DIR=str(file.parent)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Run(**json.loads(finished.stdout))


def sparse_file(folder: Path, size: int) -> Path:
    """A file that reads as zeros and takes no place on the disk, where the file system can do that."""
    path = folder / f"{size}.mp4"
    path.touch()
    os.truncate(path, size)
    return path


def measure(*, quick: bool) -> list[Section]:
    """Run all, a round of every client after the other."""
    clients = [client for client in _LABELS if client != "boto3" or find_spec("boto3")]
    rounds, large = (2, 2 * GIB) if quick else (7, 6 * GIB)
    with discarding() as address, tempfile.TemporaryDirectory() as folder:
        file = sparse_file(Path(folder), GIB)
        upload_once("raw", address, file)  # now the operating system has it in memory, for all alike
        runs: dict[str, list[Run]] = {client: [] for client in clients}
        for _ in range(rounds):
            for client in clients:
                runs[client].append(upload_once(client, address, file))
        file = sparse_file(Path(folder), large)
        faces = ("safelight", "safelight-async", "safelight-verify")
        of_large = {client: Best.of([upload_once(client, address, file)], large) for client in faces}
    best = {client: Best.of(runs[client], GIB) for client in clients}
    return [_speed(best, rounds), _memory(best, of_large, large)]


def _speed(best: Mapping[str, Best], rounds: int) -> Section:
    plain = best["httpx"].cpu_per_gib
    verify = best["safelight-verify"].cpu_per_gib - best["safelight"].cpu_per_gib
    section = Section(
        "1 GiB in parts of 64 MiB to a server that discards it",
        columns=("client", "CPU over httpx", "CPU s/GiB", "MB/s", "peak RSS MiB", "first use, CPU ms"),
        demands=[
            Demand(
                "CPU s/GiB of an upload, verify=False, over plain httpx",
                best["safelight"].cpu_per_gib / plain,
                MOST_CPU,
            ),
        ],
        notes=[
            f"Best of {rounds} rounds (memory: the worst), one fresh process for each, all clients in turn.",
            "http on loopback; the server is a process of its own, and the raw socket shows what it can take.",
            "CPU is the client's process, user and system. The file is sparse and was read before: no disk delays it.",
            "The client is made and has sent a few bytes before the clock starts.",
            "The last column is the CPU time of that first use, which loads what an upload needs.",
            f"Comparing each part's MD5, as safelight does by default, adds {verify:.2f} CPU s/GiB.",
            f"That is {GIB / verify / 1e6:.0f} MB/s on one core, and a link of 1 Gbit/s brings 125 MB/s.",
            "This server's ETag is no MD5, so that the MD5 is computed here and not compared.",
        ],
    )
    for client, figures in best.items():
        section.rows.append(
            (
                _LABELS[client],
                f"{figures.cpu_per_gib / plain:.2f}",
                f"{figures.cpu_per_gib:.2f}",
                f"{figures.rate:.0f}",
                f"{figures.peak_rss:.0f}",
                f"{figures.first_use_cpu * 1000:.0f}",
            )
        )
    section.notes.append(
        "boto3 sends 8 MiB parts from ten threads with checksums, and signs their bodies, since this is no https."
        if "boto3" in best
        else "boto3 is not installed, so it is not in the table: `make bench` installs it."
    )
    return section


def _memory(best: Mapping[str, Best], of_large: Mapping[str, Best], size: int) -> Section:
    section = Section(
        f"Memory for 1 GiB and for {size // GIB} GiB",
        columns=("client", "growth", "peak RSS MiB, 1 GiB", f"peak RSS MiB, {size // GIB} GiB"),
        notes=["The peak is that of the whole process, interpreter and imports included."],
    )
    for client, large in of_large.items():
        small = best[client]
        growth = max(small.peak_rss, large.peak_rss) / min(small.peak_rss, large.peak_rss)
        section.rows.append(
            (
                _LABELS[client],
                f"{large.peak_rss / small.peak_rss:.2f}",
                f"{small.peak_rss:.1f}",
                f"{large.peak_rss:.1f}",
            )
        )
        name = _LABELS[client].replace("*", "")
        section.demands += [
            Demand(f"peak RSS, {name}, {size // GIB} GiB", large.peak_rss, MOST_MEMORY, " MiB"),
            Demand(f"peak RSS, {name}, the larger over the smaller file's", growth, MOST_GROWTH),
        ]
    return section
