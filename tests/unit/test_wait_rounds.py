"""How often the list of captures is looked at, and how soon the end of each is noticed: hours, in virtual time."""

from __future__ import annotations

import asyncio
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.virtual import Captures, VirtualClock
from safelight.notices import pause_after

HOUR = 3600.0


@pytest.fixture(autouse=True)
def seed() -> None:
    random.seed(6)


def bound(duration: float) -> float:
    return max(2.0, duration * 0.1)


def gaps(service: Captures) -> list[float]:
    """Seconds from the beginning of each look to that of the next."""
    return [later - earlier for earlier, later in itertools.pairwise(service.looked_at)]


def looks_of_one(duration: float) -> int:
    service = Captures(VirtualClock(), [(0, duration)])
    service.lags([0])
    return len(service.looked_at)


@pytest.mark.parametrize("duration", [10, 60, 300, 1800, 7200])
def test_the_end_of_one_is_noticed_in_time_and_looks_are_few(duration: float) -> None:
    service = Captures(VirtualClock(), [(0, duration)])
    (lag,) = service.lags([0])
    assert lag <= bound(duration)
    # A second apart at first, then a tenth of the time, then half a minute, each with up to a fifth less.
    assert service.requests == len(service.looked_at) <= 15 + 45 + duration / 24
    assert service.largest == 25


@pytest.mark.parametrize("count", [10, 100, 1000])
def test_many_that_began_together_cost_the_rounds_of_one(count: int) -> None:
    duration = 5.0
    service = Captures(VirtualClock(), [(0, duration)] * count)
    assert max(service.lags([0] * count)) <= bound(duration)
    assert len(service.looked_at) <= looks_of_one(duration) * 1.25
    assert service.requests == len(service.looked_at) + (count > 25)  # the first round learns how large pages may be
    assert min(gaps(service)) >= 0.8


@pytest.mark.parametrize("count", [10, 300])
def test_many_that_begin_one_after_another_share_the_rounds_of_the_youngest(count: int) -> None:
    duration, seconds = 10.0, 5.0
    begun = [n * seconds / count for n in range(count)]
    service = Captures(VirtualClock(), [(moment, moment + duration) for moment in begun])
    assert max(service.lags(begun)) <= bound(duration)
    assert min(gaps(service)) >= 0.8
    assert service.requests <= len(service.looked_at) + 3


def test_those_who_begin_to_wait_later_join_the_rounds_that_there_are() -> None:
    duration, count = HOUR, 20
    service = Captures(VirtualClock(), [(0, duration)] * count)
    assert max(service.lags([13.0 * n for n in range(count)])) <= 30
    assert len(service.looked_at) <= looks_of_one(duration) * 1.15 + count


def test_a_capture_that_is_old_is_not_looked_at_as_if_it_had_just_begun() -> None:
    service = Captures(VirtualClock(), [(0, 2 * HOUR)])
    (lag,) = service.lags([HOUR])
    assert lag <= 30
    assert len(service.looked_at) <= HOUR / 24 + 1
    assert min(gaps(service)) >= 24


def test_a_young_one_among_the_old_is_noticed_in_time_and_leaves_the_rounds_as_they_were() -> None:
    clock = VirtualClock()
    service = Captures(clock, [*[(0.0, 2 * HOUR)] * 9, (HOUR, HOUR + 20)])
    lags = service.lags([0.0] * 9 + [HOUR])
    assert lags[9] <= 2
    assert max(lags) <= 30
    assert min(gap for gap, at in zip(gaps(service), service.looked_at, strict=False) if at > HOUR + 30) >= 24


def test_one_generator_for_many_costs_no_more_than_tasks() -> None:
    clock, count = VirtualClock(), 1000
    service = Captures(clock, [(0, 20 + n / 20) for n in range(count)])

    async def main() -> list[float]:
        async with service.client() as teleport:
            ready = teleport.wait_all(map(str, range(count)))
            return [clock.passed - 20 - int(capture.eid) / 20 async for capture in ready]

    lags = clock.run(main())
    assert len(lags) == count
    assert max(lags) <= bound(70)
    assert len(service.looked_at) <= looks_of_one(70) * 1.25
    assert service.requests == len(service.looked_at) + 1


def test_the_last_look_is_at_the_end_of_the_timeout_even_among_others() -> None:
    clock = VirtualClock()
    service = Captures(clock, [(0, 1999.0), (0, 9000.0)])

    async def main() -> str:
        async with service.client() as teleport:
            ready = asyncio.ensure_future(teleport.wait("0", timeout=2000))
            await asyncio.sleep(1995)
            other = asyncio.ensure_future(teleport.wait("1"))
            state = (await ready).state
            other.cancel()
            return str(state)

    assert clock.run(main()) == "READY"


def test_a_wait_that_begins_takes_the_look_of_the_last_second_if_it_saw_the_capture_or_the_next() -> None:
    clock = VirtualClock()
    service = Captures(clock, [(0, 0), (0, HOUR), (0.2, 0.3), (0.6, 0.7)], trip=0)

    async def main() -> None:
        async with service.client() as teleport:
            other = asyncio.ensure_future(teleport.wait("1"))
            await asyncio.sleep(0.5)
            assert (await teleport.wait("0")).state == "READY"
            assert service.looked_at == [0]
            assert (await teleport.wait("2", timeout=0)).state == "READY"
            assert service.looked_at == [0, 0.5]  # there is no time for the next round
            await asyncio.sleep(0.3)
            assert (await teleport.wait("3")).state == "READY"
            assert len(service.looked_at) == 3
            assert 1.3 <= service.looked_at[2] <= clock.passed <= 1.5
            other.cancel()
            await asyncio.gather(other, return_exceptions=True)

    clock.run(main())


def test_a_look_is_not_kept_for_nobody() -> None:
    clock = VirtualClock()
    service = Captures(clock, [(0, 0)], trip=0)

    async def main() -> None:
        async with service.client() as teleport:
            for looks in (1, 2):
                await teleport.wait("0")
                assert len(service.looked_at) == looks

    clock.run(main())


@given(st.floats(0, 2e4), st.floats(0, 0.05), st.integers())
def test_the_pauses_of_any_job_notice_its_end_in_time(duration: float, trip: float, seed: int) -> None:
    random.seed(seed)
    waited = trip
    while waited - trip / 2 < duration:
        waited += pause_after(waited) + trip
    assert waited - duration <= bound(duration)
