"""What the sandbox's stores share: objects on disk, bodies that come in, objects that go out, errors in S3's XML."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

import attrs
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from safelight.sandbox.front import Refused
from safelight.sandbox.ranges import Unsatisfiable, asked_range
from safelight.sandbox.signing import UNSIGNED
from safelight.sandbox.uploads import PartWriter, Upload

_LARGEST_PUT = 5 * 1024**3
_CHUNK = 1 << 18
_CHUNKS_AT_ONCE = 4
_CODES = {404: "NoSuchKey", 405: "MethodNotAllowed", 500: "InternalError", 503: "ServiceUnavailable"}


@attrs.frozen
class StoredObject:
    """An object that can be downloaded.

    Attributes:
        path: Its path in the store.
        file: Where its bytes are.
        etag: Quoted, as in the header.
        media_type: Its content type.
        name: What a browser would call the file; empty for whatever its URL ends in.
        modified: Seconds since 1970.
    """

    path: str
    file: Path = attrs.field(repr=False)
    etag: str
    media_type: str
    name: str = ""
    modified: float = 0.0

    @property
    def size(self) -> int:
        """Bytes."""
        return self.file.stat().st_size

    @property
    def data(self) -> bytes:
        """All of them."""
        return self.file.read_bytes()


def stored_file(path: str, file: Path, media_type: str, name: str = "", modified: float = 0.0) -> StoredObject:
    """The object that offers this whole file."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return StoredObject(path, file, f'"{digest}"', media_type, name, modified)


async def receive(request: Request, path: Path | None, payload: str = UNSIGNED) -> PartWriter:
    """Write the request's body to a file, which is gone again if the body is not in order.

    Args:
        request: A PUT.
        path: The new file; None keeps nothing but size and digest.
        payload: The SHA-256 that the body must have, in hex; or `UNSIGNED-PAYLOAD`.

    Raises:
        Refused: The body is not the announced one.
    """
    size = _announced_size(request)
    writer = PartWriter(path, sha256=payload != UNSIGNED)
    try:
        await _write_all(writer, request)
        if writer.size != size:
            raise Refused(400, "The body has not the announced length.", code="IncompleteBody")
        _check_content_md5(request.headers.get("content-md5"), writer.md5)
        if payload not in (UNSIGNED, writer.sha256):
            raise Refused(400, "The body is not the signed one.", code="XAmzContentSHA256Mismatch")
    except BaseException:
        writer.discard()
        raise
    return writer


async def receive_part(request: Request, upload: Upload, payload: str = UNSIGNED, *, discard: bool) -> PartWriter:
    """The same for a part of this upload.

    Args:
        request: A PUT.
        upload: Where the part belongs.
        payload: As above.
        discard: Keep nothing but size and digest.

    Raises:
        Refused: The body is not the announced one, or the upload is dropped meanwhile.
    """
    try:
        return await receive(request, None if discard else upload.arriving(), payload)
    except FileNotFoundError as error:
        raise no_such_upload() from error


def give(request: Request, stored: StoredObject, headers: Mapping[str, str] | None = None) -> Response:
    """The reply to a GET or HEAD of an object: all of it, or the range that is asked for.

    Raises:
        Refused: 416.
    """
    size = stored.size
    headers = {"ETag": stored.etag, "Accept-Ranges": "bytes", **(headers or {})}
    headers["Last-Modified"] = format_datetime(datetime.fromtimestamp(stored.modified, UTC), usegmt=True)
    if stored.name:
        headers["Content-Disposition"] = f'attachment; filename="{stored.name}"'
    try:
        asked = asked_range(request.headers.get("range"), request.headers.get("if-range"), stored.etag, size)
    except Unsatisfiable:
        raise Refused(
            416, "The range lies behind the end.", code="InvalidRange", headers={"Content-Range": f"bytes */{size}"}
        ) from None
    start, end = asked or (0, size)
    if asked:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    status = 206 if asked else 200
    media_type = request.query_params.get("response-content-type", stored.media_type)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    return StreamingResponse(_bytes_of(stored.file, start, end), status, headers, media_type)


def refusal(refused: Refused) -> Response:
    """A refusal in S3's XML."""
    code = refused.code or _CODES.get(refused.status, "InternalError" if refused.status >= 500 else "InvalidRequest")
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{escape(code)}</Code><Message>{escape(str(refused.detail))}</Message></Error>"
    )
    return Response(body, refused.status, headers=refused.headers, media_type="application/xml")


def is_count(text: str) -> bool:
    """Whether a header's or parameter's text is a number of bytes or parts."""
    return text.isascii() and text.isdigit() and len(text) < 20


def no_such_upload() -> Refused:
    """The refusal of what concerns an unknown multipart upload."""
    return Refused(404, "The upload does not exist, was aborted or is complete.", code="NoSuchUpload")


def _announced_size(request: Request) -> int:
    """The length of the body: S3 wants to know it beforehand."""
    if "transfer-encoding" in request.headers:
        message = "The store does not take bodies with Transfer-Encoding: send a Content-Length."
        raise Refused(501, message, code="NotImplemented")
    text = request.headers.get("content-length", "")
    if not is_count(text):
        raise Refused(411, "The Content-Length header is missing.", code="MissingContentLength")
    if int(text) > _LARGEST_PUT:
        raise Refused(400, "What is put at once is at most 5 GiB.", code="EntityTooLarge")
    return int(text)


def _check_content_md5(header: str | None, md5: str) -> None:
    if header is None:
        return
    try:
        expected = base64.b64decode(header, validate=True).hex()
    except binascii.Error:
        raise Refused(400, "The Content-MD5 header cannot be read.", code="InvalidDigest") from None
    if expected != md5:
        raise Refused(400, "The body does not fit its Content-MD5 header.", code="BadDigest")


async def _write_all(writer: PartWriter, request: Request) -> None:
    """Write a body as it comes: hashing and writing happen in another thread while the next bytes arrive."""
    writing: asyncio.Future[None] | None = None
    batch: list[bytes] = []
    try:
        async for chunk in request.stream():
            batch.append(chunk)
            if len(batch) >= _CHUNKS_AT_ONCE:
                if writing is not None:
                    await writing
                writing, batch = asyncio.ensure_future(asyncio.to_thread(writer.write, batch)), []
    finally:
        if writing is not None:
            await writing
    writer.write(batch)
    writer.close()


async def _bytes_of(file: Path, start: int, end: int) -> AsyncIterator[bytes]:
    # Read in the event loop: these are files of this machine, mostly in its cache. Opened for each piece, because
    # a generator whose reply is cut off is not closed before the garbage collector finds it.
    while start < end:
        with file.open("rb") as stream:
            stream.seek(start)
            chunk = stream.read(min(_CHUNK, end - start))
        if not chunk:
            return
        start += len(chunk)
        yield chunk
