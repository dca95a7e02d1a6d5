"""Signatures of version 4, compared with the worked examples of AWS's documentation."""

from __future__ import annotations

import pytest

from safelight.sandbox.signing import UNSIGNED, AccessKey, signature_of

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


def test_a_key_does_not_show_its_secret() -> None:
    key = AccessKey()
    assert key.id in repr(key)
    assert key.secret not in repr(key)
