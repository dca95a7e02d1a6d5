"""One tree of exceptions; everything safelight raises on purpose is below `SafelightError`.

SafelightError
├── ConfigError            an argument or environment variable is missing or wrong
├── APIError               the service answered, and not with success
│   ├── AuthError          401, 403
│   ├── OutOfCredits       402
│   ├── NotFound           404
│   ├── InvalidRequest     400, 409, 413, 422 and other refusals
│   ├── RateLimited        429
│   ├── ServerError        5xx
│   └── UnexpectedReply    an answer that cannot be read
├── ConnectionFailed       no answer, and nothing was changed
├── OutcomeUnknown         no answer, and the request may have been accepted
├── JobFailed              the service gave the job up
├── JobTimeout             the job goes on, the waiting has ended
├── InvalidWebhook         what was posted is forged, damaged, or no webhook of the service
└── TransferError          bytes did not arrive
    ├── FileChanged        the file changed while, or since, it was sent
    ├── IntegrityError     what arrived is not what was sent
    └── UploadExpired      the store keeps refusing the upload's URLs
"""

from __future__ import annotations

import re
from typing import Any

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """The text without control characters: what services say must not move a cursor, nor begin a line of a log."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


class SafelightError(Exception):
    """The root of all errors that safelight raises on purpose: in one line. They can be pickled and copied."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*(one_line(arg) if isinstance(arg, str) else arg for arg in args))

    def __reduce__(self) -> tuple[Any, ...]:
        return _revived, (type(self), self.args, self.__dict__)


def _revived(kind: type[SafelightError], args: tuple[Any, ...], facts: dict[str, Any]) -> SafelightError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(facts)
    if notes := facts.get("__notes__"):
        error.__notes__ = list(notes)  # those that are added to a copy are the copy's
    return error


class ConfigError(SafelightError):
    """An argument or an environment variable is missing or wrong; the message says which."""


class APIError(SafelightError):
    """The service answered, and not with success.

    Attributes:
        status: The HTTP status.
        code: The service's own error code, where it gives one.
        message: What the service said, in one line.
        body: The decoded JSON body, or its text, or None.
        request_id: The service's id of the request, where it gives one: quote it to their support.
        method: The request's method.
        url: The request's address without its query, which may hold a signature.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        method: str,
        url: str,
        code: str | None = None,
        body: Any = None,
        request_id: str | None = None,
        advice: str = "",
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.body = body
        self.request_id = request_id
        self.method = method
        self.url = url
        text = f"{method} {url}: {status} {message}".rstrip()
        if request_id:
            text += f" (request {request_id})"
        if advice:
            text += f". {advice}" if text[-1] not in ".!?" else f" {advice}"
        super().__init__(text)


class AuthError(APIError):
    """401 or 403: the credentials are wrong, have expired, or do not allow this."""


class OutOfCredits(APIError):
    """402: the account has no credits left."""


class NotFound(APIError):
    """404: the service does not know this thing, or not yet."""


class InvalidRequest(APIError):
    """The service refused the request as it was put (400, 409, 413, 422 and the like).

    Attributes:
        details: One mapping per complaint, as the service gives them (`loc`, `msg` and `type` from FastAPI services).
    """

    def __init__(self, message: str, *, details: list[dict[str, Any]] | None = None, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.details = details or []


class RateLimited(APIError):
    """429: too many requests, and the wait that the service asked for does not fit into the timeout.

    Attributes:
        retry_after: Seconds to wait before the next try, where the service says so.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.retry_after = retry_after


class ServerError(APIError):
    """5xx: the service failed, after all retries that were harmless."""


class UnexpectedReply(APIError):
    """The answer is not what the service's contract says: unreadable, too large, or of another shape."""


class ConnectionFailed(SafelightError):
    """The service could not be reached, or the reply was lost where repeating the request is harmless."""


class OutcomeUnknown(SafelightError):
    """The reply to a request that must not be repeated blindly was lost: it may have been accepted.

    Attributes:
        job_id: The id that the request was sent with, where it has one: with the same id it is not paid for twice.
    """

    def __init__(self, message: str, *, job_id: str | None = None) -> None:
        super().__init__(message)
        self.job_id = job_id


class JobFailed(SafelightError):
    """The service gave the job up.

    Attributes:
        job_id: The service's id of the job.
        reason: The service's reason, such as `NOT_ENOUGH_FRAMES`, or None where it gives none.
    """

    def __init__(self, message: str, *, job_id: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.job_id = job_id
        self.reason = reason


class JobTimeout(SafelightError, TimeoutError):
    """The waiting has ended before the job; the job itself goes on.

    Attributes:
        job_id: Wait again with this id, in this process or another.
        state: The last state that was seen, or None.
    """

    def __init__(self, message: str, *, job_id: str, state: str | None = None) -> None:
        super().__init__(message)
        self.job_id = job_id
        self.state = state


class InvalidWebhook(SafelightError):
    """What was posted is not a webhook of the service: it is forged, damaged, too large, or of another form.

    Attributes:
        status: The HTTP status to answer with: 400, 401, 413 or 415.
    """

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class TransferError(SafelightError):
    """Bytes could not be moved to or from the object store, or read from or written to the disk."""


class FileChanged(TransferError):
    """The file is not the one that the upload was begun with."""


class IntegrityError(TransferError):
    """What arrived is not what was sent: a size or a checksum differs."""


class UploadExpired(TransferError):
    """The object store keeps refusing fresh URLs of this upload."""
