"""One request on a connection that is open: what clients add to httpx, with the same reply from the same server."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

import httpx
import layers
from discard_server import CAPTURE, discarding
from report import Demand, Section

from safelight import AsyncTeleport, Teleport
from safelight.transport import USER_AGENT
from safelight_api.teleport import Client
from safelight_api.teleport.api.captures import list_captures, rename_capture
from safelight_api.teleport.models import EditCaptureInput

MOST_MICROSECONDS = 40.0

_TURN = 25
_BLOCK = 250
_EID = str(CAPTURE["eid"])
_TOKEN = "nobody-checks-it"
_HEADERS = {"Authorization": f"Bearer {_TOKEN}", "User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
_PAGE = {"limit": 25, "offset": 0}
_NAME = {"name": "Another name"}
_RAW, _GENERATED, _OPENAI = "httpx, and `response.json()`", "generated client", "openai SDK"
_SAFELIGHT = "**safelight**"

Figures = dict[str, tuple[float, str]]
"""Of each client: the median in microseconds, and where they go."""


def measure(*, quick: bool) -> list[Section]:
    """Call all in turn, thousands of times; figures are medians in microseconds."""
    rounds = _BLOCK * (4 if quick else 20)
    with discarding() as address:
        found = {**_blocking(address, rounds), **asyncio.run(_async(address, rounds))}
    section = Section(
        "One request over httpx",
        columns=("request", "client", "over httpx", "over httpx, us", "us", "where the time goes"),
        notes=[
            f"{_TURN} calls of each client in turn; medians of {_BLOCK}, of {rounds // _BLOCK} blocks the quietest.",
            f"The replies hold one capture of {len(CAPTURE)} properties; a loopback round trip is part of all figures.",
            "safelight adds the token, retries with a deadline, timestamps with a zone, and typed models.",
            "It does less than httpx alone: it parses a URL once, and looks for cookies only where a reply sets some.",
            "The generated client alone has the typed models, and its own way to join addresses and queries.",
            "The openai SDK is led to the same server by its `get` and `put`, with a model of the same properties.",
            "That SDK is built on httpx2, and its requests have more headers.",
            "Where the time goes: shares of looks at the stack, 2000 times a second, in calls of their own.",
            "`network` is the socket (the system's and the server's work), `wrapper` safelight or openai itself.",
        ],
        chart="us",
        by=("request", "client"),
    )
    for request, figures in found.items():
        raw = figures[_RAW][0]
        for client, (took, where) in figures.items():
            section.rows.append(
                (request, client, f"{took / raw:.2f}", f"{took - raw:+.0f}", f"{took:.0f}", where),
            )
        section.demands.append(
            Demand(f"{request} over raw httpx", figures[_SAFELIGHT][0] - raw, MOST_MICROSECONDS, " us")
        )
    return [section]


def _blocking(address: str, rounds: int) -> dict[str, Figures]:
    peer: Any = import_module("openai_peer")
    captures, capture = f"{address}/api/v1/captures", f"{address}/api/v1/captures/{_EID}"
    with (
        httpx.Client(headers=_HEADERS) as http,
        httpx.Client(headers=_HEADERS, base_url=address) as inner,
        peer.openai.OpenAI(api_key=_TOKEN, base_url=f"{address}/api/v1") as openai,
        Teleport("id", "secret", base_url=address, token_url=f"{address}/oauth2/token") as teleport,
    ):
        generated = Client(base_url=address).set_httpx_client(inner)
        return {
            "list": _figures(
                {
                    _RAW: lambda: http.get(captures, params=_PAGE).json(),
                    _GENERATED: lambda: list_captures.sync(client=generated, limit=25, offset=0),
                    _OPENAI: lambda: openai.get("/captures", cast_to=list[peer.Capture], options={"params": _PAGE}),
                    _SAFELIGHT: lambda: list(teleport.captures()),
                },
                rounds,
            ),
            "rename": _figures(
                {
                    _RAW: lambda: http.put(capture, json=_NAME).json(),
                    _GENERATED: lambda: rename_capture.sync(_EID, client=generated, body=EditCaptureInput(**_NAME)),
                    _OPENAI: lambda: openai.put(f"/captures/{_EID}", cast_to=peer.Capture, body=_NAME),
                    _SAFELIGHT: lambda: teleport.rename(_EID, _NAME["name"]),
                },
                rounds,
            ),
        }


async def _async(address: str, rounds: int) -> dict[str, Figures]:
    peer: Any = import_module("openai_peer")
    captures, capture = f"{address}/api/v1/captures", f"{address}/api/v1/captures/{_EID}"
    async with (
        httpx.AsyncClient(headers=_HEADERS) as http,
        peer.openai.AsyncOpenAI(api_key=_TOKEN, base_url=f"{address}/api/v1") as openai,
        AsyncTeleport("id", "secret", base_url=address, token_url=f"{address}/oauth2/token") as teleport,
    ):

        async def raw_list() -> object:
            return (await http.get(captures, params=_PAGE)).json()

        async def raw_rename() -> object:
            return (await http.put(capture, json=_NAME)).json()

        async def wrapped_list() -> object:
            return [capture async for capture in teleport.captures()]

        return {
            "list, async": await _async_figures(
                {
                    _RAW: raw_list,
                    _OPENAI: lambda: openai.get("/captures", cast_to=list[peer.Capture], options={"params": _PAGE}),
                    _SAFELIGHT: wrapped_list,
                },
                rounds,
            ),
            "rename, async": await _async_figures(
                {
                    _RAW: raw_rename,
                    _OPENAI: lambda: openai.put(f"/captures/{_EID}", cast_to=peer.Capture, body=_NAME),
                    _SAFELIGHT: lambda: teleport.rename(_EID, _NAME["name"]),
                },
                rounds,
            ),
        }


def _figures(calls: Mapping[str, Callable[[], object]], rounds: int) -> Figures:
    took = _Times(calls)
    for name in took.turns(rounds):
        call, times = calls[name], took[name]
        for _ in range(_TURN):
            begun = time.perf_counter_ns()
            call()
            times.append(time.perf_counter_ns() - begun)
    return {name: (best, layers.shares(calls[name], rounds // 4)) for name, best in took.quietest().items()}


async def _async_figures(calls: Mapping[str, Callable[[], Awaitable[object]]], rounds: int) -> Figures:
    took = _Times(calls)
    for name in took.turns(rounds):
        call, times = calls[name], took[name]
        for _ in range(_TURN):
            begun = time.perf_counter_ns()
            await call()
            times.append(time.perf_counter_ns() - begun)
    return {name: (best, await layers.async_shares(calls[name], rounds // 4)) for name, best in took.quietest().items()}


class _Times(dict[str, list[int]]):
    """Nanoseconds of each call, by name."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__((name, []) for name in names)

    def turns(self, rounds: int) -> Iterator[str]:
        """Whose turn it is: each has some milliseconds, so that all see the same noise.

        Taking turns after each call, one would find the processor's caches as the one before it leaves them: no program
        uses two such clients in turn.
        """
        for _ in range(rounds // _TURN):
            yield from self

    def quietest(self) -> dict[str, float]:
        """Medians of one block of calls, in microseconds: that in which all together took least.

        What disturbs a block only ever makes it slower, and the clients are compared under the same conditions.
        """
        rounds = len(next(iter(self.values())))
        blocks = [
            {name: statistics.median(took[at : at + _BLOCK]) / 1000 for name, took in self.items()}
            for at in range(0, rounds, _BLOCK)
        ]
        return min(blocks, key=lambda medians: sum(medians.values()))
