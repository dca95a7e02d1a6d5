"""Looks for secrets in what git holds, and in what is new: with detect-secrets' detectors, offline.

    python scripts/find_secrets.py [FILE...]

The code of tests and benchmarks is full of made-up passwords and digests. There only secrets of a known form are looked
for (keys of AWS, GitHub and others, signed tokens, private keys); everywhere else, in the recorded cassettes too, all
that looks like one. A line that holds none nevertheless says so: `pragma: allowlist secret`.
"""

from __future__ import annotations

import argparse
import functools
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.settings import transient_settings
from terminal import run

ROOT = Path(__file__).resolve().parents[1]

_GUESSES: dict[str, float | None] = {
    "Base64HighEntropyString": 4.5,
    "HexHighEntropyString": 3.0,
    "KeywordDetector": None,
}
"""Detectors that go by how likely something is, with the bits per character from which on it is."""

_NOT_IN_TESTS = frozenset({*_GUESSES, "BasicAuthDetector"})

_NONE_HERE = frozenset({"IPPublicDetector"})
"""An address of the internet is no secret."""

_NONE = ["EXAMPLE", "CANARY", "`, `"]
"""What is in a value that is none: the word of AWS's documents, that of our tests, the gap between two names."""

_FILTERS: list[dict[str, Any]] = [
    {"path": "detect_secrets.filters.regex.should_exclude_secret", "pattern": _NONE},
    *(
        {"path": f"detect_secrets.filters.{name}"}
        for name in (
            "allowlist.is_line_allowlisted",
            "heuristic.is_indirect_reference",
            "heuristic.is_likely_id_string",
            "heuristic.is_not_alphanumeric_string",
            "heuristic.is_potential_uuid",
            "heuristic.is_prefixed_with_dollar_sign",
            "heuristic.is_sequential_string",
            "heuristic.is_templated_secret",
        )
    ),
]
_MADE = ("generated/", "wrapper/safelight/_sync/", "scripts/node/package-lock.json", "tests/stores/package-lock.json")
"""What is made of other files here, or holds the digests of packages."""


def found_in(names: Iterable[str], root: Path = ROOT) -> Iterator[str]:
    """A line for each secret in these files, whose names are relative to `root`, with slashes."""
    groups: dict[frozenset[str], list[str]] = {}
    for name in sorted(names):
        if not name.startswith(_MADE) and (root / name).is_file() and (detectors := _detectors(root, name)):
            groups.setdefault(detectors, []).append(name)
    for detectors, some in groups.items():
        plugins = [{"name": detector, **_limit(detector)} for detector in sorted(detectors)]
        with transient_settings({"plugins_used": plugins, "filters_used": _FILTERS}):
            for name in some:
                for secret in scan_file(str(root / name)):
                    yield f"{name}:{secret.line_number}: {secret.type}"


def _detectors(root: Path, name: str) -> frozenset[str]:
    """Those that may find something in a file. Each of them looks at each line by itself, which takes long: most forms
    are nowhere in a file, as one look at the whole of it shows.
    """
    text = (root / name).read_bytes().decode("utf-8", "replace")
    there = {detector for detector, patterns in _forms().items() if any(found.search(text) for found in patterns)}
    return frozenset(there - _NOT_IN_TESTS if _is_code_of_tests(PurePosixPath(name)) else there | set(_GUESSES))


@functools.cache
def _forms() -> dict[str, list[re.Pattern[str]]]:
    """The detectors of known forms, with these."""
    kinds = get_mapping_from_secret_type_to_class().values()
    by_form = [kind for kind in kinds if issubclass(kind, RegexBasedDetector) and kind.__name__ not in _NONE_HERE]
    return {kind.__name__: list(kind().denylist) for kind in by_form}


def _is_code_of_tests(path: PurePosixPath) -> bool:
    return path.parts[0] in ("tests", "benchmarks") and path.suffix == ".py"


def _limit(detector: str) -> dict[str, float]:
    limit = _GUESSES.get(detector)
    return {} if limit is None else {"limit": limit}


def all_files(root: Path = ROOT) -> list[str]:
    """The files that git holds, and those that are new and not ignored."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [name for name in done.stdout.split("\0") if name]


def main() -> int:
    """Print what was found; the exit code says whether there was anything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", help="relative to the repository; all by default")
    try:
        names = parser.parse_args().files or all_files()
    except (OSError, subprocess.CalledProcessError) as error:
        advice = "run it in a clone, or name the files."
        print(f"scripts/find_secrets.py: git cannot list the files ({error}): {advice}", file=sys.stderr)
        return 2
    found = list(found_in(names))
    if found:
        print(*found, sep="\n")
        print(
            f"{len(found)} may be secrets. Take a real one out, and have it revoked: what was committed once can be "
            "read for ever. To a line that holds none, add: pragma: allowlist secret",
            file=sys.stderr,
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(run(main))
