"""The object store of the sandbox: it refuses what S3 refuses."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.contract.sandbox_api import CHUNK, Api, frozen_sandbox

DATA = bytes(range(256)) * 10


@pytest.fixture
def put_url(api: Api) -> str:
    return api.part_url(api.create(len(DATA))["eid"], 1, len(DATA))


@pytest.fixture
def object_url(api: Api) -> str:
    return api.model_url(api.ready(DATA), quality="sd")


def code_of(reply: httpx.Response) -> str:
    assert reply.headers["Content-Type"].startswith("application/xml")
    match = re.search("<Code>(.*)</Code>", reply.text)
    assert match
    return match[1]


def test_the_etag_is_the_quoted_md5(put_url: str) -> None:
    reply = httpx.put(put_url, content=DATA[:CHUNK])
    assert reply.status_code == 200
    assert reply.content == b""
    assert reply.headers["ETag"] == f'"{hashlib.md5(DATA[:CHUNK]).hexdigest()}"'


def test_a_part_can_be_sent_again_and_the_last_counts(api: Api) -> None:
    eid = api.create(3)["eid"]
    for data in (b"one", b"two"):
        assert httpx.put(api.part_url(eid, 1, 3), content=data).status_code == 200
    part = api.sandbox.teleport.captures[eid].parts[1]
    assert part.accepted == 2
    assert part.md5 == hashlib.md5(b"two").hexdigest()


def test_an_expired_url_is_refused_and_a_fresh_one_is_not(api: Api) -> None:
    eid = api.create(3)["eid"]
    old = api.part_url(eid, 1, 3)
    api.sandbox.clock.advance(3601)
    reply = httpx.put(old, content=b"one")
    assert (reply.status_code, code_of(reply)) == (403, "AccessDenied")
    assert "Request has expired" in reply.text
    api.http.headers["Authorization"] = f"Bearer {api.sandbox.tokens.issue()}"
    assert httpx.put(api.part_url(eid, 1, 3), content=b"one").status_code == 200


FORGERIES = {
    "another part": lambda url: url.replace("partNumber=1", "partNumber=2"),
    "another upload": lambda url: re.sub("uploadId=[^&]*", "uploadId=other", url),
    "another path": lambda url: url.replace("/input?", "/output?"),
    "a longer life": lambda url: url.replace("X-Amz-Expires=3600", "X-Amz-Expires=9999"),
    "another signature": lambda url: re.sub("X-Amz-Signature=.", "X-Amz-Signature=g", url),
    "one more parameter": lambda url: url + "&more=1",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_url_is_refused(put_url: str, forgery: str) -> None:
    forged = FORGERIES[forgery](put_url)
    assert forged != put_url
    reply = httpx.put(forged, content=DATA[:CHUNK])
    assert (reply.status_code, code_of(reply)) == (403, "SignatureDoesNotMatch")


def test_a_url_without_a_signature_is_refused(put_url: str) -> None:
    reply = httpx.put(re.sub("&X-Amz-Signature=.*", "", put_url), content=b"x")
    assert (reply.status_code, code_of(reply)) == (403, "AccessDenied")


@pytest.mark.parametrize(("method", "status"), [("GET", 403), ("HEAD", 403), ("POST", 405), ("DELETE", 405)])
def test_a_url_is_for_one_method(put_url: str, method: str, status: int) -> None:
    assert httpx.request(method, put_url).status_code == status


def test_a_download_url_takes_no_put(object_url: str) -> None:
    assert code_of(httpx.put(object_url, content=b"x")) == "SignatureDoesNotMatch"


def test_credentials_beside_a_signature_are_refused(api: Api, put_url: str, object_url: str) -> None:
    headers = {"Authorization": api.http.headers["Authorization"]}
    for reply in (httpx.put(put_url, content=b"x", headers=headers), httpx.get(object_url, headers=headers)):
        assert (reply.status_code, code_of(reply)) == (400, "InvalidArgument")
        assert "Only one auth mechanism allowed" in reply.text


def test_a_body_without_a_known_length_is_refused(put_url: str) -> None:
    reply = httpx.put(put_url, content=iter([b"x"]))
    assert (reply.status_code, code_of(reply)) == (501, "NotImplemented")


def test_a_put_without_any_length_is_refused(api: Api, put_url: str) -> None:
    parts = urlsplit(put_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 411 ")


@pytest.mark.parametrize(
    ("content_md5", "status"),
    [
        (base64.b64encode(hashlib.md5(b"x").digest()).decode(), 200),
        (base64.b64encode(hashlib.md5(b"y").digest()).decode(), 400),
        ("?", 400),
    ],
)
def test_a_given_md5_is_checked(put_url: str, content_md5: str, status: int) -> None:
    assert httpx.put(put_url, content=b"x", headers={"Content-MD5": content_md5}).status_code == status


def test_a_part_whose_sender_hangs_up_is_not_accepted(api: Api, put_url: str) -> None:
    parts = urlsplit(put_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 1000\r\n\r\n"
        connection.sendall(head.encode() + b"x" * 500)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    # Its loop has been through the end of the other connection when it answers this one.
    assert httpx.get(api.sandbox.storage_url).status_code == 404
    (capture,) = api.sandbox.teleport.captures.values()
    assert capture.parts == {}
    assert list(capture.upload.folder.iterdir()) == []


def test_a_completed_upload_takes_no_more_parts(api: Api) -> None:
    eid = api.create(len(DATA))["eid"]
    url = api.part_url(eid, 1, len(DATA))
    assert api.complete(eid, api.put_parts(eid, DATA)).status_code == 200
    reply = httpx.put(url, content=DATA[:CHUNK])
    assert (reply.status_code, code_of(reply)) == (404, "NoSuchUpload")


def test_a_sparse_input_takes_no_room_and_is_still_all_there() -> None:
    size = 8 * 1024 * 1024
    with frozen_sandbox(chunk_size=size) as api:
        eid = api.create(size)["eid"]
        assert httpx.put(api.part_url(eid, 1, size), content=bytes(size)).status_code == 200
        (part,) = api.sandbox.teleport.captures[eid].parts.values()
        assert part.path is not None
        assert part.path.stat().st_size == size
        assert part.path.stat().st_blocks * 512 < size / 10
        assert part.md5 == hashlib.md5(bytes(size)).hexdigest()


@pytest.fixture(scope="module")
def download() -> Iterator[tuple[str, bytes, str]]:
    with frozen_sandbox() as api:
        url = api.model_url(api.ready(DATA), quality="sd")
        whole = httpx.get(url)
        yield url, whole.content, whole.headers["ETag"]


def test_a_whole_object(download: tuple[str, bytes, str]) -> None:
    url, content, etag = download
    reply = httpx.get(url)
    assert reply.status_code == 200
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert int(reply.headers["Content-Length"]) == len(content)
    assert etag == f'"{hashlib.md5(content).hexdigest()}"'


@pytest.mark.parametrize(
    ("header", "start", "end"), [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-50", -50, None)]
)
def test_a_range_of_an_object(download: tuple[str, bytes, str], header: str, start: int, end: int | None) -> None:
    url, content, etag = download
    reply = httpx.get(url, headers={"Range": header, "If-Range": etag})
    expected = content[start:end]
    first = start % len(content)
    assert reply.status_code == 206
    assert reply.content == expected
    assert reply.headers["Content-Range"] == f"bytes {first}-{first + len(expected) - 1}/{len(content)}"


def test_a_range_of_another_version_gives_the_whole(download: tuple[str, bytes, str]) -> None:
    url, content, _ = download
    reply = httpx.get(url, headers={"Range": "bytes=100-", "If-Range": '"another"'})
    assert reply.status_code == 200
    assert reply.content == content


def test_a_range_behind_the_end(download: tuple[str, bytes, str]) -> None:
    url, content, _ = download
    reply = httpx.get(url, headers={"Range": f"bytes={len(content)}-"})
    assert reply.status_code == 416
    assert reply.headers["Content-Range"] == f"bytes */{len(content)}"


def test_head_tells_the_size_without_the_bytes(download: tuple[str, bytes, str]) -> None:
    url, content, etag = download
    reply = httpx.head(url)
    assert reply.status_code == 200
    assert reply.headers["ETag"] == etag
    assert int(reply.headers["Content-Length"]) == len(content)


def test_an_expired_download_is_refused(api: Api, object_url: str) -> None:
    api.sandbox.clock.advance(3601)
    assert "Request has expired" in httpx.get(object_url).text


def test_the_results_of_a_deleted_capture_are_gone(api: Api, object_url: str) -> None:
    (eid,) = api.sandbox.teleport.captures
    assert api.http.delete(f"/api/v1/captures/{eid}").status_code == 204
    reply = httpx.get(object_url)
    assert (reply.status_code, code_of(reply)) == (404, "NoSuchKey")
