"""Opening a store of obstore, when it is first used."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from safelight.errors import ConfigError
from safelight.stores.credentials import ARGUMENTS, az_settings, gs_settings, s3_settings
from safelight.stores.places import CLOUDS, Place

if TYPE_CHECKING:
    from obstore.store import AzureStore, GCSStore, S3Store

    Store = S3Store | GCSStore | AzureStore

T = TypeVar("T")

_first_process: int | None = None


class LazyStore:
    """A store that is opened when it is first used, with the credentials that are there then."""

    def __init__(self, place: Place, endpoint: str | None, given: Mapping[str, str | None]) -> None:
        """Take what the store is opened with.

        Raises:
            ConfigError: This cloud has no such setting, or half of a pair is missing.
        """
        known = ARGUMENTS[place.scheme]
        if unknown := sorted(set(given) - set(known)):
            raise ConfigError(
                f"{', '.join(unknown)}: {CLOUDS[place.scheme]} has no such setting; it takes {', '.join(known)}."
            )
        if place.scheme == "s3" and bool(given.get("access_key_id")) != bool(given.get("secret_access_key")):
            raise ConfigError("access_key_id and secret_access_key belong together: pass both, or none.")
        self._place, self._endpoint, self._given = place, endpoint, given
        self._lock = threading.Lock()
        self._store: Store | None = None

    def work(self, operation: str, *arguments: Any, **options: Any) -> Callable[[], Any]:
        """What calls one of obstore's functions for the store; it opens the store if need be.

        Args:
            operation: The function's name.
            arguments: Its arguments behind the store.
            options: Its named arguments.
        """

        def work() -> Any:
            obstore, store = self._get()
            return getattr(obstore, operation)(store, *arguments, **options)

        return work

    def _get(self) -> tuple[ModuleType, Store]:
        """obstore, and the store.

        Raises:
            ConfigError: obstore is not installed, or is of no use in this process; or a credential is missing or
                cannot be read.
            obstore.exceptions.BaseError: obstore cannot read a credential.
        """
        obstore = _obstore()
        with self._lock:
            if self._store is None:
                self._store = self._opened()
            return obstore, self._store

    def close(self) -> None:
        """Let go of its connections; what is under way ends well, and the next use opens it again."""
        with self._lock:
            self._store = None

    @property
    def can_sign(self) -> bool:
        """Whether addresses can be signed with the credentials, as far as that is known without asking anybody."""
        if self._place.scheme != "az":
            return True
        settings = self._settings(az_settings)
        return "account_key" in settings or "sas_key" not in settings

    def _opened(self) -> Store:
        from obstore.store import AzureStore, GCSStore, S3Store

        bucket = self._place.bucket
        config: Any  # obstore has a type of its own for each cloud's
        keys: Any
        if self._place.scheme == "s3":
            config, keys = self._settings(s3_settings)
            return S3Store(bucket, config=config, credential_provider=keys, **_manners(config.get("endpoint")))
        if self._place.scheme == "gs":
            config = self._settings(gs_settings)
            return GCSStore(bucket, config=config, **_manners(config.get("base_url")))
        config = self._settings(az_settings)
        return AzureStore(bucket, config=config, **_manners(config.get("endpoint")))

    def _settings(self, read: Callable[..., T]) -> T:
        try:
            return read(self._endpoint, self._given, os.environ)
        except ConfigError as error:
            # Not with the frames that have the environment and the keys in their variables: some tools show these.
            raise error.with_traceback(None) from None


def _obstore() -> ModuleType:
    global _first_process
    try:
        import obstore.store
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "obstore":
            raise
        raise ConfigError('Object storage needs obstore: pip install "safelight[storage]".') from error
    if _first_process is None:
        _first_process = os.getpid()
    if _first_process != os.getpid():
        # obstore's threads did not come along: whoever called it would wait for them for ever.
        raise ConfigError(
            "Object storage was used before this process was forked, and cannot be used here: start processes with "
            'multiprocessing.get_context("spawn"), or use the storage only after the fork.'
        )
    return obstore


def _manners(endpoint: str | None) -> dict[str, Any]:
    """How patient obstore is."""
    return {
        "client_options": {
            "allow_http": (endpoint or "").lower().startswith("http://"),
            "connect_timeout": timedelta(seconds=5),
            # For one request; a part has to get through a slow line meanwhile.
            "timeout": timedelta(seconds=180),
        },
        "retry_config": {
            "max_retries": 3,
            "retry_timeout": timedelta(seconds=30),
            "backoff": {"init_backoff": timedelta(seconds=0.2), "max_backoff": timedelta(seconds=3), "base": 2},
        },
    }
