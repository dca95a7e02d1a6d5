"""Little that would become much: bodies are asked for plain, and what comes packed nevertheless has an end."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import safelight
from safelight._async.files import AsyncRemoteFile
from safelight._sync.files import RemoteFile
from safelight.errors import InvalidWebhook, TransferError
from safelight.sandbox import Sandbox
from safelight.sandbox.web import Unreachable, call, fetch
from safelight.stores.blocks import CommitRefused, commit
from tests.security.conftest import ASK
from tests.security.hosts import Host, Reply
from tests.webhook_calls import call as webhook_call

Client = Callable[..., Any]

_MANY = 200 * 1024 * 1024
_ENOUGH = 150 * 1024 * 1024
"""Bytes of memory that none of this may take: a whole reply may have 64 MiB, and is copied once."""


def packed(size: int, times: int) -> bytes:
    """Zeros, packed."""
    packer = zlib.compressobj(wbits=31, level=1)
    zeros = bytes(1024 * 1024)
    data = b"".join([*(packer.compress(zeros) for _ in range(size // len(zeros))), packer.flush()])
    for _ in range(times - 1):
        data = gzip.compress(data)
    return data


@pytest.fixture(scope="module")
def once() -> bytes:
    return packed(_MANY, 1)


@pytest.fixture(scope="module")
def twice() -> bytes:
    """So little that all of it comes in one piece."""
    return packed(_MANY, 2)


@contextlib.contextmanager
def light() -> Iterator[None]:
    """Fails if what is done within takes much memory."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < _ENOUGH
    finally:
        tracemalloc.stop()


@pytest.fixture
def host() -> Iterator[Host]:
    with Host(Reply()) as host:
        yield host


def bomb(body: bytes, coding: str, status: int = 200) -> Reply:
    return Reply(status, {"Content-Encoding": coding, "Content-Type": "application/json"}, body)


def test_a_reply_that_would_never_end_is_refused(client: Client, host: Host, once: bytes) -> None:
    host.answer = bomb(once, "gzip")
    with light(), pytest.raises(safelight.UnexpectedReply, match="larger than"):
        client("letsenhance", api_key="k", base_url=host.url).usage()


def test_a_reply_that_is_packed_several_times_is_refused(client: Client, host: Host, twice: bytes) -> None:
    host.answer = bomb(twice, "gzip, gzip")
    with light(), pytest.raises(safelight.UnexpectedReply, match="packed by 'gzip, gzip'"):
        client("letsenhance", api_key="k", base_url=host.url).usage()


def test_a_token_is_no_bomb_either(client: Client, host: Host, once: bytes) -> None:
    host.answer = bomb(once, "gzip")
    with light(), pytest.raises(safelight.SafelightError):
        ASK["teleport"](client("teleport", client_id="i", client_secret="s", base_url=host.url, token_url=host.url))


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br", "compress", "x"])
def test_other_codings_are_refused_by_name(client: Client, host: Host, coding: str) -> None:
    """httpx unpacks some of them where their libraries happen to be installed, which bound nothing."""
    host.answer = bomb(b"{}", coding)
    with light(), pytest.raises(safelight.UnexpectedReply, match="asked to be plain"):
        client("letsenhance", api_key="k", base_url=host.url).usage()


@pytest.mark.parametrize("coding", ["gzip", "deflate", "identity", "GZIP"])
def test_a_proxy_that_packs_replies_does_no_harm(client: Client, sandbox: Sandbox, host: Host, coding: str) -> None:
    usage = client("letsenhance").usage()
    body = json.dumps(usage.to_dict()).encode()
    pack = {"deflate": zlib.compress, "identity": bytes}.get(coding, gzip.compress)
    host.answer = bomb(pack(body), coding)
    assert client("letsenhance", base_url=host.url).usage() == usage


def test_a_damaged_reply_is_told(client: Client, host: Host) -> None:
    host.answer = bomb(b"no gzip at all", "gzip")
    with light(), pytest.raises(safelight.UnexpectedReply, match="damaged"):
        client("letsenhance", api_key="k", base_url=host.url).usage()


def result(client: Client, host: Host) -> Any:
    """A file that a service made, to be had from a host."""
    service = client("letsenhance", api_key="k", base_url=host.url)
    if hasattr(service, "_twins"):
        made = AsyncRemoteFile(url=host.url, name="a.png", service=service._thing)
        return service._twins._wrapped(made)
    return RemoteFile(url=host.url, name="a.png", service=service)


def test_a_stores_error_page_is_no_bomb(client: Client, host: Host, tmp_path: Path, twice: bytes) -> None:
    host.answer = bomb(twice, "gzip, gzip", status=400)
    with light(), pytest.raises(TransferError, match="400"):
        result(client, host).save(tmp_path)


def test_a_file_that_comes_packed_is_refused(client: Client, host: Host, tmp_path: Path, once: bytes) -> None:
    host.answer = bomb(once, "gzip")
    with light(), pytest.raises(TransferError, match="gzip"):
        result(client, host).save(tmp_path)
    assert not (tmp_path / "a.png").exists()


def test_what_a_store_says_of_a_part_is_no_bomb(client: Client, sandbox: Sandbox, video: Path, twice: bytes) -> None:
    packing = {"Content-Encoding": "gzip, gzip"}
    sandbox.fault("part", kind="status", status=400, headers=packing, body=twice, times=None)
    with light(), pytest.raises(TransferError, match="400"):
        client("teleport").upload(video)


def test_what_azure_says_of_blocks_is_no_bomb(host: Host, twice: bytes) -> None:
    host.answer = bomb(twice, "gzip, gzip", status=400)
    with light(), pytest.raises(CommitRefused):
        commit(f"{host.url}/b/x?sig=1", "x")


def test_a_webhook_is_not_unpacked() -> None:
    """Its signature, over the packed bytes, may well be right."""
    posted = webhook_call("teleport", gzip.compress(b'{"eid": "e", "state": "READY"}'))
    posted = posted.but(headers={**posted.headers, "Content-Encoding": "gzip"})
    with pytest.raises(InvalidWebhook) as caught:
        posted.parsed()
    assert caught.value.status == 400


def test_what_the_sandbox_is_sent_is_not_unpacked(sandbox: Sandbox, twice: bytes) -> None:
    headers = {"X-API-KEY": sandbox.letsenhance.api_key, "Content-Encoding": "gzip", "Content-Type": "application/json"}
    body = gzip.compress(b'{"source": {}, "operations": []}')
    assert 400 <= (asyncio.run(call(f"{sandbox.base_url}/v1/pipeline", body, headers=headers)) or 0) < 500


def test_what_the_sandbox_fetches_is_not_unpacked(host: Host, twice: bytes) -> None:
    host.answer = bomb(twice, "gzip, gzip")
    with light(), pytest.raises(Unreachable, match="packed"):
        asyncio.run(fetch(host.url))
    assert asyncio.run(call(host.url, b"{}")) == 200
