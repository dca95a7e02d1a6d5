"""What a store's refusals mean, and what to do about them.

obstore tells what the store answered in its errors' texts only: a status, and the store's XML with a code in it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal

import attrs

from safelight.errors import ConfigError, SafelightError, TransferError
from safelight.redaction import redacted
from safelight.stores.places import CLOUDS, KEYS, Place, Scheme

Deed = Literal["put", "looked for", "deleted", "given an address"]
"""What was to be done with an object."""

Meaning = Literal[
    "bucket", "clock", "credentials", "denied", "endpoint", "expired", "key", "missing", "private key", "region", "away"
]

_CODES: dict[str, Meaning] = {
    "AccessDenied": "denied",
    "AccountProblem": "denied",
    "AllAccessDisabled": "denied",
    "AuthenticationFailed": "credentials",
    "AuthenticationRequired": "credentials",
    "AuthorizationFailure": "credentials",
    "AuthorizationHeaderMalformed": "region",
    "AuthorizationPermissionMismatch": "denied",
    "AuthorizationResourceTypeMismatch": "denied",
    "ContainerNotFound": "bucket",
    "ExpiredToken": "expired",
    "InsufficientAccountPermissions": "denied",
    "InvalidAccessKeyId": "key",
    "InvalidBucketName": "bucket",
    "InvalidResourceName": "bucket",
    "InvalidSecurity": "key",
    "InvalidToken": "expired",
    "NoSuchBucket": "bucket",
    "PermanentRedirect": "region",
    "RequestExpired": "clock",
    "RequestTimeTooSkewed": "clock",
    "ResourceNotFound": "bucket",
    "SignatureDoesNotMatch": "key",
    "TemporaryRedirect": "region",
    "TokenRefreshRequired": "expired",
}
"""The codes of S3, Google Cloud Storage and Azure (their references of error codes), and Azurite's."""

_TEXTS: tuple[tuple[str, Meaning], ...] = (
    ("Request date header too old", "clock"),  # Azure, in AuthenticationFailed
    ("not valid in the specified time frame", "expired"),  # likewise, of shared access signatures
    ("Invalid JWT", "clock"),  # Google, where tokens come from
    ("container does not exist", "bucket"),  # Azure, where many are deleted at once
    ("Received redirect without LOCATION", "region"),  # obstore, of S3's 301
    ("Generating SAS keys", "private key"),
    ("iamcredentials.googleapis.com", "private key"),
    ("accounts.google.com", "private key"),
    ("Invalid Access Key", "key"),
    ("service account file", "key"),
    ("Invalid RSA key", "key"),
    ("pem file", "key"),
    ("latest/api/token", "missing"),  # the services that tell a cloud's own machines their credentials
    ("latest/meta-data", "missing"),
    ("computeMetadata", "missing"),
    ("metadata/identity", "missing"),
    ("Error performing token request", "missing"),
    ("builder error", "endpoint"),
    ("dns error", "away"),
    ("error sending request", "away"),
    ("operation timed out", "away"),
)

_RIGHTS: dict[Scheme, str] = {
    "s3": "s3:PutObject, s3:GetObject, s3:DeleteObject and s3:ListBucket (without the last, S3 says the same of what "
    "is not there)",
    "gs": "the role Storage Object User (roles/storage.objectUser) or more",
    "az": "the account's key, or the role Storage Blob Data Contributor",
}

_LONGEST_TEXT = 20_000
"""Characters of an error that are looked at: an error page may be of any length, and of any form."""

_STATUS = re.compile(r"Server returned (?:non-2xx|error) [^:]*: (\d{3})|\(code: (\d{3})\)")
_ELEMENT = re.compile(
    r"<(Code|Message|Details|AuthenticationErrorDetail|Region|Endpoint|RequestTime|ServerTime)>([^<]*)"
)
_REQUEST = re.compile(r"Error performing ([A-Z]+) (\S+) in .*? - (.*)", re.DOTALL)
_EXPECTED_REGION = re.compile(r"expecting '([\w-]+)'")


