"""Measure safelight side by side with others, and print Markdown: what is promised first, then the tables.

A whole run also writes benchmarks/results.md. Promises that are not met are said, and change nothing in the exit code:
on a busy machine a figure may miss by chance.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import imports
import one_request
import uploads
import webhook_receiver
from report import document

_RESULTS = Path(__file__).with_name("results.md")
_PARTS = {
    "uploads": uploads.measure,
    "import": imports.measure,
    "request": one_request.measure,
    "webhooks": webhook_receiver.measure,
}


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller files: figures are rougher")
    parser.add_argument("--only", choices=_PARTS, action="append", help="only this part; may be given several times")
    arguments = parser.parse_args()
    sections = []
    for name in arguments.only or _PARTS:
        print(f"Measuring: {name} ...", file=sys.stderr, flush=True)
        sections += _PARTS[name](quick=arguments.quick)
    report = document(sections)
    print(report)
    if not arguments.quick and not arguments.only:
        _RESULTS.write_text(report)
        print(f"Written to benchmarks/{_RESULTS.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
