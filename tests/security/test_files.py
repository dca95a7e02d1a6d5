"""What is private is for its user only, whatever the umask, and links that others put in the way are not followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from safelight.errors import ConfigError, TransferError
from safelight.sandbox import Sandbox
from safelight.transfer.journal import Journal
from safelight.webhooks import EventStore
from safelight.webhooks.events import Event
from tests.e2e.twins import Twins

Client = Callable[..., Any]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o022, 0o000, 0o077], ids=["022", "000", "077"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_a_journal_is_for_its_user_only(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "new/state/uploads"
    journal = Journal("key", folder)
    try:
        journal.begin("fingerprint", 1.0)
        journal.claim("eid")
        assert {path.name.partition(".")[2] for path in folder.iterdir()} >= {"sqlite", "sqlite-wal", "claim"}
        for path in folder.iterdir():
            assert mode(path) == 0o600, path
        for path in (folder, folder.parent, folder.parent.parent):
            assert mode(path) == 0o700, path
    finally:
        journal.close()


def test_a_folder_for_journals_that_was_open_is_closed(tmp_path: Path) -> None:
    """Who can write to it could put another journal in the place of one."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    folder.chmod(0o777)
    Journal("key", folder).close()
    assert mode(folder) == 0o700


def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    folder.chmod(0o777)
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(TransferError, match=r"belongs to another user.*SAFELIGHT_STATE_DIR"):
        Journal("key", folder)
    assert list(folder.iterdir()) == []


def test_a_store_of_events_is_for_its_user_only(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "events.sqlite"
    with EventStore(path) as store:
        assert store.begin(Event(service="teleport", job_id="e")) == "new"
        assert {found.name for found in tmp_path.glob("events*")} >= {"events.sqlite", "events.sqlite-wal"}
        for found in tmp_path.glob("events*"):
            assert mode(found) == 0o600, found


def test_a_store_of_events_follows_no_link_to_a_new_file(tmp_path: Path) -> None:
    (tmp_path / "events.sqlite").symlink_to(tmp_path / "planted")
    with pytest.raises(ConfigError, match="cannot be used"):
        EventStore(tmp_path / "events.sqlite")
    assert not (tmp_path / "planted").exists()


@pytest.fixture
def twins() -> Iterator[Twins]:
    """The blocking ones: files are written by the same code, in a thread."""
    twins = Twins(is_async=False)
    yield twins
    twins.close()


@pytest.fixture
def download(client: Client, sandbox: Sandbox, video: Path) -> Callable[[Path], Path]:
    teleport = client("teleport")
    capture = teleport.wait(teleport.upload(video).eid)
    return lambda target: teleport.download(capture.sid, target)


def test_results_have_the_mode_that_the_umask_says(
    download: Callable[[Path], Path], tmp_path: Path, umask: int
) -> None:
    """They are the user's files as any others are."""
    assert mode(download(tmp_path / "a.ply")) == 0o666 & ~umask


@pytest.mark.parametrize("suffix", [".part", ".part.etag", ".part.new"])
def test_a_link_in_the_place_of_a_part_file_is_not_followed(
    download: Callable[[Path], Path], tmp_path: Path, suffix: str
) -> None:
    """In a folder that others can write to, it may lead to a file of the user's."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"years of work")
    planted = tmp_path / f"a.ply{suffix}"
    planted.symlink_to(precious)
    try:
        download(tmp_path / "a.ply")
    except TransferError as error:
        assert "a.ply cannot be written" in str(error)  # noqa: PT017 - what matters is what comes after it
    assert precious.read_bytes() == b"years of work"


@pytest.mark.parametrize("suffix", [".part", ".part.new"])
def test_a_pipe_in_the_place_of_a_part_file_is_not_waited_for(
    download: Callable[[Path], Path], tmp_path: Path, suffix: str
) -> None:
    os.mkfifo(tmp_path / f"a.ply{suffix}")
    with pytest.raises(TransferError, match="cannot be written"):
        download(tmp_path / "a.ply")


def test_a_link_in_the_place_of_the_result_is_replaced_and_not_followed(
    download: Callable[[Path], Path], tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"years of work")
    (tmp_path / "a.ply").symlink_to(precious)
    saved = download(tmp_path / "a.ply")
    assert precious.read_bytes() == b"years of work"
    assert not saved.is_symlink()
