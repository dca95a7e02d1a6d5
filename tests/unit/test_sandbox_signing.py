"""Signatures of version 4, compared with the worked examples of AWS's documentation, and Google's with a store's."""

from __future__ import annotations

import hmac
from urllib.parse import quote, urlencode

import pytest

from safelight.sandbox.signing import GOOGLE, UNSIGNED, AccessKey, scope_of, signature_of
from tests.stores.gcs_server import string_to_sign

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HOST = "examplebucket.s3.amazonaws.com"
TIME = "20130524T000000Z"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_example_of_a_presigned_url() -> None:
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request",
        "X-Amz-Date": TIME,
        "X-Amz-Expires": "86400",
        "X-Amz-SignedHeaders": "host",
    }
    signature = signature_of(SECRET, "GET", "/test.txt", query.items(), {"host": HOST}, UNSIGNED, TIME)
    assert signature == "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "payload", "signature"),
    [
        (
            *("GET", "/test.txt", {}, {"range": "bytes=0-9"}, EMPTY),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            *("GET", "/", {"lifecycle": ""}, {}, EMPTY),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            *("GET", "/", {"max-keys": "2", "prefix": "J"}, {}, EMPTY),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
        (
            *("PUT", "/test$file.text", {}),
            {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
            "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
    ],
)
def test_the_examples_of_signed_headers(
    method: str, path: str, query: dict[str, str], headers: dict[str, str], payload: str, signature: str
) -> None:
    headers = {"host": HOST, "x-amz-content-sha256": payload, "x-amz-date": TIME, **headers}
    assert signature_of(SECRET, method, path, query.items(), headers, payload, TIME) == signature


def test_google_signs_the_same_request_by_its_own_names() -> None:
    headers = {"host": "storage.googleapis.com", "content-type": "a/b", "x-goog-content-length-range": "1,31457280"}
    scope = scope_of(TIME, "auto", GOOGLE)
    assert scope == "20130524/auto/storage/goog4_request"
    query = {
        "X-Goog-Algorithm": "GOOG4-HMAC-SHA256",
        "X-Goog-Credential": f"KEY/{scope}",
        "X-Goog-Date": TIME,
        "X-Goog-Expires": "3600",
        "X-Goog-SignedHeaders": ";".join(sorted(headers)),
    }
    path = "/bucket/a picture.png"
    signature = signature_of(SECRET, "PUT", path, query.items(), headers, UNSIGNED, TIME, region="auto", dialect=GOOGLE)
    # That store's accounts sign the same text by RSA.
    target = f"{quote(path)}?{urlencode(query)}"
    text = string_to_sign("PUT", target, headers, scope).replace(b"GOOG4-RSA", b"GOOG4-HMAC", 1)
    key = f"GOOG4{SECRET}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    assert signature == hmac.digest(key, text, "sha256").hex()


def test_a_key_does_not_show_its_secret() -> None:
    key = AccessKey()
    assert key.id in repr(key)
    assert key.secret not in repr(key)
