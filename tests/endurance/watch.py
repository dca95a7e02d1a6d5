"""A process that does the same again and again, watched from outside: what it holds, and whether that grows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs
from PIL import Image

from tests.e2e.films import film
from tests.endurance.client import FILM_SECONDS
from tests.endurance.service import PART

MIB = 1024 * 1024
PARTS = 3
"""Of each upload."""

_EVERY = 0.1


@attrs.frozen
class Holding:
    """What a process holds at a moment.

    Attributes:
        rss: Bytes of memory.
        files: Open file descriptors.
        threads: Threads, those of libraries that Python does not know of among them.
        blocks: What the interpreter has allocated; 0 where nobody asked it.
    """

    rss: int
    files: int
    threads: int
    blocks: int = 0


@attrs.define
class Course:
    """How it went.

    Attributes:
        seconds: How long it took.
        rests: What the process held after each round, while nothing was under way.
        peaks: The most of each that it held in each round.
    """

    seconds: float = 0.0
    rests: list[Holding] = attrs.field(factory=list)
    peaks: list[Holding] = attrs.field(factory=list)


def holding(pid: int, blocks: int = 0) -> Holding:
    """What a process holds, by /proc.

    Raises:
        OSError: There is no such process any more.
    """
    place = Path("/proc") / str(pid)
    pages = int((place / "statm").read_text().split()[1])
    return Holding(
        rss=pages * os.sysconf("SC_PAGE_SIZE"),
        files=sum(1 for _ in (place / "fd").iterdir()),
        threads=sum(1 for _ in (place / "task").iterdir()),
        blocks=blocks,
    )


def make_inputs(folder: Path) -> None:
    """What the client sends: small, but in several parts."""
    (folder / "garden.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + os.urandom(PARTS * PART - 100))
    Image.linear_gradient("L").resize((48, 32)).convert("RGB").save(folder / "cat.jpg")
    film(folder / "film.mp4", seconds=FILM_SECONDS, fps=2)


def watched(face: str, env: Mapping[str, str], folder: Path, *, rounds: int, uploads: int, jobs: int) -> Course:
    """Run the client to its end; `uploads` and `jobs` are those of each round.

    Raises:
        RuntimeError: It failed, or left something in its state directory.
    """
    make_inputs(folder)
    state = folder / "state"
    command = [sys.executable, "-m", "tests.endurance.client", face, folder, *map(str, (rounds, uploads, jobs))]
    begun, course = time.monotonic(), Course()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        # glibc keeps pages in an arena for each of many threads, and needs thousands of jobs to fill all of them.
        env={**os.environ, **env, "SAFELIGHT_STATE_DIR": str(state), "MALLOC_ARENA_MAX": "2"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            for _ in range(rounds):
                with _peak_of(process.pid) as peaks:
                    line = process.stdout.readline()
                if not line:
                    raise RuntimeError(f"the client ended in round {len(course.rests) + 1} of {rounds}: see above")
                course.rests.append(holding(process.pid, json.loads(line)["blocks"]))
                course.peaks.append(_most(peaks))
                process.stdin.write("go on\n")
                process.stdin.flush()
        except BaseException:
            process.kill()
            raise
    course.seconds = time.monotonic() - begun
    if process.returncode:
        raise RuntimeError(f"the client ended with {process.returncode}: see above")
    if left := [path for path in state.rglob("*") if path.is_file()]:
        raise RuntimeError(f"{len(left)} files stayed in the state directory, such as {left[0].name}")
    return course


@attrs.frozen
class Bound:
    """The most that something may grow by, from the first half of the rounds to the second.

    Attributes:
        name: What: a field of `Holding`.
        most: How much.
        at_rest: Whether after the rounds, rather than at the most in them.
        unit: What it is told in.
    """

    name: str
    most: int
    at_rest: bool = True
    unit: int = 1

    def growth(self, course: Course) -> int:
        """How much more there was of it in the second half than ever in the first."""
        values = [getattr(holding, self.name) for holding in (course.rests if self.at_rest else course.peaks)]
        half = len(values) // 2
        return max(values[half:]) - max(values[:half])

    def told(self, course: Course) -> str:
        """How much it grew, in words."""
        when = "at rest" if self.at_rest else "at the most"
        grown, may = self.growth(course) / self.unit, self.most / self.unit
        return f"{self.name} {when}: {grown:+.3g} from the first half of the rounds to the second, {may:g} allowed"


# Of a thing that each upload or job leaves behind there are hundreds more in the second half, in a short run, too.
# What is left may: pages of memory that the allocator could not give back, and connections that are kept for a while.
BOUNDS = (
    Bound("rss", 6 * MIB, unit=MIB),
    Bound("files", 16),
    Bound("threads", 4),
    Bound("blocks", 2000),
    Bound("files", 32, at_rest=False),
    Bound("threads", 16, at_rest=False),
)


def growths(course: Course) -> list[str]:
    """What grew by more than it may, in words."""
    return [bound.told(course) for bound in BOUNDS if bound.growth(course) > bound.most]


@contextmanager
def _peak_of(pid: int) -> Iterator[list[Holding]]:
    seen, over = [holding(pid)], threading.Event()

    def look() -> None:
        while not over.wait(_EVERY):
            try:
                seen.append(holding(pid))
            except OSError:
                return

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()


def _most(seen: Sequence[Holding]) -> Holding:
    return Holding(max(one.rss for one in seen), max(one.files for one in seen), max(one.threads for one in seen))