@attrs.frozen
class Refusal:
    """What one of obstore's errors says.

    Attributes:
        text: The error's own text, without its innards.
        status: The store's HTTP status, or None where there was no answer.
        elements: The elements of the store's XML, such as `Code` and `Message`.
    """

    text: str
    status: int | None
    elements: dict[str, str]

    @classmethod
    def of(cls, error: Exception) -> Refusal:
        """Read an error of obstore."""
        whole = str(error)[:_LONGEST_TEXT]
        found = _STATUS.search(whole)
        return cls(
            text=whole.partition("\n\nDebug source")[0],
            status=int(found[1] or found[2]) if found else None,
            elements={name: " ".join(value.split()) for name, value in reversed(_ELEMENT.findall(whole))},
        )

    @property
    def code(self) -> str:
        """The store's code, such as `NoSuchBucket`, or nothing."""
        return self.elements.get("Code", "")

    @property
    def meaning(self) -> Meaning | None:
        """What is behind it, as far as that can be told."""
        for text, meaning in _TEXTS:
            if text in self.text or text in self.elements.get("AuthenticationErrorDetail", ""):
                return meaning
        by_status: dict[int | None, Meaning] = {301: "region", 307: "region", 401: "credentials", 403: "denied"}
        return _CODES.get(self.code) or by_status.get(self.status)

    def __str__(self) -> str:
        if self.status is None:
            request = _REQUEST.search(self.text)
            return redacted(f"{request[1]} {request[2]}: {request[3]}" if request else self.text)
        message = self.elements.get("Message", "").partition(" RequestId:")[0]
        said = ": ".join(part.rstrip(".") for part in (self.code, message, self.elements.get("Details", "")) if part)
        return redacted(f"the store answered {self.status} {said}".strip())


def error_of(place: Place, name: str, deed: Deed, error: Exception) -> SafelightError:
    """The error to raise for one of obstore's.

    Args:
        place: The storage.
        name: The object.
        deed: What was to be done with it.
        error: What obstore raised.
    """
    refusal = Refusal.of(error)
    meaning = refusal.meaning
    advice = _advice(place, refusal, meaning)
    kind = TransferError if meaning in (None, "away") else ConfigError
    return kind(f"{name} cannot be {deed} in {place}: {str(refusal).rstrip('. ')}. {advice}")


def _advice(place: Place, refusal: Refusal, meaning: Meaning | None) -> str:
    cloud, keys = CLOUDS[place.scheme], KEYS[place.scheme]
    what = "container" if place.scheme == "az" else "bucket"
    match meaning:
        case "bucket":
            return f"There is no {what} {place.bucket} there: check the storage's address, or make the {what}."
        case "clock":
            return f"This machine's clock {_difference(refusal)}: set it by network time, and try again."
        case "credentials":
            return (
                f"{cloud} does not accept the credentials: they are wrong or have expired, or this machine's clock is "
                f"wrong. Check the clock, and set {keys}."
            )
        case "denied":
            return f"The credentials do not allow this: they need {_RIGHTS[place.scheme]} for {place.bucket}."
        case "endpoint":
            return "The endpoint is no address: give one that starts with https:// (or http://)."
        case "expired":
            token = " (with their AWS_SESSION_TOKEN, where they have one)" if place.scheme == "s3" else ""
            return f"The credentials have expired, or are not whole: get new ones{token}, and set {keys}."
        case "key":
            return f"The key or its secret is wrong: set {keys}."
        case "missing":
            return f"No credentials were found, nor does this machine get any from its cloud: set {keys}."
        case "private key":
            return f"Signing addresses needs a key, not only a login or a token: set {keys}."
        case "region":
            region = refusal.elements.get("Region") or _found(_EXPECTED_REGION, refusal.text)
            at = refusal.elements.get("Endpoint")
            where = f"is {region}" if region else f"is at {at}" if at else "is another"
            return f"The region is wrong; the bucket's {where}: set AWS_REGION, or pass region."
        case "away":
            return "The store cannot be reached: check the endpoint and the network, and try again."
        case _:
            return "Try again later; if it stays so, ask who runs the store."


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _difference(refusal: Refusal) -> str:
    asked, answered = (_time(refusal.elements.get(name, "")) for name in ("RequestTime", "ServerTime"))
    if asked is None or answered is None:
        return "differs from the store's by more than 15 minutes"
    minutes = (asked - answered).total_seconds() / 60
    return f"is {abs(minutes):.0f} minutes {'ahead of' if minutes > 0 else 'behind'} the store's"


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
