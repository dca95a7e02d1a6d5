"""The file that a download grows in: it never claims what is not there."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import runpy
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import safelight
from safelight.bridge import Stop, Stopped
from safelight.transfer import part_file
from safelight.transfer.part_file import PartFile
from safelight.transfer.spans import ENDLESS

BYTES = hashlib.shake_256(b"").digest(1024)


@pytest.fixture
def part(tmp_path: Path) -> Iterator[PartFile]:
    with closing(PartFile(tmp_path / "a")) as part:
        yield part


def split(part: PartFile) -> tuple[Any, Any]:
    """The file's two halves, each claimed by a connection."""
    first = part.restart('"e"', len(BYTES))
    part.note(share=True)
    second = part.spans.claim(is_first=False)
    assert second is not None
    return first, second


@pytest.fixture(autouse=True)
def small_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight.transfer.spans.LEAST", 100)


def reopened(target: Path) -> tuple[list[tuple[int, int]], str]:
    with closing(PartFile(target)) as part:
        return part.spans.missing(), part.spans.etag


def test_bytes_in_order_are_known_by_the_length_of_the_file(part: PartFile) -> None:
    span = part.restart('"e"', len(BYTES))
    part.write(part.spans, span, BYTES[:300])
    part.close()
    assert reopened(part.target) == ([(300, ENDLESS)], '"e"')


def test_bytes_out_of_order_are_known_as_they_were_noted(part: PartFile) -> None:
    first, second = split(part)
    part.write(part.spans, second, BYTES[512:600])
    part.write(part.spans, first, BYTES[:100])
    part.note()
    part.write(part.spans, first, BYTES[100:200])  # since the note: to be fetched again
    part.close()
    assert reopened(part.target) == ([(100, 512), (600, 1024)], '"e"')


def test_the_note_is_there_before_a_byte_comes_out_of_order(part: PartFile) -> None:
    _, second = split(part)
    part.write(part.spans, second, BYTES[512:])
    part.close()
    assert reopened(part.target) == ([(0, 1024)], '"e"')


def test_the_bytes_are_on_the_disk_before_the_note_says_so(part: PartFile, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = split(part)
    part.write(part.spans, second, BYTES[512:600])

    def flush(_: int) -> None:
        part.write(part.spans, first, BYTES[:100])  # too late for this note

    monkeypatch.setattr(part_file, "_flush", flush)
    part.note()
    part.close()
    assert reopened(part.target) == ([(0, 512), (600, 1024)], '"e"')


def test_a_file_that_is_whole_without_its_name_asks_for_one_byte(part: PartFile) -> None:
    first, second = split(part)
    part.write(part.spans, first, BYTES[:512])
    part.write(part.spans, second, BYTES[512:])
    part.note()
    part.close()
    assert reopened(part.target) == ([(1023, 1024)], '"e"')


def test_another_version_of_the_object_begins_at_nothing(part: PartFile) -> None:
    split(part)
    old = part.spans
    span = part.restart('"new"', 300)
    assert part.write(old, span, BYTES) == 0
    part.write(part.spans, span, BYTES[:200])
    part.close()
    assert reopened(part.target) == ([(200, ENDLESS)], '"new"')


def test_a_process_that_dies_while_it_starts_over_claims_nothing(
    part: PartFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second = split(part)
    part.write(part.spans, second, BYTES[512:])
    part.note()

    def die(*_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "ftruncate", die)
        with pytest.raises(KeyboardInterrupt):
            part.restart('"e"', 300)
    part.close()
    assert reopened(part.target) == ([(0, ENDLESS)], "")


def test_no_version_begins_in_a_file_that_is_closed(part: PartFile) -> None:
    part.close()
    with pytest.raises(Stopped):
        part.restart('"new"', 300)


@given(
    note=st.one_of(
        st.text(st.characters(max_codepoint=255), max_size=40),
        st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4).map(
            lambda pairs: "\n".join(['"e"', "50", *(f"{at}-{end}" for at, end in pairs)])
        ),
    ),
    size=st.integers(0, 60),
)
@example(note='"e"\n1\n0-0', size=1)
def test_whatever_is_noted_no_byte_is_taken_for_granted_that_cannot_be_there(note: str, size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.part").write_bytes(b"x" * size)
        (Path(folder) / "a.part.etag").write_bytes(note.encode("latin-1"))
        with closing(PartFile(Path(folder) / "a")) as part:
            missing, total = part.spans.missing(), part.spans.total
    places = [place for pair in missing for place in pair]
    assert places == sorted(places)
    assert missing
    assert total is None or missing[-1][1] <= total
    absent = {place for at, end in missing for place in range(at, min(end, 100))}
    there = set(range(100 if total is None else total)) - absent
    assert all(place < size for place in there)


def test_an_etag_that_cannot_be_sent_back_is_no_etag(tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(b"x" * 10)
    (tmp_path / "a.part.etag").write_bytes(b'"caf\xe9"')  # as earlier versions noted it
    assert reopened(tmp_path / "a") == ([(0, ENDLESS)], "")


def test_a_length_of_thousands_of_digits_is_no_length(tmp_path: Path) -> None:
    (tmp_path / "a.part.etag").write_text('"e"\n' + "9" * 5000)
    assert reopened(tmp_path / "a") == ([(0, ENDLESS)], "")


def test_nothing_is_left_beside_the_file_once_it_has_its_name(part: PartFile, tmp_path: Path) -> None:
    (tmp_path / "a.part.new").write_text("a process died while it wrote this")
    first, second = split(part)
    part.write(part.spans, first, BYTES[:512])
    part.write(part.spans, second, BYTES[512:])
    part.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == BYTES


def test_two_downloads_to_one_place_do_not_mix_on_windows_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[int] = []

    def locking(fd: int, mode: int, size: int) -> None:
        assert (mode, size) == (2, 1)
        places.append(os.lseek(fd, 0, os.SEEK_CUR))
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PermissionError(errno.EACCES, "Permission denied") from None  # as Windows has it

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(LK_NBLCK=2, locking=locking))
    windows = SimpleNamespace(**runpy.run_path(part_file.__file__))
    with closing(windows.PartFile(tmp_path / "a")) as part:
        with pytest.raises(safelight.TransferError, match="written by another download"):
            windows.PartFile(tmp_path / "a")
        span = part.restart('"e"', len(BYTES))
        part.write(part.spans, span, BYTES)
        part.finish()
    assert (tmp_path / "a").read_bytes() == BYTES
    assert places == [2**31 - 1] * 2


@pytest.mark.parametrize("name", ["a.part", "a.part.new"])
def test_a_link_that_somebody_put_there_is_not_written_through(tmp_path: Path, name: str) -> None:
    (tmp_path / "theirs").write_bytes(b"precious")
    (tmp_path / name).symlink_to(tmp_path / "theirs")

    def fetch() -> None:
        with closing(PartFile(tmp_path / "a")) as part:
            part.restart('"e"', 10)

    with pytest.raises(safelight.TransferError, match="cannot be written"):
        fetch()
    assert (tmp_path / "theirs").read_bytes() == b"precious"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "out of order"])
