"""Python clients for imaging services: bring a file, get a file.

    from safelight import Teleport

    with Teleport() as teleport:
        capture = teleport.upload("garden.mp4")
        capture = teleport.wait(capture.eid)
        teleport.download(capture.sid, "garden.ply")

Everything is loaded when it is first used, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from safelight._version import __version__

TYPE_CHECKING = False  # type checkers take it for the one of `typing`, whose import costs more than all the rest here

if TYPE_CHECKING:
    from typing import Any

    from safelight._async.teleport import AsyncTeleport
    from safelight._sync.teleport import Teleport
    from safelight.errors import (
        APIError,
        AuthError,
        ConfigError,
        ConnectionFailed,
        FileChanged,
        IntegrityError,
        InvalidRequest,
        JobFailed,
        JobTimeout,
        NotFound,
        OutcomeUnknown,
        OutOfCredits,
        RateLimited,
        SafelightError,
        ServerError,
        TransferError,
        UnexpectedReply,
        UploadExpired,
    )
    from safelight.transfer.progress import Progress

__all__ = [
    "APIError",
    "AsyncTeleport",
    "AuthError",
    "ConfigError",
    "ConnectionFailed",
    "FileChanged",
    "IntegrityError",
    "InvalidRequest",
    "JobFailed",
    "JobTimeout",
    "NotFound",
    "OutOfCredits",
    "OutcomeUnknown",
    "Progress",
    "RateLimited",
    "SafelightError",
    "ServerError",
    "Teleport",
    "TransferError",
    "UnexpectedReply",
    "UploadExpired",
    "__version__",
]

_HOMES = {
    "AsyncTeleport": "safelight._async.teleport",
    "Teleport": "safelight._sync.teleport",
    "Progress": "safelight.transfer.progress",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES.get(name, "safelight.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
