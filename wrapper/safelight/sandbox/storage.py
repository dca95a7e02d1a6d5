"""The object store: parts go in and results come out, behind signed URLs, as S3 and a CDN before it do."""

from __future__ import annotations

import secrets
import shutil
import threading
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from safelight.clock import Clock
from safelight.sandbox.front import Refused, Target
from safelight.sandbox.objects import StoredObject, give, is_count, no_such_upload, receive_part, refusal
from safelight.sandbox.signing import Signer
from safelight.sandbox.uploads import Upload

MOST_PARTS = 10_000
# Of those who put parts and results here. All paths that are nobody else's come here, too.
_BUCKETS = ("/sandbox-uploads/", "/sandbox-results/")


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
        self._discard = discard
        self._signer = Signer(clock, origin=origin)
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
        parameters = {"partNumber": str(number), "uploadId": upload.id, "x-id": "UploadPart"}
        return self._signer.url("PUT", upload.path, seconds, parameters)

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
        return self._signer.url("GET", stored.path, seconds)

    def recognise(self, request: Request) -> Target:
        """Parts are put, objects are got; there is nothing else here."""
        if request.method == "PUT":
            number = request.query_params.get("partNumber", "")
            size = request.headers.get("content-length", "")
            facts = {"part": int(number) if is_count(number) else None, "size": int(size) if is_count(size) else None}
            return Target("part", facts)
        if request.method in ("GET", "HEAD"):
            return Target("object", {"range": request.headers.get("range")})
        return Target(None, allow=("GET", "HEAD", "PUT"))

    async def answer(self, target: Target, request: Request) -> Response:
        """Take a part or give an object.

        Raises:
            Refused: The URL, the headers or the object are not in order.
        """
        if not request.scope["path"].startswith(_BUCKETS):
            raise Refused(404, "The bucket does not exist.", code="NoSuchBucket")
        # A GET's URL serves HEAD, too, as behind a CDN.
        self._signer.check(request, method="GET" if request.method == "HEAD" else None)
        if target.operation == "part":
            return await self._take_part(request)
        return self._give_object(request)

    def refusal(self, refused: Refused) -> Response:
        """S3's XML."""
        return refusal(refused)

    async def _take_part(self, request: Request) -> Response:
        number = int(request.query_params["partNumber"])
        upload = self._upload(request)
        writer = await receive_part(request, upload, discard=self._discard)
        try:
            # Looked up once more: the upload may have ended meanwhile.
            self._upload(request).accept(number, writer.size, writer.md5, writer.path)
        except (Refused, FileNotFoundError) as error:
            writer.discard()
            raise no_such_upload() from error
        return Response(headers={"ETag": f'"{writer.md5}"'})

    def _upload(self, request: Request) -> Upload:
        with self._lock:
            upload = self._uploads.get(request.query_params.get("uploadId", ""))
        if upload is None or upload.path != request.url.path:
            raise no_such_upload()
        return upload

    def _give_object(self, request: Request) -> Response:
        with self._lock:
            stored = self._objects.get(request.url.path)
        if stored is None:
            raise Refused(404, "There is no object with this key.", code="NoSuchKey")
        return give(request, stored)
