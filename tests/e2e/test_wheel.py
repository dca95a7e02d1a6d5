"""What is distributed: an sdist, the wheel that is made of it, and that wheel in an empty environment."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pytest

from safelight import __version__

ROOT = Path(__file__).parents[2]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

pytestmark = pytest.mark.slow


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=CLEAN, capture_output=True, text=True, check=False)


def succeed(*command: str | Path, folder: Path) -> str:
    finished = run(*command, folder=folder)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and with the wheel that was built from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    # Without --wheel or --sdist, `build` makes the wheel from the sdist, not from the source tree.
    succeed(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, folder=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (wheel,) = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def files(wheel: Path) -> Sequence[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new virtual environment in which nothing is installed but the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("environment")
    succeed(sys.executable, "-m", "venv", folder, folder=folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    succeed(programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, folder=folder)
    return programs


def test_the_wheel_holds_both_packages_typed_and_the_contracts(files: Sequence[str]) -> None:
    assert {PurePosixPath(file).parts[0] for file in files} == {
        "safelight",
        "safelight_api",
        f"safelight-{__version__}.dist-info",
    }
    for file in ("safelight/py.typed", "safelight_api/py.typed", "safelight_api/teleport/openapi.json"):
        assert file in files
    assert f"safelight-{__version__}.dist-info/licenses/LICENSE" in files


def test_the_wheel_holds_every_module_of_the_source_tree(files: Sequence[str]) -> None:
    folders = (ROOT / "wrapper", ROOT / "generated")
    modules = {path.relative_to(folder).as_posix() for folder in folders for path in folder.rglob("*.py")}
    assert {file for file in files if file.endswith(".py")} == modules


def test_the_wheel_holds_nothing_that_is_for_development(files: Sequence[str]) -> None:
    for file in files:
        path = PurePosixPath(file)
        assert not {"__pycache__", "tests", "benchmarks", "scripts", "specs"} & set(path.parts), file
        assert path.suffix not in (".pyc", ".yaml"), file


def test_the_sdist_holds_what_the_project_is_built_and_tested_with(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        files = {name.partition("/")[2] for name in archive.getnames()}
    for file in (
        "Makefile",
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "constraints.txt",
        "scripts/generate.py",
        "specs/teleport/openapi.yaml",
        "specs/teleport/overlay.yaml",
        "tests/e2e/test_wheel.py",
        "benchmarks/run.py",
        "docs/evidence.md",
        "CONTRIBUTING.md",
        ".github/workflows/test.yml",
    ):
        assert file in files
    made_here = {"__pycache__", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", "dist", ".git"}
    assert not [file for file in files if made_here & set(PurePosixPath(file).parts)]


def test_the_installed_command_tells_its_version_without_extras(environment: Path) -> None:
    assert succeed(environment / "safelight", "--version", folder=environment) == f"safelight {__version__}\n"


def test_the_installed_packages_import(environment: Path) -> None:
    program = (
        "import safelight, safelight_api.teleport\n"
        "from safelight import AsyncTeleport, Teleport\n"
        "with Teleport(client_id='id', client_secret='secret') as teleport:\n"
        "    print(type(teleport.api).__module__, safelight.__version__)\n"
    )
    told = succeed(environment / "python", "-I", "-W", "error", "-c", program, folder=environment)
    assert told == f"safelight_api.teleport.client {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("-m", "safelight.cli", "teleport", "list"), 'pip install "safelight[cli]"'),
        (("-c", "from safelight.sandbox import Sandbox"), 'pip install "safelight[sandbox]"'),
    ],
    ids=["cli", "sandbox"],
)
def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    environment: Path, arguments: tuple[str, ...], advice: str
) -> None:
    finished = run(environment / "python", *arguments, folder=environment)
    assert finished.returncode != 0
    assert advice in finished.stderr


def test_the_command_without_its_extra_is_a_usage_error(environment: Path) -> None:
    finished = run(environment / "safelight", "teleport", "list", folder=environment)
    assert finished.returncode == 2
    assert 'pip install "safelight[cli]"' in finished.stderr
    assert "Traceback" not in finished.stderr


def test_what_the_wheel_asks_for_fits_together(environment: Path) -> None:
    succeed(environment / "python", "-m", "pip", "check", "--disable-pip-version-check", folder=environment)
