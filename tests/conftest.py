"""What all tests share: a clock that tests turn, and a state directory of their own."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from safelight.clock import Clock

pytest_plugins = ["tests.faults.plugin", "tests.stores.fixtures"]


SETTINGS = (
    "AWS_",
    "AZURE_",
    "GOOGLE_",
    "HAUTAI_",
    "IMMERSITY_",
    "LEIAPIX_",
    "LETSENHANCE_",
    "SAFELIGHT_STORAGE",
    "TELEPORT_",
)


class FakeClock(Clock):
    """Time passes only when somebody sleeps, or a test says so."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._lock = threading.Lock()
        self._now = now
        self.sleeps: list[float] = []

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now - 1_700_000_000.0

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.advance(seconds)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.sleep(seconds)
        return event.is_set()

    async def async_sleep(self, seconds: float) -> None:
        self.sleep(seconds)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(autouse=True)
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Journals of tests are their own, and no setting of this machine reaches them."""
    for name in [name for name in os.environ if name.startswith(SETTINGS)]:
        monkeypatch.delenv(name)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "state"
    monkeypatch.setenv("SAFELIGHT_STATE_DIR", str(folder))
    return folder
