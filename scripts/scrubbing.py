"""Requests and replies without secrets.

Kept is what is known to be harmless. The rest is replaced rather than removed, and always by the same word: a URL from
a scrubbed reply is still the URL of the request that follows it. Scrubbing what is scrubbed changes nothing, so that
any cassette can be checked by it.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import gzip
import html
import io
import json
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from importlib import resources
from itertools import pairwise
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit, urlunsplit

try:
    import attrs

    import safelight_api
except ModuleNotFoundError as error:
    sys.exit(f"scripts/scrubbing.py: {error.name} is not installed here: `make record` sets everything up.")

SCRUBBED = "SCRUBBED"
NAMES = ("safelight recording", "safelight recording, renamed", "string")
"""The names that recordings give to what they make, and the word in vendors' examples: of nobody."""

_SHORTEST = 6
"""Characters of a secret that is looked for everywhere: a shorter one would be found in every other word."""

_LARGEST = 4 * 1024 * 1024
_SMALL = 1000
"""Below it, a number of a name that no spec has is a price or a count; from it on, it may be somebody's."""

_HARMLESS = frozenset({"", "basic", "bearer", "none", "query", SCRUBBED.lower()})
_SECRET = re.compile(
    r"token|secret|passw|signature|credential|authori[sz]ation(?!_key)|cookie|session|(?:api|access|private)[-_ ]?key|"
    r"client[-_ ]?id|user[-_ ]?name|login|e-?mail|phone|\b(?:sid|sig|jwt|pin|otp|pwd)\b",
    re.IGNORECASE,
)
# The account's ids are nobody's secret, and nobody else's business.
_SECRET_PROPERTY = re.compile(rf"{_SECRET.pattern}|^(?:data|key|(?:company|dataset|account)_?id)$", re.IGNORECASE)
_PERSONAL = re.compile(
    r"(?:code|name|birth_date|biological_sex|meta|share_link|(?:preview|viewer|share|gif|video|share_video)_urls?)",
    re.IGNORECASE,
)
# What is kept as it is, but for secrets that are found elsewhere: the names of headers, of parameters in URLs, of
# fields in forms, and of properties that are in no spec. The values of all others are replaced.
_PLAIN_HEADERS, _PLAIN_PARAMETERS, _PLAIN_FIELDS, _PLAIN_PROPERTIES = (
    frozenset(words.split())
    for words in (
        (
            "accept accept-encoding accept-ranges allow cache-control connection content-length content-range "
            "content-type date etag expires keep-alive last-modified location retry-after server transfer-encoding "
            "user-agent vary x-goog-content-length-range"
        ),
        (
            "content_profile coord_system correlationId crop_variant fileName limit lod mediaType offset page "
            "page_size partNumber profiles quality response-content-type time_zone uploads use_cdn X-Amz-Algorithm "
            "X-Amz-Date X-Amz-Expires X-Amz-SignedHeaders X-Goog-Algorithm X-Goog-Date X-Goog-Expires "
            "X-Goog-SignedHeaders"
        ),
        "grant_type scope",
        "expires_in",
    )
)
_A_NAME = re.compile(r"[a-z][a-z_-]*[0-9]?", re.IGNORECASE)
_OF_COOKIES = frozenset({"domain", "expires", "max-age", "path", "samesite"})

_URL = re.compile(r"""\b[a-z][a-z0-9+.-]*://[^\s"'<>\\]+""", re.IGNORECASE)
# What a harmless text does not have: it assigns nothing, asks nothing, and has no token and no address of anybody.
_SUSPICIOUS = re.compile(
    r"(?<!charset)(?<!timeout)(?<!max)(?<!max-age)=|%(?:25)*3d|\\u003d|\?\w|@|"
    r"\beyJ[\w-]{8}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|PRIVATE KEY|\b(?:basic|bearer)\W|"
    r"^data:",
    re.IGNORECASE,
)


class CassetteError(Exception):
    """A recording cannot be made, or is none; the message says why."""


