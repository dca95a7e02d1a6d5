"""The sandbox, both faces of each client, and strangers: hosts that none of a user's secrets may reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from safelight import (
    AsyncHautAI,
    AsyncImmersity,
    AsyncLeiaPix,
    AsyncLetsEnhance,
    AsyncTeleport,
    HautAI,
    Immersity,
    LeiaPix,
    LetsEnhance,
    Teleport,
)
from safelight.sandbox import Sandbox
from tests.conftest import FakeClock
from tests.e2e.twins import Twins
from tests.security.hosts import Certificates, Host, Reply

CLIENTS: dict[str, tuple[Any, Any]] = {
    "teleport": (Teleport, AsyncTeleport),
    "immersity": (Immersity, AsyncImmersity),
    "leiapix": (LeiaPix, AsyncLeiaPix),
    "letsenhance": (LetsEnhance, AsyncLetsEnhance),
    "hautai": (HautAI, AsyncHautAI),
}
ASK: dict[str, Callable[[Any], Any]] = {
    "teleport": lambda client: list(client.captures()),
    "immersity": lambda client: client.prices(),
    "leiapix": lambda client: client.prices(),
    "letsenhance": lambda client: client.usage(),
    "hautai": lambda client: list(client.subjects()),
}
"""A request of each client that costs nothing."""


@pytest.fixture(params=["blocking", "async"])
def twins(request: pytest.FixtureRequest) -> Iterator[Twins]:
    twins = Twins(request.param == "async")
    yield twins
    twins.close()


@pytest.fixture
def client(twins: Twins) -> Callable[..., Any]:
    """`client("teleport")` is `Teleport()`, or its async twin spoken to in blocking words."""

    def make(service: str, **settings: Any) -> Any:
        settings = {"clock": FakeClock(), "max_retries": 0, **settings}
        return twins(*CLIENTS[service])(**settings)

    return make


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(chunk_size=256 * 1024, processing_seconds=0) as sandbox:
        for name, value in sandbox.env.items():
            monkeypatch.setenv(name, value)
        yield sandbox


@pytest.fixture
def stranger() -> Iterator[Host]:
    """A host that takes everything, at an origin that no credential is meant for."""
    with Host(Reply(headers={"ETag": '"stranger"'}, body=b"{}")) as host:
        yield host


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    folder = tmp_path / "certificates"
    folder.mkdir()
    return Certificates(folder)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "garden.mp4"
    path.write_bytes(bytes(300_000))
    return path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "face.jpg"
    Image.linear_gradient("L").resize((480, 640)).convert("RGB").save(path, quality=92)
    return path
