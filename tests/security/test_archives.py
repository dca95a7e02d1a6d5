"""Zips that would hurt whoever unpacks them: none is unpacked, and none is made."""

from __future__ import annotations

import io
import logging
import os
import stat
import struct
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from safelight.sandbox.inputs import problem_of
from safelight.transfer.folder import FolderSource

REFUSED = "INPUT_VALIDATION_FAILED"


def picture() -> bytes:
    stream = io.BytesIO()
    Image.linear_gradient("L").save(stream, "PNG")
    return stream.getvalue()


PICTURE = picture()


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes], compression: int = zipfile.ZIP_STORED) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of names that are there twice
        for name, content in entries:
            made.writestr(name, content)
    return stream


def link(target: str) -> tuple[zipfile.ZipInfo, bytes]:
    entry = zipfile.ZipInfo("cat.jpg")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry, target.encode()


def claiming(size: int) -> io.BytesIO:
    """A picture that says that it is so large."""
    stream = archive(("cat.png", PICTURE))
    content = bytearray(stream.getvalue())
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", size)
    return io.BytesIO(content)


def overlapping() -> io.BytesIO:
    """Many entries whose bytes are the same ones, as in Fifield's bomb."""
    stream = archive(*((f"{number}.png", PICTURE) for number in range(20)))
    content = bytearray(stream.getvalue())
    place = content.index(b"PK\x01\x02")
    while (place := content.find(b"PK\x01\x02", place + 1)) >= 0:
        content[place + 42 : place + 46] = struct.pack("<I", 0)
    begin, end = content.index(b"PK\x03\x04", 4), content.index(b"PK\x01\x02")
    shorter = content[:begin] + content[end:]
    shorter[-6:-2] = struct.pack("<I", begin)
    return io.BytesIO(shorter)


HURTFUL: dict[str, Callable[[], io.BytesIO]] = {
    "an absolute name": lambda: archive(("/etc/cron.d/cat.png", PICTURE)),
    "a name that climbs": lambda: archive(("../../cat.png", PICTURE)),
    "a name that climbs later": lambda: archive(("a/b/../../../cat.png", PICTURE)),
    "a name that climbs on Windows": lambda: archive(("a\\..\\..\\cat.png", PICTURE)),
    "a drive": lambda: archive(("C:\\cat.png", PICTURE)),
    "a share": lambda: archive(("\\\\host\\cat.png", PICTURE)),
    "a link": lambda: archive(link("/etc/passwd"), ("dog.png", PICTURE)),
    "zeros": lambda: archive(("cat.png", bytes(10_000_000)), compression=zipfile.ZIP_DEFLATED),
    "zeros beside a picture": lambda: archive(
        ("cat.png", PICTURE), ("notes.txt", bytes(10_000_000)), compression=zipfile.ZIP_DEFLATED
    ),
    "an entry that claims 4 GB": lambda: claiming(0xFFFFFFF0),
    "entries on top of one another": overlapping,
}


@pytest.mark.parametrize("kind", HURTFUL)
def test_the_sandbox_refuses_what_would_hurt(kind: str) -> None:
    assert problem_of(HURTFUL[kind](), "bulk-images") == REFUSED


def test_a_good_archive_is_taken() -> None:
    """Else the refusals above would show nothing."""
    assert problem_of(archive(("a/cat.png", PICTURE), ("a..b.png", PICTURE)), "bulk-images") is None
    assert problem_of(archive(("notes.txt", b"no picture")), "bulk-images") == "NOT_ENOUGH_FRAMES"


@pytest.mark.parametrize(
    "junk", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" * 100, os.urandom(5000)], ids=len
)
def test_what_is_no_archive_is_refused_and_breaks_nothing(junk: bytes) -> None:
    assert problem_of(io.BytesIO(junk), "bulk-images") in (REFUSED, "NOT_ENOUGH_FRAMES")


def test_too_many_entries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight.sandbox.inputs._MOST_ENTRIES", 10)
    assert problem_of(archive(*((f"{number}.png", PICTURE) for number in range(10))), "bulk-images") is None
    assert problem_of(archive(*((f"{number}.png", PICTURE) for number in range(11))), "bulk-images") == REFUSED


def test_a_huge_directory_is_not_read() -> None:
    """`zipfile` makes an object of each of its entries before anybody can count them."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", *[0] * 18) + b"a.png"
    entry = entry[:28] + struct.pack("<H", 5) + entry[30:]
    directory = entry * 400_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), 0, 0)
    stream = io.BytesIO(directory + end)
    tracemalloc.start()
    try:
        assert problem_of(stream, "bulk-images") == REFUSED
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_folder_becomes_an_archive_that_stays_within_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"not meant to leave this machine")
    for name in ("a.jpg", "deep/b.jpg", "x\\..\\..\\evil.jpg"):
        (folder / name).write_bytes(PICTURE)
    (folder / "out.jpg").symlink_to(secret)
    (folder / "up.jpg").symlink_to("../secret.jpg")
    (folder / "deep/in.jpg").symlink_to("../a.jpg")
    (folder / "round").symlink_to(folder)
    (folder / "away").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.jpg")
    with caplog.at_level(logging.WARNING):
        source = FolderSource(folder)
    content = b"".join(source.chunks(0, source.size))
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        assert made.namelist() == ["a.jpg", "x-..-..-evil.jpg", "deep/b.jpg", "deep/in.jpg"]
        assert not any(stat.S_ISLNK(entry.external_attr >> 16) for entry in made.infolist())
    assert b"not meant to leave" not in content
    assert problem_of(io.BytesIO(content), "bulk-images") is None
    assert "a link that leads outside the folder: out.jpg, up.jpg" in caplog.text


def test_names_that_are_no_text_are_sent_as_some(tmp_path: Path) -> None:
    for name in (b"\xff.jpg", b"\xfe.jpg"):
        (tmp_path / os.fsdecode(name)).write_bytes(PICTURE)
    source = FolderSource(tmp_path)
    with zipfile.ZipFile(io.BytesIO(b"".join(source.chunks(0, source.size)))) as made:
        assert len(set(made.namelist())) == 2
        assert made.testzip() is None
