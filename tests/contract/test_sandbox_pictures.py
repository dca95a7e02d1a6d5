"""The sandbox's Haut.AI takes pictures by signed URLs, as Google Cloud Storage does, and by their rules."""

from __future__ import annotations

import http.client
import re
from urllib.parse import urlsplit

import httpx
import pytest

from tests.contract.hautai_api import Haut, error, files, put, selfie


def test_a_picture_is_put_to_its_url_and_may_be_put_again(haut: Haut) -> None:
    image = haut.begin()
    url = image["upload_url"]
    assert (url["method"], url["headers"]) == (
        "PUT",
        {"Content-Type": "application/octet-stream", "X-Goog-Content-Length-Range": "1,31457280"},
    )
    query = dict(pair.split("=") for pair in urlsplit(url["url"]).query.split("&"))
    assert query["X-Goog-SignedHeaders"] == "content-type%3Bhost%3Bx-goog-content-length-range"
    assert query["X-Goog-Expires"] == "3600"
    assert [put(url, selfie()).status_code for _ in range(2)] == [200, 200]
    (file,) = files(haut)
    assert list(file.parent.iterdir()) == [file]
    assert haut.sandbox.hautai.pictures == 1
    assert haut.sandbox.count("picture") == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "image/png"},
        {"X-Goog-Content-Length-Range": "1,99999999"},
        {"X-Goog-Content-Length-Range": "0,31457280"},
        {"Host": "storage.googleapis.com"},
    ],
)
def test_another_signed_header_is_refused(haut: Haut, headers: dict[str, str]) -> None:
    assert error(put(haut.begin()["upload_url"], b"x", **headers)) == (403, "SignatureDoesNotMatch")
    assert haut.sandbox.hautai.pictures == 0


def test_a_header_of_the_stores_that_is_not_signed_is_refused(haut: Haut) -> None:
    put_with = put(haut.begin()["upload_url"], b"x", **{"X-Goog-Acl": "public-read"})
    assert error(put_with) == (400, "MalformedSecurityHeader")
    assert haut.sandbox.hautai.pictures == 0


@pytest.mark.parametrize("missing", ["Content-Type", "X-Goog-Content-Length-Range"])
def test_a_missing_signed_header_is_refused(haut: Haut, missing: str) -> None:
    url = haut.begin()["upload_url"]
    headers = {name: value for name, value in url["headers"].items() if name != missing}
    assert error(httpx.put(url["url"], content=b"x", headers=headers)) == (403, "SignatureDoesNotMatch")


def test_another_method_path_or_query_is_refused(haut: Haut) -> None:
    image, other = haut.upload(), haut.begin()
    url, headers = image["upload_url"]["url"], image["upload_url"]["headers"]
    later = re.sub("X-Goog-Expires=3600", "X-Goog-Expires=9999", url)
    for method, wrong in (
        *(("GET", url), ("HEAD", url), ("PUT", later), ("PUT", f"{url}&x=1")),
        ("PUT", url.replace(image["id"], other["id"])),
    ):
        reply = httpx.request(method, wrong, headers=headers, content=b"x" if method == "PUT" else None)
        assert reply.status_code == 403
    assert error(httpx.get(url.partition("?")[0])) == (403, "AccessDenied")
    assert httpx.post(url, headers=headers).status_code == 405


def test_a_url_lives_for_its_time(haut: Haut) -> None:
    url = haut.begin()["upload_url"]
    haut.sandbox.clock.advance(3599)
    assert put(url, selfie()).status_code == 200
    haut.sandbox.clock.advance(1)
    assert error(put(url, selfie())) == (400, "ExpiredToken")


@pytest.mark.parametrize(
    ("size", "answer"), [(0, (400, "EntityTooSmall")), (31457281, (400, "EntityTooLarge")), (1, None), (31457280, None)]
)
def test_the_length_lies_in_the_range(haut: Haut, size: int, answer: tuple[int, str] | None) -> None:
    url = haut.begin()["upload_url"]
    if answer is None:
        assert put(url, bytes(size)).status_code == 200
        assert haut.sandbox.hautai.pictures == 1
        return
    # Only the head is sent: the answer does not wait for what is refused.
    target = urlsplit(url["url"])
    connection = http.client.HTTPConnection(target.netloc, timeout=10)
    try:
        connection.putrequest("PUT", f"{target.path}?{target.query}", skip_accept_encoding=True)
        for name, value in {**url["headers"], "Content-Length": str(size)}.items():
            connection.putheader(name, value)
        connection.endheaders()
        reply = connection.getresponse()
        assert error(httpx.Response(reply.status, content=reply.read())) == answer
    finally:
        connection.close()
    assert haut.sandbox.hautai.pictures == 0


def test_credentials_of_another_host_are_refused_and_counted(haut: Haut) -> None:
    url = haut.begin()["upload_url"]
    reply = put(url, selfie(), Authorization=haut.http.headers["Authorization"])
    assert error(reply) == (400, "InvalidArgument")
    assert (haut.sandbox.hautai.leaks, haut.sandbox.hautai.pictures) == (1, 0)
