"""Storage on real stores: what is put can be read, and addresses allow what they say, to whom they say, as long."""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import pytest

from safelight.errors import ConfigError
from safelight.redaction import SignedURL
from safelight.storage import AsyncStorage, Storage
from tests.e2e.twins import Twins
from tests.stores import Store, web

PICTURE = b"\xff\xd8\xff\xe0 a picture" * 1000
MIB = 1024 * 1024
BIG = 17 * MIB + 5


def opened(store: Store, twins: Twins, url: str = "", **over: Any) -> Any:
    settings = {"endpoint": store.endpoint, **store.credentials, **over}
    return twins(Storage, AsyncStorage)(url or store.url, **settings)


@pytest.fixture
def place(store: Store) -> str:
    """A part of the store that other tests do not use."""
    return f"{store.url}/{secrets.token_hex(4)}"


@pytest.fixture
def storage(store: Store, twins: Twins, place: str) -> Any:
    return opened(store, twins, place)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "Cat (1).JPG"
    path.write_bytes(PICTURE)
    return path


@pytest.mark.parametrize("kind", ["path", "text of a path", "bytes", "file object"])
def test_what_is_put_can_be_read_from_the_address(storage: Any, picture: Path, kind: str) -> None:
    with picture.open("rb") as file:
        given = {"path": picture, "text of a path": str(picture), "bytes": PICTURE, "file object": file}[kind]
        url = storage.put(given)
        assert not file.closed
    assert web.get(url).content == PICTURE
    assert isinstance(url, SignedURL)


def test_the_address_keeps_the_files_suffix_and_the_store_its_media_type(storage: Any, picture: Path) -> None:
    url = storage.put(picture)
    assert urlsplit(url).path.endswith(".jpg")
    assert web.get(url).headers["content-type"] == "image/jpeg"


def test_a_result_is_written_to_an_address_by_a_plain_put(storage: Any) -> None:
    name = "results/depth.png"
    url = storage.presign_put(name)
    assert storage.size(name) is None
    assert web.put(url, content=PICTURE).is_success
    assert storage.size(name) == len(PICTURE)
    assert web.get(storage.presign_get(name)).content == PICTURE


def test_a_result_that_is_written_again_replaces_the_first(storage: Any) -> None:
    for content in (PICTURE, b"another"):
        assert web.put(storage.presign_put("again.png"), content=content).is_success
        assert web.get(storage.presign_get("again.png")).content == content
        assert storage.size("again.png") == len(content)


def test_an_address_to_write_to_is_none_to_read_from_and_the_other_way_round(storage: Any) -> None:
    readable = storage.put(PICTURE, name="both.jpg")
    assert refused(web.get(storage.presign_put("both.jpg")))
    assert refused(web.put(readable, content=b"x", headers={"x-ms-blob-type": "BlockBlob"}))
    assert refused(web.delete(readable))
    assert web.get(readable).content == PICTURE


def test_an_expired_address_is_refused(store: Store, storage: Any) -> None:
    name = "expiring.jpg"
    hour, day = storage.put(PICTURE, name=name), storage.presign_get(name, expires=86400)
    writable = storage.presign_put(name, expires=60)
    with store.ahead(50):
        assert web.put(writable, content=PICTURE).is_success
        assert web.get(hour).is_success
    with store.ahead(3601 + 10):
        assert refused(web.put(writable, content=b"x"))
        assert refused(web.get(hour))
        assert web.get(day).is_success


def test_a_forged_address_is_refused(store: Store, twins: Twins, place: str, storage: Any) -> None:
    url = storage.put(PICTURE, name="forged.jpg")
    storage.put(b"other", name="other.jpg")
    assert web.get(url).is_success
    assert refused(web.get(url.replace("forged.jpg", "other.jpg")))
    assert refused(web.get(with_last_signature_changed(url)))
    other_key = opened(store, twins, place, **store.forged)
    if store.name != "azure":  # which would ask the store, with that key
        assert refused(web.get(other_key.presign_get("forged.jpg")))
    assert refused(web.put(other_key.presign_put("forged.jpg"), content=b"x"))


def test_an_address_for_longer_than_its_time_is_refused(storage: Any) -> None:
    url = storage.put(PICTURE)
    longer = {"X-Amz-Expires": "86400", "X-Goog-Expires": "86400", "se": "2100-01-01T00:00:00Z"}
    assert refused(web.get(changed(url, longer)))


def test_what_is_deleted_is_gone_and_may_be_deleted_again(storage: Any) -> None:
    url = storage.put(PICTURE, name="gone.jpg")
    assert storage.size("gone.jpg") == len(PICTURE)
    storage.delete("gone.jpg")
    assert storage.size("gone.jpg") is None
    assert web.get(url).status_code == 404
    storage.delete("gone.jpg")


def test_a_large_file_arrives_byte_for_byte(storage: Any, tmp_path: Path) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(os.urandom(BIG))
    reports: list[Any] = []
    url = storage.put(video, name="large.mp4", on_progress=reports.append)
    reply = web.get(url)
    assert reply.content == video.read_bytes()
    assert reply.headers["content-type"] == "video/mp4"
    assert (reports[-1].done, reports[-1].total, reports[-1].phase) == (BIG, BIG, "uploading")


