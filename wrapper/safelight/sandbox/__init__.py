"""The services on this machine, for trying, testing and developing offline.

    from safelight.sandbox import Sandbox

    with Sandbox() as sandbox:
        os.environ.update(sandbox.env)
        ...

It answers as the services' contracts say, on loopback only, and what it makes is made from what it was sent. Teleport
makes of pictures a wall of Gaussians in their colours, of a video, which is not decoded, a cloud of its bytes.
Immersity guesses depth from brightness and place, and moves the picture by it. Let's Enhance really resizes, but its
filters are plain ones. Haut.AI tells statistics of a picture's pixels. That is no measure of the real services, neither
of their quality nor of their speed, and no diagnosis. All four call webhooks, signed or authorised as the services do.
A bucket of an S3-compatible store is there, too. Needs `pip install "safelight[sandbox]"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from safelight.sandbox.clock import SandboxClock
    from safelight.sandbox.faults import Fault
    from safelight.sandbox.log import RequestRecord
    from safelight.sandbox.sandbox import Sandbox

__all__ = ["Fault", "RequestRecord", "Sandbox", "SandboxClock"]

_HOMES = {
    "Fault": "safelight.sandbox.faults",
    "RequestRecord": "safelight.sandbox.log",
    "Sandbox": "safelight.sandbox.sandbox",
    "SandboxClock": "safelight.sandbox.clock",
}


def __getattr__(name: str) -> Any:
    # Loaded when first used: pytest imports this package in every run, by the plugin's entry point, with or without
    # the extra.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    try:
        return getattr(import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        from safelight.sandbox.extra import MissingExtra, is_of_the_extra

        if not is_of_the_extra(error.name):
            raise
        raise MissingExtra(
            f'the sandbox needs the module {error.name}: pip install "safelight[sandbox]"', name=error.name
        ) from error


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
