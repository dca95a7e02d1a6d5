"""Keeping secrets out of what people see: messages, reprs and logs."""

from __future__ import annotations

import re

import httpx

from safelight.errors import one_line

# It takes URLs without a query, too, so that no text of many `://` is searched again and again.
_URL = re.compile(r"(?i)\b(https?://[^\s?]*)(\?\S*)?")
_SIGNATURE = re.compile(r"(?i)\b((?:X-(?:Amz|Goog)-)?(?:Signature|Security-Token|Credential)|sig)=[^&\s]+")
_USER = re.compile(r"(?i)\b(https?://)[^\s/?#@]*@")
_BEARER = re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]+")


def redacted(text: str) -> str:
    """The text without what may be a secret: the queries of URLs and their users, and bearer tokens.

    It may come from outside, and be shown to people: control characters are taken out as well.
    """
    without_queries = _SIGNATURE.sub(r"\1=...", _URL.sub(lambda found: found[1] + ("?..." if found[2] else ""), text))
    return one_line(_BEARER.sub(r"\1...", _USER.sub(r"\1", without_queries)))


def shown(error: Exception) -> str:
    """An error's type and text, for a message."""
    return f"{type(error).__name__}: {redacted(str(error))}".rstrip(": ")


def bare_url(url: httpx.URL | str) -> str:
    """The URL without its query and its user, which may be secrets."""
    url = httpx.URL(url)
    port = f":{url.port}" if url.port else ""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{port}{url.path}"


class SignedURL(str):
    """A URL that may be signed: a string like any other, but a model's repr does not show its query."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(redacted(self))


class Secret(str):
    """A secret: a string like any other, but a model's repr does not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'...'"


class UnloggedURL(httpx.URL):
    """A URL that httpx sends whole, and logs without its query."""

    def __str__(self) -> str:
        return bare_url(self)

    def __repr__(self) -> str:
        return f"URL({bare_url(self)!r})"
