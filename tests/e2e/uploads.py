"""What the tests of uploads share."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

from safelight.sandbox import Sandbox

PARTS = 8


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def only(sandbox: Sandbox) -> Any:
    (capture,) = sandbox.teleport.captures.values()
    return capture


def arrived_whole(sandbox: Sandbox, path: Path) -> None:
    capture = only(sandbox)
    assert capture.sha256 == sha256(path)
    assert capture.completed == 1


def counts(sandbox: Sandbox) -> list[int]:
    return [only(sandbox).parts[number].accepted for number in sorted(only(sandbox).parts)]


def until(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)
