"""Enhance a folder of pictures against a running sandbox, and print what it took: `enhance_client.py FACE FOLDER OUT`.

Prints a line of JSON: seconds, and the process's peak memory before the folder and after it, in bytes.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from safelight import AsyncLetsEnhance, LetsEnhance
from safelight.letsenhance import Marketplace

CONCURRENCY = 16
PRESET = Marketplace(width=64)


def peak_rss() -> int:
    """Bytes of memory at the most so far (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def blocking(pictures: list[Path], out: str) -> None:
    with LetsEnhance() as enhance:
        enhance.enhance(pictures, PRESET, to=out, concurrency=CONCURRENCY)


def asynchronous(pictures: list[Path], out: str) -> None:
    async def main() -> None:
        async with AsyncLetsEnhance() as enhance:
            await enhance.enhance(pictures, PRESET, to=out, concurrency=CONCURRENCY)

    asyncio.run(main())


def main(face: str, folder: str, out: str) -> None:
    run = {"blocking": blocking, "async": asynchronous}[face]
    pictures = sorted(Path(folder).iterdir())
    with tempfile.TemporaryDirectory() as aside:
        run(pictures[:CONCURRENCY], aside)  # loads what there is to load, and fills all places at once
    before, begun = peak_rss(), time.perf_counter()
    run(pictures, out)
    print(json.dumps({"seconds": time.perf_counter() - begun, "peak_before": before, "peak_after": peak_rss()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