@pytest.mark.parametrize("right", [True, False])
def test_the_checksum_is_that_of_the_whole_file_in_whatever_order_it_came(
    part: PartFile, order: tuple[int, int], right: bool
) -> None:
    halves = split(part)
    part.md5 = hashlib.md5(BYTES if right else b"other", usedforsecurity=False).hexdigest()
    for half in order:
        part.write(part.spans, halves[half], BYTES[512 * half : 512 * (half + 1)])
    assert part.is_right(Stop()) is right


def test_what_came_in_order_is_not_read_again_for_the_checksum(part: PartFile, monkeypatch: pytest.MonkeyPatch) -> None:
    span = part.restart('"e"', len(BYTES))
    part.md5 = hashlib.md5(BYTES, usedforsecurity=False).hexdigest()
    for at in range(0, len(BYTES), 100):
        part.write(part.spans, span, BYTES[at : at + 100])
    read: list[bytes] = []
    monkeypatch.setattr(os, "read", lambda *_: read.append(b"") or b"")
    assert part.is_right(Stop())
    assert len(read) == 1


def test_a_check_that_takes_long_can_be_stopped(part: PartFile) -> None:
    first, second = split(part)
    part.md5 = "0" * 32
    part.write(part.spans, second, BYTES[512:])
    part.write(part.spans, first, BYTES[:512])
    stop = Stop()
    stop.set()
    part._digested = 0
    with pytest.raises(Stopped):
        part.is_right(stop)


def test_a_disk_that_takes_a_few_bytes_at_a_time_gets_all(part: PartFile, monkeypatch: pytest.MonkeyPatch) -> None:
    write = part_file._write_at
    monkeypatch.setattr(part_file, "_write_at", lambda fd, data, at: write(fd, data[:7], at))
    span = part.restart('"e"', len(BYTES))
    part.md5 = hashlib.md5(BYTES, usedforsecurity=False).hexdigest()
    assert part.write(part.spans, span, BYTES) == len(BYTES)
    assert part.is_right(Stop())
    part.finish()
    assert part.target.read_bytes() == BYTES


def test_a_file_without_end_does_not_take_the_last_of_the_disk(
    part: PartFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil._ntuple_diskusage(10**12, 0, part_file.SPARE)  # type: ignore[attr-defined]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    monkeypatch.setattr(part_file, "_LOOK_EVERY", 500)
    span = part.restart('"e"', None)
    assert part.write(part.spans, span, BYTES[:300]) == 300
    usage = usage._replace(free=part_file.SPARE - 1)
    assert part.write(part.spans, span, BYTES[:100]) == 100
    with pytest.raises(safelight.TransferError, match="Free some space"):
        part.write(part.spans, span, BYTES[:200])
    part.spans.release(span)
    assert list(tmp_path.iterdir()) == []


def test_what_the_disk_refuses_first_is_what_is_told(part: PartFile, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = split(part)

    def refuse(code: int) -> Any:
        def write(*_: Any) -> int:
            raise OSError(code, os.strerror(code))

        return write

    for code, span in ((errno.ENOSPC, first), (errno.EBADF, second)):
        monkeypatch.setattr(part_file, "_write_at", refuse(code))
        with pytest.raises(safelight.TransferError, match="No space"):
            part.write(part.spans, span, BYTES[:10])
        part.spans.release(span)
