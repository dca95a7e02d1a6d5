"""How long it takes to import a package, and to have a client: whole processes, over a bare interpreter."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec

from report import Demand, Section, child_environment

MOST_MS = 10.0
MOST_OVER_HTTPX = 1.4

_BARE = "pass"
_SAFELIGHT = "import safelight"
_TELEPORT = "from safelight import Teleport; Teleport(client_id='id', client_secret='secret')"
_HTTPX = "import httpx; httpx.Client()"
_PROGRAMS = {
    "httpx": ("import httpx", _HTTPX),
    "**safelight**": (_SAFELIGHT, _TELEPORT),
    "**safelight async**": (
        _SAFELIGHT,
        "from safelight import AsyncTeleport; AsyncTeleport(client_id='id', client_secret='secret')",
    ),
    "fal-client": ("import fal_client", "import fal_client; fal_client.SyncClient(key='key')._client"),
    "boto3": (
        "import boto3",
        "import boto3; boto3.client('s3', region_name='us-east-1', aws_access_key_id='id', aws_secret_access_key='s')",
    ),
    "openai": ("import openai", "import openai; openai.OpenAI(api_key='key')"),
}
_WITHOUT_COMMAND_LINE = "import sys; sys.modules['click'] = sys.modules['rich'] = None; "


def run(program: str) -> float:
    """Milliseconds of a fresh interpreter's whole life."""
    begun = time.perf_counter()
    # Isolated, and without click and rich, httpx imports what it imports where nothing but the client is installed.
    subprocess.run([sys.executable, "-I", "-c", _WITHOUT_COMMAND_LINE + program], env=child_environment(), check=True)
    return (time.perf_counter() - begun) * 1000


def measure(*, quick: bool) -> list[Section]:
    """Run all programs in turn, many times; each figure is a median over the bare interpreter's in the same round."""
    programs = {name: pair for name, pair in _PROGRAMS.items() if find_spec(pair[0].split()[-1])}
    rounds = 7 if quick else 41
    every = [_BARE, *(program for pair in programs.values() for program in dict.fromkeys(pair))]
    over_bare: dict[str, list[float]] = {program: [] for program in every}
    for _ in range(rounds):
        # Shuffled: what runs after a large program starts more slowly.
        took = {program: run(program) for program in random.sample(every, len(every))}
        for program, milliseconds in took.items():
            over_bare[program].append(milliseconds - took[_BARE])
    medians = {program: statistics.median(figures) for program, figures in over_bare.items()}
    section = Section(
        "Import, and a client that is ready",
        columns=("package", "client over httpx.Client()", "import, ms", "import and client, ms"),
        demands=[
            Demand("`import safelight` over a bare interpreter", medians[_SAFELIGHT], MOST_MS, " ms"),
            Demand("a ready client over `httpx.Client()`", medians[_TELEPORT] / medians[_HTTPX], MOST_OVER_HTTPX),
        ],
        notes=[
            f"Medians over {rounds} rounds of fresh processes, all programs in each, shuffled.",
            "Each is over a bare interpreter's time in the same round; bytecode is compiled beforehand.",
            "Less than about a millisecond, to either side of zero, is below what this can tell.",
            "The async client makes its connection pool and TLS context later: in the event loop that first uses it.",
            "click and rich are hidden from all: httpx imports them for its command line, and looks slower with them.",
        ],
        chart="client over httpx.Client()",
    )
    for name, (package, client) in programs.items():
        section.rows.append(
            (name, f"{medians[client] / medians[_HTTPX]:.2f}", f"{medians[package]:.1f}", f"{medians[client]:.1f}")
        )
    missing = [name for name in _PROGRAMS if name not in programs]
    if missing:
        section.notes.append(f"Not installed, so not in the table: {', '.join(missing)}. `make bench` installs them.")
    return [section]
