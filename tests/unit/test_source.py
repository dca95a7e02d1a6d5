from __future__ import annotations

import io
import logging
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safelight.errors import ConfigError, FileChanged
from safelight.transfer.folder import FolderSource
from safelight.transfer.source import CHUNK, FileSource


def content(source: FileSource | FolderSource, offset: int = 0, size: int | None = None) -> bytes:
    return b"".join(source.chunks(offset, source.size - offset if size is None else size))


def make_folder(folder: Path, images: dict[str, bytes]) -> Path:
    for name, data in images.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_a_missing_and_an_empty_file_are_refused_with_their_names(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.mp4 does not exist"):
        FileSource(tmp_path / "nothing.mp4")
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(ConfigError, match=r"empty\.mp4 is empty"):
        FileSource(tmp_path / "empty.mp4")


def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(ConfigError, match="not a regular file"):
        FileSource(tmp_path / "pipe.mp4")


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_any_stretch_of_a_file_can_be_read_again(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "a.mp4").write_bytes(data)
    source = FileSource(tmp_path / "a.mp4")
    assert content(source) == data == content(source)
    assert content(source, size // 2, size - size // 2) == data[size // 2 :]
    assert all(len(chunk) <= CHUNK for chunk in source.chunks(0, size))
    source.close()


def test_a_file_that_is_written_to_or_cut_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x" * 1000)
    source = FileSource(path)
    source.check()
    os.truncate(path, 500)
    with pytest.raises(FileChanged, match="resume=False"):
        content(source)
    path.write_bytes(b"y" * 1000)
    with pytest.raises(FileChanged, match=r"a\.mp4 changed"):
        source.check()
    source.close()


def test_a_touched_file_has_another_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x")
    first = FileSource(path)
    os.utime(path, (1, 1))
    second = FileSource(path)
    assert first.fingerprint != second.fingerprint
    first.close()
    second.close()


names = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="/.\\"), min_size=1, max_size=20)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    images=st.dictionaries(names, st.binary(max_size=3000), min_size=1, max_size=8),
    cuts=st.lists(st.floats(0, 1), min_size=2, max_size=2),
)
def test_a_folder_is_a_zip_that_can_be_read_anywhere(
    tmp_path_factory: pytest.TempPathFactory, images: dict[str, bytes], cuts: list[float]
) -> None:
    folder = make_folder(
        tmp_path_factory.mktemp("folder"),
        {f"deep/{i}/{name}.jpg": data for i, (name, data) in enumerate(images.items())},
    )
    source = FolderSource(folder)
    data = content(source)
    assert len(data) == source.size
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert sorted(archive.read(name) for name in archive.namelist()) == sorted(images.values())
    start, stop = sorted(int(cut * source.size) for cut in cuts)
    assert content(source, start, stop - start) == data[start:stop]


def test_what_is_no_image_of_the_folder_is_left_out_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(b"secret")
    folder = make_folder(
        tmp_path / "photos",
        {"a.jpg": b"a", "B.JPEG": b"b", "sub/c.png": b"c", ".hidden.jpg": b"h", ".git/d.jpg": b"d", "notes.txt": b"n"},
    )
    (folder / "inside.jpg").symlink_to(folder / "a.jpg")
    (folder / "leak.jpg").symlink_to(outside)
    (folder / "broken.jpg").symlink_to(folder / "gone.jpg")
    (folder / "linked").symlink_to(tmp_path)
    with caplog.at_level(logging.WARNING, "safelight"):
        source = FolderSource(folder)
    with zipfile.ZipFile(io.BytesIO(content(source))) as archive:
        assert archive.namelist() == ["B.JPEG", "a.jpg", "inside.jpg", "sub/c.png"]
    for name in (".hidden.jpg", ".git", "notes.txt", "leak.jpg", "broken.jpg", "linked"):
        assert name in caplog.text


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no images"):
        FolderSource(make_folder(tmp_path / "empty", {"notes.txt": b"n"}))


def test_an_image_that_changes_after_the_folder_was_read_is_noticed(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "photos", {"a.jpg": b"a" * 100, "b.jpg": b"b" * 100})
    source = FolderSource(folder)
    before = source.fingerprint
    (folder / "b.jpg").write_bytes(b"c" * 100)
    with pytest.raises(FileChanged, match=r"b\.jpg"):
        content(source)
    assert FolderSource(folder).fingerprint != before
    (folder / "b.jpg").unlink()
    with pytest.raises(FileChanged, match=r"b\.jpg"):
        content(source)


def test_reading_a_folder_tells_how_far_it_is(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    FolderSource(
        make_folder(tmp_path / "photos", {"a.jpg": b"a" * 100, "b.jpg": b"b" * 50}),
        lambda done, total: seen.append((done, total)),
    )
    assert seen == [(100, 150), (150, 150)]
