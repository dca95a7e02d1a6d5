"""Credentials stay with the host that they are for: whoever can make a service redirect must not get them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import safelight
from safelight.errors import TransferError
from safelight.sandbox import Sandbox
from safelight.transport import new_transfer_client, presigned_request, redirected, tls_context
from tests.security.conftest import ASK
from tests.security.hosts import Certificates, Host, Reply, Seen

Client = Callable[..., Any]

OPERATIONS = {
    "teleport": "list_captures",
    "immersity": "get_prices",
    "leiapix": "get_prices",
    "letsenhance": "get_usage",
    "hautai": "list_subjects",
}
TOKENS = {"teleport": "token", "immersity": "token", "leiapix": "token", "hautai": "login"}
SECRET_HEADERS = {"authorization", "x-api-key", "cookie", "proxy-authorization"}


@pytest.fixture
def elsewhere(stranger: Host) -> str:
    """The stranger, by another name and at another port than the sandbox."""
    return stranger.url.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("service", OPERATIONS)
def test_no_request_of_a_client_follows_a_redirect(
    client: Client, sandbox: Sandbox, stranger: Host, elsewhere: str, service: str
) -> None:
    asking = client(service)
    for place in (stranger.url, elsewhere):  # the sandbox's own address at another port, and another name
        for status in (301, 302, 303, 307, 308):
            redirect = {"Location": f"{place}/v1"}
            sandbox.fault(OPERATIONS[service], kind="status", status=status, headers=redirect, body="{}")
            with pytest.raises(safelight.UnexpectedReply):
                ASK[service](asking)
    assert stranger.seen == []


@pytest.mark.parametrize("service", TOKENS)
def test_no_request_for_a_token_follows_a_redirect(
    client: Client, sandbox: Sandbox, stranger: Host, elsewhere: str, service: str
) -> None:
    """It would take the client's secret, or the password, along."""
    sandbox.fault(TOKENS[service], status=307, headers={"Location": elsewhere}, times=None)
    with pytest.raises(safelight.UnexpectedReply):
        ASK[service](client(service))
    assert stranger.seen == []


@pytest.mark.parametrize("service", OPERATIONS)
def test_the_generated_client_sends_no_credentials_to_another_host(
    client: Client, sandbox: Sandbox, stranger: Host, elsewhere: str, service: str
) -> None:
    """Its users may ask anything of the httpx client in it, and have it follow redirects."""
    redirect = {"Location": f"{elsewhere}/redirected"}
    sandbox.fault(OPERATIONS[service], kind="status", status=307, headers=redirect, body="{}", times=None)
    made = client(service)
    with pytest.raises(safelight.UnexpectedReply):
        ASK[service](made)
    asked = f"{sandbox.base_url}{sandbox.requests[-1].path}"
    get(made, f"{elsewhere}/direct")
    get(made, asked, follow_redirects=True)
    assert [seen.path for seen in stranger.seen] == ["/direct", "/redirected"]
    assert not any(SECRET_HEADERS & set(seen.headers) for seen in stranger.seen)


def get(client: Any, url: str, **how: Any) -> None:
    """Ask by the httpx client in the generated one."""
    if not hasattr(client, "_twins"):
        client.api.get_httpx_client().get(url, **how)
        return

    async def ask() -> None:
        await client._thing.api.get_async_httpx_client().get(url, **how)

    client._twins.run(ask())


def bytes_only(seen: Seen, sandbox: Sandbox) -> bool:
    """Whether a request has nothing but what is to be moved."""
    secrets = [value for name, value in sandbox.env.items() if name.endswith(("SECRET", "PASSWORD", "API_KEY"))]
    return not SECRET_HEADERS & set(seen.headers) and not any(secret in seen.everything for secret in secrets)


