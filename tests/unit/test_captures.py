"""Walking the list of captures against a model of the service, which changes it meanwhile; and how old they are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import safelight
from safelight.captures import Ages, PageSizes, Walk
from safelight.errors import ConnectionFailed, InvalidRequest, ServerError
from tests.conftest import FakeClock
from tests.unit.test_requests import CAPTURE, Wire, client, reply

PLAIN = "Input should be valid"
TELLING = "Input should be less than or equal to {most}"
FACTS: dict[str, Any] = {"status": 422, "method": "GET", "url": "https://teleport.test/api/v1/captures"}


@attrs.define
class Service:
    """An account's list, newest first, of which a page has no more than `most` captures.

    Attributes:
        count: How many captures there are at first.
        most: The largest page.
        refusal: What is said where more is asked for; None gives fewer without a word, an error is raised.
        changes: How many are created, and which are removed, after each request in turn.
    """

    count: int
    most: int = 10**6
    refusal: str | Exception | None = None
    changes: list[tuple[int, list[int]]] = attrs.field(factory=list)
    captures: list[Any] = attrs.field(init=False)
    asked: list[tuple[int, int]] = attrs.field(init=False, factory=list)
    _numbers: Iterator[int] = attrs.field(init=False, factory=itertools.count)

    def __attrs_post_init__(self) -> None:
        self.captures = [SimpleNamespace(eid=f"first-{number}") for number in range(self.count)]

    def page(self, limit: int, offset: int) -> list[Any]:
        self.asked.append((limit, offset))
        if limit > self.most and isinstance(self.refusal, Exception):
            raise self.refusal
        if limit > self.most and isinstance(self.refusal, str):
            detail = {"loc": ["query", "limit"], "msg": self.refusal.format(most=self.most)}
            raise InvalidRequest("no", details=[detail], **FACTS)
        page = self.captures[offset : offset + min(limit, self.most)]
        self._change()
        return page

    def _change(self) -> None:
        created, removed = self.changes.pop(0) if self.changes else (0, [])
        for place in removed:
            if place < len(self.captures):
                del self.captures[place]
        self.captures[:0] = [SimpleNamespace(eid=f"later-{next(self._numbers)}") for _ in range(created)]


def walked(service: Service, sizes: PageSizes | None = None, expected: int = 0) -> Iterator[Any]:
    walk = Walk(sizes or PageSizes(), expected)
    while not walk.is_over:
        assert len(service.asked) < 1000
        try:
            page = service.page(walk.limit, walk.offset)
        except (InvalidRequest, ServerError, ConnectionFailed) as error:
            if not walk.goes_on_after(error):
                raise
        else:
            yield from walk.take(page)


def eids(captures: Iterator[Any]) -> list[str]:
    return [capture.eid for capture in captures]


ERRORS = [ServerError("no", **FACTS), ConnectionFailed("no")]
REFUSALS = st.sampled_from([None, PLAIN, TELLING, "less than {most}", *ERRORS])
CHANGES = st.lists(st.tuples(st.integers(0, 10), st.lists(st.integers(0, 400), max_size=10)), max_size=12)


@given(st.integers(0, 400), st.integers(25, 450), REFUSALS, CHANGES, st.integers(0, 500))
@example(100, 25, None, [(0, [0, 0, 0])], 0)
@example(97, 25, None, [(0, []), (0, []), (1, []), (0, [0])], 0)
@example(400, 60, PLAIN, [(10, [0] * 10)] * 12, 400)
def test_every_capture_that_is_there_throughout_is_found_once(
    count: int, most: int, refusal: str | Exception | None, changes: list[tuple[int, list[int]]], expected: int
) -> None:
    service, sizes = Service(count, most, refusal, list(changes)), PageSizes()
    before = [capture.eid for capture in service.captures]
    found = eids(walked(service, sizes, expected))
    assert len(found) == len(set(found))
    there = {capture.eid for capture in service.captures}
    assert [eid for eid in before if eid in there and eid not in found] == []
    service.asked.clear()
    again = eids(walked(service, sizes, expected))  # with what was learned, and whatever changes are left
    there &= {capture.eid for capture in service.captures}
    assert there <= set(again)


@pytest.mark.parametrize("count", [0, 1, 24])
def test_a_small_account_costs_one_request_as_if_nobody_asked_for_more(count: int) -> None:
    service = Service(count)
    assert len(eids(walked(service))) == count
    assert service.asked == [(25, 0)]


@pytest.mark.parametrize("most", [1000, 500, 250, 200, 137, 100, 50, 25])
@pytest.mark.parametrize("refusal", [None, TELLING], ids=["clamps", "says-its-maximum"])
def test_the_second_walk_is_in_the_largest_pages_that_there_are(most: int, refusal: str | None) -> None:
    service, sizes = Service(1000, most, refusal), PageSizes()
    assert len(eids(walked(service, sizes, 1000))) == 1000
    assert sum(limit > most for limit, _ in service.asked) <= (1 if refusal else 1000)
    service.asked.clear()
    captures = walked(service, sizes, 1000)
    assert len({next(captures).eid for _ in range(1000)}) == 1000
    # Each page but the first begins with the last capture of the one before.
    assert len(service.asked) == (1 if most == 1000 else -(-999 // (most - 1)))


def test_a_maximum_that_is_not_told_is_found_among_the_usual_ones() -> None:
    service, sizes = Service(1000, 100, PLAIN), PageSizes()
    assert len(eids(walked(service, sizes))) == 1000
    assert [limit for limit, _ in service.asked[:6]] == [25, 1000, 500, 250, 200, 100]
    assert sizes.taken == sizes.largest == 100
    service.asked.clear()
    eids(walked(service, sizes))
    assert {limit for limit, _ in service.asked} == {25, 100}


def test_a_service_that_takes_fewer_from_one_day_to_the_next_is_asked_for_fewer() -> None:
    service, sizes = Service(400), PageSizes()
    eids(walked(service, sizes, 400))
    service.most, service.refusal = 50, TELLING
    assert len(eids(walked(service, sizes, 400))) == 400
    assert sizes.taken == sizes.largest == 50


def test_a_service_that_fails_over_a_large_page_is_given_small_ones_and_no_outage_is_taken_for_that() -> None:
    service, sizes = Service(100, 25, ServerError("no", **FACTS)), PageSizes()
    assert len(eids(walked(service, sizes))) == 100
    assert [limit for limit, _ in service.asked[:3]] == [25, 1000, 25]
    out_of_order, sizes = Service(100, 0, ServerError("no", **FACTS)), PageSizes()
    with pytest.raises(ServerError):
        eids(walked(out_of_order, sizes, 100))
    assert sizes.largest == 1000


def test_captures_may_be_removed_as_they_are_read() -> None:
    service = Service(3000)
    for capture in walked(service):
        service.captures.remove(capture)
    assert service.captures == []


def test_many_that_are_removed_at_once_take_none_with_them() -> None:
    service = Service(9000)
    captures = walked(service)
    found = {next(captures).eid for _ in range(5025)}
    service.captures = [capture for capture in service.captures if capture.eid not in found]
    assert len(found | set(eids(captures))) == 9000


def test_many_that_are_created_meanwhile_hide_none() -> None:
    service = Service(60, 25, changes=[(24, []), (24, [])])
    assert {f"first-{number}" for number in range(60)} <= set(eids(walked(service)))


@pytest.mark.parametrize("count", [25, 1000])
def test_a_service_that_gives_the_same_page_for_ever_ends_a_walk(count: int) -> None:
    service = Service(count)
    walk, pages = Walk(PageSizes()), 0
    while not walk.is_over:
        walk.take(service.captures)
        pages += 1
        assert pages < 10


def test_other_refusals_are_no_matter_of_size(clock: FakeClock) -> None:
    wire = Wire(reply(body=[{**CAPTURE, "eid": str(number)} for number in range(25)]), reply(403))
    with pytest.raises(safelight.AuthError):
        list(client(wire, clock).captures())
    assert len(wire.requests) == 2
    with pytest.raises(safelight.InvalidRequest):
        list(client(Wire(reply(422)), clock).captures())


@pytest.mark.parametrize("refuse", [reply(422), reply(400), reply(500), httpx.ReadTimeout("too long")])
def test_a_client_gets_all_captures_whatever_becomes_of_large_pages(clock: FakeClock, refuse: Any) -> None:
    everything = [{**CAPTURE, "eid": f"eid-{number}"} for number in range(60)]

    def page(request: httpx.Request) -> httpx.Response:
        limit, offset = int(request.url.params["limit"]), int(request.url.params["offset"])
        if limit > 25:
            if isinstance(refuse, Exception):
                raise refuse
            return refuse(request)
        return httpx.Response(200, json=everything[offset : offset + limit])

    assert [capture.eid for capture in client(Wire(page), clock).captures()] == [item["eid"] for item in everything]


def capture(eid: str, state: str, uploaded: datetime | Any = None) -> Any:
    return SimpleNamespace(eid=eid, state=state, uploaded=uploaded)


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seen", "since"),
    [
        ([(1000, capture("a", "PROCESSING", NOON))], 1000 - 3600),
        ([(1000, capture("a", "CREATED"))], 1000),  # of which nobody knows when the work begins
        ([(1000, capture("a", "UPLOADING")), (1500, capture("a", "PROCESSING"))], 1500),
        ([(1000, capture("a", "PROCESSING")), (1500, capture("a", "READY", NOON))], 1000),
        ([(1000, capture("a", "PROCESSING", NOON.replace(hour=20)))], 1000),  # a clock that is wrong
        ([(1000, capture("a", "PROCESSING", "yesterday"))], 1000),
        ([], 1000),
    ],
)
def test_the_work_on_a_capture_begins_with_the_end_of_its_upload(seen: list[tuple[float, Any]], since: float) -> None:
    ages = Ages(1000)
    for now, looked_at in seen:
        ages.note(looked_at, now=now, server_now=NOON.timestamp() + 3600 + now - 1000)
    assert ages.of_youngest(["a"]) == since


def test_the_youngest_of_many_is_what_counts() -> None:
    ages = Ages(1000)
    for minutes in (10, 40, 20):
        ages.note(
            capture(str(minutes), "PROCESSING", NOON.replace(minute=minutes)),
            now=1000,
            server_now=NOON.timestamp() + 3600,
        )
    assert ages.of_youngest(["10", "40", "20"]) == 1000 - 20 * 60
    assert ages.of_youngest(["10", "20"]) == 1000 - 40 * 60
    assert ages.of_youngest(["10", "unknown"]) == 1000
