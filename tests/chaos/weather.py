"""What goes wrong, by the seed: on the wires, in the services, and with the processes of the clients."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from typing import Any

from safelight.sandbox import Sandbox
from tests.faults.wire import Fault, Plan, close, drip, rate, reset, some, stall

SHARE = 0.2
"""Of the connections."""

SILENCE = 2.5
"""Seconds that a stall lasts before it ends in a reset: nobody has to wait for a transfer's own minute."""

_KINDS = 60
_LOST: tuple[dict[str, Any], ...] = (
    {"kind": "reset", "when": "after"},
    {"kind": "stall", "when": "after", "seconds": 1.0},
    {"kind": "garbage", "when": "after"},
    {"status": 502, "when": "after"},
    {"kind": "truncate"},
)
_REFUSED: tuple[dict[str, Any], ...] = (
    {"status": 500},
    {"status": 503},
    {"status": 503, "headers": {"Retry-After": "1"}},
    {"status": 429, "headers": {"Retry-After": "1"}},
    {"kind": "reset"},
    {"seconds": 0.5},
)
_ANSWERED: tuple[dict[str, Any], ...] = (*_REFUSED, {"kind": "garbage"}, {"kind": "truncate"})
_ASKED = (
    "token",
    "list_captures",
    "share_metadata",
    "get_pipeline",
    "list_subjects",
    "get_metrics",
    "list_results",
    "list_images",
    "list_aux_images",
    "login",
)
_TOLD = (
    "create_capture",
    "create_upload_url",
    "complete_upload",
    "submit_pipeline",
    "create_disparity",
    "create_animation",
    "convert_video",
    "create_subject",
    "create_upload",
    "compute_batch",
)
# Not the GET and PUT of the user's bucket, by which the services themselves fetch inputs and write results: what fails
# there no client could help. On the clients' side of them the wires break.
_MOVED = ("part", "part", "part", "object", "picture")
_KEPT = ("bucket_head", "bucket_delete")
_MOVES: tuple[dict[str, Any], ...] = (
    {"status": 500},
    {"status": 503},
    {"status": 403},
    {"kind": "reset", "keep": 20_000},
    {"kind": "reset", "when": "after"},
    {"seconds": 0.5},
)


def wire_plan(name: str, seed: int, size: int) -> Plan:
    """What happens to a wire's connections: faults after up to `size` bytes in either direction."""
    chance = random.Random(f"{seed} wire {name}")
    return some(SHARE, seed=chance.randrange(2**32), faults=[_fault(chance, size) for _ in range(_KINDS)])


def _fault(chance: random.Random, size: int) -> Fault:
    towards = chance.choice(("server", "client"))
    after = chance.choice((0, chance.randrange(size), chance.randrange(size)))
    match chance.choice(("reset", "reset", "close", "close", "stall", "drip", "rate")):
        case "reset":
            return reset(after, towards)
        case "close":
            return close(after, towards)
        case "stall":
            return stall(after, towards, SILENCE)
        case "drip":
            return drip(max(8, size // 400), 0.01, after, towards)
        case _:
            return rate(size / 3, after, towards)


def next_fault(sandbox: Sandbox, chance: random.Random) -> None:
    """Let one of the next requests go wrong at the service."""
    operation = chance.choice(chance.choice((_ASKED, _TOLD, _TOLD, _MOVED, _KEPT)))
    if operation in _MOVED:
        faults = _MOVES
    elif operation in _KEPT:
        faults = _REFUSED
    elif operation in _ASKED:
        faults = _ANSWERED
    else:
        faults = (*_REFUSED, *_LOST, *_LOST)
    sandbox.fault(operation, **chance.choice(faults))


def lives(slot: str, seed: int) -> Iterator[tuple[float, signal.Signals]]:
    """For each process of a slot, the seconds after which it is ended, and the signal."""
    chance = random.Random(f"{seed} lives {slot}")
    while True:
        yield chance.uniform(1.0, 9.0), chance.choice((signal.SIGKILL, signal.SIGINT))
