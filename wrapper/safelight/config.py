"""Settings: the argument wins, then the environment, then the default."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from safelight.errors import ConfigError


def setting(argument: object, variable: str) -> str | None:
    """The argument, or the environment variable, or None where both are missing or empty."""
    value = os.environ.get(variable, "") if argument is None else str(argument)
    return value.strip() or None


def required(argument: str | None, name: str, variable: str) -> str:
    """The argument, or the environment variable.

    Raises:
        ConfigError: Both are missing or empty.
    """
    value = setting(argument, variable)
    if value is None:
        raise ConfigError(f"{name} is missing: pass {name}=..., or set {variable} in the environment.")
    return value


def address(argument: str | None, name: str, variable: str, default: str) -> str:
    """The address of a service, without a slash at its end.

    Raises:
        ConfigError: It is no http or https address.
    """
    value = (argument or os.environ.get(variable) or default).strip().rstrip("/")
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        source = name if argument else variable
        raise ConfigError(
            f"{source} is not an address that starts with https:// (or http://): check it for typing errors."
        )
    return value


def check_id(name: str, value: object) -> None:
    """Make sure that something can be an id in a path.

    Raises:
        ConfigError: It is missing, empty, `.` or `..`.
    """
    if value is None or (isinstance(value, str) and value.strip() in ("", ".", "..")):
        shown = "missing" if value is None else repr(value)
        raise ConfigError(
            f"{name} is {shown}: pass the id that the service gave (some are None until its work is done)."
        )
