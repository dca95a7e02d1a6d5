"""What is remembered of events: by threads, by processes, and after they died."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from safelight import ConfigError
from safelight.webhooks import Event, EventStore
from safelight.webhooks.events import event_of
from safelight.webhooks.store import _is_set_up
from tests.conftest import FakeClock


def told(job: str | None = "job", state: str = "READY") -> Event:
    return event_of("teleport", {"eid": job, "state": state})


def test_an_event_is_new_then_running_then_done(clock: FakeClock) -> None:
    with EventStore(clock=clock) as store:
        assert store.begin(told()) == "new"
        assert store.begin(told()) == "running"
        store.finish(told())
        assert store.begin(told()) == "done"
        assert store.begin(told("other")) == "new"


def test_what_failed_is_new_at_once(clock: FakeClock) -> None:
    with EventStore(clock=clock) as store:
        assert store.begin(told()) == "new"
        store.fail(told())
        assert store.begin(told()) == "new"
        store.finish(told())
        store.fail(told())
        assert store.begin(told()) == "done"


def test_what_was_begun_and_left_is_new_after_its_lease(clock: FakeClock) -> None:
    with EventStore(lease=300, clock=clock) as store:
        assert store.begin(told()) == "new"
        clock.advance(299)
        assert store.begin(told()) == "running"
        store.extend(told())
        clock.advance(299)
        assert store.begin(told()) == "running"
        clock.advance(1)
        assert store.begin(told()) == "new"
        store.finish(told())
        store.extend(told())
        clock.advance(301)
        assert store.begin(told()) == "done"


def test_an_event_is_remembered_for_as_long_as_asked_for(clock: FakeClock) -> None:
    with EventStore(keep=3600, clock=clock) as store:
        store.begin(told())
        store.finish(told())
        clock.advance(3599)
        assert store.begin(told()) == "done"
        clock.advance(1)
        assert store.begin(told()) == "new"


def test_only_what_does_not_end_a_job_is_outdated_by_its_end(clock: FakeClock) -> None:
    going_on, end = told(state="PROCESSING"), told()
    with EventStore(clock=clock) as store:
        assert store.begin(end) == "new"
        assert store.begin(going_on) == "new"  # the end is not handled yet, and may never be
        store.finish(end)
        assert store.begin(going_on) == "running"
        store.fail(going_on)
        assert store.begin(going_on) == "outdated"
        assert store.begin(told(state="ERROR")) == "new"
        assert store.begin(told("other", "PROCESSING")) == "new"
        assert store.begin(told(None, "PROCESSING")) == "new"
        same_id_elsewhere = event_of("letsenhance", {"pipeline": {"id": "job", "status": "PROCESSING"}})
        assert store.begin(same_id_elsewhere) == "new"


def test_events_without_a_job_do_not_outdate_one_another(clock: FakeClock) -> None:
    with EventStore(clock=clock) as store:
        store.begin(told(None))
        store.finish(told(None))
        assert store.begin(told(None, "PROCESSING")) == "new"


def test_another_opening_knows_what_was_handled(tmp_path: Path, clock: FakeClock) -> None:
    with EventStore(tmp_path / "events.sqlite", clock=clock) as store:
        store.begin(told())
        store.finish(told())
        with EventStore(str(tmp_path / "events.sqlite"), clock=clock) as other:
            assert other.begin(told()) == "done"
    with EventStore(tmp_path / "events.sqlite", clock=clock) as again:
        assert again.begin(told()) == "done"


def test_only_keys_jobs_and_times_are_written(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    event = event_of("hautai", {"batch_id": "b", "images": ["https://b.test/face.jpg?X-Goog-Signature=CANARY"]})
    with EventStore(path) as store:
        store.begin(event)
        store.finish(event)
        written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
    assert b"hautai" in written
    assert b"face.jpg" not in written
    assert b"CANARY" not in written


def test_a_file_that_others_could_read_is_theirs_no_more(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    path.touch(mode=0o644)
    EventStore(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def rows(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        count: int = connection.execute("SELECT count(*) FROM event").fetchone()[0]
    connection.close()
    return count


def test_what_is_forgotten_is_deleted(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "events.sqlite"
    with EventStore(path, keep=86400, clock=clock) as store:
        for number in range(50):
            store.begin(told(str(number)))
            store.finish(told(str(number)))
        store.begin(told("left by one who died"))
        assert rows(path) == 51
        clock.advance(86400)
        store.begin(told("last"))
        store.finish(told("last"))
        assert rows(path) == 1
    clock.advance(86400)
    EventStore(path, clock=clock).close()
    assert rows(path) == 0


def test_a_file_that_is_no_store_is_named_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("this is not a database, but it is long enough to look like one" * 20)
    with pytest.raises(ConfigError, match=r"notes\.txt"):
        EventStore(text)
    assert text.read_text().startswith("this is not")
    foreign = tmp_path / "foreign.sqlite"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE event (mine)")
    connection.close()
    foreign.chmod(0o640)
    with pytest.raises(ConfigError, match=r"foreign\.sqlite.*another program"):
        EventStore(foreign)
    assert rows(foreign) == 0
    assert stat.S_IMODE(foreign.stat().st_mode) == 0o640


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "missing" / "events.sqlite", tmp_path):
        with pytest.raises(ConfigError, match="in a folder that exists") as caught:
            EventStore(path)
        assert str(path) in str(caught.value)


def test_a_store_that_breaks_later_is_named_too(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    with EventStore(path) as store:
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TABLE event")
        connection.close()
        for ask in (store.begin, store.finish, store.fail, store.extend):
            with pytest.raises(ConfigError, match=r"events\.sqlite"):
                ask(told())


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_times_that_are_none_are_refused(seconds: float) -> None:
    with pytest.raises(ConfigError, match="more than 0"):
        EventStore(keep=seconds)
    with pytest.raises(ConfigError, match="more than 0"):
        EventStore(lease=seconds)


def test_of_many_threads_one_handles_an_event(tmp_path: Path) -> None:
    for path in (None, tmp_path / "events.sqlite"):
        with EventStore(path) as store:
            outcomes: list[tuple[int, str]] = []

            def ask(store: EventStore = store, outcomes: list[tuple[int, str]] = outcomes) -> None:
                outcomes.extend((number, store.begin(told(str(number)))) for number in range(30))

            threads = [threading.Thread(target=ask) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert sorted(number for number, outcome in outcomes if outcome == "new") == list(range(30))
        assert len(outcomes) == 240


ASK = """
import json, sys
from safelight.webhooks import EventStore
from safelight.webhooks.events import event_of
outcomes = []
print("ready", flush=True)
sys.stdin.readline()
with EventStore(sys.argv[1]) as store:
    for number in range(300):
        event = event_of("teleport", {"eid": str(number), "state": "READY"})
        outcome = store.begin(event)
        if outcome == "new":
            store.finish(event)
        outcomes.append(outcome)
