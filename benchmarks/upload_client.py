"""One upload by one client in this process, which prints what it took as JSON.

    python benchmarks/upload_client.py CLIENT http://127.0.0.1:PORT FILE WARM_UP_FILE [--threads N] [--part-size BYTES]

The client is made beforehand and used once, for a file of a few bytes: what is loaded at the first use is told apart
from what each gibibyte takes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import client_process
import s3_peers
from client_process import Lag, connect
from discard_server import CAPTURE, PART_SIZE

_RAW_CHUNK = 256 * 1024
_HTTPX_CHUNK = 512 * 1024

Upload = Callable[[Path], object]


@dataclass(frozen=True)
class Wish:
    """What the client is to do: where to, in how many threads (none given: as it comes), in parts of what size."""

    address: str
    threads: int | None
    part_size: int
    lag: Lag | None

    @property
    def concurrency(self) -> dict[str, Any]:
        """The argument of safelight's uploads: none where the client is to decide."""
        return {} if self.threads is None else {"concurrency": self.threads}

    def parts(self, path: Path) -> Iterator[tuple[int, int, int]]:
        """Each part's number, place and size."""
        size = path.stat().st_size
        for number, offset in enumerate(range(0, size, self.part_size), start=1):
            yield number, offset, min(self.part_size, size - offset)


def raw_socket(wish: Wish) -> Upload:
    """Read into a buffer and send it: what the machine can do."""

    def upload(path: Path) -> None:
        buffer = memoryview(bytearray(_RAW_CHUNK))
        wire, host = connect(wish.address)
        with path.open("rb", buffering=0) as file, wire:
            for number, _, size in wish.parts(path):
                head = f"PUT /part/{number} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n"
                wire.sendall(head.encode())
                while size:
                    count = file.readinto(buffer[: min(size, _RAW_CHUNK)])
                    assert count
                    wire.sendall(buffer[:count])
                    size -= count
                assert wire.recv(4096).startswith(b"HTTP/1.1 200")

    return upload


def plain_httpx(wish: Wish) -> Upload:
    """httpx with a generator for a body and its length given, in parts: what one would write by hand.

    With one thread the addresses of the parts are known; with more, each part's is asked for before it is sent.
    """
    import httpx

    threads = wish.threads or 1
    client = httpx.Client(timeout=60)

    def upload(path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            with ThreadPoolExecutor(threads) as pool:
                for _ in pool.map(lambda part: send(descriptor, *part), wish.parts(path)):
                    pass
        finally:
            os.close(descriptor)

    def send(descriptor: int, number: int, offset: int, size: int) -> None:
        url = f"{wish.address}/part/{number}"
        if threads > 1:
            signing = f"{wish.address}/api/v1/captures/{CAPTURE['eid']}/create-upload-url/{number}"
            url = client.post(signing, json={}).raise_for_status().json()["upload_url"]
        client.put(
            url, content=chunks(descriptor, offset, size), headers={"Content-Length": str(size)}
        ).raise_for_status()

    def chunks(descriptor: int, offset: int, size: int) -> Iterator[bytes]:
        while size:
            chunk = os.pread(descriptor, min(size, _HTTPX_CHUNK), offset)
            assert chunk
            offset += len(chunk)
            size -= len(chunk)
            yield chunk

    return upload


def safelight(wish: Wish, *, verify: bool) -> Upload:
    """The blocking client."""
    from safelight import Teleport

    teleport = Teleport("id", "secret", base_url=wish.address, token_url=f"{wish.address}/oauth2/token")
    return lambda path: teleport.upload(path, verify=verify, **wish.concurrency)


def safelight_async(wish: Wish, *, verify: bool) -> Upload:
    """The async client."""
    from safelight import AsyncTeleport

    runner = asyncio.Runner()
    teleport = AsyncTeleport("id", "secret", base_url=wish.address, token_url=f"{wish.address}/oauth2/token")

    async def upload(path: Path) -> None:
        work = teleport.upload(path, verify=verify, **wish.concurrency)
        await (wish.lag.beside(work) if wish.lag else work)

    return lambda path: runner.run(upload(path))


def boto3(wish: Wish, *, tuned: bool) -> Upload:
    """boto3's managed upload."""
    client, config = s3_peers.boto3_client(wish.address, tuned=tuned)
    return lambda path: client.upload_file(str(path), s3_peers.BUCKET, path.name, Config=config)


CLIENTS: dict[str, Callable[[Wish], Upload]] = {
    "raw": raw_socket,
    "httpx": plain_httpx,
    "safelight": lambda wish: safelight(wish, verify=False),
    "safelight-verify": lambda wish: safelight(wish, verify=True),
    "safelight-async": lambda wish: safelight_async(wish, verify=False),
    "safelight-async-verify": lambda wish: safelight_async(wish, verify=True),
    "boto3": lambda wish: boto3(wish, tuned=False),
    "boto3-tuned": lambda wish: boto3(wish, tuned=True),
    "awscrt": lambda wish: s3_peers.Crt(wish.address).put,
}


def main() -> None:
    """Upload, and print seconds, CPU seconds and bytes of memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("client", choices=CLIENTS)
    parser.add_argument("address")
    parser.add_argument("file", type=Path)
    parser.add_argument("warm_up_file", type=Path)
    parser.add_argument("--threads", type=int, help="by default as the client comes")
    parser.add_argument("--part-size", type=int, default=PART_SIZE, help="where the client decides, in bytes")
    parser.add_argument("--lag", action="store_true", help="measure how late the event loop of an async client is")
    client_process.add_profile_options(parser)
    arguments = parser.parse_args()
    lag = Lag() if arguments.lag else None
    upload = CLIENTS[arguments.client](Wish(arguments.address, arguments.threads, arguments.part_size, lag))
    result = client_process.measure(lambda: upload(arguments.warm_up_file), lambda: upload(arguments.file), arguments)
    if lag:
        cuts = statistics.quantiles(lag.late, n=100)
        result["lag"] = {"p50": cuts[49], "p99": cuts[98], "max": max(lag.late)}
    client_process.finish(result)


if __name__ == "__main__":
    main()
