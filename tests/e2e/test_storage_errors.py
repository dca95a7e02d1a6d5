"""A storage that is set wrong gives an error that says what to do: the real stores' own refusals, where they can."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safelight.errors import ConfigError, SafelightError, TransferError
from safelight.storage import AsyncStorage, Storage
from tests.e2e.twins import Twins
from tests.stores import Store
from tests.stores.gcs_server import Account
from tests.stores.scripted import answering, closed_port

LARGE = bytes(9 * 1024 * 1024)
KEYS = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "not to be shown"}
S3_ERROR = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{}</Code><Message>{}</Message>{}</Error>'

Deed = Callable[[Any], object]
DEEDS: dict[str, Deed] = {
    "put": lambda storage: storage.put(b"a picture"),
    "put large": lambda storage: storage.put(LARGE),
    "store": lambda storage: storage.store(b"a picture", "a.png"),
    "size": lambda storage: storage.size("a.png"),
    "delete": lambda storage: storage.delete("a.png"),
}
each_deed = pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)


@pytest.fixture
def open_at(store: Store, twins: Twins) -> Callable[..., Any]:
    def open_at(url: str = "", **settings: Any) -> Any:
        given = settings or dict(store.credentials)
        return twins(Storage, AsyncStorage)(url or store.url, **{"endpoint": store.endpoint, **given})

    return open_at


def s3_at(endpoint: str, twins: Twins, **over: Any) -> Any:
    return twins(Storage, AsyncStorage)("s3://pictures", endpoint=endpoint, **{**KEYS, **over})


def told(deed: Deed, storage: Any, kind: type[SafelightError] = ConfigError) -> str:
    """What the error says; it shows no secret, and the traceback nothing that the store said of the signature."""
    with pytest.raises(kind) as caught:
        deed(storage)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    text = str(caught.value)
    for secret in ("owning", "guessed", "not to be shown", "StringToSign", "SignatureProvided", "sig=", "PRIVATE KEY"):
        assert secret not in text
    return text


@each_deed
def test_a_bucket_that_is_missing(store: Store, open_at: Any, deed: Deed) -> None:
    text = told(deed, open_at(store.missing_url))
    assert "There is no " in text
    assert "check the storage's address" in text
    assert store.missing_url in text


@each_deed
def test_a_secret_that_is_wrong(store: Store, open_at: Any, deed: Deed) -> None:
    text = told(deed, open_at(**store.forged))
    assert ("key or its secret is wrong" if store.name == "s3" else "credentials") in text
    assert {"s3": "AWS_SECRET_", "azure": "AZURE_STORAGE_ACCOUNT_KEY", "gcs": "GOOGLE_APPLICATION"}[store.name] in text


@pytest.mark.parametrize("deed", [DEEDS["store"], DEEDS["put large"]], ids=["store", "put large"])
def test_a_bucket_that_may_only_be_read(store: Store, open_at: Any, deed: Deed) -> None:
    storage = open_at(store.read_only_url, **store.reader)
    if store.name == "azure":  # where such a credential cannot sign either
        deed = DEEDS["store"]
    text = told(deed, storage)
    assert "The credentials do not allow this" in text
    assert {"s3": "s3:PutObject", "azure": "Data Contributor", "gcs": "roles/storage."}[store.name] in text


@pytest.mark.parametrize("minutes", [20, -20])
@pytest.mark.parametrize("deed", [DEEDS["put"], DEEDS["size"]], ids=["put", "size"])
@pytest.mark.fault(15)
def test_a_clock_that_is_20_minutes_off(store: Store, open_at: Any, deed: Deed, minutes: int) -> None:
    storage = open_at()
    with store.ahead(60 * minutes):
        if store.name == "gcs" and minutes > 0:  # a token that is 20 minutes old is a good one
            storage.put(b"a picture")
            return
        text = told(deed, storage)
    assert "clock" in text
    if store.name == "s3":
        assert "differs from the store's by more than 15 minutes" in text


@each_deed
def test_a_region_that_is_wrong(s3_store: Store, no_clouds: None, twins: Twins, deed: Deed) -> None:
    storage = twins(Storage, AsyncStorage)
    settings = {"endpoint": s3_store.endpoint, **s3_store.credentials, "region": "us-west-1"}
    text = told(deed, storage(s3_store.url, **settings))
    assert "the bucket's is eu-central-1: set AWS_REGION" in text


def test_an_account_that_is_wrong(azure_store: Store, no_clouds: None, twins: Twins) -> None:
    endpoint = azure_store.endpoint.replace("safelighttests", "another")
    settings = {**azure_store.credentials, "account_name": "another"}
    told(DEEDS["store"], twins(Storage, AsyncStorage)(azure_store.url, endpoint=endpoint, **settings))


@each_deed
def test_a_shared_access_signature_that_has_expired(
    azure_store: Store, no_clouds: None, twins: Twins, deed: Deed
) -> None:
    signed = azure_store.storage().presign_put("a.png", expires=60)
    storage = twins(Storage, AsyncStorage)(
        azure_store.url,
        endpoint=azure_store.endpoint,
        account_name=azure_store.credentials["account_name"],
        sas_token=signed.partition("?")[2].partition("&comp=")[0],
    )
    if deed in (DEEDS["put"], DEEDS["put large"], DEEDS["delete"]):
        deed = DEEDS["store"]  # a token cannot sign; and Azurite falls over its batches
    with azure_store.ahead(120):
        assert "have expired" in told(deed, storage)


def test_a_google_key_that_was_withdrawn(gcs_store: Store, no_clouds: None, twins: Twins) -> None:
    key = Account("owner@tests.iam.gserviceaccount.com").json(gcs_store.endpoint)
    storage = twins(Storage, AsyncStorage)(gcs_store.url, endpoint=gcs_store.endpoint, service_account_key=key)
    assert "GOOGLE_APPLICATION_CREDENTIALS" in told(DEEDS["put"], storage)


@pytest.mark.parametrize(
    ("status", "code", "more", "advice"),
    [
        (400, "ExpiredToken", "", "have expired"),
        (400, "InvalidToken", "", "have expired"),
        (403, "InvalidAccessKeyId", "", "The key or its secret is wrong"),
        (301, "PermanentRedirect", "<Endpoint>pictures.s3.eu-west-1.amazonaws.com</Endpoint>", "set AWS_REGION"),
        (
            403,
            "RequestTimeTooSkewed",
            "<RequestTime>20261121T100000Z</RequestTime><ServerTime>2026-11-21T10:20:00Z</ServerTime>",
            "is 20 minutes behind the store's",
        ),
    ],
)
@pytest.mark.parametrize("deed", [DEEDS["put"], DEEDS["size"]], ids=["put", "size"])
def test_what_aws_is_documented_to_say(
    no_clouds: None, twins: Twins, deed: Deed, status: int, code: str, more: str, advice: str
) -> None:
    """Swift knows no sessions and no other regions' buckets, and does not tell its time."""
    with answering(status, S3_ERROR.format(code, "As documented.", more)) as endpoint:
        assert advice in told(deed, s3_at(endpoint, twins))


