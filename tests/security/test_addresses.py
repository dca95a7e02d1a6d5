"""Where the sandbox goes when it is given an address, and that the receiver of webhooks goes nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from safelight.sandbox import Sandbox, web
from safelight.sandbox.web import Unreachable, call, fetch, may_be_asked, put
from safelight.transport import tls_context
from safelight.webhooks import WebhookReceiver, parse
from tests.security.hosts import Host, Reply
from tests.webhook_calls import ENDS, SECRET, SERVICES, answers
from tests.webhook_calls import call as webhook_call

NEVER = [
    "169.254.169.254",  # AWS, Azure, Google Cloud, DigitalOcean, ...
    "169.254.170.2",  # AWS, of containers
    "169.254.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "fe80::1",
    "fe80::a9fe:a9fe%eth0",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
]
ALWAYS = [
    "127.0.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "10.0.0.1",
    "172.17.0.2",
    "192.168.1.1",
    "fd00::1",
    "100.64.0.1",
    "8.8.8.8",
    "169.253.255.255",
    "169.255.0.0",
    "2001:4860:4860::8888",
]


@pytest.mark.parametrize("address", NEVER)
def test_where_clouds_give_credentials_away_the_sandbox_never_asks(address: str) -> None:
    assert not may_be_asked(address)


@pytest.mark.parametrize("address", ALWAYS)
def test_where_storage_and_webhooks_are_it_asks(address: str) -> None:
    assert may_be_asked(address)


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A host of this machine, as if it were one that is never asked: what is tested works for any address."""
    monkeypatch.setattr(web, "_NEVER", (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")))
    with Host(Reply(body=b"credentials of this machine")) as host:
        yield host


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",  # noqa: S104 - an address to connect to
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "localhost",
        "LOCALHOST.",
        "user:password@127.0.0.1",
        "example.com@127.0.0.1",
        "127.0.0.1%2f",
        "\u2460\u2461\u2466.0.0.1",  # digits in circles, which some take for digits
        "127\u30020\u30020\u30021",  # an ideographic full stop, which IDNA takes for a dot
    ],
)
def test_no_spelling_of_an_address_leads_where_it_never_asks(guarded: Host, host: str) -> None:
    url = f"http://{host}:{guarded.server_port}/latest/meta-data/iam/security-credentials/"
    with pytest.raises(Unreachable):
        asyncio.run(fetch(url))
    with pytest.raises(Unreachable):
        asyncio.run(put(url, b"x", "text/plain"))
    assert asyncio.run(call(url, b"{}")) is None
    assert guarded.seen == []


def looked_up(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Lets the name rebinding.test have one address after the other; which were asked for."""
    left, asked, real = list(addresses), list[str](), socket.getaddrinfo

    def lookup(host: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name != "rebinding.test":
            return real(host, *rest, **more)
        asked.append(left[0])
        return real(left.pop(0) if len(left) > 1 else left[0], *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return asked


def test_a_name_that_leads_there_is_not_followed(guarded: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = looked_up(monkeypatch, "127.0.0.1")
    with pytest.raises(Unreachable, match="never asks"):
        asyncio.run(fetch(f"http://rebinding.test:{guarded.server_port}/"))
    assert asked
    assert guarded.connections
    assert guarded.seen == []


def test_a_name_that_is_bound_anew_in_between_gains_nothing(guarded: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no between: what is looked at is the address of the very connection."""
    monkeypatch.setattr(web, "_NEVER", (ipaddress.ip_network("127.0.0.2/32"),))
    looked_up(monkeypatch, "127.0.0.1", "127.0.0.2")
    url = f"http://rebinding.test:{guarded.server_port}/"
    assert asyncio.run(fetch(url)) == b"credentials of this machine"  # at its first address, where it may ask
    second = socket.create_server(("127.0.0.2", guarded.server_port))
    with contextlib.closing(second), pytest.raises(Unreachable, match="never asks"):
        asyncio.run(fetch(url))
    assert len(guarded.seen) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_that_leads_there_is_not_followed(guarded: Host, status: int) -> None:
    guarded.answer = Reply(body=b"secret")
    with Host(Reply(status, {"Location": f"{guarded.url}/"}), name="localhost") as host:
        for deed in (fetch(host.url), put(host.url, b"x", "text/plain")):
            with pytest.raises(Unreachable):
                asyncio.run(deed)
        asyncio.run(call(host.url, b"{}"))
    assert guarded.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "gopher://127.0.0.1:25/x",
        "dict://127.0.0.1:11211/stats",
        "ftp://127.0.0.1/x",
        "ldap://127.0.0.1/x",
        "jar:http://127.0.0.1/x!/",
        "http:///x",
        "//127.0.0.1/x",
        "http://",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1\r\nX-Injected: 1/",
        "http://127.0.0.1/\r\nX-Injected: 1",
    ],
)
def test_nothing_but_http_to_a_host_is_spoken(url: str) -> None:
    with pytest.raises(Unreachable):
        asyncio.run(fetch(url))


def test_a_job_of_the_sandbox_does_not_go_there_either(
    sandbox: Sandbox, guarded: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_NEVER", (ipaddress.ip_network("127.0.0.0/8"),))
    headers = {"X-API-KEY": sandbox.letsenhance.api_key}
    body = {"source": {"http": {"url": f"{guarded.url}/x"}}, "operations": [{"op": "preset/print"}]}
    with httpx.Client(base_url=sandbox.base_url, headers=headers, verify=tls_context()) as http:
        http.post("/v1/pipeline", json=body)
    sandbox.settle()
    assert guarded.seen == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_receiver_of_webhooks_fetches_nothing(
    service: str, stranger: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever addresses an event holds: who handles it decides what to do about them."""
    facts = json.loads(json.dumps(ENDS[service]).replace("https://b.test", stranger.url))
    facts["url"] = facts["callback_url"] = facts["confirm"] = f"{stranger.url}/x"
    posted = webhook_call(service, facts)
    handled: list[Any] = []

    def no_way(*_args: Any, **_more: Any) -> None:
        raise AssertionError("the receiver opens a connection")

    monkeypatch.setattr(socket.socket, "connect", no_way)
    parse(service, posted.headers, posted.body, secret=SECRET, url=f"/x?{posted.query}")
    receiver = WebhookReceiver({service: SECRET}, on_event=handled.append)
    (answer,) = answers(receiver, posted)
    assert answer.said == "handled"
    assert [event.service for event in handled] == [service]
    assert stranger.connections == 0
