"""The user's bucket of the sandbox: what obstore does with it, and whom it refuses."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import httpx
import obstore
import pytest
from obstore.exceptions import AlreadyExistsError, PermissionDeniedError
from obstore.store import S3Store

from safelight.sandbox import Sandbox
from safelight.sandbox.signing import UNSIGNED, signature_of

MIB = 1024 * 1024
NAMES = ["plain.txt", "a b/c+d.txt", "\u00fc/\u00e9.txt", "100%/&=?#.txt"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _as_before(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.clear_faults()
    sandbox.bucket.skew_seconds = 0
    sandbox.bucket.read_only = False


def store_of(sandbox: Sandbox, **changes: Any) -> S3Store:
    env = sandbox.env
    settings: dict[str, Any] = {
        "prefix": env["SAFELIGHT_STORAGE"].partition("//sandbox/")[2],
        "endpoint": env["AWS_ENDPOINT_URL"],
        "access_key_id": env["AWS_ACCESS_KEY_ID"],
        "secret_access_key": env["AWS_SECRET_ACCESS_KEY"],
        "region": env["AWS_REGION"],
        "client_options": {"allow_http": True},
        "retry_config": {"max_retries": 0},
        **changes,
    }
    return S3Store("sandbox", **settings)


@pytest.fixture
def store(sandbox: Sandbox) -> S3Store:
    return store_of(sandbox)


def code_of(reply: httpx.Response) -> tuple[int, str]:
    match = re.search("<Code>(.*)</Code>", reply.text)
    return reply.status_code, match[1] if match else ""


@pytest.mark.parametrize("name", NAMES)
def test_an_object_comes_back_as_it_was_put(sandbox: Sandbox, store: S3Store, name: str) -> None:
    obstore.put(store, name, b"some bytes", attributes={"Content-Type": "text/x-cat"})
    assert bytes(obstore.get(store, name).bytes()) == b"some bytes"
    assert bytes(obstore.get_range(store, name, start=5, end=8)) == b"byt"
    facts = obstore.head(store, name)
    assert facts["size"] == 10
    assert facts["e_tag"] == f'"{hashlib.md5(b"some bytes").hexdigest()}"'
    assert abs((facts["last_modified"] - datetime.now(UTC)).total_seconds()) < 60
    stored = [*sandbox.bucket.objects.values()][-1]
    assert (stored.data, stored.size, stored.media_type) == (b"some bytes", 10, "text/x-cat")
    obstore.delete(store, name)
    with pytest.raises(FileNotFoundError):
        obstore.get(store, name)


def test_putting_again_replaces(sandbox: Sandbox, store: S3Store) -> None:
    for data in (b"one", b"three"):
        obstore.put(store, "again", data)
    assert sandbox.bucket.objects["safelight/again"].data == b"three"
    with pytest.raises(AlreadyExistsError):
        obstore.put(store, "again", b"x", mode="create")


def test_a_large_object_goes_in_parts(sandbox: Sandbox, store: S3Store) -> None:
    data = os.urandom(12 * MIB + 5)
    sandbox.clear_requests()
    obstore.put(store, "large", data, chunk_size=5 * MIB)
    assert [record.part for record in sandbox.requests if record.operation == "bucket_part"].count(3) == 1
    assert sandbox.count("bucket_begin") == sandbox.count("bucket_complete") == 1
    stored = sandbox.bucket.objects["safelight/large"]
    digests = [hashlib.md5(data[at : at + 5 * MIB]).digest() for at in range(0, len(data), 5 * MIB)]
    assert stored.etag == f'"{hashlib.md5(b"".join(digests)).hexdigest()}-3"'
    assert stored.data == data
    assert sandbox.bucket.uploads == []


def test_a_part_that_fails_aborts_the_upload(sandbox: Sandbox, store: S3Store) -> None:
    sandbox.fault("bucket_part", status=403, times=None)
    with pytest.raises(PermissionDeniedError):
        obstore.put(store, "half", bytes(11 * MIB), chunk_size=5 * MIB)
    assert "safelight/half" not in sandbox.bucket.objects
    assert sandbox.bucket.uploads == []


def test_lists_have_folders_and_pages(sandbox: Sandbox, store: S3Store) -> None:
    for index in range(5):
        sandbox.bucket.put(f"safelight/list/{index}/deep & low.txt", b"x")
    sandbox.bucket.put("safelight/list/top.txt", b"xx")
    paths = [item["path"] for item in obstore.list(store, "list").collect()]
    assert paths == [*(f"list/{index}/deep & low.txt" for index in range(5)), "list/top.txt"]
    found = obstore.list_with_delimiter(store, "list")
    assert found["common_prefixes"] == [f"list/{index}" for index in range(5)]
    assert [(item["path"], item["size"]) for item in found["objects"]] == [("list/top.txt", 2)]
    pages, token = [], ""
    while token is not None:
        query = {"list-type": "2", "prefix": "safelight/list/", "max-keys": "4", "continuation-token": token}
        reply = get_signed(sandbox, "/sandbox", query)
        pages.append(re.findall("<Key>(.*?)</Key>", reply.text))
        match = re.search("<NextContinuationToken>(.*?)</NextContinuationToken>", reply.text)
        token = match[1].replace("&amp;", "&") if match else None
    assert [len(page) for page in pages] == [4, 2]
    obstore.delete(store, [*paths, "never/there.txt"])
    assert obstore.list(store, "list").collect() == []


def get_signed(sandbox: Sandbox, path: str, query: dict[str, str]) -> httpx.Response:
    return httpx.get(sandbox.storage_url + path, params=query, headers=signed(sandbox, "GET", path, query))


def signed(
    sandbox: Sandbox,
    method: str,
    path: str,
    query: dict[str, str] | None = None,
    *,
    payload: str = UNSIGNED,
    at: float = 0,
    **changes: str,
) -> dict[str, str]:
    """The headers of a request that is signed by them."""
    time = (datetime.now(UTC) + timedelta(seconds=at)).strftime("%Y%m%dT%H%M%SZ")
    host = urlsplit(sandbox.storage_url).netloc
    headers = {"host": host, "x-amz-content-sha256": payload, "x-amz-date": time}
    signature = signature_of(sandbox.bucket.key.secret, method, path, (query or {}).items(), headers, payload, time)
    facts = {
        "Credential": f"{sandbox.bucket.key.id}/{time[:8]}/us-east-1/s3/aws4_request",
        "SignedHeaders": "host;x-amz-content-sha256;x-amz-date",
        "Signature": signature,
        **changes,
    }
    text = ", ".join(f"{name}={value}" for name, value in facts.items())
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 {text}"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_url_that_obstore_signs_is_good_for_its_method(
    sandbox: Sandbox, store: S3Store, name: str, method: Literal["GET", "PUT"]
) -> None:
    obstore.put(store, name, b"before")
    url = obstore.sign(store, method, name, timedelta(minutes=5))
    statuses = {other: httpx.request(other, url, content=b"x").status_code for other in ("GET", "PUT", "DELETE")}
    assert statuses.pop(method) == 200
    assert set(statuses.values()) == {403}


def test_our_urls_are_those_that_obstore_signs(sandbox: Sandbox, store: S3Store) -> None:
    theirs = httpx.URL(obstore.sign(store, "GET", "a b/c+d.txt", timedelta(minutes=5)))
    ours = httpx.URL(sandbox.bucket.url("GET", "safelight/a b/c+d.txt", 300))
    assert (ours.scheme, ours.netloc, ours.raw_path.partition(b"?")[0]) == (
        theirs.scheme,
        theirs.netloc,
        theirs.raw_path.partition(b"?")[0],
    )
    assert {*ours.params} == {*theirs.params}
    if ours.params["X-Amz-Date"] == theirs.params["X-Amz-Date"]:
        assert dict(ours.params) == dict(theirs.params)


def changed(url: str, name: str, value: str) -> str:
    return str(httpx.URL(url).copy_set_param(name, value))


FORGERIES = {
    "a longer life": (lambda url: changed(url, "X-Amz-Expires", "301"), (403, "SignatureDoesNotMatch")),
    "another object": (lambda url: url.replace("/cat.png", "/dog.png"), (403, "SignatureDoesNotMatch")),
    "another signature": (lambda url: changed(url, "X-Amz-Signature", "0" * 64), (403, "SignatureDoesNotMatch")),
    "one more parameter": (lambda url: url + "&response-content-type=text/html", (403, "SignatureDoesNotMatch")),
    "no signature": (lambda url: url.partition("&X-Amz-Signature")[0], (403, "AccessDenied")),
    "nothing signed": (lambda url: url.partition("?")[0], (403, "AccessDenied")),
    "a life of eight days": (
        lambda url: changed(url, "X-Amz-Expires", "700000"),
        (400, "AuthorizationQueryParametersError"),
    ),
    "no life": (lambda url: changed(url, "X-Amz-Expires", "soon"), (400, "AuthorizationQueryParametersError")),
    "two dates": (lambda url: url + "&X-Amz-Date=20260101T000000Z", (400, "AuthorizationQueryParametersError")),
    "no date": (lambda url: changed(url, "X-Amz-Date", "today"), (403, "AuthorizationQueryParametersError")),
    "a session": (lambda url: url + "&X-Amz-Security-Token=x", (400, "InvalidToken")),
    "another key": (
        lambda url: changed(url, "X-Amz-Credential", "SOMEBODY/20260101/us-east-1/s3/aws4_request"),
        (403, "InvalidAccessKeyId"),
    ),
    "another region": (
        lambda url: changed(
            url, "X-Amz-Credential", httpx.URL(url).params["X-Amz-Credential"].replace("us-east", "eu-west")
        ),
        (400, "AuthorizationQueryParametersError"),
    ),
    "no host": (lambda url: changed(url, "X-Amz-SignedHeaders", "date"), (403, "AccessDenied")),
    "a host that does not exist": (lambda url: url, (403, "SignatureDoesNotMatch")),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_url_is_refused(sandbox: Sandbox, forgery: str) -> None:
    change, expected = FORGERIES[forgery]
    sandbox.bucket.put("cat.png", b"a cat")
    url = sandbox.bucket.url("GET", "cat.png", 300)
    assert httpx.get(url).status_code == 200
    headers = {"Host": "example.com"} if "host that" in forgery else {}
    assert code_of(httpx.get(change(url), headers=headers)) == expected


def test_credentials_beside_a_signature_are_refused(sandbox: Sandbox) -> None:
    url = sandbox.bucket.url("GET", "cat.png", 300)
    assert code_of(httpx.get(url, headers={"Authorization": "Bearer x"})) == (400, "InvalidArgument")


def test_a_url_expires_by_the_stores_time(sandbox: Sandbox) -> None:
    sandbox.bucket.put("cat.png", b"a cat")
    url = sandbox.bucket.url("GET", "cat.png", 300)
    for skew, expected in ((290, (200, "")), (310, (403, "AccessDenied")), (-910, (403, "AccessDenied"))):
        sandbox.bucket.skew_seconds = skew
        assert code_of(httpx.get(url)) == expected
    sandbox.bucket.skew_seconds = 310
    assert "Request has expired" in httpx.get(url).text


WRONG_HEADERS: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "all right": ({}, (200, "")),
    "another method": ({"method": "PUT"}, (403, "SignatureDoesNotMatch")),
    "another path": ({"path": "/sandbox/dog.png"}, (403, "SignatureDoesNotMatch")),
    "another query": ({"query": {"x": "1"}}, (403, "SignatureDoesNotMatch")),
    "another key": ({"Credential": "SOMEBODY/20260101/us-east-1/s3/aws4_request"}, (403, "InvalidAccessKeyId")),
    "another signature": ({"Signature": "0" * 64}, (403, "SignatureDoesNotMatch")),
    "no signature": ({"Signature": "none"}, (400, "AuthorizationHeaderMalformed")),
    "a date that is not signed": ({"SignedHeaders": "host"}, (403, "AccessDenied")),
    "20 minutes ago": ({"at": -1200}, (403, "RequestTimeTooSkewed")),
    "in 20 minutes": ({"at": 1200}, (403, "RequestTimeTooSkewed")),
    "14 minutes ago": ({"at": -840}, (200, "")),
    "in chunks": ({"payload": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}, (501, "NotImplemented")),
    "no digest": ({"payload": "x"}, (400, "InvalidArgument")),
}


@pytest.mark.parametrize("wrong", WRONG_HEADERS)
def test_a_request_is_as_good_as_its_signed_headers(sandbox: Sandbox, wrong: str) -> None:
    changes, expected = WRONG_HEADERS[wrong]
    sandbox.bucket.put("cat.png", b"a cat")
    arguments = {"method": "GET", "path": "/sandbox/cat.png", **changes}
    reply = httpx.get(f"{sandbox.storage_url}/sandbox/cat.png", headers=signed(sandbox, **arguments))
    assert code_of(reply) == expected


def test_a_credential_of_another_region_is_told_the_right_one(sandbox: Sandbox) -> None:
    with pytest.raises(Exception, match=r"AuthorizationHeaderMalformed.*us-east-1"):
        obstore.put(store_of(sandbox, region="eu-west-1"), "x", b"x")


def test_a_body_must_be_the_signed_one(sandbox: Sandbox) -> None:
    path = "/sandbox/signed"
    headers = signed(sandbox, "PUT", path, payload=hashlib.sha256(b"this").hexdigest())
    url = sandbox.storage_url + path
    assert code_of(httpx.put(url, content=b"that", headers=headers)) == (400, "XAmzContentSHA256Mismatch")
    assert "signed" not in sandbox.bucket.objects
    assert httpx.put(url, content=b"this", headers=headers).status_code == 200


def test_a_secret_that_is_wrong_opens_nothing(sandbox: Sandbox) -> None:
    with pytest.raises(PermissionDeniedError, match="SignatureDoesNotMatch"):
        obstore.put(store_of(sandbox, secret_access_key="wrong"), "x", b"x")


def test_a_read_only_bucket_can_be_read_but_not_written(sandbox: Sandbox, store: S3Store) -> None:
    obstore.put(store, "kept", b"x")
    sandbox.bucket.read_only = True
    assert bytes(obstore.get(store, "kept").bytes()) == b"x"
    with pytest.raises(PermissionDeniedError, match="AccessDenied"):
        obstore.put(store, "new", b"x")
    with pytest.raises(Exception, match="AccessDenied"):
        obstore.delete(store, "kept")
    assert code_of(httpx.put(sandbox.bucket.url("PUT", "new", 60), content=b"x")) == (403, "AccessDenied")


def test_another_bucket_does_not_exist(sandbox: Sandbox) -> None:
    url = sandbox.bucket.url("GET", "cat.png", 60).replace("/sandbox/", "/sandbax/")
    assert code_of(httpx.get(url)) == (404, "NoSuchBucket")


def test_faults_hit_the_bucket_and_are_told_as_s3_tells_them(sandbox: Sandbox) -> None:
    sandbox.fault("bucket_get", status=503)
    sandbox.fault("bucket_put", status=500)
    assert code_of(httpx.get(sandbox.bucket.url("GET", "cat.png", 60))) == (503, "ServiceUnavailable")
    assert code_of(httpx.put(sandbox.bucket.url("PUT", "cat.png", 60), content=b"x")) == (500, "InternalError")


def part(number: int, etag: str) -> str:
    return f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"


ETAG = hashlib.md5(b"x").hexdigest()
PARTS = {
    "none": ("", "MalformedXML"),
    "a missing one": (part(7, ETAG), "InvalidPart"),
    "another etag": (part(1, "0" * 32), "InvalidPart"),
    "twice": (part(1, ETAG) * 2, "InvalidPartOrder"),
    "small ones": (part(1, ETAG) + part(2, f"&quot;{ETAG}&quot;"), "EntityTooSmall"),
}


@pytest.mark.parametrize("wrong", PARTS)
def test_an_upload_is_not_completed_by_a_wrong_list_of_parts(sandbox: Sandbox, wrong: str) -> None:
    text, code = PARTS[wrong]
    path = "/sandbox/parts"
    begun = httpx.post(f"{sandbox.storage_url}{path}?uploads", headers=signed(sandbox, "POST", path, {"uploads": ""}))
    match = re.search("<UploadId>(.*)</UploadId>", begun.text)
    assert match
    upload = match[1]
    for number in (1, 2):
        query = {"partNumber": str(number), "uploadId": upload}
        url = f"{sandbox.storage_url}{path}?partNumber={number}&uploadId={quote(upload)}"
        reply = httpx.put(url, content=b"x", headers=signed(sandbox, "PUT", path, query))
        assert reply.status_code == 200, reply.text
    body = f"<CompleteMultipartUpload>{text}</CompleteMultipartUpload>"
    query = {"uploadId": upload}
    url = f"{sandbox.storage_url}{path}?uploadId={quote(upload)}"
    reply = httpx.post(url, content=body, headers=signed(sandbox, "POST", path, query))
    assert code_of(reply) == (400, code)
    assert sandbox.bucket.uploads == ["parts"]
    assert httpx.delete(url, headers=signed(sandbox, "DELETE", path, query)).status_code == 204
    gone = httpx.post(url, content=body, headers=signed(sandbox, "POST", path, query))
    assert code_of(gone) == (404, "NoSuchUpload")


def test_what_a_store_cannot_do_it_says(sandbox: Sandbox) -> None:
    path = "/sandbox/copy"
    headers = {**signed(sandbox, "PUT", path), "x-amz-copy-source": "/sandbox/cat.png"}
    assert code_of(httpx.put(sandbox.storage_url + path, headers=headers)) == (403, "AccessDenied")
    reply = httpx.request("PATCH", f"{sandbox.storage_url}/sandbox/cat.png")
    assert (reply.status_code, reply.headers["Allow"]) == (405, "DELETE, GET, HEAD, POST, PUT")
