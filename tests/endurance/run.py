"""10000 uploads and 2000 jobs in one process, for each face: `make endurance`. Prints what grew; 1 is the exit code
if anything grew by more than it may, or something is missing at the service.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.endurance.service import serving
from tests.endurance.watch import BOUNDS, MIB, PARTS, Course, Holding, growths, watched

FACES = ("blocking", "async")
_ROUNDS = 20
# No disk is below it: journals are flushed many times for each upload.
_MEMORY = Path("/dev/shm")  # noqa: S108 - what is put there is a TemporaryDirectory
_FOLDER = _MEMORY if _MEMORY.is_dir() else None


def table(course: Course) -> str:
    """Every fifth round, and the last."""

    def row(number: int, rest: Holding, peak: Holding) -> str:
        at_rest = f"{rest.rss / MIB:9.1f} {rest.files:6} {rest.threads:8} {rest.blocks:9}"
        return f"{number:6} {at_rest} | {peak.rss / MIB:8.1f} {peak.files:6} {peak.threads:8}"

    rounds = list(enumerate(zip(course.rests, course.peaks, strict=True), 1))
    shown = [row(number, *of) for number, of in rounds if number % 5 in (0, 1) or number == len(rounds)]
    return "\n".join(
        [
            "        at rest after the round             | at most in the round",
            " round   RSS MiB  files  threads    blocks |  RSS MiB  files  threads",
            *shown,
        ]
    )


def missing(arrived: dict[str, int], uploads: int, jobs: int) -> list[str]:
    """What the services should have and have not."""
    waits, enhanced, videos = (len(range(kind, jobs, 3)) for kind in range(3))
    captures = uploads + waits
    wanted = {"captures": captures, "parts": captures * PARTS, "pipelines": enhanced, "videos": videos}
    return [f"{name}: {arrived[name]} of {count}" for name, count in wanted.items() if arrived[name] != count]


def one(face: str, uploads: int, jobs: int) -> list[str]:
    """Run one face, print its table, and return what is wrong."""
    with tempfile.TemporaryDirectory(
        prefix="safelight-endurance-", dir=_MEMORY if _MEMORY.is_dir() else None
    ) as folder:
        with serving() as service:
            course = watched(
                face, service.env, Path(folder), rounds=_ROUNDS, uploads=uploads // _ROUNDS, jobs=jobs // _ROUNDS
            )
        print(f"\n{face}: {uploads} uploads and {jobs} jobs in {course.seconds:.0f} s\n{table(course)}")
    for bound in BOUNDS:
        print(f"  {bound.told(course)}")
    return [f"{face}: {problem}" for problem in growths(course) + missing(service.arrived, uploads, jobs)]


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2_000)
    parser.add_argument("--face", choices=FACES, action="append", help="only this one")
    asked = parser.parse_args()
    if not Path("/proc/self/statm").exists():
        print("What a process holds is read from /proc, which this system does not have: run it on Linux.")
        return 1
    if min(asked.uploads, asked.jobs) < _ROUNDS or asked.uploads % _ROUNDS or asked.jobs % _ROUNDS:
        print(f"--uploads and --jobs have to be multiples of {_ROUNDS}: they are done in so many rounds.")
        return 2
    problems = []
    for face in asked.face or FACES:
        try:
            problems += one(face, asked.uploads, asked.jobs)
        except RuntimeError as error:
            problems.append(f"{face}: {error}")
    print("\n" + ("\n".join(problems) or "Flat."))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
