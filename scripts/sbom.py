"""Makes the software bill of materials of a wheel: all that it pulls in with all of its extras, in CycloneDX's JSON.

    python scripts/sbom.py [dist/safelight-*.whl]

What it pulls in is read from the wheel's own metadata, and followed through what is installed here: these are the
versions that the tests ran with. Needs the dependency group `release`, and no network.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from terminal import run

ROOT = Path(__file__).resolve().parents[1]
_SPEC_VERSION = "1.6"


class Unusable(Exception):
    """No bill can be made; the message says why."""


def metadata_of(wheel: Path) -> Message:
    """What a wheel says of itself."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            return HeaderParser().parsestr(archive.read(name).decode())
    except (OSError, StopIteration, zipfile.BadZipFile) as error:
        raise Unusable(f"{wheel} is no wheel: make one with python -m build.") from error


def pulled_in(wheel: Message) -> dict[str, metadata.Distribution]:
    """The distributions that a wheel needs with all of its extras, and those that these need, by their names.

    Raises:
        Unusable: One is not installed, or in a version that is not wanted.
    """
    found: dict[str, metadata.Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = list(_wanted(wheel.get_all("Requires-Dist", []), wheel.get_all("Provides-Extra", [])))
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        try:
            distribution = found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError as error:
            raise Unusable(f"{requirement} is not installed: run make setup.") from error
        if not requirement.specifier.contains(distribution.version, prereleases=True):
            raise Unusable(f"{requirement} is wanted, and {distribution.version} is installed: run make setup.")
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += _wanted(distribution.requires or [], [extra])
    return dict(sorted(found.items()))


def _wanted(requirements: list[str], extras: list[str]) -> Iterator[Requirement]:
    for requirement in map(Requirement, requirements):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def make_bill(wheel: Path, folder: Path) -> Path:
    """Write the bill of a wheel, compared with CycloneDX's schema.

    Raises:
        Unusable: It cannot be made.
    """
    told = metadata_of(wheel)
    target = folder / f"{told['Name']}-{told['Version']}.cdx.json"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        # An environment in which nothing is but the descriptions of what the wheel pulls in.
        environment = Path(name, "environment")
        venv.create(environment, with_pip=False)
        python = next(path for path in environment.glob("*/python*") if path.stem == "python")
        packages = next(environment.glob("**/site-packages"))
        for distribution in pulled_in(told).values():
            described = packages / f"{distribution.name.replace('-', '_')}-{distribution.version}.dist-info"
            described.mkdir()
            (described / "METADATA").write_text(distribution.read_text("METADATA") or "", encoding="utf-8")
        project = Path(name, "pyproject.toml")
        project.write_text(_as_project(told), encoding="utf-8")
        # Without random numbers and the time: the same wheel and the same versions make the same bill.
        how = ["--output-reproducible", "--spec-version", _SPEC_VERSION, "--validate", "--mc-type", "library"]
        command = [sys.executable, "-m", "cyclonedx_py", "environment", *how, "--pyproject", project, "-o", target]
        # What a PYTHONPATH adds is none of the wheel's.
        alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        if subprocess.run([*command, python], check=False, env=alone).returncode:
            raise Unusable("cyclonedx-py made no bill: is the dependency group `release` installed? Run make sbom.")
    return target


def _as_project(told: Message) -> str:
    """A pyproject.toml that says what the wheel does; JSON's texts and lists are TOML's as well."""
    facts = {
        "name": told["Name"],
        "version": told["Version"],
        "description": told["Summary"],
        "license": told["License-Expression"],
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in facts.items()]
    plain = [item for item in told.get_all("Requires-Dist", []) if "extra ==" not in item]
    lines.append(f"dependencies = {json.dumps(plain)}")
    lines.append("[project.optional-dependencies]")
    for extra in told.get_all("Provides-Extra", []):
        mine = [item for item in map(Requirement, told.get_all("Requires-Dist", [])) if _is_of(item, extra)]
        lines.append(f"{extra} = {json.dumps([f'{item.name}{item.specifier}' for item in mine])}")
    return "\n".join(["[project]", *lines, ""])


def _is_of(requirement: Requirement, extra: str) -> bool:
    marker = requirement.marker
    return marker is not None and marker.evaluate({"extra": extra}) and not marker.evaluate({"extra": ""})


def main() -> int:
    """Make the bill of the wheel that is named, or of the newest one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("wheel", nargs="?", type=Path)
    built = sorted((ROOT / "dist").glob("*.whl"), key=lambda path: path.stat().st_mtime)
    wheel: Path | None = parser.parse_args().wheel or next(reversed(built), None)
    try:
        if wheel is None:
            raise Unusable("there is no wheel in dist/: make one with .venv/bin/python -m build --no-isolation.")
        bill = make_bill(wheel, ROOT / "sbom")
    except Unusable as error:
        print(f"scripts/sbom.py: {error}", file=sys.stderr)
        return 1
    components = json.loads(bill.read_text(encoding="utf-8"))["components"]
    print(f"{bill.relative_to(ROOT)}: {len(components)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
