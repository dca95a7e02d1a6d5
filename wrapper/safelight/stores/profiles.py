"""The profiles of AWS's own tools: `~/.aws/credentials` and `~/.aws/config`, which obstore does not read."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

from safelight.errors import ConfigError

_BY_OTHER_MEANS = ("sso_session", "sso_start_url", "role_arn", "credential_process", "login_session")


def profile(environment: Mapping[str, str], *, for_keys: bool) -> dict[str, str]:
    """The settings of the profile that the environment names, or of `default`; empty where there is none.

    Args:
        environment: The environment: `AWS_PROFILE`, `AWS_SHARED_CREDENTIALS_FILE` and `AWS_CONFIG_FILE` count.
        for_keys: Whether keys are wanted of it, and not only the region and the endpoint.

    Raises:
        ConfigError: `AWS_PROFILE` names a profile that does not exist, or that gets its keys by other means than by
            naming them; or a file cannot be read.
    """
    name = environment.get("AWS_PROFILE", "").strip()
    wanted = name or "default"
    config = _read(environment, "AWS_CONFIG_FILE", "config")
    credentials = _read(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
    section = wanted if wanted == "default" and config.has_section("default") else f"profile {wanted}"
    settings = {**_section(config, section), **_section(credentials, wanted)}
    if not name:
        return settings
    if not settings:
        raise ConfigError(
            f"AWS_PROFILE is {name!r}, and neither ~/.aws/credentials nor ~/.aws/config has that profile: check it."
        )
    if for_keys and "aws_access_key_id" not in settings and any(means in settings for means in _BY_OTHER_MEANS):
        raise ConfigError(
            f"The AWS profile {name!r} has no keys of its own (it signs in or takes a role): put keys into the "
            f'environment first, with: eval "$(aws configure export-credentials --profile {name} --format env)"'
        )
    return settings


def _read(environment: Mapping[str, str], variable: str, usual: str) -> configparser.RawConfigParser:
    path = Path(environment.get(variable) or Path("~/.aws", usual)).expanduser()
    # A section called DEFAULT would otherwise lend its values to all others.
    parser = configparser.RawConfigParser(default_section="", strict=False, allow_no_value=True)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        pass
    except PermissionError:
        if variable in environment or environment.get("AWS_PROFILE"):
            raise ConfigError(f"{path} cannot be read (no permission): mend it, or set {variable}.") from None
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        # The parser's own message quotes the line, which may be a key.
        raise ConfigError(f"{path} cannot be read ({type(error).__name__}): mend it, or set {variable}.") from None
    return parser


def _section(parser: configparser.RawConfigParser, name: str) -> dict[str, str]:
    if not parser.has_section(name):
        return {}
    return {key: value.strip() for key, value in parser.items(name) if value and value.strip()}
