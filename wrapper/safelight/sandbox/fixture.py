"""The pytest plugin of safelight: the fixture `safelight_sandbox`.

Loaded in every pytest run where safelight is installed, so it loads nothing itself until the fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from safelight.sandbox import Sandbox


@pytest.fixture
def safelight_sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A running sandbox of its own for one test; the environment leads the clients to it."""
    from safelight.sandbox import Sandbox

    with Sandbox() as sandbox:
        for name, value in sandbox.env.items():
            monkeypatch.setenv(name, value)
        yield sandbox
