"""Google Cloud Storage's XML API, as far as signed addresses and uploads go: it believes no signature unchecked.

V4 signatures (RSA) are checked as Google documents them ("Signatures" and "Canonical requests"): the method, the path,
the query, the signed headers, the time. Requests without a signed address need a token that the account signed itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import threading
import time
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

import attrs
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

_ALGORITHM = "GOOG4-RSA-SHA256"
_TIME = "%Y%m%dT%H%M%SZ"
_LONGEST = 604800
_SKEW = 15 * 60
HOST = "storage.googleapis.com"
"""What the store believes to be called, wherever it is: obstore signs for that host whatever `base_url` is."""
_RANGE = "x-goog-content-length-range"


@attrs.frozen
class Account:
    """A service account: its name, its private key, and whether it may write."""

    email: str
    may_write: bool = True
    key_id: str = attrs.field(factory=lambda: secrets.token_hex(20))
    key: rsa.RSAPrivateKey = attrs.field(factory=lambda: rsa.generate_private_key(65537, 2048), repr=False)

    def json(self, origin: str) -> str:
        """The key file that Google's console gives out."""
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "tests",
                "private_key_id": self.key_id,
                "private_key": pem.decode(),
                "client_email": self.email,
                "client_id": "1",
                "token_uri": f"{origin}/token",
            }
        )


