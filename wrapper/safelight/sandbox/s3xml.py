"""The XML of S3: what a bucket tells, and what it is told."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.sax.saxutils import escape, unescape

from starlette.responses import Response

from safelight.sandbox.front import Refused
from safelight.sandbox.objects import StoredObject
from safelight.sandbox.uploads import Part, Upload

_SMALLEST_PART = 5 * 1024**2
# Read by patterns: the documents are small and of one form, and a parser of XML is a risk of its own.
_PART = re.compile(r"<Part>.*?</Part>", re.DOTALL)
_NUMBER = re.compile(r"<PartNumber>\s*(\d{1,5})\s*</PartNumber>", re.ASCII)
_ETAG = re.compile(r"<ETag>\s*(?:&quot;|&#34;|\")?([0-9a-f]{32})(?:&quot;|&#34;|\")?\s*</ETag>")
_KEY = re.compile(r"<Key>(.*?)</Key>", re.DOTALL)


def tag(name: str, value: object) -> str:
    """An element with a text."""
    return f"<{name}>{escape(str(value))}</{name}>"


def document(name: str, inside: str) -> Response:
    """A reply whose only element has these elements inside."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    body = f'{head}<{name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inside}</{name}>'
    return Response(body, media_type="application/xml")


def entry_of(key: str, stored: StoredObject) -> str:
    """An object as lists tell it."""
    modified = datetime.fromtimestamp(stored.modified, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    facts = {"Key": key, "LastModified": modified, "ETag": stored.etag, "Size": stored.size}
    return "<Contents>" + "".join(tag(name, value) for name, value in facts.items()) + "</Contents>"


def listed_keys(text: str) -> list[str]:
    """The names of the objects that a deletion lists."""
    return [unescape(key) for key in _KEY.findall(text)]


def listed_parts(text: str, upload: Upload) -> list[Part]:
    """The parts that a completion lists.

    Raises:
        Refused: They are not those that were uploaded, or not in order.
    """
    parts: list[Part] = []
    for element in _PART.findall(text):
        number, etag = _NUMBER.search(element), _ETAG.search(element)
        part = upload.parts.get(int(number[1])) if number else None
        if part is None or etag is None or etag[1] != part.md5:
            raise Refused(400, "A listed part was not uploaded, or has another ETag.", code="InvalidPart")
        if parts and parts[-1].number >= part.number:
            raise Refused(400, "The parts are not in order.", code="InvalidPartOrder")
        parts.append(part)
    if not parts:
        raise Refused(400, "The list of parts is empty or cannot be read.", code="MalformedXML")
    if any(part.size < _SMALLEST_PART for part in parts[:-1]):
        raise Refused(400, "Every part but the last must have at least 5 MiB.", code="EntityTooSmall")
    return parts