class _Care(IntEnum):
    """How much is hidden of a value in JSON, and at least of what is below it.

    What has no name, and what has one that is in no spec, is hidden but for small numbers; what is personal or secret
    is hidden wholly, with the names below it. What is secret is looked for everywhere else.
    """

    NAMELESS = 0
    NONE = 1
    UNKNOWN = 2
    PERSONAL = 3
    SECRET = 4


@functools.cache
def _known() -> frozenset[str]:
    """The names of properties of which it is known what they are: those in the specs."""
    found: set[str] = set(_PLAIN_PROPERTIES | _PLAIN_HEADERS)

    def note(node: dict[str, Any]) -> dict[str, Any]:
        found.update(name.lower() for name in node.get("properties") or ())
        return node

    for folder in resources.files(safelight_api).iterdir():
        if (spec := folder / "openapi.json").is_file():
            json.loads(spec.read_text(encoding="utf-8"), object_hook=note)
    return frozenset(found)


def _care_for(name: str) -> _Care:
    if _SECRET_PROPERTY.search(name):
        return _Care.SECRET
    if _PERSONAL.fullmatch(name):
        return _Care.PERSONAL
    return _Care.NONE if name.lower() in _known() else _Care.UNKNOWN


def _is_suspicious(text: str) -> bool:
    # A single word may be the name of a secret ("invalid_token"); among others it may tell one.
    return bool(_SUSPICIOUS.search(text) or (_SECRET.search(text) and re.search(r"\W", text)))


