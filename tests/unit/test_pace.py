"""How many connections a transfer uses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.transfer.pace import Pace

TICK = 0.1


def course(pace: Pace, speed: Callable[[int, float], float], seconds: float) -> list[int]:
    """What is wanted at each tick, where `speed` tells the bytes a second from the connections and the time."""
    wanted, moved = list[int](), 0.0
    for tick in range(round(seconds / TICK)):
        now = tick * TICK
        wanted.append(pace.wanted(now, int(moved)))
        moved += speed(wanted[-1], now) * TICK
    return wanted


def test_it_begins_with_what_it_was_told_and_a_quick_transfer_never_gets_more() -> None:
    assert set(course(Pace(4, 8), lambda n, _: n * 1e6, 3.9)) == {4}


def test_where_each_connection_is_held_back_more_are_used() -> None:
    wanted = course(Pace(1, 8), lambda n, _: n * 1e6, 60)
    assert wanted[-1] == 8
    assert wanted == sorted(wanted)


def test_where_the_line_is_the_limit_more_are_given_up_again() -> None:
    wanted = course(Pace(4, 8), lambda n, _: min(n * 1e6, 4e6), 30)
    assert max(wanted) == 6
    assert wanted[-1] == 4
    assert sum(n > 4 for n in wanted) * TICK == pytest.approx(4.0, abs=0.3)


def test_a_limit_that_is_gone_is_noticed_later() -> None:
    wanted = course(Pace(2, 8), lambda n, now: n * 1e6 if now > 60 else 2e6, 120)
    assert wanted[int(59 / TICK)] in (2, 3)
    assert wanted[-1] == 8


def test_connections_that_come_up_to_speed_slowly_are_not_taken_for_a_gain_of_others() -> None:
    wanted = course(Pace(1, 8), lambda n, now: min(n, 1 + now) * 1e6 if now < 1.5 else 2e6, 30)
    assert wanted[-1] == 1


@given(start=st.integers(1, 8), more=st.integers(0, 8), speeds=st.lists(st.floats(0, 1e9), min_size=1))
def test_it_stays_between_its_bounds_whatever_comes(start: int, more: int, speeds: list[float]) -> None:
    wanted = course(Pace(start, start + more), lambda n, now: speeds[int(now) % len(speeds)] * n, 100)
    assert set(wanted) <= set(range(start, start + more + 1))


@pytest.mark.parametrize("fixed", [1, 3, 64])
def test_a_number_that_is_fixed_stays(fixed: int) -> None:
    assert set(course(Pace(fixed, fixed), lambda n, _: n * 1e6, 60)) == {fixed}
