"""Whether, and after how long, a request is sent again: decisions only, no I/O.

A *rejected* request was not accepted, so repeating it is always safe. An *ambiguous* one may have been: it is repeated
only where that is harmless.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import httpx

IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})  # RFC 9110, section 9.2.2

AMBIGUOUS_STATUSES = frozenset({408, 500, 502, 503, 504})
"""After which nobody knows whether the request was accepted."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0
_LONGEST_LIMITED_PAUSE = 30.0
_LONGEST_TRANSFER_PAUSE = 30.0
_LONGEST_ASKED_FOR = 120.0


def pause_after_reply(
    status: int, headers: Mapping[str, str], *, attempt: int, repeatable: bool, now: float
) -> float | None:
    """Seconds to wait before the request is sent again, or None where this reply is final.

    Args:
        status: The reply's status.
        headers: The reply's headers.
        attempt: How many attempts came before this one.
        repeatable: Whether it does no harm if the service gets the request twice.
        now: The wall clock's seconds since 1970, for a Retry-After that is a date.
    """
    if status < 400:
        return None
    asked = retry_after(headers, now)
    rejected = status == 429 or (status == 503 and asked is not None)
    if not rejected and not (repeatable and status in AMBIGUOUS_STATUSES):
        return None
    if asked is not None:
        return asked + random.uniform(0, _FIRST_PAUSE)  # noqa: S311 - jitter, no secret
    return full_jitter(attempt, _LONGEST_LIMITED_PAUSE if status == 429 else _LONGEST_PAUSE)


def pause_after_error(error: httpx.TransportError, *, attempt: int, repeatable: bool) -> float | None:
    """Seconds to wait before a request whose attempt ended without a reply is sent again, or None."""
    if isinstance(error, httpx.UnsupportedProtocol | httpx.ProxyError | httpx.LocalProtocolError):
        return None
    return full_jitter(attempt) if never_sent(error) or repeatable else None


def never_sent(error: httpx.TransportError) -> bool:
    """Whether the request cannot have reached the service."""
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol)


def full_jitter(attempt: int, longest: float = _LONGEST_PAUSE) -> float:
    """Seconds, anywhere below a bound that doubles with each attempt: many clients do not come back all at once."""
    return random.uniform(0, min(longest, _FIRST_PAUSE * 2 ** min(attempt, 10)))  # noqa: S311 - jitter, no secret


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds of a Retry-After header, given as a number or a date (RFC 9110, section 10.2.3), or None.

    A date is measured against the reply's own Date header where there is one: this machine's clock may be wrong.
    """
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        at = http_date(value)
        if at is None:
            return None
        seconds = at - (http_date(headers.get("date", "")) or now)
    return max(0.0, seconds) if seconds < float("inf") else None


def transfer_pause(failures: int, headers: Mapping[str, str], now: float) -> float:
    """Seconds until a part or range is tried again: what the store asks for, but no longer than anybody would wait."""
    return max(
        full_jitter(failures, _LONGEST_TRANSFER_PAUSE), min(_LONGEST_ASKED_FOR, retry_after(headers, now) or 0.0)
    )


def http_date(value: str) -> float | None:
    """Seconds since 1970 of an HTTP date, or None where it is none."""
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None
