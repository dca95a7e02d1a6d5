"""Addresses, names, credentials, and what a store's refusals mean: decided without any store."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from safelight.errors import ConfigError, TransferError
from safelight.storage import AsyncStorage, Storage
from safelight.stores.bodies import content_type
from safelight.stores.credentials import az_settings, gs_settings, s3_settings
from safelight.stores.places import Place
from safelight.stores.profiles import profile
from safelight.stores.refusals import Refusal, error_of

SERVICE_ACCOUNT = json.dumps({"type": "service_account", "private_key": "..."})
ANSWERED = "Error performing PUT https://store/b/a.png in 6ms - Server returned non-2xx status code: "


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("s3://bucket", "s3://bucket"),
        ("s3://bucket/", "s3://bucket"),
        ("gs://my.bucket_1/a/b/", "gs://my.bucket_1/a/b"),
        (" az://container/prefix\n", "az://container/prefix"),
        ("s3://bucket/a prefix/ü?#%", "s3://bucket/a prefix/ü?#%"),
    ],
)
def test_an_address_of_a_bucket_is_read(url: str, shown: str) -> None:
    assert str(Place.of(url)) == shown


WRONG_ADDRESSES = """
bucket | s3:bucket | s3:// | s3:///prefix | S3://bucket | https://bucket.s3.amazonaws.com | file:///tmp | gcs://bucket
s3://key:secret@bucket | s3://bucket:80 | s3://bucket?region=x | s3://b/../c | s3://b//c | az://c/a b | gs://b/(1)
"""


@pytest.mark.parametrize("url", ["", None, 7, "s3://b/\x00", *re.split(r"[|\n]", WRONG_ADDRESSES.strip())])
def test_anything_else_is_refused_and_not_shown_where_it_may_hold_a_key(url: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        Place.of(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a\nb", "\ud800", None])
def test_a_name_that_leaves_the_prefix_or_is_none_is_refused(name: Any) -> None:
    for scheme in ("s3", "gs", "az"):
        with pytest.raises(ConfigError, match="name"):
            Place.of(f"{scheme}://bucket/prefix").key(name)


def test_a_name_that_is_too_long_is_refused() -> None:
    place = Place.of("s3://bucket/prefix")
    assert place.key("a" * 1017) == "prefix/" + "a" * 1017
    with pytest.raises(ConfigError, match="too long"):
        place.key("a" * 1018)
    with pytest.raises(ConfigError, match="too long"):
        place.key("ü" * 600)


@pytest.mark.parametrize("character", " !\"#$%&'()*+,:;<=>?@[\\]^`{|}ä")
def test_names_that_obstore_signs_wrong_are_refused_where_it_does(character: str) -> None:
    name = f"cat{character}1.png"
    assert Place.of("s3://bucket").key(name) == name
    for scheme in ("gs", "az"):
        with pytest.raises(ConfigError, match="no address can be signed"):
            Place.of(f"{scheme}://bucket").key(name)


@pytest.mark.parametrize("kind", [Storage, AsyncStorage])
def test_a_repr_shows_the_address_and_no_credential(kind: Any) -> None:
    storage = kind("s3://bucket/prefix", access_key_id="AKID", secret_access_key="a secret", endpoint="https://e")
    assert repr(storage) == f"{kind.__name__}('s3://bucket/prefix')"


@pytest.mark.parametrize(
    ("url", "settings", "problem"),
    [
        ("s3://b", {"account_key": "x"}, r"account_key: S3 has no such setting; it takes access_key_id, secret"),
        ("gs://b", {"access_key_id": "x"}, "Google Cloud Storage has no such setting"),
        ("s3://b", {"access_key_id": "x"}, "belong together"),
        ("s3://b", {"secret_access_key": "x"}, "belong together"),
        ("s3://b", {"expires": 0.5}, "1 to 604800 seconds"),
        ("s3://b", {"expires": 604801.0}, "1 to 604800 seconds"),
        ("s3://b", {"expires": float("nan")}, "1 to 604800 seconds"),
    ],
)
def test_settings_that_do_not_exist_are_refused_at_once(url: str, settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        Storage(url, **settings)


def aws(tmp_path: Path, credentials: str = "", config: str = "", **environment: str) -> dict[str, str]:
    (tmp_path / "credentials").write_text(credentials)
    (tmp_path / "config").write_text(config)
    files = {"AWS_SHARED_CREDENTIALS_FILE": "credentials", "AWS_CONFIG_FILE": "config"}
    return {**{variable: str(tmp_path / name) for variable, name in files.items()}, **environment}


FILE = """
[default]
aws_access_key_id = D
aws_secret_access_key = d
[work]
aws_access_key_id=W
aws_secret_access_key=w
"""
CONFIG = "[default]\nregion = eu-north-1\n[profile work]\nregion = eu-west-1\nendpoint_url = https://store.example/\n"
OWN = {"AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e"}


@pytest.mark.parametrize(
    ("given", "environment", "key", "region", "endpoint"),
    [
        ({}, {}, "D", "eu-north-1", None),
        ({}, {"AWS_PROFILE": "work"}, "W", "eu-west-1", "https://store.example"),
        ({}, {"AWS_PROFILE": "work", "AWS_REGION": "x-1"}, "W", "x-1", "https://store.example"),
        ({}, {"AWS_PROFILE": "work", **OWN}, "E", "eu-west-1", "https://store.example"),
        ({}, {**OWN, "AWS_DEFAULT_REGION": "x-2"}, "E", "x-2", None),
        (
            {},
            {**OWN, "AWS_ENDPOINT_URL": "http://a:1", "AWS_ENDPOINT_URL_S3": "http://b:2"},
            "E",
            "eu-north-1",
            "http://b:2",
        ),
        ({"access_key_id": "G", "secret_access_key": "g", "region": "x-3"}, OWN, "G", "x-3", None),
        ({}, {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, None, None, None),
        (
            {},
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_PROFILE": "work"},
            "W",
            "eu-west-1",
            "https://store.example",
        ),
    ],
)
def test_credentials_of_s3_are_found_in_the_order_of_aws_tools(
    tmp_path: Path, given: Any, environment: Any, key: str | None, region: str | None, endpoint: str | None
) -> None:
    config, keys = s3_settings(None, given, aws(tmp_path, FILE, CONFIG, **environment))
    assert (keys()["access_key_id"] if keys else None) == key
    assert (config.get("region"), config.get("endpoint")) == (region, endpoint)


def test_an_endpoint_that_is_given_wins(tmp_path: Path) -> None:
    environment = aws(tmp_path, FILE, AWS_ENDPOINT_URL_S3="https://environment.example")
    config, _ = s3_settings("https://given.example/", {}, environment)
    assert config["endpoint"] == config["aws_endpoint_url_s3"] == "https://given.example"


def test_keys_come_with_their_own_session_only(tmp_path: Path) -> None:
    environment = aws(tmp_path, FILE, AWS_SESSION_TOKEN="of the environment's keys")
    for given in ({}, {"access_key_id": "G", "secret_access_key": "g"}):
        _, keys = s3_settings(None, given, environment)
        assert keys
        assert keys()["token"] is None


@pytest.mark.parametrize(
    ("name", "config", "problem"),
    [
        ("typo", "", "AWS_PROFILE is 'typo', and neither"),
        ("sso", "[profile sso]\nsso_session = s\n", "aws configure export-credentials --profile sso"),
        ("role", "[profile role]\nrole_arn = r\nsource_profile = default\n", "takes a role"),
    ],
)
def test_a_profile_that_has_no_keys_says_how_to_get_them(tmp_path: Path, name: str, config: str, problem: str) -> None:
    environment = aws(tmp_path, FILE, config, AWS_PROFILE=name)
    with pytest.raises(ConfigError, match=problem):
        profile(environment, for_keys=True)


def test_a_profile_that_signs_in_still_gives_the_region_to_keys_from_elsewhere(tmp_path: Path) -> None:
    environment = aws(tmp_path, "", "[profile sso]\nsso_session = s\nregion = eu-west-3\n", AWS_PROFILE="sso", **OWN)
    assert s3_settings(None, {}, environment)[0]["region"] == "eu-west-3"


def test_files_that_are_missing_are_no_error_and_broken_ones_are_not_quoted(tmp_path: Path) -> None:
    nowhere = {name: str(tmp_path / "none" / "x") for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE")}
    assert profile(nowhere, for_keys=True) == {}
    with pytest.raises(ConfigError) as caught:
        profile(aws(tmp_path, "aws_secret_access_key = a secret\n"), for_keys=True)
    assert "a secret" not in str(caught.value)
    assert "AWS_SHARED_CREDENTIALS_FILE" in str(caught.value)


def test_a_percent_sign_in_a_secret_is_taken_literally(tmp_path: Path) -> None:
    environment = aws(tmp_path, "[default]\naws_access_key_id = D\naws_secret_access_key = 50%(of)s/it%\n")
    assert profile(environment, for_keys=True)["aws_secret_access_key"] == "50%(of)s/it%"


CONNECTION = "DefaultEndpointsProtocol=https;AccountName=pics;AccountKey=a2V5==;EndpointSuffix=core.windows.net"


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [
        ({"account_name": "n", "account_key": "a2V5"}, {}, ("n", "a2V5", None, None)),
        ({}, {"AZURE_STORAGE_ACCOUNT_NAME": "n", "AZURE_STORAGE_ACCOUNT_KEY": "k"}, ("n", "k", None, None)),
        ({}, {"AZURE_STORAGE_ACCOUNT": "n", "AZURE_STORAGE_KEY": "k"}, ("n", "k", None, None)),
        (
            {},
            {"AZURE_STORAGE_CONNECTION_STRING": CONNECTION},
            ("pics", "a2V5==", None, "https://pics.blob.core.windows.net"),
        ),
        (
            {"connection_string": "UseDevelopmentStorage=true"},
            {"AZURE_STORAGE_ACCOUNT_KEY": "another"},
            ("devstoreaccount1", None, None, "http://127.0.0.1:10000/devstoreaccount1"),
        ),
        (
            {"connection_string": "BlobEndpoint=https://e/;AccountName=n;SharedAccessSignature=sig=a%3D&sp=rw"},
            {"AZURE_STORAGE_ACCOUNT_KEY": "another"},
            ("n", None, "sig=a%3D&sp=rw", "https://e"),
        ),
    ],
)
def test_credentials_of_azure_are_found(given: Any, environment: Any, expected: tuple[Any, ...]) -> None:
    settings = az_settings(None, given, environment)
    if "UseDevelopmentStorage=true" in given.values():
        assert settings.pop("account_key").endswith("==")
    assert tuple(settings.get(name) for name in ("account_name", "account_key", "sas_key", "endpoint")) == expected


@pytest.mark.parametrize("text", ["nonsense", "AccountKey=a2V5", "AccountName="])
def test_a_connection_string_without_an_account_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(ConfigError, match="copy it whole") as caught:
        az_settings(None, {"connection_string": text}, {})
    assert "a2V5" not in str(caught.value)


def test_credentials_of_google_are_found(tmp_path: Path) -> None:
    key_file = tmp_path / "key.json"
    key_file.write_text(SERVICE_ACCOUNT)
    environment = {"GOOGLE_APPLICATION_CREDENTIALS": str(key_file), "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1/"}
    assert gs_settings(None, {}, {}) == {}
    assert gs_settings(None, {}, environment) == {
        "application_credentials": str(key_file),
        "base_url": "http://127.0.0.1:1",
    }
    assert gs_settings("https://e", {"service_account_key": SERVICE_ACCOUNT}, environment) == {
        "service_account_key": SERVICE_ACCOUNT,
        "base_url": "https://e",
    }
    assert gs_settings(None, {"service_account": str(key_file)}, {}) == {"service_account": str(key_file)}


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "{}", '{"type": "external_account"}', "\x00"])
def test_what_is_no_key_of_google_is_refused(tmp_path: Path, text: str) -> None:
    key_file = tmp_path / "key.json"
    key_file.write_text(text)
    with pytest.raises(ConfigError, match=r"GOOGLE_APPLICATION_CREDENTIALS.*service account"):
        gs_settings(None, {}, {"GOOGLE_APPLICATION_CREDENTIALS": str(key_file)})
    with pytest.raises(ConfigError, match="which cannot be read"):
        gs_settings(None, {"service_account": str(tmp_path / "none.json")}, {})


S3 = "<Error><Code>{}</Code><Message>{}</Message>{}</Error>"
AZURE = '<?xml version="1.0"?>\n<Error>\n  <Code>{}</Code>\n  <Message>{}\nRequestId:1\nTime:2</Message>\n{}</Error>'
METADATA = "Generic {}Error performing {} in 1.6ms, after 3 retries, max_retries: 3 - HTTP error: error sending request"


@pytest.mark.parametrize(
    ("scheme", "text", "kind", "advice"),
    [
        # What Swift said.
        (
            "s3",
            ANSWERED + "403 Forbidden: " + S3.format("SignatureDoesNotMatch", "The", ""),
            ConfigError,
            "secret is wrong",
        ),
        ("s3", ANSWERED + "403 Forbidden: " + S3.format("AccessDenied", "Denied.", ""), ConfigError, "s3:PutObject"),
        (
            "s3",
            ANSWERED + "403 Forbidden: " + S3.format("RequestTimeTooSkewed", "The", ""),
            ConfigError,
            "network time",
        ),
        ("s3", ANSWERED + "404 Not Found: " + S3.format("NoSuchBucket", "The", ""), ConfigError, "no bucket pictures"),
        (
            "s3",
            ANSWERED
            + "400 Bad Request: "
            + S3.format("AuthorizationHeaderMalformed", "The region 'a' is wrong; expecting 'eu-west-2'", ""),
            ConfigError,
            "bucket's is eu-west-2: set AWS_REGION",
        ),
        # What AWS is documented to say.
        ("s3", ANSWERED + "400 Bad Request: " + S3.format("ExpiredToken", "The", ""), ConfigError, "AWS_SESSION_TOKEN"),
        (
            "s3",
            ANSWERED
            + "403 Forbidden: "
            + S3.format(
                "RequestTimeTooSkewed",
                "The",
                "<RequestTime>20261121T104000Z</RequestTime><ServerTime>2026-11-21T10:20:00Z</ServerTime>",
            ),
            ConfigError,
            "is 20 minutes ahead of the store's",
        ),
        (
            "s3",
            ANSWERED
            + "301 Moved Permanently: "
            + S3.format("PermanentRedirect", "The", "<Endpoint>pictures.s3-eu-west-1.amazonaws.com</Endpoint>"),
            ConfigError,
            "is at pictures.s3-eu-west-1.amazonaws.com",
        ),
        # What Azurite said.
        (
            "az",
            ANSWERED + "404 The: " + AZURE.format("ContainerNotFound", "The", ""),
            ConfigError,
            "no container pictures",
        ),
        (
            "az",
            ANSWERED + "403 X: " + AZURE.format("AuthorizationFailure", "Server", ""),
            ConfigError,
            "wrong or have exp",
        ),
        (
            "az",
            ANSWERED + "403 X: " + AZURE.format("AuthorizationPermissionMismatch", "This", ""),
            ConfigError,
            "Contributor",
        ),
        (
            "az",
            "Bulk delete request failed for key a.png: The specified container does not exist. (code: 404)",
            ConfigError,
            "no container pictures",
        ),
        (
            "az",
            "Generic MicrosoftAzure error: Generating SAS keys with SAS tokens auth is not supported",
            ConfigError,
            "key",
        ),
        (
            "az",
            "Generic MicrosoftAzure error: Invalid Access Key: Invalid symbol 195, offset 0.",
            ConfigError,
            "key or its",
        ),
        # What Azure is documented to say.
        (
            "az",
            ANSWERED
            + "403 X: "
            + AZURE.format(
                "AuthenticationFailed",
                "Server failed to authenticate the request.",
                "<AuthenticationErrorDetail>Request date header too old: 'x'</AuthenticationErrorDetail>",
            ),
            ConfigError,
            "network time",
        ),
        (
            "az",
            ANSWERED
            + "403 X: "
            + AZURE.format(
                "AuthenticationFailed",
                "Server failed to authenticate the request.",
                "<AuthenticationErrorDetail>Signature not valid in the specified time frame: ...<",
            ),
            ConfigError,
            "have expired",
        ),
        # What obstore said by itself.
        (
            "s3",
            METADATA.format("S3 error: ", "PUT http://169.254.169.254/latest/api/token"),
            ConfigError,
            "AWS_PROFILE",
        ),
        (
            "gs",
            METADATA.format(
                "GCS error: Error performing token request: ",
                "GET http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token",
            ),
            ConfigError,
            "GOOGLE_APPLICATION_CREDENTIALS",
        ),
        (
            "az",
            METADATA.format(
                "MicrosoftAzure error: Error performing token request: ",
                "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2019-08-01",
            ),
            ConfigError,
            "AZURE_STORAGE_ACCOUNT_KEY",
        ),
        (
            "gs",
            METADATA.format(
                "GCS error: Error performing token request: ", "POST https://accounts.google.com/o/oauth2/token"
            ),
            ConfigError,
            "Signing addresses needs a key",
        ),
        (
            "gs",
            "Generic AwsLcCryptoProvider error: Error reading pem file: no items found",
            ConfigError,
            "key or its secret",
        ),
        ("s3", METADATA.format("S3 error: ", "PUT http://127.0.0.1:1/b/a.png"), TransferError, "the network"),
        (
            "s3",
            ANSWERED + "503 Service Unavailable: " + S3.format("SlowDown", "Reduce.", ""),
            TransferError,
            "Try again later",
        ),
        ("s3", ANSWERED + "502 Bad Gateway: <html>...", TransferError, "Try again later"),
        ("s3", "something new", TransferError, "something new"),
    ],
)
def test_a_refusal_says_what_to_do(scheme: str, text: str, kind: type[Exception], advice: str) -> None:
    whole = RuntimeError(f"{text}\n\nDebug source:\nGeneric {{\n    store: ...")
    error = error_of(Place.of(f"{scheme}://pictures/in"), "a.png", "put", whole)
    assert type(error) is kind
    assert advice in str(error)
    assert str(error).startswith(f"a.png cannot be put in {scheme}://pictures/in: ")
    assert "Debug source" not in str(error)


def test_a_refusal_shows_no_signature() -> None:
    said = "<SignatureProvided>abcdef</SignatureProvided><StringToSign>AWS4</StringToSign>"
    text = (
        ANSWERED + "403 Forbidden: " + S3.format("SignatureDoesNotMatch", "See https://a/b?X-Amz-Signature=1234", said)
    )
    shown = str(error_of(Place.of("s3://b"), "a.png", "put", RuntimeError(text)))
    for secret in ("abcdef", "AWS4", "1234"):
        assert secret not in shown


def test_the_store_is_quoted_with_its_status_code_and_message() -> None:
    text = ANSWERED + "403 X: " + AZURE.format("AuthorizationFailure", "Server failed.", "")
    assert str(Refusal.of(RuntimeError(text))) == "the store answered 403 AuthorizationFailure: Server failed"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jpg", "image/jpeg"),
        ("a/b.PNG", "image/png"),
        ("a.webp", "image/webp"),
        ("a.heic", "image/heic"),
        ("a.mp4", "video/mp4"),
        ("a.tiff", "image/tiff"),
        ("a", None),
        ("a.lif", None),
    ],
)
def test_the_media_type_is_told_by_the_suffix(name: str, expected: str | None) -> None:
    assert content_type(name) == expected


def test_a_storage_is_made_without_obstore_and_without_a_look_at_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.setenv("AWS_PROFILE", "no such profile")
    Storage("s3://bucket")
    AsyncStorage("s3://bucket")


def test_half_a_pair_of_keys_is_refused() -> None:
    with pytest.raises(ConfigError, match="belong together"):
        s3_settings(None, {}, {"AWS_ACCESS_KEY_ID": "AKIA"})


def test_a_file_of_aws_that_may_not_be_read_is_no_matter_to_keys_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refused)
    assert profile({"HOME": str(tmp_path)}, for_keys=False) == {}
    with pytest.raises(ConfigError, match="no permission"):
        profile({"AWS_PROFILE": "work"}, for_keys=True)


def test_two_keys_of_google_are_one_too_many(tmp_path: Path) -> None:
    environment = {"GOOGLE_SERVICE_ACCOUNT": "/else/where.json"}
    with pytest.raises(ConfigError, match="GOOGLE_SERVICE_ACCOUNT is set as well"):
        gs_settings(None, {"service_account_key": SERVICE_ACCOUNT}, environment)
    assert gs_settings(None, {}, environment) == {}


def test_what_cannot_be_an_account_of_azure_is_no_part_of_an_address() -> None:
    with pytest.raises(ConfigError, match="account"):
        az_settings(None, {"account_name": "evil.example/", "account_key": "a2V5"}, {})
