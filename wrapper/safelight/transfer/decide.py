"""What comes after an attempt to send a part or fetch a range: decisions only, no I/O."""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Collection, Mapping
from typing import Literal

import attrs

Next = Literal["done", "again", "new url", "redirect", "gone", "fail"]

_MD5 = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_MD5_BYTES = 16
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
MOST_FAILURES = 12
"""With the pauses between them these are some two minutes: a network may be away for that long."""
MOST_CHANGES = 3
MOST_URLS = 4
MOST_REDIRECTS = 3


@attrs.define
class Tries:
    """What went wrong with one part so far. Each kind has its own count, so that one does not use up another's."""

    failures: int = 0
    changes: int = 0
    urls: int = 0
    redirects: int = 0

    def __str__(self) -> str:
        count = max(1, self.failures + self.changes + self.urls + self.redirects)
        return f"{count} {'try' if count == 1 else 'tries'}"


def after_reply(status: int, body: str, tries: Tries, *, redirects: Collection[int] = frozenset({307, 308})) -> Next:
    """What a store's reply means.

    Args:
        status: The reply's status.
        body: The beginning of the reply's body: the store's error code is in it.
        tries: What went wrong before; this reply is counted in.
        redirects: The statuses that say to send the same request elsewhere.
    """
    if 200 <= status < 300:
        return "done"
    if status == 404 and "NoSuchUpload" in body:
        return "gone"
    # Amazon S3 says 403 to an expired URL or to one whose temporary credentials died, Google says 400.
    if status in (401, 403, 404, 410) or (status == 400 and "expired" in body.lower()):
        tries.urls += 1
        return "new url" if tries.urls < MOST_URLS else "fail"
    if status in redirects:
        tries.redirects += 1
        return "redirect" if tries.redirects <= MOST_REDIRECTS else "fail"
    if status in _TRANSIENT or (status == 400 and "RequestTimeout" in body):
        return after_failure(tries)
    return "fail"


def after_failure(tries: Tries) -> Next:
    """What comes after an attempt without a reply, or with one that says to come back."""
    tries.failures += 1
    return "again" if tries.failures < MOST_FAILURES else "fail"


def after_change(tries: Tries) -> Next:
    """What comes after a part arrived changed."""
    tries.changes += 1
    return "again" if tries.changes < MOST_CHANGES else "fail"


def md5_of_etag(etag: str, headers: Mapping[str, str]) -> str | None:
    """The MD5 that an ETag is, or None where it is something else.

    It is one for plain S3 objects and parts; not with encryption under customer's or KMS keys, whose ETags look alike.
    """
    encryption = headers.get("x-amz-server-side-encryption", "")
    if "kms" in encryption or "x-amz-server-side-encryption-customer-algorithm" in headers:
        return None
    tag = etag.strip().strip('"')
    return tag.lower() if _MD5.fullmatch(tag) else None


def md5_of_google(header: str) -> str | None:
    """The MD5 in an `x-goog-hash` header, as hexadecimal digits."""
    parts = (part.strip().partition("=") for part in header.split(","))
    return next((md5_of_base64(value) for name, _, value in parts if name == "md5"), None)


def md5_of_base64(text: str) -> str | None:
    """The MD5 that a header has as base64, as hexadecimal digits; None where it is none."""
    with contextlib.suppress(ValueError):
        if len(digest := base64.b64decode(text, validate=True)) == _MD5_BYTES:
            return digest.hex()
    return None
