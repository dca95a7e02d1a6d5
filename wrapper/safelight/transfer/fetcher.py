"""One of the connections that fetch a file: from where it stands, or a span of it beside others."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

import attrs
import httpx

from safelight.bridge import Stopped
from safelight.errors import IntegrityError, TransferError
from safelight.redaction import bare_url
from safelight.transfer.attempts import Outcome, Transfer
from safelight.transfer.body import body_of
from safelight.transfer.decide import Tries, after_change, after_failure, md5_of_base64, md5_of_etag, md5_of_google
from safelight.transfer.part_file import PartFile
from safelight.transfer.spans import ENDLESS, Span, Spans

_SPAN, _SLOWEST = 60.0, 1000.0
"""Seconds over which a store's speed is measured, and the bytes a second below which it is asked anew."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)
_OTHER = "the store sent another range or file than was asked for"


@attrs.define
class Known:
    """What the connections of one download know of the store.

    Attributes:
        url: A URL that worked.
        has_ranges: Whether the store says that it serves spans of the file.
        is_odd: Whether it did not, when it was asked to.
        furthest: The most bytes that were there at a time: who gets beyond goes forward.
    """

    url: str = attrs.field(default="", repr=False)
    has_ranges: bool = False
    is_odd: bool = False
    furthest: int = 0

    @property
    def may_join(self) -> bool:
        """Whether more than the first connection can fetch."""
        return self.has_ranges and not self.is_odd


