"""Uploads of any size take the same memory: measured on processes of their own, by the benchmarks' client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MIB = 1024 * 1024
SIZES = (1024 * MIB, 2048 * MIB)
MOST = 60 * MIB
MOST_GROWTH = 1.1


@pytest.fixture
def server() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, BENCHMARKS / "discard_server.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:  # which closes its standard input at the end: that ends the server
        assert process.stdout is not None
        yield process.stdout.readline().strip()


def peak_rss(client: str, server: str, file: Path) -> int:
    """Bytes of memory at the most of a process that uploads the file."""
    warm_up = file.with_name("warm-up.mp4")
    warm_up.write_bytes(b"a few bytes")
    finished = subprocess.run(
        [sys.executable, BENCHMARKS / "upload_client.py", client, server, file, warm_up],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(finished.stdout)["peak_rss"]


@pytest.mark.slow
@pytest.mark.parametrize("client", ["safelight", "safelight-async"])
@pytest.mark.fault("memory")
def test_memory_does_not_grow_with_the_file(client: str, server: str, tmp_path: Path) -> None:
    peaks = []
    for size in SIZES:
        file = tmp_path / f"{size}.mp4"
        file.touch()
        os.truncate(file, size)
        peaks.append(peak_rss(client, server, file))
        file.unlink()
    assert max(peaks) <= MOST
    assert max(peaks) <= min(peaks) * MOST_GROWTH
