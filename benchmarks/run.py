"""Measure safelight side by side with others, and print Markdown: what is promised first, then the tables.

A run also puts what it measured into docs/benchmarks.md, where the parts that were not run stay as they are; --quick
only prints. Promises that are not met are said, and change nothing in the exit code: on a busy machine a figure may
miss by chance.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import downloads
import enhance_jobs
import imports
import one_request
import polling
import tls
import uploads
import webhook_receiver
from chart import bar_chart
from report import Part, demands_of, facts

_DOCS = Path(__file__).parents[1] / "docs"
_PAGE = _DOCS / "benchmarks.md"
_FOLDER = _DOCS / "benchmarks"
_RESULTS = _FOLDER / "results.json"
_PARTS = {
    "uploads": uploads.beside,
    "upload-sizes": uploads.sizes,
    "upload-lines": uploads.lines,
    "event-loop": uploads.lag,
    "downloads": downloads.beside,
    "download-lines": downloads.lines,
    "tls": tls.measure,
    "import": imports.measure,
    "request": one_request.measure,
    "polling": polling.measure,
    "jobs": enhance_jobs.measure,
    "webhooks": webhook_receiver.measure,
}
_PREFACE = """# Benchmarks

Made by `make bench`; each part by the command above its tables. Ratios carry over to other machines, absolute figures
do not. In the charts safelight is orange, the others are blue.

## What is promised

{demands}

## What limits a row

Each transfer is done by a fresh process, to a server in a process of its own, through a line in a third where there is
one. The last column of their tables is found as follows, in this order.

1. link, cap: the file's bytes used at least 90 % of the line's rate, or of the cap times the connections that carried
   1 MiB or more.
2. server: its process used at least 90 % of a core, and more than the client's.
3. client: its process used at least 90 % of the cores that its sending threads can have; or all processes together
   used 90 % of the machine, and the client the most. Then py-spy samples one more run of the same transfer, native
   frames included, and the row names the function with the most samples of running threads (a library, where it has
   no names; threads that are not Python's are not seen).
4. waiting: nothing is full. Then py-spy samples one more run, idle threads included, and the row names where the
   threads that move bytes are: `recv` or `poll` is a wait for the other end's reply, which is round trips; `send` one
   for its buffers; `fsync` one for the disk.
"""


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller files: only prints")
    parser.add_argument("--only", choices=_PARTS, action="append", help="only this part; may be given several times")
    parser.add_argument("--render", action="store_true", help="measure nothing: write docs/benchmarks.md once more")
    arguments = parser.parse_args()
    if arguments.render:
        write(read())
        return
    for name in arguments.only or _PARTS:
        print(f"Measuring: {name} ...", file=sys.stderr, flush=True)
        part = Part(name, facts(), _PARTS[name](quick=arguments.quick))
        print(f"{demands_of([part])}\n\n{part.markdown()}", flush=True)
        if not arguments.quick:
            write({**read(), name: part})  # at once: a part that fails later takes nothing with it
            print(f"Written to {_PAGE.relative_to(_DOCS.parent)}", file=sys.stderr)


def read() -> dict[str, Part]:
    """The last run of each part, by its name."""
    if not _RESULTS.exists():
        return {}
    return {part["name"]: Part.of(part) for part in json.loads(_RESULTS.read_text())}


def write(found: dict[str, Part]) -> None:
    """Write the page and its charts, parts in their usual order."""
    parts = [found[name] for name in _PARTS if name in found]
    _FOLDER.mkdir(exist_ok=True)
    for old in _FOLDER.glob("*.svg"):
        old.unlink()
    for part in parts:
        for section in part.sections:
            if section.bars:
                svg = bar_chart(f"{section.title}: {section.chart}", section.bars)
                (_FOLDER / part.chart_name(section)).write_text(svg)
    _RESULTS.write_text(json.dumps([part.as_facts() for part in parts], indent=1) + "\n")
    pieces = [_PREFACE.format(demands=demands_of(parts))]
    pieces += [f"## {part.name.replace('-', ' ').capitalize()}\n\n{part.markdown(_FOLDER.name)}" for part in parts]
    _PAGE.write_text("\n".join(pieces))


if __name__ == "__main__":
    main()
