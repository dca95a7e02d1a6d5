"""Nobody is believed without a certificate, in any of the ways that lead out of this machine."""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import safelight
from safelight.sandbox import Sandbox
from safelight.sandbox.web import Unreachable, call, fetch, put
from safelight.storage import AsyncStorage, Storage
from safelight.transport import tls_context
from tests.e2e.twins import Twins
from tests.security.conftest import ASK, CLIENTS
from tests.security.hosts import Certificates, Host, Reply

Client = Callable[..., Any]

ROOT = Path(__file__).resolve().parents[2]
WRONG = {
    "self-signed": {"self_signed": True},
    "another host's": {"host": "other.test"},
    "expired": {"days": (-10, -1)},
    "not yet good": {"days": (1, 10)},
}


@pytest.fixture(autouse=True)
def trusting(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a company with an authority of its own: what this one has not signed rightly is refused nevertheless."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


@pytest.fixture(params=WRONG)
def impostor(request: pytest.FixtureRequest, certificates: Certificates) -> Iterator[Host]:
    """A host whose certificate proves nothing."""
    with Host(Reply(body=b"{}"), tls=certificates.server(**WRONG[request.param])) as host:
        yield host


@pytest.fixture
def trusted(certificates: Certificates) -> Iterator[Host]:
    with Host(Reply(body=b'{"access_token": "t"}'), tls=certificates.server()) as host:
        yield host


def refused(deed: Callable[[], Any]) -> str:
    with pytest.raises(safelight.SafelightError) as caught:
        deed()
    return str(caught.value)


def test_no_client_speaks_to_an_impostor(client: Client, sandbox: Sandbox, impostor: Host, video: Path) -> None:
    for service in CLIENTS:
        said = refused(lambda service=service: ASK[service](client(service, base_url=impostor.url)))
        assert "certificate" in said.lower()
    for service in ("teleport", "immersity", "leiapix"):
        said = refused(lambda service=service: ASK[service](client(service, token_url=f"{impostor.url}/token")))
        assert "certificate" in said.lower()
    assert impostor.seen == []


def test_no_transfer_goes_to_an_impostor(
    client: Client, sandbox: Sandbox, impostor: Host, video: Path, picture: Path, tmp_path: Path
) -> None:
    teleport = client("teleport")
    capture = teleport.wait(teleport.upload(video).eid)
    redirect = {"Location": f"{impostor.url}/x"}
    sandbox.fault("part", status=307, headers=redirect, times=None)
    sandbox.fault("object", status=302, headers=redirect, times=None)
    sandbox.fault("picture", status=307, headers=redirect, times=None)
    haut = client("hautai")
    for deed in (
        lambda: teleport.upload(video, name="again"),
        lambda: teleport.download(capture.sid, tmp_path / "a.ply"),
        lambda: haut.upload(haut.create_subject("x").id, front=picture),
    ):
        before = impostor.connections
        refused(deed)
        assert impostor.connections > before
    assert impostor.seen == []


def test_no_storage_speaks_to_an_impostor(twins: Twins, impostor: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight.stores.opening._manners", lambda _: {"retry_config": {"max_retries": 0}})
    settings = {"access_key_id": "id", "secret_access_key": "secret", "region": "us-east-1"}
    storage = twins(Storage, AsyncStorage)("s3://bucket/x", endpoint=impostor.url, **settings)
    refused(lambda: storage.put(b"x", name="x"))
    assert impostor.seen == []


def test_the_sandbox_neither_fetches_from_nor_calls_an_impostor(impostor: Host) -> None:
    with pytest.raises(Unreachable):
        asyncio.run(fetch(f"{impostor.url}/cat.jpg"))
    with pytest.raises(Unreachable):
        asyncio.run(put(f"{impostor.url}/cat.jpg", b"x", "image/jpeg"))
    assert asyncio.run(call(f"{impostor.url}/hook", b"{}")) is None
    assert impostor.connections == 3
    assert impostor.seen == []


def test_an_authority_of_a_company_is_trusted(client: Client, sandbox: Sandbox, trusted: Host, twins: Twins) -> None:
    """Else the refusals above would show nothing."""
    refused(lambda: ASK["teleport"](client("teleport", base_url=trusted.url)))
    refused(lambda: ASK["immersity"](client("immersity", token_url=f"{trusted.url}/token")))
    settings = {"access_key_id": "id", "secret_access_key": "secret", "region": "us-east-1"}
    storage = twins(Storage, AsyncStorage)("s3://bucket/x", endpoint=trusted.url, **settings)
    refused(lambda: storage.put(b"x", name="x"))
    assert {"GET", "POST", "PUT"} <= {seen.method for seen in trusted.seen}


def test_an_authority_that_is_added_takes_nothing_away() -> None:
    context = tls_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("old", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=["1.0", "1.1"])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_versions_of_tls_are_not_spoken(
    client: Client, sandbox: Sandbox, certificates: Certificates, old: ssl.TLSVersion
) -> None:
    server = certificates.server()
    server.set_ciphers("ALL:@SECLEVEL=0")
    server.minimum_version = server.maximum_version = old
    with Host(Reply(body=b"[]"), tls=server) as host:
        refused(lambda: ASK["letsenhance"](client("letsenhance", base_url=host.url)))
        assert host.seen == []


OFF = re.compile(
    r"verify|insecure|(?:no|skip|disable|allow|ignore)\w*(?:tls|ssl|cert)|cert\w*(?:off|none)", re.IGNORECASE
)


def test_nothing_that_users_can_say_turns_it_off() -> None:
    """`upload(verify=)` compares checksums of what is sent."""
    for name in safelight.__all__:
        thing = getattr(safelight, name)
        if inspect.isclass(thing):
            for member, method in inspect.getmembers(thing, inspect.isfunction):
                if (name.removeprefix("Async"), member) != ("Teleport", "upload"):
                    assert not [word for word in inspect.signature(method).parameters if OFF.search(word)], member
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "wrapper").rglob("*.py"))
    assert not re.findall(r"CERT_NONE|CERT_OPTIONAL|_create_unverified\w*|check_hostname\s*=\s*False", code)
    assert not [name for name in re.findall(r"SAFELIGHT_\w+", code) if OFF.search(name)]
    allowed = 'verify = _certificates() if scheme == "https" else False'  # in plain http there is nothing to verify
    assert not re.findall(r"verify\s*[=:]\s*False", code.replace(allowed, ""))


