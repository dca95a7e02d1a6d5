"""One request on a connection that is open: what the wrapper adds to httpx, with the same bytes on the wire."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping

import httpx
from discard_server import CAPTURE, discarding
from report import Demand, Section

from safelight import AsyncTeleport, Teleport
from safelight.transport import USER_AGENT
from safelight_api.teleport import Client
from safelight_api.teleport.api.captures import list_captures, rename_capture
from safelight_api.teleport.models import EditCaptureInput

MOST_MICROSECONDS = 60.0

_BLOCK = 250
_EID = str(CAPTURE["eid"])
_HEADERS = {"Authorization": "Bearer nobody-checks-it", "User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
_PAGE = {"limit": 25, "offset": 0}
_NAME = {"name": "Another name"}
_RAW, _GENERATED, _SAFELIGHT = "httpx, and `response.json()`", "generated client", "**safelight**"


def measure(*, quick: bool) -> list[Section]:
    """Call all in turn, thousands of times; figures are medians in microseconds."""
    rounds = _BLOCK * (4 if quick else 20)
    with discarding() as address:
        blocking = _blocking(address, rounds)
        tasks = asyncio.run(_async(address, rounds))
    section = Section(
        "One request over httpx",
        columns=("request", "client", "over httpx", "over httpx, us", "us"),
        notes=[
            f"The best of {rounds // _BLOCK} medians of {_BLOCK} calls, all clients in turn in one process.",
            f"The replies hold one capture of {len(CAPTURE)} properties; a loopback round trip is part of all figures.",
            "safelight adds the token, retries with a deadline, timestamps with a zone, and typed models.",
            "The generated client alone does the last of these, and has its own way to join addresses and queries.",
        ],
    )
    for request, medians in {**blocking, **tasks}.items():
        for client, microseconds in medians.items():
            more = microseconds - medians[_RAW]
            section.rows.append(
                (request, client, f"{microseconds / medians[_RAW]:.2f}", f"{more:+.0f}", f"{microseconds:.0f}")
            )
        section.demands.append(
            Demand(f"{request} over raw httpx", medians[_SAFELIGHT] - medians[_RAW], MOST_MICROSECONDS, " us")
        )
    return [section]


def _blocking(address: str, rounds: int) -> dict[str, dict[str, float]]:
    captures, capture = f"{address}/api/v1/captures", f"{address}/api/v1/captures/{_EID}"
    with (
        httpx.Client(headers=_HEADERS) as http,
        httpx.Client(headers=_HEADERS, base_url=address) as inner,
        Teleport("id", "secret", base_url=address, token_url=f"{address}/oauth2/token") as teleport,
    ):
        generated = Client(base_url=address).set_httpx_client(inner)
        return {
            "list": _medians(
                {
                    _RAW: lambda: http.get(captures, params=_PAGE).json(),
                    _GENERATED: lambda: list_captures.sync(client=generated, limit=25, offset=0),
                    _SAFELIGHT: lambda: list(teleport.captures()),
                },
                rounds,
            ),
            "rename": _medians(
                {
                    _RAW: lambda: http.put(capture, json=_NAME).json(),
                    _GENERATED: lambda: rename_capture.sync(_EID, client=generated, body=EditCaptureInput(**_NAME)),
                    _SAFELIGHT: lambda: teleport.rename(_EID, _NAME["name"]),
                },
                rounds,
            ),
        }


async def _async(address: str, rounds: int) -> dict[str, dict[str, float]]:
    captures = f"{address}/api/v1/captures"
    async with (
        httpx.AsyncClient(headers=_HEADERS) as http,
        AsyncTeleport("id", "secret", base_url=address, token_url=f"{address}/oauth2/token") as teleport,
    ):

        async def raw() -> object:
            return (await http.get(captures, params=_PAGE)).json()

        async def wrapped() -> object:
            return [capture async for capture in teleport.captures()]

        return {"list, async": await _async_medians({_RAW: raw, _SAFELIGHT: wrapped}, rounds)}


def _medians(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    took = _Times(calls)
    for _ in range(rounds):
        for name, call in calls.items():
            begun = time.perf_counter_ns()
            call()
            took[name].append(time.perf_counter_ns() - begun)
    return took.best()


async def _async_medians(calls: Mapping[str, Callable[[], Awaitable[object]]], rounds: int) -> dict[str, float]:
    took = _Times(calls)
    for _ in range(rounds):
        for name, call in calls.items():
            begun = time.perf_counter_ns()
            await call()
            took[name].append(time.perf_counter_ns() - begun)
    return took.best()


class _Times(dict[str, list[int]]):
    """Nanoseconds of each call, by name."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__((name, []) for name in names)

    def best(self) -> dict[str, float]:
        """The lowest median of a block of calls in microseconds: what disturbs a block only ever makes it worse."""
        return {
            name: min(statistics.median(took[at : at + _BLOCK]) for at in range(0, len(took), _BLOCK)) / 1000
            for name, took in self.items()
        }
