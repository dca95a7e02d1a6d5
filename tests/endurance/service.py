"""The services in a process of their own: prints the clients' environment as JSON, and at the end what arrived.

It serves until its standard input ends, so that it does not outlive who started it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from safelight.sandbox import Sandbox

PART = 4096
_PROCESSING = 0.3
_PLENTY = 10**9


@attrs.define
class Service:
    """What is known of the services.

    Attributes:
        env: The environment that leads clients there.
        arrived: Once they have ended: how many captures were completed, and how often a part of them was accepted;
            how many pipelines ended well, and how many videos were made.
    """

    env: dict[str, str]
    arrived: dict[str, int] = attrs.field(factory=dict)


@contextmanager
def serving() -> Iterator[Service]:
    """Run the services."""
    command = [sys.executable, "-m", __spec__.name]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        service = Service(json.loads(process.stdout.readline()))
        try:
            yield service
        finally:
            process.stdin.close()
            service.arrived = json.loads(process.stdout.readline())


def main() -> None:
    """Serve."""
    settings: Any = {"chunk_size": PART, "processing_seconds": _PROCESSING, "credits": _PLENTY, "discard": True}
    with Sandbox(**settings) as sandbox:
        print(json.dumps(sandbox.env), flush=True)
        sys.stdin.read()
        captures = [capture for capture in sandbox.teleport.captures.values() if capture.completed == 1]
        parts = [part for capture in captures for part in capture.parts.values()]
        pipelines = sandbox.letsenhance.pipelines.values()
        print(
            json.dumps(
                {
                    "captures": len(captures),
                    "parts": sum(part.accepted for part in parts),
                    "pipelines": sum(pipeline.status == "DONE" for pipeline in pipelines),
                    "videos": sum(charge.processed == 1 for charge in sandbox.immersity.charges.values()),
                }
            )
        )


if __name__ == "__main__":
    main()
