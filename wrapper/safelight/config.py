"""Settings: the argument wins, then the environment, then the default."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from safelight.errors import ConfigError

_LOCAL_ENDINGS = (".localhost", ".local", ".internal", ".test", ".home.arpa", ".lan", ".svc")


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


def address(argument: str | None, name: str, variable: str, default: str, *, for_credentials: bool = True) -> str:
    """The address of a service, without a slash at its end.

    Args:
        argument: What was given, and
        name: what it is called.
        variable: The environment variable that counts where nothing was given.
        default: The address where that is not set either.
        for_credentials: Whether a password, a key or a token is sent there: not in plain http over the internet, which
            is what a typing error makes of an https address.

    Raises:
        ConfigError: It is no http or https address, or credentials would cross the internet in the clear.
    """
    value = (argument or os.environ.get(variable) or default).strip().rstrip("/")
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    source = name if argument else variable
    if not valid:
        raise ConfigError(
            f"{source} is not an address that starts with https:// (or http://): check it for typing errors."
        )
    if for_credentials and parts.scheme == "http" and not is_local(parts.hostname or ""):
        raise ConfigError(
            f"{source} starts with http://, so that anybody on the way to {parts.hostname} could read the credentials: "
            "write https://. Plain http is for this machine and for private networks (a private address, or a name "
            "without a dot or with an ending that is never public, such as .internal)."
        )
    return value


def is_local(host: str) -> bool:
    """Whether a host cannot be on the internet: this machine, a private address, or a name that is not public.

    The endings are those that are kept for it (RFC 2606, 6761, 6762, 8375; ICANN's .internal), and those of clusters.
    """
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        host = host.rstrip(".").lower()
        return "." not in host or host.endswith(_LOCAL_ENDINGS)
    return not (getattr(found, "ipv4_mapped", None) or found).is_global


def check_id(name: str, value: object) -> None:
    """Make sure that something can be an id in a path.

    Raises:
        ConfigError: It is missing, empty, `.` or `..`, or has characters that cannot be shown.
    """
    if value is None or (isinstance(value, str) and (value.strip() in ("", ".", "..") or not value.isprintable())):
        shown = "missing" if value is None else repr(value)
        raise ConfigError(
            f"{name} is {shown}: pass the id that the service gave (some are None until its work is done)."
        )
