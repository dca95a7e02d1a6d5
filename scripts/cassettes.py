"""Cassettes: recorded requests and replies (vcrpy), without secrets.

Secrets are replaced rather than removed, and always by the same word: a URL from a scrubbed reply is still the URL of
the request that follows it. Scrubbing what is scrubbed changes nothing, so that any cassette can be checked by it.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import html
import io
import json
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus, urlsplit, urlunsplit

try:
    import attrs
    import vcr
    import yaml
    from vcr.cassette import Cassette
    from vcr.persisters.filesystem import CassetteNotFoundError
    from vcr.request import Request
except ModuleNotFoundError as error:
    sys.exit(f"scripts/cassettes.py: {error.name} is not installed here: `make record` sets everything up.")

SCRUBBED = "SCRUBBED"
NAMES = ("safelight recording", "safelight recording, renamed", "string")
"""The names that recordings give to what they make, and the word in vendors' examples: of nobody."""

PROVENANCES = ("documented", "sandbox", "live")
_SHORTEST = 6
"""Characters of a secret that is looked for everywhere: a shorter one would be found in every other word."""

_LARGEST = 4 * 1024 * 1024
_HARMLESS = frozenset({"", "basic", "bearer", "none", "query", SCRUBBED.lower()})
_NAME = (
    r"token|secret|passw|signature|credential|authori[sz]ation(?!_key)|cookie|session|(?:api|access|private)[-_ ]?key|"
    r"client[-_ ]?id|user[-_ ]?name|login|e-?mail|phone"
)
_SECRET = re.compile(rf"{_NAME}|^(?:sid|sig|data|key|jwt|pin|otp)$", re.IGNORECASE)
_PERSONAL = re.compile(
    r"^(?:name|birth_date|biological_sex|meta|(?:preview|viewer|share|gif|video|share_video)_(?:urls?|link))$|"
    r"(?:first|last|full|display|company|owner|organi[sz]ation)[-_ ]?name",
    re.IGNORECASE,
)
# What is kept as it is, but for secrets that are found elsewhere: the names of headers, of parameters in URLs, and of
# fields in forms. The values of all others are replaced.
_PLAIN_HEADERS, _PLAIN_PARAMETERS, _PLAIN_FIELDS = (
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
    )
)