@attrs.define
class _Scrubber:
    """Replaces what is not known to be harmless, and notes what stands where secrets stand.

    Attributes:
        found: What was noted, and what it becomes.
        known: Replaces what is known from elsewhere.
    """

    found: dict[str, str] = attrs.field(factory=dict)
    known: Callable[[str], str] = str

    def interaction(self, interaction: Mapping[str, Any]) -> dict[str, Any]:
        return {"request": self.request(interaction["request"]), "response": self._response(interaction["response"])}

    def request(self, request: Mapping[str, Any]) -> dict[str, Any]:
        headers, body = self._message(request["headers"], request["body"])
        return {"method": request["method"], "uri": self._url(request["uri"]), "body": body, "headers": headers}

    def _response(self, response: Mapping[str, Any]) -> dict[str, Any]:
        headers, body = self._message(response["headers"], response["body"]["string"])
        status = {**response["status"], "message": self._words(response["status"]["message"] or "")}
        return {"status": status, "headers": headers, "body": {"string": body}}

    def _message(self, headers: Mapping[str, Any], body: Any) -> tuple[dict[str, list[str]], str]:
        given = {name: [values] if isinstance(values, str) else list(values) for name, values in headers.items()}
        content = _bytes_of(body)
        codings = [name for name in given if name.lower() == "content-encoding"]
        for coding in reversed(",".join(value for name in codings for value in given.pop(name)).split(",")):
            content = _unpacked(content, coding.strip().lower())
        kinds = "".join(value for name, values in given.items() if name.lower() == "content-type" for value in values)
        cleaned = {
            self._name(name): [self._header(name.lower(), value) for value in values] for name, values in given.items()
        }
        return cleaned, self._body(content, is_form=kinds.startswith("application/x-www-form-urlencoded"))

    def _header(self, name: str, value: str) -> str:
        if name in _PLAIN_HEADERS:
            return self._url(value) if name == "location" else self._words(value)
        if "cookie" in name:
            for pair in re.split("[;,]", value):
                cookie, _, told = pair.strip().partition("=")
                if cookie.lower() not in _OF_COOKIES:
                    self._note(told)
        elif _SECRET.search(name):
            scheme, _, told = value.partition(" ")
            for part in (told, *re.split(r"[\s,]+", told)) if told else (scheme,):
                self._note(part)
                self._note(re.sub(r"^[\w-]+=(?=[^=])", "", part))
                with contextlib.suppress(ValueError):
                    for half in base64.b64decode(part, validate=True).decode().partition(":"):
                        self._note(half)
        return SCRUBBED

    def _body(self, content: bytes, *, is_form: bool) -> str:
        """The body as text. What is neither JSON nor a form is cut out: nobody can know what is in it."""
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return SCRUBBED
        if not text or is_form:
            return self._pairs(text, _PLAIN_FIELDS)
        return self._json(text)

    def _json(self, text: str) -> str:
        try:
            cleaned = json.dumps(self._value(json.loads(text), _Care.NAMELESS), ensure_ascii=False)
        except (ValueError, RecursionError):
            return SCRUBBED
        return cleaned.encode(errors="replace").decode()

    def _value(self, value: Any, care: _Care) -> Any:
        if isinstance(value, dict):
            return {
                self._name(key, care): self._value(inner, max(care, _care_for(key))) for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self._value(inner, care) for inner in value]
        if isinstance(value, str):
            return self._text(value, care)
        if isinstance(value, bool) or value is None:
            return value
        return self._number(value, care)

    def _text(self, text: str, care: _Care) -> str:
        if care is _Care.NONE:
            # It may be JSON itself.
            return self._json(text) if text.lstrip().startswith(("{", "[")) else self._words(text)
        if text.lower() in _HARMLESS or (care < _Care.SECRET and text in NAMES):
            return text
        if care is _Care.SECRET:
            self._note(text)
        return SCRUBBED

    def _number(self, number: float, care: _Care) -> float:
        if care is _Care.SECRET:
            self._note(str(number), "0")
        hidden = care >= _Care.PERSONAL or (care is not _Care.NONE and abs(number) >= _SMALL)
        return type(number)(0) if hidden or self.known(str(number)) != str(number) else number

    def _note(self, value: str, becomes: str = SCRUBBED) -> None:
        for text in {value, unquote(value)}:
            text = text.strip(' "')
            if len(text) >= _SHORTEST and text.lower() not in _HARMLESS:
                self.found[text] = becomes

    def _name(self, name: str, care: _Care = _Care.UNKNOWN) -> str:
        """A name, if it is one, rather than a text that stands where names stand."""
        if name.lower() in _known() or (care <= _Care.UNKNOWN and _A_NAME.fullmatch(name)):
            return self.known(name)
        return SCRUBBED

    def _pairs(self, text: str, plain: Iterable[str]) -> str:
        """A query or a form, of which only what is known to be harmless is kept."""
        kept = []
        for pair in text.split("&"):
            written, equals, value = pair.partition("=")
            name = unquote_plus(written)
            if name in plain:
                kept.append(written + equals + self._words(value))
            elif equals:
                if _SECRET.search(name):
                    self._note(unquote_plus(value))
                kept.append(f"{quote(self._name(name))}={SCRUBBED if value else ''}")
            else:
                kept.append(SCRUBBED if pair else "")
        return "&".join(kept)

    def _url(self, text: str) -> str:
        try:
            url = urlsplit(self.known(text))
        except ValueError:
            return SCRUBBED
        user, _, host = url.netloc.rpartition("@")
        for part in user.partition(":"):
            self._note(part)
        query = self._pairs(url.query, _PLAIN_PARAMETERS)
        fragment = SCRUBBED if url.fragment else ""
        return urlunsplit((url.scheme, host, _path(url.path), query, fragment))

    def _words(self, text: str) -> str:
        """A text of any kind: it is kept, with its URLs scrubbed, if nothing else in it looks like a secret."""
        text = self.known(text)
        if _is_suspicious(_URL.sub(" ", text)):
            return SCRUBBED
        return _URL.sub(lambda match: self._url(match[0]), text)


def scrubbed_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request alone, in vcrpy's form: what it says by itself is hidden."""
    return _Scrubber().request(request)


def _path(path: str) -> str:
    segments = path.split("/")
    hidden = (
        _is_suspicious(unquote(segment)) or _SECRET.search(before) for before, segment in pairwise(["", *segments])
    )
    return "/".join(SCRUBBED if segment and hide else segment for segment, hide in zip(segments, hidden, strict=True))


