"""One to ten thousand jobs of Let's Enhance, against a sandbox in a process of its own: this file, run by itself."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import profiles
from PIL import Image
from report import Demand, Section, child_environment
from transfers import FULL, MIB, cpu_of

from safelight.sandbox import Sandbox

_CLIENT = Path(__file__).with_name("enhance_client.py")
_RUNS = ((1, 16), (10, 16), (100, 16), (100, 64), (1000, 16), (1000, 64), (1000, 256), (10_000, 64))
_BASE = (100, 16)
_FACES = {"blocking": "**safelight**", "async": "**safelight async**"}
_MOST_PROFILED = 1000
_NOTES = """
A job: put the picture into the storage, submit, look until it is done, download the result, clear away the picture.
The sandbox is a process of its own, processing takes no time, pictures have 8x8 pixels.
Each run is a process of its own, which first does as many jobs as run at once: those are not counted.
Requests are those of the client to the service and to the storage, as the sandbox counts them.
Limited by: the process that used 90 % of a core, as Python's lock lets each use one, or the larger of the two where
  they used 90 % of the machine together; else waiting. A profile by py-spy, of another run of at most 1000 jobs, says
  where running threads of the client are, or what waiting ones wait for.
"""


@dataclass(frozen=True)
class Run:
    """What it took to enhance some pictures, each by a job of its own.

    Attributes:
        jobs: How many.
        seconds: Wall time.
        cpu: CPU seconds of the client.
        server_cpu: Those of the sandbox.
        requests: How many the client sent for each job.
        peak: Bytes of memory of the client at the most.
        growth: How much of it came after as many jobs as run at the same time.
    """

    jobs: int
    seconds: float
    cpu: float
    server_cpu: float
    requests: float
    peak: int
    growth: int

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of the client's CPU for each job."""
        return self.cpu / self.jobs * 1000


def measure(*, quick: bool) -> list[Section]:
    """Enhance pictures of 8x8 pixels that take the service no time: what is left is what each job costs."""
    section = Section(
        "Let's Enhance: jobs at once",
        columns=(
            "jobs, at once",
            "client",
            "CPU of a job, to that of 100 jobs at 16",
            "CPU ms/job",
            "sandbox's CPU ms/job",
            "jobs/s",
            "requests/job",
            "peak RSS, MiB",
            "RSS after the first, MiB",
            "limited by",
        ),
        chart="CPU ms/job",
        by=("jobs, at once", "client"),
        notes=list(_NOTES.replace("\n  ", " ").strip().splitlines()),
    )
    found: dict[tuple[int, int, str], tuple[Run, str]] = {}
    for jobs, at_once in _RUNS[: 4 if quick else None]:
        for face in _FACES:
            with _serving() as server:
                run = server.run(face, jobs, at_once)
                found[jobs, at_once, face] = run, server.limit(run, face, at_once)
    for (jobs, at_once, face), (run, limit) in found.items():
        section.rows.append(
            (
                f"{jobs}, {at_once}",
                _FACES[face],
                f"{run.cpu_ms / found[*_BASE, face][0].cpu_ms:.2f}",
                f"{run.cpu_ms:.1f}",
                f"{run.server_cpu / run.jobs * 1000:.1f}",
                f"{run.jobs / run.seconds:.0f}",
                f"{run.requests:.2f}",
                f"{run.peak / MIB:.0f}",
                f"{run.growth / MIB:.1f}",
                limit,
            )
        )
    if not quick:
        for face in _FACES:
            base = found[*_BASE, face][0].cpu_ms
            for jobs, at_once in ((10_000, 64), (1000, 256)):
                ratio = found[jobs, at_once, face][0].cpu_ms / base
                section.demands.append(
                    Demand(f"CPU of a job of {jobs}, {at_once} at once, to one of 100, {face}", ratio, 1.5)
                )
    return [section]


class _Server:
    """A sandbox that runs, with a folder for pictures."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._asking: IO[str] = process.stdin
        self._answers: IO[str] = process.stdout
        self._folder = folder
        self._environment: dict[str, str] = self._ask()["env"]

    def run(self, face: str, jobs: int, at_once: int, *options: object) -> Run:
        """Let a client of its own enhance so many pictures."""
        pictures, out = self._folder / f"pictures-{jobs}", self._folder / "out"
        if not pictures.exists():
            pictures.mkdir()
            picture = _tiny()
            for number in range(jobs):
                (pictures / f"{number:05}.png").write_bytes(picture)
        requests, cpu = self._ask()["requests"], cpu_of(self._process.pid)
        finished = subprocess.run(
            [sys.executable, _CLIENT, face, pictures, out, "--concurrency", str(at_once), *map(str, options)],
            env=child_environment(**self._environment),
            stdout=subprocess.PIPE,
            text=True,
        )
        if finished.returncode:
            raise SystemExit(f"{_CLIENT.name} {face} failed, as told above: nothing of this part was written.")
        made = len(list(out.iterdir()))
        if made != jobs:
            raise SystemExit(f"{_CLIENT.name} {face} made {made} pictures of {jobs}: nothing of this part was written.")
        shutil.rmtree(out)
        facts: dict[str, Any] = json.loads(finished.stdout)
        with_warm_up = jobs + min(jobs, at_once)
        return Run(
            jobs=jobs,
            seconds=facts["seconds"],
            cpu=facts["cpu"],
            server_cpu=(cpu_of(self._process.pid) - cpu) * jobs / with_warm_up,
            requests=(self._ask()["requests"] - requests) / with_warm_up,
            peak=facts["peak_rss"],
            growth=facts["peak_rss"] - facts["peak_before"],
        )

    def limit(self, run: Run, face: str, at_once: int) -> str:
        """What limited a run, by the CPU shares; where it was the client, or nothing was full, a profile says more."""
        client, server = run.cpu / run.seconds, run.server_cpu / run.seconds
        shares = f"client {client:.0%}, sandbox {server:.0%} of a core"
        if max(client, server) < FULL and client + server < FULL * (os.cpu_count() or 1):
            return f"waiting {self._profile(run, face, at_once, '--idle')} ({shares})"
        if server > client:
            return f"sandbox ({shares})"
        return f"client: {self._profile(run, face, at_once)} ({shares})"

    def _profile(self, run: Run, face: str, at_once: int, *options: str) -> str:
        to = self._folder / "profile"
        self.run(face, min(run.jobs, _MOST_PROFILED), at_once, "--profile", to, *options)
        if not to.exists():
            return "where py-spy could not see"
        read = profiles.waiting if options else profiles.running
        return read(to.read_text())

    def _ask(self) -> dict[str, Any]:
        self._asking.write("\n")
        self._asking.flush()
        answer: dict[str, Any] = json.loads(self._answers.readline())
        return answer


def _tiny() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 120, 40)).save(made, "PNG")
    return made.getvalue()


@contextlib.contextmanager
def _serving() -> Iterator[_Server]:
    command = [sys.executable, __file__]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, env=child_environment(), **pipes) as process,
    ):
        yield _Server(process, Path(folder))
        # Leaving closes its input, which ends it.


def main() -> None:
    """Be a sandbox: for each line of input tell the environment for clients, and how many requests of theirs came."""
    with Sandbox(processing_seconds=0, credits=10**6) as sandbox:
        fetched = ("bucket_get",)  # by the sandbox itself, as the service
        for _ in sys.stdin:
            count = sum(record.operation not in fetched for record in sandbox.requests)
            print(json.dumps({"env": sandbox.env, "requests": count}), flush=True)


if __name__ == "__main__":
    main()