_ASSIGNED = r"""["']?\s*(?:[:=>]|%3[AaDd])\s*["']?"""
_URL = re.compile(r"""\b[a-z][a-z0-9+.-]*://[^\s"'<>\\]+""", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_FORM = re.compile(r"[\w.%+~-]+=[^\s=&<>{}]*(?:&[\w.%+~-]+=[^\s=&<>{}]*)*")
_TOKENS = re.compile(
    r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)*"  # a JWT
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_SCHEME = re.compile(r"\b(bearer|basic)(\s+|%20|\+)(?!realm\b|token\b|auth)[\w.~+/=%-]+", re.IGNORECASE)
_IN_WORDS = re.compile(
    rf"""((?:[\w-]*(?:{_NAME})[\w-]*|(?:\b|(?<=%3F)|(?<=%26))(?:sid|sig|jwt|otp)\b)(?:{_ASSIGNED}|"\s{{2,}}))([^\s"'<>&,;)}}\]]+)""",
    re.IGNORECASE,
)


class CassetteError(Exception):
    """A recording cannot be made, or is none; the message says why."""


@attrs.define
class _Scrubber:
    """Replaces what stands where secrets stand, and notes it, to be looked for everywhere else."""

    found: set[str] = attrs.field(factory=set)

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
        for coding in [word.strip() for name in codings for value in given.pop(name) for word in value.split(",")]:
            content = _unpacked(content, coding.lower())
        cleaned = {name: [self._header(name, value) for value in values] for name, values in given.items()}
        return cleaned, self._body(content)

    def _header(self, name: str, value: str) -> str:
        lower = name.lower()
        if lower in _PLAIN_HEADERS:
            return self._url(value) if lower == "location" else self._words(value)
        if "cookie" in lower:
            pairs = value.split(";")
            for pair in pairs if lower == "cookie" else pairs[:1]:  # what follows a new cookie says where it is good
                self._note(pair.partition("=")[2])
        elif _SECRET.search(name):
            self._note(value.rpartition(" ")[2])
        return SCRUBBED

    def _body(self, content: bytes) -> str:
        """The body as text. Files are cut out: nobody can see what is in them."""
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return SCRUBBED
        if any(character < " " and character not in "\t\r\n" for character in text):
            return SCRUBBED
        return self._text(text)

    def _text(self, text: str) -> str:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return self._form(text) if _FORM.fullmatch(text) else self._words(text)
        return json.dumps(self._value(value), ensure_ascii=False) if isinstance(value, (dict, list, str)) else text

    def _value(self, value: Any, *, hidden: Callable[[str], str] | None = None) -> Any:
        if isinstance(value, dict):
            return {self._words(str(key)): self._property(str(key), inner, hidden) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(inner, hidden=hidden) for inner in value]
        if isinstance(value, str):
            return hidden(value) if hidden else self._inner(value)
        return value

    def _property(self, key: str, value: Any, hidden: Callable[[str], str] | None) -> Any:
        # A token is a text; what else is called data is something else.
        if _SECRET.search(key) and not (key.lower() == "data" and not isinstance(value, str)):
            hidden = self._secret
        elif _PERSONAL.search(key):
            hidden = hidden or _person
        return self._value(value, hidden=hidden)

    def _inner(self, text: str) -> str:
        """A text in JSON, which may be JSON itself."""
        return self._text(text) if text.lstrip()[:1] in ("{", "[") else self._words(text)

    def _secret(self, value: str) -> str:
        if value.lower() in _HARMLESS:
            return value
        self._note(value)
        return SCRUBBED

    def _note(self, value: str) -> None:
        if len(value) >= _SHORTEST and value.lower() not in _HARMLESS:
            self.found.add(value)

    def _form(self, text: str) -> str:
        return self._pairs(text, _PLAIN_FIELDS)

    def _pairs(self, text: str, plain: Iterable[str]) -> str:
        """A query or a form, of which only what is known to be harmless is kept."""
        kept = []
        for pair in text.split("&"):
            name, equals, value = pair.partition("=")
            if unquote_plus(name) in plain:
                kept.append(name + equals + self._words(value))
            elif equals:
                if _SECRET.search(unquote_plus(name)):
                    self._note(unquote_plus(value))
                kept.append(f"{self._words(name)}={SCRUBBED if value else ''}")
            else:
                kept.append(SCRUBBED if pair else "")
        return "&".join(kept)

    def _url(self, text: str) -> str:
        try:
            url = urlsplit(text)
        except ValueError:
            return SCRUBBED
        user, _, host = url.netloc.rpartition("@")
        self._note(unquote_plus(user.partition(":")[2]))
        query = self._pairs(url.query, _PLAIN_PARAMETERS)
        fragment = SCRUBBED if url.fragment else ""
        return urlunsplit((url.scheme, host, self._tokens(url.path), query, fragment))

    def _words(self, text: str) -> str:
        """A text of any kind: the URLs in it, what looks like a token, and what follows the name of a secret."""
        return self._tokens(_URL.sub(lambda match: self._url(match[0]), text))

    def _tokens(self, text: str) -> str:
        def named(match: re.Match[str]) -> str:
            return match[1] + (match[2] if match[2].lower() in _HARMLESS else SCRUBBED)

        text = _TOKENS.sub(SCRUBBED, text)
        text = _SCHEME.sub(rf"\1\2{SCRUBBED}", text)
        return _MAIL.sub(f"{SCRUBBED}@example.com", _IN_WORDS.sub(named, text))


def scrubbed(
    interactions: Iterable[Mapping[str, Any]], secrets: Iterable[str] = (), places: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Requests and replies without secrets, without files, and without the names of people.

    What stands where secrets stand is replaced, and so is the same text wherever else it is, in whatever encoding.

    Args:
        interactions: In vcrpy's form.
        secrets: More texts to be replaced everywhere: the credentials in use.
        places: Other texts to be replaced, and by what.

    Raises:
        CassetteError: A body is packed so that nobody can look into it.
    """
    scrubber = _Scrubber()
    cleaned = [scrubber.interaction(interaction) for interaction in interactions]
    known = {*scrubber.found, *(secret for secret in secrets if len(secret) >= _SHORTEST)}
    words = {form: SCRUBBED for secret in known for form in _forms(secret)} | dict(places or {})
    if words:
        # The longest first: one secret may begin with another.
        pattern = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
        cleaned = _replaced(cleaned, lambda text: pattern.sub(lambda match: words[match[0]], text))
    for interaction in cleaned:
        _measure(interaction["request"]["headers"], interaction["request"]["body"])
        _measure(interaction["response"]["headers"], interaction["response"]["body"]["string"])
    return cleaned


def _person(name: str) -> str:
    return name if name in NAMES or not name else SCRUBBED


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


def _replaced(value: Any, replace: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {_replaced(key, replace): _replaced(inner, replace) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, replace) for inner in value]
    return replace(value) if isinstance(value, str) else value


def _measure(headers: dict[str, list[str]], body: str | None) -> None:
    """Make Content-Length true of a body that was changed; a HEAD's reply has none."""
    for name in headers:
        if name.lower() == "content-length" and body:
            headers[name] = [str(len(body.encode()))]


def _scrubbed_request(request: Request) -> Request:
    cleaned = _Scrubber().request(request._to_dict())
    headers = {name: values[0] for name, values in cleaned["headers"].items()}
    return Request(cleaned["method"], cleaned["uri"], cleaned["body"], headers)


def _content(request: Request) -> Any:
    """What a request says, but for the id that the client makes anew each time."""
    text = _bytes_of(request.body).decode()
    try:
        value = json.loads(text)
    except ValueError:
        return sorted(text.split("&"))
    if isinstance(value, dict):
        value.pop("correlationId", None)
    return value


class _Nowhere:
    """Where vcrpy keeps what is recorded: in memory, until it is scrubbed."""

    @staticmethod
    def load_cassette(cassette_path: str, serializer: Any) -> Any:
        raise CassetteNotFoundError

    @staticmethod
    def save_cassette(cassette_path: str, cassette_dict: Any, serializer: Any) -> None:
        return


@contextlib.contextmanager
def recording() -> Iterator[Cassette]:
    """Record what safelight's clients send and get; nothing of it is on the disk."""

    def ours(request: Request) -> Request | None:
        # A sandbox in the same process is a client, too: it fetches pictures.
        return request if request.headers.get("user-agent", "").startswith("safelight/") else None

    machine = vcr.VCR(before_record_request=ours)
    machine.register_persister(_Nowhere)
    with machine.use_cassette("recording", record_mode=vcr.mode.ALL) as cassette:
        yield cassette


@contextlib.contextmanager
def replaying(path: Path) -> Iterator[Cassette]:
    """Answer requests from a cassette, each reply once; a request that is not in it fails."""
    places = ["method", "scheme", "host", "port", "path", "query"]
    machine = vcr.VCR(before_record_request=_scrubbed_request, match_on=[*places, "content"])
    machine.register_matcher("content", lambda one, other: _content(one) == _content(other))
    with machine.use_cassette(str(path), record_mode=vcr.mode.NONE) as cassette:
        yield cassette


def write(
    path: Path,
    cassette: Cassette,
    provenance: str,
    source: str,
    *,
    secrets: Iterable[str] = (),
    places: Mapping[str, str] | None = None,
) -> None:
    """Scrub what was recorded, and write it: all of it or nothing.

    Args:
        path: The file, which is replaced.
        cassette: From `recording`.
        provenance: `documented`, `sandbox` or `live`.
        source: Where exactly it comes from, in words.
        secrets: As for `scrubbed`.
        places: As for `scrubbed`.

    Raises:
        CassetteError: There is nothing in it, or something that nobody can look into.
        OSError: The disk does not take it.
    """
    if not cassette.data:
        raise CassetteError("no request was recorded")
    raw = [{"request": request._to_dict(), "response": response} for request, response in cassette.data]
    interactions = scrubbed(raw, secrets, places)
    document = {"provenance": provenance, "source": source, "version": 1, "interactions": interactions}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read(path: Path) -> dict[str, Any]:
    """A cassette as it is written."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))
