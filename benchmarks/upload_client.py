"""One upload by one client in this process, which prints what it took as JSON.

    python benchmarks/upload_client.py CLIENT http://127.0.0.1:PORT FILE WARM_UP_FILE

The client is made beforehand and used once, for a file of a few bytes: what is loaded at the first use is told apart
from what each gibibyte takes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import socket
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from io import FileIO
from pathlib import Path
from urllib.parse import urlsplit

from discard_server import PART_SIZE

_RAW_CHUNK = 256 * 1024
_HTTPX_CHUNK = 512 * 1024

Upload = Callable[[Path], object]


def raw_socket(address: str) -> Upload:
    """Read into a buffer and send it: what the machine can do."""

    def upload(path: Path) -> None:
        buffer = memoryview(bytearray(_RAW_CHUNK))
        place = urlsplit(address)
        assert place.hostname is not None
        assert place.port is not None
        with path.open("rb", buffering=0) as file, socket.create_connection((place.hostname, place.port)) as wire:
            for number, size in parts(path):
                head = f"PUT /part/{number} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {size}\r\n\r\n"
                wire.sendall(head.encode())
                while size:
                    count = file.readinto(buffer[: min(size, _RAW_CHUNK)])
                    assert count
                    wire.sendall(buffer[:count])
                    size -= count
                assert wire.recv(4096).startswith(b"HTTP/1.1 200")

    return upload


def plain_httpx(address: str) -> Upload:
    """httpx with a generator for a body and its length given, part after part: what one would write by hand."""
    import httpx

    client = httpx.Client(timeout=60)

    def upload(path: Path) -> None:
        with path.open("rb", buffering=0) as file:
            for number, size in parts(path):
                client.put(
                    f"{address}/part/{number}", content=chunks(file, size), headers={"Content-Length": str(size)}
                ).raise_for_status()

    def chunks(file: FileIO, size: int) -> Iterator[bytes]:
        while size:
            chunk = file.read(min(size, _HTTPX_CHUNK))
            assert chunk
            size -= len(chunk)
            yield chunk

    return upload


def safelight(address: str, *, verify: bool) -> Upload:
    """The blocking client."""
    from safelight import Teleport

    teleport = Teleport("id", "secret", base_url=address, token_url=f"{address}/oauth2/token")
    return lambda path: teleport.upload(path, verify=verify)


def safelight_async(address: str, *, verify: bool) -> Upload:
    """The async client."""
    from safelight import AsyncTeleport

    runner = asyncio.Runner()
    teleport = AsyncTeleport("id", "secret", base_url=address, token_url=f"{address}/oauth2/token")
    return lambda path: runner.run(teleport.upload(path, verify=verify))


def boto3_default(address: str) -> Upload:
    """boto3 as it comes: 8 MiB parts from ten threads, with checksums, and signed bodies since this is no https."""
    boto3 = import_module("boto3")
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="id",
        aws_secret_access_key="secret",
    )
    return lambda path: client.upload_file(str(path), "bucket", "video")


CLIENTS: dict[str, Callable[[str], Upload]] = {
    "raw": raw_socket,
    "httpx": plain_httpx,
    "safelight": lambda address: safelight(address, verify=False),
    "safelight-verify": lambda address: safelight(address, verify=True),
    "safelight-async": lambda address: safelight_async(address, verify=False),
    "safelight-async-verify": lambda address: safelight_async(address, verify=True),
    "boto3": boto3_default,
}


def parts(path: Path) -> Iterator[tuple[int, int]]:
    """Each part's number and size."""
    size = path.stat().st_size
    for number, offset in enumerate(range(0, size, PART_SIZE), start=1):
        yield number, min(PART_SIZE, size - offset)


def cpu_seconds() -> float:
    """What all threads of this process have used, in user and system time."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_rss() -> int:
    """The largest resident set of this process so far, in bytes."""
    if sys.platform == "linux":
        # getrusage's figure outlives exec, so that it may be the parent's.
        status = Path("/proc/self/status").read_text()
        return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Upload, and print seconds, CPU seconds and bytes of memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("client", choices=CLIENTS)
    parser.add_argument("address")
    parser.add_argument("file", type=Path)
    parser.add_argument("warm_up_file", type=Path)
    arguments = parser.parse_args()
    upload = CLIENTS[arguments.client](arguments.address)
    made = cpu_seconds()
    upload(arguments.warm_up_file)
    begun, used = time.perf_counter(), cpu_seconds()
    upload(arguments.file)
    seconds, cpu = time.perf_counter() - begun, cpu_seconds() - used
    result = {"seconds": seconds, "cpu": cpu, "first_use_cpu": used - made, "peak_rss": peak_rss()}
    sys.stdout.write(json.dumps(result))
    sys.stdout.flush()
    os._exit(0)  # what is open ends with the process: closing it is not part of the upload


if __name__ == "__main__":
    main()
