"""Credentials as each cloud's users have them: arguments first, then the environment, then their tools' files.

What is left out of the settings that are made here, obstore looks for by itself: in its own variables of the
environment, in gcloud's files, and with the services that tell a cloud's machines who they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from safelight.config import address
from safelight.errors import ConfigError
from safelight.stores.places import KEYS, Scheme
from safelight.stores.profiles import profile

ARGUMENTS: dict[Scheme, tuple[str, ...]] = {
    "s3": ("access_key_id", "secret_access_key", "session_token", "region"),
    "gs": ("service_account", "service_account_key"),
    "az": ("account_name", "account_key", "connection_string", "sas_token"),
}
"""The credentials that can be given as arguments."""

Given = Mapping[str, str | None]
Environment = Mapping[str, str]
Keys = Callable[[], dict[str, Any]]

_EMULATOR = {
    "AccountName": "devstoreaccount1",
    # No secret, as Azure's documents name it.
    # pragma: allowlist nextline secret
    "AccountKey": "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    "BlobEndpoint": "http://127.0.0.1:10000/devstoreaccount1",
}
_AZURE_NAMES = ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT")
_AZURE_KEYS = ("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY", "AZURE_STORAGE_KEY")
_OBSTORES_OWN = (
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_PATH",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
    "SERVICE_ACCOUNT",
)
_ACCOUNT = re.compile(r"[A-Za-z0-9-]+")
_GIVEN_TO_CONTAINERS = (
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


def s3_settings(endpoint: str | None, given: Given, environment: Environment) -> tuple[dict[str, Any], Keys | None]:
    """obstore's configuration for S3, and what gives it the keys; None where it has to find them.

    Raises:
        ConfigError: There are no keys, and no machine to ask for some; or a profile cannot be used.
    """
    if bool(environment.get("AWS_ACCESS_KEY_ID")) != bool(environment.get("AWS_SECRET_ACCESS_KEY")):
        raise ConfigError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together: set both, or none.")
    keys = _keys(given.get("access_key_id"), given.get("secret_access_key"), given.get("session_token")) or _keys(
        *(environment.get(f"AWS_{name}") for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"))
    )
    # As AWS's own tools do it: a web identity comes before the files, unless a profile was asked for.
    by_identity = environment.get("AWS_WEB_IDENTITY_TOKEN_FILE") and not environment.get("AWS_PROFILE")
    settings = {} if by_identity else profile(environment, for_keys=not keys)
    keys = keys or _keys(
        *(settings.get(f"aws_{name}") for name in ("access_key_id", "secret_access_key", "session_token"))
    )
    disabled = environment.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true"
    if not keys and disabled and not _first(environment, _GIVEN_TO_CONTAINERS):
        raise ConfigError(f"No credentials for S3 were found: set {KEYS['s3']}.")
    service = _address(
        {
            "endpoint": endpoint,
            "AWS_ENDPOINT_URL_S3": environment.get("AWS_ENDPOINT_URL_S3"),
            "AWS_ENDPOINT_URL": environment.get("AWS_ENDPOINT_URL"),
            "AWS_ENDPOINT": environment.get("AWS_ENDPOINT"),
            "endpoint_url of the AWS profile": settings.get("endpoint_url"),
        },
        for_credentials=False,  # S3's requests are signed: the key itself is never sent
    )
    region = (
        given.get("region")
        or environment.get("AWS_REGION")
        or environment.get("AWS_DEFAULT_REGION")
        or settings.get("region")
    )
    # Not every store that speaks S3 has the call that deletes many objects at once.
    config: dict[str, Any] = {"disable_bulk_delete": True}
    if service:
        # Both, because obstore lets AWS_ENDPOINT_URL_S3 of the environment win over `endpoint`.
        config |= dict.fromkeys(("endpoint", "aws_endpoint_url_s3"), service)
    if region:
        config["region"] = region
    # By a function, because obstore would add a session token of the environment to keys from elsewhere.
    return config, (lambda: {**keys, "expires_at": None}) if keys else None


def _keys(key_id: str | None, secret: str | None, token: str | None) -> dict[str, str | None]:
    return {"access_key_id": key_id, "secret_access_key": secret, "token": token or None} if key_id and secret else {}


def gs_settings(endpoint: str | None, given: Given, environment: Environment) -> dict[str, Any]:
    """obstore's configuration for Google Cloud Storage.

    Raises:
        ConfigError: A key cannot be read.
    """
    config: dict[str, Any] = {}
    variable = "STORAGE_EMULATOR_HOST"
    if service := _address({"endpoint": endpoint, variable: environment.get(variable)}):
        config["base_url"] = service
    if key := given.get("service_account_key"):
        config["service_account_key"] = _checked(key, "service_account_key")
    elif path := given.get("service_account"):
        config["service_account"] = _checked_file(path, "service_account")
    elif path := environment.get("GOOGLE_APPLICATION_CREDENTIALS"):
        config["application_credentials"] = _checked_file(path, "GOOGLE_APPLICATION_CREDENTIALS")
    other = _name_of_first(environment, _OBSTORES_OWN)
    if other and len(config) > bool(service):  # obstore would take both, and fail or prefer its own
        raise ConfigError(f"{other} is set as well, and obstore cannot tell which key is meant: unset it.")
    return config


def _checked(text: str, source: str) -> str:
    try:
        kind = json.loads(text).get("type")
    except (AttributeError, ValueError):
        kind = None
    if kind not in ("service_account", "authorized_user"):
        wanted = "a key that Google Cloud made for a service account (JSON)"
        raise ConfigError(f"{source} is {f'of the type {kind!r}' if kind else 'no key'}: it has to be {wanted}.")
    return text


def _checked_file(path: str, source: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(f"{source} names {path}, which cannot be read: {reason}.") from error
    _checked(text, f"{path} (from {source})")
    return path


def az_settings(endpoint: str | None, given: Given, environment: Environment) -> dict[str, Any]:
    """obstore's configuration for Azure Blob Storage.

    Raises:
        ConfigError: The account is missing, or a connection string cannot be read.
    """
    parts: dict[str, str] = {}
    if text := given.get("connection_string"):
        parts = _connection(text, "connection_string")
    elif not given.get("account_name") and (text := environment.get("AZURE_STORAGE_CONNECTION_STRING")):
        parts = _connection(text, "AZURE_STORAGE_CONNECTION_STRING")
    name = given.get("account_name") or parts.get("AccountName") or _first(environment, _AZURE_NAMES)
    if not name:
        raise ConfigError(f"The Azure storage account is missing: set {KEYS['az']}.")
    if not _ACCOUNT.fullmatch(name):
        raise ConfigError("The name of the Azure storage account is none: it has small letters and digits only.")
    token = given.get("sas_token") or parts.get("SharedAccessSignature")
    key = given.get("account_key") or parts.get("AccountKey")
    if not token and not parts:
        key = key or _first(environment, _AZURE_KEYS)
    suffix = parts.get("EndpointSuffix")
    usual = f"{parts.get('DefaultEndpointsProtocol', 'https')}://{name}.blob.{suffix}" if suffix else None
    service = _address(
        {
            "endpoint": endpoint,
            "BlobEndpoint": parts.get("BlobEndpoint"),
            "EndpointSuffix": usual,
            "AZURE_STORAGE_ENDPOINT": environment.get("AZURE_STORAGE_ENDPOINT"),
        }
    )
    settings = {"account_name": name, "account_key": key, "sas_key": token, "endpoint": service}
    if key or token:  # otherwise another credential of the environment might win
        settings["credential_type"] = "access_key" if key else "sas_token"
    return {setting: value for setting, value in settings.items() if value}


def _connection(text: str, source: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    parts = {name.strip(): value.strip() for name, _, value in pairs}
    if parts.get("UseDevelopmentStorage", "").lower() == "true":
        parts = {**_EMULATOR, **parts}
    if not parts.get("AccountName"):
        raise ConfigError(
            f"{source} names no account: copy it whole from the storage account's access keys "
            "(AccountName=...;AccountKey=...)."
        )
    return parts


def _address(candidates: Mapping[str, str | None], *, for_credentials: bool = True) -> str | None:
    """The first that is given, made sure to be an address: of anything else, obstore makes no error but a panic."""
    name, value = next(((name, value) for name, value in candidates.items() if value), ("", ""))
    return address(value, name, name, "", for_credentials=for_credentials) if value else None


def _first(environment: Environment, names: tuple[str, ...]) -> str | None:
    return environment.get(_name_of_first(environment, names))


def _name_of_first(environment: Environment, names: tuple[str, ...]) -> str:
    return next((name for name in names if environment.get(name)), "")
