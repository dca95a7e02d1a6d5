from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.transfer.plan import MOST_PARTS, missing_parts, plan_parts


@given(chunk=st.integers(1, 10**9), full=st.integers(0, 300), rest=st.integers(0, 10**9))
def test_the_parts_are_the_file_in_order_without_gap_or_overlap(chunk: int, full: int, rest: int) -> None:
    size = max(1, full * chunk + rest % chunk)
    parts = plan_parts(size, chunk)
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert parts[0].offset == 0
    assert all(after.offset == part.offset + part.size for part, after in itertools.pairwise(parts))
    assert parts[-1].offset + parts[-1].size == size
    assert all(part.size == chunk for part in parts[:-1])
    assert 1 <= parts[-1].size <= chunk


def test_the_vendors_example_fits() -> None:
    parts = plan_parts(104_857_600, 10_485_760, 10)
    assert len(parts) == 10
    assert {part.size for part in parts} == {10_485_760}


@pytest.mark.parametrize(
    ("size", "chunk", "count"),
    [(0, 10, None), (10, 0, None), (10, -1, None), (10, 5, 3), (10, 5, 1), (11, 5, 2), (MOST_PARTS + 1, 1, None)],
)
def test_numbers_that_do_not_fit_each_other_are_refused(size: int, chunk: int, count: int | None) -> None:
    with pytest.raises(ValueError, match="parts"):
        plan_parts(size, chunk, count)


def test_ten_thousand_parts_and_more_than_five_gigabytes_are_possible() -> None:
    assert len(plan_parts(MOST_PARTS * 2**20, 2**20, MOST_PARTS)) == MOST_PARTS
    assert plan_parts(50 * 10**9, 10**9)[-1].offset == 49 * 10**9


@given(st.integers(1, 100), st.sets(st.integers(1, 100)))
def test_exactly_the_parts_that_were_not_accepted_are_missing(count: int, accepted: set[int]) -> None:
    parts = plan_parts(count, 1)
    assert [part.number for part in missing_parts(parts, accepted)] == [
        number for number in range(1, count + 1) if number not in accepted
    ]
