"""Real object stores for tests: S3 (OpenStack Swift), Azure Blob Storage (Azurite), and one as strict as Google's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from safelight.storage import AsyncStorage, Storage


@attrs.frozen
class Store:
    """A store that runs on this machine.

    Attributes:
        name: `s3`, `azure` or `gcs`.
        url: An address in a bucket that exists.
        missing_url: One in a bucket that does not.
        read_only_url: One in a bucket that `reader` may read and not write.
        endpoint: Where its service is.
        credentials: What `Storage` takes to read and write `url`.
        reader: What it takes to read only.
        forged: The same names as `credentials`, with another secret.
        environment: The variables that let `Storage(url)` find its credentials and its endpoint by itself, and
            `SAFELIGHT_STORAGE`, the address.
        set_ahead: Sets how many seconds the store's clock is ahead of this machine's.
    """

    name: str
    url: str
    missing_url: str
    read_only_url: str
    endpoint: str
    credentials: Mapping[str, str] = attrs.field(repr=False)
    reader: Mapping[str, str] = attrs.field(repr=False)
    forged: Mapping[str, str] = attrs.field(repr=False)
    environment: Mapping[str, str] = attrs.field(repr=False)
    set_ahead: Callable[[float], None] = attrs.field(repr=False)

    def storage(self, url: str = "", **over: Any) -> Storage:
        """A `Storage` of the store's bucket, with other settings where they are given."""
        return Storage(url or self.url, **{"endpoint": self.endpoint, **self.credentials, **over})

    def async_storage(self, url: str = "", **over: Any) -> AsyncStorage:
        """Its async twin."""
        return AsyncStorage(url or self.url, **{"endpoint": self.endpoint, **self.credentials, **over})

    @contextlib.contextmanager
    def ahead(self, seconds: float) -> Iterator[None]:
        """Let the store's clock be ahead for a while."""
        self.set_ahead(seconds)
        try:
            yield
        finally:
            self.set_ahead(0)
