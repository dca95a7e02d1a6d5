"""Check that what is made by scripts is what they make: `generated/`, `docs/evidence.md`, `wrapper/safelight/_sync`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

try:
    import evidence
    from build_spec import SpecError, operation_ids
    from generate import PACKAGE, differences, generate_package
except ModuleNotFoundError as error:
    sys.exit(f"scripts/check.py: {error.name} is not installed here: run `make check`, which sets everything up.")

import unasync
from terminal import run

ROOT = Path(__file__).resolve().parent.parent
_GENERATED = f"generated/{PACKAGE}"
_IMPORT_ALL = """
import importlib, pathlib, sys
top = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(top.parent))
for path in sorted(top.rglob("*.py")):
    steps = path.relative_to(top.parent).with_suffix("").parts
    name = ".".join(steps[:-1] if steps[-1] == "__init__" else steps)
    try:
        importlib.import_module(name)
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}")
"""


class Skipped(Exception):
    """A check makes no sense here; the message says why."""


def stale_clients(root: Path) -> list[str]:
    """Files below `generated/` that are not, byte for byte, what `specs/` make."""
    with tempfile.TemporaryDirectory(prefix="safelight-check-") as workshop:
        try:
            made = generate_package(root / "specs", Path(workshop))
        except SpecError as error:
            return [f"{error} Then run `make generate`."]
        wrong = differences(made, root / _GENERATED)
    return [f"{_GENERATED}/{name} is not what specs/ make: run `make generate`." for name in wrong]


def untracked_files(root: Path) -> list[str]:
    """Files below `generated/` that git does not know.

    Raises:
        Skipped: The tree is no git checkout.
    """
    if not (root / ".git").exists():
        raise Skipped("this tree is no git checkout")
    try:
        status = subprocess.run(
            ["git", "-C", str(root), "status", "--porcelain", "-z", "--untracked-files=all", "--", "generated"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    except FileNotFoundError:
        return ["git is not installed: install it, then run `make check`."]
    except subprocess.CalledProcessError as error:
        return [f"`git status` fails: {error.stderr.strip()}: mend that, then run `make check`."]
    return [
        f"{entry[3:]} is not known to git: `git add generated` if `make generate` made it, "
        "`git clean -f generated` if it did not."
        for entry in status.split("\0")
        if entry.startswith("??")
    ]


def misplaced_operations(root: Path) -> list[str]:
    """Operations without exactly one generated module, and modules without an operation.

    The generator would turn an id that is no snake_case into another name: then the module is missing under its own.
    """
    complaints = []
    for document in _documents(root):
        service, operations = document.parent, operation_ids(json.loads(document.read_text(encoding="utf-8")))
        wanted = Counter(f"{tag}/{name}" for tag, name in operations)
        modules = Counter(path.stem for path in _modules(service))
        there = {path.relative_to(service / "api").with_suffix("").as_posix() for path in _modules(service)}
        mend = f"mend specs/{service.name}/overlay.yaml, then run `make generate`."
        for module, times in wanted.items():
            place = f"{_GENERATED}/{service.name}/api/{module}.py"
            if times > 1:
                complaints.append(f"{place} has {times} operations in {service.name}/openapi.json: {mend}")
            elif module not in there:
                complaints.append(f"{place} is missing, though {service.name}/openapi.json has the operation: {mend}")
            elif modules[module.rpartition("/")[2]] > 1:
                complaints.append(f"{place} is not the only module of this operation: {mend}")
        complaints += [
            f"{_GENERATED}/{service.name}/api/{module}.py has no operation in {service.name}/openapi.json: {mend}"
            for module in sorted(there - wanted.keys())
        ]
    return complaints


def broken_modules(root: Path) -> list[str]:
    """Generated modules that cannot be imported."""
    # In a process of its own: this one may hold the modules of another tree.
    run = subprocess.run(
        [sys.executable, "-B", "-c", _IMPORT_ALL, str(root / _GENERATED)], capture_output=True, text=True, check=False
    )
    if run.returncode:
        return [f"{_GENERATED} cannot be imported: {run.stderr.strip()[-500:]}: run `make generate`."]
    return [f"{line}: this module cannot be imported: run `make generate`." for line in run.stdout.splitlines()]


def stale_evidence(root: Path) -> list[str]:
    """The page about what the specs rest on, if it is not what `specs/` make.

    Raises:
        Skipped: The tree has no documentation.
        SpecError: A spec has to be mended.
    """
    path = root / evidence.PAGE
    if not path.parent.is_dir():
        raise Skipped("this tree has no docs/")
    if path.is_file() and path.read_text(encoding="utf-8") == evidence.page(root / "specs"):
        return []
    return [f"{evidence.PAGE} is not what specs/ make: run `make evidence`."]


CHECKS: dict[str, Callable[[Path], Iterable[str]]] = {
    "generated/ is what specs/ make": stale_clients,
    "git knows all of generated/": untracked_files,
    "docs/evidence.md is what specs/ make": stale_evidence,
    "each operation has its module": misplaced_operations,
    "every generated module imports": broken_modules,
    "_sync is what unasync makes of _async": unasync.check,
}


def run_checks(root: Path) -> bool:
    """Run all checks, print how each ended, and return whether all is well."""
    well = True
    for title, check in CHECKS.items():
        begun = time.perf_counter()
        try:
            complaints = list(check(root))
        except Skipped as why:
            print(f"skip  {title}: {why}")
            continue
        except SpecError as error:
            complaints = [f"{error} Then run `make generate`."]
        well = well and not complaints
        print(f"{'FAIL' if complaints else 'ok  '}  {title} ({time.perf_counter() - begun:.1f} s)")
        for complaint in complaints:
            print(f"      {complaint}")
    return well


def _documents(root: Path) -> list[Path]:
    found = sorted((root / _GENERATED).glob("*/openapi.json"))
    if not found:
        raise SpecError(f"{_GENERATED} has no client with an openapi.json.")
    return found


def _modules(service: Path) -> list[Path]:
    return sorted(path for path in (service / "api").glob("*/*.py") if path.name != "__init__.py")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/check.py", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree to check")
    return 0 if run_checks(parser.parse_args(arguments).root.resolve()) else 1


if __name__ == "__main__":
    sys.exit(run(main))