print(json.dumps(outcomes))
"""


def test_of_many_processes_that_start_at_once_one_handles_an_event(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK, str(tmp_path / "events.sqlite")]
    with contextlib.ExitStack() as stack:
        askers = [
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for _ in range(6)
        ]
        for asker in askers:
            assert asker.stdout is not None
            assert asker.stdout.readline() == "ready\n"
        for asker in askers:
            assert asker.stdin is not None
            asker.stdin.write("go\n")
            asker.stdin.flush()
        outcomes = [json.loads(asker.communicate(timeout=60)[0]) for asker in askers]
    for each in zip(*outcomes, strict=True):
        assert each.count("new") == 1
        assert set(each) <= {"new", "running", "done"}


def test_a_store_that_another_process_is_just_making_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
            assert not _is_set_up(connection, path, last=False)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                _is_set_up(connection, path, last=True)
            other.execute("ROLLBACK")
            assert _is_set_up(connection, path, last=False)
    with EventStore(path) as store:
        assert store.begin(told()) == "new"


HOLD = """
import sys
from safelight.webhooks import EventStore
from safelight.webhooks.events import event_of
store = EventStore(sys.argv[1])
done, begun = (event_of("teleport", {"eid": eid, "state": "READY"}) for eid in ("done", "begun"))
store.begin(done)
store.finish(done)
store.begin(begun)
print("begun", flush=True)
sys.stdin.read()
"""


def test_what_a_killed_process_was_at_is_new_again_and_what_it_had_done_is_done(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "begun\n"
        os.kill(holder.pid, signal.SIGKILL)
    clock = FakeClock(path.stat().st_mtime)
    with EventStore(path, clock=clock) as store:
        assert store.begin(told("done")) == "done"
        assert store.begin(told("begun")) == "running"
        clock.advance(310)
        assert store.begin(told("begun")) == "new"


FORK = """
import os, sys
from safelight.webhooks import EventStore
from safelight.webhooks.events import event_of
parents, childs = (event_of("teleport", {"eid": eid, "state": "READY"}) for eid in ("parent's", "child's"))
with EventStore(sys.argv[1]) as store:
    inherited = store._connection
    store.begin(parents)
    store.finish(parents)
    if child := os.fork():
        _, status = os.waitpid(child, 0)
        print(status, store.begin(childs), store._connection is inherited)
    else:
        print(store.begin(parents), store.begin(childs), store._connection is inherited)
        store.finish(childs)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_worker_has_a_connection_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORK, str(tmp_path / "events.sqlite")]
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    assert finished.stdout.splitlines() == ["done new False", "0 done True"]


