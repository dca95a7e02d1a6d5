"""Who fetches which bytes: whatever happens, each byte of the file is fetched, and none is taken for granted."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from safelight.transfer import spans as spans_module
from safelight.transfer.spans import ENDLESS, Spans

LEAST = 5


@pytest.fixture(autouse=True)
def small_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans_module, "LEAST", LEAST)


def shared(total: int, *missing: tuple[int, int]) -> Spans:
    spans = Spans('"e"', missing or [(0, total)], total)
    spans.are_shared = True
    return spans


def claimed(spans: Spans, *, is_first: bool = False) -> Any:
    span = spans.claim(is_first=is_first)
    assert span is not None
    return span


def test_a_further_connection_takes_the_second_half_of_the_largest_claim() -> None:
    spans = shared(100)
    first = claimed(spans, is_first=True)
    assert spans.take(first, 20) == 20
    second = claimed(spans)
    assert (first.end, second.at, second.end) == (60, 60, 100)
    third = claimed(spans)
    assert (third.at, third.end) in {(40, 60), (80, 100)}


def test_what_is_too_small_for_two_is_left_to_one() -> None:
    spans = shared(2 * LEAST - 1)
    claimed(spans, is_first=True)
    assert not spans.has_work()
    assert spans.claim(is_first=False) is None


def test_what_somebody_left_comes_before_any_half() -> None:
    spans = shared(100)
    claimed(spans, is_first=True)
    second = claimed(spans)
    spans.take(second, 3)
    spans.wrote(second)
    spans.release(second)
    assert claimed(spans).at == 53


def test_a_connection_goes_on_into_what_the_next_one_left() -> None:
    spans = shared(100)
    first = claimed(spans, is_first=True)
    second = claimed(spans)
    spans.release(second)
    assert spans.take(first, 60) == 50
    assert spans.take(first, 10) == 10
    assert first.end == 100


def test_a_connection_goes_on_into_what_the_next_one_leaves_only_now() -> None:
    spans = shared(100)
    first = claimed(spans, is_first=True)
    second = claimed(spans)
    assert spans.take(first, 60) == 50
    spans.wrote(first)
    spans.release(second)  # while the first one's 50 bytes were written
    assert spans.take(first, 10) == 10


def test_bytes_that_are_on_their_way_to_the_disk_are_missing() -> None:
    spans = shared(100)
    first = claimed(spans, is_first=True)
    spans.take(first, 30)
    assert spans.missing() == [(0, 100)]
    assert spans.done == 0
    spans.wrote(first)
    assert spans.missing() == [(30, 100)]
    assert spans.done == 30


def test_nobody_joins_before_it_is_noted_on_the_disk_that_bytes_come_out_of_order() -> None:
    spans = Spans('"e"', [(0, 100)], 100)
    claimed(spans, is_first=True)
    assert spans.claim(is_first=False) is None
    spans.are_shared = True
    assert spans.claim(is_first=False) is not None


def test_a_file_of_unknown_size_has_no_second_half() -> None:
    spans = Spans('"e"', [(10, ENDLESS)], None)
    spans.are_shared = True
    first = claimed(spans, is_first=True)
    assert spans.claim(is_first=False) is None
    assert spans.done == 10
    spans.take(first, 5)
    spans.wrote(first)
    spans.ends(15)
    spans.release(first)
    assert (spans.missing(), spans.done) == ([], 15)


@pytest.mark.parametrize("how", ["released", "finished", "closed"])
def test_the_first_waits_for_what_the_others_may_leave(how: str) -> None:
    spans = shared(100)
    first = claimed(spans, is_first=True)
    second = claimed(spans)
    spans.take(first, 50)
    spans.wrote(first)
    spans.release(first)
    spans.take(second, 45)
    spans.wrote(second)  # what is left is too small for two
    got: list[Any] = []
    waiting = threading.Thread(target=lambda: got.append(spans.claim(is_first=True)))
    waiting.start()
    if how == "closed":
        spans.close()
    else:
        spans.take(second, 5 if how == "finished" else 1)
        spans.wrote(second)
        spans.release(second)
    waiting.join(10)
    assert [span and (span.at, span.end) for span in got] == [(96, 100) if how == "released" else None]


def test_what_is_closed_takes_nothing_more_and_settles_when_all_is_written() -> None:
    spans = shared(100)
    first = claimed(spans, is_first=True)
    spans.take(first, 10)
    spans.close()
    assert spans.take(first, 10) == 0
    settled = threading.Event()

    def wait() -> None:
        spans.settle()
        settled.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not settled.is_set()
    spans.wrote(first)
    waiting.join(10)
    assert settled.is_set()


@given(st.lists(st.integers(0, 100), unique=True).map(sorted))
def test_what_is_missing_is_told_as_it_was_given(places: list[int]) -> None:
    missing = [*zip(places[::2], places[1::2], strict=False)]
    spans = Spans('"e"', missing, 100)
    assert spans.missing() == missing
    assert spans.done == 100 - sum(end - at for at, end in missing)


class Fetching(RuleBasedStateMachine):
    """Connections come and go, bring a little or a lot, fail before or after a write; the process is killed."""

    working: Bundle[Any] = Bundle("working")

    @initialize(total=st.integers(1, 300))
    def begin(self, total: int) -> None:
        assert spans_module.LEAST == LEAST
        self.total = total
        self.written = [0] * total
        self.spans = shared(total)
        self.noted = [(0, total)]
        self.alive: set[int] = set()

    @rule(target=working, is_first=st.booleans())
    def join(self, is_first: bool) -> Any:
        if not self.spans.has_work():
            return None
        span = self.spans.claim(is_first=is_first)
        self.alive.add(id(span))
        return span

    @rule(span=working, size=st.integers(1, 60))
    def bring(self, span: Any, size: int) -> None:
        if id(span) in self.alive:
            at = span.at
            count = self.spans.take(span, size)
            assert count <= size
            for place in range(at, at + count):
                self.written[place] += 1
            self.spans.wrote(span)

    @rule(span=consumes(working), size=st.integers(0, 60))
    def fail(self, span: Any, size: int) -> None:
        if id(span) in self.alive:
            self.spans.take(span, size)  # the disk does not take it
            self.spans.release(span)
            self.alive.remove(id(span))

    @rule()
    def note(self) -> None:
        self.noted = self.spans.missing()

    @rule()
    def killed(self) -> None:
        """What was written since the note is fetched again, and nothing else."""
        missing = {place for at, end in self.noted for place in range(at, end)}
        self.written = [0 if place in missing else count for place, count in enumerate(self.written)]
        self.spans = shared(self.total, *self.noted) if self.noted else Spans('"e"', [], self.total)
        self.alive = set()

    @invariant()
    def what_is_missing_is_known(self) -> None:
        missing = {place for at, end in self.spans.missing() for place in range(at, end)}
        assert [0 if place in missing else 1 for place in range(self.total)] == self.written
        assert self.spans.done == sum(self.written)

    def teardown(self) -> None:
        if not hasattr(self, "spans"):
            return
        for span in list(self.spans._claimed):
            self.spans.release(span)
        while span := self.spans.claim(is_first=True):
            at = span.at
            for place in range(at, at + self.spans.take(span, self.total)):
                self.written[place] += 1
            self.spans.wrote(span)
            self.spans.release(span)
        assert self.written == [1] * self.total


Fetching.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestFetching = Fetching.TestCase