@attrs.define(kw_only=True)
class Fetcher(Transfer):
    """What one thread of a download does.

    The first asks for all that is missing from its place on, and leaves the end of it to those who join; it is also the
    one that starts over where the object has changed, and whose troubles are the download's. One that joined leaves
    when anything is odd.

    Attributes:
        part: Where the bytes go.
        known: What all of them know.
        sign: Gives a fresh URL.
        is_first: Whether it is the first.
        is_last: Whether it leaves, because it is no help.
        moved: Bytes that it got.
    """

    part: PartFile
    known: Known
    sign: Callable[[], str]
    is_first: bool
    is_last: bool = False
    moved: int = attrs.field(init=False, default=0)
    _tries: Tries = attrs.field(init=False, factory=Tries)

    def work(self) -> None:
        """Fetch until nothing is left to do: for the first, until the file is whole.

        Raises:
            TransferError: The file cannot be fetched, or the disk cannot take it.
            IntegrityError: The store keeps sending something else than it says.
            Stopped: `stop` was set.
        """
        self.stop.then(self._wires.cut)
        self.until_done(
            f"{self.part.target} could not be fetched from",
            self.sign,
            self._attempt,
            self._tries,
            "What has arrived is kept: download it again to go on from there.",
        )

    def _attempt(self, url: str) -> Outcome:
        while not self.is_last and not self.stop.is_set() and (self.is_first or self.known.may_join):
            spans = self.part.spans
            if (span := spans.claim(is_first=self.is_first)) is None:
                break
            try:
                outcome = self._fetch(url, spans, span)
            finally:
                spans.release(span)
            if outcome.following != "done":
                return outcome
        if self.stop.is_set():
            raise Stopped
        return self._finished() if self.is_first else Outcome("done")

    def _finished(self) -> Outcome:
        if self.part.is_right(self.stop):
            return Outcome("done")
        self.part.reset()
        problem = "the checksum of what arrived is another than the store's"
        if (following := after_change(self._tries)) == "fail":
            raise IntegrityError(f"{self.part.target}: {problem}, {self._tries.changes} times: try another network.")
        return Outcome(following, problem)

    def _fetch(self, url: str, spans: Spans, span: Span) -> Outcome:
        headers = {}
        if spans.etag and not (self.is_first and span.at == 0 and span.end in (spans.total, ENDLESS)):
            last = "" if span.end in (spans.total, ENDLESS) else span.end - 1
            headers = {"Range": f"bytes={span.at}-{last}", "If-Range": spans.etag}
        with contextlib.closing(self.open("GET", url, headers=headers)) as response:
            if response.status_code in (200, 206):
                return self._take(response, url, spans, span, asked=bool(headers))
            if response.status_code == 416 and headers and self.is_first:
                if span.end == ENDLESS and response.headers.get("content-range") == f"bytes */{span.at}":
                    spans.ends(span.at)
                    return Outcome("done")  # all of it had arrived, but for its final name
                self.part.reset()
                return Outcome(after_failure(self._tries), "the store has less than was already fetched")
            return self.refused(response, self._tries, redirects=_REDIRECTS)

    def _take(self, response: httpx.Response, url: str, spans: Spans, span: Span, *, asked: bool) -> Outcome:
        """Write what comes, if it is what was asked for, or else the whole of another version."""
        status, headers = response.status_code, response.headers
        if (coding := headers.get("content-encoding", "identity")) != "identity":
            raise TransferError(f"{bare_url(url)} sends {coding} though asked not to: its size is unknown.")
        if status == 200 and self.is_first:
            return self._begin(response, url, spans.etag if asked else "")
        ranged = _CONTENT_RANGE.fullmatch(headers.get("content-range", "")) if status == 206 and asked else None
        if not ranged or not _fits(ranged, headers.get("etag", ""), spans, span):
            self.known.is_odd = True
            if not self.is_first:
                return Outcome("fail", _OTHER)
            self.part.reset()
            return Outcome(after_failure(self._tries), _OTHER)
        if ranged[3] != "*":
            spans.ends(int(ranged[3]))
        if spans.total is not None:
            self.part.check_space(spans.total - spans.done)
        self.part.md5 = md5_of(response) or self.part.md5
        if self.is_first:
            self.known.has_ranges = spans.total is not None
        self.known.url = url
        return self._write(response, spans, span, int(ranged[2]) + 1)

    def _begin(self, response: httpx.Response, url: str, asked_for: str) -> Outcome:
        """Write the whole file from its beginning."""
        headers = response.headers
        length, etag = headers.get("content-length", ""), headers.get("etag", "")
        total = int(length) if length.isdigit() else None
        if total is None and headers.get("transfer-encoding", "").lower() != "chunked":
            # What only the end of the connection ends looks whole when it breaks off.
            raise TransferError(f"{bare_url(url)} does not say where the file ends: it could not be told from a half.")
        if etag.startswith("W/") or not etag.isascii():
            # The one does not promise the same bytes (RFC 9110, section 13.1.5), the other cannot be sent back.
            etag = ""
        if etag and etag == asked_for:  # the same object, though a span of it was asked for
            self.known.is_odd = True
        self.known.has_ranges = bool(etag and total) and headers.get("accept-ranges") == "bytes"
        self.known.url = url
        span = self.part.restart(etag, total)
        spans = self.part.spans
        try:
            self.part.md5 = md5_of(response)
            self.part.check_space(total or 0)
            return self._write(response, spans, span, ENDLESS if total is None else total)
        finally:
            spans.release(span)

    def _write(self, response: httpx.Response, spans: Spans, span: Span, reach: int) -> Outcome:
        """Write what comes, up to the end of the span, which may move; the reply's own end is at `reach`."""
        marked, mark = span.at, self.clock.monotonic()
        for chunk in body_of(response):  # as it comes: what is held back would be lost with the connection
            if self.stop.is_set():
                raise Stopped
            written = self.part.write(spans, span, chunk)
            self.moved += written
            if spans.done > self.known.furthest:  # it goes forward: a bad line may break as often as it likes
                self.known.furthest = spans.done
                self._tries.failures = self._tries.urls = self._tries.redirects = 0
            if self.is_last or spans.is_closed or span.at == span.end < reach:
                return Outcome("done")
            if written < len(chunk):
                raise IntegrityError(f"{bare_url(response.request.url)} sent more than the {reach} bytes it announced.")
            if (since := self.clock.monotonic() - mark) >= _SPAN:
                if span.at - marked < since * _SLOWEST:
                    slow = f"the store sent {span.at - marked} bytes in {since:.0f} s"
                    return Outcome(after_failure(self._tries), slow)
                mark, marked = mark + since, span.at
        if span.at < (end := min(reach, span.end)) < ENDLESS:
            return Outcome(after_failure(self._tries), f"the store sent {span.at} of {end} bytes")
        if reach == ENDLESS:  # it was the whole; a range of a file of unknown size says nothing of its end
            spans.ends(span.at)
        return Outcome("done")


def _fits(ranged: re.Match[str], etag: str, spans: Spans, span: Span) -> bool:
    """Whether a range is that of the span, and of the same version of the object."""
    first, last, total = int(ranged[1]), int(ranged[2]), ENDLESS if ranged[3] == "*" else int(ranged[3])
    known = total == ENDLESS or spans.total in (None, total)
    return first == span.at <= last < total and known and etag == spans.etag


def md5_of(response: httpx.Response) -> str | None:
    """The MD5 of the whole object in hex, where its store tells one that holds for the bytes as they are sent.

    That is Google's `x-goog-hash`, unless it is of a compressed form; Azure's for a blob; Content-MD5, which is of the
    body, where that is the whole; and the ETag of Amazon S3 and its kin, unless it comes from several parts or from
    encryption (the checksums that S3 names `x-amz-checksum-...` come only to those who sign for them).
    """
    headers = response.headers
    as_stored = headers.get("x-goog-stored-content-encoding", "identity") == "identity"
    if as_stored and (md5 := md5_of_google(headers.get("x-goog-hash", ""))):
        return md5
    whole = "x-ms-blob-content-md5" if response.status_code == 206 else "content-md5"
    if md5 := md5_of_base64(headers.get(whole, "")):
        return md5
    return md5_of_etag(headers.get("etag", ""), headers) if "x-amz-request-id" in headers else None
