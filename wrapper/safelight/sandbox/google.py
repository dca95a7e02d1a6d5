"""A bucket of Google Cloud Storage behind signed URLs, as Haut.AI keeps its pictures in one.

The URLs are signed by Google's version 4, with an HMAC key (`GOOG4-HMAC-SHA256`); the service's are signed with RSA,
which makes no difference to whoever uses them. Bodies without a `Content-Length`, which Google takes, are refused.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from safelight.clock import Clock
from safelight.sandbox.front import Refused, Target
from safelight.sandbox.objects import StoredObject, give, is_count, receive, refusal, stored_file
from safelight.sandbox.signing import (
    GOOGLE,
    TIME,
    UNSIGNED,
    AccessKey,
    encoded_query,
    path_of,
    scope_of,
    signature_of,
)

LENGTH_RANGE = "X-Goog-Content-Length-Range"

_REGION = "auto"
_SIGNATURE = "X-Goog-Signature"


class GoogleBucket:
    """One bucket.

    Args:
        bucket: Its name.
        folder: Where its objects are kept.
        clock: Decides when URLs expire.
        origin: The store's address.

    Attributes:
        leaks: How many requests brought an Authorization header: credentials of another host. All are refused.
    """

    name = "pictures"
    operations = frozenset({"picture", "object"})

    def __init__(self, bucket: str, folder: Path, *, clock: Clock, origin: str) -> None:
        self.leaks = 0
        self._root = f"/{bucket}/"
        self._folder = folder
        self._clock = clock
        self._origin = origin
        self._key = AccessKey()
        self._lock = threading.Lock()
        # None where nothing has been put yet.
        self._objects: dict[str, StoredObject | None] = {}

    @property
    def objects(self) -> dict[str, StoredObject]:
        """The objects by their keys."""
        with self._lock:
            return {key: stored for key, stored in self._objects.items() if stored is not None}

    def put_url(self, key: str, seconds: float, headers: Mapping[str, str]) -> str:
        """A URL to put one object to, good for so many seconds, with exactly these headers.

        The object may be put until it is dropped.
        """
        with self._lock:
            self._objects.setdefault(key, None)
        return self._url("PUT", key, seconds, headers)

    def get_url(self, key: str, seconds: float) -> str:
        """A URL to get one object from."""
        return self._url("GET", key, seconds, {})

    def keep(self, key: str, data: bytes, media_type: str) -> None:
        """Put an object, as the service itself."""
        file = self._new_file()
        file.write_bytes(data)
        stored = stored_file(self._root + key, file, media_type, modified=self._clock.now())
        with self._lock:
            self._objects[key] = stored

    def drop(self, prefix: str) -> None:
        """Remove all objects below this, and take none there any more."""
        with self._lock:
            gone = [self._objects.pop(key) for key in list(self._objects) if key.startswith(prefix)]
        for stored in gone:
            if stored is not None:
                stored.file.unlink(missing_ok=True)

    def recognise(self, request: Request) -> Target | None:
        """Pictures are put, and what is made of them is got."""
        if not request.scope["path"].startswith(self._root):
            return None
        if request.method == "PUT":
            size = request.headers.get("content-length", "")
            return Target("picture", {"size": int(size) if is_count(size) else None})
        if request.method in ("GET", "HEAD"):
            return Target("object", {"range": request.headers.get("range")})
        return Target(None, allow=("GET", "HEAD", "PUT"))

    async def answer(self, target: Target, request: Request) -> Response:
        """Check the signature, then take or give an object.

        Raises:
            Refused: The URL, the headers or the body are not in order.
        """
        self._check(request)
        key = path_of(request)[len(self._root) :]
        if target.operation == "picture":
            return await self._take(key, request)
        stored = self.objects.get(key)
        if stored is None:
            raise Refused(404, "The specified key does not exist.", code="NoSuchKey")
        return give(request, stored)

    def refusal(self, refused: Refused) -> Response:
        """Google's XML is S3's."""
        return refusal(refused)

    def _url(self, method: str, key: str, seconds: float, headers: Mapping[str, str]) -> str:
        time = datetime.fromtimestamp(self._clock.now(), UTC).strftime(TIME)
        signed = {name.lower(): value for name, value in headers.items()} | {"host": urlsplit(self._origin).netloc}
        pairs = {
            "X-Goog-Algorithm": GOOGLE.algorithm,
            "X-Goog-Credential": f"{self._key.id}/{scope_of(time, _REGION, GOOGLE)}",
            "X-Goog-Date": time,
            "X-Goog-Expires": str(int(seconds)),
            "X-Goog-SignedHeaders": ";".join(sorted(signed)),
        }.items()
        path = self._root + key
        signature = signature_of(self._key.secret, method, path, pairs, signed, UNSIGNED, time, _REGION, GOOGLE)
        return f"{self._origin}{quote(path)}?{encoded_query(pairs)}&{_SIGNATURE}={signature}"

    def _check(self, request: Request) -> None:
        if "authorization" in request.headers:
            self.leaks += 1
            raise Refused(400, "A signed URL takes no Authorization header.", code="InvalidArgument")
        query = request.query_params
        if _SIGNATURE not in query:
            raise Refused(403, "Anonymous callers have no access.", code="AccessDenied")
        names = query.get("X-Goog-SignedHeaders", "").lower().split(";")
        if extra := [name for name in request.headers if name.startswith("x-goog-") and name not in names]:
            raise Refused(400, f"Headers that are not signed: {', '.join(extra)}.", code="MalformedSecurityHeader")
        headers = {name: ",".join(request.headers.getlist(name)) for name in names}
        pairs = [pair for pair in query.multi_items() if pair[0] != _SIGNATURE]
        # A GET's URL serves HEAD, too.
        method, time = "GET" if request.method == "HEAD" else request.method, query.get("X-Goog-Date", "")
        expected = signature_of(
            self._key.secret, method, path_of(request), pairs, headers, UNSIGNED, time, _REGION, GOOGLE
        )
        if not hmac.compare_digest(expected.encode(), query[_SIGNATURE].encode()):
            raise Refused(403, "The signature does not fit the request.", code="SignatureDoesNotMatch")
        # Signed here, so it can be read.
        ends = datetime.strptime(time, TIME).replace(tzinfo=UTC).timestamp() + int(query["X-Goog-Expires"])
        if self._clock.now() >= ends:
            raise Refused(400, "The provided token has expired.", code="ExpiredToken")

    async def _take(self, key: str, request: Request) -> Response:
        size = request.headers.get("content-length", "")
        least, most = map(int, request.headers[LENGTH_RANGE].split(","))
        if is_count(size) and int(size) > most:
            raise Refused(400, "The proposed upload is larger than the maximum.", code="EntityTooLarge")
        if is_count(size) and int(size) < least:
            raise Refused(400, "The proposed upload is smaller than the minimum.", code="EntityTooSmall")
        writer = await receive(request, self._new_file())
        assert writer.path is not None
        etag, media_type = f'"{writer.md5}"', request.headers["content-type"]
        stored = StoredObject(self._root + key, writer.path, etag, media_type, modified=self._clock.now())
        with self._lock:
            # Looked up after the body has come: the image may have been deleted meanwhile, and deleted is gone.
            expected, before = key in self._objects, self._objects.get(key)
            if expected:
                self._objects[key] = stored
        if not expected:
            writer.path.unlink()
            raise Refused(404, "The image of this URL has been deleted.", code="NoSuchKey")
        if before is not None:
            before.file.unlink(missing_ok=True)
        return Response(headers={"ETag": etag})

    def _new_file(self) -> Path:
        return self._folder / secrets.token_hex(12)