def _replacing(secrets: Mapping[str, str], places: Mapping[str, str]) -> Callable[[str], str]:
    """Replace texts wherever they are, however they are written, by what each is to become."""
    words = {place.lower(): stand_in for place, stand_in in places.items()}
    patterns = {re.escape(place): place for place in places}
    for secret, stand_in in secrets.items():
        for form in _forms(secret):
            pattern = re.escape(form)
            if len(secret) < _SHORTEST:
                pattern = rf"(?:\A{pattern}\Z|(?<=/){pattern}(?![\w.%-]))"
            elif form.isdigit():
                pattern = rf"(?<!\d){pattern}(?!\d)"
            words[form.lower()], patterns[pattern] = stand_in, form
    if not patterns:
        return str
    # The longest first: one secret may begin with another.
    ordered = sorted(patterns, key=lambda pattern: len(patterns[pattern]), reverse=True)
    known = re.compile("|".join(ordered), re.IGNORECASE)
    return lambda text: known.sub(lambda match: words.get(match[0].lower(), SCRUBBED), text)


def scrubbed(
    interactions: Iterable[Mapping[str, Any]], secrets: Iterable[str] = (), places: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Requests and replies without secrets, without files, and without the names of people.

    Kept is what the specs know and what is no secret there. What stands where secrets stand is replaced, and so is the
    same text wherever else it is, in whatever encoding; JSON stays JSON.

    Args:
        interactions: In vcrpy's form.
        secrets: More texts to be replaced everywhere: the credentials in use, and the ids of the account. Short ones
            are replaced where they are a whole value, a whole number or a whole segment of a path.
        places: Other texts to be replaced, and by what.

    Raises:
        CassetteError: A body is packed so that nobody can look into it.
    """
    scrubber = _Scrubber()
    cleaned = [scrubber.interaction(interaction) for interaction in interactions]
    # An id may be a number in JSON, so that what it becomes in a URL has to be one, too.
    given = {secret: "0" if secret.isdigit() else SCRUBBED for secret in map(str.strip, secrets) if secret}
    scrubber.known = _replacing(given | scrubber.found, places or {})
    cleaned = [scrubber.interaction(interaction) for interaction in cleaned]
    for interaction in cleaned:
        _measure(interaction["request"]["headers"], interaction["request"]["body"])
        _measure(interaction["response"]["headers"], interaction["response"]["body"]["string"])
    return cleaned


def _bytes_of(body: Any) -> bytes:
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b"".join(body or ())


def _unpacked(content: bytes, coding: str) -> bytes:
    if coding in ("", "identity") or not content:
        return content
    try:
        if coding in ("gzip", "x-gzip"):
            unpacked = gzip.GzipFile(fileobj=io.BytesIO(content)).read(_LARGEST)
        elif coding == "deflate":
            # Many servers send it without the wrapping that the standard demands.
            wrapped = content[0] & 15 == 8 and int.from_bytes(content[:2], "big") % 31 == 0
            unpacked = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS).decompress(content, _LARGEST)
        else:
            raise CassetteError(f"a body is packed by {coding!r}, and cannot be searched for secrets")
    except (OSError, EOFError, zlib.error) as error:
        raise CassetteError(f"a body is said to be packed by {coding!r}, and cannot be unpacked") from error
    if len(unpacked) >= _LARGEST:
        raise CassetteError(f"a body is larger than {_LARGEST} bytes")
    return unpacked


def _forms(secret: str) -> set[str]:
    """How a text may be written in URLs, forms, JSON, HTML and credentials."""
    in_urls = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    in_urls |= {re.sub("%..", lambda match: match[0].lower(), written) for written in in_urls}
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    coded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, *in_urls, *in_json, html.escape(secret), coded, coded.translate({43: "-", 47: "_"})}


def _measure(headers: dict[str, list[str]], body: str | None) -> None:
    """Make Content-Length true of a body that was changed; a HEAD's reply has none."""
    for name in headers:
        if name.lower() == "content-length" and body:
            headers[name] = [str(len(body.encode()))]
