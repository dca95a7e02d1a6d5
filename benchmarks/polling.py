"""Waiting for jobs of 10 s to 2 h in virtual time: how many requests it takes, and how late their ends are noticed."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx
from report import Demand, Section
from virtual import Captures, VirtualClock

from safelight import AsyncLetsEnhance

TRIP = 0.1
"""Seconds that each request takes."""

_SEED = 2026
_DURATIONS = {"10 s": 10.0, "1 min": 60.0, "5 min": 300.0, "30 min": 1800.0, "2 h": 7200.0}
_COUNTS = (1, 10, 100, 1000)
_INTERVALS = {"every 1 s": 1.0, "every 5 s": 5.0, "every 30 s": 30.0}
_USUAL_PAGE = 25
_LEAST_ENDS = 20
_OURS = "**safelight**"
_NOTES = f"""
Virtual time: a clock that goes on when all wait. A request takes {TRIP:g} s of it. The seed is {_SEED}.
safelight is the real async client above a transport in the process: one `wait_all` for captures that begin at once, a
  task each for those that begin one after another, a job each for Let's Enhance.
Fixed intervals do what vendors' examples do, in one loop for all: walk the list in pages of {_USUAL_PAGE}, the
  documented default, to the short one; sleep; again. A loop for each capture would take as many times more. They ask
  below httpx: only their requests are counted.
Durations differ by up to 5 % either way. What is done once has few ends where few are at once, so it is done until
  there are {_LEAST_ENDS}: requests and looks are the mean, the latest notice is the worst.
What limits a row is the pause before the latest notice: safelight's by its length and the age of the job, that of a
  fixed interval the interval, or the pages where a walk took longer.
"""

Span = tuple[float, float]


@dataclass
class Waited:
    """What it took to wait for some jobs.

    Attributes:
        requests: How many there were, in the mean of all runs.
        looks: How many times the states were asked for, in one request or more, likewise.
        lags: How late each end was noticed, beside how long the job took.
        limit: What kept the latest of them from being noticed sooner.
    """

    requests: float
    looks: float
    lags: list[tuple[float, float]]
    limit: str

    @property
    def latest(self) -> float:
        """Seconds."""
        return max(lag for lag, _ in self.lags)

    @property
    def share(self) -> float:
        """The latest, over what is allowed: a tenth of the job's duration, or 2 s if that is more."""
        return max(lag / max(2.0, duration / 10) for lag, duration in self.lags)


Table = dict[str, dict[str, Waited]]
"""What it took, by duration and client."""


def measure(*, quick: bool) -> list[Section]:
    """Let the same services be polled by safelight and at fixed intervals; chance is the same in each run."""
    names = list(_DURATIONS)[: 3 if quick else None]
    counts = _COUNTS[: 3 if quick else None]
    tables = {count: {name: _together(_DURATIONS[name], count) for name in names} for count in counts}
    sections = [_section(f"Polling Teleport: {count} at once", table) for count, table in tables.items()]
    most = counts[-1]
    later = {name: _one_after_another(_DURATIONS[name], most) for name in names[:3]}
    sections.append(_section(f"Polling Teleport: {most}, begun one after another during the first's work", later))
    jobs = {name: _jobs(_DURATIONS[name], 10) for name in names}
    sections.append(_section("Polling Let's Enhance: 10 at once, a request for each", jobs))
    every = [row[_OURS] for table in (*tables.values(), later, jobs) for row in table.values()]
    one, many = tables[1], tables[most]
    sections[0].demands = [
        Demand("latest notice of an end, to 10 % of the duration or 2 s", max(row.share for row in every), 1.0),
        Demand(
            f"walks through the list for {most} captures, to those for one",
            max(many[name][_OURS].looks / one[name][_OURS].looks for name in names),
            1.25,
        ),
        Demand(
            f"requests for a walk, {most} captures, after the first",
            max((row[_OURS].requests - 1) / row[_OURS].looks for row in many.values()),
            1.0,
        ),
    ]
    sections[0].notes = _NOTES.replace("\n  ", " ").strip().splitlines()
    return sections


def _section(title: str, table: Table) -> Section:
    section = Section(
        title,
        columns=(
            "duration",
            "client",
            "requests, to safelight's",
            "latest notice, to what is allowed",
            "latest notice, s",
            "requests",
            "looks",
            "limited by",
        ),
        chart="requests, to safelight's",
        by=("duration", "client"),
    )
    for duration, row in table.items():
        for client, waited in row.items():
            section.rows.append(
                (
                    duration,
                    client,
                    f"{waited.requests / row[_OURS].requests:.2f}",
                    f"{waited.share:.2f}",
                    f"{waited.latest:.1f}",
                    f"{waited.requests:.0f}",
                    f"{waited.looks:.0f}",
                    waited.limit,
                )
            )
    return section


