"""Where objects are: a bucket, and what their names there begin with."""

from __future__ import annotations

import re
from typing import Literal

import attrs

from safelight.errors import ConfigError

Scheme = Literal["s3", "gs", "az"]

CLOUDS: dict[Scheme, str] = {"s3": "S3", "gs": "Google Cloud Storage", "az": "Azure Blob Storage"}
"""What people call the store behind each scheme."""

KEYS: dict[Scheme, str] = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or pass access_key_id and secret_access_key",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS to the file of a service account's key, or pass service_account",
    "az": "AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or pass "
    "account_name and account_key",
}
"""Where each cloud's credentials are set."""

_FORMS = "s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"
_ADDRESS = re.compile(r"(s3|gs|az)://([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)((?:/.*)?)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_SIGNED_RIGHT = re.compile(r"[^A-Za-z0-9._~/-]")
"""What obstore signs otherwise than Google Cloud Storage and Azure do: they would refuse the address."""
_LONGEST_NAME = 1024


@attrs.frozen
class Place:
    """Where the objects of one `Storage` are.

    Attributes:
        scheme: Which cloud's store it is.
        bucket: The bucket; Azure calls it a container.
        prefix: What all names begin with, without slashes around it; it may be empty.
    """

    scheme: Scheme
    bucket: str
    prefix: str

    @classmethod
    def of(cls, url: str) -> Place:
        """Read an address.

        Raises:
            ConfigError: It is none of a bucket.
        """
        match = _ADDRESS.fullmatch(url.strip()) if isinstance(url, str) else None
        if match is None:  # what it is instead may hold a key, before an @
            raise ConfigError(f"The storage's address is not that of a bucket: it must look like {_FORMS}.")
        scheme: Scheme = match[1]  # type: ignore[assignment]
        prefix = match[3][1:].rstrip("/")
        if prefix:
            _check(prefix, "The prefix", scheme)
        return cls(scheme, match[2], prefix)

    def key(self, name: str) -> str:
        """An object's whole name in the bucket.

        Raises:
            ConfigError: The name cannot be that of an object below the prefix.
        """
        _check(name, "The name", self.scheme)
        key = f"{self.prefix}/{name}" if self.prefix else name
        if len(key.encode("utf-8", "surrogatepass")) > _LONGEST_NAME:
            raise ConfigError(f"The name {name[:40]!r}... is too long: stores take {_LONGEST_NAME} bytes.")
        return key

    def __str__(self) -> str:
        return "/".join(filter(None, (f"{self.scheme}://{self.bucket}", self.prefix)))


def _check(name: str, what: str, scheme: str) -> None:
    wrong = ""
    if not isinstance(name, str) or not name:
        wrong = "is empty"
    elif _CONTROL.search(name) or not _encodable(name):
        wrong = "has characters that cannot be in a name"
    elif any(part in ("", ".", "..") for part in name.split("/")):
        wrong = "has an empty part, or . or .. as a part"
    elif scheme != "s3" and (odd := _NOT_SIGNED_RIGHT.search(name)):
        wrong = f"has {odd[0]!r}, with which no address can be signed there (letters, digits and -._~ are safe)"
    if wrong:
        raise ConfigError(f"{what} {name!r} {wrong}: give one such as 'results/cat.png', relative to the storage.")


def _encodable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
