"""Downloads over several connections: faster where that helps, and never another file than the store's."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import safelight
from safelight import AsyncTeleport, Progress, Teleport
from safelight._async.files import AsyncRemoteFile
from safelight._sync.files import RemoteFile
from safelight.bridge import Stop, Stopped
from safelight.transfer import download, part_file, spans
from safelight.transfer.download import Download
from safelight.transfer.fetcher import Fetcher
from safelight.transfer.pace import Pace
from safelight.transport import new_transfer_client
from tests.conftest import FakeClock
from tests.e2e.range_server import Answer, Asked, Cut, RangeServer
from tests.e2e.uploads import until

KIB = 1024
OLD, NEW = os.urandom(512 * KIB), os.urandom(512 * KIB)


class Fixed:
    """Wants so many connections from the beginning."""

    number = 4

    def __init__(self, start: int, most: int) -> None:
        assert (start, most) == (1, 8)

    def wanted(self, now: float, moved: int) -> int:
        return self.number


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several connections for small files, and at once."""
    monkeypatch.setattr(spans, "LEAST", 16 * KIB)
    monkeypatch.setattr(download, "Pace", Fixed)
    monkeypatch.setattr(download, "_LOOK_EVERY", 0.005)


@pytest.fixture
def store() -> Iterator[RangeServer]:
    with RangeServer(OLD) as store:
        yield store
    assert threads() == []


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("safelight")]


def downloading(store: RangeServer, target: Path, clock: FakeClock, **rest: Any) -> Download:
    settings: dict[str, Any] = {"sign": lambda: store.url, "stop": Stop(), "on_progress": None, **rest}
    return Download(target=target, new_http=lambda: new_transfer_client(None, connections=1), clock=clock, **settings)


def fetch(store: RangeServer, target: Path, clock: FakeClock, **rest: Any) -> None:
    downloading(store, target, clock, **rest).run()


def joined(store: RangeServer, number: int = 4, keep: int = 40 * KIB) -> Callable[[Asked, int], None]:
    """Holds the first connection until so many have asked for something."""

    def before(asked: Asked, at: int) -> None:
        if asked.number == 0 and at >= keep:
            store.wait_until(lambda: len(store.asked) >= number)

    return before


def left_beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path.name.startswith(target.name + "."))


@pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])
def test_several_connections_fetch_one_file(
    store: RangeServer, tmp_path: Path, clock: FakeClock, is_async: bool
) -> None:
    store.before = joined(store)
    seen: list[Progress] = []
    settings: dict[str, Any] = {"client_id": "id", "client_secret": "secret", "clock": clock}

    async def save() -> None:
        async with AsyncTeleport(**settings) as teleport:
            file = AsyncRemoteFile(url=store.url, name="a", service=teleport)
            await file.save(tmp_path / "a", on_progress=seen.append)

    if is_async:
        asyncio.run(save())
    else:
        with Teleport(**settings) as teleport:
            RemoteFile(url=store.url, name="a", service=teleport).save(tmp_path / "a", on_progress=seen.append)
    assert (tmp_path / "a").read_bytes() == OLD
    assert left_beside(tmp_path / "a") == []
    assert store.asked[0].range is None
    assert len(store.asked) >= 4
    assert {asked.if_range for asked in store.asked[1:]} == {store.etag}
    assert seen[-1].done == seen[-1].total == len(OLD)