def test_a_store_that_fails_is_given_up_on_soon(no_clouds: None, twins: Twins) -> None:
    with answering(503, S3_ERROR.format("SlowDown", "Reduce your request rate.", "")) as endpoint:
        text = told(DEEDS["put"], s3_at(endpoint, twins), TransferError)
    assert "503 SlowDown" in text
    assert "Try again later" in text


def test_a_store_that_cannot_be_reached(no_clouds: None, twins: Twins) -> None:
    endpoint = closed_port()
    text = told(DEEDS["put"], s3_at(endpoint, twins), TransferError)
    assert endpoint in text
    assert "check the endpoint and the network" in text


def test_azure_that_cannot_be_reached_when_an_address_is_asked_for(no_clouds: None, twins: Twins) -> None:
    storage = twins(Storage, AsyncStorage)(
        "az://pictures", endpoint=closed_port(), account_name="a", account_key="a2V5"
    )
    assert "check the network" in told(lambda storage: storage.presign_get("a.png"), storage, TransferError)


@pytest.mark.parametrize("endpoint", ["localhost:9000", "ftp://localhost", "https://", "http://[::1"])
def test_an_endpoint_that_is_no_address(no_clouds: None, twins: Twins, endpoint: str) -> None:
    with pytest.raises(ConfigError, match=r"endpoint is not an address that starts with https://"):
        s3_at(endpoint, twins).put(b"a picture")


@pytest.mark.parametrize("url", ["s3://pictures", "gs://pictures", "az://pictures"])
def test_credentials_that_are_missing(no_clouds: None, twins: Twins, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    nowhere = closed_port()
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    for variable in ("AWS_METADATA_ENDPOINT", "AZURE_MSI_ENDPOINT", "http_proxy", "https_proxy"):
        monkeypatch.setenv(variable, nowhere)
    settings = {"account_name": "somebody"} if url.startswith("az") else {}
    text = told(DEEDS["put"], twins(Storage, AsyncStorage)(url, **settings))
    assert "No credentials were found" in text
    assert {"s3": "AWS_PROFILE", "gs": "GOOGLE_APPLICATION_", "az": "AZURE_STORAGE_ACCOUNT_KEY"}[url[:2]] in text


def test_no_machine_is_asked_for_credentials_where_that_is_switched_off(no_clouds: None, twins: Twins) -> None:
    with pytest.raises(ConfigError, match="No credentials for S3 were found: set AWS_ACCESS_KEY_ID"):
        twins(Storage, AsyncStorage)("s3://pictures").put(b"a picture")


def test_a_login_of_a_person_cannot_sign(
    no_clouds: None, twins: Twins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = tmp_path / "login.json"
    login.write_text('{"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}')
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(login))
    for variable in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(variable, closed_port())
    text = told(lambda storage: storage.presign_get("a.png"), twins(Storage, AsyncStorage)("gs://pictures"))
    assert "needs a key, not only a login" in text


def test_a_missing_extra_is_named(no_clouds: None, twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    storage = s3_at("http://127.0.0.1:9", twins)
    with pytest.raises(ConfigError, match=r'pip install "safelight\[storage\]"'):
        storage.presign_get("a.png")
