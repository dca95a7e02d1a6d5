"""A place of your own for inputs and results: S3 and what speaks like it, Google Cloud Storage, Azure Blob Storage.

    from safelight.storage import Storage

    url = Storage("s3://bucket/prefix").put("cat.jpg")

Everything is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from safelight._async.storage import AsyncStorage
    from safelight._sync.storage import Storage

__all__ = ["AsyncStorage", "Storage"]

_HOMES = {"AsyncStorage": "safelight._async.storage", "Storage": "safelight._sync.storage"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
