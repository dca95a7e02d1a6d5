"""Parts wait in line for the threads that send them, the next of them with a URL."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.errors import AuthError
from safelight.transfer.line import Line
from safelight.transfer.plan import Part
from tests.conftest import FakeClock

PARTS = [Part(number, (number - 1) * 10, 10) for number in range(1, 101)]


def line_of(count: int, sign: Callable[[int], str] = lambda number: f"url {number}") -> tuple[Line, FakeClock]:
    clock = FakeClock()
    return Line(PARTS[:count], sign, clock), clock


def test_the_next_parts_url_is_there_when_its_turn_comes() -> None:
    line, _ = line_of(3)
    assert line.take() == (PARTS[0], "")
    line.sign_ahead()
    line.wait_until_quiet(10)
    assert line.take() == (PARTS[1], "url 2")
    assert line.take() == (PARTS[2], "")
    assert line.take() is None


def test_a_url_that_waited_too_long_is_not_used() -> None:
    line, clock = line_of(2)
    line.sign_ahead()
    line.wait_until_quiet(10)
    clock.advance(61)
    assert line.take() == (PARTS[0], "")


def test_a_url_that_cannot_be_had_is_left_to_the_one_who_needs_it() -> None:
    def refuse(number: int) -> str:
        raise AuthError("no", status=403, method="POST", url="/")

    line, _ = line_of(1, refuse)
    line.sign_ahead()
    line.wait_until_quiet(10)
    assert line.take() == (PARTS[0], "")
    assert line.take() is None


def test_who_comes_while_the_last_url_is_under_way_waits_for_it() -> None:
    under_way, go_on = threading.Event(), threading.Event()

    def sign(number: int) -> str:
        under_way.set()
        assert go_on.wait(10)
        return "url"

    line, _ = line_of(1, sign)
    line.sign_ahead()
    assert under_way.wait(10)
    assert len(line) == 1
    taken: list[object] = []
    taker = threading.Thread(target=lambda: taken.append(line.take()))
    taker.start()
    go_on.set()
    taker.join(10)
    assert taken == [(PARTS[0], "url")]
    assert len(line) == 0


def test_a_closed_line_hands_out_nothing_and_asks_for_nothing() -> None:
    line, _ = line_of(2, lambda number: pytest.fail("a URL was asked for"))
    line.close()
    line.sign_ahead()
    assert line.take() is None


@settings(max_examples=30, deadline=None)
@given(count=st.integers(0, 60), threads=st.integers(1, 8), fails=st.sets(st.integers(1, 60)))
def test_each_part_is_handed_out_once_to_however_many_threads(count: int, threads: int, fails: set[int]) -> None:
    def sign(number: int) -> str:
        if number in fails:
            raise OSError
        return f"url {number}"

    line, _ = line_of(count, sign)
    taken: list[tuple[Part, str]] = []

    def work() -> None:
        while following := line.take():
            line.sign_ahead()
            taken.append(following)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert sorted(part.number for part, _ in taken) == list(range(1, count + 1))
    assert {url for part, url in taken} <= {"", *(f"url {part.number}" for part in PARTS)}
    assert len(line) == 0
