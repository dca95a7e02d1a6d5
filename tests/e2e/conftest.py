"""The sandbox, and both faces of the client, over real sockets; pauses take no time: the clock is the tests'."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from safelight import (
    AsyncHautAI,
    AsyncImmersity,
    AsyncLetsEnhance,
    AsyncTeleport,
    HautAI,
    Immersity,
    LetsEnhance,
    Teleport,
)
from safelight.sandbox import Sandbox, SandboxClock
from safelight.storage import AsyncStorage, Storage
from tests.conftest import FakeClock
from tests.e2e.held_to_spec import Excuse, Held
from tests.e2e.overheard import at_the_sandbox, below_httpx
from tests.e2e.twins import Twins

PART = 256 * 1024


class LinkedClock(FakeClock):
    """When the client sleeps, time passes in the sandbox, too."""

    def __init__(self, sandbox: SandboxClock) -> None:
        super().__init__()
        self._sandbox = sandbox

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self._sandbox.advance(seconds)


class Face:
    """`face.upload(...)` is `Teleport().upload(...)`, or the same of the async twin run to its end."""

    def __init__(self, sandbox: Sandbox, *, is_async: bool) -> None:
        self.is_async = is_async
        self.clock = LinkedClock(sandbox.clock)
        env = sandbox.env
        self.settings: dict[str, Any] = {
            "client_id": env["TELEPORT_CLIENT_ID"],
            "client_secret": env["TELEPORT_CLIENT_SECRET"],
            "base_url": env["TELEPORT_BASE_URL"],
            "token_url": env["TELEPORT_TOKEN_URL"],
            "clock": self.clock,
        }

    def __getattr__(self, method: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if self.is_async:
                return asyncio.run(self._call(method, *args, **kwargs))
            with Teleport(**self.settings) as teleport:
                return getattr(teleport, method)(*args, **kwargs)

        return call

    async def _call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        async with AsyncTeleport(**self.settings) as teleport:
            return await getattr(teleport, method)(*args, **kwargs)


@pytest.fixture(autouse=True)
def held(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Fails a test in which a request or a reply is not what the built specs say.

    `@pytest.mark.off_spec("operation", "reason")` lets the one operation pass that a test uses against its spec.
    """
    held = Held()
    enter = Sandbox.__enter__

    def noted(sandbox: Sandbox) -> Sandbox:
        held.add(sandbox.env, sandbox)
        return enter(sandbox)

    monkeypatch.setattr(Sandbox, "__enter__", noted)
    with below_httpx(held):
        yield held
    held.settle([Excuse(*marker.args) for marker in request.node.iter_markers("off_spec")])


@pytest.fixture
def held_at_the_sandbox(held: Held) -> Iterator[None]:
    """What clients in processes of their own send and get is compared where the sandbox is."""
    with at_the_sandbox(held):
        yield


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(chunk_size=PART, processing_seconds=300) as sandbox:
        yield sandbox


@pytest.fixture(params=["blocking", "async"])
def face(request: pytest.FixtureRequest, sandbox: Sandbox) -> Face:
    return Face(sandbox, is_async=request.param == "async")


@pytest.fixture
def blocking(sandbox: Sandbox) -> Face:
    return Face(sandbox, is_async=False)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Seven whole parts and a shorter one."""
    path = tmp_path / "garden.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + os.urandom(7 * PART + 1000 - 12))
    return path


@pytest.fixture(params=["blocking", "async"])
def twins(request: pytest.FixtureRequest) -> Iterator[Twins]:
    twins = Twins(request.param == "async")
    yield twins
    twins.close()


@pytest.fixture
def environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's own, the address of its bucket among it."""
    for name, value in sandbox.env.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def linked(sandbox: Sandbox) -> LinkedClock:
    return LinkedClock(sandbox.clock)


@pytest.fixture
def immersity(twins: Twins, environment: None, linked: LinkedClock) -> Callable[..., Any]:
    return lambda **settings: twins(Immersity, AsyncImmersity)(clock=linked, **settings)


@pytest.fixture
def letsenhance(twins: Twins, environment: None, linked: LinkedClock) -> Callable[..., Any]:
    return lambda **settings: twins(LetsEnhance, AsyncLetsEnhance)(clock=linked, **settings)


@pytest.fixture
def hautai(twins: Twins, environment: None, linked: LinkedClock) -> Callable[..., Any]:
    return lambda **settings: twins(HautAI, AsyncHautAI)(clock=linked, **settings)


@pytest.fixture
def teleport(twins: Twins, environment: None, linked: LinkedClock) -> Callable[..., Any]:
    return lambda **settings: twins(Teleport, AsyncTeleport)(clock=linked, **settings)


@pytest.fixture
def storage(twins: Twins, environment: None) -> Callable[..., Any]:
    return lambda *arguments, **settings: twins(Storage, AsyncStorage)(*arguments, **settings)


@pytest.fixture
def selfie(tmp_path: Path) -> Path:
    """A picture that stands for one of a face."""
    path = tmp_path / "selfie.jpg"
    picture = Image.linear_gradient("L").resize((480, 640)).convert("RGB")
    picture.paste((220, 150, 120), (120, 160, 360, 480))
    picture.save(path, quality=92)
    return path


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    """A picture with something before something else."""
    path = tmp_path / "cat.jpg"
    picture = Image.linear_gradient("L").resize((160, 120)).convert("RGB")
    picture.paste((230, 150, 40), (50, 40, 110, 100))
    picture.save(path, quality=92)
    return path
