"""Transfers by clients in processes of their own, to a server that is near or behind a line; and what limited them."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import profiles
from certificate import write_certificates
from discard_server import PART_SIZE, Server, serving
from link import Link, linked
from report import child_environment

MIB = 1024 * 1024
GIB = 1024 * MIB

FULL = 0.9
"""What counts as all of it: of a line's rate, of a core."""


@dataclass(frozen=True)
class Line:
    """What lies between client and server: its rate, its length, and perhaps a cap for each connection."""

    mbit: float
    round_trip_ms: float
    cap_mbit: float | None = None

    def __str__(self) -> str:
        rate = f"{self.mbit / 1000:g} Gbit/s" if self.mbit >= 1000 else f"{self.mbit:g} Mbit/s"
        cap = f", {self.cap_mbit:g} Mbit/s a connection" if self.cap_mbit else ""
        return f"{rate}, {self.round_trip_ms:g} ms{cap}"


@dataclass(frozen=True)
class Case:
    """One row: a client, its options, and how many threads it sends from (None: as it decides)."""

    label: str
    client: str
    options: tuple[object, ...] = ()
    threads: int | None = 1

    @property
    def is_installed(self) -> bool:
        """Whether what it measures is there."""
        return find_spec(self.client.partition("-")[0]) is not None or self.client == "raw"


@dataclass(frozen=True)
class Run:
    """One transfer in a process of its own.

    Attributes:
        seconds: Wall time.
        cpu: CPU seconds of the client's process, user and system.
        first_use_cpu: CPU seconds of the client's first transfer, of a few bytes, which came before.
        peak_rss: Bytes of memory at the most, over the process's life.
        server_cpu: CPU seconds of the server's process.
        line_cpu: CPU seconds of the line's process.
        connections: How many connections through the line carried a MiB or more.
        lag: Seconds by which the event loop was late: p50, p99 and max, where that was asked for.
    """

    seconds: float
    cpu: float
    first_use_cpu: float
    peak_rss: int
    server_cpu: float
    line_cpu: float
    connections: int
    lag: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """All runs of a case: the time of the fastest, which the least disturbed, the worst of memory, the median of CPU.

    On one machine the CPU time has no best that can be compared: a run takes half of it where client and server happen
    to take turns on one core, with what is sent still in its cache.
    """

    size: int
    runs: Sequence[Run]
    limited_by: str

    @property
    def fastest(self) -> Run:
        """The run that took the least time."""
        return min(self.runs, key=lambda run: run.seconds)

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return self.size / self.fastest.seconds

    @property
    def cpu_per_gib(self) -> float:
        """CPU seconds of the client."""
        return statistics.median(run.cpu for run in self.runs) * GIB / self.size

    @property
    def peak_mib(self) -> float:
        """MiB of memory."""
        return max(run.peak_rss for run in self.runs) / MIB


