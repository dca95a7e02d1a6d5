"""Make `generated/safelight_api` from `specs/`: overlay, validate, generate, swap."""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    from build_spec import SpecError, built_document, read_yaml
    from openapi_python_client.config import ConfigFile
    from ruff.__main__ import find_ruff_bin
except ModuleNotFoundError as error:
    sys.exit(f"scripts/generate.py: {error.name} is not installed here: run `make generate`, which sets everything up.")

from terminal import run

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "safelight_api"
_PACKAGE_DOCSTRING = '"""The generated clients, one package per service."""\n'
_RUFF = "--isolated --no-cache --no-respect-gitignore --target-version py311 --line-length 120"


def generate(root: Path = ROOT) -> bool:
    """Generate all clients below `root`, and put them in the place of the former ones.

    Args:
        root: The tree with `specs/` and `generated/`.

    Returns:
        Whether anything is different now.

    Raises:
        SpecError: Something has to be mended; the former clients are still there.
    """
    # Below build/, which git ignores: on the same file system, so that the swap is two renames.
    (root / "build").mkdir(exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix="generate-", dir=root / "build"))
    try:
        made = generate_package(root / "specs", workshop)
        return _put_in_place(made, root / "generated" / PACKAGE, workshop / "former")
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
        if not any((root / "build").iterdir()):
            (root / "build").rmdir()


def generate_package(specs: Path, workshop: Path) -> Path:
    """Generate the package `safelight_api` of all services into a folder.

    Args:
        specs: The folder with one folder per service.
        workshop: An existing folder to work in.

    Returns:
        The package.

    Raises:
        SpecError: Something has to be mended.
    """
    services = services_in(specs)
    package = workshop / PACKAGE
    package.mkdir()
    (package / "__init__.py").write_text(_PACKAGE_DOCSTRING, encoding="utf-8")
    (package / "py.typed").touch()
    for service in services:
        document = json.dumps(built_document(service), indent=2, ensure_ascii=False) + "\n"
        source = workshop / f"{service.name}.openapi.json"
        source.write_text(document, encoding="utf-8")
        _run_generator(service, source, package / service.name)
        # Only now: the generator refuses a folder that exists.
        source.rename(package / service.name / "openapi.json")
    return package


def services_in(specs: Path) -> list[Path]:
    """The folders of the services, by name.

    Raises:
        SpecError: There is none, or a folder's name cannot be a package's.
    """
    services = sorted(path for path in specs.glob("*") if path.is_dir())
    if not services:
        raise SpecError(f"{specs} has no folder: each service needs one, with its openapi.yaml and overlay.yaml.")
    for service in services:
        if not service.name.isidentifier():
            raise SpecError(f"specs/{service.name}: a package cannot have this name: rename the folder.")
    return services


def _run_generator(service: Path, document: Path, output: Path) -> None:
    config = _generator_config(service)
    config_path = document.with_suffix(".config.json")
    config_path.write_text(json.dumps(config), encoding="utf-8")
    # The generator looks for ruff on the PATH, where a virtual environment need not be.
    path = os.pathsep.join([str(Path(find_ruff_bin()).parent), os.environ.get("PATH", "")])
    # The generator walks through sets of strings: their order must be the same each time.
    environment = {**os.environ, "PATH": path, "PYTHONHASHSEED": "0", "NO_COLOR": "1"}
    run = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"),
            *("--path", str(document), "--output-path", str(output), "--config", str(config_path)),
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode or not output.is_dir():
        said = " ".join(run.stderr.partition("If you believe")[0].split()) or f"it ended with {run.returncode}"
        raise SpecError(
            f"specs/{service.name}: the generator refuses the built document: {said[:1000]}. "
            f"Mend this in specs/{service.name}/overlay.yaml."
        )


def _generator_config(service: Path) -> dict[str, object]:
    config: dict[str, object] = {
        "post_hooks": [f"ruff check {_RUFF} --select F401,I --fix-only .", f"ruff format {_RUFF} ."],
    }
    own = service / "generator.yaml"
    if own.exists():
        config.update(read_yaml(own))
    for key in config:
        # The generator itself passes over keys that it does not know.
        if key not in ConfigFile.model_fields:
            raise SpecError(f"{service.name}/generator.yaml: the generator has no setting {key!r}: mend or remove it.")
    return config


def _put_in_place(made: Path, place: Path, former: Path) -> bool:
    if place.is_dir() and not differences(made, place):
        return False
    place.parent.mkdir(exist_ok=True)
    if place.exists():
        place.rename(former)
    try:
        made.rename(place)
    except OSError:
        if former.exists():
            former.rename(place)
        raise
    return True


def differences(made: Path, place: Path) -> list[str]:
    """The files that are not the same, byte for byte, in two trees; what Python itself leaves behind is passed over."""
    ours, theirs = _files(made), _files(place)
    changed = [name for name in ours & theirs if not filecmp.cmp(made / name, place / name, shallow=False)]
    return sorted([*changed, *(ours ^ theirs)])


def _files(tree: Path) -> set[str]:
    paths = (path for path in tree.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(tree).as_posix() for path in paths}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/generate.py", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree with specs/ and generated/")
    root = parser.parse_args(arguments).root.resolve()
    begun = time.perf_counter()
    try:
        changed = generate(root)
        names = ", ".join(service.name for service in services_in(root / "specs"))
    except SpecError as error:
        print(f"scripts/generate.py: {error}", file=sys.stderr)
        return 1
    took = time.perf_counter() - begun
    print(f"generated/{PACKAGE}: {names} {'made anew' if changed else 'unchanged'}, {took:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