def test_what_one_connection_fetches_no_other_does(store: RangeServer, tmp_path: Path, clock: FakeClock) -> None:
    store.before = joined(store)
    got: list[int] = []
    write = part_file._write_at

    def counted(fd: int, data: Any, at: int) -> int:
        got.extend(range(at, at + len(data)))
        return write(fd, data, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(part_file, "_write_at", counted)
        fetch(store, tmp_path / "a", clock)
    assert sorted(got) == list(range(len(OLD)))


class Throttle:
    """Lets bytes through at a rate by a clock that it turns, and waits until the client has seen what time it is."""

    def __init__(self, clock: FakeClock, rate: float, *, each: bool) -> None:
        """`rate` is bytes a second: of each connection, or of all of them together."""
        self._clock = clock
        self._rate = rate
        self._each = each
        self._changed = threading.Condition()
        self._due: dict[Asked, float] = {}
        self._looks = 0
        self.open = self.most = 0
        self.wanted: list[int] = []

    def before(self, asked: Asked, at: int) -> None:
        with self._changed:
            self._due = {other: due for other, due in self._due.items() if not other.is_over}
            self.open = len(self._due)
            self.most = max(self.most, self.open)
            now = self._clock.monotonic()
            begun = self._due.get(asked, now) if self._each else max([now, *self._due.values()])
            due = self._due[asked] = begun + 32 * KIB / self._rate
            while (now := self._clock.monotonic()) < due:
                self._due = {other: due for other, due in self._due.items() if not other.is_over}
                if (soonest := min(self._due.values())) > now:
                    looks = self._looks
                    self._clock.advance(soonest - now)
                    self._changed.notify_all()
                    self._changed.wait_for(lambda looks=looks: self._looks > looks + 1, 5)
                else:
                    self._changed.wait(0.01)

    def pace(self, start: int, most: int) -> Any:
        throttle, inner = self, Pace(start, most)

        class Seen:
            def wanted(self, now: float, moved: int) -> int:
                with throttle._changed:
                    wanted = inner.wanted(now, moved)
                    throttle._looks += 1
                    throttle.wanted.append(wanted)
                    throttle._changed.notify_all()
                    return wanted

        return Seen()


@pytest.mark.parametrize("each", [True, False], ids=["each connection is slow", "the line is slow"])
def test_more_connections_stay_where_they_help_and_only_there(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, each: bool
) -> None:
    throttle = Throttle(clock, 64 * KIB, each=each)
    monkeypatch.setattr(download, "Pace", throttle.pace)
    begun = clock.monotonic()
    with RangeServer(OLD * 2, before=throttle.before, piece=32 * KIB) as store:
        fetch(store, tmp_path / "a", clock)
    assert (tmp_path / "a").read_bytes() == OLD * 2
    alone = len(OLD) * 2 / (64 * KIB)
    if each:
        assert throttle.most >= 3
        assert clock.monotonic() - begun < 0.75 * alone
    else:
        assert max(throttle.wanted) == 2
        assert throttle.wanted[-1] == throttle.open == 1
        assert clock.monotonic() - begun < 1.3 * alone  # a trial throws away what its connection had under way


def test_a_quick_download_stays_with_one_connection(
    store: RangeServer, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "Pace", Pace)
    fetch(store, tmp_path / "a", clock)
    assert store.ranges() == [None]


CHILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a runner in the background may ignore it
from safelight import Teleport
from safelight._sync.files import RemoteFile
from safelight.transfer import download, spans

class Fixed:
    def __init__(self, start, most): pass
    def wanted(self, now, moved): return 4

spans.LEAST, download.Pace, download._LOOK_EVERY, download.NOTE_BYTES = 16 * 1024, Fixed, 0.005, 1
with Teleport(client_id="id", client_secret="secret") as teleport:
    RemoteFile(url=sys.argv[1], name="a", service=teleport).save(sys.argv[2])
"""


def noted(target: Path) -> list[tuple[int, int]]:
    """The spans that are missing, as the file beside the part file has it."""
    note = target.with_name(target.name + ".part.etag")
    pairs = [line.partition("-") for line in note.read_text().split("\n")[2:]] if note.exists() else []
    return [(int(at), int(end)) for at, _, end in pairs]


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_another_process_asks_only_for_what_is_missing(
    store: RangeServer, tmp_path: Path, clock: FakeClock, ended_by: signal.Signals
) -> None:
    go_on = threading.Event()
    store.before = lambda asked, at: asked.sent >= 40 * KIB and go_on.wait(30)
    target = tmp_path / "a"
    child = subprocess.Popen([sys.executable, "-c", CHILD, store.url, str(target)], stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: sum(end - at for at, end in noted(target)) == len(OLD) - 4 * 40 * KIB)
        begun = time.monotonic()
        child.send_signal(ended_by)
        _, said = child.communicate(timeout=10)
        assert time.monotonic() - begun < 1.5
    finally:
        child.kill()
        go_on.set()
    assert ("KeyboardInterrupt" in said) == (ended_by == signal.SIGINT)
    assert not target.exists()
    missing = noted(target)
    store.asked.clear()
    store.before = lambda *_: None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Fixed, "number", 1)
        fetch(store, target, clock)
    assert target.read_bytes() == OLD
    assert store.ranges() == [(at, None if end == len(OLD) else end - 1) for at, end in missing]
    assert left_beside(target) == []


def test_whoever_is_stopped_writes_down_what_is_there(store: RangeServer, tmp_path: Path, clock: FakeClock) -> None:
    store.before = lambda asked, at: asked.sent >= 40 * KIB and store.wait_until(lambda: asked.is_over)
    stop = Stop()

    def look(progress: Progress) -> None:
        clock.advance(1)  # so that the next one is reported, too
        if progress.done == 4 * 40 * KIB:
            stop.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(download, "NOTE_SECONDS", 1e9)
        with pytest.raises(Stopped):
            fetch(store, tmp_path / "a", clock, stop=stop, on_progress=look)
    assert threads() == []
    for asked in store.asked:
        asked.is_over = True
    assert sum(end - at for at, end in noted(tmp_path / "a")) == len(OLD) - 4 * 40 * KIB


def test_a_store_that_sent_all_where_a_range_was_asked_for_is_not_asked_for_more(
    store: RangeServer, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.part").write_bytes(OLD[: 40 * KIB])
    (tmp_path / "a.part.etag").write_text(store.etag)
    looks: list[Fetcher] = []
    monkeypatch.setattr(Fetcher, "break_off_if_overdue", lambda fetcher: looks.append(fetcher))
    store.before = lambda asked, at: at == 100 * KIB and until(lambda: len(looks) > 5)
    store.answer = lambda _: Answer(200, {"ETag": store.etag, "Accept-Ranges": "bytes"}, 0, len(OLD))
    fetch(store, tmp_path / "a", clock)
    assert (tmp_path / "a").read_bytes() == OLD
    assert store.ranges() == [(40 * KIB, None)]


def test_what_was_fetched_of_an_older_version_is_thrown_away(
    store: RangeServer, tmp_path: Path, clock: FakeClock
) -> None:
    """The first connection breaks, and finds a new version while another still brings the old one."""

    def before(asked: Asked, at: int) -> None:
        if asked.number == 0 and at >= 40 * KIB:
            store.wait_until(lambda: len(store.asked) > 1 and store.asked[1].sent >= 8 * KIB)
            store.data, store.etag = NEW, '"v2"'
            raise Cut
        if asked.number == 1 and asked.sent >= 8 * KIB:
            store.wait_until(lambda: len(store.asked) > 2 and store.asked[2].sent >= 200 * KIB)
        if asked.number == 2 and at >= 300 * KIB:
            store.wait_until(lambda: store.asked[1].is_over)

    store.before = before
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Fixed, "number", 2)
        fetch(store, tmp_path / "a", clock)
    assert (tmp_path / "a").read_bytes() == NEW
    assert store.asked[2].if_range == '"v1"'


def odd(store: RangeServer, asked: Asked, kind: str) -> Answer | None:
    if asked.range is None:
        return None
    good = store.good(asked)
    match kind:
        case "all of it":
            return Answer(200, {"ETag": store.etag, "Accept-Ranges": "bytes"}, 0, len(store.data))
        case "a newer version":
            return Answer(200, {"ETag": '"v2"'}, 0, len(store.data))
        case "another range":
            return Answer(206, {**good.headers, "Content-Range": f"bytes 0-{good.size - 1}/{len(OLD)}"}, 0, good.size)
        case "another total":
            wrong = good.headers["Content-Range"].replace(f"/{len(OLD)}", "/99999999")
            return Answer(206, {**good.headers, "Content-Range": wrong}, good.at, good.size)
        case "another version":
            return Answer(206, {**good.headers, "ETag": '"v2"'}, good.at, good.size)
        case "no range":
            return Answer(206, {"ETag": store.etag}, good.at, good.size)
        case "compressed":
            return Answer(206, {**good.headers, "Content-Encoding": "gzip"}, good.at, good.size)
    return Answer(int(kind), {})


class Still(FakeClock):
    """Pauses take no time at all: none in which a connection that a test holds would seem to be slow."""

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)


def are_alone() -> bool:
    return threads() == ["safelight-part"]


@pytest.mark.parametrize(
    ("kind", "tries"),
    [
        ("all of it", None),
        ("a newer version", None),
        ("another range", None),
        ("another total", None),
        ("another version", None),
        ("no range", None),
        ("compressed", 1),
        ("416", 1),
        ("403", 4),
        ("503", 12),
    ],
)
def test_where_no_connection_can_join_the_first_fetches_all(
    store: RangeServer, tmp_path: Path, kind: str, tries: int | None
) -> None:
    """Nobody tries again where the store serves no ranges; else seven do, each as often as it would alone."""
    most = 1 + (7 * tries if tries else 3)

    def before(asked: Asked, at: int) -> None:
        if asked.number == 0 and at >= 40 * KIB:
            store.wait_until(lambda: len(store.asked) >= (most if tries else 2))
            until(are_alone)

    store.before = before
    store.answer = lambda asked: odd(store, asked, kind)
    fetch(store, tmp_path / "a", Still())
    assert (tmp_path / "a").read_bytes() == OLD
    assert store.asked[0].sent >= len(OLD)
    assert store.ranges().count(None) == 1
    assert len(store.asked) <= most


def test_a_connection_that_breaks_leaves_its_span_to_the_others(
    store: RangeServer, tmp_path: Path, clock: FakeClock
) -> None:
    hold = joined(store)

    def before(asked: Asked, at: int) -> None:
        hold(asked, at)
        if asked.number in (0, 2) and asked.sent >= 44 * KIB:
            raise Cut

    store.before = before
    fetch(store, tmp_path / "a", clock)
    assert (tmp_path / "a").read_bytes() == OLD
    assert store.ranges().count(None) == 1


def test_a_connection_that_has_left_is_forgotten_but_not_what_it_brought(
    store: RangeServer, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(Fixed, "wanted", lambda _, now, moved: seen.append(moved) or 4)
    doing = downloading(store, tmp_path / "a", clock)

    def before(asked: Asked, at: int) -> None:
        if asked.number == 0 and at >= 40 * KIB:
            store.wait_until(lambda: len(store.asked) >= 4)
            until(are_alone)
            looks = len(seen)
            until(lambda: len(seen) >= looks + 2)
            store.before = lambda *_: alone.append(len(doing._crew))

    alone: list[int] = []
    store.before = before
    doing.run()
    assert (tmp_path / "a").read_bytes() == OLD
    assert seen == sorted(seen)
    assert seen[-1] > len(OLD) - 100 * KIB
    assert alone[0] == 1


def test_a_disk_that_is_full_for_one_connection_ends_the_download(
    store: RangeServer, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.before = joined(store, 100)  # never: the others meet the end of the disk
    write = part_file._write_at

    def full(fd: int, data: Any, at: int) -> int:
        if at > 300 * KIB:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(fd, data, at)

    monkeypatch.setattr(part_file, "_write_at", full)
    with pytest.raises(safelight.TransferError, match="Free some space"):
        fetch(store, tmp_path / "a", clock)
    assert threads() == []
    assert list(tmp_path.glob("a*")) == []


@pytest.mark.parametrize("right", [True, False])
def test_a_file_that_came_in_pieces_has_the_checksum_of_the_whole(
    store: RangeServer, tmp_path: Path, clock: FakeClock, right: bool
) -> None:
    store.before = joined(store, 3)
    store.etag = f'"{hashlib.md5(OLD if right else NEW, usedforsecurity=False).hexdigest()}"'
    store.headers["x-amz-request-id"] = "1"
    if right:
        fetch(store, tmp_path / "a", clock)
        assert (tmp_path / "a").read_bytes() == OLD
        return
    with pytest.raises(safelight.IntegrityError, match="checksum"):
        fetch(store, tmp_path / "a", clock)
    assert not (tmp_path / "a").exists()
    assert store.ranges().count(None) == 3


def test_a_cancelled_task_ends_all_connections(store: RangeServer, tmp_path: Path) -> None:
    store.before = lambda asked, at: asked.sent >= 8 * KIB and store.wait_until(lambda: asked.is_over)

    async def main() -> float:
        async with AsyncTeleport(client_id="id", client_secret="secret") as teleport:
            file = AsyncRemoteFile(url=store.url, name="a", service=teleport)
            saving = asyncio.create_task(file.save(tmp_path / "a"))
            await asyncio.to_thread(until, lambda: len(store.asked) == 4)
            begun = time.monotonic()
            saving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await saving
            return time.monotonic() - begun

    try:
        assert asyncio.run(main()) < 1.0
    finally:
        for asked in store.asked:
            asked.is_over = True
    assert not (tmp_path / "a").exists()
