"""Buckets: as much of S3, by path, as clients of an S3-compatible store need; every request is signed by SigV4."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import shutil
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from safelight.clock import Clock
from safelight.sandbox.contract import limited_body
from safelight.sandbox.front import Refused, Target
from safelight.sandbox.objects import StoredObject, give, is_count, no_such_upload, receive, receive_part, refusal
from safelight.sandbox.s3xml import document, entry_of, listed_keys, listed_parts, tag
from safelight.sandbox.signing import AccessKey, Signer
from safelight.sandbox.uploads import Part, Upload

_MOST_PARTS = 10_000
_LONGEST_PAGE = 1000
_USUAL_TYPE = "binary/octet-stream"
# What a method means for a key, and for the bucket itself; the query says which of several.
_VERBS: Mapping[tuple[str, bool], Mapping[str, str]] = {
    ("PUT", True): {"uploadId": "part", "": "put"},
    ("GET", True): {"": "get"},
    ("HEAD", True): {"": "head"},
    ("DELETE", True): {"uploadId": "abort", "": "delete"},
    ("POST", True): {"uploads": "begin", "uploadId": "complete"},
    ("GET", False): {"": "list"},
    ("POST", False): {"delete": "delete_all"},
}


class Bucket:
    """One bucket of a store.

    Args:
        bucket: Its name.
        folder: Where its objects are kept.
        clock: Decides when signatures expire.
        origin: The store's address.
        operations: What each verb is called in counts and faults; verbs that are not there are refused.

    Attributes:
        read_only: Refuse all that would write, as a policy may.
        arrival: Asked for a path at which there is nothing: it returns when what is due there has been written. Where
            time is turned, whoever looks must not be faster than this machine.
    """

    def __init__(
        self, bucket: str, folder: Path, *, clock: Clock, origin: str, operations: Mapping[str, str] | None = None
    ) -> None:
        self.name = "bucket" if operations is None else "storage"
        self.bucket = bucket
        self.read_only = False
        self.arrival: Callable[[str], Awaitable[None]] | None = None
        self._root = f"/{bucket}/"
        self._folder = folder
        self._clock = clock
        self._signer = Signer(clock, origin=origin)
        self._lock = threading.RLock()
        self._objects: dict[str, StoredObject] = {}
        self._uploads: dict[str, Upload] = {}
        self._answers: Mapping[str, Callable[[str, Request, str], Awaitable[Response]]] = {
            "put": self._put,
            "get": self._get,
            "head": self._get,
            "delete": self._delete,
            "list": self._list,
            "delete_all": self._delete_all,
            "begin": self._begin,
            "part": self._take_part,
            "complete": self._complete,
            "abort": self._abort,
        }
        self._names = operations or {verb: f"bucket_{verb}" for verb in self._answers}

    @property
    def operations(self) -> frozenset[str]:
        """What faults can hit."""
        return frozenset(self._names.values())

    @property
    def key(self) -> AccessKey:
        """What its owner signs with."""
        return self._signer.key

    @property
    def skew_seconds(self) -> float:
        """How far the store's clock is ahead of its clients': from 15 minutes on, it refuses them. May be set."""
        return self._signer.skew_seconds

    @skew_seconds.setter
    def skew_seconds(self, seconds: float) -> None:
        self._signer.skew_seconds = seconds

    @property
    def objects(self) -> dict[str, StoredObject]:
        """The objects by their names in the bucket; each knows its `size` and its `data`."""
        with self._lock:
            return dict(self._objects)

    @property
    def uploads(self) -> list[str]:
        """The names of the objects whose multipart uploads are neither complete nor aborted."""
        with self._lock:
            return [upload.path for upload in self._uploads.values()]

    def put(self, key: str, data: bytes, media_type: str = _USUAL_TYPE) -> StoredObject:
        """Put an object, as the owner would."""
        file = self._new_file()
        file.write_bytes(data)
        return self._keep(key, file, hashlib.md5(data, usedforsecurity=False).hexdigest(), media_type)

    def url(self, method: str, key: str, seconds: float, parameters: Mapping[str, str] | None = None) -> str:
        """A signed URL of an object, whether there is one or not, good for one method and so many seconds."""
        return self._signer.url(method, self._root + key, seconds, parameters)

    def recognise(self, request: Request) -> Target | None:
        """What is asked of the bucket or of an object."""
        path: str = request.scope["path"]
        if not f"{path}/".startswith(self._root):
            return None
        has_key = len(path) > len(self._root)
        verbs = _VERBS.get((request.method, has_key), {})
        verb = next((verb for sign, verb in verbs.items() if not sign or sign in request.query_params), "")
        operation = self._names.get(verb)
        if operation is None:
            return Target(None, allow=sorted({method for method, of_key in _VERBS if of_key == has_key}))
        number, size = request.query_params.get("partNumber", ""), request.headers.get("content-length", "")
        facts = {"verb": verb, "size": int(size) if is_count(size) else None, "range": request.headers.get("range")}
        if verb == "part":
            facts["part"] = int(number) if is_count(number) else None
        return Target(operation, facts)

    async def answer(self, target: Target, request: Request) -> Response:
        """Check the signature, then do it.

        Raises:
            Refused: Something is not in order.
        """
        payload = self._signer.check(request)
        verb = target.facts["verb"]
        if self.read_only and verb not in ("get", "head", "list"):
            raise Refused(403, "Access Denied", code="AccessDenied")
        return await self._answers[verb](request.scope["path"][len(self._root) :], request, payload)

    def refusal(self, refused: Refused) -> Response:
        """S3's XML."""
        return refusal(refused)

    async def _put(self, key: str, request: Request, payload: str) -> Response:
        if "x-amz-copy-source" in request.headers:
            raise Refused(501, "The sandbox's store does not copy.", code="NotImplemented")
        with self._lock:
            if request.headers.get("if-none-match") == "*" and key in self._objects:
                raise Refused(412, "There is an object with this key.", code="PreconditionFailed")
        file = self._new_file()
        writer = await receive(request, file, payload)
        stored = self._keep(key, file, writer.md5, request.headers.get("content-type", _USUAL_TYPE))
        return Response(headers={"ETag": stored.etag})

    async def _get(self, key: str, request: Request, _payload: str) -> Response:
        if key not in self.objects and self.arrival is not None:
            await self.arrival(self._root + key)
        with self._lock:
            stored = self._objects.get(key)
        if stored is None:
            raise Refused(404, "There is no object with this key.", code="NoSuchKey")
        return give(request, stored)

    async def _delete(self, key: str, _request: Request, _payload: str) -> Response:
        self._drop([key])
        return Response(status_code=204)

    async def _delete_all(self, _key: str, request: Request, payload: str) -> Response:
        keys = listed_keys(await _text(request, payload))
        self._drop(keys)
        return document("DeleteResult", "".join(f"<Deleted>{tag('Key', key)}</Deleted>" for key in keys))

    async def _list(self, _key: str, request: Request, _payload: str) -> Response:
        query = request.query_params
        written = quote if query.get("encoding-type") == "url" else str
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("continuation-token") or query.get("start-after", "")
        asked = query.get("max-keys", "")
        most = min(int(asked), _LONGEST_PAGE) if is_count(asked) else _LONGEST_PAGE
        entries: dict[str, StoredObject | None] = {}
        for key, stored in sorted(self.objects.items()):
            if key.startswith(prefix):
                folder, found, _ = key.removeprefix(prefix).partition(delimiter) if delimiter else ("", "", "")
                entry = prefix + folder + delimiter if found else key
                if entry > after:
                    entries.setdefault(entry, None if found else stored)
        page = list(entries.items())[:most]
        more = len(page) < len(entries)
        parts = [
            *(tag("Name", self.bucket), tag("Prefix", written(prefix)), tag("KeyCount", len(page))),
            *(tag("MaxKeys", most), tag("IsTruncated", str(more).lower())),
            tag("NextContinuationToken", page[-1][0]) if more and page else "",
            tag("EncodingType", "url") if written is quote else "",
        ]
        for entry, listed in page:
            if listed is None:
                parts.append(f"<CommonPrefixes>{tag('Prefix', written(entry))}</CommonPrefixes>")
            else:
                parts.append(entry_of(written(entry), listed))
        return document("ListBucketResult", "".join(parts))

    async def _begin(self, key: str, request: Request, _payload: str) -> Response:
        upload = Upload(secrets.token_urlsafe(24), key, self._new_file(), request.headers.get("content-type", ""))
        upload.folder.mkdir()
        with self._lock:
            self._uploads[upload.id] = upload
        tags = tag("Bucket", self.bucket) + tag("Key", key) + tag("UploadId", upload.id)
        return document("InitiateMultipartUploadResult", tags)

    async def _take_part(self, key: str, request: Request, payload: str) -> Response:
        number = request.query_params.get("partNumber", "")
        if not (is_count(number) and 1 <= int(number) <= _MOST_PARTS):
            raise Refused(400, f"partNumber must be from 1 to {_MOST_PARTS}.", code="InvalidArgument")
        writer = await receive_part(request, self._upload(key, request), payload, discard=False)
        try:
            self._upload(key, request).accept(int(number), writer.size, writer.md5, writer.path)
        except (Refused, FileNotFoundError) as error:
            writer.discard()
            raise no_such_upload() from error
        return Response(headers={"ETag": f'"{writer.md5}"'})

    async def _complete(self, key: str, request: Request, payload: str) -> Response:
        text = await _text(request, payload)
        upload = self._upload(key, request)
        parts = listed_parts(text, upload)
        file = self._new_file()
        await asyncio.to_thread(_join, parts, file)
        digests = b"".join(bytes.fromhex(part.md5) for part in parts)
        digest = f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"
        stored = self._keep(key, file, digest, upload.media_type or _USUAL_TYPE)
        self._end(upload)
        tags = tag("Bucket", self.bucket) + tag("Key", key) + tag("ETag", stored.etag)
        return document("CompleteMultipartUploadResult", tags)

    async def _abort(self, key: str, request: Request, _payload: str) -> Response:
        self._end(self._upload(key, request))
        return Response(status_code=204)

    def _upload(self, key: str, request: Request) -> Upload:
        with self._lock:
            upload = self._uploads.get(request.query_params.get("uploadId", ""))
        if upload is None or upload.path != key:
            raise no_such_upload()
        return upload

    def _end(self, upload: Upload) -> None:
        with self._lock:
            self._uploads.pop(upload.id, None)
        shutil.rmtree(upload.folder, ignore_errors=True)

    def _new_file(self) -> Path:
        return self._folder / secrets.token_hex(12)

    def _keep(self, key: str, file: Path, digest: str, media_type: str) -> StoredObject:
        stored = StoredObject(self._root + key, file, f'"{digest}"', media_type, modified=self._clock.now())
        with self._lock:
            before = self._objects.get(key)
            self._objects[key] = stored
        if before is not None:
            before.file.unlink(missing_ok=True)
        return stored

    def _drop(self, keys: Iterable[str]) -> None:
        with self._lock:
            gone = [self._objects.pop(key, None) for key in keys]
        for stored in gone:
            if stored is not None:
                stored.file.unlink(missing_ok=True)


def _join(parts: Iterable[Part], file: Path) -> None:
    with file.open("wb") as target:
        for part in parts:
            assert part.path is not None
            with part.path.open("rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)


async def _text(request: Request, payload: str) -> str:
    """A small body, compared with its signed digest."""
    body = await limited_body(request.stream())
    if re.fullmatch("[0-9a-f]{64}", payload) and hashlib.sha256(body).hexdigest() != payload:
        raise Refused(400, "The body is not the signed one.", code="XAmzContentSHA256Mismatch")
    return body.decode("utf-8", "replace")
