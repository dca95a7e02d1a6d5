"""Credentials do not cross the internet in the clear; within a machine or a company they may."""

from __future__ import annotations

from typing import Any

import pytest

from safelight import ConfigError, HautAI, Immersity, LetsEnhance, Teleport
from safelight.config import address, is_local
from safelight.storage import Storage

PUBLIC = [
    "http://api.letsenhance.io",
    "HTTP://api.letsenhance.io",
    "http://api.letsenhance.io.",
    "http://saas.haut.ai:8080/x",
    "http://user@saas.haut.ai",
    "http://localhost.evil.com",
    "http://127.0.0.1.nip.io",
    "http://8.8.8.8",
    "http://[2001:4860:4860::8888]",
    "http://[::ffff:8.8.8.8]",
    "http://xn--bcher-kva.example",
]
LOCAL = [
    "http://localhost:8080",
    "http://127.0.0.1:1",
    "http://127.9.9.9",
    "http://[::1]:8080",
    "http://[::ffff:127.0.0.1]",
    "http://sandbox:8080",  # a container's
    "http://10.1.2.3",
    "http://192.168.1.2:80",
    "http://172.17.0.1",
    "http://[fd00::1]",
    "http://sandbox.test.svc.cluster.local",
    "http://sandbox.test.svc",
    "http://host.docker.internal:8080",
    "http://sandbox.localhost",
    "https://api.letsenhance.io",
]


@pytest.mark.parametrize("url", PUBLIC)
def test_no_client_takes_a_plain_address_on_the_internet(url: str) -> None:
    with pytest.raises(ConfigError, match="could read the credentials"):
        LetsEnhance(api_key="k", base_url=url)
    with pytest.raises(ConfigError, match="could read the credentials"):
        Teleport(client_id="i", client_secret="s", token_url=url)
    with pytest.raises(ConfigError, match="could read the credentials"):
        Immersity(client_id="i", client_secret="s", base_url=url)
    with pytest.raises(ConfigError, match="could read the credentials"):
        HautAI(username="u", password="p", base_url=url)


@pytest.mark.parametrize("url", LOCAL)
def test_within_a_machine_or_a_network_plain_http_is_fine(url: str) -> None:
    assert address(url, "base_url", "X_BASE_URL", "") == url


def test_the_variable_is_held_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LETSENHANCE_BASE_URL", PUBLIC[0])
    with pytest.raises(ConfigError, match="LETSENHANCE_BASE_URL starts with http://"):
        LetsEnhance(api_key="k")


def test_a_store_that_is_asked_by_signatures_may_be_plain() -> None:
    """S3's requests hold no key; the key of a service account does not either, but the token that is got with it."""
    keys: dict[str, Any] = {"access_key_id": "i", "secret_access_key": "s", "region": "r"}
    assert Storage("s3://b", endpoint="http://minio.example.com:9000", **keys).put is not None
    from safelight.stores.credentials import az_settings, gs_settings, s3_settings

    assert s3_settings("http://minio.example.com:9000", keys, {})[0]["endpoint"] == "http://minio.example.com:9000"
    with pytest.raises(ConfigError, match="could read the credentials"):
        gs_settings("http://storage.example.com", {}, {})
    with pytest.raises(ConfigError, match="could read the credentials"):
        az_settings("http://storage.example.com", {"account_name": "a", "sas_token": "s"}, {})


@pytest.mark.parametrize(
    "host", ["", "a.b", "1.2.3.4", "internal", "x.internal", "not-internal.com", "::1", "fe80::1%eth0"]
)
def test_what_is_local(host: str) -> None:
    assert is_local(host) == (host not in ("a.b", "1.2.3.4", "not-internal.com"))
