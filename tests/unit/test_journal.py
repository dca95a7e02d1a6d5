from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from safelight.errors import TransferError
from safelight.transfer.journal import Entry, Journal, state_folder


def test_what_was_noted_is_there_after_the_journal_was_closed(tmp_path: Path) -> None:
    journal = Journal("key", tmp_path)
    journal.begin("print", 12.5)
    journal.created("eid-1", 1000)
    journal.accepted(2, '"two"', None)
    journal.accepted(1, '"one"', "md5")
    journal.close()
    again = Journal("key", tmp_path)
    assert again.entry == Entry("print", "uploading", 12.5, "eid-1", 1000, {1: '"one"', 2: '"two"'})
    again.completing()
    assert again.entry is not None
    assert again.entry.state == "completing"
    again.close()


def test_a_completed_upload_leaves_nothing_on_the_disk(tmp_path: Path) -> None:
    journal = Journal("key", tmp_path)
    journal.begin("print", 0.0)
    journal.remove()
    assert list(tmp_path.iterdir()) == []
    fresh = Journal("key", tmp_path)
    assert fresh.entry is None
    fresh.close()


def test_starting_anew_forgets_the_parts(tmp_path: Path) -> None:
    journal = Journal("key", tmp_path)
    journal.begin("print", 0.0)
    journal.created("eid-1", 10)
    journal.accepted(1, '"one"', None)
    journal.begin("print", 1.0)
    assert journal.entry == Entry("print", "creating", 1.0)
    journal.close()


def test_what_a_journal_claimed_is_free_for_itself_alone(tmp_path: Path) -> None:
    """It may have ended before it could note what it had claimed."""
    journal, other = Journal("key", tmp_path), Journal("other", tmp_path)
    assert journal.claim("eid-1")
    journal.close()
    again = Journal("key", tmp_path)
    assert again.is_free("eid-1")
    assert again.claim("eid-1")
    assert not other.is_free("eid-1")
    assert not other.claim("eid-1")
    again.begin("print", 0.0)
    again.created("eid-1", 10)
    again.begin("print", 1.0)  # it gives the first up
    assert other.claim("eid-1")
    for each in (again, other):
        each.close()


def test_two_in_one_process_cannot_work_on_one_upload(tmp_path: Path) -> None:
    journal = Journal("key", tmp_path)
    with pytest.raises(TransferError, match="Another process or thread"):
        Journal("key", tmp_path)
    other = Journal("other", tmp_path)
    other.close()
    journal.close()
    Journal("key", tmp_path).close()


HOLD = """
import sys, pathlib
from safelight.transfer.journal import Journal
journal = Journal("key", pathlib.Path(sys.argv[1]))
journal.begin("print", 0.0)
journal.created("eid-1", 10)
journal.accepted(1, '"one"', None)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.fault(10)
def test_a_killed_process_frees_the_lock_and_loses_nothing_that_was_noted(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(TransferError, match="Another process or thread"):
            Journal("key", tmp_path)
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(10)
        journal = Journal("key", tmp_path)
        assert journal.entry == Entry("print", "uploading", 0.0, "eid-1", 10, {1: '"one"'})
        journal.close()
    finally:
        holder.kill()
        holder.communicate()


def test_only_the_user_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "uploads"
    journal = Journal("key", folder)
    journal.begin("print", 0.0)
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
    assert folder.stat().st_mode & 0o077 == 0
    journal.close()


def test_a_folder_that_cannot_be_made_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TransferError, match="SAFELIGHT_STATE_DIR"):
        Journal("key", tmp_path / "file" / "uploads")


def test_a_file_that_is_no_journal_is_named(tmp_path: Path) -> None:
    (tmp_path / "key.sqlite").write_text("this is not a database, but it is long enough to look like one" * 20)
    with pytest.raises(TransferError, match=r"key\.sqlite"):
        Journal("key", tmp_path)


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SAFELIGHT_STATE_DIR", str(tmp_path))
    assert state_folder() == tmp_path / "uploads"
    monkeypatch.delenv("SAFELIGHT_STATE_DIR")
    assert "safelight" in str(state_folder())


def test_threads_note_their_parts_at_the_same_time(tmp_path: Path) -> None:
    journal = Journal("key", tmp_path)
    journal.begin("print", 0.0)
    threads = [
        threading.Thread(target=lambda first=first: [journal.accepted(n, f'"{n}"', None) for n in range(first, 40, 4)])
        for first in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal.entry is not None
    assert journal.entry.etags == {n: f'"{n}"' for n in range(40)}
    journal.close()


class JournalMachine(RuleBasedStateMachine):
    """Whatever is noted, and whenever the process ends in between, the journal knows what a dictionary would."""

    @initialize()
    def start(self) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.journal = Journal("key", Path(self.folder.name))
        self.expected: Entry | None = None

    @rule(print_=st.text(max_size=5), started=st.floats(0, 1e10))
    def begin(self, print_: str, started: float) -> None:
        self.journal.begin(print_, started)
        self.expected = Entry(print_, "creating", started)

    @rule(job_id=st.text(min_size=1, max_size=5), chunk=st.integers(1, 2**40))
    def created(self, job_id: str, chunk: int) -> None:
        self.journal.created(job_id, chunk)
        if self.expected:
            known = self.expected
            self.expected = Entry(known.fingerprint, "uploading", known.started, job_id, chunk, known.etags)

    @rule(number=st.integers(1, 10_000), etag=st.text(max_size=40))
    def accepted(self, number: int, etag: str) -> None:
        if self.expected:
            self.journal.accepted(number, etag, None)
            self.expected.etags[number] = etag

    @rule()
    def reopen(self) -> None:
        self.journal.close()
        self.journal = Journal("key", Path(self.folder.name))

    @rule()
    def end(self) -> None:
        self.journal.remove()
        self.journal = Journal("key", Path(self.folder.name))
        self.expected = None

    @invariant()
    def knows_everything(self) -> None:
        if hasattr(self, "journal"):
            assert self.journal.entry == self.expected

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.journal.close()
            self.folder.cleanup()


JournalMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestJournalMachine = JournalMachine.TestCase
