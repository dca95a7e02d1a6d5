"""What importing and making clients loads: modules, not milliseconds, so that it holds on any machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

CREDENTIALS = {
    "AsyncHautAI": "username='name', password='password'",
    "AsyncLetsEnhance": "api_key='key'",
    "HautAI": "username='name', password='password'",
    "LetsEnhance": "api_key='key'",
}
CLIENTS = ["Immersity", "HautAI", "LetsEnhance", "Teleport"]
CLIENTS += [f"Async{name}" for name in CLIENTS]
FOR_LATER = {
    "attr": "models are made of it",
    "dateutil": "for timestamps in odd forms",
    "platformdirs": "uploads have a journal",
    "obstore": "no file is put anywhere",
    "safelight.cli": "nobody is at a terminal",
    "safelight.sandbox": "the services are elsewhere",
    "safelight.stores": "no file is put anywhere",
    "safelight.transfer": "nothing is transferred",
    "safelight_api": "nothing is asked for",
    "PIL": "no picture is checked",
    "safelight.webhooks": "nothing is told",
    "sqlite3": "uploads have a journal",
    "zipfile": "folders are zipped",
}


def loaded_by(program: str) -> set[str]:
    """The modules that this program loads into a fresh interpreter."""
    whole = f"import sys; bare = set(sys.modules)\n{program}\nprint(*set(sys.modules) - bare)"
    finished = subprocess.run([sys.executable, "-I", "-c", whole], stdout=subprocess.PIPE, text=True, check=True)
    return set(finished.stdout.split())


def of(package: str, modules: set[str]) -> set[str]:
    return {module for module in modules if f"{module}.".startswith(f"{package}.")}


def test_importing_safelight_loads_its_version_and_nothing_else() -> None:
    assert loaded_by("import safelight; safelight.__version__") <= {"__future__", "safelight", "safelight._version"}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("package", FOR_LATER)
def test_making_a_client_loads_nothing_that_is_used_later(client: str, package: str, made: dict[str, set[str]]) -> None:
    assert of(package, made[client]) - made["httpx"] == set(), FOR_LATER[package]


def test_a_client_does_not_load_the_other_face(made: dict[str, set[str]]) -> None:
    assert "safelight._sync.teleport" in made["Teleport"]
    assert of("asyncio", made["Teleport"]) == set()
    assert of("safelight._async.base", made["Teleport"]) | of("safelight._async.teleport", made["Teleport"]) == set()
    assert "safelight._async.teleport" in made["AsyncTeleport"]
    twins = of("safelight._sync.base", made["AsyncTeleport"]) | of("safelight._sync.teleport", made["AsyncTeleport"])
    assert twins == set()


@pytest.fixture(scope="module")
def made() -> dict[str, set[str]]:
    """What each client loads, and what httpx alone does, which finds its certificates in different ways."""
    usual = "client_id='id', client_secret='secret'"
    programs = {
        client: f"from safelight import {client}; {client}({CREDENTIALS.get(client, usual)})" for client in CLIENTS
    }
    return {name: loaded_by(program) for name, program in {**programs, "httpx": "import httpx; httpx.Client()"}.items()}


def test_errors_load_without_a_client() -> None:
    modules = loaded_by("from safelight import SafelightError, JobTimeout")
    assert "safelight.errors" in modules
    assert of("httpx", modules) | of("asyncio", modules) == set()