def test_no_variable_of_the_environment_turns_it_off(impostor_of_a_process: Host, certificates: Certificates) -> None:
    """Those that other programs look at, and those that obstore could."""
    words = ["ALLOW_INVALID_CERTIFICATES", "ALLOW_HTTP", "SKIP_SIGNATURE"]
    tempting = {f"{cloud}_{word}": "true" for cloud in ("AWS", "AZURE", "GOOGLE", "OBJECT_STORE") for word in words}
    tempting |= dict.fromkeys(("PYTHONHTTPSVERIFY", "NODE_TLS_REJECT_UNAUTHORIZED", "SSL_VERIFY", "HTTPX_VERIFY"), "0")
    tempting |= {"CURL_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": "", "SSL_CERT_FILE": str(certificates.authority)}
    program = """
import sys, safelight
from safelight.storage import Storage
url = sys.argv[1]
for deed in (
    lambda: safelight.LetsEnhance(api_key="k", base_url=url, max_retries=0).usage(),
    lambda: Storage("s3://b/x", endpoint=url, access_key_id="a", secret_access_key="b", region="r").put(b"x", name="x"),
):
    try:
        deed()
    except safelight.SafelightError as error:
        print(type(error).__name__)
"""
    environment = {**os.environ, **tempting}
    command = [sys.executable, "-c", program, impostor_of_a_process.url]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ConnectionFailed", "TransferError"]
    assert impostor_of_a_process.seen == []


@pytest.fixture
def impostor_of_a_process(certificates: Certificates) -> Iterator[Host]:
    with Host(Reply(body=b"{}"), tls=certificates.server(self_signed=True)) as host:
        yield host
