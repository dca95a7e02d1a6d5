from __future__ import annotations

import pytest

from safelight.transfer.decide import (
    MOST_FAILURES,
    MOST_REDIRECTS,
    MOST_URLS,
    Tries,
    after_failure,
    after_reply,
    md5_of_etag,
)

EXPIRED_S3 = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
EXPIRED_GCS = "<Error><Code>ExpiredToken</Code><Message>Invalid argument.</Message></Error>"


@pytest.mark.parametrize(
    ("status", "body", "following"),
    [
        (200, "", "done"),
        (201, "", "done"),
        (403, EXPIRED_S3, "new url"),
        (403, "", "new url"),
        (400, EXPIRED_GCS, "new url"),
        (404, "<Code>NoSuchUpload</Code>", "gone"),
        (404, "", "new url"),
        (408, "", "again"),
        (429, "", "again"),
        (500, "<Code>InternalError</Code>", "again"),
        (503, "<Code>SlowDown</Code>", "again"),
        (400, "<Code>RequestTimeout</Code>", "again"),
        (400, "<Code>BadDigest</Code>", "fail"),
        (411, "", "fail"),
        (307, "", "redirect"),
        (308, "", "redirect"),
        (302, "", "fail"),
        (501, "", "fail"),
    ],
)
def test_what_a_stores_reply_means(status: int, body: str, following: str) -> None:
    assert after_reply(status, body, Tries()) == following


def test_each_kind_of_trouble_has_its_own_bound() -> None:
    tries = Tries()
    assert [after_failure(tries) for _ in range(MOST_FAILURES)] == ["again"] * (MOST_FAILURES - 1) + ["fail"]
    assert [after_reply(403, "", tries) for _ in range(MOST_URLS)] == ["new url"] * (MOST_URLS - 1) + ["fail"]
    assert [after_reply(307, "", tries) for _ in range(MOST_REDIRECTS + 1)] == ["redirect"] * MOST_REDIRECTS + ["fail"]


@pytest.mark.parametrize(
    ("etag", "headers", "md5"),
    [
        ('"9e107d9d372bb6826bd81d3542a419d6"', {}, "9e107d9d372bb6826bd81d3542a419d6"),
        ("9E107D9D372BB6826BD81D3542A419D6", {}, "9e107d9d372bb6826bd81d3542a419d6"),
        ('"9e107d9d372bb6826bd81d3542a419d6-3"', {}, None),
        ('W/"9e107d9d372bb6826bd81d3542a419d6"', {}, None),
        ('"abc"', {}, None),
        ("", {}, None),
        ('"9e107d9d372bb6826bd81d3542a419d6"', {"x-amz-server-side-encryption": "aws:kms"}, None),
        (
            '"9e107d9d372bb6826bd81d3542a419d6"',
            {"x-amz-server-side-encryption": "AES256"},
            "9e107d9d372bb6826bd81d3542a419d6",
        ),
        ('"9e107d9d372bb6826bd81d3542a419d6"', {"x-amz-server-side-encryption-customer-algorithm": "AES256"}, None),
    ],
)
def test_an_etag_is_compared_only_where_it_is_an_md5(etag: str, headers: dict[str, str], md5: str | None) -> None:
    assert md5_of_etag(etag, headers) == md5