jobs = st.sampled_from(["a", "b", None])
states = st.sampled_from(["PROCESSING", "READY", "ERROR"])


class StoreMachine(RuleBasedStateMachine):
    """Whatever happens in whatever order, the store answers as a dictionary of leases and ends would."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.store = EventStore(keep=1000, lease=300, clock=self.clock)
        self.known: dict[str, tuple[Event, bool, float]] = {}

    @rule(job=jobs, state=states)
    def begin(self, job: str | None, state: str) -> None:
        event, now = told(job, state), self.clock.now()
        live = {key: entry for key, entry in self.known.items() if entry[2] > now}
        expected = "new"
        if event.key in live:
            expected = "done" if live[event.key][1] else "running"
        elif state == "PROCESSING" and job and any(e.job_id == job and e.ended and d for e, d, _ in live.values()):
            expected = "outdated"
        assert self.store.begin(event) == expected
        if expected == "new":
            self.known[event.key] = event, False, now + 300

    @rule(job=jobs, state=states)
    def finish(self, job: str | None, state: str) -> None:
        event = told(job, state)
        self.store.finish(event)
        self.known[event.key] = event, True, self.clock.now() + 1000

    @rule(job=jobs, state=states)
    def fail(self, job: str | None, state: str) -> None:
        event = told(job, state)
        self.store.fail(event)
        if event.key in self.known and not self.known[event.key][1]:
            del self.known[event.key]

    @rule(seconds=st.sampled_from([1, 299, 300, 999, 1000, 4000]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def teardown(self) -> None:
        self.store.close()


StoreMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestStoreMachine = StoreMachine.TestCase


def test_what_is_no_file_is_left_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o644)
    mode = pipe.stat().st_mode
    with pytest.raises(ConfigError, match="it is no file"):
        EventStore(pipe)
    assert pipe.stat().st_mode == mode


def test_who_lost_an_event_gives_up_nothing_of_who_took_it_over(clock: FakeClock, tmp_path: Path) -> None:
    path, event = tmp_path / "events.sqlite", Event(service="teleport", job_id="a", state="READY", ended=True)
    with EventStore(path, lease=300, clock=clock) as first, EventStore(path, lease=300, clock=clock) as second:
        assert first.begin(event) == "new"
        clock.advance(301)
        assert second.begin(event) == "new"
        first.fail(event)
        first.extend(event)
        assert first.begin(event) == "running"
