"""A running sandbox for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from safelight.sandbox import Sandbox
from tests.contract.hautai_api import Haut, frozen_haut
from tests.contract.sandbox_api import Api, Media, frozen_media, frozen_sandbox


@pytest.fixture
def api() -> Iterator[Api]:
    with frozen_sandbox() as api:
        yield api


@pytest.fixture
def media() -> Iterator[Media]:
    with frozen_media() as media:
        yield media


@pytest.fixture
def haut() -> Iterator[Haut]:
    with frozen_haut() as haut:
        yield haut


@pytest.fixture
def sandbox(api: Api) -> Sandbox:
    return api.sandbox
