"""The stores as fixtures: each is started once, when a test first asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import Store
from tests.stores.azure import azure
from tests.stores.gcs import gcs
from tests.stores.gcs_server import GCSServer
from tests.stores.s3 import s3

_PREFIXES = ("AWS_", "AZURE_", "GOOGLE_", "GCE_", "CLOUDSDK_", "STORAGE_EMULATOR_HOST", "SAFELIGHT_STORAGE")


@pytest.fixture(scope="session")
def s3_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """S3: OpenStack Swift."""
    with s3(tmp_path_factory.mktemp("s3") / "swift") as store:
        yield store


@pytest.fixture(scope="session")
def azure_store() -> Iterator[Store]:
    """Azure Blob Storage: Azurite."""
    with azure() as store:
        yield store


@pytest.fixture(scope="session")
def _gcs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, GCSServer]]:
    with gcs(tmp_path_factory.mktemp("gcs")) as both:
        yield both


@pytest.fixture(scope="session")
def gcs_store(_gcs: tuple[Store, GCSServer]) -> Store:
    """Google Cloud Storage: a server of the tests' own that checks signatures."""
    return _gcs[0]


@pytest.fixture(scope="session")
def gcs_server(_gcs: tuple[Store, GCSServer]) -> GCSServer:
    """That server, to look into."""
    return _gcs[1]


@pytest.fixture(params=["s3", "azure", "gcs"])
def store(request: pytest.FixtureRequest, no_clouds: None) -> Store:
    """Each of the stores in turn."""
    found = request.getfixturevalue(f"{request.param}_store")
    assert isinstance(found, Store)
    return found


@pytest.fixture
def no_clouds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No credential of this machine is found: neither in the environment nor at home, nor from the network."""
    for name in os.environ:
        if name.startswith(_PREFIXES):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("AZURE_MSI_ENDPOINT", "http://127.0.0.1:9")