def _together(duration: float, count: int) -> dict[str, Waited]:
    """Captures that were uploaded at once, and take about as long."""
    random.seed(f"{_SEED} {duration} {count}")
    runs = -(-_LEAST_ENDS // count)
    spans = [[(0.0, duration * random.uniform(0.95, 1.05)) for _ in range(count)] for _ in range(runs)]
    return _compared(spans, _wait_all)


def _one_after_another(duration: float, count: int) -> dict[str, Waited]:
    """Captures of which each is uploaded, and then waited for, while others are."""
    random.seed(f"{_SEED} {duration} {count}")
    begun = [number * duration / count for number in range(count)]
    return _compared([[(begin, begin + duration * random.uniform(0.95, 1.05)) for begin in begun]], _wait_in_tasks)


def _compared(runs: Sequence[Sequence[Span]], ours: Callable[[Captures], Waited]) -> dict[str, Waited]:
    ways = {_OURS: ours}
    for name, interval in _INTERVALS.items():
        ways[name] = lambda service, interval=interval: _fixed(service, interval)
    return {
        name: _mean([wait(Captures(VirtualClock(), spans, trip=TRIP)) for spans in runs]) for name, wait in ways.items()
    }


def _mean(runs: Sequence[Waited]) -> Waited:
    return Waited(
        sum(run.requests for run in runs) / len(runs),
        sum(run.looks for run in runs) / len(runs),
        [lag for run in runs for lag in run.lags],
        max(runs, key=lambda run: run.share).limit,
    )


def _wait_all(service: Captures) -> Waited:
    noticed = dict[int, float]()

    async def main() -> None:
        async with service.client() as teleport:
            async for capture in teleport.wait_all(map(str, range(len(service.spans))), timeout=10**6):
                noticed[int(capture.eid)] = service.clock.passed

    service.clock.run(main())
    return _ours(service.requests, len(service.looked_at), service.spans, [noticed[n] for n in range(len(noticed))])


def _wait_in_tasks(service: Captures) -> Waited:
    lags = service.lags([begin for begin, _ in service.spans])
    noticed = [end + lag for (_, end), lag in zip(service.spans, lags, strict=True)]
    return _ours(service.requests, len(service.looked_at), service.spans, noticed)


def _ours(requests: int, looks: int, spans: Sequence[Span], noticed: Sequence[float]) -> Waited:
    """What it took; the latest end was noticed after a pause of the only kind that is as long at such an age."""
    lags = [(seen - end, end - begin) for seen, (begin, end) in zip(noticed, spans, strict=True)]
    lag, age = max(lags)
    if lag <= 1 + 2 * TRIP:
        limit = "the shortest pause, 1 s"
    else:
        limit = "a tenth of the age" if age <= 300 else "the longest pause, 30 s"
    return Waited(requests, looks, lags, limit)


def _fixed(service: Captures, interval: float) -> Waited:
    clock, left = service.clock, set(range(len(service.spans)))
    lags, known = list[tuple[float, float]](), dict[int, tuple[bytes, int]]()
    while True:
        begun, offset, size = clock.passed, 0, _USUAL_PAGE
        while size == _USUAL_PAGE:
            clock.sleep(TRIP / 2)
            body = service.page(_USUAL_PAGE, offset)
            clock.sleep(TRIP / 2)
            before, size = known.get(offset, (b"", 0))
            if body != before:
                captures = json.loads(body)
                size = len(captures)
                known[offset] = body, size
                ready = {int(capture["eid"]) for capture in captures if capture["state"] == "READY"} & left
                left -= ready
                lags += [(clock.passed - end, end - begin) for begin, end in (service.spans[n] for n in ready)]
            offset += _USUAL_PAGE
        if not left:
            took = clock.passed - begun
            limit = "its interval" if took <= interval else f"its pages: a walk takes {took:.1f} s"
            return Waited(service.requests, len(service.looked_at), lags, limit)
        clock.sleep(interval)


def _jobs(duration: float, count: int) -> dict[str, Waited]:
    """Pipelines of Let's Enhance, which are asked for one by one."""
    random.seed(f"{_SEED} {duration} pipelines")
    runs = [[duration * random.uniform(0.95, 1.05) for _ in range(count)] for _ in range(-(-_LEAST_ENDS // count))]
    made = {_OURS: _mean([_wait_for_jobs(ends) for ends in runs])}
    for name, interval in _INTERVALS.items():
        made[name] = _mean([_ask_for_jobs(ends, interval) for ends in runs])
    return made


def _wait_for_jobs(ends: Sequence[float]) -> Waited:
    clock = VirtualClock()
    looks, noticed = 0, [0.0] * len(ends)

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal looks
        looks += 1
        number = int(request.url.path.rpartition("/")[2])
        await asyncio.sleep(TRIP / 2)
        is_done = clock.passed >= ends[number]
        await asyncio.sleep(TRIP / 2)
        return httpx.Response(200, json={"pipeline": _pipeline(number, is_done=is_done)})

    async def wait(enhance: AsyncLetsEnhance, number: int) -> None:
        await enhance.job(number).result(timeout=10**6)
        noticed[number] = clock.passed

    async def main() -> None:
        transport = httpx.MockTransport(answer)
        async with AsyncLetsEnhance("key", base_url="https://leapi.test", transport=transport, clock=clock) as enhance:
            await asyncio.gather(*(wait(enhance, number) for number in range(len(ends))))

    clock.run(main())
    return _ours(looks, looks, [(0.0, end) for end in ends], noticed)


def _ask_for_jobs(ends: Sequence[float], interval: float) -> Waited:
    lags, looks = list[tuple[float, float]](), 0
    for end in ends:
        now, asked_at = 0.0, -1.0
        while asked_at < end:
            asked_at = now + TRIP / 2
            now += TRIP + interval
            looks += 1
        lags.append((asked_at + TRIP / 2 - end, end))
    return Waited(looks, looks, lags, "its interval")


def _pipeline(number: int, *, is_done: bool) -> dict[str, object]:
    result = {
        "created_at": "2025-10-06T18:55:42.73342",
        "input_object": {"url": "https://pictures.test/a.jpg"},
        "output_object": {"tmp_url": "https://cdn.test/a.jpg", "filename": "a.jpg"},
    }
    return {"id": number, "status": "DONE" if is_done else "PROCESSING", "results": [result] if is_done else []}
