"""What is said when the sandbox's own dependencies are not installed."""

from __future__ import annotations

from safelight.errors import ConfigError

_MODULES = frozenset({"PIL", "av", "h11", "jsonschema", "referencing", "starlette", "uvicorn"})


class MissingExtra(ConfigError, ImportError):
    """A module of the extra `sandbox` is not installed; the message says how to install it."""

    def __init__(self, message: str, *, name: str | None = None) -> None:
        ImportError.__init__(self, message, name=name)


def is_of_the_extra(module: str | None) -> bool:
    """Whether the extra `sandbox` brings this module."""
    return module is not None and module.partition(".")[0] in _MODULES
