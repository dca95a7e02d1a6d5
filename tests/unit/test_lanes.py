"""Connections of which each carries one request at a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from safelight._async.lanes import AsyncLanes
from safelight._sync import lanes as sync_lanes
from safelight._sync.lanes import Lanes
from tests.conftest import FakeClock

REQUEST = httpx.Request("GET", "https://service.test/", extensions={"timeout": {"pool": 0.01}})


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, lane: Lane) -> None:
        self.lane = lane

    def __iter__(self) -> Iterator[bytes]:
        yield b"{}"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{}"

    def close(self) -> None:
        self.lane.is_busy = False

    async def aclose(self) -> None:
        self.close()


class Lane(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A connection that does not take a second request before its first is over."""

    def __init__(self) -> None:
        self.is_busy = self.is_closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert not self.is_busy
        assert not self.is_closed
        self.is_busy = True
        if "broken" in request.url.path:
            self.is_busy = False
            raise httpx.ReadError("broken")
        if "interrupted" in request.url.path:
            self.is_busy = False
            raise KeyboardInterrupt
        return httpx.Response(200, stream=Body(self))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "slow" in request.url.path:
            await asyncio.sleep(60)
        return self.handle_request(request)

    def close(self) -> None:
        assert not self.is_busy
        self.is_closed = True

    async def aclose(self) -> None:
        self.close()


class Road:
    """Makes lanes, and remembers them."""

    def __init__(self) -> None:
        self.lanes: list[Lane] = []

    def __call__(self) -> Lane:
        self.lanes.append(Lane())
        return self.lanes[-1]


@pytest.fixture
def road() -> Road:
    return Road()


def test_one_after_another_use_one_connection(road: Road) -> None:
    lanes = Lanes(road, most=4)
    for _ in range(3):
        lanes.handle_request(REQUEST).read()
    assert len(road.lanes) == 1


def test_a_connection_is_another_requests_only_when_its_reply_is_closed(road: Road) -> None:
    lanes = Lanes(road, most=4)
    first, second = lanes.handle_request(REQUEST), lanes.handle_request(REQUEST)
    assert len(road.lanes) == 2
    assert isinstance(first.stream, httpx.SyncByteStream)
    first.read()
    first.stream.close()  # counts once
    third, fourth, fifth = (lanes.handle_request(REQUEST) for _ in range(3))
    assert len(road.lanes) == 4
    with pytest.raises(httpx.PoolTimeout):
        lanes.handle_request(REQUEST)
    for response in (second, third, fourth, fifth):
        response.read()
    assert lanes.handle_request(REQUEST).read() == b"{}"


def test_a_request_that_fails_gives_its_place_back(road: Road) -> None:
    lanes = Lanes(road, most=1)
    for _ in range(3):
        with pytest.raises(httpx.ReadError):
            lanes.handle_request(httpx.Request("GET", "https://service.test/broken"))
    lanes.handle_request(REQUEST).read()
    assert len(road.lanes) == 1


def test_a_connection_whose_reply_was_not_read_to_its_end_is_not_used_again(road: Road) -> None:
    lanes = Lanes(road, most=1)
    lanes.handle_request(REQUEST).close()
    lanes.handle_request(REQUEST).read()
    assert [lane.is_closed for lane in road.lanes] == [True, False]


def test_a_connection_whose_request_was_interrupted_is_not_used_again(road: Road) -> None:
    lanes = Lanes(road, most=1)
    with pytest.raises(KeyboardInterrupt):
        lanes.handle_request(httpx.Request("GET", "https://service.test/interrupted"))
    lanes.handle_request(REQUEST).read()
    assert [lane.is_closed for lane in road.lanes] == [True, False]


def test_connections_that_nobody_needs_are_closed(
    road: Road, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_lanes.time, "monotonic", clock.monotonic)
    lanes = Lanes(road, most=9)
    for response in [lanes.handle_request(REQUEST) for _ in range(5)]:
        response.read()
    for _ in range(3):
        clock.advance(15)
        lanes.handle_request(REQUEST).read()  # by the one that was used last
    assert [lane.is_closed for lane in road.lanes] == [True, True, True, True, False]


def test_closing_closes_those_in_use_as_soon_as_they_are_free(road: Road) -> None:
    lanes = Lanes(road, most=9)
    in_use = lanes.handle_request(REQUEST)
    lanes.handle_request(REQUEST).read()
    lanes.close()
    assert [lane.is_closed for lane in road.lanes] == [False, True]
    in_use.read()
    assert [lane.is_closed for lane in road.lanes] == [True, True]


def test_no_two_threads_ever_have_the_same_connection(road: Road) -> None:
    lanes = Lanes(road, most=8)
    errors: list[BaseException] = []
    request = httpx.Request("GET", "https://service.test/")

    def work() -> None:
        try:
            for _ in range(100):
                lanes.handle_request(request).read()
        except BaseException as error:  # noqa: BLE001 - the test tells of it
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert len(road.lanes) <= 8
    lanes.close()
    assert all(lane.is_closed for lane in road.lanes)


def test_tasks_wait_for_a_place_and_those_that_are_cancelled_give_theirs_back(road: Road) -> None:
    async def main() -> None:
        lanes = AsyncLanes(road, most=1)
        slow = asyncio.ensure_future(lanes.handle_async_request(httpx.Request("GET", "https://service.test/slow")))
        await asyncio.sleep(0)
        with pytest.raises(httpx.PoolTimeout):
            await lanes.handle_async_request(REQUEST)
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        for _ in range(2):
            response = await lanes.handle_async_request(REQUEST)
            assert await response.aread() == b"{}"
        await lanes.aclose()

    asyncio.run(main())
    assert [lane.is_closed for lane in road.lanes] == [True, True]  # the cancelled one at once