@dataclass(frozen=True)
class Place:
    """A server, perhaps behind a line, and a folder for files."""

    server: Server
    folder: Path
    authority: Path
    line: Line | None
    link: Link | None

    @property
    def address(self) -> str:
        """Where clients find it."""
        return self.link.address if self.link else self.server.address

    def run(self, script: str, *arguments: object) -> Run:
        """Have a fresh process do a transfer; its journal is kept beside the files."""
        pids = [self.server.process.pid, *([self.link.process.pid] if self.link else [])]
        before = [cpu_of(pid) for pid in pids]
        if self.link:
            self.link.busy_connections()
        finished = subprocess.run(
            [sys.executable, Path(__file__).with_name(script), *map(str, arguments)],
            env=child_environment(
                SAFELIGHT_STATE_DIR=str(self.folder),
                SSL_CERT_FILE=str(self.authority),
                AWS_CA_BUNDLE=str(self.authority),
            ),
            stdout=subprocess.PIPE,
            text=True,
        )
        if finished.returncode:
            raise SystemExit(f"{script} {arguments[0]} failed, as told above: nothing of this part was written.")
        used = [cpu_of(pid) - then for pid, then in zip(pids, before, strict=True)]
        connections = self.link.busy_connections() if self.link else 0
        return Run(
            server_cpu=used[0],
            line_cpu=sum(used[1:]),
            connections=connections,
            **json.loads(finished.stdout),
        )

    def measure(
        self,
        cases: Sequence[Case],
        script: str,
        arguments: Sequence[object],
        size: int,
        rounds: int,
        *,
        after_each: Callable[[], object] = lambda: None,
    ) -> dict[Case, Outcome]:
        """Run all cases in turn, round after round, and find what limited each.

        Args:
            cases: What to run; what is not installed is left out.
            script: The client.
            arguments: What comes after the client's name and the address.
            size: Bytes that are moved.
            rounds: How often.
            after_each: What is to be done after each run.
        """
        cases = [case for case in cases if case.is_installed]
        runs: dict[Case, list[Run]] = {case: [] for case in cases}
        for _ in range(rounds):
            for case in cases:
                runs[case].append(self.run(script, case.client, self.address, *arguments, *case.options))
                after_each()
        outcomes = {}
        for case in cases:
            fastest = min(runs[case], key=lambda run: run.seconds)
            limit, idle = self._limit(case, fastest, size)
            if idle is not None:
                profile = self.folder / "profile"
                profile.unlink(missing_ok=True)
                profiling = ["--profile", profile, *(["--idle"] if idle else [])]
                self.run(script, case.client, self.address, *arguments, *case.options, *profiling)
                after_each()
                if profile.exists():
                    limit += profiles.waiting(profile.read_text()) if idle else profiles.running(profile.read_text())
            outcomes[case] = Outcome(size, runs[case], limit)
        return outcomes

    def _limit(self, case: Case, run: Run, size: int) -> tuple[str, bool | None]:
        """What limited a run, and of which threads a profile says more: of idle ones, of running ones, or of none."""
        rate = size * 8 / 1e6 / run.seconds
        if self.line and rate >= FULL * self.line.mbit:
            return f"link ({rate / self.line.mbit:.0%})", None
        if self.line and self.line.cap_mbit and rate >= FULL * self.line.cap_mbit * run.connections:
            return f"cap of {run.connections} connections ({rate / self.line.cap_mbit / run.connections:.0%})", None
        server, client, line = (cpu / run.seconds for cpu in (run.server_cpu, run.cpu, run.line_cpu))
        if server >= FULL and server >= client:
            return f"server ({server:.0%} of a core)", None
        cores = os.cpu_count() or 1
        is_all = client + server + line >= FULL * cores
        if client >= FULL * min(case.threads or cores, cores) or (is_all and client > server):
            return f"client ({client:.0%} of a core): ", False
        return "waiting ", True


@contextmanager
def place(*, secure: bool = False, part_size: int = PART_SIZE, line: Line | None = None) -> Iterator[Place]:
    """A server that runs, behind a line if one is given, with a folder for what is to be sent to it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate, authority = write_certificates(folder)
        with serving("--part-size", part_size, *(["--certificate", certificate] if secure else [])) as server:
            if line is None:
                yield Place(server, folder, authority, None, None)
            else:
                kwargs: dict[str, Any] = {"mbit": line.mbit, "round_trip_ms": line.round_trip_ms}
                with linked(server.address, cap_mbit=line.cap_mbit, **kwargs) as link:
                    yield Place(server, folder, authority, line, link)


def cpu_of(pid: int) -> float:
    """CPU seconds that a process has used, as far as the system tells of others (Linux)."""
    status = Path(f"/proc/{pid}/stat")
    if not status.exists():
        return 0.0
    fields = status.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def shown_size(size: int) -> str:
    """A size for people."""
    return f"{size // GIB} GiB" if size >= GIB else f"{size // MIB} MiB"
