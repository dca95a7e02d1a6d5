"""One download by one client in this process, which prints what it took as JSON.

    python benchmarks/download_client.py CLIENT http://127.0.0.1:PORT BYTES FILE

The client is made beforehand and has fetched a few bytes before the clock starts.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import client_process
import s3_peers
from client_process import connect

_RAW_CHUNK = 256 * 1024
_FEW = 11
_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)")

Download = Callable[[int, Path], object]


def raw_socket(address: str) -> Download:
    """Receive into a buffer and write it: what the machine can do."""

    def download(size: int, path: Path) -> None:
        buffer = memoryview(bytearray(_RAW_CHUNK))
        wire, host = connect(address)
        with path.open("wb", buffering=0) as file, wire:
            wire.sendall(f"GET /model/{size} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            head = b""
            while b"\r\n\r\n" not in head:
                head += wire.recv(4096)
            head, _, begun = head.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            assert length
            file.write(begun)
            left = int(length[1]) - len(begun)
            while left:
                count = wire.recv_into(buffer)
                assert count
                file.write(buffer[:count])
                left -= count

    return download


def plain_httpx(address: str) -> Download:
    """httpx's stream into a file: what one would write by hand."""
    import httpx

    client = httpx.Client(timeout=60)

    def download(size: int, path: Path) -> None:
        with client.stream("GET", f"{address}/model/{size}") as response, path.open("wb") as file:
            response.raise_for_status()
            for chunk in response.iter_bytes():
                file.write(chunk)

    return download


def safelight(address: str) -> Download:
    """The blocking client."""
    from safelight import Teleport

    teleport = Teleport("id", "secret", base_url=address, token_url=f"{address}/oauth2/token")
    return lambda size, path: teleport.download(str(size), path)


def safelight_async(address: str) -> Download:
    """The async client."""
    from safelight import AsyncTeleport

    runner = asyncio.Runner()
    teleport = AsyncTeleport("id", "secret", base_url=address, token_url=f"{address}/oauth2/token")
    return lambda size, path: runner.run(teleport.download(str(size), path))


def boto3(address: str, *, tuned: bool) -> Download:
    """boto3's managed download."""
    client, config = s3_peers.boto3_client(address, tuned=tuned)
    return lambda size, path: client.download_file(s3_peers.BUCKET, str(size), str(path), Config=config)


def awscrt(address: str) -> Download:
    """awscrt's."""
    crt = s3_peers.Crt(address)
    return lambda size, path: crt.get(str(size), path)


CLIENTS: dict[str, Callable[[str], Download]] = {
    "raw": raw_socket,
    "httpx": plain_httpx,
    "safelight": safelight,
    "safelight-async": safelight_async,
    "boto3": lambda address: boto3(address, tuned=False),
    "boto3-tuned": lambda address: boto3(address, tuned=True),
    "awscrt": awscrt,
}


def main() -> None:
    """Download, and print seconds, CPU seconds and bytes of memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("client", choices=CLIENTS)
    parser.add_argument("address")
    parser.add_argument("size", type=int, help="bytes of the model to fetch")
    parser.add_argument("file", type=Path)
    client_process.add_profile_options(parser)
    arguments = parser.parse_args()
    download = CLIENTS[arguments.client](arguments.address)
    few = arguments.file.with_name("few-bytes")
    result = client_process.measure(
        lambda: download(_FEW, few), lambda: download(arguments.size, arguments.file), arguments
    )
    client_process.finish(result)


if __name__ == "__main__":
    main()
