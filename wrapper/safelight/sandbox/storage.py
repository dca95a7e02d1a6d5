"""The object store: parts go in and results come out, behind signed URLs, as S3 and a CDN before it do."""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
import shutil
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

import attrs
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from safelight.clock import Clock
from safelight.sandbox.front import Refused, Target
from safelight.sandbox.ranges import Unsatisfiable, asked_range
from safelight.sandbox.signing import Signer
from safelight.sandbox.uploads import PartWriter, Upload

MOST_PARTS = 10_000
_LARGEST_PART = 5 * 1024**3
_CHUNK = 1 << 18
_CHUNKS_AT_ONCE = 4


@attrs.frozen
class StoredObject:
    """A result that can be downloaded.

    Attributes:
        path: Its path in the store.
        file: Where its bytes are.
        etag: Quoted, as in the header.
        media_type: Its content type.
        name: What a browser would call the file.
    """

    path: str
    file: Path
    etag: str
    media_type: str
    name: str

    @property
    def size(self) -> int:
        """Bytes."""
        return self.file.stat().st_size


class Storage:
    """The store of one sandbox.

    Args:
        folder: Where everything is kept.
        clock: Decides when URLs expire.
        origin: The store's own address.
        discard: Keep size and MD5 of parts, but not their bytes.
    """

    name = "storage"
    operations = frozenset({"part", "object"})

    def __init__(self, folder: Path, *, clock: Clock, origin: str, discard: bool = False) -> None:
        self._folder = folder
        self._origin = origin
        self._discard = discard
        self._signer = Signer(clock)
        self._lock = threading.Lock()
        self._uploads: dict[str, Upload] = {}
        self._objects: dict[str, StoredObject] = {}

    def begin_upload(self, path: str) -> Upload:
        """Take parts for the object at `path`."""
        upload = Upload(secrets.token_urlsafe(24), path, self._folder / secrets.token_hex(8))
        upload.folder.mkdir()
        with self._lock:
            self._uploads[upload.id] = upload
        return upload

    def end_upload(self, upload: Upload) -> None:
        """Take no more parts; those that came stay."""
        upload.open = False
        with self._lock:
            self._uploads.pop(upload.id, None)

    def drop_upload(self, upload: Upload) -> None:
        """Forget the upload and its parts."""
        self.end_upload(upload)
        shutil.rmtree(upload.folder, ignore_errors=True)

    def part_url(self, upload: Upload, number: int, seconds: float) -> str:
        """A URL to PUT one part to."""
        query = self._signer.query(
            "PUT", upload.path, {"partNumber": str(number), "uploadId": upload.id, "x-id": "UploadPart"}, seconds
        )
        return f"{self._origin}{quote(upload.path)}?{query}"

    def keep_object(self, stored: StoredObject) -> None:
        """Offer a result for download."""
        with self._lock:
            self._objects[stored.path] = stored

    def drop_objects(self, prefix: str) -> None:
        """Offer nothing below this path any more."""
        with self._lock:
            gone = [self._objects.pop(path) for path in list(self._objects) if path.startswith(prefix)]
        for stored in gone:
            stored.file.unlink(missing_ok=True)

    def object_url(self, stored: StoredObject, seconds: float) -> str:
        """A URL to GET a result from."""
        return f"{self._origin}{quote(stored.path)}?{self._signer.query('GET', stored.path, {}, seconds)}"

    def recognise(self, request: Request) -> Target:
        """Parts are put, objects are got; there is nothing else here."""
        if request.method == "PUT":
            number = request.query_params.get("partNumber", "")
            size = request.headers.get("content-length", "")
            facts = {"part": int(number) if _is_count(number) else None, "size": int(size) if _is_count(size) else None}
            return Target("part", facts)
        if request.method in ("GET", "HEAD"):
            return Target("object", {"range": request.headers.get("range")})
        return Target(None, allow=("GET", "HEAD", "PUT"))

    async def answer(self, target: Target, request: Request) -> Response:
        """Take a part or give an object.

        Raises:
            Refused: The URL, the headers or the object are not in order.
        """
        if "authorization" in request.headers:
            raise Refused(400, "Only one auth mechanism allowed", code="InvalidArgument")
        self._signer.check(request.method, request.url.path, request.query_params.multi_items())
        if target.operation == "part":
            return await self._take_part(request)
        return self._give_object(request)

    def refusal(self, refused: Refused) -> Response:
        """S3's XML."""
        codes = {404: "NoSuchKey", 405: "MethodNotAllowed", 500: "InternalError", 503: "ServiceUnavailable"}
        code = refused.code or codes.get(refused.status, "InternalError" if refused.status >= 500 else "InvalidRequest")
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{escape(code)}</Code><Message>{escape(str(refused.detail))}</Message></Error>"
        )
        return Response(body, refused.status, headers=refused.headers, media_type="application/xml")

    async def _take_part(self, request: Request) -> Response:
        size = _announced_size(request)
        number = int(request.query_params["partNumber"])
        upload = self._upload(request)
        path = None if self._discard else upload.folder / f"arriving-{secrets.token_hex(8)}"
        writer = PartWriter(path)
        try:
            await _write_all(writer, request)
            if writer.size != size:
                raise Refused(400, "The body has not the announced length.", code="IncompleteBody")
            _check_content_md5(request.headers.get("content-md5"), writer.md5)
            self._upload(request).accept(number, writer.size, writer.md5, path)
        except BaseException as error:
            writer.discard()
            if isinstance(error, FileNotFoundError):
                raise _no_such_upload() from error
            raise
        return Response(headers={"ETag": f'"{writer.md5}"'})

    def _upload(self, request: Request) -> Upload:
        with self._lock:
            upload = self._uploads.get(request.query_params.get("uploadId", ""))
        if upload is None or upload.path != request.url.path:
            raise _no_such_upload()
        return upload

    def _give_object(self, request: Request) -> Response:
        with self._lock:
            stored = self._objects.get(request.url.path)
        if stored is None:
            raise Refused(404, "There is no object with this key.", code="NoSuchKey")
        size = stored.size
        headers = {
            "ETag": stored.etag,
            "Accept-Ranges": "bytes",
            "Content-Disposition": f'attachment; filename="{stored.name}"',
        }
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
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers, media_type=stored.media_type)
        return StreamingResponse(_bytes_of(stored.file, start, end), status, headers, stored.media_type)


def _no_such_upload() -> Refused:
    return Refused(404, "The upload does not exist, was aborted or is complete.", code="NoSuchUpload")


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def _announced_size(request: Request) -> int:
    """The length of the part: S3 wants to know it beforehand."""
    if "transfer-encoding" in request.headers:
        message = "The store does not take bodies with Transfer-Encoding: send a Content-Length."
        raise Refused(501, message, code="NotImplemented")
    text = request.headers.get("content-length", "")
    if not _is_count(text):
        raise Refused(411, "The Content-Length header is missing.", code="MissingContentLength")
    if int(text) > _LARGEST_PART:
        raise Refused(400, "A part is at most 5 GiB.", code="EntityTooLarge")
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
