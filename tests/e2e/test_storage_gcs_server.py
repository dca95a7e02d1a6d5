"""The tests' own Google Cloud Storage is as strict as it says: addresses are signed here as Google documents it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.stores import Store, web
from tests.stores.gcs_server import HOST, GCSServer, string_to_sign

RANGE = "X-Goog-Content-Length-Range"


def signed(store: Store, method: str, path: str, headers: dict[str, str], **over: str) -> str:
    key = json.loads(store.credentials["service_account_key"])
    now = datetime.fromtimestamp(time.time(), UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/auto/storage/goog4_request"
    names = {"host": HOST, **{name.lower(): value for name, value in headers.items()}}
    query = {
        "X-Goog-Algorithm": "GOOG4-RSA-SHA256",
        "X-Goog-Credential": f"{key['client_email']}/{scope}",
        "X-Goog-Date": now,
        "X-Goog-Expires": "300",
        "X-Goog-SignedHeaders": ";".join(sorted(names)),
        **over,
    }
    target = f"{path}?{urlencode(query)}"
    private = serialization.load_pem_private_key(key["private_key"].encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    signature = private.sign(string_to_sign(method, target, names, scope), padding.PKCS1v15(), hashes.SHA256())
    return f"{store.endpoint}{target}&X-Goog-Signature={signature.hex()}"


@pytest.mark.parametrize(
    ("size", "status", "code"),
    [(1, 200, ""), (1000, 200, ""), (0, 400, "EntityTooSmall"), (1001, 400, "EntityTooLarge")],
)
def test_the_length_of_an_upload_is_kept_within_the_signed_range(
    gcs_store: Store, gcs_server: GCSServer, size: int, status: int, code: str
) -> None:
    headers = {RANGE: "1,1000"}
    name = f"ranged-{size}.png"
    reply = web.put(signed(gcs_store, "PUT", f"/pictures/{name}", headers), content=bytes(size), headers=headers)
    assert (reply.status_code, code in reply.text) == (status, True)
    assert (name in gcs_server.buckets["pictures"]) is (status == 200)


@pytest.mark.parametrize("sent", [{}, {RANGE: "1,2000"}])
def test_the_signed_range_can_be_neither_left_out_nor_changed(gcs_store: Store, sent: dict[str, str]) -> None:
    url = signed(gcs_store, "PUT", "/pictures/ranged.png", {RANGE: "1,1000"})
    assert web.put(url, content=b"x", headers=sent).status_code == 403


@pytest.mark.parametrize(
    ("over", "status"),
    [
        ({"X-Goog-Algorithm": "GOOG4-HMAC-SHA256"}, 400),
        ({"X-Goog-Expires": "604801"}, 400),
        ({"X-Goog-Expires": "soon"}, 400),
        ({"X-Goog-Date": "20200101T000000Z"}, 400),
        ({"X-Goog-Credential": "somebody@else/20260101/auto/storage/goog4_request"}, 400),
        ({"X-Goog-SignedHeaders": "x-goog-content-length-range"}, 400),
    ],
)
def test_what_google_does_not_sign_is_refused_whoever_signed_it(
    gcs_store: Store, over: dict[str, str], status: int
) -> None:
    assert web.get(signed(gcs_store, "GET", "/pictures/any.png", {}, **over)).status_code == status


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer a.b.c", "Bearer e30.e30.e30"])
def test_a_request_without_a_good_token_is_refused(gcs_store: Store, token: str) -> None:
    reply = web.get(f"{gcs_store.endpoint}/pictures/any.png", headers={"Authorization": token} if token else {})
    assert reply.status_code == 401