class Refused(Exception):
    """A status and a code with which a request is refused."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.details = status, code, message, details

    def body(self) -> bytes:
        details = f"<Details>{escape(self.details)}</Details>" if self.details else ""
        return (
            "<?xml version='1.0' encoding='UTF-8'?>"
            f"<Error><Code>{self.code}</Code><Message>{escape(self.message)}</Message>{details}</Error>"
        ).encode()


@attrs.frozen
class Object:
    """What is stored under a name."""

    content: bytes
    content_type: str
    modified: float

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"'


class GCSServer:
    """The store, on a port of its own.

    Attributes:
        ahead: How many seconds its clock is ahead.
        loses: How many bytes it loses of what is put.
        unseen: How many questions for an object it answers as if it was not there yet.
    """

    def __init__(self, buckets: list[str], accounts: list[Account]) -> None:
        self.ahead = 0.0
        self.loses = 0
        self.unseen = 0
        self.accounts = {account.email: account for account in accounts}
        self.buckets: dict[str, dict[str, Object]] = {bucket: {} for bucket in buckets}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def now(self) -> float:
        return time.time() + self.ahead

    def authorized(self, method: str, target: str, headers: dict[str, str]) -> Account:
        """The account that signed a request, if the signature holds."""
        query = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
        if "X-Goog-Signature" in query:
            return self._by_url(method, target, query, headers)
        return self._by_token(headers)

    def _by_url(self, method: str, target: str, query: dict[str, str], headers: dict[str, str]) -> Account:
        try:
            email, date, location, service, request = query["X-Goog-Credential"].rsplit("/", 4)
            signed_at = datetime.strptime(query["X-Goog-Date"], _TIME).replace(tzinfo=UTC).timestamp()
            lifetime, names = int(query["X-Goog-Expires"]), query["X-Goog-SignedHeaders"].split(";")
            right = query["X-Goog-Algorithm"] == _ALGORITHM and (service, request) == ("storage", "goog4_request")
            signature = bytes.fromhex(query["X-Goog-Signature"])
        except (KeyError, ValueError) as error:
            raise Refused(400, "InvalidQueryParameterValue", "A query parameter was invalid.", str(error)) from None
        if not right or date != query["X-Goog-Date"][:8] or "host" not in names or not 0 < lifetime <= _LONGEST:
            raise Refused(400, "InvalidQueryParameterValue", "A query parameter was invalid.")
        account = self.accounts.get(email)
        if account is None:
            raise Refused(403, "AccessDenied", "Access denied.", f"{email} is not known.")
        if self.now() > signed_at + lifetime:
            raise Refused(400, "ExpiredToken", "Invalid argument.", "The provided token has expired.")
        if self.now() < signed_at - _SKEW:
            raise Refused(403, "AccessDenied", "Access denied.", "The request is not yet valid.")
        headers = {**headers, "host": HOST}
        to_sign = string_to_sign(method, target, headers, f"{date}/{location}/storage/goog4_request")
        try:
            account.key.public_key().verify(signature, to_sign, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            message = "The request signature we calculated does not match the signature you provided."
            raise Refused(403, "SignatureDoesNotMatch", f"{message} Check your Google secret key.") from None
        return account

    def _by_token(self, headers: dict[str, str]) -> Account:
        unknown = Refused(401, "AuthenticationRequired", "Authentication required.")
        token = re.fullmatch(r"Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)", headers.get("authorization", ""))
        if token is None:
            raise unknown
        try:
            head, claims = json.loads(_decoded(token[1])), json.loads(_decoded(token[2]))
        except ValueError:
            raise unknown from None
        account = self.accounts.get(claims.get("iss"))
        if account is None or head.get("alg") != "RS256" or head.get("kid") != account.key_id:
            raise unknown
        try:
            signed = f"{token[1]}.{token[2]}".encode()
            account.key.public_key().verify(_decoded(token[3]), signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise unknown from None
        if not claims["iat"] - 300 <= self.now() <= claims["exp"] <= claims["iat"] + 3600:
            raise unknown
        return account


def string_to_sign(method: str, target: str, headers: dict[str, str], scope: str) -> bytes:
    """What is signed of a request: all of it but the body."""
    parts = urlsplit(target)
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "X-Goog-Signature"]
    query = dict(pairs)
    names = sorted(query["X-Goog-SignedHeaders"].split(";"))
    canonical = "\n".join(
        [
            method,
            quote(unquote(parts.path), safe="/-_.~"),
            "&".join(sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)),
            *(f"{name}:{' '.join(headers.get(name, '').split())}" for name in names),
            "",
            ";".join(names),
            headers.get("x-goog-content-sha256", "UNSIGNED-PAYLOAD"),
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return "\n".join([_ALGORITHM, query["X-Goog-Date"], scope, digest]).encode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _checked_length(headers: dict[str, str], length: int) -> None:
    if _RANGE not in headers:
        return
    least, most = (int(end) for end in headers[_RANGE].split(","))
    if length > most:
        raise Refused(400, "EntityTooLarge", "Your proposed upload is larger than the maximum allowed size.")
    if length < least:
        raise Refused(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size.")


def _handler(store: GCSServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # a head and a body that are sent apart wait for one another

        def handle_any(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            content = self.rfile.read(int(headers.get("content-length", 0)))
            try:
                account = store.authorized(self.command, self.path, headers)
                status, told, body = self._answer(account, headers, content)
            except Refused as refused:
                status, told, body = refused.status, {"Content-Type": "application/xml"}, refused.body()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **told}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815 - the base class names them so

        def _answer(
            self, account: Account, headers: dict[str, str], content: bytes
        ) -> tuple[int, dict[str, str], bytes]:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            _, bucket, name = unquote(parts.path).split("/", 2)
            if bucket not in store.buckets:
                raise Refused(404, "NoSuchBucket", "The specified bucket does not exist.")
            if self.command not in ("GET", "HEAD") and not account.may_write:
                permission = "storage.objects.delete" if self.command == "DELETE" else "storage.objects.create"
                details = f"{account.email} does not have {permission} access to the Google Cloud Storage object."
                raise Refused(403, "AccessDenied", "Access denied.", details)
            objects = store.buckets[bucket]
            if self.command == "PUT" and "uploadId" in query:
                if query["uploadId"] not in store.uploads:
                    raise Refused(404, "NoSuchUpload", "The requested upload was not found.")
                store.uploads[query["uploadId"]][int(query["partNumber"])] = content
                return 200, {"ETag": f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'}, b""
            if self.command == "DELETE" and "uploadId" in query:
                del store.uploads[query["uploadId"]], store.uploads[f"{query['uploadId']} type"]
                return 204, {}, b""
            if self.command == "POST":
                return self._multipart(objects, name, query, headers)
            if self.command == "PUT":
                _checked_length(headers, len(content))
                objects[name] = Object(
                    content[: len(content) - store.loses], headers.get("content-type", ""), store.now()
                )
                return 200, {"ETag": objects[name].etag}, b""
            if self.command == "HEAD" and store.unseen:
                store.unseen -= 1
                raise Refused(404, "NoSuchKey", "The specified key does not exist.")
            if name not in objects:
                raise Refused(404, "NoSuchKey", "The specified key does not exist.", f"No such object: {bucket}/{name}")
            if self.command == "DELETE":
                del objects[name]
                return 204, {}, b""
            return self._read(objects[name], headers)

        def _multipart(
            self, objects: dict[str, Object], name: str, query: dict[str, str], headers: dict[str, str]
        ) -> tuple[int, dict[str, str], bytes]:
            if "uploads" in query:
                upload = secrets.token_hex(8)
                store.uploads[upload] = {}
                objects_type = headers.get("content-type", "")
                store.uploads[f"{upload} type"] = {0: objects_type.encode()}
                text = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
                return 200, {}, text.encode()
            parts = store.uploads.pop(query["uploadId"])
            media_type = store.uploads.pop(f"{query['uploadId']} type")[0].decode()
            objects[name] = Object(b"".join(parts[number] for number in sorted(parts)), media_type, store.now())
            result = f"<CompleteMultipartUploadResult><ETag>{objects[name].etag}</ETag></CompleteMultipartUploadResult>"
            return 200, {}, result.encode()

        def _read(self, found: Object, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
            told = {
                "ETag": found.etag,
                "Content-Type": found.content_type,
                "Last-Modified": formatdate(found.modified, usegmt=True),
            }
            if asked := re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("range", "")):
                start, end = int(asked[1]), int(asked[2] or len(found.content) - 1)
                told["Content-Range"] = f"bytes {start}-{end}/{len(found.content)}"
                return 206, told, found.content[start : end + 1]
            return 200, {**told, "Content-Length": str(len(found.content))}, found.content

        def log_message(self, *arguments: Any) -> None:
            pass

    return Handler
