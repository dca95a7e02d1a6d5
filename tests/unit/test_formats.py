"""What a file is, told by its first bytes."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from safelight.formats import HEAD, format_of, suffix_of


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
def test_the_formats_that_pillow_writes_are_recognised(name: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (3, 2)).save(file, name)
    assert format_of(file.getvalue()[:HEAD]) == name


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "MP4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "QuickTime"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"RIFF\0\0\0\0WAVEfmt ", ""),
        (b"hello", ""),
        (b"", ""),
    ],
)
def test_others_are_told_apart(head: bytes, expected: str) -> None:
    assert format_of(head) == expected


def test_a_formats_name_gives_its_suffix() -> None:
    assert [suffix_of(name) for name in ("JPEG", "PNG", "WEBP", None, "XCF")] == [".jpg", ".png", ".webp", "", ""]
