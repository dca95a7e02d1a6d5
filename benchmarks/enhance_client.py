"""Enhance a folder of pictures against a running sandbox, and print what it took, as a line of JSON.

Seconds and CPU seconds, and the process's peak memory in bytes, before the folder and after it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from functools import partial
from pathlib import Path

from client_process import add_profile_options, measure, peak_rss

from safelight import AsyncLetsEnhance, LetsEnhance
from safelight.letsenhance import Marketplace

CONCURRENCY = 16
PRESET = Marketplace(width=64)


def blocking(pictures: list[Path], out: str, concurrency: int) -> None:
    with LetsEnhance() as enhance:
        enhance.enhance(pictures, PRESET, to=out, concurrency=concurrency)


def asynchronous(pictures: list[Path], out: str, concurrency: int) -> None:
    async def main() -> None:
        async with AsyncLetsEnhance() as enhance:
            await enhance.enhance(pictures, PRESET, to=out, concurrency=concurrency)

    asyncio.run(main())


def main() -> None:
    faces = {"blocking": blocking, "async": asynchronous}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("face", choices=faces)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out")
    parser.add_argument("--concurrency", type=int, default=CONCURRENCY)
    add_profile_options(parser)
    options = parser.parse_args()
    run = partial(faces[options.face], concurrency=options.concurrency)
    pictures = sorted(options.folder.iterdir())
    peaks: list[int] = []

    def warm_up() -> None:
        with tempfile.TemporaryDirectory() as aside:
            run(pictures[: options.concurrency], aside)  # loads what there is to load, and fills all places at once
        peaks.append(peak_rss())

    result = measure(warm_up, lambda: run(pictures, options.out), options)
    print(json.dumps({**result, "peak_before": peaks[0]}))


if __name__ == "__main__":
    main()