def test_an_upload_that_is_redirected_takes_bytes_along_and_nothing_else(
    client: Client, sandbox: Sandbox, stranger: Host, elsewhere: str, video: Path
) -> None:
    sandbox.fault("part", status=307, headers={"Location": f"{elsewhere}/put"}, times=1)
    with pytest.raises(safelight.SafelightError):
        client("teleport").upload(video, concurrency=1)  # the sandbox misses the part
    assert [(seen.method, seen.path) for seen in stranger.seen] == [("PUT", "/put")]
    assert bytes_only(stranger.seen[0], sandbox)


def test_a_picture_of_a_face_that_is_redirected_takes_bytes_along_and_nothing_else(
    client: Client, sandbox: Sandbox, stranger: Host, elsewhere: str, picture: Path
) -> None:
    sandbox.fault("picture", status=307, headers={"Location": f"{elsewhere}/put"}, times=1)
    haut = client("hautai")
    with contextlib.suppress(safelight.SafelightError):
        haut.upload(haut.create_subject("someone").id, front=picture)
    assert [(seen.method, seen.path) for seen in stranger.seen] == [("PUT", "/put")]
    assert bytes_only(stranger.seen[0], sandbox)


def test_a_download_that_is_redirected_takes_no_credentials_along(
    client: Client, sandbox: Sandbox, stranger: Host, elsewhere: str, video: Path, tmp_path: Path
) -> None:
    stranger.answer = Reply(body=b"a model", headers={"Set-Cookie": "spy=1; Domain=localhost"})
    teleport = client("teleport")
    capture = teleport.wait(teleport.upload(video).eid)
    sandbox.fault("object", status=302, headers={"Location": f"{elsewhere}/model"}, times=1)
    saved = teleport.download(capture.sid, tmp_path / "a.ply")
    assert saved.read_bytes() == b"a model"
    assert stranger.seen
    assert all(bytes_only(seen, sandbox) for seen in stranger.seen)


@pytest.fixture
def over_tls(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A store that is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    tls_context.cache_clear()
    with Host(Reply(), tls=certificates.server()) as host:
        yield host
    tls_context.cache_clear()


def test_a_transfer_never_goes_from_https_to_http(
    client: Client, sandbox: Sandbox, over_tls: Host, stranger: Host, video: Path, tmp_path: Path
) -> None:
    over_tls.answer = Reply(302, {"Location": f"{stranger.url}/in-the-clear"})
    teleport = client("teleport")
    capture = teleport.wait(teleport.upload(video).eid)
    sandbox.fault("object", status=302, headers={"Location": f"{over_tls.url}/model"}, times=None)
    with pytest.raises(TransferError, match="redirects to where a file must not be moved"):
        teleport.download(capture.sid, tmp_path / "a.ply")
    assert over_tls.seen
    assert stranger.seen == []
    assert not (tmp_path / "a.ply").exists()


@pytest.mark.parametrize(
    "location",
    [
        "http://store.test/x",
        "HTTP://store.test/x",
        "file:///etc/passwd",
        "ftp://store.test/x",
        "data:text/plain,x",
        "https://[::1",
        "http://[",
        "https://a\x00b/",
        "https://:bad/",
        "",
    ],
)
def test_where_a_redirect_must_not_lead(location: str) -> None:
    """Some of these are no addresses at all, on which httpx raises what no user of ours expects."""
    with pytest.raises(TransferError):
        redirected("https://store.test/a?X-Amz-Signature=x", location)


@pytest.mark.parametrize("location", ["https://other.test/x", "/x", "//other.test/x", "x?y=z"])
def test_where_a_redirect_may_lead(location: str) -> None:
    assert redirected("https://store.test/a", location).startswith("https://")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://h/x",
        "gopher://h/x",
        "data:,x",
        "//h/x",
        "https://",
        "http://a..b/",
        f"http://{'a' * 70}.test/",
        "http://xn--/",
        "http://[::1",
        "http://a\x00b/",
        "http://127.0.0.1:99999/",
    ],
)
def test_an_address_from_a_service_is_http_or_nothing(url: str) -> None:
    with new_transfer_client(None, connections=1) as http, pytest.raises(TransferError, match="no https address"):
        presigned_request(http, "GET", url)
