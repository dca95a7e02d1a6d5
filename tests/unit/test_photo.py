"""Pictures of faces: what is checked before anything is sent, and what that costs."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

import safelight
from safelight import photo
from safelight.photo import LARGEST_PHOTO, Photo


def picture(kind: str = "JPEG", size: tuple[int, int] = (300, 400), **options: Any) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(file, kind, **options)
    return file.getvalue()


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return picture(exif=exif)


WHOLE = picture(size=(300, 300), exif=b"Exif\0\0MM\0*\0\0\0\x08")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_tells_its_size(kind: str) -> None:
    photo = Photo(picture(kind), "front")
    assert (photo.width, photo.height, photo.orientation) == (300, 400, 1)


def test_a_path_bytes_and_a_file_object_are_the_same(tmp_path: Path) -> None:
    data = picture()
    path = tmp_path / "selfie.jpg"
    path.write_bytes(data)
    with path.open("rb") as file:
        for given_as in (path, str(path), data, file):
            photo = Photo(given_as, "front")
            assert b"".join(photo.chunks()) == data
            assert b"".join(photo.chunks()) == data
            assert photo.size == len(data)
            photo.close()


@pytest.mark.parametrize(("size", "is_taken"), [((256, 256), True), ((255, 900), False), ((900, 255), False)])
def test_a_picture_has_at_least_256_pixels_each_way(size: tuple[int, int], is_taken: bool) -> None:
    if is_taken:
        assert Photo(picture(size=size), "front").width == 256
    else:
        with pytest.raises(safelight.ConfigError, match=r"255.*256x256"):
            Photo(picture(size=size), "front")


def test_a_picture_has_at_most_31457280_bytes(tmp_path: Path) -> None:
    data = picture()
    path = tmp_path / "selfie.jpg"
    path.write_bytes(data)
    os.truncate(path, LARGEST_PHOTO)  # what follows a JPEG's end does no harm
    photo = Photo(path, "front")
    assert photo.size == LARGEST_PHOTO == 31_457_280
    photo.close()
    os.truncate(path, LARGEST_PHOTO + 1)
    with pytest.raises(safelight.ConfigError, match="more than 31457280 bytes"):
        Photo(path, "front")
    for given_as in (path.read_bytes(), io.BytesIO(path.read_bytes())):
        with pytest.raises(safelight.ConfigError, match="more than 31457280 bytes"):
            Photo(given_as, "front")


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_orientation_is_read_from_exif(orientation: int) -> None:
    photo = Photo(turned(orientation), "front")
    assert (photo.orientation, photo.width, photo.height) == (orientation, 300, 400)


@pytest.mark.filterwarnings("ignore:.*EXIF")  # Pillow's own, which users may want to see
@pytest.mark.parametrize("exif", [b"Exif\0\0nonsense", b"", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"])
def test_a_damaged_exif_block_hides_only_the_orientation(exif: bytes) -> None:
    assert Photo(picture(exif=exif), "front").orientation == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_was_cut_is_refused(kind: str) -> None:
    data = picture(kind, (900, 900))
    with pytest.raises(safelight.ConfigError, match="the picture front is damaged"):
        Photo(data[: len(data) // 2], "the picture front")


def test_a_progressive_jpeg_that_was_cut_is_refused() -> None:
    data = picture(size=(900, 900), progressive=True)
    with pytest.raises(safelight.ConfigError, match="damaged"):
        Photo(data[: len(data) * 2 // 3], "front")


def test_a_flipped_bit_of_a_png_is_noticed() -> None:
    data = bytearray(picture("PNG", (900, 900)))
    data[len(data) // 2] ^= 1
    with pytest.raises(safelight.ConfigError, match="damaged"):
        Photo(bytes(data), "front")


@pytest.mark.parametrize(
    ("given_as", "words"),
    [
        (b"", "empty"),
        (b"hello, this is a text and no picture at all", "unknown format: save it as JPEG"),
        (b"\0\0\0\x18ftypheic" + bytes(100), "is HEIC: save it as JPEG, PNG, WEBP"),
        (picture("GIF"), "is GIF"),
        (io.StringIO("text"), "binary mode"),
        (7, "give a path"),
        ("no/such/selfie.jpg", "does not exist"),
    ],
)
def test_what_is_no_picture_is_refused_with_what_to_do(given_as: Any, words: str) -> None:
    with pytest.raises(safelight.ConfigError, match=words):
        Photo(given_as, "front")


def test_without_pillow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(safelight.ConfigError, match=r"pip install 'safelight\[haut\]'"):
        Photo(WHOLE, "front")


def test_a_file_that_changes_after_the_check_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "selfie.jpg"
    path.write_bytes(picture())
    photo = Photo(path, "front")
    path.write_bytes(picture(size=(500, 500)))
    with pytest.raises(safelight.FileChanged):
        photo.check()
    photo.close()


def bomb(side: int) -> bytes:
    """A picture of many pixels in few bytes."""
    file = io.BytesIO()
    Image.new("L", (side, side)).save(file, "PNG", compress_level=9)
    return file.getvalue()


def test_a_picture_of_many_pixels_is_checked_without_decoding_it() -> None:
    data = bomb(20_000)
    tracemalloc.start()
    try:
        photo = Photo(data, "front")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert photo.width == 20_000
    assert peak < 2 * 1024**2


@pytest.mark.parametrize("limit", ["_MOST_SCANS", "_MOST_PIXELS_PROGRESSIVE"])
def test_a_progressive_picture_that_costs_much_is_not_decoded(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    data = picture(size=(600, 600), progressive=True)
    monkeypatch.setattr(photo, limit, 1)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("it was decoded"))
    assert Photo(data + b"what some phones add" * 10_000, "front").width == 600
    with pytest.raises(safelight.ConfigError, match="its end is missing"):
        Photo(data[: len(data) // 2], "front")


def test_nothing_of_a_picture_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="safelight"):
        Photo(turned(6), "front")
    assert caplog.text == ""


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF....WEBP", b"II*\0"])
)
def test_whatever_the_bytes_are_it_is_a_picture_or_a_config_error(data: bytes, head: bytes) -> None:
    with pytest.raises(safelight.ConfigError):
        Photo(head + data, "front")


@pytest.mark.filterwarnings("ignore:.*EXIF")
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_damaged_picture_is_a_picture_or_a_config_error(place: int, value: int) -> None:
    data = bytearray(WHOLE)
    data[place] = value
    with contextlib.suppress(safelight.ConfigError):
        assert Photo(bytes(data), "front").size == len(WHOLE)