def test_a_file_object_is_read_from_where_it_is(storage: Any) -> None:
    file = io.BytesIO(b"head" + PICTURE)
    file.seek(4)
    assert web.get(storage.put(file)).content == PICTURE


@pytest.mark.parametrize("size", [1000, BIG])
def test_a_stream_that_tells_no_size_is_sent_too(storage: Any, size: int) -> None:
    content = os.urandom(size)

    class Stream(io.RawIOBase):
        file = io.BytesIO(content)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            return self.file.readinto(buffer)

    assert web.get(storage.put(io.BufferedReader(Stream()), name=f"stream-{size}.bin")).content == content


def test_credentials_and_endpoint_are_found_in_the_environment(
    store: Store, twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    storage = twins(Storage, AsyncStorage)(store.url)
    assert web.get(storage.put(PICTURE)).content == PICTURE


def test_a_name_is_taken_literally(s3_store: Store, no_clouds: None, twins: Twins) -> None:
    storage = opened(s3_store, twins, "s3://pictures/a prefix/ä")
    name = "what?/100%25 #1 + 'ü' & {more}.png"
    assert web.get(storage.put(PICTURE, name=name)).content == PICTURE
    assert storage.size(name) == len(PICTURE)


def test_files_of_aws_tools_are_read(
    s3_store: Store, no_clouds: None, twins: Twins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ".aws"
    folder.mkdir()
    key, secret = s3_store.credentials["access_key_id"], s3_store.credentials["secret_access_key"]
    (folder / "credentials").write_text(f"[work]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    region = s3_store.credentials["region"]
    (folder / "config").write_text(f"[profile work]\nregion = {region}\nendpoint_url = {s3_store.endpoint}\n")
    monkeypatch.setenv("AWS_PROFILE", "work")
    storage = twins(Storage, AsyncStorage)(s3_store.url)
    assert web.get(storage.put(PICTURE)).content == PICTURE


def test_keys_that_are_given_are_not_mixed_with_a_session_of_the_environment(
    s3_store: Store, no_clouds: None, twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of other keys")
    url = opened(s3_store, twins).put(PICTURE)
    assert "X-Amz-Security-Token" not in url
    url = opened(s3_store, twins, session_token="of these").presign_get("x")
    assert dict(parse_qsl(urlsplit(url).query))["X-Amz-Security-Token"] == "of these"


def test_azure_takes_the_put_of_a_service_that_names_the_objects_type_too(
    azure_store: Store, no_clouds: None, twins: Twins
) -> None:
    storage = opened(azure_store, twins)
    headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": "image/png"}
    assert web.put(storage.presign_put("typed.png"), content=PICTURE, headers=headers).is_success
    reply = web.get(storage.presign_get("typed.png"))
    assert (reply.content, reply.headers["content-type"]) == (PICTURE, "image/png")


def test_azure_refuses_a_plain_put_to_the_address_of_an_object(
    azure_store: Store, no_clouds: None, twins: Twins
) -> None:
    """Why `presign_put` gives the address of a block: should Azure take such a PUT one day, that can go."""
    url = changed(opened(azure_store, twins).presign_put("plain.png"), {"comp": None, "blockid": None})
    assert web.put(url, content=PICTURE).status_code == 400
    assert web.put(url, content=PICTURE, headers={"x-ms-blob-type": "BlockBlob"}).is_success


def test_a_shared_access_signature_stores_and_does_not_sign(azure_store: Store, no_clouds: None, twins: Twins) -> None:
    token = urlsplit(opened(azure_store, twins).presign_put("by-token.png")).query.partition("&comp=")[0]
    name, endpoint = azure_store.credentials["account_name"], azure_store.endpoint
    storage = twins(Storage, AsyncStorage)(azure_store.url, endpoint=endpoint, account_name=name, sas_token=token)
    with pytest.raises(ConfigError, match="needs a key"):
        storage.put(PICTURE, name="by-token.png")
    assert opened(azure_store, twins).size("by-token.png") is None


def refused(reply: httpx.Response) -> bool:
    """Whether a store says that the address does not allow this: Google says 400 of an expired one."""
    return reply.status_code in (401, 403) or (reply.status_code == 400 and "ExpiredToken" in reply.text)


def changed(url: str, values: Mapping[str, str | None]) -> str:
    """The address with other values of its query, those that it has; None removes one."""
    parts = urlsplit(url)
    pairs = [(name, values.get(name, value)) for name, value in parse_qsl(parts.query)]
    return urlunsplit(parts._replace(query=urlencode([pair for pair in pairs if pair[1] is not None])))


def with_last_signature_changed(url: str) -> str:
    """The address with another signature of the same length."""
    for name, value in parse_qsl(urlsplit(url).query):
        if name in ("X-Amz-Signature", "X-Goog-Signature", "sig"):
            return changed(url, {name: ("1" if value[0] == "0" else "0") + value[1:]})
    raise AssertionError(url)
