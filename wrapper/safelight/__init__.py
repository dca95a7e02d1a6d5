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

    from safelight._async.analysis import AsyncAuxImage
    from safelight._async.conversion import AsyncResult, AsyncVideoJob
    from safelight._async.hautai import AsyncHautAI
    from safelight._async.immersity import AsyncImmersity, AsyncLeiaPix
    from safelight._async.letsenhance import AsyncLetsEnhance
    from safelight._async.pipeline_job import AsyncEnhancedImage, AsyncPipelineJob
    from safelight._async.teleport import AsyncTeleport
    from safelight._sync.analysis import AuxImage
    from safelight._sync.conversion import Result, VideoJob
    from safelight._sync.hautai import HautAI
    from safelight._sync.immersity import Immersity, LeiaPix
    from safelight._sync.letsenhance import LetsEnhance
    from safelight._sync.pipeline_job import EnhancedImage, PipelineJob
    from safelight._sync.teleport import Teleport
    from safelight.errors import (
        APIError,
        AuthError,
        ConfigError,
        ConnectionFailed,
        FileChanged,
        IntegrityError,
        InvalidRequest,
        InvalidWebhook,
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
    from safelight.hautai import Batch
    from safelight.transfer.progress import Progress

__all__ = [
    "APIError",
    "AsyncAuxImage",
    "AsyncEnhancedImage",
    "AsyncHautAI",
    "AsyncImmersity",
    "AsyncLeiaPix",
    "AsyncLetsEnhance",
    "AsyncPipelineJob",
    "AsyncResult",
    "AsyncTeleport",
    "AsyncVideoJob",
    "AuthError",
    "AuxImage",
    "Batch",
    "ConfigError",
    "ConnectionFailed",
    "EnhancedImage",
    "FileChanged",
    "HautAI",
    "Immersity",
    "IntegrityError",
    "InvalidRequest",
    "InvalidWebhook",
    "JobFailed",
    "JobTimeout",
    "LeiaPix",
    "LetsEnhance",
    "NotFound",
    "OutOfCredits",
    "OutcomeUnknown",
    "PipelineJob",
    "Progress",
    "RateLimited",
    "Result",
    "SafelightError",
    "ServerError",
    "Teleport",
    "TransferError",
    "UnexpectedReply",
    "UploadExpired",
    "VideoJob",
    "__version__",
]

_HOMES = {
    "AsyncAuxImage": "safelight._async.analysis",
    "AsyncEnhancedImage": "safelight._async.pipeline_job",
    "AsyncHautAI": "safelight._async.hautai",
    "AsyncImmersity": "safelight._async.immersity",
    "AsyncLeiaPix": "safelight._async.immersity",
    "AsyncLetsEnhance": "safelight._async.letsenhance",
    "AsyncPipelineJob": "safelight._async.pipeline_job",
    "AsyncResult": "safelight._async.conversion",
    "AsyncTeleport": "safelight._async.teleport",
    "AsyncVideoJob": "safelight._async.conversion",
    "AuxImage": "safelight._sync.analysis",
    "Batch": "safelight.hautai",
    "EnhancedImage": "safelight._sync.pipeline_job",
    "HautAI": "safelight._sync.hautai",
    "Immersity": "safelight._sync.immersity",
    "LeiaPix": "safelight._sync.immersity",
    "LetsEnhance": "safelight._sync.letsenhance",
    "PipelineJob": "safelight._sync.pipeline_job",
    "Progress": "safelight.transfer.progress",
    "Result": "safelight._sync.conversion",
    "Teleport": "safelight._sync.teleport",
    "VideoJob": "safelight._sync.conversion",
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
